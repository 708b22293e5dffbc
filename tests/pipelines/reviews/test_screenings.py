"""What was screened is kept as it was said, and its pairs can be judged."""

import datetime as dt

import polars as pl
import pytest

from pipelines import reviews
from pipelines.reviews import judgements, pairs, screenings, store, worklist
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
    asked = bidders.select("left_key", listing_id="right_key")
    first = pairs.bidder_pairs(asked, organisations, listing).to_dicts()[0]
    say(first, "different")
    again = {"organisation_id": "x9", "name": " KELANA textiles", "country": "MYS", "identifiers": [{"scheme": "my-ssm", "id": "7712"}]}
    key = pairs.bidder_key(again)
    assert key == first["left_key"]
    found = pairs.bidder_pairs(pl.DataFrame({"left_key": [key], "listing_id": ["L-1"]}), {key: again}, listing)
    assert reviews.judged(folder, found)["verdict"].to_list() == ["different"]
    moved = pairs.bidder_pairs(pl.DataFrame({"left_key": [key], "listing_id": ["L-1"]}), {key: {**again, "locality": "Ipoh"}}, listing)
    assert reviews.judged(folder, moved).select("verdict", "is_open_again").rows() == [(None, True)]
    assert judgements.pair_id("bidder", key, "L-1") == judgements.pair_id(first["kind"], first["left_key"], first["right_key"])
