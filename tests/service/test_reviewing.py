"""The commands with which people judge pairs: work list, one judgement, a file of them, the history, the audit export."""

import csv
import datetime as dt
import getpass
import io
import json
import subprocess
import sys
import zipfile
from pathlib import Path
from string import Formatter

import duckdb
import openpyxl
import pytest
from click.testing import CliRunner

from dagster_project import reviewing
from data.procurement import Organisation, Process, Reading, Role, Tenderer
from data.screening import Entry, Fact, FactState, Match, ProcessResult, Screening, Source, Standing, TendererResult
from pipelines import reviews
from pipelines.reviews import store
from pipelines.uploads import import_file
from pipelines.workspace import Workspace
from service.cli import Calm
from service.render_review import OWN, counts_from
from service.reviewing import COMMANDS
from service.words import Words, texts

RUN = "20260701T000000000"
TABLES = {
    "core_party": "party_id TEXT, name TEXT, country TEXT, place TEXT, address TEXT, lei TEXT, row_id BIGINT",
    "core_listing": "listing_id TEXT, list_id TEXT, name TEXT, aliases TEXT[], entity_type TEXT, country TEXT, status TEXT, row_id BIGINT",
    "core_listing_match": "party_id TEXT, listing_id TEXT, list_id TEXT, match_basis TEXT, match_confidence DOUBLE, is_confirmed BOOL",
    "score": "party_id TEXT, priority DOUBLE",
    "party_alias": "party_id TEXT, master_id TEXT, basis TEXT",
    "party_match": "party_id TEXT, other_id TEXT, match_basis TEXT, match_confidence DOUBLE, is_confirmed BOOL",
}
ROWS = {
    "core_party": [
        ("P-1", "Kelana Textiles", "MYS", "Shah Alam", None, None, 1), ("P-2", "=HYPERLINK(\"x\")", "CHN", None, None, None, 2),
        ("P-3", "Maison Nord", "FRA", None, None, "5493001KJTIIGC8Y1R12", 3),
    ],
    "core_listing": [
        ("L-1", "us_uflpa", "KELANA TEXTILE", ["Kelana Tex"], "organisation", "MYS", "active", 10),
        ("L-2", "us_cbp_wro", "Hyperlink Co", None, "organisation", "CHN", "active", 11),
        ("L-3", "us_cbp_wro", "Maison Nord", None, "organisation", "FRA", "removed", 12),
    ],
    "core_listing_match": [
        ("P-1", "L-1", "us_uflpa", "name_country", 0.7, False), ("P-2", "L-2", "us_cbp_wro", "name_country", 0.6, False),
        ("P-3", "L-3", "us_cbp_wro", "identifier", 1.0, True),
    ],
    "score": [("P-1", 40.0), ("P-2", 80.0), ("P-3", 90.0)],
}


def publish(folder, rows=ROWS, run=RUN):
    path = folder / "published" / f"warehouse-{run}.duckdb"
    with duckdb.connect(str(path)) as connection:
        for name, columns in TABLES.items():
            connection.execute(f'CREATE TABLE "{name}" ({columns})')
            for row in rows.get(name, []):
                connection.execute(f'INSERT INTO "{name}" VALUES ({", ".join("?" * len(row))})', list(row))  # noqa: S608
    entry = {"run_id": run, "status": "published", "is_replay": False, "as_of": "2026-07-01", "started": "2026-07-01T00:00:00+00:00"}
    (folder / "ledger" / f"{run}.json").write_text(json.dumps({**entry, "warehouse": path.name, "sources": {}}), encoding="utf-8")
    (folder / "published" / "current").write_text(f"{path.name}\n", encoding="utf-8")


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.delenv(store.VARIABLE, raising=False)
    made = Workspace.create(tmp_path / "w").path
    publish(made)
    return made


@pytest.fixture
def ask(folder):
    """Runs one of the commands on the workspace."""
    group = Calm(commands={command.name: command for command in COMMANDS})

    def call(*words):
        return CliRunner().invoke(group, [str(word) for word in words], obj=str(folder), catch_exceptions=False)

    return call


@pytest.fixture
def ids(ask):
    """left key -> pair id."""
    return {row["left_key"]: row["pair_id"] for row in json.loads(ask("matches", "--state", "all", "--json").stdout)["pairs"]}


def test_nothing_heavy_is_imported_at_the_start():
    heavy = ("polars", "sqlalchemy", "alembic", "dagster", "dagster_project", "pipelines")
    code = f"import sys, service.reviewing; print([name for name in {heavy!r} if name in sys.modules])"
    at = Path(__file__).resolve().parents[2]
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=at, check=True).stdout.strip() == "[]"


def test_every_text_is_there_in_both_languages():
    for key, text in texts(OWN).items():
        named = [{name for _, name, *_ in Formatter().parse(text[language]) if name} for language in ("en", "fr")]
        assert named[0] == named[1], key


def test_the_work_list_has_what_waits_the_most_pressing_first(ask):
    shown = ask("matches").stdout
    assert shown.index("Hyperlink Co") < shown.index("KELANA TEXTILE")
    assert "Maison Nord" not in shown
    assert "2 to judge" in shown
    assert "agree: country, kind of entity; differ: name" in shown
    found = json.loads(ask("matches", "--json").stdout)
    assert [row["left_key"] for row in found["pairs"]] == ["P-2", "P-1"]
    assert found["counts"] == {"confirmed": 1, "open": 2}
    assert found["pairs"][1]["facts"]["right"]["aliases"] == ["Kelana Tex"]
    assert [row["left_key"] for row in json.loads(ask("matches", "--list", "us_uflpa", "--json").stdout)["pairs"]] == ["P-1"]


def test_the_work_list_in_french(ask):
    shown = ask("matches", "--lang", "fr").stdout
    assert "à trancher" in shown
    assert "concordent\u00a0: pays, nature de l'entité\u00a0; diffèrent\u00a0: nom" in shown


def test_a_dismissed_pair_stays_away_until_a_fact_changes(ask, ids, folder):
    said = ask("judge", ids["P-1"], "different", "--why", "other address")
    assert said.exit_code == 0
    assert getpass.getuser() in said.stdout
    publish(folder, run="20260702T000000000")
    assert [row["left_key"] for row in json.loads(ask("matches", "--json").stdout)["pairs"]] == ["P-2"]
    assert "Kelana" in ask("matches", "--state", "dismissed").stdout
    moved = {**ROWS, "core_party": [("P-1", "Kelana Textiles", "MYS", "Klang", None, None, 77), *ROWS["core_party"][1:]]}
    publish(folder, moved, "20260703T000000000")
    again = json.loads(ask("matches", "--state", "open_again", "--json").stdout)["pairs"]
    assert [(row["left_key"], row["verdict"], row["earlier_verdict"]) for row in again] == [("P-1", None, "different")]
    shown = " ".join(ask("matches").stdout.split())
    assert "Open again: a fact has changed. Before: different" in shown


def test_a_judgement_is_withdrawn_and_the_one_before_stands_again(ask, ids):
    pair = ids["P-1"]
    ask("judge", pair, "different", "--why", "first", "--by", "Ana")
    ask("judge", pair[:6], "identique", "--why", "second", "--by", "Bo")
    back = ask("judge", pair, "withdraw", "--why", "wrong file", "--by", "Bo").stdout
    assert "stands again: different, Ana" in " ".join(back.split())
    assert "waits for a person again" in ask("judge", pair, "withdraw", "--why", "also wrong").stdout
    empty = ask("judge", pair, "withdraw", "--why", "once more")
    assert (empty.exit_code, "no judgement stands" in empty.stderr) == (2, True)
    rows = json.loads(ask("judgements", pair, "--json").stdout)
    assert [(row["verdict"], row["by"], row["why"]) for row in rows][:3] == [
        ("different", "Ana", "first"), ("same", "Bo", "second"), ("withdrawn", "Bo", "wrong file")
    ]
    assert not any(row["stands"] for row in rows)
    assert "Kelana Textiles" in ask("judgements").stdout


def test_a_pair_of_which_a_record_is_gone_can_only_be_withdrawn(ask, ids, folder):
    ask("judge", ids["P-1"], "same", "--why", "register extract")
    publish(folder, {**ROWS, "core_party": ROWS["core_party"][1:], "core_listing_match": []}, "20260702T000000000")
    refused = ask("judge", ids["P-1"], "different", "--why", "w")
    assert (refused.exit_code, "no longer there" in refused.stderr) == (2, True)
    assert ask("judge", ids["P-1"], "withdraw", "--why", "w").exit_code == 0


@pytest.mark.parametrize(("words", "said"), [
    (("pnone", "same", "--why", "w"), "no such pair"), (("p", "same", "--why", "w"), "pairs begin so"),
    (("{P-1}", "perhaps", "--why", "w"), "no such verdict"), (("{P-1}", "same"), "--why is needed"),
    (("{P-1}", "same", "--why", "  "), "--why is needed"), (("{P-1}",), "are needed"), ((), "are needed"),
    (("{P-1}", "same", "--why", "w", "--by", " "), "--by is blank"), (("{P-1}", "same", "--why", "w", "--dry-run"), "goes with --file"),
    (("{P-1}", "same", "--file", "x.csv"), "are in the file"),
])
def test_what_cannot_be_judged_is_told_and_nothing_is_kept(ask, ids, folder, words, said):
    refused = ask("judge", *(word.format(**ids) for word in words))
    assert refused.exit_code == 2
    assert said in refused.stderr
    assert len(refused.stderr.strip().splitlines()) == 1
    assert not (folder / store.FILE).exists()


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_the_work_list_goes_out_is_filled_in_and_comes_back(ask, folder, tmp_path, form):
    out = tmp_path / f"list.{form}"
    assert ask("matches", "--out", out).exit_code == 0
    if form == "csv":
        rows = list(csv.DictReader(io.StringIO(out.read_text(encoding="utf-8-sig"))))
        assert rows[0]["left_name"] == "'=HYPERLINK(\"x\")"
        rows[0] |= {"verdict": "different", "why": "'=other"}
        with out.open("w", encoding="utf-8", newline="") as stream:
            writer = csv.DictWriter(stream, list(rows[0]))
            writer.writeheader()
            writer.writerows(rows)
    else:
        with zipfile.ZipFile(out) as book:
            assert b"<f>" not in book.read("xl/worksheets/sheet1.xml")
        book = openpyxl.load_workbook(out)
        at = [cell.value for cell in book.active[1]].index("verdict") + 1
        book.active.cell(2, at, "différent")
        book.active.cell(2, at + 1, "'=other")
        book.save(out)
    dry = json.loads(ask("judge", "--file", out, "--dry-run", "--json").stdout)
    assert (dry["recorded"], dry["blank"], dry["refused"], dry["batch"]) == (1, 1, [], None)
    assert not (folder / store.FILE).exists()
    report = json.loads(ask("judge", "--file", out, "--by", "Ana", "--json").stdout)
    assert (report["recorded"], report["again"], report["blank"]) == (1, 0, 1)
    row = json.loads(ask("judgements", "--json").stdout)[0]
    assert (row["left_key"], row["verdict"], row["why"], row["by"], row["batch"]) == ("P-2", "different", "=other", "Ana", report["batch"])
    assert json.loads(ask("judge", "--file", out, "--by", "Ana", "--json").stdout)["again"] == 1


def test_bad_rows_are_told_with_their_line_and_the_good_ones_load(ask, ids, tmp_path):
    file = tmp_path / "j.csv"
    file.write_text(f"pair_id,verdict,why\n{ids['P-1']},same,w\n{ids['P-2']},perhaps,w\npnone,same,w\n")
    done = ask("judge", "--file", file)
    assert done.exit_code == 4
    shown = " ".join(done.stdout.split())
    assert "3 rows: 1 recorded" in shown
    assert "line 3, verdict 'perhaps': no such verdict." in shown
    assert "line 4, pair_id 'pnone': no such pair" in shown
    assert len(json.loads(ask("judgements", "--json").stdout)) == 1


def test_a_pair_that_the_matcher_missed_can_be_named_by_its_keys(ask, tmp_path):
    file = tmp_path / "j.csv"
    file.write_text("left_key,right_key,verdict,why\nP-3,L-1,same,group accounts\nP-9,L-1,same,no such party\n")
    report = json.loads(ask("judge", "--file", file, "--json").stdout)
    assert (report["recorded"], [row["line"] for row in report["refused"]]) == (1, [3])
    assert json.loads(ask("matches", "--state", "judged", "--json").stdout)["pairs"][0]["right_key"] == "L-1"


def test_two_parties_that_may_be_one_are_judged_too_and_stay_judged_once_they_are_one(ask, folder, tmp_path):
    near = {**ROWS, "party_match": [("P-3", "P-1", "name_country", 0.8, False)]}
    publish(folder, near, "20260702T000000000")
    rows = json.loads(ask("matches", "--json").stdout)["pairs"]
    pair = next(row for row in rows if row["kind"] == "party")
    assert (pair["left_key"], pair["right_key"], pair["confidence"]) == ("P-1", "P-3", 0.8)
    assert "the other: Maison Nord" in ask("matches").stdout
    (tmp_path / "p.csv").write_text("party_id,name,country,lei\nP-3,Maison Nord,FRA,5493001KJTIIGC8Y1R12\n")
    import_file(Workspace.open(folder), "party", tmp_path / "p.csv")
    ask("judge", pair["pair_id"], "same", "--why", "one register number")
    drawn = {**ROWS, "core_party": ROWS["core_party"][:2], "party_alias": [("P-3", "P-1", "judged_same")]}
    publish(folder, drawn, "20260703T000000000")
    kept = json.loads(ask("matches", "--state", "judged", "--json").stdout)["pairs"]
    assert [(row["pair_id"], row["verdict"], row["basis"]) for row in kept] == [(pair["pair_id"], "same", "judged_same")]


def test_a_file_whose_facts_have_changed_since_is_refused_row_by_row(ask, folder, tmp_path):
    ask("matches", "--out", tmp_path / "l.csv")
    text = (tmp_path / "l.csv").read_text(encoding="utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text)))
    with (tmp_path / "l.csv").open("w", newline="") as stream:
        writer = csv.DictWriter(stream, list(rows[0]))
        writer.writeheader()
        writer.writerows([{**row, "verdict": "same", "why": "w"} for row in rows])
    moved = {**ROWS, "core_party": [("P-1", "Kelana Textiles", "MYS", "Klang", None, None, 77), *ROWS["core_party"][1:]]}
    publish(folder, moved, "20260702T000000000")
    report = json.loads(ask("judge", "--file", tmp_path / "l.csv", "--json").stdout)
    assert report["recorded"] == 1
    assert [(row["column"], "has changed" in row["message"]) for row in report["refused"]] == [("facts_hash", True)]


def test_the_audit_export_as_lines_tables_and_archive(ask, ids, tmp_path):
    ask("judge", ids["P-1"], "same", "--why", "w")
    lines = ask("audit", "--from", "2026-07-01", "--to", "2099-01-01")
    types = [json.loads(line)["type"] for line in lines.stdout.splitlines()]
    assert types == ["audit", "run", "judgement"]
    assert "runs 1, screenings 0, results 0, judgements 1" in lines.stderr
    for name in ("a.jsonl", "b.jsonl"):
        assert ask("audit", "--from", "2026-07-01", "--to", "2099-01-01", "--out", tmp_path / name).exit_code == 0
        assert (tmp_path / name).read_text() == lines.stdout
    for name in ("folder", "a.zip", "b.zip"):
        done = ask("audit", "--from", "2026-07-01", "--to", "2099-01-01", "--format", "csv", "--out", tmp_path / name)
        assert done.exit_code == 0, done.stderr
    assert (tmp_path / "a.zip").read_bytes() == (tmp_path / "b.zip").read_bytes()
    with zipfile.ZipFile(tmp_path / "a.zip") as archive:
        for path in (tmp_path / "folder").iterdir():
            assert archive.read(path.name) == path.read_bytes()


def test_an_empty_range_is_told_and_is_no_error(ask):
    done = ask("audit", "--from", "2020-01-01", "--to", "2020-12-31", "--lang", "fr")
    assert done.exit_code == 0
    assert len(done.stdout.splitlines()) == 1
    assert "rien n'est consigné" in done.stderr


@pytest.mark.parametrize("words", [
    ("2026-07-02", "--to", "2026-07-01"), ("1990-01-01", "--to", "2026-07-01"), ("2026-13-01", "--to", "2026-07-01"), ("2026-07-01",),
    ("2026-07-01", "--to", "2026-07-01", "--format", "csv"), ("2026-07-01", "--to", "2026-07-01", "--out", "no/such/folder/x"),
])
def test_a_bad_range_or_place_is_refused(ask, words):
    assert ask("audit", "--from", *words).exit_code == 2


def test_a_folder_with_something_in_it_is_left_alone(ask, tmp_path):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "x.txt").write_text("mine")
    done = ask("audit", "--from", "2026-07-01", "--to", "2026-07-01", "--format", "csv", "--out", tmp_path / "mine")
    assert done.exit_code == 2
    assert [path.name for path in (tmp_path / "mine").iterdir()] == ["x.txt"]


def test_a_damaged_store_is_refused_in_one_line(ask, folder):
    (folder / store.FILE).write_bytes(b"no database" * 1000)
    refused = ask("matches")
    assert refused.exit_code == 6
    assert "restore your backup" in refused.stderr
    assert len(refused.stderr.strip().splitlines()) == 1


def screened(folder, number, address, identifiers=()):
    """Keeps a screening in which a bidder of this address may be the first entry."""
    moment = dt.datetime(2026, 7, number, tzinfo=dt.UTC)
    entry = Entry(
        listing_id="L-1", list_id="us_uflpa", kind="import_prohibition", subject="forced_labour", name="KELANA TEXTILE", authority="DHS",
        status="active", is_in_force=True, source=Source(source="us_uflpa", list_id="us_uflpa", publisher="DHS"),
    )
    match = Match(
        pair_id="p", probability=0.7, basis="name_country", our_name="Kelana", listed_name="KELANA TEXTILE", is_confirmed=False
    )
    fact = Fact(organisation_id="o", role=Role.TENDERER, state=FactState.TO_CONFIRM, entry=entry, match=match)
    kelana = {"organisation_id": "o", "name": "Kelana", "country": "MYS", "address": address, "identifiers": identifiers}
    bidder = Tenderer(organisation=Organisation.model_validate(kelana), roles=[Role.TENDERER])
    result = TendererResult(tenderer=bidder, standing=Standing.TO_CONFIRM, facts=[fact])
    reviews.record(folder, Screening(
        screening_id=f"S-{number}", made_at=moment, as_of=moment.date(), by="ana", profile="eu_2014_24", profile_version="1", run_id=RUN,
        matcher_version="m", software_version="0", lists=[], results=[ProcessResult(process=Process(process_id="t"), tenderers=[result])],
        reading=Reading(file="t.json", sha256="a" * 64, kind="OCDS 1.1", processes=[], refusals=[]),
    ))


def test_a_bidder_of_two_addresses_is_judged_on_each_and_told_from_when_it_counts(ask, folder):
    for number, address in ((1, "1 Jalan Lama"), (2, "9 Jalan Baru")):
        screened(folder, number, address)
    rows = [row for row in json.loads(ask("matches", "--json").stdout)["pairs"] if row["kind"] == "bidder"]
    pair, names = rows[0]["pair_id"], [f"{row['pair_id']}:{row['facts_hash'][:8]}" for row in rows]
    assert all(name in ask("matches").stdout for name in names)
    refused = ask("judge", pair, "different", "--why", "w")
    assert (refused.exit_code, all(name in refused.stderr for name in names)) == (2, True)
    said = " ".join(ask("judge", names[0], "different", "--why", "w").stdout.split())
    assert "It counts at once, in the next screening: deeptier screen" in said
    assert "deeptier run" not in said
    assert "deeptier screen" in ask("judge", pair, "différent", "--why", "w", "--lang", "fr").stdout  # the one that still waits
    counts = json.loads(ask("matches", "--json").stdout)["counts"]
    assert counts["dismissed"] == 2
    back = " ".join(ask("judge", pair, "withdraw", "--why", "w").stdout.split())
    assert "withdrawn" in back
    assert [row["stands"] for row in json.loads(ask("judgements", pair, "--json").stdout)] == [True, False, False]


def test_the_work_list_brings_each_reading_of_a_bidder_back(ask, folder, tmp_path):
    for number, address in ((1, "1 Jalan Lama"), (2, "9 Jalan Baru")):
        screened(folder, number, address)
    out = tmp_path / "l.csv"
    ask("matches", "--out", out)
    rows = list(csv.DictReader(io.StringIO(out.read_text(encoding="utf-8-sig"))))
    with out.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, list(rows[0]))
        writer.writeheader()
        writer.writerows({**row, "verdict": "different", "why": "w"} for row in rows)
    report = json.loads(ask("judge", "--file", out, "--dry-run", "--json").stdout)
    assert (report["recorded"], report["of_bidders"], report["refused"]) == (4, 2, [])
    assert "On bidders (2): counted at once" in " ".join(ask("judge", "--file", out).stdout.split())
    assert json.loads(ask("matches", "--json").stdout)["counts"]["dismissed"] == 4


@pytest.mark.parametrize(("bidders", "others", "said"), [
    (0, 1, ("It counts from the next run on: deeptier run", "Il compte à partir du prochain calcul")),
    (0, 2, ("They count from the next run on: deeptier run", "Ils comptent à partir du prochain calcul")),
    (1, 0, ("It counts at once, in the next screening: deeptier screen", "Il compte aussitôt, dès la prochaine recherche")),
    (2, 0, ("They count at once, in the next screening: deeptier screen", "Ils comptent aussitôt, dès la prochaine recherche")),
    (2, 1, ("On bidders (2): counted at once", "Sur les soumissionnaires (2)")),
])
def test_from_when_judgements_count(bidders, others, said):
    for language, text in zip(("en", "fr"), said, strict=True):
        assert counts_from(bidders, others, Words(language)).startswith(text)


def test_a_bidder_that_gives_a_number_shows_what_was_judged_of_its_name(ask, folder):
    screened(folder, 1, "1 Jalan Lama")
    named = next(row["pair_id"] for row in json.loads(ask("matches", "--json").stdout)["pairs"] if row["kind"] == "bidder")
    ask("judge", named, "different", "--why", "another firm", "--by", "Ana")
    screened(folder, 2, "1 Jalan Lama", [{"scheme": "MY-SSM", "id": "7712"}])
    shown = " ".join(ask("matches").stdout.split())
    assert "Open again: a fact has changed. Before: different" in shown
    assert "another firm" in shown
    pair = next(row["pair_id"] for row in json.loads(ask("matches", "--json").stdout)["pairs"] if row["kind"] == "bidder")
    (found,) = reviewing.find(folder, folder / "published" / f"warehouse-{RUN}.duckdb", pair)
    assert (found["left_key"], found["state"], found["by"]) == ("bidder:MY-SSM:7712", "open_again", "Ana")
