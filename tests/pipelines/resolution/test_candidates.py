"""Names that share rare runs of letters are found, in any order of words and rows; the runs are exact."""

from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.resolution import candidates

KNOWN = pl.Series(["acme trading", "anugrah fajar rezeki", "bangun sempurna lestari", "fajar textile", "zhong hua garment"])
words = st.lists(st.text("abcdez ", min_size=1, max_size=12), min_size=1, max_size=12)


def found(names, known=KNOWN):
    grams = candidates.build(known)
    near = candidates.nearest(grams, pl.Series(names, dtype=pl.String))
    return {(names[query], known[place]) for query, place in near.select("query", "found").iter_rows()}


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("anugerah fajar rezeki", "anugrah fajar rezeki"),
        ("rezeki fajar anugrah", "anugrah fajar rezeki"),
        ("acme", "acme trading"),
        ("zhonghua garment", "zhong hua garment"),
    ],
)
def test_a_name_written_otherwise_is_found(name, meant):
    assert (name, meant) in found([name])


def test_names_with_nothing_in_common_are_not_pairs():
    assert found(["quux"]) == set()
    assert found([None, ""]) == set()


def test_runs_are_three_letters_with_the_edges_of_words():
    rows = candidates.runs(pl.Series(["ab c", None, "ab ab"]))
    assert rows.sum(axis=1).ravel().tolist() == [[3.0, 0.0, 2.0]]  # " ab", "ab ", " c "; nothing; the same two once


def test_letters_beyond_ascii_are_letters_too():
    assert ("žula", "žula") in found(["žula"], pl.Series(["mula", "žula"]))


@settings(max_examples=60, deadline=None)
@given(names=words)
def test_a_name_always_finds_itself(names):
    known = pl.Series(names).unique().sort()
    near = found(names, known)
    assert all((name, name) in near for name in names if name.strip())


@settings(max_examples=40, deadline=None)
@given(names=words, order=st.randoms(use_true_random=False))
def test_the_order_of_queries_changes_nothing(names, order):
    turned = list(names)
    order.shuffle(turned)
    assert found(names) == found(turned)


def test_what_was_saved_is_what_is_loaded(tmp_path):
    grams = candidates.build(KNOWN)
    candidates.save(grams, tmp_path / "grams")
    again = candidates.load(tmp_path / "grams")
    names = pl.Series(["acme trade", "fajar"])
    assert candidates.nearest(again, names).equals(candidates.nearest(grams, names))


def test_a_query_walks_its_rarest_runs_and_at_least_three(monkeypatch):
    monkeypatch.setattr(candidates, "BUDGET", 0)
    common = pl.Series(sorted(f"common {word}" for word in ("zyx", "wvu", "tsr", "qpo")))
    assert ("common zyx", "common zyx") in found(["common zyx"], common)
    assert len(found(["common zyx"], common)) < len(common)
