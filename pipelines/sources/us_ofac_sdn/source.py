"""US OFAC SDN list: three CSV files without headers, joined by the entry's number."""

from __future__ import annotations

import re
from collections import defaultdict
from typing import Any

from pipelines.fetching import Http
from pipelines.records import Gather, Parsed, Record, Table
from pipelines.registry import Source
from pipelines.sheets import ParseError, clean

FILES = ("SDN.CSV", "ADD.CSV", "ALT.CSV")
HEADERS = {
    12: ("number", "name", "entity_type", "programme", "title", "call_sign", "vessel_type", "tonnage", "grt", "flag", "owner", "remarks"),
    6: ("number", "address_number", "street", "city", "country", "remarks"),
    5: ("number", "alias_number", "alias_type", "alias", "remarks"),
}
IMO = re.compile(r"\bIMO (\d{7})\b")
LEI = re.compile(r"\bLEI (?:Number )?([A-Z0-9]{18}\d\d)\b")
QUOTED = re.compile(r"\b[afn]\.k\.a\. '([^']+)'")


def fetch(source: Source, http: Http) -> dict[str, bytes]:
    """The three files; the service redirects to a signed address."""
    return {name: http.get(source.url + name, source=source.id).content for name in FILES}


def _records(gather: Gather, table: Table) -> tuple[int, list[Record]]:
    """Width and records of a headerless file; -0- is null, and a lone 0x1A ends it."""
    lines = [(line, cells) for line, cells in table.lines if any(cell.strip(" \x1a") for cell in cells)]
    width = len(lines[0][1]) if lines else 0
    if width not in HEADERS:
        raise ParseError(f"{table.file}: {width} columns in its first line; SDN has 12, ADD 6, ALT 5.")
    if table.lines[-1][1] != ["\x1a"]:
        raise ParseError(f"{table.file}: the mark that ends the file (0x1A) is missing: the file is cut short. Get it again.")
    records = []
    for line, cells in lines:
        values = [None if cell.strip() == "-0-" else clean(cell) for cell in cells]
        record = Record(table.part, table.file, line, dict(zip(HEADERS[width], values, strict=False)))
        if len(cells) == width:
            records.append(record)
        else:
            gather.reject(record, None, f"{len(cells)} cells instead of {width}", "Look at the quotes in this line.", " | ".join(cells))
    return width, records


def _listing(gather: Gather, record: Record, addresses: list[Record], aliases: list[Record]) -> None:
    kinds = gather.source.lookups["values"]["entity_type"]
    kind = kinds.get(record["entity_type"] or "")
    if kind is None:
        gather.reject(record, "entity_type", "a type that the source does not know", "Add it to lookups.values.entity_type.")
    if not kind or record["name"] is None:
        return
    for alias in aliases:
        if alias["alias_type"] not in gather.source.lookups["values"]["alias_type"]:
            gather.reject(alias, "alias_type", "an unknown type of alias", "Add it to lookups.values.alias_type.", is_row_kept=True)
    places = [gather.country(address, is_row_kept=True) for address in addresses]
    flag = record["flag"]
    remarks = record["remarks"] or ""
    numbers = [f"IMO:{n}" for n in IMO.findall(remarks)] + [f"LEI:{n}" for n in LEI.findall(remarks)]
    written = ["; ".join(v for v in (a["street"], a["city"], a["country"]) if v) for a in addresses]
    names = dict.fromkeys([a["alias"] for a in aliases if a["alias"]] + QUOTED.findall(remarks))
    gather.keep(
        "listing", record, listing_id=f"us_ofac_sdn:{record['number']}", list_id="us_ofac_sdn", name=record["name"],
        aliases=list(names) or None, entity_type=kind, country=next((p for p in places if p), None),
        place=next((a["city"] for a in addresses if a["city"]), None), address=" | ".join(w for w in written if w) or None,
        identifiers=list(dict.fromkeys(numbers)) or None, programme="; ".join((record["programme"] or "").split("] [")) or None,
        authority=gather.source.publisher, listed_on=gather.snapshot.retrieved_on, listed_on_basis="observed", status="active", severity=4,
        reason="; ".join(v for v in (record["title"], f"flag {flag}" if flag else None, record["owner"]) if v) or None,
        url="https://sanctionslist.ofac.treas.gov/Home/SdnList",
    )


def parse(snapshot: Any) -> Parsed:
    """Listings of organisations, vessels and persons; programmes are all kept, separated by semicolons."""
    gather = Gather(snapshot)
    found: dict[int, list[Record]] = {}
    for table in gather.tables():
        width, records = _records(gather, table)
        found[width] = records
    if 12 not in found:
        raise ParseError("no SDN file (12 columns) among the files. Import SDN, ADD and ALT together.")
    addresses, aliases = defaultdict[str | None, list[Record]](list), defaultdict[str | None, list[Record]](list)
    for width, grouped in ((6, addresses), (5, aliases)):
        for record in found.get(width, []):
            grouped[record["number"]].append(record)
    for record in found[12]:
        _listing(gather, record, addresses[record["number"]], aliases[record["number"]])
    return gather.parsed()
