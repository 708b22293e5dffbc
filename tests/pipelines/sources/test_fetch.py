"""What each source asks for. No network: answers come from a mock transport."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from pipelines import registry, snapshot
from pipelines.fetching import ByHand, FetchError, Http
from pipelines.registry import Guards

PAGES = {
    "/document/stats/withhold-release-orders-findings": b'<a href="/files/2026-09/wro-fy26-2026-09-29.csv">WRO Withhold Dataset</a>',
    "/agencies/ilab/reports/child-labor/list-of-goods": b'<a href="/x/list-of-goods-2026.xlsx">Download in Excel format</a>',
}
BY_HAND = {
    "us_dol_child_labour", "us_tip_tiers", "tied_visa", "in_brick_kilns", "bd_bmet_agencies", "iadb_sanctions", "uk_debarment", "bods",
}
# Those that ask several questions; each is tested beside its parser.
IN_SEVERAL_QUESTIONS = {"adb_sanctions", "us_sam_exclusions", "br_ceis_cnep", "gleif_relationships", "opensanctions"}


def publisher(asked: list[str], status: int = 200) -> Http:
    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(f"{request.headers['host']}{request.url.path}")
        return httpx.Response(status, content=PAGES.get(request.url.path, b"data"))

    return Http("ops@example.org", transport=httpx.MockTransport(answer), resolve=lambda host: ["93.184.216.34"], interval=0)


PARSED = [source for source in registry.sources().values() if source.has_parser and source.id not in IN_SEVERAL_QUESTIONS]


@pytest.mark.parametrize("source", PARSED, ids=lambda source: source.id)
def test_files_of_each_source(source: registry.Source, monkeypatch: pytest.MonkeyPatch) -> None:
    if source.key_variable:
        monkeypatch.setenv(source.key_variable, "a key")
    asked: list[str] = []
    if source.id in BY_HAND:
        with pytest.raises(ByHand, match=f"deeptier import source {source.id} FILE"):
            source.fetch(publisher(asked))
        assert source.cadence == "none"
        return
    files = source.fetch(publisher(asked))
    assert set(files.values()) == {b"data"}
    expected = {
        "us_cbp_wro": ["wro-fy26-2026-09-29.csv"], "us_dol_goods": ["list-of-goods-2026.xlsx"],
        "us_ofac_sdn": ["SDN.CSV", "ADD.CSV", "ALT.CSV"],
        "iso_countries": ["country-codes.csv", "subdivision-codes.csv"],
    }
    assert list(files) == expected.get(source.id, list(files))
    assert len(asked) == len(files) + (source.id in ("us_cbp_wro", "us_dol_goods"))


def test_a_page_without_the_link_is_a_failure() -> None:
    with pytest.raises(FetchError, match="0 links"):
        registry.source("us_cbp_wro").fetch(
            Http("x", transport=httpx.MockTransport(lambda request: httpx.Response(200, content=b"<a href='/'>Home</a>")),
                 resolve=lambda host: ["93.184.216.34"], interval=0)
        )


def test_what_has_not_changed_is_asked_for_with_its_mark_and_kept_once(tmp_path: Path) -> None:
    source = replace(registry.source("hs_headings"), guards=Guards("hs_heading", 1))
    asked: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        if request.headers.get("if-none-match") == '"v1"':
            return httpx.Response(304)
        content = b"section,hscode,description,parent,level\nI,01,Made up animals,TOTAL,2\n"
        return httpx.Response(200, content=content, headers={"etag": '"v1"'})

    http = Http("ops@example.org", transport=httpx.MockTransport(answer), resolve=lambda host: ["93.184.216.34"], interval=0)
    first = snapshot.refresh(tmp_path, source, http, dt.date(2026, 9, 1))
    second = snapshot.refresh(tmp_path, source, http, dt.date(2026, 10, 1))
    assert (first.state, second.state, first.batch, second.batch, second.age_days) == ("fresh", "fresh", 1000, 1000, 0)
    assert len(asked) == 2
    assert len(snapshot.snapshots(tmp_path, source)) == 1


def test_blocked_publisher_is_a_state_of_the_run(tmp_path: Path) -> None:
    found = snapshot.refresh(tmp_path, registry.source("us_uflpa"), publisher([], 403), dt.date(2026, 10, 1))
    assert found.state == "failed"
    assert "blocked, not empty" in found.message
    assert "the shipped copy" in found.message
