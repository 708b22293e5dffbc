"""EBRD: ineligible entities, in pages of the service behind the bank's list."""

from __future__ import annotations

import json
from typing import Any

from pipelines.fetching import FetchError, Http
from pipelines.records import Parsed
from pipelines.registry import Source
from pipelines.sources import _development_banks

MAX_PAGES = 500
FORM = {"parentPath": "/content/dam/ebrd_dxp/content-fragments/occo/ineligible-entities", "cardType": "iecard", "sortBy": "newest-first"}


def fetch(source: Source, http: Http) -> dict[str, bytes]:
    """All pages, up to the first one without entries; that one shows that none is missing and is not kept."""
    files: dict[str, bytes] = {}
    for page in range(1, MAX_PAGES + 1):
        content = http.get(source.lookups["address"], source=source.id, form={**FORM, "currentPage": str(page)}).content
        try:
            is_last = not json.loads(content)["searchResult"]
        except (ValueError, KeyError, TypeError):
            is_last = True  # no page of the service: parse says so
            files[f"page_{page:03}.json"] = content
        if is_last:
            return files or {"page_001.json": content}
        files[f"page_{page:03}.json"] = content
    raise FetchError(f"{source.id}: the pages do not end ({MAX_PAGES} read). The service has changed: correct source.py.")


def parse(snapshot: Any) -> Parsed:
    """One listing per entry; the institution that decided first stands in the reason."""
    return _development_banks.parse(snapshot, "searchResult")
