"""Names made comparable: spellings of one name come out alike, other names do not."""

from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.resolution import names, vocabulary

SAME_CORE = [
    ("organisation", "S.A. de C.V. Textiles del Norte", "Textiles del Norte, SA de CV"),
    ("organisation", "OAO Gazprom", "Gazprom JSC"),
    ("organisation", "ООО «Ромашка»", "Romashka Limited Liability Company"),
    ("organisation", "1st International Bank", "First Int'l Bank"),
    ("organisation", "Brigade Forty-Four", "Brigade 44"),
    ("organisation", "A.B.C. Company", "ABC Co."),
    ("organisation", "Procter & Gamble Co.", "Procter and Gamble Company"),
    ("organisation", "Blackstone Partners VI L.P.", "Blackstone Partners 6 LP"),
    ("organisation", "Crédit Agricole S.A.", "Credit Agricole SA"),
    ("organisation", "中国石油集团", "China Petroleum Group"),
    ("organisation", "Ünal Tekstil San. ve Tic. Ltd. Şti.", "Unal Tekstil Sanayi ve Ticaret Limited Sirketi"),
    ("person", "Putin, Vladimir", "Vladimir Putin"),
    ("person", "Dr. Rami Makhlouf", "Rami Makhlouf"),
    ("person", "Nicolás Maduro LLC", "Nicolas Maduro"),
    ("vessel", "M/V Hellenic Spirit", "HELLENIC SPIRIT"),
]


def prepared(*given_names: str | None, schema: str = "organisation") -> pl.DataFrame:
    return names.prepared(pl.DataFrame({"name": given_names, "schema": [schema] * len(given_names)}, schema_overrides={"name": pl.String}))


@pytest.mark.parametrize(("schema", "one", "other"), SAME_CORE)
def test_spellings_of_one_name_have_one_core(schema: str, one: str, other: str) -> None:
    cores = prepared(one, other, schema=schema)["core"].to_list()
    assert cores[0] == cores[1]
    assert cores[0]


def test_a_number_of_a_series_is_not_drawn_into_the_legal_form() -> None:
    assert prepared("Bain Capital Fund X L.P.")["core"].to_list() == ["bain capital fund 10"]


def test_legal_forms_are_kept_apart_from_the_core() -> None:
    table = prepared("Deutsche Bank AG", "Deutsche Bank GmbH", "Deutsche Bank")
    assert table["core"].n_unique() == 1
    assert table["n_legal"].to_list() == ["ag", "gmbh", ""]
    assert table["exact"].n_unique() == 3


@pytest.mark.parametrize("nothing", [None, "", "  ", "!!!", "«»"])
def test_a_name_of_which_nothing_is_left_is_null(nothing: str | None) -> None:
    assert prepared(nothing).select("exact", "core", "n_core").row(0) == (None, None, None)


def test_a_name_of_nothing_but_a_legal_form_is_kept_whole() -> None:
    assert prepared("Limited", "The Company")["core"].null_count() == 0


def test_a_name_of_ten_thousand_letters_is_compared_by_its_beginning() -> None:
    table = prepared("abc " * 2_500)
    assert 0 < len(table["core"][0]) <= names.LONGEST


def test_a_schema_that_is_not_known_is_refused() -> None:
    with pytest.raises(ValueError, match="ship"):
        prepared("Acme", schema="ship")


def test_schemas_that_no_name_has_are_not_prepared(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    for schema, change in names._BY_SCHEMA.items():
        monkeypatch.setitem(names._BY_SCHEMA, schema, lambda frame, schema=schema, change=change: (asked.append(schema), change(frame))[1])
    prepared("Acme", "Zeta", schema="person")
    assert asked == ["person"]


def test_rarer_and_longer_words_tell_more() -> None:
    told = prepared("trading", "karakum", "karakum zeppelin", "karakum zeppelin ltd")["n_info"].to_list()
    assert told == sorted(set(told))


def test_columns_height_and_order_are_kept() -> None:
    frame = pl.DataFrame({"name": ["B", None, "A", "B"], "schema": ["person", "vessel", "organisation", "person"], "row": [3, 1, 2, 0]})
    assert names.prepared(frame).select("name", "schema", "row").equals(frame)


@settings(deadline=None, max_examples=25)
@given(st.lists(st.text(max_size=40), min_size=1, max_size=8))
def test_every_name_has_a_sign_for_each_word_and_does_not_depend_on_its_neighbours(given_names: list[str]) -> None:
    together = prepared(*given_names)
    assert together.height == len(given_names)
    for row in together.drop_nulls("core").iter_rows(named=True):
        assert len(row["n_kinds"]) == len(row["core"].split(" ")) == len(row["n_also"].split(" "))
    assert together[:1].equals(prepared(given_names[0]))


def test_words_that_yaml_reads_as_truth_values_stay_words() -> None:
    assert {"y", "no"} <= vocabulary.noise() | {vocabulary._text(False)}
    assert all(isinstance(word, str) for word in (*vocabulary.legal_forms(), *vocabulary.organisation_words(), *vocabulary.titles()))


def test_a_spelling_belongs_to_one_legal_form() -> None:
    table = vocabulary.model.read_yaml(vocabulary.HERE / "legal_forms.yml")
    spellings = [str(spelling) for codes in table.values() for forms in codes.values() for spelling in forms]
    assert len(spellings) == len(set(spellings))
