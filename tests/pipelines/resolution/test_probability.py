"""Probabilities add up to their reasons, keep their order, and do not depend on sides, order of rows or what is missing."""

from __future__ import annotations

import math

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data import model
from pipelines.resolution import names, probability
from pipelines.resolution.training import paired

NAMES = st.lists(
    st.sampled_from(("acme", "Global", "trading", "Vietnam", "Ltd.", "A.G.", "Müller", "44", "VI", "Абв", "li")), max_size=6
).map(" ".join)
SCHEMAS = st.sampled_from(("organisation", "person", "vessel"))


def answered(one: list[str], other: list[str], schema: str = "organisation", **context: list[object]) -> pl.DataFrame:
    pairs = paired(pl.Series(one, dtype=pl.String), pl.Series(other, dtype=pl.String), pl.Series([schema] * len(one), dtype=pl.String))
    return probability.probabilities(pairs.with_columns(**{name: pl.Series(values) for name, values in context.items()}))


@settings(deadline=None, max_examples=25)
@given(NAMES, NAMES, SCHEMAS)
def test_reasons_sum_to_the_probability_and_the_sides_do_not_matter(one: str, other: str, schema: str) -> None:
    rows = answered([one, other], [other, one], schema).rows(named=True)
    assert rows[0]["probability"] == rows[1]["probability"]
    assert 0 < rows[0]["probability"] < 1
    for row in rows:
        assert sum(row[name] for name in probability.CONTRIBUTIONS) == pytest.approx(row["logit"], abs=1e-9)
        reasons = probability.explained(row)
        assert probability.total(reasons) == pytest.approx(row["probability"], abs=1e-12)


@settings(deadline=None, max_examples=25)
@given(NAMES.filter(lambda name: len(name) > 3), SCHEMAS, st.randoms())
def test_case_accents_points_and_order_never_raise_a_pair_above_the_same_name(name: str, schema: str, rng: object) -> None:
    words = name.split(" ")
    rng.shuffle(words)  # type: ignore[attr-defined]
    others = [name.upper(), name.replace("ü", "u"), name.replace(".", ""), " ".join(words), name + " x", name[:-1]]
    found = answered([name] * (len(others) + 1), [name, *others], schema)["probability"].to_list()
    assert all(value <= found[0] + 1e-12 for value in found[1:])


@settings(deadline=None, max_examples=25)
@given(st.lists(st.tuples(NAMES, NAMES), min_size=2, max_size=6), st.randoms())
def test_the_order_of_rows_changes_nothing(pairs: list[tuple[str, str]], rng: object) -> None:
    order = list(range(len(pairs)))
    rng.shuffle(order)  # type: ignore[attr-defined]
    first = answered([a for a, _ in pairs], [b for _, b in pairs])["probability"].to_list()
    second = answered([pairs[i][0] for i in order], [pairs[i][1] for i in order])["probability"].to_list()
    assert second == [first[i] for i in order]


def test_a_name_that_cannot_be_compared_is_held_low() -> None:
    found = answered(["", "Acme"], ["Acme", "!!!"])
    assert found["probability"].max() < 0.02


def test_different_names_are_not_tied_at_one() -> None:
    same = ["Acme", "Acme Trading", "Zeppelin Oriental Foundry", "Qmbzt Holdings", "Volga Kabel Zavod Nr 3"]
    found = answered(same, same)["probability"]
    assert found.max() < 1
    assert found.n_unique() > 2


@pytest.mark.parametrize(
    ("common", "rare"),
    [
        ("General Trading", "Zeppelin Oriental Foundry"),
        ("ABC Company", "Karakum Company"),
        ("International Trading Company", "Xinjiang Hengtaixin Company"),
        ("General Trading", "General Trading Karakum"),
    ],
)
def test_equal_names_of_common_words_are_less_sure_than_equal_rare_ones(common: str, rare: str) -> None:
    found = answered([common, rare], [common, rare])["probability"].to_list()
    assert found[0] < found[1]


@settings(deadline=None, max_examples=25)
@given(st.lists(st.sampled_from(("karakum", "zeppelin", "general", "trading", "acme", "hengtaixin", "nordbau")), min_size=2, unique=True))
def test_a_word_more_in_common_is_always_surer(words: list[str]) -> None:
    names = [" ".join(words[:number]) for number in range(1, len(words) + 1)]
    found = answered(names, names)["probability"].to_list()
    assert all(one < other for one, other in zip(found, found[1:], strict=False))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Jiangxi JHT Apparel", "Zhaoyuan Castte Garment"),
        ("S.M. International", "K.I. International"),
        ("A.K. Textile", "G.I. Textile"),
    ],
)
def test_consonants_that_happen_to_agree_make_no_match(one: str, other: str) -> None:
    assert answered([one], [other])["probability"][0] < 0.1


@settings(deadline=None, max_examples=25)
@given(st.lists(st.floats(min_value=1e-9, max_value=1 - 1e-9), min_size=2, max_size=10, unique=True))
def test_the_ceiling_keeps_the_order_and_a_name_alone_stays_under_it(values: list[float]) -> None:
    frame = pl.DataFrame({"p": sorted(values)}).with_columns(
        name=probability.capped(pl.col("p"), pl.lit("name_place")), number=probability.capped(pl.col("p"), pl.lit("identifier"))
    )
    assert frame["name"].is_sorted()
    assert frame["name"].n_unique() == frame["p"].n_unique() or max(b - a for a, b in zip(frame["p"], frame["p"][1:], strict=False)) < 1e-15
    assert frame["name"].max() < 0.92
    assert frame["number"].to_list() == frame["p"].to_list()


def test_context_moves_the_probability_the_way_it_should() -> None:
    near = ["12 Long Road, Karachi 74900"] * 4
    found = answered(
        ["Acme Mills"] * 4, ["Acme Mils"] * 4,
        country_1=["PAK", "PAK", "PAK", None], country_2=[None, "PAK", "BGD", "PAK"],
        address_1=near, address_2=[None, near[0], near[0], None],
    )  # fmt: skip
    alone, same, elsewhere, unknown = found["probability"].to_list()
    assert alone == unknown < same
    assert elsewhere < same
    assert found["basis"].to_list() == ["name", "name_place", "name_place", "name"]


@pytest.mark.parametrize(
    ("ours", "theirs", "basis", "is_above_name"),
    [
        (["BR-CNPJ:11222333000181"], ["CNPJ:11.222.333/0001-81"], "identifier", True),
        (["DUNS:150483782"], ["DUNS:15-048-3782"], "identifier", True),
        (["CNPJ:11222333000182"], ["CNPJ:11222333000182"], "name", None),  # the check digit is wrong: it confirms nothing
        (["LEI:5493001KJTIIGC8Y1R12"], ["CNPJ:11222333000181"], "name", None),
        (["LEI:5493001KJTIIGC8Y1R12"], ["LEI:7H6GLXDRUGQFU57RNE97"], "name", False),
        ([], ["DUNS:150483782"], "name", None),
        (None, ["DUNS:150483782"], "name", None),
    ],
)
def test_a_shared_number_confirms_and_two_of_one_scheme_speak_against(
    ours: list[str] | None, theirs: list[str], basis: str, is_above_name: bool | None
) -> None:
    alone = answered(["Acme Mills"], ["Acme Mils"])["probability"][0]
    pairs = paired(pl.Series(["Acme Mills"]), pl.Series(["Acme Mils"]), pl.Series(["organisation"])).with_columns(
        identifiers_1=pl.Series([ours], dtype=pl.List(pl.String)), identifiers_2=pl.Series([theirs], dtype=pl.List(pl.String))
    )
    found = probability.probabilities(pairs).row(0, named=True)
    assert found["basis"] == basis
    assert (found["probability"] == alone) if is_above_name is None else ((found["probability"] > alone) == is_above_name)


@pytest.mark.parametrize(
    ("countries", "basis"),
    [(("BRA", None), "identifier"), ((None, None), "name"), (("DEU", None), "name"), (("BRA", "BRA"), "identifier")],
)
def test_a_bare_number_is_read_by_the_country_of_its_side(countries: tuple[str | None, str | None], basis: str) -> None:
    found = answered(
        ["Acme Mills"], ["Acme Mils"],
        identifiers_1=[["11.222.333/0001-81"]], identifiers_2=[["BR-CNPJ:11222333000181"]],
        country_1=[countries[0]], country_2=[countries[1]],
    )  # fmt: skip
    assert found["basis"].to_list() == [basis]


def test_every_basis_is_in_the_vocabulary() -> None:
    codes = set(model.vocabulary("match_basis").codes)
    assert {"identifier", "name_place", "name_country", "name_elsewhere", "name"} | probability.CONFIRMING <= codes


def test_coefficients_have_a_reason_a_stamp_and_speak_the_way_they_may() -> None:
    found = probability.coefficients()
    assert set(found["schemas"]) == set(names._BY_SCHEMA)
    assert all(entry["reason"] for entry in found["context"].values())
    assert all(len(file["sha256"]) == 64 and file["licence"] for file in found["learned_from"]["files"])
    for entry in found["schemas"].values():
        assert math.isfinite(entry["start"])
        for term, weight in entry["terms"].items():
            assert weight * _sign(term) >= 0, term


def _sign(term: str) -> int:
    from pipelines.resolution import training

    return training._sign(term)
