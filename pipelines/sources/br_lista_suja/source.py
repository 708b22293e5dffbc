"""Brazil's register of employers: the publisher's CSV (title lines, a table, notes) or a table extracted from its PDF."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

from pipelines import keys
from pipelines.fetching import Http
from pipelines.records import Gather, Parsed, Record, Table, read_day
from pipelines.registry import Source
from pipelines.sheets import ParseError, clean

PERIOD = re.compile(r"^(\d\d/\d\d/\d{4})(?:\s+a\s+(\d\d/\d\d/\d{4}))?$")
SOLE_TRADER = re.compile(r"^\d\d\.\d{3}\.\d{3}\s+(?=\D)")
TERM_YEARS = 2  # an entry stays two years: rule of Portaria 18/2024, not stated in the list; see source.yml
FOOTNOTE = re.compile(r"\s*\(\*\d*\)$")


def fetch(source: Source, http: Http) -> dict[str, bytes]:
    """The CSV at its stable address."""
    return {"cadastro_de_empregadores.csv": http.get(source.url, source=source.id).content}


def _tables(gather: Gather) -> list[tuple[str, Table]]:
    """The tables of the publisher's file with the title line before each; a table ends where the first cell is no number."""
    found = []
    for table in gather.tables(";"):
        starts = [n for n, (_, cells) in enumerate(table.lines) if cells and clean(cells[0]) == "ID"]
        for start in starts:
            title = next((cells[0] for _, cells in reversed(table.lines[:start]) if clean(cells[0] if cells else "")), "")
            after = table.lines[start + 1:]
            length = next((n for n, (_, cells) in enumerate(after) if not (cells and cells[0].strip().isdigit())), len(after))
            found.append((title, Table(table.part, table.file, table.lines[start:start + 1 + length])))
        if not starts:
            raise ParseError(f"{table.file}: no line begins with ID;. The publisher's form has changed, or this is another file.")
    return found


def _programme(gather: Gather, record: Record, title: str) -> str | None:
    known = gather.source.lookups["sections"]
    found = [programme for words, programme in known.items() if words in title.upper()]
    if not found:
        gather.reject(record, "section", "a section that the source does not know", "Add it to lookups.sections.", title)
    return found[0] if len(found) == 1 else known["AJUSTAMENTO DE CONDUTA"] if found else None


def _periods(gather: Gather, record: Record) -> list[tuple[dt.date, dt.date | None]]:
    """Times on the register, oldest first: "05/10/2022 a 13/01/2023, 11/11/2024" was taken off and put back by a court."""
    periods = []
    for piece in re.split(r"\s*,\s*", record["included"] or ""):
        match = PERIOD.match(piece)
        begun, ended = (read_day(part, "dmy") for part in (match.groups() if match else (None, None)))
        if begun is None or (match and match[2] and ended is None):
            gather.reject(record, "included", "not a date, nor a time from and to", "Correct the cell.", record["included"])
            return []
        periods.append((begun, ended))
    return periods


def _decided(gather: Gather, record: Record) -> dt.date | None:
    """Day of the decision; a row without a readable one is kept, its words in the reason."""
    day = read_day(record["decided"], "dmy") if record["decided"] else None
    if record["decided"] and day is None:
        gather.reject(record, "decided", "not a date", "Compare with the publisher's file.", record["decided"], is_row_kept=True)
    return day


def _term(begun: dt.date) -> dt.date:
    """The last day of the term, at the latest: a time taken off by a court is not counted."""
    return begun.replace(year=begun.year + TERM_YEARS, day=28 if (begun.month, begun.day) == (2, 29) else begun.day)


def _listing(gather: Gather, record: Record, title: str) -> None:
    programme, periods, name = _programme(gather, record, title), _periods(gather, record), record["name"]
    digits = re.sub(r"\D", "", record["identifier"] or "")
    if programme is None or not periods or name is None:
        return
    is_company = len(digits) == 14 and "*" not in (record["identifier"] or "")
    is_person = bool(SOLE_TRADER.match(name)) or not is_company
    if len(digits) not in (0, 6, 11, 14):
        gather.reject(record, "identifier", "neither a CNPJ nor a CPF", "Compare with the publisher's file.", is_row_kept=True)
    name = FOOTNOTE.sub("", SOLE_TRADER.sub("", name))
    place = (record["address"] or "").rpartition(",")[2].strip().rpartition("/")[0] or None
    listed_on, ended_on = periods[-1]
    reason = "; ".join(part for part in (
        f"{record['workers']} workers" if record["workers"] else "", f"inspection of {record['year']}" if record["year"] else "",
        f"decision of {record['decided']}" if record["decided"] else "", f"CNAE {record['cnae']}" if record["cnae"] else "",
    ) if part)
    history = f"on the register {record['included']}" if len(periods) > 1 or ended_on else None
    gather.keep(
        "listing", record, name=name, list_id="br_lista_suja", programme=programme, authority=gather.source.publisher, country="BRA",
        listing_id=keys.listing_key(
            "br_lista_suja", name, programme, listed_on, record["identifier"], record["address"], record["year"], record["decided"],
            record["workers"], record["cnae"],
        ),
        subdivision=f"BR-{record['state']}" if record["state"] else None, place=place, address=record["address"], severity=4,
        entity_type="person" if is_person else "organisation", identifiers=[f"BR-CNPJ:{digits}"] if is_company else None,
        decided_on=_decided(gather, record), listed_on=listed_on, listed_on_basis="stated",
        expected_end_on=None if ended_on else _term(listed_on), delisted_on=ended_on, status="removed" if ended_on else "active",
        status_note=history, reason=reason or None, url=gather.snapshot.url,
    )


def parse(snapshot: Any) -> Parsed:
    """One listing per row of the register."""
    gather = Gather(snapshot)
    names = list(snapshot.files)
    first = snapshot.text(names[0]).lstrip()[:40] if names else ""
    pieces = [("", table) for table in gather.tables()] if first.startswith("section,") else _tables(gather)
    for title, table in pieces:
        for record in gather.records(table)[1]:
            _listing(gather, record, record["section"] or title)
    return gather.parsed()
