"""Rows of parties that are one: what joins, what never does, and that a later row changes nothing that stood."""

from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.derive import conform
from pipelines.resolution.resolve import resolve

LEI, OTHER_LEI = "5493001KJTIIGC8Y1R12", "7LTWFZYICNSX8D621K86"
KLANG = {"country": "MYS", "place": "Klang"}
ALFA = {"name": "Anugrah Fajar Rezeki Sdn Bhd"} | KLANG


def resolved(*rows, **more):
    table = pl.DataFrame([{"party_id": chr(65 + n), "row_id": n + 1} | row for n, row in enumerate(rows)], infer_schema_length=None)
    return resolve(conform("party", table.lazy()), **more)


def masters(*rows, **more):
    return dict(resolved(*rows, **more).alias.select("party_id", "master_id").iter_rows())


def judged(*pairs):
    return pl.DataFrame(pairs, schema=["party_id", "other_id", "verdict"], orient="row")


@pytest.mark.parametrize(
    ("one", "other", "basis"),
    [
        ({"name": "Alfa", "lei": LEI}, {"name": "Bravo", "lei": LEI.lower()}, "identifier"),
        ({"name": "Alfa", "tax_id": "11222333000181", "country": "BRA"}, {"name": "B", "tax_id": "CNPJ:11.222.333/0001-81"}, "identifier"),
        (
            {"name": "Alfa", "tax_id": "11222333000181", "country": "BRA"},
            {"name": "B", "registry_id": "11222333000181", "country": "BRA"},
            "identifier",
        ),
        (ALFA, {"name": "ANUGRAH FAJAR REZEKI SENDIRIAN BERHAD"} | KLANG, "name_place"),
        (ALFA, {"name": "Anugerah Fajar Rezeki Sdn. Bhd."} | KLANG, "name_alike"),
        (ALFA, {"name": "Anugrah Fajarrezeki Sdn Bhd"} | KLANG, "name_alike"),
    ],
)
def test_rows_of_one_party_are_joined_and_the_basis_is_told(one, other, basis):
    found = resolved(one, other).alias
    assert found["master_id"].to_list() == ["A", "A"]
    assert found["basis"].to_list() == ["own", basis]


@pytest.mark.parametrize(
    "other",
    [
        {"name": "Anugerah Fajar Rezeki Sdn Bhd", "country": "MYS", "place": "Ipoh"},
        {"name": "Anugerah Fajar Rezeki Sdn Bhd", "country": "MYS"},
        {"name": "Anugerah Fajar Rezeki Sdn Bhd", "country": "IDN", "place": "Klang"},
        {"name": "Anugerah Fajar Rezeki Sdn Bhd", "place": "Klang"},
        {"name": "Anugrah Rezeki Sdn Bhd"} | KLANG,
        {"name": "Anugrah Fajar Rezeki 2 Sdn Bhd"} | KLANG,
        {"name": "Anugrah Fajar Rezeki B Sdn Bhd"} | KLANG,
    ],
)
def test_another_place_country_word_or_number_is_not_joined(other):
    assert masters(ALFA, other)["B"] == "B"


@pytest.mark.parametrize(("ours", "theirs"), [({"lei": LEI}, {"lei": OTHER_LEI}), ({"registry_id": "OS:1"}, {"registry_id": "OS:2"})])
def test_two_numbers_of_one_scheme_are_two_parties_whatever_the_names(ours, theirs):
    found = resolved(ALFA | ours, ALFA | theirs)
    assert found.alias["basis"].to_list() == ["own", "own"]
    assert found.to_review.select("party_id", "other_id").rows() == [("A", "B")]


def test_a_number_with_a_wrong_check_digit_neither_joins_nor_parts():
    assert masters({"name": "Alfa", "lei": LEI[:-1] + "3"}, {"name": "Bravo", "lei": LEI[:-1] + "3"})["B"] == "B"
    assert masters(ALFA | {"lei": LEI}, ALFA | {"lei": OTHER_LEI[:-1] + "9"})["B"] == "A"


def test_two_sites_of_one_company_are_never_one():
    site = {"name": "Alfa Garments", "party_kind": "facility", "country": "BGD", "lei": LEI}
    one, other = {"address": "12 Station Road, Gazipur"}, {"address": "77 Export Zone, Chattogram"}
    assert masters(site | one, site | other) == {"A": "A", "B": "B"}
    assert masters(site | one, site | {"address": "12 Station Rd., Gazipur"})["B"] == "A"
    assert masters(site | {"party_kind": "supplier"} | one, site | {"party_kind": "supplier"} | other)["B"] == "A"


def test_alike_is_not_passed_on_from_member_to_member():
    chain = [{"name": f"{word} Fajar Rezeki"} | KLANG for word in ("Anugrahan", "Anugrohan", "Anogrohen", "Enogrohen")]
    found = masters(*chain)
    assert found["B"] == "A"
    assert found["D"] != "A"


def test_less_sure_pairs_are_for_a_person_and_never_below_another_ceiling():
    found = resolved(ALFA, {"name": "Anugerah Fajar Rezeki Sdn Bhd", "country": "MYS"}).to_review
    (row,) = found.to_dicts()
    assert (row["party_id"], row["other_id"], row["is_confirmed"]) == ("A", "B", False)
    assert 0.5 <= row["match_confidence"] < 0.92


def test_a_row_that_would_join_two_masters_joins_the_first_and_the_pair_is_shown():
    found = resolved({"name": "Alfa", "lei": LEI}, {"name": "Bravo", "duns": "150483782"}, {"name": "C", "lei": LEI, "duns": "150483782"})
    assert found.alias["master_id"].to_list() == ["A", "B", "A"]
    assert ("A", "B") in found.to_review.select("party_id", "other_id").rows()


def test_what_people_judged_goes_before_any_rule():
    other = {"name": "Quite Another"}
    same = resolved(ALFA, other, judged=judged(("B", "A", "same")))
    assert same.alias.row(1, named=True) == {"party_id": "B", "master_id": "A", "basis": "judged_same", "probability": 1.0}
    different = resolved(ALFA, ALFA, judged=judged(("A", "B", "different")))
    assert different.alias["basis"].to_list() == ["own", "own"]
    assert different.to_review.is_empty()
    assert masters(ALFA, ALFA, judged=judged(("A", "B", "unsure"), ("A", "gone", "same")))["B"] == "A"


@pytest.mark.parametrize(("ours", "is_shown"), [({}, False), ({"is_own_chain": True}, True), ({"party_kind": "supplier"}, True)])
def test_two_that_only_registers_know_are_not_put_up_for_review(ours, is_shown):
    one, other = (
        {"party_id": key, "registry_id": key, "party_kind": "owner", "is_own_chain": False, "name": "Alfa Fajar Rezeki", "country": "MYS"}
        for key in ("GB-COH:01234567", f"LEI:{LEI}")
    )
    assert resolved(one | ours, other).to_review.height == is_shown


NAMES = [f"{one} {two}" for one in ("Anugrah", "Anugerah", "Anugrahan", "Bravo") for two in ("Fajar", "Fajjar", "Fajar Rezeki", "2")]
row = st.fixed_dictionaries(
    {
        "name": st.sampled_from(NAMES),
        "country": st.sampled_from(["MYS", "IDN", None]),
        "place": st.sampled_from(["Klang", "Ipoh", None]),
        "party_kind": st.sampled_from(["supplier", "facility"]),
        "lei": st.sampled_from([None, None, LEI, OTHER_LEI]),
        "duns": st.sampled_from([None, None, "150483782", "804735132"]),
    }
)


@settings(max_examples=40, deadline=None)
@given(rows=st.lists(row, min_size=2, max_size=12), cut=st.integers(1, 11))
def test_a_row_that_is_added_changes_no_master_that_stood(rows, cut):
    before = masters(*rows[: max(1, cut % len(rows))])
    after = masters(*rows)
    assert {party: after[party] for party in before} == before
    assert all(after[master] == master for master in after.values())


@settings(max_examples=25, deadline=None)
@given(rows=st.lists(row, min_size=1, max_size=10), order=st.randoms(use_true_random=False))
def test_the_order_in_which_a_table_is_read_changes_nothing(rows, order):
    table = pl.DataFrame([{"party_id": f"P{n}", "row_id": n} | one for n, one in enumerate(rows)], infer_schema_length=None)
    places = list(range(len(rows)))
    order.shuffle(places)
    first, second = (resolve(conform("party", frame.lazy())) for frame in (table, table[places]))
    assert first.alias.sort("party_id").equals(second.alias.sort("party_id"))
    assert first.to_review.equals(second.to_review)
