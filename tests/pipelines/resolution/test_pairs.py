"""A file of pairs is answered line by line, and what cannot be used is said with its place."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from pipelines.refusal import Refused
from pipelines.resolution.pairs import match_pairs

LABELLED = Path(__file__).resolve().parents[3] / ".." / "shared" / "data" / "matching" / "company_and_person_name_pairs.csv"
MADE_UP = """name1,name2,schema,country1,country2,identifiers1,identifiers2,unread
Acme Ltd,Acme Limited,Company,France,FR,,,1
Jean Durand,"Durand, Jean",Person,,,,,
Acme Ltd,,LegalEntity,,,,,
Zeta Works,Omega Ltd,Spaceship,Narnia,FR,BR-CNPJ:11.222.333/0001-81; x,11222333000181,
"""


def answered(tmp_path: Path, text: str | bytes) -> list[dict[str, object]]:
    path = tmp_path / "pairs.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return list(match_pairs(path))


def test_rows_are_answered_in_order_with_reasons_that_sum_up(tmp_path: Path) -> None:
    found = answered(tmp_path, MADE_UP)
    assert [(row["line"], row["schema"]) for row in found] == [(2, "organisation"), (3, "person"), (4, "organisation"), (5, "organisation")]
    for row in (found[0], found[1], found[3]):
        assert row["probability"] == pytest.approx(1 / (1 + math.exp(-sum(reason["logits"] for reason in row["reasons"]))))
    assert found[0]["probability"] > 0.9 > 0.1 > found[3]["probability"]


def test_a_tax_number_without_scheme_is_read_by_its_country(tmp_path: Path) -> None:
    (row,) = answered(tmp_path, "name1,name2,country,identifiers\nAlfa,Bravo,Brazil,11.222.333/0001-81\n")
    assert row["probability"] > 0.9
    assert "identifier" in {reason["feature"] for reason in row["reasons"]}


def test_what_could_not_be_compared_is_said(tmp_path: Path) -> None:
    blank, odd = answered(tmp_path, MADE_UP)[2:]
    assert blank["probability"] is None
    assert blank["notes"] == ["name2 holds nothing that can be compared."]
    assert [note.split(" is ")[0] for note in odd["notes"]] == ["schema 'Spaceship'", "country1 'Narnia'"]


def test_a_row_that_cannot_be_split_keeps_its_place(tmp_path: Path) -> None:
    found = answered(tmp_path, "name1,name2,schema\nA Works,A Works,Company\nB,B,Company,extra,extra\nC Works,C Works,Company\n")
    assert [(row["line"], row["probability"] is None) for row in found] == [(2, False), (3, True), (4, False)]
    assert "line 3" in found[1]["notes"][0]


def test_a_name_of_ten_thousand_letters_is_answered(tmp_path: Path) -> None:
    (row,) = answered(tmp_path, "name1,name2\n" + "acme " * 2_000 + "," + "zeta" * 2_500 + "\n")
    assert 0 < row["probability"] < 0.5


@pytest.mark.parametrize(
    ("text", "message"),
    [("name1,schema\nAcme,Company\n", "name2"), ("", "empty"), (b"name1,name2\nAc\xff\xfeme Ltd,Acm\x81e\n", "byte 0x81")],
)
def test_a_file_that_cannot_be_used_is_refused(tmp_path: Path, text: str | bytes, message: str) -> None:
    with pytest.raises(Refused, match=message):
        answered(tmp_path, text)


def test_a_guessed_encoding_is_said_on_the_first_row(tmp_path: Path) -> None:
    found = answered(tmp_path, "name1,name2\nCafé Müller,Cafe Müller\nA,B\n".encode("cp1252"))
    assert any("cp1252" in note for note in found[0]["notes"])


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="no such file"):
        list(match_pairs(tmp_path / "none.csv"))


@pytest.mark.skipif(not LABELLED.exists(), reason="the labelled pairs are not beside the project")
def test_every_labelled_pair_has_a_probability() -> None:
    found = list(match_pairs(LABELLED))
    assert [row["line"] for row in found] == list(range(2, 449))
    assert all(0 < row["probability"] < 1 for row in found)
