"""Countries, regions, codes, dates and numbers are read one way, and what is unclear is said and not guessed."""

from __future__ import annotations

import datetime as dt

import polars as pl
import pytest

from pipelines import normalise, numerals


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Burma", "MMR"), ("Ivory Coast", "CIV"), ("Cote d'Ivoire", "CIV"), ("CÔTE D’IVOIRE", "CIV"),
        ("Congo (Democratic Republic)", "COD"),
        ("Congo", "COG"), ("Kyrgyz Republic", "KGZ"), ("Viet Nam", "VNM"), ("VIETNAM", "VNM"), ("USA", "USA"), ("UK", "GBR"),
        ("Turkey", "TUR"), ("Türkiye", "TUR"), ("South Korea", "KOR"), ("North Korea", "PRK"), ("Russia", "RUS"), ("Laos", "LAO"),
        ("Macau", "MAC"), ("Hong Kong", "HKG"), ("Taiwan", "TWN"), ("Czech Republic", "CZE"), ("Kosovo", "XKX"), ("XKX", "XKX"),
        ("cn", "CHN"), ("IDN", "IDN"), ("360", "IDN"), ("36", "AUS"), ("Allemagne", "DEU"), ("République dominicaine", "DOM"),
        ("Tanzania, United Republic of", "TZA"), ("United Republic of Tanzania", "TZA"), ("The Gambia", "GMB"),
        ("Korea", None), ("Atlantis", None), ("", None),
    ],
)  # fmt: skip
def test_countries(text: str, code: str | None) -> None:
    assert normalise.countries(pl.Series([text])).to_list() == [code]


@pytest.mark.parametrize(
    ("text", "country", "code"),
    [
        ("Xinjiang", "CHN", "CN-XJ"), ("XUAR", "CHN", "CN-XJ"), ("Xinjiang Uygur Autonomous Region", "CHN", "CN-XJ"),
        ("Guangdong Province", "CHN", "CN-GD"), ("cn-xj", None, "CN-XJ"), ("CN-XJ", "USA", None), ("California", "USA", "US-CA"),
        ("CA", "USA", "US-CA"), ("Punjab", "PAK", "PK-PB"), ("Punjab", "IND", "IN-PB"), ("Punjab", None, None), ("Papua", "IDN", "ID-PA"),
        ("SUMATERA UTARA", "IDN", "ID-SU"), ("North Sumatra", "IDN", "ID-SU"), ("Nowhere", "IDN", None),
    ],
)  # fmt: skip
def test_subdivisions(text: str, country: str | None, code: str | None) -> None:
    found = normalise.subdivisions(pl.Series([text]), pl.Series([country], dtype=pl.String))
    assert found.to_list() == [code]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("1511", "1511"), ("15.11", "1511"), ("1511.90", "151190"), ("1511.9", "151190"), ("901", "0901"), ("1", "01"),
        ("5201.00.12", "520100"), ("HS 5201", "5201"), ("10121", "010121"), ("77", None), ("98", None), ("0", None), ("cotton", None),
    ],
)  # fmt: skip
def test_hs_codes(text: str, code: str | None) -> None:
    assert normalise.hs_codes(pl.Series([text])).to_list() == [code]


def test_other_codes() -> None:
    assert normalise.currencies(pl.Series(["usd", "Euro", "dollar américain", "$", "€", "XYZ"])).to_list() == [
        "USD", "EUR", "USD", None, "EUR", None,
    ]  # fmt: skip
    leis = pl.Series(["5493001KJTIIGC8Y1R12", "5493001KJTIIGC8Y1R13", "x"])
    assert normalise.leis(leis).to_list() == ["5493001KJTIIGC8Y1R12", None, None]
    answers = pl.Series(["yes", "Non", "x", None, "maybe", "1", "FAUX"])
    assert normalise.booleans(answers).to_list() == [True, False, True, None, None, True, False]
    words = pl.Series(["Apparel", "habillement", "garments", "Food & Beverage", "zzz", None])
    assert normalise.codes(words, "sector").to_list() == ["garments", "garments", "garments", "food_processing", None, None]


def test_empty_and_null_columns() -> None:
    for read in (normalise.countries, normalise.hs_codes, normalise.currencies, normalise.booleans):
        assert len(read(pl.Series([], dtype=pl.String))) == 0
        assert read(pl.Series([None], dtype=pl.String)).to_list() == [None]


def numbers(*texts: str, whole: bool = False) -> list[tuple[float | None, str | None]]:
    read = numerals.numbers(pl.Series(texts), whole=whole)
    return list(zip(read.values.to_list(), read.reasons.to_list(), strict=True))


def test_decimal_sign_is_decided_by_the_column() -> None:
    assert numbers("1,234", "0.5", "1 234") == [(1234.0, None), (0.5, None), (1234.0, None)]
    assert numbers("1.234", "12,5", "1.234,56") == [(1234.0, None), (12.5, None), (1234.56, None)]
    assert numbers("1,234", "7", whole=True) == [(1234.0, None), (7.0, None)]
    assert numbers("1,234.5", "1.234,5", "1,234") == [(1234.5, None), (1234.5, None), (None, "number_style_unclear")]
    assert numbers("abc", "35%", "inf", "1e5") == [
        (None, "number_unreadable"), (None, "percent_sign"), (None, "number_unreadable"), (100000.0, None),
    ]  # fmt: skip
    assert numbers("1.5", whole=True) == [(None, "not_whole")]


def test_unclear_numbers_are_refused_as_a_column() -> None:
    with pytest.raises(numerals.UnclearColumn, match=r'"1,234" can mean 1234 or 1\.234') as refused:
        numerals.numbers(pl.Series(["1,234", "5"]))
    assert "decimal: comma" in refused.value.next_step


def dates(*texts: str, order: str | None = None) -> list[str | None]:
    read = numerals.dates(pl.Series(texts), order, today=dt.date(2024, 6, 1))
    return [reason or str(value) for value, reason in zip(read.values.to_list(), read.reasons.to_list(), strict=True)]


def test_dates() -> None:
    assert dates("2020-01-02", "2020-01-02T10:00:00Z", "20200131", "3 March 2021", "31.12.2020", "31/12/2020", "03/04/2021") == [
        "2020-01-02", "2020-01-02", "2020-01-31", "2021-03-03", "2020-12-31", "2020-12-31", "2021-04-03",
    ]  # fmt: skip
    assert dates("2020", "2020-05", "1/2/20", "44197", "xx", "2020-02-31", "1850-01-01", "2024-06-02") == [
        "date_partial", "date_partial", "date_two_digit_year", "date_serial", "date_unreadable", "date_unreadable", "date_out_of_range",
        "date_future",
    ]  # fmt: skip


def test_order_of_day_and_month() -> None:
    assert dates("12/31/2020", "03/04/2021") == ["2020-12-31", "2021-03-04"]
    assert dates("03/04/2021", order="mdy") == ["2021-03-04"]
    assert dates("13/04/2021", "03/14/2021", "03/04/2021", "04/04/2021") == ["2021-04-13", "2021-03-14", "date_order_mixed", "2021-04-04"]
    with pytest.raises(numerals.UnclearColumn, match='"03/04/2021" can be day/month or month/day') as refused:
        dates("03/04/2021")
    assert "YYYY-MM-DD" in refused.value.next_step


def test_later_dates_where_they_belong() -> None:
    read = numerals.dates(pl.Series(["2090-01-01"]), today=dt.date(2024, 6, 1), may_be_future=True)
    assert read.values.to_list() == [dt.date(2090, 1, 1)]
