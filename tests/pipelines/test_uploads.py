"""Every way a user's file can be wrong is said with file, line, column, value, reason and next step; good rows load."""

from __future__ import annotations

import datetime as dt
import json
import os
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import xlsxwriter  # type: ignore[import-untyped]

from data.text import safe_cell
from pipelines import quarantine, reading, uploads
from pipelines.refusal import Refused
from pipelines.workspace import Workspace

SHARED = Path(__file__).resolve().parents[2] / ".." / "shared" / "data" / "suppliers"
BAD_INPUT = Path(__file__).parent / "bad_input" / "rows.yml"


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return Workspace.create(tmp_path / "workspace [1]")


def load(
    workspace: Workspace, table: str, content: str | bytes, mapping: str | None = None, name: str = "made_up.csv", **options: Any
) -> uploads.ImportReport:
    file = workspace.path.parent / name
    file.write_bytes(content.encode() if isinstance(content, str) else content)
    rule = None
    if mapping:
        rule = workspace.path.parent / "mapping.yml"
        rule.write_text(mapping, encoding="utf-8")
    return uploads.import_file(workspace, table, file, rule, **options)


def rows(workspace: Workspace, table: str = "party") -> list[dict[str, Any]]:
    return uploads.staged(workspace, table).sort("row_id").collect().to_dicts()


def cases() -> list[Any]:
    from data import model

    return [pytest.param(case, id=name) for name, case in model.read_yaml(BAD_INPUT).items()]


@pytest.mark.parametrize("case", cases())
def test_bad_rows_are_explained(workspace: Workspace, case: dict[str, Any]) -> None:
    report = load(workspace, case["table"], case["file"])
    entries = pl.read_parquet(report.quarantine_path, glob=False)
    assert set(entries["file"]) == {"made_up.csv"}
    found = [
        {key: row[key] for key in ("line", "column", "value", "reason", "message", "next_step")}
        for row in entries.sort("line", "reason").to_dicts()
    ]
    assert found == case["quarantine"]
    assert report.rows_loaded == case["loaded"]
    assert report.rows_read == report.rows_loaded + report.rows_quarantined + report.rows_identical + report.rows_blank


@pytest.mark.parametrize(
    ("table", "content", "message"),
    [
        ("party", "id,supplier ref\nA,B\n",
         'made_up.csv, line 1, column "name": no heading for name (perhaps "supplier ref"). Headings found: id, supplier ref. '
         'Rename the headings, or import with a mapping file that says "heading: name".'),
        ("supply_link", "buyr,supplier_id\nA,B\n", 'no heading for buyer_id (perhaps "buyr"). Headings found: buyr, supplier_id.'),
        ("party", "party_id,name,Name\nA,B,C\n",
         'made_up.csv, line 1, column "Name": headings stand twice: Name, name. Rename or remove one of each.'),
        ("party", "id,code,name\nA,B,C\n", "the headings id and code can both mean party_id."),
        ("party", "party_id^name\nA^B\n", "Is the delimiter other than comma, semicolon, tab or bar? Then state it in a mapping file."),
        ("party", "party_id,name,observed_on\nA,B,03/04/2021\nC,D,05/06/2021\n",
         'made_up.csv, line 2, column "observed_on": "03/04/2021" can be day/month or month/day, and no value of the column decides. '
         'Write dates as YYYY-MM-DD, or state "date_order: dmy" or "date_order: mdy" in a mapping file.'),
        ("recruitment_payment", "payment_id,worker name,passport no\n1,X,Y\n",
         'made_up.csv, line 1, column "worker name": the file seems to hold data about single persons: worker name, passport no. '
         "Remove these columns and import again; only figures for groups of workers belong here."),
        ("nothing", "a\n1\n", "nothing: no such table. Tables: agency_licence"),
    ],
)  # fmt: skip
def test_files_refused_as_a_whole(workspace: Workspace, table: str, content: str, message: str) -> None:
    with pytest.raises(Refused) as refused:
        load(workspace, table, content)
    assert message in str(refused.value)
    assert not list(workspace.inbox.glob("*/*")), "a refused file leaves nothing behind"
    assert not [p for p in workspace.inbox.iterdir() if p.name.startswith(".")]


def test_mixed_country_names_and_codes_load(workspace: Workspace) -> None:
    load(workspace, "party", "id,name,country\n1,A,CN\n2,B,China\n3,C,chine\n4,D,CHN\n5,E,156\n")
    assert {row["country"] for row in rows(workspace)} == {"CHN"}


def test_headings_in_french_with_defaults_and_an_unused_column(workspace: Workspace) -> None:
    report = load(workspace, "suppliers", "Code fournisseur;Raison sociale;PAYS;Remarque\nA;Société É;Viêt Nam;x\n")
    assert report.mapping == {"Code fournisseur": "party_id", "Raison sociale": "name", "PAYS": "country"}
    assert report.ignored == ["Remarque"]
    (row,) = rows(workspace)
    assert (row["country"], row["party_kind"], row["is_own_chain"], row["row_id"]) == ("VNM", "supplier", True, 1000 * 2**32 + 2)


def test_mapping_file_with_constants_values_and_orders(workspace: Workspace) -> None:
    mapping = """
columns: {Ref: party_id, Trading as: name, Bereich: sector, Since: observed_on, Lat: latitude, Rest: "-"}
constants: {party_kind: mine, country: Ghana}
values: {sector: {RTW: garments}}
date_order: mdy
decimal: comma
"""
    load(workspace, "party", "Ref;Trading as;Bereich;Since;Lat;Rest\nA;B;RTW;03/04/2021;1,234;x\n", mapping)
    (row,) = rows(workspace)
    assert (row["party_kind"], row["country"], row["sector"], row["latitude"]) == ("mine", "GHA", "garments", 1.234)
    assert row["observed_on"] == dt.date(2021, 3, 4)


@pytest.mark.parametrize(
    ("mapping", "message"),
    [
        ("Ref: party_idd", 'the mapping names the column "party_idd", which party has not. Perhaps: party_id'),
        ("Refs: party_id", 'the mapping names the heading "Refs", which the file has not. Headings found: Ref, name.'),
        ("date_order: ymd", "date_order: ymd is not understood. Write dmy or mdy."),
        ("a: [1]", "a is no option and no heading: column."),
        ("delimiter: ab", 'the delimiter "ab" is not one sign. Write one sign, or comma, semicolon, tab, bar.'),
        ("encoding: klingon", 'the encoding "klingon" is not known. Write utf-8'),
        ("tables: [{table: partie, columns: {name: x}}]", "no table 'partie'."),
    ],
)
def test_mapping_errors(workspace: Workspace, mapping: str, message: str) -> None:
    with pytest.raises(Refused) as refused:
        load(workspace, "party", "Ref,name\nA,B\n", mapping)
    assert message in str(refused.value)


def test_keys_are_derived_or_made(workspace: Workspace) -> None:
    load(workspace, "supply_link", "buyer,supplier,hs\nA,B,1511.9\nA,B,\n")
    assert [row["link_id"] for row in rows(workspace, "supply_link")] == ["A|B|151190", "A|B|"]
    first = load(workspace, "party", "name,country\nAcme,IDN\nacme,Indonesia\n")
    assert "The file has no party_id: identifiers were made from name, country." in first.warnings[0]
    assert first.rows_quarantined == 1, "the same party in other letters, with other content"
    made = {row["party_id"] for row in rows(workspace)}
    load(workspace, "party", "name,country\nAcme,ID\n", name="second.csv")
    assert {row["party_id"] for row in rows(workspace)} == made


def test_small_counts_are_masked_everywhere(workspace: Workspace) -> None:
    head = "workforce_id,party_id,observed_on,worker_count,hours_week_p50\n"
    figures = ("9,40", "10,40", "7,999", "<10,40", "0,1")
    report = load(workspace, "workforce", head + "".join(f"{i},A,2024-01-31,{pair}\n" for i, pair in enumerate(figures)))
    assert [row["worker_count"] for row in rows(workspace, "workforce")] == [None, 10, None, 0]
    assert report.small_cells == 2
    (entry,) = quarantine.entries(workspace).to_dicts()
    assert json.loads(entry["raw"])["worker_count"] == "<10"


def test_same_file_twice_and_newer_batch_wins(workspace: Workspace) -> None:
    text = "id,name\nA,Old\nB,Same\n"
    assert not load(workspace, "party", text).already_imported
    again = load(workspace, "party", text, name="other_name.csv")
    assert again.already_imported
    assert "imported before (batch 1000); nothing was loaded again" in again.warnings[0]
    load(workspace, "party", "id,name\nA,New\n", name="new.csv")
    assert [(row["party_id"], row["name"], row["row_id"] >> 32) for row in rows(workspace)] == [("B", "Same", 1000), ("A", "New", 1001)]
    assert len(uploads.staged(workspace, "party", until=1000).collect()) == 2
    assert [entry["batch"] for entry in uploads.batches(workspace)] == [1000, 1001]


def test_corrected_export_closes_its_entries(workspace: Workspace) -> None:
    load(workspace, "party", "Ref. no,id,name,Land\nx,A,=cmd,Atlantis\ny,B,Bee,Ghana\nz,C,Cee,Nowhere\n", 'Land: country\n"Ref. no": "-"')
    target = workspace.path.parent / "open.csv"
    assert quarantine.export(workspace, target) == 2
    table = pl.read_csv(target, infer_schema=False)
    assert table.columns == ["Ref. no", "id", "name", "Land", "_reason", "_next_step", "_file", "_batch", "_line"]
    assert table["name"].to_list() == ["'=cmd", "Cee"]
    assert table["_reason"][0] == 'made_up.csv, line 2, column "Land": "Atlantis" is not a country.'
    corrected = target.read_text(encoding="utf-8").replace("Atlantis,", "Ghana,")
    report = load(workspace, "party", corrected, 'Land: country\n"Ref. no": "-"', name="open.csv")
    assert (report.rows_loaded, report.rows_quarantined) == (1, 1)
    assert [row["name"] for row in rows(workspace)] == ["Bee", "=cmd"]
    (still,) = quarantine.entries(workspace).to_dicts()
    assert (still["value"], still["batch"]) == ("Nowhere", 1001)
    assert len(quarantine.entries(workspace, is_open=False)) == 3
    load(workspace, "party", "id,name\nC,Cee\n", name="third.csv")
    assert quarantine.entries(workspace).is_empty(), "a later batch that loads the key settles it"


def test_a_row_that_could_not_be_parted_waits_until_its_cells_are_filled(workspace: Workspace) -> None:
    load(workspace, "party", 'id,name,country\nA,B,Atlantis\nC,D,Ghana,more\n')
    target = workspace.path.parent / "open.csv"
    assert quarantine.export(workspace, target) == 2
    load(workspace, "party", target.read_text(encoding="utf-8").replace("Atlantis,", "Ghana,", 1), name="open.csv")
    (still,) = quarantine.entries(workspace).to_dicts()
    assert (still["line"], still["reason"], still["raw"]) == (3, "columns", "C,D,Ghana,more")


def test_rows_with_formulas_are_exported_in_their_columns(workspace: Workspace) -> None:
    book, target = workspace.path.parent / "f.xlsx", workspace.path.parent / "open.csv"
    with xlsxwriter.Workbook(str(book)) as made:
        sheet = made.add_worksheet()
        for row, cells in enumerate([["id", "name", "country"], ["A", "=1+1", "Ghana"]]):
            sheet.write_row(row, 0, cells)
    uploads.import_file(workspace, "party", book)
    quarantine.export(workspace, target)
    assert pl.read_csv(target, infer_schema=False).select("id", "name", "country").rows() == [("A", "'=1+1", "Ghana")]


def test_next_steps_of_one_reason_name_their_columns(workspace: Workspace) -> None:
    report = load(workspace, "party", "id,name,kind,sector\nA,B,spaceship,flying\n")
    steps = report.reasons["code_unknown"]["next_step"]
    assert 'In "kind" write one of: supplier' in steps
    assert 'In "sector" write one of: agriculture' in steps


def test_export_to_a_workbook_has_a_sheet_per_table(workspace: Workspace) -> None:
    load(workspace, "party", "id,name,country\nA,B,Atlantis\n")
    load(workspace, "supply_link", "buyer,supplier\nA,A\n", name="links.csv")
    with pytest.raises(ValueError, match="do not fit one CSV file"):
        quarantine.export(workspace, workspace.path.parent / "all.csv")
    assert quarantine.export(workspace, workspace.path.parent / "all.xlsx") == 2
    report = uploads.import_file(workspace, "supply_link", workspace.path.parent / "all.xlsx")
    assert report.rows_quarantined == 1


def test_inbox_takes_dropped_files(workspace: Workspace) -> None:
    (workspace.inbox / "party" / "good.csv").write_text("id,name\nA,B\n")
    (workspace.inbox / "party" / "bad.csv").write_text("x\n1\n")
    (workspace.inbox / "party" / "copying.csv.part").write_text("id,na")
    done, refused = uploads.import_inbox(workspace)
    assert [report.file for report in done] == ["good.csv"]
    assert [error.file for error in refused] == ["bad.csv"]
    assert {p.name for p in (workspace.inbox / "party").iterdir() if p.is_file()} == {"bad.csv", "copying.csv.part"}
    assert (Path(done[0].folder) / "good.csv").read_text() == "id,name\nA,B\n"


def test_what_a_killed_import_left_is_swept(workspace: Workspace) -> None:
    left, busy = workspace.inbox / ".import-old", workspace.inbox / "party" / ".1000-x.now"
    for folder in (left, busy):
        folder.mkdir()
    os.utime(left, (0, 0))
    uploads.import_inbox(workspace)
    assert (left.exists(), busy.exists()) == (False, True)


def test_unusual_delimiter_by_mapping(workspace: Workspace) -> None:
    load(workspace, "party", "id^name\nA^B\n", "delimiter: ^")
    assert [row["name"] for row in rows(workspace)] == ["B"]


def test_dry_run_keeps_nothing(workspace: Workspace) -> None:
    report = load(workspace, "party", "id,name\nA,B\n", dry_run=True)
    assert (report.rows_loaded, report.batch) == (1, 0)
    assert rows(workspace) == []
    assert not list((workspace.path / "batches").glob("*")) if (workspace.path / "batches").exists() else True


def test_failed_write_leaves_what_was_there(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    load(workspace, "party", "id,name\nA,B\n")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        load(workspace, "party", "id,name\nC,D\n", name="b.csv")
    monkeypatch.undo()
    assert [row["party_id"] for row in rows(workspace)] == ["A"]
    assert [p.name for p in (workspace.inbox / "party").iterdir()] == ["1000-made_up"]


def test_as_of_fills_blank_dates_of_knowledge(workspace: Workspace) -> None:
    load(workspace, "party", "id,name,observed_on\nA,B,\nC,D,2020-05-05\n", as_of=dt.date(2023, 1, 1))
    assert [row["observed_on"] for row in rows(workspace)] == [dt.date(2023, 1, 1), dt.date(2020, 5, 5)]


def test_pieces_do_not_change_the_result(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    from pipelines import conversion

    monkeypatch.setattr(conversion, "PIECE", 3)
    text = "id,name,lat\n" + "".join(f'{i % 9},"n\n{i % 9}",{i % 9}.5\n' for i in range(10)) + "0,other,0.5\n"
    report = load(workspace, "party", text)
    assert (report.rows_loaded, report.rows_identical, report.rows_quarantined) == (9, 1, 1)
    assert rows(workspace)[8]["row_id"] % 2**32 == 2 + 8 * 2


def test_safe_cell() -> None:
    assert [safe_cell(v) for v in ("=1+1", "+x", "-x", "@x", "\tx", "\rx")] == ["'=1+1", "'+x", "'-x", "'@x", "'\tx", "'\rx"]
    assert [safe_cell(v) for v in ("-3.5", "x=1", "", None, -2, 1.5)] == ["-3.5", "x=1", "", None, -2, 1.5]


@pytest.mark.skipif(not SHARED.exists(), reason="the real supplier lists are not at hand")
@pytest.mark.parametrize(("name", "read", "least"), [("osh_seed_facility_lists_geocoded", 959, 950), ("palm_oil_mills_sea", 1581, 1575)])
def test_real_supplier_lists(workspace: Workspace, name: str, read: int, least: int) -> None:
    report = uploads.import_file(workspace, "party", SHARED / f"{name}.csv")
    assert report.rows_read == read
    assert report.rows_loaded >= least
    assert uploads.staged(workspace, "party").select(pl.col("country").null_count()).collect().item() == 0


@pytest.mark.skipif(not SHARED.exists(), reason="the real supplier lists are not at hand")
def test_mills_become_a_chain(workspace: Workspace) -> None:
    example = Path(reading.__file__).parent / "examples" / "mapping_example_mills.yml"
    report = uploads.import_file(workspace, "parties", SHARED / "palm_oil_mills_sea.csv", example)
    tables = [r.table for r in (report, *report.extra.values())]
    assert tables == ["party", "party", "party", "ownership_link", "ownership_link", "supply_link"]
    parties = set(uploads.staged(workspace, "party").collect()["party_id"])
    links = uploads.staged(workspace, "supply_link").collect()
    assert set(links["buyer_id"]) | set(links["supplier_id"]) <= parties
    owned = uploads.staged(workspace, "ownership_link").collect()
    assert set(owned["owner_id"]) | set(owned["owned_id"]) <= parties
    assert uploads.import_file(workspace, "parties", SHARED / "palm_oil_mills_sea.csv", example).already_imported
