"""The two forms of the UK Sanctions List, read into one: CSV with a line for every name and address, and XML with a record per entry."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from xml.etree.ElementTree import Element

from pipelines import markup
from pipelines.records import Gather, Record, Table
from pipelines.sheets import ParseError, clean, csv_lines

GIVEN = ("name1", "name2", "name3", "name4", "name5", "name6")  # the sixth is the surname, or the whole name of an entity
ADDRESS = ("line1", "line2", "line3", "line4", "line5", "line6", "postcode")
PARTS = ("names", "non_latin", "addresses", "nationality", "numbers", "imo", "owner", "flag")
SINGLE = ("regime", "entity_type", "imposed", "reason", "designated")
BY_HAND = ("Names", "NonLatinNames", "Addresses", "IndividualDetails", "EntityDetails", "ShipDetails")
HEADER_WITHIN = 5  # lines; the header stands below a line with the day of the report
Entry = dict[str, Any]


def _name(parts: list[str | None]) -> str | None:
    return " ".join(part for part in parts if part) or None


def _add(entry: Entry, part: str, value: Any) -> None:
    if value is not None and value not in entry[part]:
        entry[part].append(value)


def _shown(entry: Entry) -> dict[str, str | None]:
    """What quarantine may show of an entry."""
    name = entry["names"][0][0] if entry["names"] else None
    return {"id": entry["id"], "name": name, **{single: entry[single] for single in SINGLE if single != "reason"}}


def read_csv(gather: Gather, name: str) -> Iterator[tuple[Record, Entry]]:
    """Entries of the CSV file: the lines of one Unique ID together, with the record of its first line."""
    table = Table(gather.part(name), name, csv_lines(gather.snapshot.text(name), ","))
    headings = [[clean(cell) for cell in cells] for _, cells in table.lines[:HEADER_WITHIN]]
    first = next((at for at, cells in enumerate(headings) if "Unique ID" in cells), None)
    if first is None:
        looks = "a web page" if "<" in str(headings)[:20] else f"begins with {str(headings)[:80]}"
        raise ParseError(f"{name}: {looks}; no heading Unique ID in its first lines. This is another file, or the form has changed.")
    if len(table.lines[-1][1]) < len(headings[first]):
        raise ParseError(f"{name}, line {table.lines[-1][0]}: ends within a line; the file is cut short. Get it again.")
    entries = dict[str, tuple[Record, Entry]]()
    for record in gather.records(table, first)[1]:
        if record["id"] is None:
            gather.reject(record, "id", "no Unique ID: the line belongs to no entry", "Compare with the publisher's file.")
            continue
        known = entries.setdefault(record["id"], (record, {"id": record["id"], **{part: [] for part in PARTS}, **dict.fromkeys(SINGLE)}))[1]
        for single in SINGLE:
            known[single] = known[single] or record[single]
        named = _name([record[column] for column in GIVEN])
        _add(known, "names", (named, record["name_type"], record["strength"]) if named else None)
        _add(known, "non_latin", record["non_latin"])
        address = (", ".join(text for column in ADDRESS if (text := record[column])), record["country"], record["line6"])
        _add(known, "addresses", address if any(address) else None)
        for part in ("nationality", "numbers", "imo", "owner", "flag"):
            _add(known, part, record[part])
    for record, entry in entries.values():
        yield replace(record, cells=_shown(entry)), entry


def _texts(element: Element, path: str) -> list[str]:
    return [text for found in element.findall(path) if (text := clean(found.text))]


def read_xml(gather: Gather, name: str) -> Iterator[tuple[Record, Entry]]:
    """Entries of the XML file, each with a record to point at."""
    part, seen, lookups = gather.part(name), set[str](), gather.source.lookups
    for ordinal, element in markup.elements(gather.snapshot.read(name), name, "Designations", "Designation"):
        entry: Entry = {ours: clean(element.findtext(theirs)) for ours, theirs in lookups["elements"].items()}
        entry |= {ours: _texts(element, path) for ours, path in lookups["lists"].items()}
        entry["names"] = [
            (whole, clean(one.findtext("NameType")), clean(one.findtext("AliasStrength"))) for one in element.findall("Names/Name")
            if (whole := _name([clean(one.findtext(f"Name{number}")) for number in range(1, 7)]))
        ]
        entry["non_latin"] = _texts(element, "NonLatinNames/NonLatinName/NameNonLatinScript")
        entry["addresses"] = [
            (", ".join(text for text in [*lines, clean(one.findtext("AddressPostalCode"))] if text), clean(one.findtext("AddressCountry")),
             lines[5])
            for one in element.findall("Addresses/Address")
            if (lines := [clean(one.findtext(f"AddressLine{number}")) for number in range(1, 7)])
        ]
        record = Record(part, name, ordinal, _shown(entry))
        known = {*lookups["elements"].values(), *BY_HAND, *gather.source.ignored}
        for tag in sorted({child.tag for child in element} - known - seen):
            seen.add(tag)
            gather.reject(record, tag, "a field that the source does not know", "Read it, or ignore it by name.", is_row_kept=True)
        if entry["id"] is None:
            gather.reject(record, "id", "no UniqueID", "Compare with the publisher's file.")
            continue
        yield record, entry
