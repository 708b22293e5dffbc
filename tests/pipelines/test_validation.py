"""Contracts as Great Expectations, over witness rows: the outcome is that of the whole table."""

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data import model
from pipelines import validation
from pipelines.derive import conform

GOOD = {"party_id": "A", "name": "Alpha", "party_kind": "supplier", "country": "MYS", "worker_count": 5, "is_own_chain": True}


def table(*rows):
    return conform("party", pl.DataFrame([{**row, "row_id": n} for n, row in enumerate(rows)], infer_schema_length=None).lazy())


def failed(*rows):
    return {(outcome.expectation, outcome.column) for outcome in validation.check("party", table(*rows)) if not outcome.passed}


def test_a_good_table_passes_every_expectation():
    outcomes = validation.check("party", table(GOOD, {**GOOD, "party_id": "B"}))
    assert len(outcomes) > 8
    assert all(outcome.passed for outcome in outcomes)


@pytest.mark.parametrize(
    ("change", "broken"),
    [
        ({"party_id": "A"}, ("expect_column_values_to_be_unique", "party_id")),
        ({"party_id": "B", "name": None}, ("expect_column_values_to_not_be_null", "name")),
        ({"party_id": "B", "party_kind": "wizard"}, ("expect_column_values_to_be_in_set", "party_kind")),
        ({"party_id": "B", "worker_count": -1}, ("expect_column_values_to_be_between", "worker_count")),
        ({"party_id": "B", "latitude": 91.0}, ("expect_column_values_to_be_between", "latitude")),
        ({"party_id": "B", "country": "my"}, ("expect_column_values_to_match_regex", "country")),
    ],
)
def test_each_breach_is_named_with_its_column(change, broken):
    assert failed(GOOD, {**GOOD, **change}) == {broken}


def test_an_empty_table_passes_and_a_lost_column_does_not():
    assert validation.check("party", conform("party", pl.LazyFrame())) == []
    (outcome,) = validation.check("party", pl.LazyFrame({"party_id": ["A"]}))
    assert (outcome.expectation, outcome.column, outcome.passed) == ("expect_column_to_exist", "name", False)


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 400), st.sampled_from(["name", "party_kind", "worker_count", "country", None]))
def test_one_bad_row_among_many_is_a_witness(place, column):
    bad = {"name": None, "party_kind": "wizard", "worker_count": -7, "country": "x"}
    rows = [{**GOOD, "party_id": f"P{n}", "worker_count": n} for n in range(401)]
    if column:
        rows[place] = {**rows[place], column: bad[column]}
    frame = table(*rows).collect()
    seen = validation.witnesses(frame, model.contract("party"))
    assert seen.height < 200
    assert (rows[place]["party_id"] in seen["party_id"].to_list()) or column is None
