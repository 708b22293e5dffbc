"""The two forms of the EU Financial Sanctions File, read into one: XML with attributes, and CSV with a line for every part of an entry."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from fnmatch import fnmatchcase
from typing import Any
from xml.etree.ElementTree import Element

from pipelines import markup
from pipelines.records import Gather, Record, Table
from pipelines.sheets import ParseError, clean, csv_lines

# What is read of each XML element; everything else is ignored by name in source.yml, or raised.
READ = {
    "sanctionEntity": ("logicalId", "euReferenceNumber", "designationDate", "designationDetails"),
    "subjectType": ("code",), "regulation": ("programme", "numberTitle", "entryIntoForceDate"), "remark": (), "publicationUrl": (),
    "nameAlias": ("wholeName", "nameLanguage", "strong"), "address": ("city", "street", "zipCode", "countryIso2Code"),
    "identification": ("number", "identificationTypeCode", "countryIso2Code"), "citizenship": ("countryIso2Code",),
}
PARTS: dict[str, tuple[str, ...]] = {  # parts of an entry, as the CSV's columns are called in source.yml
    "names": ("name", "language", "name_remark"), "acts": ("programme", "act", "act_date", "act_url"),
    "addresses": ("street", "zip", "city", "address_country"), "numbers": ("id_type", "number", "id_country"),
    "citizenships": ("citizenship",),
}
Entry = dict[str, Any]


def _is_ignored(gather: Gather, name: str) -> bool:
    return any(fnmatchcase(name, pattern) for pattern in gather.source.ignored)


def _unknown(gather: Gather, record: Record, entry: Element, seen: set[str]) -> None:
    """Raises each element and attribute that the source does not know, once a file."""
    for element in entry.iter():
        for name in (element.tag, *(f"{element.tag}@{attribute}" for attribute in element.attrib)):
            tag, _, attribute = name.partition("@")
            if name in seen:
                continue
            seen.add(name)
            is_read = tag in READ and (not attribute or attribute in READ[tag])
            if not is_read and not _is_ignored(gather, name):
                step = "Read it in forms.py, or ignore it by name in source.yml."
                gather.reject(record, name, "a field that the source does not know", step, is_row_kept=True)


def _of(element: Element, *names: str) -> tuple[str | None, ...]:
    return tuple(clean(element.get(name)) for name in names)


def _shown(entry: Entry, name: str | None) -> dict[str, str | None]:
    """What quarantine may show of an entry: no number of a person's document."""
    return {"reference": entry["id"], "name": name, "entity_type": entry["entity_type"], "designated": entry["designated"]}


def read_xml(gather: Gather, name: str) -> Iterator[tuple[Record, Entry]]:
    """Entries of the XML file, each with a record to point at."""
    part, seen = gather.part(name), set[str]()
    for ordinal, element in markup.elements(gather.snapshot.read(name), name, "export", "sanctionEntity"):
        subject = element.find("subjectType")
        names: list[tuple[Any, ...]] = [
            (*_of(alias, "wholeName", "nameLanguage"), clean_lines(alias.findtext("remark")), alias.get("strong") != "false")
            for alias in element.findall("nameAlias")
        ]
        acts = [
            (*_of(act, "programme", "numberTitle", "entryIntoForceDate"), clean(act.findtext("publicationUrl")))
            for act in element.findall("regulation")
        ]
        logical, reference, designated, details = _of(element, *READ["sanctionEntity"])
        remarks = [clean(remark.text) for remark in element.findall("remark")]
        entry: Entry = {
            "id": reference or logical, "designated": designated, "remark": " ; ".join(text for text in (*remarks, details) if text),
            "entity_type": clean(subject.get("code")) if subject is not None else None, "names": names, "acts": acts,
            "addresses": [_of(address, "street", "zipCode", "city", "countryIso2Code") for address in element.findall("address")],
            "numbers": [_of(number, "identificationTypeCode", "number", "countryIso2Code") for number in element.findall("identification")],
            "citizenships": [_of(citizenship, "countryIso2Code") for citizenship in element.findall("citizenship")],
        }
        record = Record(part, name, ordinal, _shown(entry, names[0][0] if names else None))
        _unknown(gather, record, element, seen)
        yield record, entry


def clean_lines(text: str | None) -> str | None:
    """`text` with its lines kept apart by semicolons: a grading of a name stands in a line of its own."""
    return clean("; ".join((text or "").splitlines()))


def read_csv(gather: Gather, name: str) -> Iterator[tuple[Record, Entry]]:
    """Entries of the CSV file: the lines of one logical id together, with the record of its first line."""
    whole = csv_lines(gather.snapshot.text(name), ";")
    width = len(whole[0][1]) if whole else 0
    if width < 2:
        raise ParseError(f"{name}: no table with semicolons. The file is empty, or this is another file.")
    if len(whole[-1][1]) < width:
        raise ParseError(f"{name}, line {whole[-1][0]}: ends within a line; the file is cut short. Get it again.")
    columns = gather.source.lookups["columns"]["csv"].values()
    read = {heading for theirs in columns for heading in ([theirs] if isinstance(theirs, str) else theirs)}
    kept = [at for at, cell in enumerate(whole[0][1]) if (heading := clean(cell)) in read or not _is_ignored(gather, heading or "")]
    # a grading of a name stands in a line of its own within the cell, which reading would run into the others
    graded = [(line, [cell.replace("\n", "; ") for cell in cells]) for line, cells in whole]
    lines = [(line, [cells[at] for at in kept if at < len(cells)] if len(cells) <= width else cells) for line, cells in graded]
    entries = dict[str, tuple[Record, Entry]]()
    for record in gather.records(Table(gather.part(name), name, lines))[1]:
        if record["logical"] is None:
            gather.reject(record, "logical", "no logical id: the line belongs to no entry", "Compare with the publisher's file.")
            continue
        if record["logical"] not in entries:
            parts: Entry = {name: [] for name in PARTS}
            entries[record["logical"]] = record, {"id": None, "designated": None, "remark": "", "entity_type": None, **parts}
        _add(entries[record["logical"]][1], record)
    for record, entry in entries.values():
        name_cell = entry["names"][0][0] if entry["names"] else None
        yield replace(record, cells=_shown(entry, name_cell)), entry


def _add(entry: Entry, record: Record) -> None:
    entry["id"] = entry["id"] or record["reference"] or record["logical"]
    entry["designated"] = entry["designated"] or record["designated"]
    entry["entity_type"] = entry["entity_type"] or record["entity_type"]
    entry["remark"] = entry["remark"] or " ; ".join(text for text in (record["remark"], record["details"]) if text)
    for name, columns in PARTS.items():
        values: tuple[Any, ...] = tuple(record[column] for column in columns)
        if name == "names":
            values = (*values, True)  # the CSV grades names in the remark only
        if any(values[:1] if name == "names" else values) and values not in entry[name]:
            entry[name].append(values)
