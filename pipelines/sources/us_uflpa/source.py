"""US UFLPA Entity List: the tables of the page, selected by place, with the section from the text before each."""

from __future__ import annotations

import re
from typing import Any

from bs4 import BeautifulSoup
from bs4.element import Tag

from pipelines import entity_names, keys
from pipelines.fetching import Http
from pipelines.records import Gather, Parsed, Record, Table
from pipelines.registry import Source
from pipelines.sheets import ParseError, clean

SECTION = re.compile(r"(?:2\(d\)\(2\)\(B\))?\((i|ii|iii|iv|v)\)", re.IGNORECASE)
FOOTNOTE = re.compile(r"\s*[*†‡§]+(?=\s|$|,|\()")
# What is left of a cell that says more than the grammar covers: a former name in other words, aliases set apart by commas.
LEFTOVER = re.compile(r"\(formerly\b|^including\b|\bformer names?\b|,\s+and\s+", re.IGNORECASE)


def fetch(source: Source, http: Http) -> dict[str, bytes]:
    """The page itself; there is no file."""
    return {"uflpa-entity-list.html": http.get(source.url, source=source.id).content}


def _section(table: Tag) -> str | None:
    """The section named last before `table`."""
    for before in table.find_all_previous(["p", "h2", "h3", "h4", "strong", "li", "table"], limit=12):
        if before.name == "table":
            return None
        found = SECTION.findall(before.get_text(" ", strip=True))
        if found:
            return str(found[-1]).lower()
    return None


def _tables(gather: Gather, name: str) -> list[tuple[str, Table]]:
    page, found = BeautifulSoup(gather.snapshot.text(name), "html.parser"), []
    part = gather.part(name)
    for table in page.find_all("table"):
        lines = [(row.sourceline or 0, row.find_all(["th", "td"])) for row in table.find_all("tr")]
        rows = [(line, [cell.get_text(" ", strip=True) for cell in cells]) for line, cells in lines]
        if not rows or "Effective Date" not in [clean(cell) for cell in rows[0][1]]:
            continue
        section = _section(table)
        if section is None:
            where = f"{name}, line {rows[0][0]}"
            raise ParseError(f"{where}: no section of the law stands before this table. The page has changed: see source.py.")
        found.append((section, Table(part, name, rows)))
    if not found:
        raise ParseError(f"{name}: no table with Effective Date. The page has changed, or a block page was saved instead.")
    return found


def _listings(gather: Gather, record: Record, section: str) -> None:
    listed_on, cell = gather.day(record, "listed_on"), record["name"]
    if listed_on is None or cell is None:
        return
    known = gather.source.lookups["entities"].get(cell)
    entries = [entity_names.Entry(e["name"], tuple(e.get("aliases", ())), e.get("covers_subsidiaries", False)) for e in known or []]
    entries = entries or entity_names.read(FOOTNOTE.sub("", cell)) or []
    if not known and any(LEFTOVER.search(name) for entry in entries for name in (entry.name, *entry.aliases)):
        entries = []
    if not entries:
        gather.reject(record, "name", f"a name cell that the grammar does not cover (listed {listed_on})", "Add it to lookups.entities.")
    for entry in entries:
        programme = f"UFLPA ({section})"
        gather.keep(
            "listing", record, listing_id=keys.listing_key("us_uflpa", entry.name, programme, listed_on), list_id="us_uflpa",
            name=entry.name, aliases=list(entry.aliases) or None, entity_type="organisation", programme=programme,
            authority="US Department of Homeland Security", country=gather.source.lookups["countries"].get(entry.name, "CHN"),
            covers_subsidiaries=entry.covers_subsidiaries, listed_on=listed_on, listed_on_basis="stated", status="active",
            severity=4, reason=gather.source.lookups["reasons"].get(section), url=gather.source.url,
        )


def parse(snapshot: Any) -> Parsed:
    """Listings, one per entity and section."""
    gather = Gather(snapshot)
    for name in snapshot.files:
        for section, table in _tables(gather, name):
            for record in gather.records(table)[1]:
                _listings(gather, record, section)
    return gather.parsed()
