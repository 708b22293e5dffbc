"""Asian Development Bank: the published sanctions list, in pages of a JSON:API service."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlsplit

from pipelines.fetching import FetchError, Http
from pipelines.records import Parsed
from pipelines.registry import Source
from pipelines.sources import _development_banks

MAX_PAGES = 500


def fetch(source: Source, http: Http) -> dict[str, bytes]:
    """All pages. The address of the next one names a host inside the bank: its query is kept, the public address stays."""
    files: dict[str, bytes] = {}
    address = source.lookups["address"]
    asked = set[str]()
    while address not in asked and len(asked) < MAX_PAGES:
        asked.add(address)
        content = http.get(address, source=source.id).content
        files[f"page_{len(asked):03}.json"] = content
        query = _next_query(content)
        if query is None:
            return files
        address = urlsplit(address)._replace(query=query).geturl()
    raise FetchError(f"{source.id}: the pages do not end ({len(asked)} read). The service has changed: correct source.py.")


def _next_query(content: bytes) -> str | None:
    """The query of the page that follows; None at the end, and for what is no page (parse says so)."""
    try:
        following = json.loads(content)["links"]["next"]
    except (ValueError, KeyError, TypeError):
        return None
    return urlsplit(following).query if isinstance(following, str) and following else None


def parse(snapshot: Any) -> Parsed:
    """One listing per entry."""
    return _development_banks.parse(snapshot, "data", inside="attributes")
