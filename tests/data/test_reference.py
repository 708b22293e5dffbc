"""The shipped reference tables and authorities: they load, keep their contracts, and add up to the publishers' own counts."""

from __future__ import annotations

import csv
import datetime as dt
import re
from collections import Counter

import pycountry
import pytest

from data import model

NAMES = sorted(model.references())
COUNTRIES = {country.alpha_3 for country in pycountry.countries} | {"XKX"}
HS_COLUMNS = ("hs", "downstream_hs", "covered_hs")
COUNTRY_COLUMNS = ("counterpart_countries", "origin_country", "destination_country")
TIP_TIERS = {  # length of each list of the report, by edition and tier as the tables write it
    "2014": {"1": 30, "2": 86, "2.5": 43, "3": 23},
    "2015": {"1": 30, "2": 89, "2.5": 44, "3": 23},
    "2020": {"1": 34, "2": 88, "2.5": 44, "3": 19},
    "2021": {"1": 28, "2": 95, "2.5": 45, "3": 17, "S": 3},
    "2022": {"1": 30, "2": 99, "2.5": 34, "3": 22, "S": 3},
    "2023": {"1": 30, "2": 105, "2.5": 26, "3": 24, "S": 3},
    "2024": {"1": 33, "2": 98, "2.5": 32, "3": 21, "S": 4},
    "2025": {"1 or 2": 139, "2.5": 25, "3": 20, "S": 4},
}
UFLPA_ADDITIONS = {  # entries per Federal Register notice; East Hope counts in 2022, when it was listed, not in November 2024
    "2022-06-21": 28,
    "2023-06-12": 10,
    "2023-08-02": 3,
    "2023-09-27": 3,
    "2023-12-11": 3,
    "2024-05-17": 26,
    "2024-06-12": 3,
    "2024-08-09": 6,
    "2024-10-03": 3,
    "2024-11-01": 4,
    "2024-11-25": 30,
    "2025-01-15": 41,
}
GOODS = {"2016": (379, 0), "2020": (437, 0), "2022": (457, 10), "2024": (478, 49)}  # listed for themselves, through an input only


def rows(name: str) -> list[dict[str, str]]:
    with model.references()[name].path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def values(cell: str, column: model.Column) -> list[str]:
    return [value for value in (cell.split("; ") if column.type == "list" else [cell]) if value]


def wrong(cell: str, column: model.Column) -> str | None:
    """Why `cell` breaks `column`, or None."""
    for value in values(cell, column):
        if column.vocabulary and value not in model.vocabulary(column.vocabulary).codes:
            return f"{value!r} is no code of {column.vocabulary}"
        if column.type == "boolean" and value not in ("true", "false"):
            return f"{value!r} is not true or false"
        if column.type == "date":
            dt.date.fromisoformat(value)
        if column.type == "integer" and not re.fullmatch(r"-?\d+", value):
            return f"{value!r} is no integer"
        if column.type in ("integer", "number"):
            number = float(value)
            if (column.minimum is not None and number < column.minimum) or (column.maximum is not None and number > column.maximum):
                return f"{value!r} is out of range"
        is_hs = column.format == "hs" or column.name in HS_COLUMNS
        if is_hs and not re.fullmatch(r"\*|\d\d(\d\d){0,2}", value):
            return f"{value!r} is no HS code"
        is_country = column.format == "country" or column.name in COUNTRY_COLUMNS
        if is_country and value not in COUNTRIES:
            return f"{value!r} is no country"
        if column.name in ("subdivision", "subdivisions") and not pycountry.subdivisions.get(code=value):
            return f"{value!r} is no subdivision"
        if column.format == "currency" and not pycountry.currencies.get(alpha_3=value):
            return f"{value!r} is no currency"
    return None


@pytest.mark.parametrize("name", NAMES)
def test_table_keeps_its_contract(name: str) -> None:
    reference = model.references()[name]
    contract = model.contract(reference.table)
    with reference.path.open(encoding="utf-8", newline="") as stream:
        assert next(csv.reader(stream)) == list(contract.columns)
    table = rows(name)
    assert table
    for line, row in enumerate(table, start=2):
        assert None not in (*row, *row.values()), f"{name}:{line}: wrong number of cells"
        for column in contract.columns.values():
            cell = row[column.name]
            assert cell or not column.required, f"{name}:{line}: {column.name} is empty"
            fault = wrong(cell, column)
            assert fault is None, f"{name}:{line}: {column.name}: {fault}"
    keys = Counter(tuple(row[key] for key in contract.key) for row in table)
    assert [key for key, count in keys.items() if count > 1] == []


def test_keys_are_unique_across_the_files_of_a_table() -> None:
    seen: Counter[tuple[str, ...]] = Counter()
    for name in NAMES:
        contract = model.contract(model.references()[name].table)
        seen.update((contract.table, *(row[key] for key in contract.key)) for row in rows(name))
    assert [key for key, count in seen.items() if count > 1] == []


@pytest.mark.parametrize("name", NAMES)
def test_sidecar_says_where_the_rows_come_from(name: str) -> None:
    reference = model.references()[name]
    assert isinstance(reference.vintage, dt.date)
    assert reference.publisher
    assert reference.licence
    assert len(reference.method) > 40
    text = reference.path.read_text(encoding="utf-8")
    assert "\r" not in text
    assert text.endswith("\n")


@pytest.mark.parametrize("name", [name for name in NAMES if "certainty" in model.contract(model.references()[name].table).columns])
def test_every_row_says_how_sure_we_are(name: str) -> None:
    assert all(row["certainty"] for row in rows(name))


def test_cbp_orders_add_up_to_the_list_of_june_2026() -> None:
    shown = Counter(row["instrument"] for row in rows("us_cbp_wro_bans") if "on the CBP list of 2026-06-23" in row["note"])
    assert shown == {"wro": 58, "finding": 9}


def test_a_replaced_order_ends_with_its_finding_and_names_parties_only_where_it_names_them() -> None:
    bans = rows("us_cbp_wro_bans")
    findings = {row["since"] for row in bans if row["instrument"] == "finding"}
    replaced = [row for row in bans if row["status"] == "superseded"]
    assert len(replaced) == 8
    assert all(row["until"] in findings for row in replaced)
    regional = [row for row in bans if row["scope"] in ("territory", "artisanal")]
    assert len(regional) == 5
    assert not any(row["producer"] for row in regional)
    assert all(row["downstream_hs"] for row in regional)
    listed = {(row["listed_on"], row["status"]) for row in rows("us_cbp_wro_listings")}
    assert listed == {(row["since"], row["status"]) for row in bans if row["scope"] in ("producer", "vessel")}
    assert all(row["legal_basis"] in model.authorities() for row in bans + rows("us_uflpa_bans"))


def test_uflpa_list_has_144_entities_in_160_entries() -> None:
    table = rows("us_uflpa_listings")
    assert len({row["name"] for row in table}) == 144
    assert Counter(row["listed_on"] for row in table) == UFLPA_ADDITIONS
    assert {row["programme"] for row in table} == {"UFLPA (i)", "UFLPA (ii)", "UFLPA (v)"}
    assert len({row["name"] for row in table if row["covers_subsidiaries"] == "true"}) == 2  # the Corps and Hoshine
    assert len(rows("us_uflpa_priority_sectors")) == 12


def test_tip_tiers_have_the_length_of_the_reports_lists() -> None:
    found: dict[str, Counter[str]] = {}
    for row in rows("us_tip_tiers"):
        found.setdefault(row["edition"], Counter())[row["value"] or row["text"]] += 1
    assert {edition: dict(found[edition]) for edition in TIP_TIERS} == TIP_TIERS
    assert all(sum(found[edition].values()) == 188 for edition in ("2021", "2022", "2023", "2024", "2025"))


def test_goods_editions_have_their_counts_and_each_good_its_hs_codes() -> None:
    table = rows("us_dol_goods")
    count = Counter((row["edition"], row["is_downstream"]) for row in table)
    assert {edition: (count[edition, "false"], count[edition, "true"]) for edition in GOODS} == GOODS
    assert all("true" in (row["is_child_labour"], row["is_forced_labour"]) for row in table)
    pairs = {edition: {(row["country"], row["good"]) for row in table if row["edition"] == edition} for edition in GOODS}
    assert ("UZB", "Cotton") in pairs["2020"]
    assert ("UZB", "Cotton") not in pairs["2022"]
    removed = {("ARG", "Blueberries"), ("KHM", "Salt"), ("MNG", "Fluorspar (mineral)")}
    assert pairs["2022"] - pairs["2024"] == removed
    mapped = {row["good"] for row in rows("good_hs")}
    products = rows("us_dol_eo13126")
    assert {row["good"] for row in table + products} - mapped == {"Pornography"}
    assert len(products) == 54
    assert all(row["is_forced_child_labour"] == "true" for row in products)


def test_thai_shrimp_stays_for_forced_labour_only() -> None:
    flags = {
        row["edition"]: (row["is_child_labour"], row["is_forced_labour"], row["is_forced_child_labour"])
        for row in rows("us_dol_goods")
        if (row["country"], row["good"]) == ("THA", "Shrimp")
    }
    assert flags["2022"] == ("true", "true", "true")
    assert flags["2024"] == ("false", "true", "false")


def test_editions_follow_one_another_without_gap() -> None:
    spans = {(row["edition"], row["published_on"], row["superseded_on"]) for row in rows("us_dol_goods")}
    ordered = sorted(spans)
    assert [span[2] for span in ordered] == [*(span[1] for span in ordered[1:]), ""]


def test_fee_law_holds_108_rules_and_caps_have_a_unit() -> None:
    table = rows("fee_law")
    assert len({row["fee_law_id"][:6] for row in table}) == 108
    certainty = Counter({row["fee_law_id"][:6]: row["certainty"] for row in table}.values())
    assert certainty == {"confirmed": 27, "secondary": 44, "from_memory": 26, "unsure": 11}
    for row in table:
        assert not row["cap_value"] or row["cap_type"], row["fee_law_id"]
        assert row["cap_type"] != "fixed" or row["currency"], row["fee_law_id"]
        assert not (row["in_force_from"] and row["in_force_to"]) or row["in_force_from"] <= row["in_force_to"], row["fee_law_id"]
        assert set(row["exempt_items"].split("; ")) - {""} <= set(model.vocabulary("cost_item").codes), row["fee_law_id"]
        assert (row["side"] == "international") <= (row["country"] == ""), row["fee_law_id"]


def test_recruitment_tables_have_their_counts() -> None:
    assert len({row["corridor_cost_id"][:6] for row in rows("corridor_cost")}) == 144
    sizes = {name: len(rows(name)) for name in ("agency_registers", "licence_status_words", "repayment_precedents")}
    assert sizes == {"agency_registers": 36, "licence_status_words": 68, "repayment_precedents": 37}


def test_every_money_amount_has_a_rate() -> None:
    rated = {(row["currency"], row["year"]) for row in rows("exchange_rates")}
    used = {row["currency"] for name in ("fee_law", "corridor_cost", "repayment_precedents") for row in rows(name) if row["currency"]}
    assert {(currency, str(year)) for currency in used for year in range(2014, 2027)} <= rated


def test_every_code_used_is_explained() -> None:
    known = {row["hs"]: row for row in rows("hs_headings")}
    used = {value for name in NAMES for row in rows(name) for column in HS_COLUMNS for value in (row.get(column) or "").split("; ")}
    assert used - set(known) <= {"", "*"}
    assert all(row["parent"] in known for row in known.values() if len(row["hs"]) > 2)
    assert sum(len(code) == 2 for code in known) == 97
    assert all(row["text_fr"] for code, row in known.items() if len(code) == 2)


def test_countries_and_sectors_are_complete() -> None:
    countries = {row["country"] for row in rows("countries")}
    assert countries == COUNTRIES
    used = {row["country"] for name in NAMES for row in rows(name) if re.fullmatch("[A-Z]{3}", row.get("country") or "")}
    assert used - {"ALL"} <= countries
    assert {row["sector"] for row in rows("sector_share")} == set(model.vocabulary("sector").codes)


def test_ratified_years_are_years() -> None:
    for row in rows("ilo_ratifications"):
        assert row["value"] in ("", "0") or 1919 <= int(row["value"]) <= 2026, row
        assert row["value"] in ("", "0") or row["published_on"] == f"{row['value']}-12-31", row
        assert (row["text"] == "denounced") == bool(row["ended_on"]), row


def test_authorities_are_complete_and_dated_in_order() -> None:
    found = model.authorities()
    assert {"ilo_c029", "ilo_p029", "ilo_c181", "ilo_c182", "ilo_fair_recruitment_2019", "us_uflpa", "eu_flr_2024_3015"} <= set(found)
    for authority in found.values():
        assert all(authority.title.values())
        assert authority.url is None or authority.url.startswith("https://")
        assert not (authority.in_force_from and authority.in_force_to) or authority.in_force_from < authority.in_force_to
