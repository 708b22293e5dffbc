"""The made-up demo supply chain: known columns and codes, resolving references, shares, dates, and the shapes that the README promises."""

from __future__ import annotations

import csv
import datetime as dt
from collections import defaultdict, deque
from functools import cache
from pathlib import Path

import pycountry
import pytest

from data import model

HERE = Path(model.HERE) / "demo"
README = (HERE / "README.md").read_text(encoding="utf-8")
DEMO = model.read_yaml(HERE / "demo.yml")
TABLES = (
    "party", "supply_link", "recruitment_agency", "agency_licence", "recruitment_link", "recruitment_payment",
    "workforce", "assessment", "mitigation", "purchase_order", "ownership_link", "case_report",
)
DATES = [*DEMO["replays"], DEMO["as_of"]]
NEVER_AFTER = max(DATES)
MAY_LAPSE_LATER = {"valid_to"}  # the end of a licence or certificate lies ahead


@cache
def rows(table: str) -> list[dict[str, str]]:
    with (HERE / f"{table}.csv").open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def day(value: str) -> dt.date:
    return dt.date.fromisoformat(value)


def inputs(as_of: dt.date = NEVER_AFTER) -> dict[str, dict[str, float | None]]:
    """Buyer -> supplier -> share of its inputs (added up over goods; None where unknown), of links known and not ended on `as_of`."""
    found: dict[str, dict[str, float | None]] = defaultdict(dict)
    for link in rows("supply_link"):
        if day(link["observed_on"]) <= as_of and not (link["ended_on"] and day(link["ended_on"]) <= as_of):
            before = found[link["buyer_id"]].get(link["supplier_id"])
            found[link["buyer_id"]][link["supplier_id"]] = (before or 0.0) + float(link["share"]) if link["share"] else before
    return found


def tiers(buyer: str) -> dict[str, int]:
    """Least number of links from `buyer` to each party upstream."""
    graph, seen, queue = inputs(), {buyer: 0}, deque([buyer])
    while queue:
        here = queue.popleft()
        for supplier in graph.get(here, {}):
            if supplier not in seen:
                seen[supplier] = seen[here] + 1
                queue.append(supplier)
    return seen


def upstream(start: str) -> set[str]:
    """All parties that `start` buys from, directly or not; `start` itself only if it is on a cycle."""
    graph = inputs()
    seen: set[str] = set()
    queue = list(graph.get(start, {}))
    while queue:
        here = queue.pop()
        if here not in seen:
            seen.add(here)
            queue.extend(graph.get(here, {}))
    return seen


@pytest.mark.parametrize("table", TABLES)
def test_headings_are_the_contract_columns(table: str) -> None:
    with (HERE / f"{table}.csv").open(encoding="utf-8", newline="") as stream:
        assert next(csv.reader(stream)) == list(model.contract(table).columns)


def test_no_other_table_lies_here() -> None:
    assert {path.stem for path in HERE.glob("*.csv")} == set(TABLES)


@pytest.mark.parametrize("table", TABLES)
def test_keys_are_unique_and_required_cells_filled(table: str) -> None:
    contract = model.contract(table)
    keys = [tuple(row[name] for name in contract.key) for row in rows(table)]
    assert len(keys) == len(set(keys))
    assert all(all(key) for key in keys)
    assert [(row, name) for row in rows(table) for name in contract.required if not row[name]] == []


def wrong(column: model.Column, value: str) -> bool:
    """Whether a filled cell breaks its column: type, range, vocabulary, format or small cells."""
    if column.vocabulary and value not in model.vocabulary(column.vocabulary).codes:
        return True
    if column.type in ("integer", "number"):
        number = float(value)
        low, high = column.minimum, column.maximum
        outside = (low is not None and number < low) or (high is not None and number > high)
        return outside or (column.type == "integer" and not number.is_integer()) or (column.small_cell and number < 10)
    if column.type == "boolean":
        return value not in ("true", "false")
    if column.type == "date":
        return day(value) > NEVER_AFTER and column.name not in MAY_LAPSE_LATER
    parts = value.split("; ") if column.type == "list" else [value]
    known = {
        "country": lambda code: pycountry.countries.get(alpha_3=code), "subdivision": lambda code: pycountry.subdivisions.get(code=code),
        "currency": lambda code: pycountry.currencies.get(alpha_3=code), "hs": lambda code: code.isdigit() and len(code) in (2, 4, 6),
    }.get(column.format or "")
    return known is not None and not all(known(part) for part in parts)


@pytest.mark.parametrize("table", TABLES)
def test_cells_keep_to_type_range_and_vocabulary(table: str) -> None:
    columns, key = model.contract(table).columns, model.contract(table).key[0]
    filled = [(row[key], name, row[name]) for row in rows(table) for name in columns if row[name]]
    assert [cell for cell in filled if wrong(columns[cell[1]], cell[2])] == []


@pytest.mark.parametrize("table", TABLES)
def test_references_resolve_and_are_known_in_time(table: str) -> None:
    """A row may not be known before the party or agency it speaks of; a replay would otherwise meet a link to nobody."""
    contract = model.contract(table)
    known = {row["party_id"]: row["observed_on"] for row in rows("party")}
    known |= {row["agency_id"]: row["observed_on"] for row in rows("recruitment_agency")}
    for row in rows(table):
        for column in contract.columns.values():
            target = row[column.name]
            if column.references and target:
                assert target in known, (table, row)
                assert row[str(contract.known_on)] >= known[target], (table, row)


def test_nothing_is_learnt_before_it_happens() -> None:
    pairs = [
        ("recruitment_link", "recruited_from", "observed_on"), ("recruitment_link", "recruited_to", "observed_on"),
        ("recruitment_payment", "paid_on", "observed_on"), ("case_report", "occurred_on", "published_on"),
    ]
    for table, first, then in pairs:
        assert [row for row in rows(table) if row[first] and row[first] > row[then]] == [], (table, first)


def test_answers_are_codes_or_numbers_as_the_question_asks() -> None:
    questions = model.vocabulary("question").codes
    for row in [*rows("assessment"), *rows("case_report")]:
        if row["question"]:
            values = questions[row["question"]].values
            assert (row["answer"] in values["answers"]) if "answers" in values else (row["answer_number"] and not row["answer"]), row
    assert {row["question"] for row in rows("assessment")} == set(questions)
    assert all(int(row["workers_affirmed"]) <= int(row["workers_asked"]) for row in rows("assessment") if row["workers_affirmed"])


@pytest.mark.parametrize("as_of", DATES, ids=str)
def test_shares_of_inputs_never_exceed_one(as_of: dt.date) -> None:
    sums = {buyer: sum(share or 0.0 for share in suppliers.values()) for buyer, suppliers in inputs(as_of).items()}
    assert {buyer: total for buyer, total in sums.items() if total > 1 + 1e-9} == {}
    assert sums["COC-FR-02"] == pytest.approx(0.55)  # the unmapped remainder of the README


def test_size_tiers_and_goods_on_every_link() -> None:
    assert 150 <= len(rows("party")) <= 300
    assert set(tiers("BUYER-1").values()) == set(range(6))
    assert upstream("BUYER-1") & upstream("BUYER-2")
    assert all(link["commodity_hs"] for link in rows("supply_link"))
    assert {link["custody"] for link in rows("supply_link")} == set(model.vocabulary("custody").codes)


def test_there_is_a_cycle_a_diamond_and_a_party_at_two_tiers() -> None:
    assert {party for party in inputs() if party in upstream(party)} == {"REC-PL-01", "REC-DE-01"}
    graph = inputs()
    spinners = [supplier for supplier in graph["TOW-PT-01"] if "GIN-IN-01" in graph.get(supplier, {})]
    assert len(spinners) == 5
    assert "COC-CI-21" in graph["COC-BE-01"]
    assert "COC-CI-21" in graph["COC-NL-11"]


def test_replays_differ() -> None:
    parties = [sum(day(row["observed_on"]) <= as_of for row in rows("party")) for as_of in DATES]
    links = [sum(map(len, inputs(as_of).values())) for as_of in DATES]
    answers = [sum(day(row["assessed_on"]) <= as_of for row in rows("assessment")) for as_of in DATES]
    for counts in (parties, links, answers):
        assert 0 < counts[0] < counts[1] < counts[2]


def test_buyers_are_named_and_the_readme_names_real_rows() -> None:
    parties = {row["party_id"] for row in rows("party")}
    assert set(DEMO["buyer_ids"]) <= parties
    ids = [cell.strip(" `") for line in README.splitlines() if line.startswith("| `") for cell in line.split("|")[1].split(",")]
    agencies = {row["agency_id"] for row in rows("recruitment_agency")}
    assert set(ids) <= parties | agencies
    assert len(ids) > 60


def test_places_and_identifiers_point_at_nobody_real() -> None:
    assert all(not row[name] for row in rows("party") for name in ("lei", "duns", "tax_id", "registry_id", "address"))
    assert all(row["licence_no"].startswith("DEMO-") for row in rows("recruitment_agency") if row["licence_no"])
    assert all("example.org" in row["url"] for row in [*rows("case_report"), *rows("assessment")] if row["url"])
