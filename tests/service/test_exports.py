"""Files that are exported: same bytes, whole or not at all, and never a formula."""

# ruff: noqa: S608

import csv
import io
import json
import os
import zipfile

import duckdb
import openpyxl
import pytest

from data.text import safe_cell


@pytest.mark.parametrize("what", ["scores", "findings", "evidence"])
@pytest.mark.parametrize("form", ["csv", "json", "xlsx", "parquet"])
def test_two_exports_are_the_same_bytes(deeptier, tmp_path, what, form):
    files = [tmp_path / f"{name}.{form}" for name in "ab"]
    for file in files:
        assert deeptier("export", what, "--format", form, "--out", str(file)).exit_code == 0
    assert files[0].read_bytes() == files[1].read_bytes()
    assert sorted(path.name for path in tmp_path.iterdir()) == [f"a.{form}", f"b.{form}"]
    assert deeptier("export", what, "--format", form).stdout_bytes == files[0].read_bytes()


def test_two_runs_on_the_same_inputs_export_the_same_scores(deeptier):
    first = deeptier("export", "scores", "--run", "20260701T000000").stdout_bytes
    assert first == deeptier("export", "scores", "--run", "20260701T010000").stdout_bytes


def test_rows_are_sorted_by_party_and_all_columns_are_there(deeptier):
    rows = list(csv.DictReader(io.StringIO(deeptier("export", "scores").stdout)))
    assert [row["party_id"] for row in rows] == ["B-1", "P-1", "P-2", "P-3", "P-4", "P-5", "P-6", "P-7"]
    assert {"likelihood", "p10", "band", "grade", "priority", "commodity_hs"} <= set(rows[0])
    assert not {"run_id", "started", "scored_at"} & set(rows[0])
    assert rows[1]["is_own_chain"] == "true"
    assert rows[1]["newest_on"] == "2026-02-20"


def test_the_same_rows_in_every_format(deeptier, tmp_path):
    found = json.loads(deeptier("export", "scores", "--format", "json").stdout)
    deeptier("export", "scores", "--format", "parquet", "--out", str(tmp_path / "s.parquet"))
    rows = duckdb.sql(f"select party_id, likelihood from '{tmp_path}/s.parquet'").fetchall()
    assert rows == [(row["party_id"], row["likelihood"]) for row in found]
    deeptier("export", "scores", "--format", "xlsx", "--out", str(tmp_path / "s.xlsx"))
    sheet = openpyxl.load_workbook(tmp_path / "s.xlsx")["scores"]
    column = [cell.value for cell in sheet[1]].index("likelihood")
    assert [row[column] for row in sheet.iter_rows(min_row=2, values_only=True)] == pytest.approx([row["likelihood"] for row in found])


def test_a_name_that_looks_like_a_formula_never_runs(deeptier, tmp_path):
    rows = list(csv.DictReader(io.StringIO(deeptier("export", "scores").stdout)))
    assert rows[-1]["name"] == '\'=HYPERLINK("http://example.org")'
    deeptier("export", "scores", "--format", "xlsx", "--out", str(tmp_path / "s.xlsx"))
    with zipfile.ZipFile(tmp_path / "s.xlsx") as book:
        assert b"<f>" not in book.read("xl/worksheets/sheet1.xml")
    assert json.loads(deeptier("export", "scores", "--format", "json").stdout)[-1]["name"].startswith("=HYPERLINK")


@pytest.mark.parametrize("text", ["=1+1", "+A1", "-A1", "@SUM(A1)", "\t=1", "\r=1"])
def test_cells_that_could_run_are_held(text):
    assert safe_cell(text) == f"'{text}"


@pytest.mark.parametrize("text", ["Kelana", "1=2", "a-b", "", "Côte d'Ivoire", "(x)", "-3.5"])
def test_other_cells_are_left_alone(text):
    assert safe_cell(text) == text


def test_filters_hold_for_findings_and_evidence_too(deeptier):
    findings = list(csv.DictReader(io.StringIO(deeptier("export", "findings", "--country", "TKM").stdout)))
    assert {row["party_id"] for row in findings} == {"P-2"}
    found = list(csv.DictReader(io.StringIO(deeptier("export", "findings", "--indicator", "rec_fee_paid").stdout)))
    assert {row["indicator"] for row in found} == {"rec_fee_paid"}
    evidence = list(csv.DictReader(io.StringIO(deeptier("export", "evidence", "--party", "P-1").stdout)))
    assert {(row["file"], row["line"]) for row in evidence} == {
        ("assessment.csv", "2"),
        ("assessment.csv", "3"),
        ("assessment.csv", "4"),
        ("us_tip_tiers.csv", "12"),
    }


def test_a_file_that_cannot_be_written_is_refused_and_the_old_one_stays(deeptier, tmp_path):
    assert deeptier("export", "scores", "--out", str(tmp_path / "no" / "s.csv")).exit_code == 6
    old = tmp_path / "s.csv"
    old.write_text("old")
    if os.geteuid():
        tmp_path.chmod(0o500)
        assert deeptier("export", "scores", "--out", str(old)).exit_code == 6
        tmp_path.chmod(0o700)
        assert old.read_text() == "old"
