"""Inter-American Development Bank: the table of sanctions that a person exports from the bank's report."""

from __future__ import annotations

from typing import Any

from pipelines.fetching import ByHand, Http
from pipelines.records import Parsed
from pipelines.registry import Source
from pipelines.sources import _development_banks


def fetch(source: Source, http: Http) -> dict[str, bytes]:
    """The report shows a table and offers no file to machines."""
    raise ByHand(source.id)


def parse(snapshot: Any) -> Parsed:
    """One listing per row of the export (XLSX or CSV); title lines above the headings are passed over."""
    return _development_banks.parse(snapshot)
