"""What was screened is kept as it was said, and its pairs can be judged."""

import datetime as dt

import polars as pl
import pytest

from data.procurement import Identifier
from pipelines import reviews
from pipelines.reviews import judgements, log, pairs, screenings, store, worklist
from pipelines.workspace import WorkspaceError

ALWAYS = (dt.datetime(2000, 1, 1, tzinfo=dt.UTC), dt.datetime(2100, 1, 1, tzinfo=dt.UTC))


def kept(folder):
    with store.reading(folder) as connection:
        return list(screenings.between(connection, *ALWAYS))


def test_a_screening_is_kept_whole(folder, screened):
    made = screened()
    reviews.record(folder, made)
    head, *results = kept(folder)
    assert (head["type"], head["screening_id"], head["made_at"], head["file_sha256"]) == ("screening", "S-1", made.made_at, "a" * 64)
    versions = {"profile_version": "1", "matcher_version": "m1", "software_version": "0.1.0", "mode": "strict"}
    assert head["versions"] == {"schema_version": made.schema_version, **versions}
    assert head["lists"] == [one.model_dump(mode="json") for one in made.lists]
    assert head["reading"]["refusals"][0]["reason"] == "no name"
    assert [(row["tenderer_name"], row["standing"], row["match_count"]) for row in results] == [
        ("Kelana Textiles", "matches_to_confirm", 1), ("=JV Kelana & Zhong", "matches_to_confirm", 2), ("Nobody Ltd", "nothing_found", 0)
    ]
    written = made.results[0].tenderers[0].model_dump(mode="json")
    assert (results[0]["tenderer"], results[0]["facts"]) == (written["tenderer"], written["facts"])


def test_the_same_screening_again_changes_nothing_and_another_under_its_id_is_refused(folder, screened):
    reviews.record(folder, screened())
    before = kept(folder)
    reviews.record(folder, screened())
    with pytest.raises(WorkspaceError, match="S-1 was recorded before, and differs"):
        reviews.record(folder, screened(profile="un"))
    assert kept(folder) == before


def test_each_pair_is_the_one_screened_last(folder, screened):
    reviews.record(folder, screened())
    reviews.record(folder, screened("S-2", dt.datetime(2026, 7, 2, tzinfo=dt.UTC)))
    with store.reading(folder) as connection:
        rows = list(screenings.pairs(connection))
    assert [(row["left_key"], row["listing_id"], row["screening_id"]) for row in rows] == [
        ("bidder:MY-SSM:7712", "L-1", "S-2"), ("bidder:zhong-mill@chn", "L-2", "S-2"), ("bidder:zhong-holding@", "L-2", "S-2")
    ]


def test_a_judged_bidder_is_recognised_in_the_next_tender(folder, say, listing, screened):
    reviews.record(folder, screened())
    with store.reading(folder) as connection:
        bidders, organisations = worklist.from_screenings(screenings.pairs(connection))
    known = {key: organisations[facts] for key, facts in bidders.select("left_key", "left_facts").rows()}
    first = pairs.bidder_pairs(bidders.select("left_key", listing_id="right_key"), known, listing).to_dicts()[0]
    say(first, "different")
    again = {"organisation_id": "x9", "name": " KELANA textiles", "country": "MYS", "identifiers": [{"scheme": "my-ssm", "id": "7712"}]}
    key = pairs.bidder_key(again)
    assert key == first["left_key"]
    found = pairs.bidder_pairs(pl.DataFrame({"left_key": [key], "listing_id": ["L-1"]}), {key: again}, listing)
    assert reviews.judged(folder, found)["verdict"].to_list() == ["different"]
    moved = pairs.bidder_pairs(pl.DataFrame({"left_key": [key], "listing_id": ["L-1"]}), {key: {**again, "locality": "Ipoh"}}, listing)
    assert reviews.judged(folder, moved).select("verdict", "is_open_again").rows() == [(None, True)]
    assert judgements.pair_id("bidder", key, "L-1") == judgements.pair_id(first["kind"], first["left_key"], first["right_key"])


def tender(screened, number, **more):
    """A screening of one bidder, a day after the one before."""
    made = screened(f"S-{number}", dt.datetime(2026, 7, number, tzinfo=dt.UTC))
    result = made.results[0].tenderers[0]
    organisation = result.tenderer.organisation.model_copy(update={"identifiers": [], **more})
    result = result.model_copy(update={"tenderer": result.tenderer.model_copy(update={"organisation": organisation})})
    return made.model_copy(update={"results": [made.results[0].model_copy(update={"tenderers": [result]})]})


def work(folder, listing):
    with store.reading(folder) as connection:
        candidates, organisations = worklist.from_screenings(screenings.pairs(connection))
        reopened = log.reopened(connection)
    none = pl.DataFrame(schema={"party_id": pl.String, "priority": pl.Float64})
    return worklist.build(
        candidates, reviews.standing(folder), reopened, party=none, listing=listing, organisations=organisations, priority=none
    )


def test_a_question_of_one_tender_stays_when_another_is_screened(folder, say, listing, screened):
    for number, address in ((1, "1 Jalan Lama"), (2, "9 Jalan Baru"), (3, "1 jalan LAMA")):
        reviews.record(folder, tender(screened, number, address=address))
    rows = work(folder, listing).to_dicts()
    assert [(row["state"], row["screening_id"], row["fact_sets"]) for row in rows] == [("open", "S-3", 2), ("open", "S-2", 2)]
    assert len({row["pair_id"] for row in rows}) == 1
    assert worklist.meant(rows) is None
    say(rows[0], "different")
    rows = work(folder, listing).to_dicts()
    assert [(row["state"], row["screening_id"]) for row in rows] == [("dismissed", "S-3"), ("open_again", "S-2")]
    assert worklist.meant(rows) == rows[1]
    say(rows[1], "different")
    assert work(folder, listing)["state"].to_list() == ["dismissed", "dismissed"]
    say(rows[0], "withdrawn")
    assert work(folder, listing)["state"].to_list() == ["dismissed", "open_again"]


def test_the_number_that_a_bidder_gives_later_opens_its_pair_again_in_the_list(folder, say, listing, screened):
    reviews.record(folder, tender(screened, 1))
    say(work(folder, listing).to_dicts()[0], "different")
    reviews.record(folder, tender(screened, 2, identifiers=[Identifier(scheme="MY-SSM", id="7712")]))
    found = sorted(work(folder, listing).select("left_key", "state", "earlier_verdict", "fact_sets").rows())
    assert found == [("bidder:MY-SSM:7712", "open_again", "different", 1), ("bidder:kelana-textiles@mys", "dismissed", "different", 1)]


def test_a_judged_bidder_that_is_no_candidate_is_listed_in_each_of_its_readings(folder, listing, screened):
    for number, address in ((1, "1 Jalan Lama"), (2, "9 Jalan Baru")):
        reviews.record(folder, tender(screened, number, address=address))
    with store.reading(folder) as connection:
        candidates, organisations = worklist.from_screenings(screenings.pairs(connection))
    named = pl.DataFrame([("bidder", candidates["left_key"][0], "L-2")], schema=judgements.PAIR, orient="row")
    none = pl.DataFrame(schema={"party_id": pl.String, "priority": pl.Float64})
    rows = worklist.build(
        pl.concat([candidates, named], how="diagonal"), reviews.standing(folder), log.reopened(None), party=none, listing=listing,
        organisations=organisations, priority=none,
    )
    assert sorted(rows["right_key"]) == ["L-1", "L-1", "L-2", "L-2"]
    assert rows["facts_hash"].n_unique() == 4
