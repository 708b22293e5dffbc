"""Commands that only read, through the command line, on a made-up workspace."""

# ruff: noqa: E501

import csv
import io
import json
import math
import re
import shutil
from pathlib import Path

import duckdb
import pytest
from made_up import write

GOLDEN = Path(__file__).parent / "golden"


def shown(result):
    assert result.exit_code == 0, result.stderr
    return result.stdout


def parties(result):
    return [row["party_id"] for row in json.loads(shown(result))["parties"]]


def test_scores_are_ordered_by_band_then_override_severity_and_logit(deeptier):
    assert parties(deeptier("scores", "--json", "--buyers")) == ["P-2", "P-1", "P-7", "P-3", "P-5", "B-1", "P-6", "P-4"]


def test_scores_fit_in_100_columns_and_say_band_in_words_and_sources(deeptier):
    text = shown(deeptier("scores"))
    assert max(len(line.rstrip()) for line in text.splitlines()) <= 100
    assert "(context-only)" in text
    assert "7 parties: critical 2" in text
    assert "not loaded: 1 (us_ofac_sdn)" in text
    assert "Match to confirm" in text
    assert "34 % (22–48)" in text.replace("\u00a0", " ")


def test_scores_in_french(deeptier):
    text = shown(deeptier("scores", "--lang", "fr")).replace("\u00a0", " ").replace("\u202f", " ")
    assert "Parties évaluées au 30 juin 2026" in text
    assert "3,9 % (2,2–6,9)" in text
    assert "non chargées : 1" in text


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["--band", "critical"], ["P-2", "P-1"]),
        (["--band", "critical", "--band", "low"], ["P-2", "P-1", "P-6", "P-4"]),
        (["--country", "MYS"], ["P-1", "P-3"]),
        (["--country", "my"], ["P-1", "P-3"]),
        (["--country", "Malaisie"], ["P-1", "P-3"]),
        (["--country", "cote d'ivoire"], ["P-7"]),
        (["--commodity", "61"], ["P-1", "P-3"]),
        (["--commodity", "6109.10"], ["P-1", "P-3"]),
        (["--commodity", "5201"], ["P-2"]),
        (["--sector", "garments"], ["P-1", "P-3"]),
        (["--tier", "3"], ["P-2", "P-7"]),
        (["--tier", "2", "--country", "CIV"], ["P-7"]),
        (["--buyer", "B-1", "--tier", "1"], ["P-1", "P-3", "P-4"]),
        (["--party", "P-4"], ["P-4"]),
        (["--limit", "2"], ["P-2", "P-1"]),
        (["--sort", "name", "--limit", "3", "--buyers"], ["P-7", "B-1", "P-6"]),
        (["--sort", "name", "--limit", "2"], ["P-7", "P-6"]),
        (["--band", "high"], []),
    ],
)
def test_filters(deeptier, words, expected):
    assert parties(deeptier("scores", "--json", *words)) == expected


def test_a_filter_without_a_party_says_so(deeptier):
    assert "No party fits: --band high. 8 are scored in all." in shown(deeptier("scores", "--band", "high"))


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["scores", "--country", "Atlantis"], "no such country"),
        (["scores", "--commodity", "cocoa"], "2, 4 or 6 digits"),
        (["scores", "--buyer", "P-9"], "Known: B-1"),
        (["scores", "--band", "purple"], "purple"),
        (["scores", "--run", "2026", "--as-of", "2019-06-30"], "give one"),
        (["scores", "--run", "2026"], "2 runs begin so"),
        (["explain", "nobody at all"], "Nearest"),
        (["sql", " ; -- nothing"], "the query is empty"),
        (["sql", "selct 1"], "syntax error"),
        (["sql", "select * from nothing"], "Tables: batch"),
        (["indicators", "show", "rec_fe"], "rec_fee_paid"),
        (["export", "scores", "--indicator", "x"], "--indicator"),
        (["nonsense"], "nonsense"),
    ],
)
def test_usage_errors_are_one_line_with_exit_code_2(deeptier, words, said):
    result = deeptier(*words)
    assert result.exit_code == 2
    assert said in result.stderr
    assert "Traceback" not in result.output


def test_results_of_another_run_or_day(deeptier):
    assert json.loads(shown(deeptier("scores", "--json", "--as-of", "2019-06-30")))["run"]["run_id"] == "20260701T010000"
    assert json.loads(shown(deeptier("scores", "--json", "--run", "20260701T01")))["run"]["is_replay"] is True
    assert deeptier("scores", "--as-of", "2020-01-01").exit_code == 3


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("explain_en", ["explain", "P-1"]),
        ("explain_fr", ["explain", "P-1", "--lang", "fr"]),
        ("explain_territory_fr", ["explain", "P-2", "--lang", "fr"]),
    ],
)
def test_explanations_as_they_were_read_and_approved(deeptier, name, words):
    """After a change of wording that is meant: delete the golden file, run once, read it."""
    text = shown(deeptier(*words))
    path = GOLDEN / f"{name}.txt"
    if not path.exists():
        path.write_text(text, encoding="utf-8")
        pytest.fail(f"{path} was written: read it, and run again")
    assert text == path.read_text(encoding="utf-8")
    assert max(len(line) for line in text.splitlines()) <= 100


@pytest.mark.parametrize("party", ["B-1", "P-1", "P-2", "P-3", "P-4", "P-5", "P-6", "P-7"])
def test_the_waterfall_adds_up_to_the_score(deeptier, party):
    found = json.loads(shown(deeptier("explain", party, "--json")))
    total = sum(row["logits"] for row in found["reasons"])
    assert total == pytest.approx(found["score"]["logit"], abs=1e-9)
    assert found["reasons"][-1]["running"] == pytest.approx(found["logit"])
    assert found["reasons"][-1]["likelihood"] == pytest.approx(found["score"]["likelihood"])
    assert found["reasons"][-1]["likelihood"] == pytest.approx(1 / (1 + math.exp(-total)))


def test_the_bars_of_the_waterfall_follow_one_another():
    from service.render_waterfall import bar

    assert bar(0, 5, 0, 10, 10) == "█████     "
    assert bar(5, 8, 0, 10, 10) == "     ███  "
    assert bar(8, 7, 0, 10, 10) == "       ░  "
    assert bar(7, 7.01, 0, 10, 10) == "       █  "


def test_explain_finds_a_party_by_id_name_and_part_of_a_name(deeptier):
    for words in (["p-4"], ["Quillmere Ledger"], ["quillmere"], ["Quillmere", "Ledger"]):
        assert json.loads(shown(deeptier("explain", "--json", *words)))["party"]["party_id"] == "P-4"
    several = deeptier("explain", "Kelana")
    assert several.exit_code == 2
    assert "P-1" in several.stdout
    assert "P-3" in several.stdout
    assert json.loads(shown(deeptier("explain", "kelana apparel works", "--json")))["party"]["party_id"] == "P-1"
    assert len(json.loads(deeptier("explain", "Kelana", "--json").stdout)["candidates"]) == 2


def test_explain_shows_both_readings_of_a_match_that_nobody_confirmed(deeptier):
    text = " ".join(shown(deeptier("explain", "P-6")).split())
    assert "As it stands Low for forced labour" in text
    assert "If confirmed Critical, index 99" in text
    assert "within two working days" in text


def test_a_context_only_party_gets_questions_and_no_hold(deeptier):
    found = json.loads(shown(deeptier("explain", "P-3", "--json")))
    assert found["hold"] is None
    assert not any(action["is_last_resort"] for action in found["actions"])
    assert found["actions"][0]["key"] == "ask_workers"
    assert found["unknowns"][0]["indicator"] == "rec_document_retention"
    assert all(
        row["value"] > 0 and row["index_if_clear"] <= found["score"]["index"] + 0.1 <= row["index_if_sign"] + 0.2
        for row in found["unknowns"]
    )


def test_leaving_is_never_first_and_workers_are(deeptier):
    found = json.loads(shown(deeptier("explain", "P-1", "--json")))
    assert found["actions"][0]["key"] == "hear"
    assert [action["is_last_resort"] for action in found["actions"]].index(True) == len(found["actions"]) - 1
    assert found["actions"][1]["text"] == "Hand the papers back today."
    assert json.loads(shown(deeptier("explain", "P-7", "--json")))["actions"][0]["key"] == "child"


def test_the_worst_path_is_a_sentence_with_party_place_goods_and_custody(deeptier):
    path = json.loads(shown(deeptier("explain", "P-1", "--json")))["worst_path"]
    assert path["sentence"] == (
        "From Merv Gin (Turkmenistan), cotton (custody: unknown) goes to Kelana Apparel Works Two (Selangor, Malaysia), "
        "then woven cotton fabric (custody: mass balance) to Kelana Apparel Works."
    )
    assert [step["supplier_id"] for step in path["steps"]] == ["P-3", "P-2"]


def test_a_path_through_a_circle_is_read_as_published(tmp_path, workspace, deeptier):
    """The worst path of a party on the way may lead elsewhere, here back to where the reader came from."""
    from made_up import rows

    other = tmp_path / "circle"
    shutil.copytree(workspace, other)
    tables = rows()
    tables["path_step"][1] |= {"next_party_id": "P-1"}
    target = other / "published" / "warehouse-20260701T000000.duckdb"
    target.unlink()
    write(target, tables)
    found = json.loads(shown(deeptier("explain", "P-1", "--json", at=other)))
    assert [step["supplier_id"] for step in found["worst_path"]["steps"]] == ["P-3", "P-2"]


def test_control_characters_of_a_name_never_reach_the_terminal(tmp_path, workspace, deeptier):
    from made_up import rows

    other = tmp_path / "escape"
    shutil.copytree(workspace, other)
    tables = rows()
    tables["score"][1]["name"] = "Red \x1b[31m\u202e Works"
    target = other / "published" / "warehouse-20260701T000000.duckdb"
    target.unlink()
    write(target, tables)
    for words in (["scores"], ["explain", "P-1"], ["explain", "Works"], ["sql", "select name from score"]):
        text = deeptier(*words, at=other).stdout
        assert "\x1b" not in text
        assert "\u202e" not in text


def test_sql_reads_and_only_reads(deeptier, tmp_path):
    assert json.loads(shown(deeptier("sql", "select count(*) as n from score", "--json"))) == [{"n": 8}]
    assert shown(deeptier("sql", "select party_id, name from score where party_id = 'P-7'", "--csv")).splitlines()[1] == (
        'P-7,"\'=HYPERLINK(""http://example.org"")"'
    )
    cut = deeptier("sql", "select * from reason", "--limit", "2", "--json")
    assert len(json.loads(shown(cut))) == 2
    assert "Only the first 2 rows" in cut.stderr


@pytest.mark.parametrize(
    "query",
    [
        "copy score to '{folder}/out.csv'",
        "export database '{folder}/out'",
        "create table x as select 1",
        "drop table score",
        "delete from score",
        "attach '{folder}/other.duckdb'",
        "select * from read_csv('/etc/passwd')",
        "select * from read_text('/etc/hostname')",
        "select * from glob('/*')",
        "select * from '{folder}/a.parquet'",
        "install httpfs",
        "load '{folder}/x'",
        "set threads = 8",
        "set enable_external_access = true",
        "select * from answer",
        "select 1; copy score to '{folder}/out.csv'",
        "insert into score select * from score",
        "pragma enable_profiling",
    ],
)
def test_sql_cannot_write_read_files_or_change_settings(deeptier, tmp_path, query):
    result = deeptier("sql", query.format(folder=tmp_path))
    assert result.exit_code == 2, result.output
    assert not list(tmp_path.iterdir())
    assert "Traceback" not in result.output


def test_runs_sources_quarantine_indicators_and_warehouse(deeptier, workspace):
    assert [entry["run_id"] for entry in json.loads(shown(deeptier("runs", "--json")))] == ["20260701T010000", "20260701T000000"]
    assert "2019-06-30 replay" in shown(deeptier("runs"))
    assert json.loads(shown(deeptier("runs", "show", "20260701T000000", "--json")))["seed"] == 1
    assert "core: 1.5" in shown(deeptier("runs", "show", "20260701T000000"))
    assert shown(deeptier("warehouse")) == f"{workspace}/published/warehouse-20260701T000000.duckdb\n"
    states = {row["source"]: row for row in json.loads(shown(deeptier("sources", "--json")))}
    assert states["us_ofac_sdn"]["next_step"].startswith("deeptier fetch us_ofac_sdn")
    assert states["us_tip"]["licence"] == "public domain"
    assert "copie livrée" in shown(deeptier("sources", "--lang", "fr"))
    text = shown(deeptier("quarantine"))
    assert 'parties.csv, line 4, column "Country": "Atlantis" is not a country.' in text
    assert "Next: Write an ISO 3166 code." in text
    assert json.loads(shown(deeptier("quarantine", "--json", "--table", "parties")))[0]["value"] == "Atlantis"
    assert json.loads(shown(deeptier("quarantine", "--json", "--table", "links"))) == []
    assert "rec_fee_paid" in shown(deeptier("indicators", "list"))
    assert "Convention (n° 29)" in shown(deeptier("indicators", "show", "rec_fee_paid", "--lang", "fr")).replace("\u00a0", " ")


def test_quarantine_shows_what_waits_now(tmp_path, workspace, deeptier):
    other = tmp_path / "later"
    shutil.copytree(workspace, other)
    folder = other / "inbox" / "supply_link" / "2000-links"
    folder.mkdir(parents=True)
    with duckdb.connect() as connection:
        connection.execute(
            "COPY (SELECT 3 AS line, 'share' AS \"column\", '1.4' AS value, 'above_maximum' AS reason, 'links.csv, line 3: too much.' AS message, "
            f"'Write 1 or less.' AS next_step) TO '{folder}/quarantine.parquet'"
        )
    found = json.loads(shown(deeptier("quarantine", "--json", at=other)))
    assert [(row["table"], row["batch"]) for row in found] == [("party", 1000), ("supply_link", 2000)]
    (other / "published" / "current").unlink()
    assert len(json.loads(shown(deeptier("quarantine", "--json", at=other)))) == 1
    killed = other / "inbox" / "supply_link" / ".2001-links"
    shutil.copytree(folder, killed)
    assert len(json.loads(shown(deeptier("quarantine", "--json", at=other)))) == 1


@pytest.mark.parametrize("how", ["by line", "by key", "by another key"])
def test_a_row_that_was_corrected_and_imported_again_no_longer_waits(tmp_path, workspace, deeptier, how):
    other = tmp_path / "corrected"
    shutil.copytree(workspace, other)
    (other / "published" / "current").unlink()
    first, second = other / "inbox" / "party" / "2000-p", other / "inbox" / "party" / "2001-p"
    for folder in (first, second):
        folder.mkdir(parents=True)
    with duckdb.connect() as connection:
        connection.execute(
            "COPY (SELECT 'party' AS \"table\", 'upload' AS source, 'p.csv' AS file, 3 AS line, 'country' AS \"column\", 'Atlantis' AS value, "
            f"'country_unknown' AS reason, 2000 AS batch, 'S-1' AS key) TO '{first}/quarantine.parquet'"
        )
        if how == "by line":
            connection.execute(f"COPY (SELECT 2000 AS batch, 3 AS line) TO '{second}/settles.parquet'")
        else:
            key = "S-1" if how == "by key" else "S-2"
            connection.execute(f"COPY (SELECT '{key}' AS party_id, 2001::BIGINT * 4294967296 + 2 AS row_id) TO '{second}/staged.parquet'")
    found = json.loads(shown(deeptier("quarantine", "--json", at=other)))
    assert len(found) == (1 if how == "by another key" else 0)


def test_json_of_scores_has_stable_keys(deeptier):
    found = json.loads(shown(deeptier("scores", "--json")))
    assert list(found) == ["run", "filters", "count", "bands", "parties", "sources"]
    assert found["count"] == 7  # the buyer is no supplier of the list
    assert found["bands"]["critical"] == 2
    assert {"party_id", "band", "band_label", "index_p80", "likelihood", "levels", "reason_code"} <= set(found["parties"][0])
    explained = json.loads(shown(deeptier("explain", "P-1", "--json")))
    assert list(explained) == [
        "run",
        "party",
        "tiers",
        "score",
        "other_head",
        "severity_by",
        "matches",
        "reasons",
        "logit",
        "evidence",
        "upstream",
        "worst_path",
        "owners",
        "p_group",
        "unknowns",
        "actions",
        "hold",
        "note",
    ]


def test_csv_of_sql_is_csv(deeptier):
    rows = list(csv.reader(io.StringIO(shown(deeptier("sql", "select 1 as a, 'x,y' as b", "--csv")))))
    assert rows == [["a", "b"], ["1", "x,y"]]


def test_every_evidence_row_names_its_file_and_line(deeptier):
    text = shown(deeptier("explain", "P-1"))
    assert re.search(r"\[1\] your upload · assessment\.csv, line 2 · 20 February 2026", text)
