"""The real files parse whole: every row is in a table or its refusal is counted and explained."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable

import polars as pl
import pytest

from data import model
from pipelines import derive
from pipelines.records import Parsed

LABOUR = "labour_rights/"
# source, files, rows by table, refused values by column
CASES = [
    ("us_dol_goods", [f"{LABOUR}dol_tvpra_goods_2016.csv"], {"listed_good": 379}, {}),
    ("us_dol_goods", [f"{LABOUR}dol_tvpra_merged_2016_2022_2024.csv"], {"listed_good": 528}, {}),
    # Uzbek cotton, kept by the app; and goods listed by an input, of which the app does not say for what
    ("us_dol_goods", [f"{LABOUR}dol_goods_2022_sweat_and_toil.csv"], {"listed_good": 457}, {"good": 1, "via_inputs": 10}),
    ("us_dol_goods", [f"{LABOUR}dol_eo13126_2014.xls"], {"listed_good": 54}, {}),
    ("us_dol_child_labour", [f"{LABOUR}dol_sweat_toil_master_data_2019tda.xlsx"], {"country_fact": 1616}, {"age": 1}),  # "12/13‡"
    (
        "us_dol_child_labour",
        [f"{LABOUR}dol_tda2019_{name}.csv" for name in
         ("children_statistics", "convention_ratifications", "country_assessments", "labor_enforcement")],
        {"country_fact": 865}, {},
    ),
    ("us_tip_tiers", ["countries/tip_tiers_1999_2015_heiss_kelley.csv"], {"country_fact": 2251}, {}),  # 3,208 less 957 without a tier
    ("us_tip_tiers", ["countries/tip_tiers_2024_inferred.csv"], {"country_fact": 175}, {"country": 1}),  # Guinea twice, tiers 2 and 3
    ("tied_visa", ["countries/flsri_kafala_sponsorship_2024.csv"], {"country_fact": 30}, {}),
    ("br_lista_suja", ["listings/br_lista_suja_2026-04-06.csv"], {"listing": 613}, {}),
    (
        "us_ofac_sdn", [f"listings/ofac_sdn{part}" for part in ("_2021-07.csv.gz", "_add_2021-07.csv", "_alt_2021-07.csv")],
        {"listing": 8699}, {},  # 8,976 less 277 aircraft
    ),
    ("un_sc", ["listings/un_sc_consolidated_2026-02-27.xml.gz"], {"listing": 1003}, {}),
    ("ipis_mines", ["hotspots/ipis_drc_mines_opendata.csv.gz"], {"mine_visit": 6955}, {"mineral1": 1}),  # "Manvenve"
    ("in_brick_kilns", ["hotspots/brick_kilns_india_undp_2020.csv.gz"], {"brick_kiln": 47112}, {"kiln_id": 19}),  # points given twice
    (
        "bd_bmet_agencies", ["recruitment/bangladesh_recruiting_agencies_rl_2019-2023_UNLICENSED.csv"],
        {"agency_licence": 506}, {"licence_no": 1},
    ),
    ("iso_countries", ["countries/country_codes.csv", "countries/un_locode_subdivision_codes.csv"],
     {"country": 249, "subdivision": 4672}, {"subdivision": 6}),  # codes given twice
    ("hs_headings", ["suppliers/hs_harmonized-system.csv"], {"hs_heading": 6936}, {"hs": 3}),  # chapter 99, and TOTAL passed over
]


@pytest.mark.parametrize(("source_id", "files", "rows", "refused"), CASES, ids=lambda value: value if isinstance(value, str) else "")
def test_every_row_is_accounted_for(
    real: Callable[..., Parsed], source_id: str, files: list[str], rows: dict[str, int], refused: dict[str, int],
) -> None:
    parsed = real(source_id, *files)
    assert {table: frame.height for table, frame in parsed.tables.items() if frame.height} == rows
    assert dict(Counter(reject.column for reject in parsed.rejects)) == refused
    assert all(reject.file and reject.line and reject.reason and reject.next_step for reject in parsed.rejects)
    for table, frame in parsed.tables.items():
        expected = [name for name in derive.schema(table) if name != "row_id"] + ["line"]
        assert frame.columns == expected
        contract = model.contract(table)
        assert frame.select(contract.key).is_duplicated().sum() == 0
        assert [name for name in contract.required if frame[name].null_count()] == []
        for column in contract.columns.values():
            if column.vocabulary and column.type == "string":
                assert set(frame[column.name].drop_nulls()) <= set(model.vocabulary(column.vocabulary).codes), column.name


def test_lines_lead_back_to_the_file(real: Callable[..., Parsed]) -> None:
    parsed = real("us_ofac_sdn", *[f"listings/ofac_sdn{part}" for part in ("_2021-07.csv.gz", "_add_2021-07.csv", "_alt_2021-07.csv")])
    first = parsed.tables["listing"].row(0, named=True)
    assert (first["line"], first["listing_id"], first["aliases"]) == (1, "us_ofac_sdn:36", ["AERO-CARIBBEAN"])
    assert (first["country"], first["listed_on"], first["listed_on_basis"]) == ("CUB", dt.date(2026, 11, 1), "observed")
    vessels = parsed.tables["listing"].filter(pl.col("entity_type") == "vessel")
    assert vessels.height == 406
    assert vessels.filter(pl.col("identifiers").list.join(";").str.contains("IMO:9187629"))["name"].to_list() == ["ARTAVIL"]


def test_register_of_employers_reads_history_and_persons(real: Callable[..., Parsed]) -> None:
    frame = real("br_lista_suja", "listings/br_lista_suja_2026-04-06.csv").tables["listing"]
    assert set(frame["status"]) == {"active"}
    assert frame["status_note"].count() == 6  # taken off by a court and put back
    assert frame.filter(pl.col("entity_type") == "person").height == 399 + 6  # CPF, and sole traders with a CNPJ
    assert frame.filter(pl.col("identifiers").is_not_null()).height == 214
    assert not frame["name"].str.contains(r"^\d|\*").any()


def test_children_at_mines_are_unknown_where_not_recorded(real: Callable[..., Parsed]) -> None:
    frame = real("ipis_mines", "hotspots/ipis_drc_mines_opendata.csv.gz").tables["mine_visit"]
    counts = dict(frame["is_child_under_15_at_work"].value_counts().iter_rows())
    assert counts == {None: 3783, False: 2303, True: 869}
    assert frame["is_forced_labour_by_armed_group"].sum() == 209
    assert frame["subdivision"].null_count() == 0


def test_shares_and_ages_of_children(real: Callable[..., Parsed]) -> None:
    frame = real("us_dol_child_labour", f"{LABOUR}dol_sweat_toil_master_data_2019tda.xlsx").tables["country_fact"]
    afghan = dict(frame.filter(pl.col("country") == "AFG").select("fact", "value").iter_rows())
    assert (afghan["children_working"], afghan["min_age_work"], afghan["dol_assessment"]) == (0.075, 15, 0)
    assert frame.filter(pl.col("fact") == "children_working")["value"].is_between(0, 1).all()


def test_wro_entity_cells_of_a_curated_list(real: Callable[..., Parsed]) -> None:
    """Cells of the publisher as others keep them: each is read as they read it, or goes to quarantine; no place becomes a party."""
    import csv
    from pathlib import Path

    from pipelines import registry
    from pipelines.sources.us_cbp_wro import source as wro  # type: ignore[import-not-found]

    path = Path(__file__).resolve().parents[3] / ".." / "shared" / "data" / "listings" / "us_cbp_wro_entities_from_opensanctions_lookup.csv"
    if not path.exists():
        pytest.skip("the publisher's real file is not beside the project")
    with path.open(encoding="utf-8") as stream:
        cells = list(dict.fromkeys(row["raw_text"] for row in csv.DictReader(stream)))
    read = {cell: wro.parties(registry.source("us_cbp_wro"), cell) for cell in cells}
    unknown = [cell for cell, (scope, _) in read.items() if scope is None]
    assert len(cells) == 69
    assert len(unknown) == 4, unknown
    assert [cell for cell, (scope, parties) in read.items() if scope in ("territory", "artisanal") and parties] == []
    assert [p["name"] for p in read["Fishing Vessel: Da Wang"][1]] == ["Da Wang"]
