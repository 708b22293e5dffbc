"""Brick kilns of India: points with district and state."""

from __future__ import annotations

import datetime as dt
from typing import Any

from pipelines import normalise
from pipelines.fetching import ByHand, Http
from pipelines.records import Gather, Parsed, Record
from pipelines.registry import Source


def fetch(source: Source, http: Http) -> dict[str, bytes]:
    """The copy states no licence; it is brought by a person."""
    raise ByHand(source.id)


def _kiln(gather: Gather, record: Record) -> None:
    latitude, longitude = gather.number(record, "latitude"), gather.number(record, "longitude")
    if latitude is None or longitude is None:
        if record["latitude"] is None or record["longitude"] is None:
            gather.reject(record, "latitude", "a point without coordinates", "Leave the line out.")
        return
    if not (6 < latitude < 38 and 68 < longitude < 98):
        step = "Check whether latitude and longitude are exchanged."
        gather.reject(record, "latitude", "a point outside India", step, f"{latitude}, {longitude}")
        return
    state = normalise.subdivision(record["state"], "IND") if record["state"] else None
    if record["state"] and state is None:
        gather.reject(record, "state", "not a state that is known", "Add its name to the subdivision names.", is_row_kept=True)
    is_known = record["established"] not in gather.source.lookups["values"]["not_known"]
    gather.keep(
        "brick_kiln", record, kiln_id=f"IN:{latitude:.6f},{longitude:.6f}", country="IND", subdivision=state, district=record["district"],
        latitude=latitude, longitude=longitude, established_on=gather.day(record, "established", is_row_kept=True) if is_known else None,
        seen_on=dt.date.fromisoformat(gather.source.lookups["seen_on"]),
    )


def parse(snapshot: Any) -> Parsed:
    """One row per kiln; a point that stands twice is kept once."""
    gather = Gather(snapshot)
    for table in gather.tables():
        for record in gather.records(table)[1]:
            _kiln(gather, record)
    return gather.parsed()
