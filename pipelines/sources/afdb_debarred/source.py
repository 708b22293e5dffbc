"""African Development Bank: the table on the debarment page."""

from __future__ import annotations

from typing import Any

from pipelines.fetching import Http
from pipelines.records import Parsed
from pipelines.registry import Source
from pipelines.sources import _development_banks


def fetch(source: Source, http: Http) -> dict[str, bytes]:
    """The page itself; there is no file."""
    return {"debarment.html": http.get(source.url, source=source.id).content}


def parse(snapshot: Any) -> Parsed:
    """One listing per row of the table."""
    return _development_banks.parse(snapshot)
