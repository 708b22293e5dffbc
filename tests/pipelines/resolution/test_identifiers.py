"""Numbers of registers come under one scheme and one spelling; a wrong check digit is said."""

from __future__ import annotations

from collections import Counter

import polars as pl
import pytest

from pipelines.resolution import identifiers

NUMBERS = [
    ("5493001KJTIIGC8Y1R12", None, None, ("LEI", "5493001KJTIIGC8Y1R12", True)),
    ("XI-LEI:5493001KJTIIGC8Y1R13", None, None, ("LEI", "5493001KJTIIGC8Y1R13", False)),
    ("BR-CNPJ:11.222.333/0001-81", None, None, ("BR-CNPJ", "11222333000181", True)),
    ("11222333000182", "Brazil", "CNPJ", ("BR-CNPJ", "11222333000182", False)),
    ("11222333000181", "BRA", None, ("BR-CNPJ", "11222333000181", True)),
    ("1234567", None, "GB-COH", ("GB-COH", "01234567", None)),
    ("DE 136 695 976", "DEU", "VAT", ("DE-VAT", "136695976", True)),
    ("IMO 9074729", None, "IMO", ("IMO", "9074729", True)),
    ("IMO 9074728", None, "IMO", ("IMO", "9074728", False)),
    ("15-048-3782", None, "D-U-N-S", ("DUNS", "150483782", None)),
    ("AM-TIN:01234567", None, None, ("AM-TIN", "01234567", None)),
    ("zz 12/7", None, "XX-REG", ("XX-REG", "ZZ127", None)),
    ("A-77", None, None, ("?", "A77", None)),
]


@pytest.mark.parametrize(("value", "country", "scheme", "expected"), NUMBERS)
def test_numbers_come_under_one_scheme(value: str, country: str | None, scheme: str | None, expected: tuple[str, str, bool | None]) -> None:
    found = identifiers.normal(value, country, scheme)
    assert (found.scheme, found.id, found.is_valid) == expected


@pytest.mark.parametrize("value", ["", "N/A", "000000", "11111111", "unknown", "LEI: -"])
def test_placeholders_are_no_identifiers(value: str) -> None:
    with pytest.raises(ValueError, match="no identifier"):
        identifiers.normal(value)


def test_keys_keep_rows_and_name_what_an_owner_has_once() -> None:
    frame = pl.DataFrame({"identifier": ["CNPJ:11.222.333/0001-81", None, "CNPJ:11222333000262", "n/a"], "row": [4, 3, 2, 1]})
    found = identifiers.keys(frame)
    assert found["row"].to_list() == [4, 3, 2, 1]
    assert found["key"].to_list() == ["BR-CNPJ:11222333000181", None, "BR-CNPJ:11222333000262", None]
    assert found["owner"].to_list() == ["BR-CNPJ:11222333", None, "BR-CNPJ:11222333", None]
    assert found["is_valid"].to_list()[0] is True


def test_every_check_named_exists_in_the_library() -> None:
    named = [code for code, entry in identifiers.schemes().items() if entry.get("check")]
    assert [code for code in named if identifiers._check(code) is None] == []


def test_a_name_of_a_scheme_belongs_to_one_scheme() -> None:
    every = [
        name
        for code, entry in identifiers.schemes().items()
        for name in {identifiers._key(name) for name in (code, *entry.get("names", []))}
    ]
    assert [name for name, count in Counter(every).items() if count > 1] == []
