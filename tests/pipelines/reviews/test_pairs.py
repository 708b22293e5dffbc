"""Pairs of two tables, and the work list."""

import json

import polars as pl
import pytest

from pipelines import reviews
from pipelines.reviews import judgements, log, pairs, worklist

NONE_OPENED = log.reopened(None)


def test_pairs_of_listings_carry_the_facts_of_both_sides(matches, party, listing):
    found = pairs.listing_pairs(matches.lazy(), party.lazy(), listing.lazy())
    assert found.columns == ["kind", "left_key", "right_key", "facts_hash", "facts"]
    for row in found.to_dicts():
        ours = party.filter(pl.col("party_id") == row["left_key"]).to_dicts()[0]
        theirs = listing.filter(pl.col("listing_id") == row["right_key"]).to_dicts()[0]
        whole = judgements.facts(ours, theirs)
        assert (row["facts_hash"], json.loads(row["facts"])) == (judgements.facts_hash(whole), whole)


def test_rows_in_another_order_with_other_row_ids_have_the_same_hashes(matches, party, listing):
    one = pairs.listing_pairs(matches, party, listing).sort("left_key")
    other = pairs.listing_pairs(
        matches.reverse(), party.reverse().with_columns(row_id=pl.lit(99)), listing.reverse().with_columns(status=pl.lit("removed"))
    ).sort("left_key")
    assert one.equals(other)


def test_a_pair_of_which_a_record_is_gone_is_none(matches, party, listing):
    assert pairs.listing_pairs(matches, party.head(1), listing)["left_key"].to_list() == ["P-1"]
    assert pairs.listing_pairs(matches, party.clear(), listing.clear()).is_empty()


def test_two_parties_are_one_pair_and_none_with_itself(party):
    asked = pl.DataFrame({"party_id": ["P-2", "P-1", "P-1"], "other_id": ["P-1", "P-2", "P-1"]})
    found = pairs.party_pairs(asked, party)
    assert found.select("left_key", "right_key").rows() == [("P-1", "P-2")]


def test_agencies_are_held_against_a_register():
    agency = pl.DataFrame({"agency_id": ["A"], "name": ["Gulf Manpower"], "licence_no": ["RL-12"]})
    register = pl.DataFrame({"row_id": [5], "name": ["GULF MANPOWER"], "licence_no": ["RL 0012"]})
    found = pairs.agency_pairs(pl.DataFrame({"agency_id": ["A"], "row_id": [5]}), agency, register, "row_id").to_dicts()[0]
    assert found["right_key"] == "5"
    assert json.loads(found["facts"])["left"]["identifiers"] == ["LICENCE:RL12"]


@pytest.mark.parametrize(("one", "key"), [
    ({"name": "Acme Ltd", "country": "GBR"}, "bidder:acme-ltd@gbr"),
    ({"name": " ACME  Ltd", "country": "GBR"}, "bidder:acme-ltd@gbr"),
    ({"name": "Acme", "identifiers": [{"scheme": "GB-COH", "id": "0 7", "is_valid": None}]}, "bidder:GB-COH:07"),
    ({"name": "Acme", "identifiers": [{"scheme": "LEI", "id": "BAD", "is_valid": False}]}, "bidder:acme@"),
    ({"name": "Acme", "identifiers": [{"scheme": None, "id": "77", "is_valid": None}]}, "bidder:acme@"),
])
def test_a_bidder_has_one_key_in_every_file(one, key):
    assert pairs.bidder_key(one) == key


def test_the_keys_of_bidders_in_other_scripts_differ():
    assert pairs.bidder_key({"name": "ООО Ромашка"}) != pairs.bidder_key({"name": "ООО Василёк"})


def work(stands, matches, party, listing, candidates=None, **more):
    found = worklist.found("listing", matches, "party_id", "listing_id") if candidates is None else candidates
    priority = pl.DataFrame({"party_id": ["P-1", "P-2"], "priority": [10.0, 90.0]})
    asked = {"organisations": {}, "priority": priority, **more}
    return worklist.build(found, stands, NONE_OPENED, party=party, listing=listing, **asked)


def test_the_work_list_has_those_in_force_first_and_says_where_each_stands(folder, say, matches, party, listing):
    rows = work(reviews.standing(folder), matches, party, listing).to_dicts()
    assert [(row["left_key"], row["state"], row["status"]) for row in rows] == [("P-1", "open", "active"), ("P-2", "confirmed", "removed")]
    assert rows[0]["pair_id"] == judgements.pair_id("listing", "P-1", "L-1")
    assert (rows[0]["left_name"], rows[0]["right_name"], rows[0]["confidence"]) == ("Kelana Textiles", "KELANA TEXTILES", 0.7)
    for verdict, state in (("same", "judged"), ("unsure", "judged"), ("different", "dismissed"), ("withdrawn", "judged")):
        say(rows[0], verdict)
        assert work(reviews.standing(folder), matches, party, listing)["state"][0] == state
    moved = party.with_columns(place=pl.lit("Ipoh"))
    again = work(reviews.standing(folder), matches, moved, listing).to_dicts()[0]
    assert (again["state"], again["verdict"], again["earlier_verdict"], again["why"]) == ("open_again", None, "unsure", "other place")


def test_a_judged_pair_stays_in_the_list_when_it_is_no_match_any_more(folder, say, matches, party, listing):
    say(pairs.listing_pairs(matches, party, listing).to_dicts()[0], "different")
    rows = work(reviews.standing(folder), matches.clear(), party, listing)
    assert rows.select("left_key", "state", "confidence").rows() == [("P-1", "dismissed", None)]
    assert work(reviews.standing(folder), matches.clear(), party.tail(1), listing).is_empty()


def test_bidders_and_parties_are_in_the_list_too(folder, matches, party, listing):
    match = {"probability": 0.8, "basis": "name_country", "is_confirmed": False}
    screened = [{"left_key": "bidder:kelana@mys", "left_facts": "as read", "listing_id": "L-1", "match": match,
                 "organisation": {"name": "Kelana", "country": "MYS"}, "screening_id": "S"}]
    bidders, organisations = worklist.from_screenings(screened)
    merged = worklist.found("party", pl.DataFrame({"a": ["P-2"], "b": ["P-1"]}), "a", "b")
    rows = work(reviews.standing(folder), matches, party, listing, pl.concat([bidders, merged]), organisations=organisations).to_dicts()
    assert {(row["kind"], row["left_name"], row["right_name"], row["screening_id"]) for row in rows} == {
        ("bidder", "Kelana", "KELANA TEXTILES", "S"), ("party", "Kelana Textiles", "Zhong Mill", None)
    }


def test_what_a_run_needs_before_it_matches(folder, say, matches, party, listing):
    say(pairs.listing_pairs(matches, party, listing).to_dicts()[0], "different")
    stands = reviews.standing(folder)
    found = pairs.judged_listings(stands, party.lazy(), listing.lazy())
    assert found.select("party_id", "listing_id", "verdict", "is_open_again").rows() == [("P-1", "L-1", "different", False)]
    changed = pairs.judged_listings(stands, party, listing.with_columns(name=pl.lit("Kelana Trading")))
    assert changed.select("verdict", "is_open_again", "earlier_verdict").rows() == [(None, True, "different")]
    assert pairs.judged_parties(stands, party).is_empty()


KELANA = {"name": "Kelana Textiles", "country": "MYS"}
NUMBERED = {**KELANA, "identifiers": [{"scheme": "MY-SSM", "id": "77"}]}


def asked_of(organisation, listing):
    """The pair of an organisation of a tender and the first entry."""
    key = pairs.bidder_key(organisation)
    return pairs.bidder_pairs(pl.DataFrame({"left_key": [key], "listing_id": ["L-1"]}), {key: organisation}, listing)


def test_a_dismissal_in_one_tender_survives_that_in_another(folder, say, listing):
    first, third = ({**KELANA, "address": address} for address in ("1 Jalan Lama", "9 Jalan Baru"))
    for tender in (first, third):
        say(asked_of(tender, listing).to_dicts()[0], "different")
    for tender in (first, third, first):
        assert reviews.judged(folder, asked_of(tender, listing)).select("verdict", "is_open_again").rows() == [("different", False)]


def test_a_bidder_that_gives_its_number_keeps_what_was_judged_of_its_name_as_an_earlier_verdict(folder, say, listing):
    say(asked_of(KELANA, listing).to_dicts()[0], "different", why="other firm")
    numbered = asked_of(NUMBERED, listing)
    answer = reviews.judged(folder, numbered).to_dicts()[0]
    assert (answer["left_key"], answer["verdict"], answer["is_open_again"]) == ("bidder:MY-SSM:77", None, True)
    assert (answer["earlier_verdict"], answer["by"], answer["why"]) == ("different", "ana", "other firm")
    assert answer["at"] is not None
    both = reviews.judged(folder, pl.concat([numbered, asked_of(KELANA, listing)]))
    assert both["verdict"].to_list() == [None, "different"]
    elsewhere = asked_of({**NUMBERED, "country": "IDN"}, listing)
    assert reviews.judged(folder, elsewhere)["judgement_id"].to_list() == [None]
    say(numbered.to_dicts()[0], "same")
    assert reviews.judged(folder, numbered)["verdict"].to_list() == ["same"]
    say(numbered.to_dicts()[0], "withdrawn")
    assert reviews.judged(folder, numbered)["earlier_verdict"].to_list() == ["different"]
