"""Parties held against listings: which entries count, what the context adds, and what people judged."""

from __future__ import annotations

import datetime as dt

import polars as pl
import pytest

from data import model
from pipelines.derive import conform
from pipelines.resolution import listings
from pipelines.resolution.thresholds import threshold

LISTED = {
    "listing_id": "L1", "list_id": "us_cbp_wro", "name": "Example Gloves Sdn. Bhd.", "entity_type": "organisation", "country": "MYS",
    "place": "Klang", "authority": "CBP", "covered_hs": ["4015"], "listed_on": dt.date(2020, 7, 15), "status": "active",
}  # fmt: skip
PARTY = {"party_id": "A", "name": "EXAMPLE GLOVES SENDIRIAN BERHAD", "country": "MYS"}
GOODS = [{"party_id": "A", "hs": "401519"}]


def matched(party=PARTY, listed=LISTED, goods=(), judged=None, **more):
    frames = {}
    for table, given in {"party": [party], "listing": listed if isinstance(listed, list) else [listed], "party_product": goods}.items():
        rows = [dict(row, row_id=number) for number, row in enumerate(given, 1)]
        frames[table] = conform(table, pl.DataFrame(rows, infer_schema_length=None).lazy())
    verdicts = None if judged is None else pl.DataFrame([("A", "L1", judged)], schema=["party_id", "listing_id", "verdict"], orient="row")
    return listings.match(frames["party"], frames["party_product"], frames["listing"], verdicts, **more)


def one(**more):
    (row,) = matched(**more).match.to_dicts()
    return row


@pytest.mark.parametrize(
    ("more", "listed", "goods", "basis", "confirmed"),
    [
        ({"place": "Klang"}, {}, GOODS, "name_place_business", True),
        ({"subdivision": "MY-10"}, {"subdivision": "MY-10"}, GOODS, "name_place_business", True),
        ({"place": "Klang"}, {}, (), "name_place", False),
        ({"subdivision": "MY-10"}, {"subdivision": "MY-10"}, (), "name_place", False),
        ({}, {}, GOODS, "name_country_business", False),
        ({}, {}, (), "name_country", False),
        ({"country": None}, {}, GOODS, "name", False),
        ({"country": "DEU"}, {}, GOODS, "name_elsewhere", False),
    ],
)
def test_it_takes_more_than_a_name_to_confirm(more, listed, goods, basis, confirmed):
    row = one(party=PARTY | more, listed=LISTED | listed, goods=goods)
    assert (row["match_basis"], row["is_confirmed"]) == (basis, confirmed)
    assert (row["match_confidence"] >= threshold("confirmed_from")) is confirmed


def test_a_chapter_that_is_listed_covers_its_headings_and_other_goods_are_not_in_common():
    assert one(listed=LISTED | {"covered_hs": ["40"]}, goods=GOODS)["is_same_business"]
    assert not one(listed=LISTED | {"covered_hs": ["4016"]}, goods=GOODS)["is_same_business"]
    assert not one(listed=LISTED | {"covered_hs": None}, goods=GOODS)["is_same_business"]


def test_region_and_goods_raise_a_match_and_a_likeness_is_less_sure_than_the_name():
    bare, goods = one()["match_confidence"], one(goods=GOODS)["match_confidence"]
    alike = one(party=PARTY | {"name": "Exampel Glove Sdn Bhd"})["match_confidence"]
    assert alike < bare < goods


def test_the_columns_are_those_of_the_contract_and_both_names_are_shown():
    row = one(listed=LISTED | {"aliases": ["Example Rubber", "Ex Gloves"]}, party=PARTY | {"name": "Example Rubbers"})
    assert set(row) == set(model.contract("listing_match").columns) | {"row_id"}
    assert (row["our_name"], row["listed_name"]) == ("Example Rubbers", "Example Rubber")
    assert (row["listing_row_id"], row["override"]) == (1, "LIST_FL")


@pytest.mark.parametrize(
    ("listed", "counts"),
    [
        ({"list_id": "wb_debarred", "subject": "fraud_corruption"}, False),
        ({"list_id": "wb_debarred"}, False),
        ({"list_id": "wb_debarred", "subject": "forced_labour"}, True),
        ({"list_id": "us_ofac_sdn"}, True),
        ({"entity_type": "person"}, False),
    ],
)
def test_only_entries_about_labour_or_of_scored_lists_count(listed, counts):
    assert matched(listed=LISTED | listed).match.height == int(counts)


def test_severity_is_the_entrys_own_else_its_lists():
    assert one()["severity"] == model.vocabulary("list").codes["us_cbp_wro"].values["severity"]
    assert one(listed=LISTED | {"severity": 2})["severity"] == 2


@pytest.mark.parametrize(
    ("party", "is_found"),
    [
        ({"name": "Da Wang"}, True),
        ({"name": "Da Wong"}, False),
        ({"name": "Da Wong", "party_kind": "vessel"}, True),
        ({"name": "Quite Another", "registry_id": "IMO:9074729"}, True),
    ],
)
def test_a_party_that_is_no_vessel_meets_one_by_the_very_name_or_number(party, is_found):
    listed = LISTED | {"name": "Da Wang", "entity_type": "vessel", "country": None, "identifiers": ["IMO:9074729"]}
    assert matched(party={"party_id": "A"} | party, listed=listed).match.height == int(is_found)


def test_a_name_that_is_only_remotely_alike_is_not_shown():
    assert matched(party=PARTY | {"name": "Sample Gloves Trading"}).match.is_empty()
    assert matched(party=PARTY | {"name": "All Malaysia Gloves"}).match.is_empty()


def test_judged_the_same_is_confirmed_whatever_the_names():
    for name in (PARTY["name"], "Quite Another"):
        row = one(party=PARTY | {"name": name}, judged="same")
        assert (row["match_basis"], row["match_confidence"], row["is_confirmed"]) == ("judged_same", 1.0, True)


def test_judged_different_is_set_aside_and_unsure_stands_as_it_is():
    found = matched(judged="different")
    assert found.match.is_empty()
    assert found.dismissed.select("party_id", "listing_id").rows() == [("A", "L1")]
    assert matched(judged="unsure").match.equals(matched().match)
    assert matched(judged=None).dismissed.is_empty()


def test_a_kept_index_gives_the_same(tmp_path):
    fresh = matched().match
    assert matched(folder=tmp_path).match.equals(fresh)
    assert matched(folder=tmp_path).match.equals(fresh)


def test_nothing_listed_matches_nothing():
    assert matched(listed=[]).match.is_empty()


def test_a_threshold_without_a_reason_does_not_load(tmp_path, monkeypatch):
    from pipelines.resolution import thresholds

    file = tmp_path / "thresholds.yml"
    file.write_text("floor: {value: 0.5, since: 2026-01-01}", encoding="utf-8")
    monkeypatch.setattr(thresholds, "FILE", file)
    with pytest.raises(model.ModelError, match="floor lacks why"):
        thresholds.threshold.__wrapped__("floor")
