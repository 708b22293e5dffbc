"""The log of judgements over many runs: what was dismissed stays so, and comes back once when a fact changes."""

import datetime as dt
import json
import tempfile
from pathlib import Path

import polars as pl
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from pipelines import reviews
from pipelines.reviews import judgements, log, pairs, store
from pipelines.workspace import Workspace

NOW = dt.datetime(2026, 7, 1, tzinfo=dt.UTC)
NAMES = ("Kelana Textiles", "Kelana Trading", "Kelana Holding")
SPELLINGS = ("{}", "  {} ", "{}\n")


class Nights(RuleBasedStateMachine):
    """A party and an entry, night after night. The model remembers what was said and which facts were seen; the store must agree."""

    @initialize()
    def begin(self):
        self.place = tempfile.TemporaryDirectory()
        self.folder = Workspace.create(Path(self.place.name) / "w").path
        self.name = self.aliases = self.spelling = self.row_id = self.runs = 0
        self.said = []  # what a person would say stands, the last on top
        self.opened = set()  # (number of the judgement, name seen) that a run found open again

    def teardown(self):
        if hasattr(self, "place"):
            self.place.cleanup()

    def tables(self):
        aliases = ["Kel", "KT"][:: -1 if self.aliases else 1]
        name = SPELLINGS[self.spelling].format(NAMES[self.name])
        party = pl.DataFrame({"party_id": ["P"], "name": [name], "row_id": [self.row_id]})
        listing = {"listing_id": ["L"], "name": ["KELANA"], "aliases": [aliases], "status": ["active"], "row_id": [self.row_id]}
        return party, pl.DataFrame(listing)

    def pair(self):
        return pairs.listing_pairs(pl.DataFrame({"party_id": ["P"], "listing_id": ["L"]}), *self.tables()).to_dicts()[0]

    def tell(self, verdict):
        row = {**self.pair(), "verdict": verdict, "why": "w", "by": "ana"}
        row["facts"] = json.loads(row["facts"])
        with store.writing(self.folder) as connection:
            new, _, empty = log.settle(log.known_of(connection, [row]), [row])
            log.add(connection, new, NOW)
        return bool(new), bool(empty)

    @rule(verdict=st.sampled_from(["same", "different", "unsure"]))
    def judge(self, verdict):
        holds, is_open, _ = self.stands()
        assert self.tell(verdict) == (is_open or holds != verdict, False)
        if is_open or holds != verdict:
            self.told = getattr(self, "told", 0) + 1
            self.said.append((verdict, self.name, self.told))

    def stands(self):
        """verdict, whether open again, number of the judgement: the newest on this name, else the newest of all."""
        of_name = [one for one in self.said if one[1] == self.name]
        verdict, _, number = (of_name or self.said or [(None, 0, 0)])[-1]
        return (verdict, False, number) if of_name else (verdict, bool(self.said), number)

    @rule()
    def withdraw(self):
        assert self.tell("withdrawn") == (bool(self.said), not self.said)
        self.said[-1:] = []

    @rule(name=st.integers(0, len(NAMES) - 1))
    def a_fact_changes(self, name):
        self.name = name

    @rule(aliases=st.integers(0, 1), spelling=st.integers(0, len(SPELLINGS) - 1), row_id=st.integers(0, 9))
    def what_is_no_fact_changes(self, aliases, spelling, row_id):
        self.aliases, self.spelling, self.row_id = aliases, spelling, row_id

    @rule()
    def a_run(self):
        self.runs += 1
        answers = pairs.judged_listings(reviews.standing(self.folder), *self.tables())
        _, is_open, number = self.stands()
        mark = (number, self.name)
        assert reviews.note(self.folder, f"run-{self.runs}", answers) == (1 if is_open and mark not in self.opened else 0)
        if is_open:
            self.opened.add(mark)

    @precondition(lambda self: hasattr(self, "folder"))
    @invariant()
    def the_store_says_what_was_said(self):
        answer = reviews.judged(self.folder, pl.DataFrame([self.pair()])).to_dicts()[0]
        verdict, is_open, _ = self.stands()
        assert (answer["verdict"], answer["is_open_again"]) == (None if is_open else verdict, is_open)
        assert answer["earlier_verdict"] == verdict

    @precondition(lambda self: hasattr(self, "folder"))
    @invariant()
    def each_change_of_facts_was_noted_once(self):
        with store.reading(self.folder) as connection:
            noted = log.reopened(connection)
        assert noted.height == len(self.opened) == noted.select("judgement_id", "facts_hash").unique().height


Nights.TestCase.settings = settings(deadline=None, max_examples=8, stateful_step_count=12)
TestNights = Nights.TestCase


def test_a_dismissed_pair_stays_dismissed_and_is_noted_once_when_it_comes_back(folder, say, matches, party, listing):
    say(pairs.listing_pairs(matches, party, listing).to_dicts()[0], "different")
    changed = listing.with_columns(address=pl.lit("9 Jalan Baru"))
    for run, entries, new in (("r1", listing, 0), ("r2", changed, 1), ("r3", changed, 0), ("r4", listing, 0), ("r5", changed, 0)):
        answers = pairs.judged_listings(reviews.standing(folder), party, entries)
        assert answers["is_open_again"].to_list() == [entries is changed]
        assert reviews.note(folder, run, answers) == new
    with store.reading(folder) as connection:
        assert log.reopened(connection)["opened_by_run"].to_list() == ["r2"]


def test_a_run_without_judgements_writes_nothing(folder, party, listing):
    assert reviews.note(folder, "r1", pairs.judged_listings(reviews.standing(folder), party, listing)) == 0
    assert not (folder / store.FILE).exists()


def test_a_replay_knows_what_was_known_by_then(folder, say, matches, party, listing):
    pair = pairs.listing_pairs(matches, party, listing).to_dicts()[0]
    say(pair, "different", now=dt.datetime(2026, 3, 31, 23, 59, tzinfo=dt.UTC))
    say(pair, "same", now=dt.datetime(2026, 4, 1, 0, 0, tzinfo=dt.UTC))
    known = {dt.date(2026, 3, 30): [], dt.date(2026, 3, 31): ["different"], dt.date(2026, 4, 1): ["same"], None: ["same"]}
    for until, verdict in known.items():
        assert reviews.standing(folder, until)["verdict"].to_list() == verdict
    assert reviews.mark(folder, dt.date(2026, 3, 31)) == {"judgements": 1, "last": 1, "until": "2026-03-31"}


def test_the_same_said_again_is_not_added_and_a_withdrawal_of_nothing_is_told():
    row = {"kind": "listing", "left_key": "a", "right_key": "b", "facts_hash": "x", "verdict": "same", "by": "ana", "why": "w"}
    back = {**row, "verdict": judgements.WITHDRAWN}
    assert log.settle([], [row, row, {**row, "by": "bo"}, back, back, back]) == ([row, {**row, "by": "bo"}, back, back], [row], [back])
    other = {**row, "facts_hash": "y"}
    assert log.settle([row], [row, other, row]) == ([other], [row, row], [])


@pytest.mark.parametrize(("limit", "count"), [(None, 3), (2, 2), (9, 3)])
def test_the_history_is_told_from_the_oldest_on(folder, say, matches, party, listing, limit, count):
    first, second = pairs.listing_pairs(matches, party, listing).to_dicts()
    for pair, verdict in ((first, "different"), (second, "same"), (first, "withdrawn")):
        say(pair, verdict, by="Ana Lee")
    with store.reading(folder) as connection:
        rows = list(log.history(connection, limit=limit))
        of_one = list(log.history(connection, ("listing", "P-1", "L-1")))
    assert [row["verdict"] for row in rows] == ["different", "same", "withdrawn"][-count:]
    assert [row["judgement_id"] for row in of_one] == [1, 3]
    assert {(row["by"], row["why"]) for row in of_one} == {("Ana Lee", "other place")}
    assert of_one[0]["facts"] == json.loads(first["facts"])
    assert of_one[0]["at"].tzinfo is not None
