"""EU EDES: published cases of exclusion and financial penalty. An empty list is an answer."""

from __future__ import annotations

from typing import Any

from pipelines.fetching import FetchError, Http
from pipelines.records import Parsed
from pipelines.registry import Source
from pipelines.sheets import ParseError
from pipelines.sources import _development_banks, _published

TAKE, MAX_PAGES = 100, 50


def fetch(source: Source, http: Http) -> dict[str, bytes]:
    """All pages of the service; at this day there is one."""
    files: dict[str, bytes] = {}
    for page in range(MAX_PAGES):
        query = {"ecOpName": "", "ecOpCountryCode": "", "page": page, "take": TAKE}
        content = http.get(source.lookups["address"], source=source.id, json=query).content
        files[f"page_{page + 1:03}.json"] = content
        try:
            cases = _published.json_value("answer", content.decode("utf-8-sig"))["content"]
            is_last = len(cases) < TAKE
        except (ParseError, UnicodeDecodeError, KeyError, TypeError):
            is_last = True  # no page of the service: parse says so
        if is_last:
            return files
    raise FetchError(f"{source.id}: the pages do not end ({MAX_PAGES} read). The service has changed: correct source.py.")


def parse(snapshot: Any) -> Parsed:
    """One listing per published case; names of one operator stand between asterisks."""
    return _development_banks.parse(snapshot, "content")
