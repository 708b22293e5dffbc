"""Tied visas: three coded restrictions per state of destination."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

from pipelines.fetching import ByHand, Http
from pipelines.records import Gather, Parsed
from pipelines.registry import Source

FACTS = ("tied_visa_employer", "tied_visa_consent", "tied_visa_exit")


def fetch(source: Source, http: Http) -> dict[str, bytes]:
    """The repository states no licence; the copy is brought by a person."""
    raise ByHand(source.id)


def parse(snapshot: Any) -> Parsed:
    """Three facts per country, 0, 0.5 or 1; known from the end of the year of the coding."""
    gather = Gather(snapshot)
    for table in gather.tables():
        for record in gather.records(table)[1]:
            country, certainty = gather.country(record), gather.word(record, "confidence")
            year = re.fullmatch(r"end-(20\d\d)", record["snapshot"] or "")
            if year is None:
                gather.reject(record, "snapshot", "not a year's end (end-2024)", "Correct the value.")
            if country is None or certainty is None or year is None:
                continue
            for fact in FACTS:
                value = gather.number(record, fact, is_row_kept=True)
                if value is not None and value not in (0, 0.5, 1):
                    gather.reject(record, fact, "not 0, 0.5 or 1", "Correct the value.", is_row_kept=True)
                elif value is not None:
                    gather.keep(
                        "country_fact", record, country=country, fact=fact, value=value, edition=year[1], certainty=certainty,
                        source_key="Forced Labor Structural Risk Index, tied-status coding", published_on=dt.date(int(year[1]), 12, 31),
                    )
    return gather.parsed()
