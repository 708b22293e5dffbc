"""UK debarment list: a table saved from the publisher's page, with the two statuses that the Act tells apart."""

from __future__ import annotations

from typing import Any

from pipelines.fetching import ByHand, Http
from pipelines.normalise import fold
from pipelines.records import Gather, Parsed, Record
from pipelines.registry import Source
from pipelines.sources import _development_banks, _published


def fetch(source: Source, http: Http) -> dict[str, bytes]:
    """No form for machines is known."""
    raise ByHand(source.id)


def _listing(gather: Gather, record: Record) -> None:
    """`programme` is mandatory or discretionary, which the screening profile maps to grounds; the Act's word stands in status_note."""
    kind = gather.source.lookups["values"]["status"].get(fold(record["status"] or ""))
    if kind is None:
        gather.reject(record, "status", "neither excluded nor excludable nor removed", "Add the word to lookups.values.status.")
        return
    _, ended, period = _development_banks.term(gather, record)
    values: dict[str, Any] = {"status_note": f"{record['status']}; {period}"}
    values["programme"] = {"mandatory": "excluded (mandatory ground)", "discretionary": "excludable (discretionary ground)"}.get(kind)
    if kind == "removed":
        values |= {"status": "removed", "delisted_on": _development_banks.day(gather, record, "removed") or ended}
    if record["number"]:
        values["identifiers"] = [f"GB-COH:{record['number'].zfill(8) if record['number'].isdigit() else record['number']}"]
    _development_banks.listing(gather, record, gather.source.id, **values)


def parse(snapshot: Any) -> Parsed:
    """One listing per row; a table with headings and no rows is the list as it stood to May 2026."""
    gather = Gather(snapshot)
    for table in _published.tables(gather):
        for record in gather.records(table)[1]:
            _listing(gather, record)
    return gather.parsed()
