"""Searching listed names: what must never be missed, and what must change nothing."""

from __future__ import annotations

import logging

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.screening import Compared
from pipelines.derive import conform
from pipelines.resolution import candidates, index, probability

QUERY = {
    "key": pl.String, "schema": pl.String, "name": pl.String, "aliases": pl.List(pl.String), "country": pl.String, "subdivision": pl.String,
    "place": pl.String, "address": pl.String, "identifiers": pl.List(pl.String),
}  # fmt: skip
WORDS = ("alfa", "bravo", "karakum", "textile", "trading", "mill", "ltd", "Жемчуг", "東方")
names = st.lists(st.sampled_from(WORDS), min_size=1, max_size=4).map(" ".join)
entry = st.fixed_dictionaries({"name": names, "aliases": st.lists(names, max_size=2), "country": st.sampled_from(["CHN", "TKM", None])})


def listing(*rows):
    full = [
        {"listing_id": f"L{number}", "list_id": "us_uflpa", "entity_type": "organisation", "authority": "A", "status": "active"} | row
        for number, row in enumerate(rows)
    ]
    return conform("listing", pl.DataFrame(full, schema_overrides={"aliases": pl.List(pl.String), "identifiers": pl.List(pl.String),
                                                                   "country": pl.String}).lazy()).collect()  # fmt: skip


def queries(*rows):
    return pl.DataFrame([{"key": f"Q{number}", "schema": "organisation"} | row for number, row in enumerate(rows)], schema=QUERY)


def sure(listed, asked, floor=0.2, **more):
    """(query, entry): probability."""
    found = index.search(index.build(listed), asked, floor, **more)
    return {(row["query_key"], row["listing_id"]): row["probability"] for row in found.to_dicts()}


def test_the_surest_of_all_names_is_the_one_that_is_shown():
    listed = listing({"name": "Karakum Textile", "aliases": ["Bravo Mill", "Alfa Trading Company"]})
    (row,) = index.search(index.build(listed), queries({"name": "Something else", "aliases": ["Alfa Trading Co"]}), 0.2).to_dicts()
    assert (row["our_name"], row["listed_name"]) == ("Alfa Trading Co", "Alfa Trading Company")


def test_a_result_explains_itself():
    listed = listing({"name": "Karakum Textile Mill", "country": "TKM"})
    (row,) = index.search(index.build(listed), queries({"name": "Karakom Textile Mill", "country": "TKM"}), 0.2).to_dicts()
    reasons = probability.explained(row)
    assert all(isinstance(reason, Compared) for reason in reasons)
    assert probability.total(reasons) == pytest.approx(row["probability"], abs=1e-9)


@settings(max_examples=25, deadline=None)
@given(entries=st.lists(entry, min_size=1, max_size=6), asked=st.lists(names, min_size=1, max_size=3), alias=names, on=st.integers(0, 5))
def test_another_alias_never_loses_a_match_or_makes_it_less_sure(entries, asked, alias, on):
    rows = queries(*({"name": name} for name in asked))
    before = sure(listing(*entries), rows)
    more = [dict(row, aliases=[*row["aliases"], alias]) if number == on % len(entries) else row for number, row in enumerate(entries)]
    after = sure(listing(*more), rows)
    also = sure(listing(*entries), rows.with_columns(aliases=pl.lit([alias], dtype=pl.List(pl.String))))
    for later in (after, also):
        assert all(later.get(pair, 0) >= probability - 1e-12 for pair, probability in before.items())


@settings(max_examples=25, deadline=None)
@given(
    entries=st.lists(entry, min_size=1, max_size=6),
    asked=st.lists(names, min_size=1, max_size=4),
    order=st.randoms(use_true_random=False),
)
def test_the_order_of_rows_changes_nothing(entries, asked, order):
    listed, rows = listing(*entries), queries(*({"name": name} for name in asked))
    turned = [list(range(frame.height)) for frame in (listed, rows)]
    for places in turned:
        order.shuffle(places)
    first = index.search(index.build(listed), rows, 0.2).sort("query_key", "listing_id")
    second = index.search(index.build(listed[turned[0]]), rows[turned[1]], 0.2).sort("query_key", "listing_id")
    assert first.equals(second)


@settings(max_examples=25, deadline=None)
@given(entries=st.lists(entry, min_size=1, max_size=8), place=st.integers(0, 7))
def test_an_equal_name_is_always_found(entries, place):
    row = entries[place % len(entries)]
    found = sure(listing(*entries), queries({"name": row["name"].upper(), "country": row["country"]}), 0.0)
    assert ("Q0", f"L{place % len(entries)}") in found


@pytest.mark.parametrize(
    ("ours", "theirs", "is_found"),
    [
        ("BR-CNPJ:11.222.333/0001-81", "CNPJ:11222333000181", True),
        ("LEI:5493001KJTIIGC8Y1R12", "lei:5493001KJTIIGC8Y1R12", True),
        ("LEI:5493001KJTIIGC8Y1R12", "LEI:7LTWFZYICNSX8D621K86", False),
    ],
)
def test_an_equal_identifier_is_found_whatever_the_names(ours, theirs, is_found):
    listed = listing({"name": "Fazenda Outra", "identifiers": [theirs]})
    found = index.search(index.build(listed), queries({"name": "Karakum", "identifiers": [ours]}), 0.5)
    assert found["basis"].to_list() == (["identifier"] if is_found else [])
    nameless = index.search(index.build(listed), queries({"name": "???", "identifiers": [ours]}), 0.5)
    assert nameless.height == int(is_found)


def test_persons_organisations_and_vessels_meet_by_number_alone():
    number = {"identifiers": ["IMO:9074729"]}
    listed = listing({"name": "Karakum", "entity_type": "person"} | number, {"name": "Karakum", "entity_type": "vessel"} | number)
    assert set(sure(listed, queries({"name": "Karakum"}), 0.0)) == set()
    for schema in ("organisation", "person"):  # a sole trader bids under the number of the business
        assert set(sure(listed, queries({"name": "Karakum", "schema": schema} | number), 0.0)) == {("Q0", "L0"), ("Q0", "L1")}


def test_of_a_name_that_thousands_bear_those_of_the_own_country_are_compared_and_the_rest_is_told(monkeypatch, caplog):
    monkeypatch.setattr(index, "MOST_BEARERS", 5)
    monkeypatch.setattr(index, "MOST_ALIKE", 2)
    listed = listing(*({"name": "Karakum Textile", "country": "TKM" if number == 19 else "CHN"} for number in range(20)))
    with caplog.at_level(logging.WARNING):
        found = sure(listed, queries({"name": "Karakum Textile", "country": "TKM"}), 0.0)
    assert {f"L{number}" for number in (0, 1, 19)} <= {listing_id for _, listing_id in found}
    assert len(found) == 6
    assert "20 entries bear the name 'Karakum Textile'; 14 of them are not compared" in caplog.text


def test_at_most_so_many_entries_per_query_the_surest_first():
    listed = listing({"name": "Karakum Textile Mill"}, {"name": "Karakum Textile"}, {"name": "Karakum Trading"})
    found = index.search(index.build(listed), queries({"name": "Karakum Textile"}), 0.0, limit=1)
    assert found["listing_id"].to_list() == ["L1"]


def test_nothing_asked_and_nothing_listed_give_nothing():
    assert index.search(index.build(listing()), queries({"name": "Karakum"}), 0.2).is_empty()
    assert index.search(index.build(listing({"name": "Karakum"})), queries(), 0.2).is_empty()


def test_a_second_search_reads_the_index_and_a_changed_list_builds_another(tmp_path, monkeypatch):
    listed = listing({"name": "Karakum Textile"}, {"name": "Alfa", "entity_type": "vessel", "identifiers": ["IMO:9074729"]})
    asked = queries({"name": "Karakum Textil", "identifiers": ["IMO:9074729"]})
    built = index.search(index.opened(listed, tmp_path), asked, 0.0)
    monkeypatch.setattr(index, "build", lambda _: pytest.fail("the index was there"))
    assert index.search(index.opened(listed.reverse(), tmp_path), asked, 0.0).equals(built)
    monkeypatch.undo()
    index.opened(listed.with_columns(name=pl.col("name") + " 2"), tmp_path)
    assert len([path for path in tmp_path.iterdir() if path.is_dir()]) == 2


def test_an_index_that_is_cut_short_is_built_anew_and_old_ones_go(tmp_path):
    listed, asked = listing({"name": "Karakum Textile"}), queries({"name": "Karakum Textile"})
    built = index.search(index.opened(listed, tmp_path), asked, 0.0)
    (folder,) = tmp_path.iterdir()
    (folder / "names.arrow").write_bytes(b"cut")
    assert index.search(index.opened(listed, tmp_path), asked, 0.0).equals(built)
    for number in range(index.KEPT + 2):
        index.opened(listing({"name": f"Karakum {number}"}), tmp_path)
    assert len(list(tmp_path.iterdir())) == index.KEPT


def test_a_folder_that_cannot_be_written_costs_only_time(tmp_path, caplog):
    (tmp_path / "file").touch()
    found = index.opened(listing({"name": "Karakum"}), tmp_path / "file" / "index")
    assert found.entries.height == 1
    assert "could not be kept" in caplog.text


def test_the_key_knows_the_rows_and_the_recipe(monkeypatch):
    one, other = listing({"name": "Karakum"}), listing({"name": "Karakum", "aliases": ["Alfa"]})
    assert index.key(one) == index.key(one) != index.key(other)
    before = index.key(one)
    monkeypatch.setattr(index, "recipe", lambda: "another")
    assert index.key(one) != before


def test_many_names_are_taken_in_slices_with_the_same_result(monkeypatch):
    listed = listing(*({"name": f"Karakum {word}", "aliases": [f"Alfa {word}"]} for word in ("textile", "mill", "trading")))
    asked = queries(*({"name": f"Karakum {word}"} for word in ("textil", "mills", "trade", "mill")))
    whole = sure(listed, asked, 0.0)
    monkeypatch.setattr(index, "NAMES_AT_ONCE", 1)
    monkeypatch.setattr(index, "PAIRS_AT_ONCE", 2)
    monkeypatch.setattr(candidates, "ROWS_AT_ONCE", 1)
    assert sure(listed, asked, 0.0) == whole
