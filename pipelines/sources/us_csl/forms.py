"""The two forms of the Consolidated Screening List, read into one: CSV with lists in cells, and JSON with lists."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import ijson

from pipelines.records import Gather, Record, Table
from pipelines.sheets import ParseError, clean, csv_lines

UNSHOWN = ("addresses", "ids", "remarks")  # what quarantine does not show: they may hold numbers of persons
LISTS = ("addresses", "aliases", "ids")
# Marks of windows-1252 that were read as Latin-1: the apostrophe of "HA'Assif" arrives as a control character.
MARKS = {code: bytes([code]).decode("windows-1252") for code in range(0x80, 0xA0) if code not in (0x81, 0x8D, 0x8F, 0x90, 0x9D)}
ISO = re.compile(r"^[A-Z]{2}$")
COUNTRY = re.compile(r"(?:^|,\s*)([A-Z]{2})$")
Entry = dict[str, Any]


def _split(cell: str | None) -> list[str]:
    return [part.strip() for part in (cell or "").split("; ") if part.strip()]


def _number(text: str, known: set[str]) -> tuple[str | None, str | None, str | None]:
    """Type, number and country of a cell's part: "CO, 811038291-3, NIT #" before, "NIT #, 811038291-3, CO" in newer files."""
    parts = [part.strip() for part in text.split(", ")]
    if len(parts) == 1:
        return None, text, None
    is_new = parts[-1] not in known and (parts[0] in known or bool(ISO.match(parts[-1])))
    kind, rest = (parts[0], parts[1:]) if is_new else (parts[-1], parts[:-1])
    at = -1 if is_new else 0
    country = rest.pop(at) if len(rest) > 1 and ISO.match(rest[at]) else None
    return kind, ", ".join(rest), country


def read_csv(gather: Gather, name: str) -> Iterator[tuple[Record, Entry]]:
    """Rows of the CSV file, each with a record to point at."""
    lines = csv_lines(gather.snapshot.text(name).translate(MARKS), ",")
    if lines and len(lines[-1][1]) < len(lines[0][1]) and any(cell.strip("\x1a ") for cell in lines[-1][1]):
        raise ParseError(f"{name}, line {lines[-1][0]}: ends within a line; the file is cut short. Get it again.")
    whole = [(line, cells) for line, cells in lines if any(cell.strip("\x1a ") for cell in cells)]
    if not whole:
        raise ParseError(f"{name}: empty. Get the file again.")
    known = {kind for kinds in gather.source.lookups["numbers"].values() for kind in kinds}
    for record in gather.records(Table(gather.part(name), name, whole))[1]:
        entry: Entry = {key.removesuffix("?"): record[key.removesuffix("?")] for key in gather.source.lookups["columns"]["csv"]}
        entry["aliases"] = [text.removeprefix("and ") for text in _split(record["aliases"])]
        entry["ids"] = [_number(part, known) for part in _split(record["ids"])]
        entry["addresses"] = [(part, found[1] if (found := COUNTRY.search(part)) else None) for part in _split(record["addresses"])]
        yield replace(record, cells={key: value for key, value in record.cells.items() if key not in UNSHOWN}), entry


def _text(value: Any) -> str | None:
    if isinstance(value, list):
        return "; ".join(text for one in value if (text := _text(one))) or None
    return clean(str(value).translate(MARKS)) if value is not None else None


def read_json(gather: Gather, name: str) -> Iterator[tuple[Record, Entry]]:
    """Results of the JSON file, read one at a time; ParseError when it is cut short or is one page of a search."""
    part, ours, ordinal, seen = gather.part(name), gather.source.lookups["columns"]["csv"], 0, set[str]()
    theirs = {heading: key.removesuffix("?") for key, heading in ours.items()}
    content = gather.snapshot.read(name)
    try:
        for ordinal, result in enumerate(ijson.items(io.BytesIO(content), "results.item"), 1):
            values = {theirs[key]: value for key, value in result.items() if key in theirs}
            cells = {key: _text(value) for key, value in values.items() if key not in LISTS}
            record = Record(part, name, ordinal, {key: value for key, value in cells.items() if key not in UNSHOWN})
            for key in sorted(set(result) - set(theirs) - set(gather.source.ignored) - seen):
                seen.add(key)
                step = "Say in source.yml what it means, or ignore it by name."
                gather.reject(record, key, "a field that the source does not know", step, is_row_kept=True)
            yield record, {
                **dict.fromkeys(key.removesuffix("?") for key in ours), **cells,
                "aliases": [text for one in values.get("aliases") or [] for text in _split(_text(one))],
                "ids": [(_text(one.get("type")), _text(one.get("number")), _text(one.get("country"))) for one in values.get("ids") or []],
                "addresses": [
                    (", ".join(text for field in ("address", "city", "state", "postal_code", "country") if (text := _text(one.get(field)))),
                     _text(one.get("country")))
                    for one in values.get("addresses") or []
                ],
            }
        total = next(iter(ijson.items(io.BytesIO(content), "total")), None)
    except (ijson.JSONError, UnicodeDecodeError, AttributeError, TypeError) as error:
        raise ParseError(f"{name}: not whole JSON, or of another form, after result {ordinal} ({error}). Get the file again.") from error
    if not ordinal:
        raise ParseError(f"{name}: no results in it. This is another file, or the form has changed.")
    if isinstance(total, int) and total > ordinal:
        raise ParseError(f"{name}: {ordinal} of {total} results: one page of a search, not the whole list. Get consolidated.json.")
