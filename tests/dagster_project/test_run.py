"""Whole runs on the made-up chain: what must be true of the results, and what must survive a crash."""

import datetime as dt
import hashlib
import json
import os
import signal
import subprocess
import sys
import time

import pytest
from published import ask, current

from dagster_project import operations
from pipelines.workspace import WorkspaceError

RANK = ["low", "insufficient", "moderate_unverified", "moderate", "elevated", "high", "critical"]


def digest(path, table):
    rows = ask(path, f"SELECT * FROM {table} ORDER BY ALL")  # noqa: S608  (a name of ours)
    return hashlib.sha256(repr(rows).encode()).hexdigest()


def test_turkmen_cotton_upstream_is_critical_by_the_rule(scores):
    for party in ("GIN-TM-01", "SPI-TR-01", "TEX-TR-01", "GAR-TR-01"):
        assert (scores[party]["band"], scores[party]["override"]) == ("critical", "TERRITORY_BAN")


def test_a_company_named_like_the_order_is_not(scores):
    assert scores["NAM-DE-01"]["override"] is None
    assert scores["NAM-DE-01"]["band"] in ("low", "moderate", "moderate_unverified")


def test_a_match_by_name_alone_waits_and_shows_both_readings(scores):
    namesake = scores["NAM-MT-01"]
    assert (namesake["override"], namesake["pending_match_count"]) == (None, 1)
    assert RANK.index(namesake["if_confirmed_band"]) > RANK.index(namesake["band"])


def test_a_proven_other_origin_is_not_reached(scores):
    assert scores["GAR-TR-02"]["override"] is None


def test_a_repaid_and_verified_fee_case_ends_lower_than_the_open_one(scores):
    assert scores["GAR-MY-02"]["index_p80"] < scores["GAR-MY-01"]["index_p80"]
    assert scores["GAR-MY-02"]["logit"] < scores["GAR-MY-01"]["logit"] - 1


def test_nothing_that_is_unknown_ends_as_low(scores):
    assert {row["party_id"] for row in scores.values() if row["band"] == "low" and row["coverage"] < 0.6} == set()


def test_a_party_that_finds_discloses_and_remedies_is_not_above_its_silent_twin(scores):
    assert scores["COC-CI-31"]["index_p80"] <= scores["COC-CI-32"]["index_p80"]


def test_every_band_but_one_is_met_and_context_alone_is_never_critical(scores):
    assert {row["band"] for row in scores.values()} >= {"low", "insufficient", "moderate", "elevated", "high", "critical"}
    assert not [row for row in scores.values() if row["is_context_only"] and row["band"] == "critical" and row["override"] is None]


def test_reasons_add_up_to_every_score(demo):
    (gap,) = ask(current(demo), """
        SELECT max(abs(h.logit - r.total)) FROM head_score h
        JOIN (SELECT party_id, head, sum(logits) AS total FROM reason GROUP BY ALL) r USING (party_id, head)
    """)[0]
    assert gap < 1e-8


def test_every_sign_opens_into_rows_of_a_file(demo):
    lost = ask(current(demo), """
        SELECT r.party_id, r.code FROM reason r LEFT JOIN evidence e ON e.party_id = r.party_id AND e.code = r.code AND e.head = r.head
        WHERE r.kind IN ('sign', 'good_faith', 'mitigation') AND (e.file IS NULL OR e.line < 2)
    """)
    assert lost == []


def test_a_suspended_agency_changes_every_party_that_uses_it(mine):
    before_path = current(mine)
    before = dict(ask(before_path, "SELECT party_id, logit FROM score"))
    (agency, users) = ask(current(mine), """
        SELECT l.agency_id, list(DISTINCT l.party_id) FROM core_recruitment_link l JOIN core_agency_licence a USING (agency_id)
        WHERE l.recruited_to IS NULL GROUP BY 1
        HAVING max(a.status) = 'valid' AND min(a.status) = 'valid' AND count(DISTINCT l.party_id) >= 2
        ORDER BY count(DISTINCT l.party_id) DESC, 1 LIMIT 1
    """)[0]
    file = mine / "suspension.csv"
    file.write_text(f"agency_id,authority,status,status_on\n{agency},Made-up authority,suspended,2026-06-01\n", encoding="utf-8")
    operations.import_file(mine, "agency_licence", file)
    assert operations.run(mine).status == "published"
    after = dict(ask(current(mine), "SELECT party_id, logit FROM score"))
    rose = {party for party in after if after[party] > before[party] + 1e-6}
    # A party that already used a worse agency stands where it stood: of one indicator the worst counts.
    worse = {row[0] for row in ask(before_path, "SELECT party_id FROM finding WHERE indicator = 'rec_agency_license' AND intensity = 1")}
    assert set(users) <= rose | worse
    assert set(users) & rose
    signs = ask(current(mine), "SELECT DISTINCT party_id FROM finding WHERE indicator = 'rec_agency_license' AND intensity > 0")
    assert set(users) <= {row[0] for row in signs}


def test_two_runs_on_the_same_inputs_are_the_same_byte_by_byte(mine):
    first = current(mine)
    (entry,) = (mine / "ledger").glob("*.json")
    day = dt.date.fromisoformat(json.loads(entry.read_text(encoding="utf-8"))["as_of"])
    again = operations.run(mine, as_of=day)  # the same day, even when midnight passes between the two
    assert again.status == "published"
    second = again.warehouse
    assert first != second
    for table in ("score", "head_score", "reason", "finding", "tier", "path_step"):
        assert digest(first, table) == digest(second, table), table


@pytest.fixture(scope="module")
def replays(demo):
    days = (dt.date(2019, 6, 30), dt.date(2021, 6, 30), dt.date(2026, 6, 30))
    before = current(demo)
    found = {day: operations.run(demo, as_of=day) for day in days}
    assert all(result.status == "published" for result in found.values())
    assert current(demo) == before, "a replay must leave the latest results in place"
    return {day: result.warehouse for day, result in found.items()}


def test_orders_listings_and_editions_come_and_go(replays):
    active = "SELECT count(*) FROM core_import_ban WHERE status IN ('active', 'narrowed') AND ban_id LIKE 'us_uflpa%'"
    assert [ask(path, active)[0][0] for path in replays.values()] == [0, 0, 1]
    edition = "SELECT max(edition) FROM core_listed_good WHERE list_id = 'us_dol_tvpra'"
    assert [ask(path, edition)[0][0] for path in replays.values()] == ["2016", "2020", "2024"]
    palm = "SELECT count(*) FROM core_import_ban WHERE ban_id LIKE '%fgv%' AND status IN ('active', 'narrowed')"
    assert [ask(path, palm)[0][0] for path in replays.values()] == [0, 1, 0]
    overrides = "SELECT count(*) FROM score WHERE override = 'TERRITORY_BAN'"
    counts = [ask(path, overrides)[0][0] for path in replays.values()]
    assert counts[0] < counts[2]


def test_no_reason_is_later_than_the_day_of_the_replay(replays):
    for day, path in replays.items():
        late = ask(path, "SELECT party_id, code, observed_on FROM reason WHERE observed_on > ?", day)
        late += ask(path, "SELECT party_id, indicator, observed_on FROM finding WHERE observed_on > ?", day)
        assert late == []


def test_a_killed_run_leaves_the_last_results_and_the_next_run_works(mine):
    before, names = current(mine), {path.name for path in (mine / "published").iterdir()}
    runner = subprocess.Popen(
        [sys.executable, "-c", f"from pathlib import Path; from dagster_project import operations; operations.run(Path({str(mine)!r}))"]
    )
    while not list((mine / "runs").glob("*/coverage.parquet")) or len(list((mine / "runs").glob("*"))) < 2:
        time.sleep(0.05)
        assert runner.poll() is None, "the run ended before it could be killed"
    os.kill(runner.pid, signal.SIGKILL)
    runner.wait()
    assert current(mine) == before
    assert {path.name for path in (mine / "published").iterdir() if not path.name.startswith(".")} == names
    assert ask(before, "SELECT count(*) FROM score")[0][0] > 100
    assert operations.run(mine).status == "published"
    assert current(mine) != before


def test_a_second_run_at_the_same_time_is_refused(mine):
    from pipelines.workspace import Workspace

    with Workspace.open(mine).run_lock(), pytest.raises(WorkspaceError, match="run"):
        operations.run(mine)


def test_a_failing_step_is_told_in_words_and_publishes_nothing(mine, monkeypatch):
    from dagster_project import steps

    def full(*_):
        raise OSError(28, "No space left on device")

    before = current(mine)
    monkeypatch.setattr(steps, "risk_heads", full)
    result = operations.run(mine)
    assert result.status == "failed"
    assert any("risk_heads" in problem and "No space left" in problem for problem in result.problems)
    assert current(mine) == before


def test_a_source_that_is_switched_off_says_so_and_the_run_goes_on(mine):
    from pipelines.workspace import Workspace

    Workspace.open(mine).set(sources={"hotspots": False})
    assert operations.run(mine).status == "published"
    assert ask(current(mine), "SELECT state FROM source_state WHERE source = 'hotspots'") == [("not_loaded",)]


def test_old_warehouses_go_and_the_ledger_stays(tmp_path):
    from dagster_project.store import RunStore

    for number in range(5):
        store = RunStore(tmp_path, f"run{number}", dt.date(2026, 6, 30), is_replay=number == 0)
        store.folder.mkdir(parents=True)
        (tmp_path / "published").mkdir(exist_ok=True)
        (tmp_path / "published" / f"warehouse-run{number}.duckdb").touch()
        store.write_ledger("published")
    store.tidy(keep=2)
    assert {path.stem for path in (tmp_path / "published").iterdir()} == {"warehouse-run0", "warehouse-run3", "warehouse-run4"}
    assert len(list((tmp_path / "ledger").iterdir())) == 5
    assert [path.name for path in (tmp_path / "runs").iterdir()] == ["run4"]


def test_a_link_to_nobody_can_be_exported_corrected_and_imported_again(mine):
    file, fix = mine / "links.csv", mine / "fix.csv"
    file.write_text("buyer_id,supplier_id,commodity_hs\nBUYER-1,NOBODY,6109\nBUYER-1,OFF-IE-01,6109\n", encoding="utf-8")
    operations.import_file(mine, "supply_link", file)
    assert operations.run(mine).status == "published"
    waiting = "SELECT file, line, value FROM quarantine WHERE reason = 'unplaced'"
    assert ask(current(mine), waiting) == [("links.csv", 2, "NOBODY")]
    assert operations.export_quarantine(mine, fix, "supply_link") == 1
    fix.write_text(fix.read_text(encoding="utf-8").replace("NOBODY", "PKG-PT-01"), encoding="utf-8")
    assert operations.import_file(mine, "supply_link", fix).rows_loaded == 1
    assert operations.export_quarantine(mine, mine / "again.csv", "supply_link") == 0
    assert operations.run(mine).status == "published"
    assert ask(current(mine), waiting) == []
    assert ask(current(mine), "SELECT count(*) FROM core_supply_link WHERE buyer_id = 'BUYER-1' AND commodity_hs = '6109'") == [(2,)]
