"""The forms in which OpenSanctions gives its data, read into one: FollowTheMoney JSON lines, and a CSV with a line for every target."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import re
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from pipelines.records import Gather, Record, Table
from pipelines.sheets import ParseError, clean, csv_lines

CAPTION = re.compile(rb'"caption"\s*:\s*"((?:[^"\\]|\\.){1,200})"')
NAMES = ("name", "alias", "previousName")  # weak aliases and abbreviations are too common to compare
KEPT = ("country", "jurisdiction", "flag", "address", "topics", *NAMES)
SANCTION = ("authority", "program", "programId", "startDate", "listingDate", "endDate", "status", "reason")
Entry = dict[str, Any]


def index(content: bytes, name: str) -> dict[str, Any]:
    """The publisher's index of a dataset; ParseError when it is none."""
    try:
        about = json.loads(content)
        {one["name"]: one["url"] for one in about["resources"]}
    except (ValueError, KeyError, TypeError) as error:
        raise ParseError(f"{name}: not the index of a dataset ({type(error).__name__}: {error}). Get it again.") from error
    return dict(about)


def check(content: bytes, name: str, resource: dict[str, Any]) -> None:
    """ParseError when the bytes are not those that the index speaks of."""
    told = str(resource.get("checksum") or "")
    if told and hashlib.sha1(content, usedforsecurity=False).hexdigest() != told:
        raise ParseError(f"{name}: not the file that its index speaks of (checksum {told}): cut short, or of another day. Get both again.")


def _entity(line: bytes) -> dict[str, Any]:
    found = json.loads(line)
    kinds = {"id": str, "schema": str, "properties": dict}
    if not isinstance(found, dict) or not all(isinstance(found.get(key), kind) for key, kind in kinds.items()):
        raise ValueError("no entity with id, schema and properties")
    if not all(isinstance(values, list) for values in found["properties"].values()):
        raise ValueError("a property that is no list")
    return found


def read_lines(gather: Gather, name: str) -> Iterator[tuple[Record, Entry]]:
    """Entities that may be an entry of a list, each with its sanctions; a line that cannot be read goes to quarantine.

    ParseError when the last line is cut off, when no line is an entity, or when entities are nested (targets.nested.json).
    """
    part, content, kinds = gather.part(name), gather.snapshot.read(name), gather.source.lookups["values"]["entity_type"]
    entities, sanctions, seen, good, bad = list[tuple[int, Entry]](), defaultdict[str, list[Entry]](list), set[str](), 0, 0
    for number, line in enumerate(io.BytesIO(content), 1):
        if not line.strip():
            continue
        try:
            found = _entity(line)
        except (ValueError, RecursionError) as error:
            bad += 1
            caption = CAPTION.search(line)
            told = caption[1].decode("utf-8", "replace") if caption else None
            if not line.endswith(b"\n"):
                raise ParseError(f"{name}, line {number}: ends within a record; the file is cut short. Get it again.") from error
            step = "Get the file again; the other lines are read."
            gather.reject(Record(part, name, number, {"name": told}), None, f"not an entity in JSON ({error})"[:200], step, told)
            continue
        good += 1
        schema, properties = found["schema"], found["properties"]
        if any(isinstance(value, dict) for values in properties.values() for value in values):
            raise ParseError(f"{name}, line {number}: entities within entities. Import entities.ftm.json, not targets.nested.json.")
        if schema == "Sanction":
            kept = {key: [str(value) for value in properties.get(key, [])] for key in SANCTION}
            for entity in properties.get("entity", []):
                sanctions[str(entity)].append(kept)
        elif kinds.get(schema):
            wanted = (*KEPT, *gather.source.lookups["identifiers"])
            for unread in sorted(set(properties).difference(wanted, gather.source.lookups["unread"], seen)):
                seen.add(unread)
                gather.reject(Record(part, name, number, {"property": unread}), "property", "a property that the source does not know",
                              "Read it, or add it to lookups.unread.", is_row_kept=True)
            kept = {key: [text for value in properties[key] if (text := clean(str(value)))] for key in wanted if properties.get(key)}
            entities.append((number, {
                "id": found["id"], "schema": schema, "caption": clean(str(found.get("caption") or "")), "properties": kept,
                **{key: [str(one) for one in found.get(key) or []] for key in ("referents", "datasets")},
                "first_seen": str(found.get("first_seen") or "")[:10] or None,
            }))
        elif schema not in kinds and schema not in gather.source.ignored and schema not in seen:
            seen.add(schema)
            step = "Add it to lookups.values.entity_type, or ignore it by name."
            gather.reject(Record(part, name, number, {"schema": schema}), "schema", "a kind of record that the source does not know", step,
                          is_row_kept=True)
    if not good:
        raise ParseError(f"{name}: none of its {bad} lines is an entity in JSON. This is another file, or a block page was saved instead.")
    for number, entry in entities:
        cells = {"id": entry["id"], "name": entry["caption"], "first_seen": entry["first_seen"]}
        yield Record(part, name, number, cells), entry | {"sanctions": sanctions.get(entry["id"], []), "told": None}


def _values(cell: str | None) -> list[str]:
    """The values of a cell: joined by semicolons, and quoted where they hold one."""
    return [text for value in next(csv.reader([cell or ""], delimiter=";"), []) if (text := clean(value))]


def read_simple(gather: Gather, name: str) -> Iterator[tuple[Record, Entry]]:
    """Targets of targets.simple.csv; those without a sanction, such as office holders, are passed over."""
    lines = csv_lines(gather.snapshot.text(name), ",")
    if not lines or len(lines[-1][1]) < len(lines[0][1]):
        raise ParseError(f"{name}: empty, or its last line ends before its last column: the file is cut short. Get it again.")
    for record in gather.records(Table(gather.part(name), name, lines))[1]:
        if record["sanctions"] is None and record["programmes"] is None:
            continue
        properties = {
            "name": [record["name"]] if record["name"] else [], "alias": _values(record["aliases"]), "topics": [],
            "country": _values(record["countries"]), "address": _values(record["addresses"]), "idNumber": _values(record["identifiers"]),
        }
        yield record, {
            "id": record["id"], "schema": record["schema"], "caption": record["name"], "properties": properties, "referents": [],
            "datasets": _values(record["dataset"]), "first_seen": (record["first_seen"] or "")[:10] or None,
            "sanctions": [{**{key: [] for key in SANCTION}, "programId": _values(record["programmes"])}],
            "told": "; ".join(_values(record["sanctions"])) or None,
        }
