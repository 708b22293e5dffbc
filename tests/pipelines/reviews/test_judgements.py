"""Which facts count, and which judgement stands."""

import datetime as dt
import unicodedata

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.reviews import judgements
from pipelines.reviews.judgements import compare, facts, facts_hash, judged, pair_id, side, standing, state

ROW = {
    "name": "Société Générale Textile", "aliases": ["SGT", "Soc. Gen. Textile"], "country": "FRA", "subdivision": "FR-69", "place": "Lyon",
    "address": "1 rue de la Soie", "identifiers": ["FR-SIREN:732 829 320", "LEI:5493001KJTIIGC8Y1R12"], "entity_type": "organisation",
}
OTHER = {"name": "SGT", "country": "FRA"}
words = st.text(st.characters(codec="utf-8", exclude_categories=("Cs",)), max_size=12)
rows = st.fixed_dictionaries({
    **{name: st.none() | words for name in ("name", "country", "subdivision", "place", "address")},
    "aliases": st.none() | st.lists(words, max_size=4), "identifiers": st.none() | st.lists(words, max_size=4),
})


def of(row):
    return facts_hash(facts(row, OTHER))


@pytest.mark.parametrize("change", [
    {"name": "  société   GÉNÉRALE textile\n"},
    {"name": unicodedata.normalize("NFD", ROW["name"])},
    {"aliases": ["Soc. Gen. Textile", "SGT", "sgt", "", "Société Générale Textile"]},
    {"identifiers": ["lei:5493001kjtiigc8y1r12", "FR-SIREN:732.829.320"]},
    {"row_id": 7, "listed_on": dt.date(2020, 1, 1), "status": "removed", "programme": "x", "list_id": "y", "retrieved_on": "z"},
    {"match_confidence": 0.3, "severity": 4, "reason": "new words", "url": "http://example.org"},
    {"identifiers": ["FR-SIREN:732829320"], "lei": "5493001KJTIIGC8Y1R12"},
    {"place": None, "locality": "Lyon"},
    {"aliases": None, "other_names": ["SGT", "Soc. Gen. Textile"]},
])
def test_what_is_no_fact_of_identity_changes_nothing(change):
    assert of(ROW | change) == of(ROW)


@pytest.mark.parametrize("change", [
    {"name": "Société Générale Textiles"}, {"aliases": ["SGT"]}, {"aliases": [*ROW["aliases"], "New name"]}, {"country": "BEL"},
    {"country": None}, {"subdivision": None}, {"place": "Paris"}, {"address": "2 rue de la Soie"}, {"identifiers": None},
    {"identifiers": ["FR-SIREN:732829321", "LEI:5493001KJTIIGC8Y1R12"]}, {"entity_type": "vessel"},
])
def test_every_fact_of_identity_counts(change):
    assert of(ROW | change) != of(ROW)


def test_the_sides_are_not_exchangeable_but_two_parties_are_one_pair():
    assert facts_hash(facts(ROW, OTHER)) != facts_hash(facts(OTHER, ROW))
    assert pair_id("party", "b", "a") == pair_id("party", "a", "b")
    assert pair_id("listing", "b", "a") != pair_id("listing", "a", "b")


def test_a_pair_is_named_the_same_for_ever():
    assert pair_id("listing", "P-1", "us_uflpa:x") == "p5f92f77a1e6cbe"


@given(st.tuples(words, words, words), st.tuples(words, words, words))
def test_two_pairs_have_two_names_and_none_is_a_number(first, second):
    one, other = pair_id(*first), pair_id(*second)
    assert (one == other) == (judgements.pair_key(*first) == judgements.pair_key(*second))
    assert one.isalnum()
    assert one[0] == "p"
    assert len(one) == 15


@given(rows, st.randoms())
def test_order_blanks_and_unicode_form_never_change_the_hash(row, shuffled):
    def disturbed(value):
        if isinstance(value, list):
            other = [disturbed(item) for item in value]
            shuffled.shuffle(other)
            return other
        return f"\t{unicodedata.normalize('NFD', value)} " if value is not None else None

    assert of({name: disturbed(value) for name, value in row.items()}) == of(row)


@given(rows, rows)
def test_two_hashes_are_equal_only_for_equal_facts(one, other):
    same = judgements.canonical(side(one)) == judgements.canonical(side(other))
    assert (of(one) == of(other)) == same


def test_the_facts_as_judged_can_be_read():
    found = side(ROW)
    assert found["name"] == "Société Générale Textile"
    assert found["identifiers"] == ["FR-SIREN:732829320", "LEI:5493001KJTIIGC8Y1R12"]
    assert found["aliases"] == ["SGT", "Soc. Gen. Textile"]
    assert side({"name": "MV Sea", "party_kind": "vessel"})["schema"] == "vessel"


@pytest.mark.parametrize(("left", "right", "name", "answer"), [
    ({"name": "A"}, {"name": "B", "aliases": ["a"]}, "name", "agrees"),
    ({"name": "A"}, {"name": "B"}, "name", "differs"),
    ({"name": "A", "country": "FRA"}, {"name": "B"}, "country", "unknown"),
    ({"address": "1 High Street, Leeds"}, {"address": "high street"}, "address", "agrees"),
    ({"identifiers": ["X:1"], "tax_id": "77"}, {"identifiers": ["GB-COH:77"]}, "identifiers", "agrees"),
    ({"identifiers": ["LEI:1"]}, {"identifiers": ["LEI:2"]}, "identifiers", "differs"),
    ({"identifiers": ["LEI:1"]}, {"identifiers": ["DUNS:2"]}, "identifiers", "unknown"),
])
def test_what_agrees_and_what_differs(left, right, name, answer):
    assert name in getattr(compare(facts(left, right)), answer)


VERDICTS = ["same", "different", "unsure", "withdrawn"]
said = st.lists(st.tuples(st.sampled_from("ab"), st.sampled_from(VERDICTS), st.sampled_from("xyz")), max_size=12)


def frame(entries):
    return pl.DataFrame([
        {"judgement_id": place, "kind": "listing", "left_key": pair, "right_key": "r", "facts_hash": digest, "verdict": verdict,
         "by": "ana", "at": dt.datetime(2026, 1, 1, tzinfo=dt.UTC), "why": "w"}
        for place, (pair, verdict, digest) in enumerate(entries, 1)
    ], schema=judgements.JUDGEMENT)


@settings(deadline=None)
@given(said, st.sampled_from("xyz"), st.randoms())
def test_a_whole_table_is_judged_as_each_pair_alone(entries, current, shuffled):
    every = frame(entries)
    pairs = pl.DataFrame({"kind": "listing", "left_key": ["b", "c", "a"], "right_key": "r", "facts_hash": current})
    order = list(range(every.height))
    shuffled.shuffle(order)
    answers = judged(pairs, standing(every[order]))
    assert answers["left_key"].to_list() == ["b", "c", "a"]
    for answer in answers.to_dicts():
        alone = state(every.filter(pl.col("left_key") == answer["left_key"]).to_dicts(), current)
        assert (answer["verdict"], answer["is_open_again"]) == (alone.verdict, alone.is_open_again)
        assert answer["judgement_id"] == (alone.judgement or {}).get("judgement_id")
        assert answer["earlier_verdict"] == (alone.judgement or {}).get("verdict")


@given(said, st.sampled_from(["same", "different", "unsure"]), st.sampled_from("xyz"), st.sampled_from("xyz"))
def test_withdrawing_restores_the_earlier_state(entries, verdict, digest, current):
    before = [{"verdict": word, "facts_hash": facts, "n": n} for n, (_, word, facts) in enumerate(entries)]
    after = [*before, {"verdict": verdict, "facts_hash": digest}, {"verdict": "withdrawn", "facts_hash": digest}]
    assert state(after, current) == state(before, current)


@given(said, st.sampled_from("xyz"))
def test_the_newest_that_was_said_of_these_facts_applies_whatever_was_said_of_others(entries, current):
    left = []
    for entry in entries:
        if entry[1] == "withdrawn":
            left[-1:] = []
        else:
            left.append(entry)
    verdicts = [verdict for _, verdict, digest in left if digest == current]
    found = state([{"verdict": verdict, "facts_hash": digest} for _, verdict, digest in entries], current)
    if verdicts:
        assert (found.verdict, found.is_open_again) == (verdicts[-1], False)
    elif left:
        assert (found.verdict, found.is_open_again, found.judgement["verdict"]) == (None, True, left[-1][1])
    else:
        assert found == judgements.State()


@given(st.permutations("xyz"), st.lists(st.sampled_from("xyz"), max_size=6))
def test_a_pair_judged_on_each_of_its_facts_never_opens_again(order, tenders):
    log = [{"verdict": "different", "facts_hash": digest} for digest in order]
    assert all(state(log, digest).verdict == "different" for digest in tenders)


def test_a_changed_fact_opens_again_and_changing_back_applies_again():
    log = [{"verdict": "different", "facts_hash": "x"}]
    assert state(log, "x").verdict == "different"
    assert state(log, "y") == judgements.State(None, True, log[0])
    assert state(log, "x").verdict == "different"
    assert state([*log, {"verdict": "same", "facts_hash": "y"}], "y").verdict == "same"
    moved = [*log, {"verdict": "same", "facts_hash": "y"}]
    assert state(moved, "x") == judgements.State("different", False, log[0])
    assert state(moved, "z") == judgements.State(None, True, moved[-1])
    assert state([*moved, {"verdict": "withdrawn", "facts_hash": "x"}], "y") == judgements.State(None, True, log[0])
    assert state([], "x") == judgements.State()
