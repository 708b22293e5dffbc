"""Brazil: CEIS and CNEP, registers of sanctioned companies, a ZIP with one CSV each."""

from __future__ import annotations

import re
from typing import Any

from pipelines import keys
from pipelines.fetching import FetchError, Http
from pipelines.normalise import fold
from pipelines.records import Gather, Parsed, Record
from pipelines.registry import Source
from pipelines.sources import _development_banks as banks
from pipelines.sources import _published

REGISTERS = ("ceis", "cnep")
DAY = {part: re.compile(rf"[\"']?{part}[\"']?\s*:\s*[\"']?(\d+)") for part in ("ano", "mes", "dia")}


def fetch(source: Source, http: Http) -> dict[str, bytes]:
    """Both registers in their last edition, whose day stands in a script of the page."""
    files = {}
    for register in REGISTERS:
        page = http.get(f"{source.url}/{register}", source=source.id).content.decode("utf-8", "replace")
        found = [max(pattern.findall(page), key=int, default="") if part == "ano" else (pattern.findall(page) or [""])[-1]
                 for part, pattern in DAY.items()]
        if not all(found):
            raise FetchError(f"{source.id}: no day of the last edition on the page of {register}. The page has changed: correct source.py.")
        day = f"{found[0]}{found[1].zfill(2)}{found[2].zfill(2)}"
        files[f"{day}_{register}.zip"] = http.get(f"{source.url}/{register}/{day}", source=source.id).content
    return files


def _listing(gather: Gather, record: Record) -> None:
    """A CPF, masked or not, is never kept; a blank end means that the decision says until when."""
    name, digits = record["name"], re.sub(r"\D", "", record["identifier"] or "")
    if name is None or record["register"] is None:
        gather.reject(record, "name", "no name or no register", "Compare with the publisher's page.")
        return
    is_company = len(digits) == 14 and "*" not in (record["identifier"] or "")
    if record["kind"] == "J" and not is_company:
        gather.reject(record, "kind", "a company without a CNPJ", "Nothing: it is looked for by its name.", is_row_kept=True)
    begun, ended = banks.day(gather, record, "from"), banks.day(gather, record, "until")
    legal = banks.subject(record["legal_ground"], gather.source.lookups["subjects"])
    others = [other for column in ("told_name", "legal_name", "trade_name") if (other := record[column]) and fold(other) != fold(name)]
    period = f"{f'from {begun}, ' if begun else ''}{f'until {ended}' if ended else 'end: see the decision'}"
    told = {"process": record["process"], "scope": record["scope"], "fine (BRL)": record["fine"]}
    gather.keep(
        "listing", record, list_id=gather.source.id, name=name, aliases=list(dict.fromkeys(others)) or None, country="BRA",
        listing_id=keys.listing_key(
            gather.source.id, name, record["register"], begun, record["code"], digits if is_company else None, record["process"],
            record["category"],
        ),
        entity_type="organisation" if is_company or record["kind"] == "J" else "person",
        identifiers=[f"BR-CNPJ:{digits}"] if is_company else None, subdivision=f"BR-{record['state']}" if record["state"] else None,
        programme="; ".join(part for part in (record["register"], record["category"]) if part),
        subject=legal, severity=banks.severity(legal), authority=record["agency"] or gather.source.publisher,
        listed_on=begun, listed_on_basis="stated", delisted_on=ended,
        status="expired" if ended is not None and ended <= gather.snapshot.retrieved_on else "active", status_note=period,
        reason="; ".join([part for part in (record["legal_ground"],) if part] + [f"{k}: {v}" for k, v in told.items() if v]) or None,
        url=gather.source.url,
    )


def parse(snapshot: Any) -> Parsed:
    """One listing per sanction; the same sanction on several lines is kept once and the others are told."""
    gather = Gather(snapshot)
    for table in _published.tables(gather, delimiter=";"):
        for record in gather.records(table)[1]:
            _listing(gather, record)
    return gather.parsed()
