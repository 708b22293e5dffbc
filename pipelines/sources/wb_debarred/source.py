"""World Bank: debarred firms and individuals, from the service behind the bank's page or from a table saved from it."""

from __future__ import annotations

from typing import Any

from pipelines.fetching import Http
from pipelines.records import Parsed
from pipelines.registry import Source
from pipelines.sources import _development_banks


def fetch(source: Source, http: Http) -> dict[str, bytes]:
    """The whole list as JSON; the service wants a key in a header."""
    answer = http.get(source.lookups["address"], source=source.id, key_variable=source.key_variable, key_header="apikey")
    return {"sanctioned_firm.json": answer.content}


def parse(snapshot: Any) -> Parsed:
    """One listing per firm or individual and period."""
    return _development_banks.parse(snapshot, "response", "ZPROCSUPP")
