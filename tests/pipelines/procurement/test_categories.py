"""Codes of goods lead to headings of the Harmonized System that exist and that the lists of goods know."""

from __future__ import annotations

import csv

import pytest

from data import model
from pipelines.procurement import categories

GROUPS = sorted(model.vocabulary("goods_category").codes)


def column(name: str) -> set[str]:
    with model.references()[name].path.open(encoding="utf-8", newline="") as stream:
        return {row["hs"] for row in csv.DictReader(stream)}


@pytest.mark.parametrize("code", GROUPS)
def test_headings_exist_and_their_certainty_is_told(code: str) -> None:
    group = model.vocabulary("goods_category").codes[code]
    assert set(group.values["hs"]) <= column("hs_headings")
    assert group.values["certainty"] in model.vocabulary("certainty").codes
    assert all(prefix.isdigit() and 2 < len(prefix) < 9 for name in ("cpv", "unspsc") for prefix in group.values[name])


def test_groups_are_on_the_lists_of_goods() -> None:
    listed = column("good_hs")
    for code in GROUPS:
        headings = model.vocabulary("goods_category").codes[code].values["hs"]
        assert any(hs.startswith(known) or known.startswith(hs) for hs in headings for known in listed), code


@pytest.mark.parametrize(("scheme", "code", "expected"), [
    ("CPV", "18100000-0", ["61", "62"]), ("cpv", "18830000", ["6401", "6402", "6403", "6404", "6405"]), ("CPV-AM", "33141420/1", ["4015"]),
    ("CPV", "18424300-0", ["4015"]), ("CPV", "45000000-7", []), ("UNSPSC", "43211503", ["8471", "8523", "8528"]),
    ("UNSPSC", "43.21.15", ["8471", "8523", "8528"]), ("HS", "6109.10", ["610910"]), ("HS", "nonsense", []), ("XYZ", "18100000", []),
    (None, "18100000", []), ("CPV", None, []), ("CPV", "", []),
    ("Catálogo de productos, bienes y servicios de la Dirección Nacional de Contrataciones Públicas del Paraguay", "43211503-001",
     ["8471", "8523", "8528"]),
])  # fmt: skip
def test_the_longest_prefix_that_is_known_counts(scheme: str | None, code: str | None, expected: list[str]) -> None:
    assert categories.hs(scheme, code) == expected
