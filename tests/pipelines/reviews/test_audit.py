"""The audit export: what was live, screened and judged between two days, the same bytes each time."""

import csv
import datetime as dt
import io
import json
import zipfile

import pytest

from pipelines import reviews
from pipelines.reviews import audit, log, pairs, store
from pipelines.workspace import WorkspaceError

DAY = dt.date(2026, 7, 1)


def source(name, batch, served_on, rows=10, state="fresh"):
    digests = {"f.csv": str(batch) * 3} if batch else {}
    return {"source": name, "state": state, "served_on": served_on, "batch": batch, "sha256": digests, "rows": rows}


def ran(folder, run_id, finished, *served, **more):
    entry = {
        "run_id": run_id, "status": "published", "is_replay": False, "started": finished, "finished": finished, "as_of": finished[:10],
        "sources": {one["source"]: one for one in served}, "versions": {"deeptier": "0.1.0", "methodology": "2026.1"}, **more,
    }
    (folder / "ledger" / f"{run_id}.json").write_text(json.dumps(entry), encoding="utf-8")


@pytest.fixture
def kept(folder, say, matches, party, listing, screened):
    """Five runs, of which one failed and one was a replay, a screening and two judgements."""
    old, new = source("us_uflpa", 1001, "2026-05-01"), source("us_uflpa", 1002, "2026-06-20", 12)
    missing = source("un_sc", None, None, 0, "not_loaded")
    ran(folder, "20260601T000000000", "2026-06-01T00:00:09+00:00", old, missing)
    ran(folder, "20260610T000000000", "2026-06-10T00:00:09+00:00", {**old, "state": "stale"}, missing)
    ran(folder, "20260615T000000000", "2026-06-15T00:00:09+00:00", new, missing, status="failed")
    ran(folder, "20260616T000000000", "2026-06-16T00:00:09+00:00", new, is_replay=True, as_of="2020-01-01")
    ran(folder, "20260701T000000000", "2026-07-01T00:00:09+00:00", new)
    reviews.record(folder, screened())
    for pair, verdict in zip(pairs.listing_pairs(matches, party, listing).to_dicts(), ("different", "same"), strict=True):
        say(pair, verdict, why="=cmd|' /C calc'!A0")
    return folder


def between(folder, first, last):
    return list(audit.entries(folder, dt.date.fromisoformat(first), dt.date.fromisoformat(last)))


def versions(folder, first, last):
    found = [entry for entry in between(folder, first, last) if entry["type"] == "list_version"]
    return [(entry["source"], entry["batch"], entry["live_from"][:10], (entry["live_to"] or "")[:10]) for entry in found]


def test_a_version_is_live_from_the_run_that_published_it_to_the_one_that_replaced_it(kept):
    first, second = ("us_uflpa", 1001, "2026-06-01", "2026-07-01"), ("us_uflpa", 1002, "2026-07-01", "")
    missing = ("un_sc", None, "2026-06-01", "2026-07-01")
    assert versions(kept, "2026-06-05", "2026-06-30") == [missing, first]
    assert versions(kept, "2026-06-30", "2026-07-01") == [missing, first, second]
    assert versions(kept, "2026-07-02", "2026-12-31") == [second]
    assert versions(kept, "2026-05-01", "2026-05-31") == []
    entry = between(kept, "2026-06-05", "2026-06-05")[1]
    assert (entry["states"], entry["run_count"], entry["last_run"]) == (["fresh", "stale"], 2, "20260610T000000000")
    assert (entry["sha256"], entry["received_on"], entry["rows"]) == ({"f.csv": "100110011001"}, "2026-05-01", 10)
    assert entry["title_fr"]


def test_days_are_whole_and_both_included(kept):
    types = [entry["type"] for entry in between(kept, "2026-07-01", "2026-07-01")]
    assert types == ["list_version"] * 3 + ["run", "screening", "result", "result", "result", "judgement", "judgement"]
    assert [entry["run_id"] for entry in between(kept, "2026-06-15", "2026-06-16") if entry["type"] == "run"] == [
        "20260615T000000000", "20260616T000000000"
    ]
    assert not [entry for entry in between(kept, "2026-06-17", "2026-06-30") if entry["type"] != "list_version"]


def test_a_judgement_taken_in_later_is_in_the_days_it_was_made_and_recorded(folder, matches, party, listing):
    row = pairs.listing_pairs(matches, party, listing).to_dicts()[0]
    row |= {"facts": {}, "verdict": "same", "why": "w", "by": "b", "at": dt.datetime(2025, 1, 5, tzinfo=dt.UTC)}
    with store.writing(folder) as connection:
        log.add(connection, [row], dt.datetime(2026, 7, 1, tzinfo=dt.UTC))
    for first, count in (("2025-01-05", 1), ("2026-07-01", 1), ("2025-06-01", 0)):
        assert len(between(folder, first, first)) == count


def test_a_ledger_entry_that_cannot_be_read_is_told_and_stops_nothing(kept):
    (kept / "ledger" / "20260620T101112000.json").write_text("{broken")
    runs = [entry for entry in between(kept, "2026-06-20", "2026-06-20") if entry["type"] == "run"]
    assert [(entry["run_id"], entry["status"]) for entry in runs] == [("20260620T101112000", "unreadable")]


@pytest.mark.parametrize(("first", "last"), [("2026-07-02", "2026-07-01"), ("1999-01-01", "2026-07-01"), ("2026-07-01", "9999-12-31")])
def test_a_range_that_is_none_is_refused(folder, first, last):
    with pytest.raises(WorkspaceError, match="--from"):
        between(folder, first, last)


def test_json_lines_are_typed_objects_and_the_same_bytes_each_time(kept):
    def lines():
        out = io.BytesIO()
        counts = audit.write_lines(audit.entries(kept, DAY, DAY), DAY, DAY, out)
        return out.getvalue(), counts

    content, counts = lines()
    assert lines()[0] == content
    found = [json.loads(line) for line in content.splitlines()]
    assert found[0] == {"type": "audit", "format": 1, "from": "2026-07-01", "to": "2026-07-01", "time_zone": "UTC"}
    assert counts == {"list_version": 3, "run": 1, "screening": 1, "result": 3, "judgement": 2}
    assert {name: sum(entry["type"] == name for entry in found) for name in counts} == counts
    for entry in found[1:]:
        assert set(audit.COLUMNS[entry["type"]]) <= set(entry)
    assert found[-1]["facts"]["left"]["name"] == "Zhong Mill"


def test_tables_have_a_file_per_type_and_no_formula(kept, tmp_path):
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        audit.write_tables(audit.entries(kept, DAY, DAY), tmp_path / name)
    assert audit.zipped(tmp_path / "a") == audit.zipped(tmp_path / "b")
    with zipfile.ZipFile(io.BytesIO(audit.zipped(tmp_path / "a"))) as archive:
        assert archive.namelist() == ["judgement.csv", "list_version.csv", "result.csv", "run.csv", "screening.csv"]
        rows = {name: list(csv.DictReader(io.StringIO(archive.read(name).decode()))) for name in archive.namelist()}
    assert [row["why"] for row in rows["judgement.csv"]] == ["'=cmd|' /C calc'!A0"] * 2
    assert rows["result.csv"][1]["tenderer_name"] == "'=JV Kelana & Zhong"
    assert [row["found"] for row in rows["result.csv"]] == [
        "us_uflpa L-1 to_confirm 0.7000", "us_uflpa L-2 to_confirm 0.7000; us_uflpa L-2 to_confirm 0.7000", ""
    ]
    assert json.loads(rows["screening.csv"][0]["lists"])[0]["batch"] == 1003
    assert {cell[:1] for table in rows.values() for row in table for cell in row.values()} & set("=+-@\t\r") == set()


def test_an_empty_workspace_gives_headings_and_nothing_else(folder, tmp_path):
    assert audit.write_tables(audit.entries(folder, DAY, DAY), tmp_path) == dict.fromkeys(audit.COLUMNS, 0)
    for name, columns in audit.COLUMNS.items():
        assert (tmp_path / f"{name}.csv").read_text() == ",".join(columns) + "\n"
