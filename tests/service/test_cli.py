"""What the command line promises scripts: exit codes, one-line errors, quick starts, and words that are never used."""

# ruff: noqa: E501

import json
import re
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace

import pytest
from click.testing import CliRunner

from service import cli as command_line
from service import words, workspace
from service.cli import cli
from service.listing import table_name

ROOT = Path(__file__).resolve().parents[2]
HEAVY = (
    "polars",
    "pandas",
    "numba",
    "dagster",
    "great_expectations",
    "pyarrow",
    "numpy",
    "scipy",
    "dagster_project",
    "pipelines",
    "indicators",
    "narwhals",
    "xlsxwriter",
    "openpyxl",
    "httpx",
)


@dataclass
class Report:
    table: str = "party"
    file: str = "p.csv"
    rows_read: int = 3
    rows_loaded: int = 2
    rows_quarantined: int = 1
    reasons: dict = field(
        default_factory=lambda: {"country_unknown": {"count": 1, "examples": ["p.csv, line 3: Atlantis"], "next_step": "Write a code."}}
    )
    mapping: dict = field(default_factory=lambda: {"Nom": "name"})
    ignored: list = field(default_factory=lambda: ["Remarks"])
    encoding: str = "utf-8"
    delimiter: str = ";"
    warnings: list = field(default_factory=list)
    batch: int = 1001
    extra: dict = field(default_factory=dict)


def result(status="published", problems=(), warehouse=None):
    return SimpleNamespace(run_id="20260701T000000", status=status, warehouse=warehouse, seconds=1.0, problems=list(problems))


@pytest.fixture
def doing(monkeypatch):
    """Operations of the orchestrator, made up; a test replaces what it needs."""
    found = SimpleNamespace()
    monkeypatch.setattr(command_line, "operations", lambda: found)
    return found


def test_nothing_heavy_is_imported_at_the_start():
    code = f"import sys, service.cli; print([name for name in {HEAVY!r} if name in sys.modules])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True).stdout.strip() == "[]"


def test_help_names_every_exit_code(deeptier):
    text = deeptier("--help").stdout
    for code in range(7):
        assert re.search(rf"\b{code} \w", text)


def test_no_workspace_and_no_results_are_3(tmp_path, deeptier):
    missing = deeptier("scores", at=tmp_path)
    assert missing.exit_code == 3
    assert "deeptier init" in missing.stderr
    (tmp_path / "deeptier.yml").write_text("format: 1\n")
    empty = deeptier("scores", at=tmp_path)
    assert empty.exit_code == 3
    assert "deeptier run" in empty.stderr
    (tmp_path / "published").mkdir()
    (tmp_path / "published" / "current").write_text("warehouse-gone.duckdb\n")
    assert deeptier("scores", at=tmp_path).exit_code == 3


def test_a_newer_or_broken_workspace_is_refused_and_left_alone(tmp_path, deeptier):
    settings = tmp_path / "deeptier.yml"
    for text, said in (
        ("format: 99\n", "newer deeptier"),
        ("format: [\n", "deeptier.yml"),
        ("buyers: []\n", "format"),
        ("- x\n", "format"),
    ):
        settings.write_text(text)
        refused = deeptier("scores", at=tmp_path)
        assert refused.exit_code == 6, refused.output
        assert said in refused.stderr
        assert len(refused.stderr.strip().splitlines()) == 1
        assert settings.read_text() == text


def test_a_damaged_warehouse_is_refused(tmp_path, deeptier):
    (tmp_path / "deeptier.yml").write_text("format: 1\n")
    (tmp_path / "published").mkdir()
    (tmp_path / "published" / "current").write_text("warehouse-x.duckdb\n")
    (tmp_path / "published" / "warehouse-x.duckdb").write_bytes(b"not a database" * 1000)
    refused = deeptier("scores", at=tmp_path)
    assert refused.exit_code == 6
    assert "Traceback" not in refused.output


def test_which_workspace(tmp_path, monkeypatch):
    monkeypatch.delenv(workspace.VARIABLE, raising=False)
    monkeypatch.chdir(tmp_path)
    assert workspace.locate(None) == workspace.demo_folder()
    (tmp_path / "deeptier.yml").write_text("format: 1\n")
    assert workspace.locate(None) == tmp_path
    monkeypatch.setenv(workspace.VARIABLE, str(tmp_path / "named"))
    assert workspace.locate(None) == tmp_path / "named"
    assert workspace.locate(tmp_path / "given") == tmp_path / "given"


@pytest.mark.parametrize(
    ("text", "table"),
    [
        ("party", "party"),
        ("parties", "party"),
        ("suppliers", "party"),
        ("facilities", "party"),
        ("supply_link", "supply_link"),
        ("links", "supply_link"),
        ("supply-links", "supply_link"),
        ("Supply links", "supply_link"),
        ("recruitment_payments", "recruitment_payment"),
        ("payments", "recruitment_payment"),
        ("assessments", "assessment"),
        ("agencies", "recruitment_agency"),
        ("owners", "ownership_link"),
        ("workforce", "workforce"),
    ],
)
def test_tables_go_by_many_names(text, table):
    assert table_name(text) == table


def test_an_unknown_table_lists_the_known(deeptier):
    refused = deeptier("import", "nonsense", "x.csv")
    assert refused.exit_code == 2
    assert "recruitment_payment" in refused.stderr


def test_import_prints_the_mapping_and_ends_with_4_if_rows_are_quarantined(deeptier, doing, tmp_path):
    file = tmp_path / "p.csv"
    file.write_text("x")
    seen = []
    doing.import_file = lambda *given, **more: seen.append((given, more)) or Report()
    done = deeptier("import", "parties", str(file), "--dry-run")
    assert done.exit_code == 4
    assert "Nom -> name" in done.stdout
    assert "Ignored: Remarks" in done.stdout
    assert "country_unknown: 1 row" in done.stdout
    assert "p.csv, line 3: Atlantis" in done.stdout
    assert "Next: Write a code." in done.stdout
    assert seen[0][0][1:] == ("party", file, None)
    assert seen[0][1] == {"dry_run": True}
    doing.import_file = lambda *given: Report(rows_quarantined=0, reasons={})
    clean = deeptier("import", "parties", str(file), "--json")
    assert clean.exit_code == 0
    assert json.loads(clean.stdout)["rows_loaded"] == 2
    assert deeptier("import", "parties", str(tmp_path / "none.csv")).exit_code == 2


def test_import_of_a_publishers_file(deeptier, doing, tmp_path):
    file = tmp_path / "sdn.xml"
    file.write_text("x")
    doing.import_source = lambda folder, source, paths, day, vouched: SimpleNamespace(source=source, state="fresh", message=paths[0].name, age_days=0)
    assert "us_ofac_sdn" in deeptier("import", "source", "us_ofac_sdn", str(file)).stdout
    assert deeptier("import", "source", "us_ofac_sdn").exit_code == 2


class Refused(ValueError):
    """As the pipelines raise it: a message with file, line and next step."""


def test_a_refused_file_is_6_and_an_unexpected_error_1(deeptier, doing, tmp_path):
    file = tmp_path / "p.csv"
    file.write_text("x")

    def refuse(*_):
        raise Refused("p.csv, line 1: two columns are called name. Rename one.")

    doing.import_file = refuse
    refused = deeptier("import", "parties", str(file))
    assert (refused.exit_code, refused.stderr) == (6, "deeptier: p.csv, line 1: two columns are called name. Rename one.\n")
    doing.import_file = lambda *_: 1 / 0
    broken = deeptier("import", "parties", str(file))
    assert broken.exit_code == 1
    assert "ZeroDivisionError" in broken.stderr
    assert "Traceback" not in broken.output


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (OSError(28, "No space left on device", "/w/x"), "/w/x: the disk is full. Nothing was changed. Next: free some space"),
        (RuntimeError("IO Error: write failed: No space left on device"), "The disk is full."),
        (PermissionError(13, "Permission denied", "/w/x"), "/w/x: this account may not read or write there."),
        (OSError(30, "Read-only file system", "/w/x"), "/w/x: the disk can only be read."),
    ],
)
def test_a_full_or_closed_disk_is_6_with_its_next_step(deeptier, doing, tmp_path, error, said):
    file = tmp_path / "a.csv"
    file.write_text("a\n1\n")

    def refuse(*_):
        raise error

    doing.import_file = refuse
    answer = deeptier("import", "parties", str(file))
    assert answer.exit_code == 6
    assert said in answer.output
    assert "report it" not in answer.output


@pytest.mark.parametrize("day", ["2999-01-01", "0001-01-01", "1999-12-31"])
def test_a_day_to_come_or_before_any_source_is_not_scored(deeptier, doing, day):
    doing.run = lambda *_: pytest.fail("ran")
    answer = deeptier("run", "--as-of", day)
    assert answer.exit_code == 2
    assert f"--as-of {day}: name a day from 2000-01-01 to today" in answer.stderr


def test_run_and_its_failure(deeptier, doing, workspace):
    steps = []

    def run(folder, as_of, draws, progress):
        progress("core", 1, 2)
        progress("risk", 2, 2)
        steps.append((as_of, draws))
        return result(warehouse=workspace / "published" / "warehouse-20260701T000000.duckdb")

    doing.run = run
    done = deeptier("run", "--as-of", "2019-06-30", "--draws", "0")
    assert done.exit_code == 0, done.output
    assert "8 parties: critical 2" in done.stdout
    assert str(steps[0][0]) == "2019-06-30"
    assert steps[0][1] == 0
    doing.run = lambda *_: result("failed", ["risk_chain: no memory"])
    failed = deeptier("run")
    assert failed.exit_code == 5
    assert "risk_chain: no memory" in failed.stderr
    assert "last results stay" in failed.stderr
    assert json.loads(deeptier("run", "--json").stdout)["problems"] == ["risk_chain: no memory"]


def test_fetch_says_what_failed(deeptier, doing):
    doing.fetch = lambda folder, ids: [SimpleNamespace(source=name, state="failed", message="503", age_days=9) for name in ids]
    done = deeptier("fetch", "un_sc")
    assert done.exit_code == 5
    assert "un_sc" in done.stdout


def test_demo_ends_with_the_table_and_one_line(workspace, doing):
    doing.demo = lambda folder, progress: result(warehouse=workspace / "published" / "warehouse-20260701T000000.duckdb")
    done = CliRunner().invoke(cli, ["--workspace", str(workspace), "demo"])
    assert done.exit_code == 0, done.output
    assert "Kelana Apparel Works" in done.stdout
    assert done.stdout.splitlines()[-1].startswith("Made-up data. Results are in ")


def test_init_new_indicator_quarantine_export_and_dagster(deeptier, doing, tmp_path):
    doing.init = lambda folder: folder
    assert "deeptier --workspace" in deeptier("init", str(tmp_path / "w")).stdout
    doing.new_indicator = lambda identifier, root: [root / "indicators" / f"{identifier}.py"]
    assert "recruitment/rec_x.py" in deeptier("indicators", "new", "recruitment/rec_x").stdout
    assert deeptier("indicators", "new", "rec_x").exit_code == 2
    doing.export_quarantine = lambda folder, out, table: 3
    assert "3 rows written" in deeptier("quarantine", "--table", "links", "--export", str(tmp_path / "q.csv")).stdout
    doing.dagster_ui = lambda folder, port: 0
    assert deeptier("dagster").exit_code == 0


def test_every_text_is_in_both_languages_with_the_same_blanks():
    blanks = re.compile(r"\{(\w+)\}")
    for key, entry in words.texts().items():
        assert set(blanks.findall(entry["en"])) == set(blanks.findall(entry["fr"])), key
        assert all(text.strip() for text in entry.values()) or key.startswith("common."), key


FORBIDDEN = re.compile(
    r"uses? forced|use of forced labour|\bcompliant\b|compliance with|free of|free from|\bcertified\b|slave|guilty|\bsafe supplier|"
    r"recourt au travail forcé|pratique le travail forcé|conforme aux?\b|est conforme|exempte? de|certifiée?s?\b|coupable|esclav|sans risque|no risk",
    re.I,
)


def test_no_text_passes_a_verdict_on_a_supplier():
    for key, entry in words.texts().items():
        for text in entry.values():
            assert not FORBIDDEN.search(text), (key, text)
    for path in sorted((ROOT / "service").rglob("*.py")):
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            assert not FORBIDDEN.search(line), f"{path.name}:{number}: {line}"


def test_every_text_that_the_code_names_exists():
    code = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "service").glob("*.py"))
    for key in set(re.findall(r'words(?:\.count)?\(\s*"([a-z_.A-Z]+)"', code)):
        assert key in words.texts() or f"{key}.one" in words.texts(), key


def test_numbers_and_dates_as_each_language_writes_them():
    import datetime as dt

    english, french = words.Words("en"), words.Words("fr")
    assert english.number(1240.5, 1) == "1,240.5"
    assert french.number(1240.5, 1) == "1\u202f240,5"
    assert french.number(-0.25, 2, True) == "\u22120,25"
    assert english.number(-0.001, 2, True) == "+0.00"
    assert french.percent(0.017) == "1,7\u00a0%"
    assert english.percent(0.996) == "99.6\u00a0%"
    assert english.percent(0.0) == "0\u00a0%"
    assert english.interval(0.21, 0.12, 0.352) == "21\u00a0% (12–35)"
    assert french.date(dt.date(2026, 6, 1)) == "1er juin 2026"
    assert english.date(None) == "undated"
    assert english.index(74.97) == "74"
    assert french.listed(["a", "b", "c"]) == "a, b et c"
