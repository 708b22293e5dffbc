"""Templates and the data dictionary follow the contracts, and filled templates import."""

from __future__ import annotations

from pathlib import Path

import openpyxl
import pytest

from data import model
from pipelines import templates, uploads
from pipelines.mapping import read_mapping
from pipelines.workspace import Workspace


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    made = Workspace.create(tmp_path_factory.mktemp("workspace") / "w")
    templates.write(made)
    return made


@pytest.mark.parametrize("table", sorted(model.contracts("upload")))
def test_a_template_per_table(workspace: Workspace, table: str) -> None:
    contract = model.contract(table)
    text = (workspace.path / "templates" / f"{table}.csv").read_text()
    assert text == ",".join(contract.columns) + "\n"
    book = openpyxl.load_workbook(workspace.path / "templates" / f"{table}.xlsx")
    assert book.sheetnames == [table, "columns", "codes"]
    assert [cell.value for cell in book[table][1]] == list(contract.columns)
    explained = {row[0].value: row for row in book["columns"].iter_rows(min_row=2)}
    assert list(explained) == list(contract.columns)
    for column in contract.columns.values():
        assert explained[column.name][1].value == column.meaning
        if column.vocabulary:
            first = next(iter(model.vocabulary(column.vocabulary).codes.values()))
            assert f"{first.code}: {first.en} / {first.fr}" in explained[column.name][5].value
    lists = sum(bool(c.vocabulary) or c.type == "boolean" for c in contract.columns.values())
    assert len(book[table].data_validations.dataValidation) == lists


def test_a_filled_template_imports(workspace: Workspace, tmp_path: Path) -> None:
    book = openpyxl.load_workbook(workspace.path / "templates" / "party.xlsx")
    sheet = book["party"]
    for heading, value in {"party_id": "007", "name": "Alpha", "country": "Ghana", "party_kind": "mine", "latitude": 5.5}.items():
        sheet.cell(2, [cell.value for cell in sheet[1]].index(heading) + 1, value)
    book.save(tmp_path / "filled.xlsx")
    report = uploads.import_file(workspace, "party", tmp_path / "filled.xlsx")
    assert (report.rows_loaded, report.ignored) == (1, [])
    (row,) = uploads.staged(workspace, "party").collect().to_dicts()
    assert (row["party_id"], row["country"], row["party_kind"], row["latitude"]) == ("007", "GHA", "mine", 5.5)


def test_empty_template_says_what_to_do(workspace: Workspace) -> None:
    report = uploads.import_file(workspace, "party", workspace.path / "templates" / "party.csv", dry_run=True)
    assert (report.rows_read, report.warnings) == (0, ["The file has headings and no rows."])


def test_data_dictionary_names_everything(workspace: Workspace) -> None:
    text = (workspace.path / "data_dictionary.md").read_text(encoding="utf-8")
    for contract in model.contracts().values():
        assert f"### {contract.table}: " in text
        assert all(f"| `{name}` |" in text for name in contract.columns)
    for vocabulary in model.vocabularies().values():
        assert f"### {vocabulary.name}\n" in text
    uploads_at, sources_at, core_at, results_at = (text.index(f"## {t}\n") for t in templates._KINDS.values())
    assert uploads_at < sources_at < core_at < results_at


def test_example_mappings_are_understood(workspace: Workspace) -> None:
    for name in ("mapping_example.yml", "mapping_example_mills.yml"):
        assert read_mapping(workspace.path / "templates" / name) != read_mapping(None)
