"""Harmonized System: codes with text and parent."""

from __future__ import annotations

from typing import Any

from pipelines import normalise
from pipelines.fetching import Http
from pipelines.records import Gather, Parsed
from pipelines.registry import Source


def fetch(source: Source, http: Http) -> dict[str, bytes]:
    """The one file."""
    return {"harmonized-system.csv": http.get(source.url, source=source.id).content}


def parse(snapshot: Any) -> Parsed:
    """One row per code."""
    gather = Gather(snapshot)
    total = snapshot.source.lookups["total"]
    for table in gather.tables():
        for record in gather.records(table)[1]:
            code, parent = record["hs"], record["parent"]
            if code == total:
                continue
            if code is None or normalise.hs_code(code) != code:
                step = "Restore leading zeros; chapters 77, 98 and 99 are not used."
                gather.reject(record, "hs", "not an HS code of 2, 4 or 6 digits", step)
                continue
            gather.keep("hs_heading", record, hs=code, text_en=record["text"], parent=None if parent == total else parent)
    return gather.parsed()
