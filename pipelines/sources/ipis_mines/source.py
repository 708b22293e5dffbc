"""IPIS: visits to artisanal mines in eastern DR Congo."""

from __future__ import annotations

from typing import Any

from pipelines import normalise
from pipelines.fetching import Http
from pipelines.records import Gather, Parsed, Record
from pipelines.registry import Source

GROUPS = ("forced1", "forced2", "forced3")


def fetch(source: Source, http: Http) -> dict[str, bytes]:
    """The whole layer as CSV."""
    return {"cod_mines_curated_all_opendata_p_ipis.csv": http.get(source.url, source=source.id).content}


def _flag(gather: Gather, record: Record, column: str) -> bool | None:
    value, known = record[column], gather.source.lookups["values"]["flag"]
    if value is not None and value not in known:
        gather.reject(record, column, "neither 0 nor 1", "Compare with the publisher's file.", is_row_kept=True)
    found: bool | None = known.get(value)
    return found


def _forced(gather: Gather, record: Record, presence: bool | None) -> bool | None:
    """Any group that forces labour; no when a group was asked about, or none was there; else not recorded."""
    stated = [flag for column in GROUPS if (flag := _flag(gather, record, column)) is not None]
    return any(stated) if stated else False if presence is False else None


def _visit(gather: Gather, record: Record) -> None:
    minerals = []
    for column in ("mineral1", "mineral2", "mineral3"):
        known = gather.source.lookups["values"]["mineral"]
        if record[column] and record[column] not in known:
            gather.reject(record, column, "a mineral that the source does not know", "Add it to lookups.values.mineral.", is_row_kept=True)
        minerals.append(known.get(record[column] or "", [record[column], []]))
    province = record["province"]
    subdivision = normalise.subdivision(province, "COD") if province else None
    if province and subdivision is None:
        gather.reject(record, "province", "not a province that is known", "Add its name to the subdivision names.", is_row_kept=True)
    presence = _flag(gather, record, "presence")
    workers = gather.number(record, "workers", is_row_kept=True)
    codes = list(dict.fromkeys(hs for _, found in minerals for hs in found))
    gather.keep(
        "mine_visit", record, visit_id=f"ipis:{record['visit']}" if record["visit"] else None, mine_id=record["mine"], name=record["name"],
        country="COD", subdivision=subdivision, latitude=gather.number(record, "latitude", is_row_kept=True),
        longitude=gather.number(record, "longitude", is_row_kept=True), visited_on=gather.day(record, "visited_on"),
        minerals=[name for name, _ in minerals if name] or None, hs=codes or None,
        worker_count=int(workers) if workers is not None else None, is_child_under_15_at_work=_flag(gather, record, "children"),
        is_forced_labour_by_armed_group=_forced(gather, record, presence), is_armed_presence=presence, traceability=record["traceability"],
        qualification=gather.word(record, "qualification", is_row_kept=True),
    )


def parse(snapshot: Any) -> Parsed:
    """One row per visit."""
    gather = Gather(snapshot)
    for table in gather.tables():
        for record in gather.records(table)[1]:
            _visit(gather, record)
    return gather.parsed()
