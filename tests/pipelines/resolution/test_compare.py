"""Which word stands for which, and what is left over."""

from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.resolution import addresses, compare, names
from pipelines.resolution.training import paired

WORDS = st.lists(
    st.sampled_from(("acme", "global", "trading", "vietnam", "ltd", "ag", "müller", "44", "ii", "абв", "x")), min_size=1, max_size=6
)
# names, schema, feature, what it must be
CASES = [
    ("Vanderbilt Corp", "Van der Bilt Corp", "organisation", "rest_more", 0),
    ("Acme Vietnam", "Acme", "organisation", "place_rest", 1),
    ("Deutsche Bank AG", "Deutsche Bank GmbH", "organisation", "legal_conflict", 1),
    ("Deutsche Bank AG", "Deutsche Bank S.A.", "organisation", "legal_conflict", 0),
    ("Management Company 23", "Management Company", "organisation", "number_rest", 1),
    ("Siemens", "Simens", "organisation", "edits_first", 1),
    ("Acme Holdings", "Acme Foundry", "organisation", "rest_both", 1),
    ("IBM", "International Business Machines", "organisation", "acronym_stands", 1),
    ("Mohammed bin Salman", "bin Salman Mohammed", "person", "order_turned", 1),
    ("J. Smith", "John Smith", "person", "initial_stands", 1),
    ("A. Smith", "John Smith", "person", "initial_against", 1),
    ("Ali A. Velayati", "Ali Velayati", "person", "initial_extra", 1),
    ("Mao Tse-tung", "Mao Zedong", "person", "rest_both", 0),
    ("Mao Tse-tung", "Mao Zedong", "person", "sound_same", 1),
    ("Jiangxi JHT Apparel", "Zhaoyuan Castte Garment", "organisation", "sound_same", 0),
    ("Jiangxi JHT Apparel", "Zhaoyuan Castte Garment", "organisation", "rest_both", 1),
    ("S.M. International", "K.I. International", "organisation", "rest_both", 1),
    ("Al Hanan General Trading", "Al Hayat General Trading", "organisation", "edits_share", 0.4),
]


@pytest.mark.parametrize(("one", "other", "schema", "feature", "expected"), CASES)
def test_a_feature_says_what_it_is_for(one: str, other: str, schema: str, feature: str, expected: float) -> None:
    pairs = paired(pl.Series([one, other]), pl.Series([other, one]), pl.Series([schema] * 2))
    assert compare.features(pairs)[feature].to_list() == pytest.approx([expected] * 2, abs=1e-6)


def test_what_a_firm_does_makes_no_slip_smaller() -> None:
    shares = [
        compare.features(paired(pl.Series([f"Hanan{more}"]), pl.Series([f"Hayat{more}"]), pl.Series(["organisation"])))["edits_beyond"][0]
        for more in ("", " Garments", " International General Trading")
    ]
    assert shares == pytest.approx([0.6] * 3)


@settings(deadline=None, max_examples=25)
@given(WORDS, WORDS, st.sampled_from(("organisation", "person", "vessel")))
def test_the_sides_do_not_matter(one: list[str], other: list[str], schema: str) -> None:
    names_1, names_2 = pl.Series([" ".join(one), " ".join(other)]), pl.Series([" ".join(other), " ".join(one)])
    rows = compare.features(paired(names_1, names_2, pl.Series([schema] * 2))).rows()
    assert rows[0] == rows[1]


def test_features_of_a_pair_do_not_depend_on_the_pairs_around_it() -> None:
    left, right = pl.Series(["Acme", "Zeta Works", "Nordbau GmbH"]), pl.Series(["Acme Ltd", "Zeta", "Südbau AG"])
    pairs = paired(left, right, pl.Series(["organisation"] * 3))
    whole = compare.features(pairs)
    assert [compare.features(pairs[row : row + 1]).row(0) for row in range(3)] == whole.rows()
    assert compare.features(pairs.reverse()).reverse().rows() == whole.rows()


def test_no_pairs_have_no_features() -> None:
    empty = paired(*(pl.Series([], dtype=pl.String) for _ in range(3)))
    assert compare.features(empty).height == 0


def test_context_that_is_missing_says_nothing() -> None:
    pairs = pl.DataFrame(
        {"country_1": ["FRA", None], "country_2": [None, "DEU"], "address_1": ["1 rue de la Paix", None], "address_2": [None, "x"]}
    )
    assert addresses.features(pairs, pl.Series([True, True])).sum_horizontal().to_list() == [0, 0]


def test_addresses_are_alike_whatever_the_order_of_their_parts() -> None:
    like = addresses.likeness(
        pl.Series(["12 Long Road, Karachi, 74900", "Plot 4, Sector 25"]), pl.Series(["Karachi 74900 12 Long Road", "Kalle Anka vej 7"])
    )
    assert like[0] == pytest.approx(1)
    assert like[1] < addresses.NEUTRAL


def test_schemas_are_those_that_names_knows() -> None:
    assert set(names._BY_SCHEMA) == {"organisation", "person", "vessel"}
