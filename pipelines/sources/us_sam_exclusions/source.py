"""US SAM.gov exclusions: the daily public extract, a ZIP with one CSV."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import Any
from urllib.parse import quote

from pipelines import entity_names, keys
from pipelines.fetching import FetchError, Http
from pipelines.records import Gather, Parsed, Record, Reject
from pipelines.registry import Source
from pipelines.sheets import clean
from pipelines.sources import _development_banks as banks
from pipelines.sources import _published

DAY = re.compile(r"_(\d{2})(\d{3})\.ZIP$|(\d{8})", re.IGNORECASE)  # ..._V2_26322.ZIP: year and day of the year
SCHEMES = {"US-UEI": "uei", "US-CAGE": "cage"}  # the SAM number names the entry, not the party
ALSO = re.compile(r"^\(?\s*also\s+(?P<names>.+?)\s*\)?$", re.IGNORECASE | re.DOTALL)


def fetch(source: Source, http: Http) -> dict[str, bytes]:
    """The newest extract of those that the service lists."""
    listing = http.get(source.lookups["listing_address"], source=source.id)
    try:
        found = [str(item["key"]) for item in json.loads(listing.content)["_embedded"]["customS3ObjectSummaryList"]]
    except (ValueError, KeyError, TypeError) as error:
        raise FetchError(f"{source.id}: the service lists no files ({type(error).__name__}). It has changed: correct source.py.") from error
    dated = sorted((match.group(), name) for name in found if name.upper().endswith(".ZIP") and (match := DAY.search(name)))
    if not dated:
        raise FetchError(f"{source.id}: no dated ZIP among {len(found)} files that the service lists. Correct source.py.")
    newest = dated[-1][1]
    return {newest.rpartition("/")[2]: http.get(source.lookups["file_address"] + quote(newest), source=source.id).content}


def _aliases(gather: Gather, record: Record) -> list[str]:
    """Names of a cross-reference, which is prose: "(also NAME 1, NAME 2)". Other prose is told and kept in the reason."""
    cell = record["also"]
    match = ALSO.match(cell or "")
    if cell and not match:
        gather.reject(record, "also", "a cross-reference that the grammar does not cover", "Read it on SAM.gov.", is_row_kept=True)
    if not match:
        return []
    # a comma before a legal form belongs to the name; the comma of "LAST, FIRST" cannot be told apart, so persons keep the whole
    is_person = record["kind"] == "Individual"
    return [match["names"]] if is_person else [name for name in entity_names.split_list(match["names"]) if name]


def _listing(gather: Gather, record: Record) -> None:
    lookups, is_person = gather.source.lookups, record["kind"] == "Individual"
    kind = lookups["values"]["kind"].get(record["kind"])
    name = clean(" ".join(record[part] or "" for part in ("first", "middle", "last"))) if is_person else record["name"]
    name = name or record["name"]
    if kind is None or name is None:
        what = "a classification that the source does not know" if kind is None else "no name"
        gather.reject(record, "kind" if kind is None else "name", what, "Compare with SAM.gov; add a new word to lookups.values.kind.")
        return
    begun, ended, period = banks.term(gather, record)
    status = gather.word(record, "record_status", is_row_kept=True) or "active"
    about = banks.subject(record["comments"], lookups["subjects"])
    numbers = [f"{scheme}:{record[column]}" for scheme, column in SCHEMES.items() if record[column]]
    columns = ("city", "state", "country") if is_person else ("address", "address_2", "city", "state", "country")
    told = {"CT code": record["code"], "": record["comments"], "cross-reference": record["also"], "SAM number": record["number"]}
    gather.keep(
        "listing", record, list_id=gather.source.id, name=name, aliases=_aliases(gather, record) or None, entity_type=kind,
        listing_id=keys.listing_key(
            gather.source.id, name, None, begun, record["number"], record["uei"], record["agency"], record["type"], record["code"],
        ),
        country=gather.country(record, is_row_kept=True), place=record["city"], identifiers=numbers or None,
        address=", ".join(record[column] or "" for column in columns if record[column]) or None,
        subject=about, severity=banks.severity(about),
        programme="; ".join(part for part in (record["programme"], record["type"]) if part) or None,
        authority=record["agency"] or gather.source.publisher, listed_on=begun, listed_on_basis="stated", delisted_on=ended,
        status="expired" if ended is not None and ended <= gather.snapshot.retrieved_on else status, status_note=period,
        reason="; ".join(f"{label}: {text}" if label else text for label, text in told.items() if text) or None, url=gather.source.url,
    )


def parse(snapshot: Any) -> Parsed:
    """One listing per exclusion of a firm, individual or vessel; rows that repeat OFAC's lists are counted and told in one line."""
    gather = Gather(snapshot)
    for table in _published.tables(gather):
        repeated: list[Record] = []
        for record in gather.records(table)[1]:
            if record["kind"] == gather.source.lookups["repeats"]:
                repeated.append(replace(record, cells={}))
            else:
                _listing(gather, record)
        if repeated:
            what = f"{len(repeated)} rows repeat the lists of OFAC and are passed over, so that nobody counts twice"
            step = "Nothing, if the source us_ofac_sdn is loaded."
            gather.rejects.append(Reject(table.file, repeated[0].line, "kind", gather.source.lookups["repeats"], what, step))
    return gather.parsed()
