"""Snapshots are kept whole, judged, and served; a lost source never looks clear."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest

from pipelines import batches, registry, staged
from pipelines.fetching import Blocked, Http, KeyNeeded
from pipelines.registry import Guards, Source
from pipelines.sheets import ParseError
from pipelines.snapshot import Snapshot, add_file, archive, latest_good, refresh, snapshots, state

D1, D2, D3 = dt.date(2026, 8, 1), dt.date(2026, 9, 1), dt.date(2026, 10, 1)
HEADER = "Effective Date,Country,Merchandise,WRO/Finding,Status,Entity"


def csv(*names: str, status: str = "Active") -> dict[str, bytes]:
    rows = [f'1/2/2024,China,Garments,WRO,{status},"{name}"' for name in names]
    return {"orders.csv": "\n".join([HEADER, *rows]).encode()}


@pytest.fixture
def source() -> Source:
    """The CBP source without its shipped copy and with small guards."""
    return replace(registry.source("us_cbp_wro"), shipped=(), guards=Guards("import_ban", 1, 10, 1))


class Publisher(Http):
    """Answers with files or an error instead of asking anybody."""

    def __init__(self, answer: dict[str, bytes] | Exception) -> None:
        super().__init__("ops@example.org")
        self.answer = answer


@pytest.fixture
def serve(monkeypatch: pytest.MonkeyPatch) -> Callable[[dict[str, bytes] | Exception], Http]:
    def fetch(self: Source, http: Publisher) -> dict[str, bytes]:
        if isinstance(http.answer, Exception):
            raise http.answer
        return http.answer

    monkeypatch.setattr(Source, "fetch", fetch)
    return Publisher


def test_archived_bytes_come_back_as_they_were(tmp_path: Path, source: Source) -> None:
    kept = archive(tmp_path, source, csv("Made-Up Ltd."), D1, url="https://example.org/x")
    again = latest_good(tmp_path, source)
    assert again is not None
    assert (again.read("orders.csv"), again.batch, again.retrieved_on, again.url) == (csv("Made-Up Ltd.")["orders.csv"], 1000, D1, kept.url)
    assert (again.counts, again.parts, again.verdict) == ({"import_ban": 1, "listing": 1}, ("orders.csv",), "good")
    (tmp_path / "snapshots" / source.id / "1000" / "orders.csv").write_bytes(b"changed")
    with pytest.raises(ParseError, match="not the bytes that were archived"):
        again.read("orders.csv")


def test_the_same_bytes_make_no_second_snapshot(tmp_path: Path, source: Source) -> None:
    assert archive(tmp_path, source, csv("A Ltd."), D1).batch == archive(tmp_path, source, csv("A Ltd."), D2).batch == 1000


@pytest.mark.parametrize(
    ("files", "verdict", "reason"),
    [
        (csv("A Ltd."), "short", "fell by more than 1"),
        ({"orders.csv": b"Access Denied"}, "unreadable", "lacks column"),
        ({"orders.csv.gz": b"\x1f\x8b\x08broken"}, "unreadable", "gzip"),
        ({"orders.csv": HEADER.encode()}, "short", "no rows"),
    ],
)
def test_a_bad_copy_is_kept_and_not_used(tmp_path: Path, source: Source, files: dict[str, bytes], verdict: str, reason: str) -> None:
    archive(tmp_path, source, csv("A Ltd.", "B Ltd.", "C Ltd."), D1)
    bad = archive(tmp_path, source, files, D2)
    assert (bad.verdict, reason in (bad.reason or "")) == (verdict, True)
    assert [one.verdict for one in snapshots(tmp_path, source)] == ["good", verdict]
    good = latest_good(tmp_path, source)
    assert good is not None
    assert good.retrieved_on == D1


def test_a_parser_that_fails_loses_no_bytes(tmp_path: Path, source: Source, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Source, "parse", lambda self, one: 1 / 0)
    kept = archive(tmp_path, source, csv("A Ltd."), D1)
    assert (kept.verdict, "ZeroDivisionError" in (kept.reason or "")) == ("unreadable", True)
    assert (tmp_path / "snapshots" / source.id / "1000" / "orders.csv").exists()


def test_a_person_can_vouch_for_a_fall_but_not_for_nothing(tmp_path: Path, source: Source) -> None:
    for day, names in ((D1, ("A Ltd.", "B Ltd.", "C Ltd.")), (D2, ("A Ltd.",))):
        path = tmp_path / f"{day}.csv"
        path.write_bytes(csv(*names)["orders.csv"])
    add_file(tmp_path, source, tmp_path / f"{D1}.csv", D1)
    with pytest.raises(ParseError, match="kept but not used: 1 rows of import_ban after 3"):
        add_file(tmp_path, source, tmp_path / f"{D2}.csv", retrieved_on=D2)
    vouched = add_file(tmp_path, source, tmp_path / f"{D2}.csv", retrieved_on=D2, is_vouched=True)
    assert "vouched" in (vouched.reason or "")
    empty = tmp_path / "empty.csv"
    empty.write_text(HEADER, encoding="utf-8")
    with pytest.raises(ParseError, match="no rows"):
        add_file(tmp_path, source, empty, is_vouched=True)


def test_states(tmp_path: Path, source: Source, serve: Callable[[dict[str, bytes] | Exception], Http]) -> None:
    assert state(tmp_path, source, D1).state == "not_loaded"
    assert state(tmp_path, registry.source("us_cbp_wro"), D1).state == "shipped"
    first = refresh(tmp_path, source, serve(csv("A Ltd.", "B Ltd.", "C Ltd.")), D1)
    assert (first.state, first.age_days, first.batch) == ("fresh", 0, 1000)
    assert state(tmp_path, source, D1 + dt.timedelta(13)).state == "fresh"
    assert state(tmp_path, source, D1 + dt.timedelta(15)).state == "stale"
    blocked = refresh(tmp_path, source, serve(Blocked("refuses this client (403): blocked, not empty.")), D2)
    assert (blocked.state, blocked.served_on, blocked.batch, blocked.age_days) == ("failed", D1, 1000, 31)
    assert "blocked" in blocked.message
    assert "last good copy" in blocked.message
    short = refresh(tmp_path, source, serve(csv("A Ltd.")), D2)
    assert (short.state, short.batch) == ("stale", 1000)
    assert "fell by more" in short.message
    checked = refresh(tmp_path, source, serve(csv("A Ltd.", "B Ltd.", "C Ltd.")), D3)
    assert (checked.state, checked.age_days, checked.batch) == ("fresh", 0, 1000)


def test_a_source_that_never_came_is_failed_and_serves_what_is_shipped(
    tmp_path: Path, source: Source, serve: Callable[[dict[str, bytes] | Exception], Http],
) -> None:
    lost = refresh(tmp_path, source, serve(KeyNeeded("no key")), D1)
    assert (lost.state, "key" in lost.message, "Served: nothing" in lost.message) == ("failed", True, True)
    shipped = refresh(tmp_path, registry.source("us_cbp_wro"), serve(KeyNeeded("no key")), D1)
    assert (shipped.state, "shipped copy" in shipped.message) == ("failed", True)


def test_sources_brought_by_hand_do_not_fail(tmp_path: Path) -> None:
    assert refresh(tmp_path, registry.source("us_tip_tiers"), Http("x"), D1).state == "shipped"
    assert refresh(tmp_path, registry.source("in_brick_kilns"), Http("x"), D1).state == "not_loaded"


def test_batch_numbers_are_never_given_twice(tmp_path: Path) -> None:
    assert [batches.allocate(tmp_path, {}) for _ in range(3)] == [1000, 1001, 1002]
    (tmp_path / "batches" / "1003.json").touch()  # a run killed between taking the number and writing
    assert batches.allocate(tmp_path, {"source": "x"}) == 1004
    assert (batches.about(tmp_path, 1003), batches.about(tmp_path, 1004), batches.about(tmp_path, 9)) == ({}, {"source": "x"}, None)
    (tmp_path / "inbox" / "party" / "2000-suppliers").mkdir(parents=True)  # a backup restored without its numbers
    assert batches.allocate(tmp_path, {}) == 2001


def test_a_copy_cut_off_by_a_kill_is_not_seen(tmp_path: Path, source: Source, monkeypatch: pytest.MonkeyPatch) -> None:
    archive(tmp_path, source, csv("A Ltd."), D1)

    def killed(self: Path, target: Path) -> Path:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(Path, "rename", killed)
        with pytest.raises(KeyboardInterrupt):
            archive(tmp_path, source, csv("A Ltd.", "B Ltd."), D2)
    assert [one.batch for one in snapshots(tmp_path, source)] == [1000]
    assert archive(tmp_path, source, csv("A Ltd.", "B Ltd."), D2).batch == 1002


def test_names_of_files_stay_in_the_folder(tmp_path: Path, source: Source) -> None:
    content = csv("A Ltd.")["orders.csv"]
    kept = archive(tmp_path, source, {"../../evil.csv": content, "snapshot.json": content}, D1)
    assert sorted(kept.files) == ["evil.csv", "file_snapshot.json"]
    stored = tmp_path / "snapshots" / source.id / "1000"
    assert json.loads((stored / "snapshot.json").read_text())["batch"] == 1000
    assert not (tmp_path / "evil.csv").exists()


# staged --------------------------------------------------------------------------------------------------------------


def listed(workspace: Path, source: Source, as_of: dt.date | None = None) -> dict[str, tuple[str, dt.date | None]]:
    frame = staged.stage_source(source, workspace, as_of).tables["listing"]
    return {name: (status, end) for name, status, end in frame.select("name", "status", "delisted_on").iter_rows()}


def test_gone_entries_are_removed_on_the_day_seen_and_come_back(tmp_path: Path, source: Source) -> None:
    archive(tmp_path, source, csv("A Ltd.", "B Ltd."), D1)
    archive(tmp_path, source, csv("A Ltd."), D2)
    assert listed(tmp_path, source) == {"A Ltd.": ("active", None), "B Ltd.": ("removed", D2)}
    assert listed(tmp_path, source, D1) == {"A Ltd.": ("active", None), "B Ltd.": ("active", None)}
    bans = staged.stage_source(source, tmp_path).tables["import_ban"]
    assert bans.filter(pl.col("status") == "removed").select("producer", "until").rows() == [("B Ltd.", D2)]
    archive(tmp_path, source, csv("A Ltd.", "B Ltd."), D3)
    assert listed(tmp_path, source)["B Ltd."] == ("active", None)


def test_an_entry_whose_line_cannot_be_read_is_not_removed(tmp_path: Path, source: Source) -> None:
    archive(tmp_path, source, csv("A Ltd.", "B Ltd."), D1)
    broken = csv("A Ltd.")["orders.csv"] + b'\n1/2/2024,China,Garments,WRO,Sort of active,"B Ltd."'
    archive(tmp_path, source, {"orders.csv": broken}, D2)
    assert listed(tmp_path, source)["B Ltd."] == ("active", None)
    assert staged.stage_source(source, tmp_path).quarantine.select("file", "line", "column", "value").rows() == [
        ("orders.csv", 3, "status", "Sort of active"),
    ]


def test_rows_lead_to_file_and_line(tmp_path: Path, source: Source) -> None:
    archive(tmp_path, source, csv("A Ltd.", "B Ltd."), D1)
    frame = staged.stage_source(source, tmp_path).tables["listing"].sort("name")
    assert [staged.address(tmp_path, row) for row in frame["row_id"]] == [("us_cbp_wro: orders.csv", 2), ("us_cbp_wro: orders.csv", 3)]
    shipped = staged.reference_frame("us_uflpa_listings")
    path, line = staged.address(tmp_path, shipped["row_id"][0])
    assert (path.endswith("us_uflpa_listings.csv"), line) == (True, 2)
    with pytest.raises(KeyError, match="batch 5000"):
        staged.address(tmp_path, 5000 << 32)


def test_shipped_knowledge_survives_a_newer_copy_and_status_follows_it(tmp_path: Path) -> None:
    source = replace(registry.source("us_cbp_wro"), guards=Guards("import_ban", 1))
    text = '3/5/2018,China,All Products,WRO,Partially Modified,"Huizhou Mink Industrial CO. LTD."'
    archive(tmp_path, source, {"orders.csv": f"{HEADER}\n{text}".encode()}, D1)
    frame = staged.stage_source(source, tmp_path).tables["listing"]
    assert frame.height == staged.reference_frame("us_cbp_wro_listings").height
    row = frame.filter(pl.col("name").str.starts_with("Huizhou")).row(0, named=True)
    assert (row["subdivision"], row["status"], row["row_id"] >> 32) == ("CN-GD", "narrowed", 1000)
    gone = frame.filter(pl.col("name") == "Taepyung Salt Farm").row(0, named=True)
    assert (gone["status"], gone["delisted_on"]) == ("removed", D1)
    revoked = frame.filter(pl.col("name") == "WRP Asia Pacific Sdn. Bhd.").row(0, named=True)
    assert (revoked["status"], revoked["delisted_on"]) == ("revoked", dt.date(2020, 3, 31))


def test_a_copy_older_than_what_is_shipped_removes_nothing(tmp_path: Path) -> None:
    source = replace(registry.source("us_cbp_wro"), guards=Guards("import_ban", 1))
    archive(tmp_path, source, csv("A Ltd."), dt.date(2024, 5, 1))
    frame = staged.stage_source(source, tmp_path).tables["listing"]
    assert frame.filter(pl.col("name") == "Taepyung Salt Farm")["status"].to_list() == ["active"]


def test_observed_dates_are_those_of_the_first_copy(tmp_path: Path) -> None:
    source = replace(registry.source("us_ofac_sdn"), guards=Guards("listing", 1))
    line = b'1,"MADE UP LINES",-0- ,"GLOMAG",-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- \r\n'
    archive(tmp_path, source, {"SDN.CSV": line + b"\x1a"}, D1)
    archive(tmp_path, source, {"SDN.CSV": line + line.replace(b"1,", b"2,", 1) + b"\x1a"}, D2)
    frame = staged.stage_source(source, tmp_path).tables["listing"]
    assert frame.select("listing_id", "listed_on").rows() == [("us_ofac_sdn:1", D1), ("us_ofac_sdn:2", D2)]


def test_what_cannot_be_read_any_more_is_said(tmp_path: Path, source: Source) -> None:
    archive(tmp_path, source, csv("A Ltd."), D1)
    archive(tmp_path, source, csv("A Ltd.", "B Ltd."), D2)
    (tmp_path / "snapshots" / source.id / "1001" / "orders.csv").write_bytes(b"rotten")
    found = staged.stage_source(source, tmp_path, D2)
    assert found.tables["listing"]["name"].to_list() == ["A Ltd."]
    assert (found.state.state, "1001 can no longer be read" in found.state.message) == ("stale", True)


def test_staging_reads_an_archived_copy_once(tmp_path: Path, source: Source, monkeypatch: pytest.MonkeyPatch) -> None:
    archive(tmp_path, source, csv("A Ltd."), D1)
    first = staged.stage_source(source, tmp_path)
    monkeypatch.setattr(Source, "parse", lambda self, one: pytest.fail("parsed again"))
    again = staged.stage_source(source, tmp_path)
    assert again.tables["listing"].equals(first.tables["listing"])


def test_every_shipped_table_is_typed_and_unique_by_key() -> None:
    from data import model

    for name, reference in model.references().items():
        frame = staged.reference_frame(name)
        assert frame.height > 0
        assert frame.select(model.contract(reference.table).key).is_duplicated().sum() == 0, name


def test_an_in_memory_snapshot_is_staged_without_files(source: Source) -> None:
    assert staged.parsed(Snapshot.of(source, csv("A Ltd."), D1)).tables["listing"].height == 1


def test_a_source_without_its_key_is_not_configured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    wanting = replace(registry.source("hs_headings"), shipped=(), key_variable="MADE_UP_KEY")
    monkeypatch.delenv("MADE_UP_KEY", raising=False)
    found = state(tmp_path, wanting, D1)
    assert (found.state, found.served_on) == ("not_configured", None)
    assert "MADE_UP_KEY" in found.message
    monkeypatch.setenv("MADE_UP_KEY", "x")
    assert state(tmp_path, wanting, D1).state == "not_loaded"
