"""US Consolidated Screening List: every entry under the list that it comes from; SDN rows are counted and left to us_ofac_sdn."""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter
from typing import Any

from pipelines import keys, listed
from pipelines.fetching import Http
from pipelines.records import Gather, Parsed, Record
from pipelines.registry import Source
from pipelines.sources.us_csl.forms import Entry, read_csv, read_json

LETTERS = re.compile(r"\((?:NS-)?([A-Z]{2,5})(?: List)?\)")
INMATE = re.compile(r"\binmate\b|\breg(?:ister|\.)? ?(?:number|no|#)", re.IGNORECASE)  # only natural persons are in prison
SUCCESSORS = re.compile(r",?\s+and any successor,? sub-?unit,? or subsidiary thereof$", re.IGNORECASE)
LOST = "the publisher's file has ? where a character was lost"


def fetch(source: Source, http: Http) -> dict[str, bytes]:
    """The CSV at its stable address; no key is needed."""
    return {"consolidated.csv": http.get(source.url, source=source.id).content}


def _list(gather: Gather, record: Record, entry: Entry) -> dict[str, str] | None:
    """Which list a row comes from, by its letters or else by words of its name; an unknown list is rejected."""
    name, known = entry["source"] or "", gather.source.lookups["lists"]
    letters = LETTERS.search(name)
    found = known.get(letters[1]) if letters else None
    found = found or next((one for one in known.values() if one["words"].casefold() in name.casefold()), None)
    if found is None:
        gather.reject(record, "source", "a list that the source does not know", "Add it to lookups.lists.", name)
    return found if found is None else dict(found)


def _numbers(gather: Gather, record: Record, entry: Entry) -> list[str]:
    known = {kind: scheme for scheme, kinds in gather.source.lookups["numbers"].items() for kind in kinds}
    found = []
    for kind, number, country in entry["ids"]:
        if kind is not None and kind not in known:
            step = "Add it to lookups.numbers."
            gather.reject(record, "ids", "a type of number that the source does not know", step, kind, is_row_kept=True)
        scheme, plain = known.get(kind), (number or "").removeprefix("IMO ").strip()
        if scheme not in (None, "none") and plain:
            is_national = country and scheme in ("TAX", "REG", "ID", "VAT")
            found.append(f"{country}-{scheme}:{plain}" if is_national else f"{scheme}:{plain}")
    return found


def _row(gather: Gather, record: Record, entry: Entry) -> dict[str, Any] | None:
    """The listing of a row; None for a list or a thing that is left out."""
    which = _list(gather, record, entry)
    kind = gather.source.lookups["values"]["entity_type"].get(entry["entity_type"] or "")
    if kind is None:
        step = "Add it to lookups.values.entity_type."
        gather.reject(record, "entity_type", "a type that the source does not know", step, entry["entity_type"])
    if not which or not which["list_id"] or not kind:
        return None
    if entry["name"] is None:
        gather.reject(record, "name", "no name", "Compare with the publisher's page.")
        return None
    kind = "person" if kind == "organisation" and any(INMATE.search(text) for text, _ in entry["addresses"]) else kind
    name, countries = SUCCESSORS.sub("", entry["name"]), listed.countries(gather, record, (code for _, code in entry["addresses"]))
    started, ended = (listed.day(gather, record, column, entry[column]) for column in ("started", "ended"))
    country = countries[0] if countries else None
    key = f"{which['list_id']}:{entry['number']}" if entry["number"] else keys.listing_key(which["list_id"], name, None, started, country)
    has_lost = any("?" in text for text in (name, *entry["aliases"], *(text for text, _ in entry["addresses"])))
    told = [entry["notice"], entry["requirement"], entry["policy"], entry["remarks"] if kind != "person" else None,
            f"flag {entry['flag']}" if entry["flag"] else None, f"owner {entry['owner']}" if entry["owner"] else None]
    return {
        "listing_id": key, "list_id": which["list_id"], "name": name, "aliases": entry["aliases"], "entity_type": kind, "country": country,
        "address": [text for text, _ in entry["addresses"]] if kind != "person" else [],
        "identifiers": _numbers(gather, record, entry) if kind != "person" else [], "programme": entry["programme"],
        "authority": which["authority"], "covers_subsidiaries": name != entry["name"], "listed_on": started, "ended": ended,
        "status_note": LOST if has_lost else None, "reason": "; ".join(text for text in told if text) or None,
        "url": entry["url"] or entry["list_url"],
    }


def _merged(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Rows of one entry together: the publisher repeats it for an address. It is open while one of them is."""
    first, ends = rows[0], [row["ended"] for row in rows]
    many = {name: list(dict.fromkeys(value for row in rows for value in row[name])) for name in ("aliases", "address", "identifiers")}
    return first | {
        "aliases": many["aliases"] or None, "address": " | ".join(many["address"]) or None, "identifiers": many["identifiers"] or None,
        "ended": None if None in ends else max(ends), "status_note": next((row["status_note"] for row in rows if row["status_note"]), None),
    }


def _keep(gather: Gather, record: Record, row: dict[str, Any]) -> None:
    seen_on: dt.date = gather.snapshot.retrieved_on
    ended = row.pop("ended")
    is_over = ended is not None and ended <= seen_on
    basis = "stated" if row["listed_on"] else "observed"
    note = [f"ends {ended}" if ended and not is_over else None, row["status_note"]]
    severity = 1  # none of these lists says that workers were wronged
    gather.keep("listing", record, **{
        **row, "listed_on": row["listed_on"] or seen_on, "listed_on_basis": basis, "delisted_on": ended, "severity": severity,
        "status": "expired" if is_over else "active", "status_note": "; ".join(text for text in note if text) or None,
    })


def parse(snapshot: Any) -> Parsed:
    """One listing per entry of a list; what is left out is told in one line of quarantine for each list, with its count."""
    gather = Gather(snapshot)
    entries, left = dict[str, tuple[Record, list[dict[str, Any]]]](), Counter[str]()
    for name in snapshot.files:
        is_json = name.casefold().removesuffix(".gz").endswith(".json")
        for record, entry in read_json(gather, name) if is_json else read_csv(gather, name):
            row = _row(gather, record, entry)
            if row is not None:
                entries.setdefault(row["listing_id"], (record, []))[1].append(row)
            elif "SDN" in (entry["source"] or ""):
                left[name] += 1
    for record, rows in entries.values():
        _keep(gather, record, _merged(rows))
    for name, count in left.items():
        about, step = Record(0, name, 1, {"source": "Specially Designated Nationals"}), "Nothing: they are not read twice."
        gather.reject(about, "source", f"{count} rows of the SDN list, which the source us_ofac_sdn reads", step, is_row_kept=True)
    return gather.parsed()
