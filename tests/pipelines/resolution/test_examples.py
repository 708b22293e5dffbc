"""Pairs made from lists: what is said to be the same, and what is said to be another party."""

from __future__ import annotations

import polars as pl

from pipelines.resolution import examples, names

LISTED = pl.DataFrame(
    {
        "name": ["Manaure S.A.", "Manara S.A.S.", "Fastlink Trading SARL", "Jetlinka Textiles", "Karakum Mill", "Karakum Mills"],
        "list": "ofac",
        "schema": "organisation",
        "entity": [f"ofac:{number}" for number in range(6)],
        "is_primary": True,
    }
)


def test_neighbours_by_sound_are_other_entities_whose_letters_differ_in_more_than_a_slip() -> None:
    pairs = examples._sounding(LISTED)
    assert {frozenset(pair) for pair in pairs} >= {frozenset(("Manaure S.A.", "Manara S.A.S."))}
    assert not any("Karakum" in one and "Karakum" in other for one, other in pairs)


def test_a_like_word_that_is_exchanged_is_another_word_and_no_form_of_it() -> None:
    table = examples.examples(LISTED).filter(pl.col("kind") == "like word exchanged")
    assert table.height
    assert not table["is_match"].any()
    sides = [names.prepared(table.select(name=f"name_{side}", schema="schema"))["core"] for side in (1, 2)]
    assert (sides[0] != sides[1]).all()


def test_the_same_lists_give_the_same_pairs() -> None:
    assert examples.examples(LISTED).equals(examples.examples(LISTED))
