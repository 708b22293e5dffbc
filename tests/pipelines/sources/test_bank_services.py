"""How the banks' services are asked, and what becomes of entries that end. No network: answers come from a mock transport."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import httpx
import polars as pl
import pytest

from pipelines import core, registry, snapshot, staged
from pipelines.fetching import Http, KeyNeeded
from pipelines.registry import Guards

DAY = dt.date(2026, 10, 1)


def publisher(asked: list[httpx.Request], answer: Callable[[httpx.Request], bytes]) -> Http:
    def reply(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return httpx.Response(200, content=answer(request))

    return Http("ops@example.org", transport=httpx.MockTransport(reply), resolve=lambda host: ["93.184.216.34"], interval=0)


def test_the_world_bank_wants_its_key_in_a_header(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[httpx.Request] = []
    with pytest.raises(KeyNeeded, match="DEEPTIER_WORLD_BANK_KEY"):
        registry.source("wb_debarred").fetch(publisher(asked, lambda request: b"data"))
    assert asked == []
    monkeypatch.setenv("DEEPTIER_WORLD_BANK_KEY", "a key")
    assert registry.source("wb_debarred").fetch(publisher(asked, lambda request: b"data")) == {"sanctioned_firm.json": b"data"}
    assert (asked[0].method, asked[0].headers["apikey"], asked[0].url.query) == ("GET", "a key", b"")


def test_ebrd_is_asked_by_form_page_by_page_until_one_is_empty() -> None:
    asked: list[httpx.Request] = []

    def answer(request: httpx.Request) -> bytes:
        return json.dumps({"searchResult": [{"title": "x"}] if b"currentPage=3" not in request.content else []}).encode()

    files = registry.source("ebrd_ineligible").fetch(publisher(asked, answer))
    assert list(files) == ["page_001.json", "page_002.json"]
    assert [request.method for request in asked] == ["POST"] * 3
    assert b"cardType=iecard" in asked[0].content


def test_edes_is_asked_by_json_and_an_empty_list_is_a_good_copy(tmp_path: Path) -> None:
    asked: list[httpx.Request] = []
    empty = b")]}',\n" + json.dumps({"content": []}).encode()
    state = snapshot.refresh(tmp_path, registry.source("eu_edes"), publisher(asked, lambda request: empty), DAY)
    assert (state.state, json.loads(asked[0].content)["take"], len(asked)) == ("fresh", 100, 1)
    assert staged.stage_source(registry.source("eu_edes"), tmp_path).tables["listing"].height == 0


def test_a_broken_empty_answer_is_no_good_copy(tmp_path: Path) -> None:
    state = snapshot.refresh(tmp_path, registry.source("eu_edes"), publisher([], lambda request: b"<html>403</html>"), DAY)
    assert state.state == "failed"
    guarded = replace(registry.source("eu_edes"), guards=Guards("listing", 1))
    assert snapshot.refresh(tmp_path, guarded, publisher([], lambda request: b'{"content": []}'), DAY).state == "failed"


def entry(number: int, until: str) -> dict[str, str | int]:
    return {"SUPP_ID": number, "SUPP_NAME": f"MADE-UP FIRM {number}", "COUNTRY_NAME": "Peru", "DEBAR_FROM_DATE": "01-Jan-2024",
            "DEBAR_TO_DATE": until, "DEBAR_REASON": "Fraud"}


def test_a_stated_end_ends_an_entry_on_its_day_and_one_that_vanishes_before_is_removed(tmp_path: Path) -> None:
    source = replace(registry.source("wb_debarred"), guards=Guards("listing", 1))
    copies = {dt.date(2026, 1, 1): [entry(1, "01-Mar-2026"), entry(2, "31-Dec-2999"), entry(3, "31-Dec-2999")],
              dt.date(2026, 6, 1): [entry(2, "31-Dec-2999")]}
    for day, rows in copies.items():
        snapshot.archive(tmp_path, source, {"made_up.json": json.dumps({"response": {"ZPROCSUPP": rows}}).encode()}, day)
    listing = staged.stage_source(source, tmp_path).tables["listing"].lazy()

    def states(day: dt.date) -> dict[str, tuple[str, dt.date | None]]:
        rows = core.on_date("listing", listing, day).select(pl.col("name").str.tail(1), "status", "delisted_on").collect()
        return {name: (status, end) for name, status, end in rows.iter_rows()}

    assert states(dt.date(2026, 2, 1)) == {"1": ("active", None), "2": ("active", None), "3": ("active", None)}
    assert states(dt.date(2026, 7, 1)) == {
        "1": ("expired", dt.date(2026, 3, 1)), "2": ("active", None), "3": ("removed", dt.date(2026, 6, 1)),
    }
