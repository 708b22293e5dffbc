"""Bangladesh's register of recruiting agencies: name, RL number and address of those that are licensed."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

from pipelines.fetching import ByHand, Http
from pipelines.records import Gather, Parsed
from pipelines.registry import Source

DAY = re.compile(r"(?<!\d)(20\d\d-\d\d-\d\d)(?!\d)")


def fetch(source: Source, http: Http) -> dict[str, bytes]:
    """The register offers no file."""
    raise ByHand(source.id)


def parse(snapshot: Any) -> Parsed:
    """One licence per row, valid on the day in the file's name (bmet-2026-11-21.csv); without one the day is unknown."""
    gather = Gather(snapshot)
    for table in gather.tables():
        named = DAY.search(table.file)
        for record in gather.records(table)[1]:
            number = record["licence_no"]
            if number is None or not re.fullmatch(r"(?:RL-?)?\d{1,5}", number):
                step = "Compare with the register; an agency is matched by its number."
                gather.reject(record, "licence_no", "no RL number of digits", step)
                continue
            licence_no = number.removeprefix("RL").lstrip("-").zfill(4)
            gather.keep(
                "agency_licence", record, licence_row_id=f"bd_bmet:{licence_no}", agency_name=record["name"], country="BGD",
                licence_no=licence_no, authority=gather.source.publisher, address=record["address"], status="valid",
                status_raw="on the register of licensed agencies", status_on=dt.date.fromisoformat(named[1]) if named else None,
            )
    return gather.parsed()
