"""From staged rows to core tables: dates, resolving, matching, and material of ruled territories."""

import datetime as dt

import polars as pl
import pytest

from pipelines import core
from pipelines.derive import conform

DAY = dt.date(2026, 6, 30)
TKM_COTTON = {
    "ban_id": "tkm",
    "authority": "CBP",
    "instrument": "wro",
    "product": "Cotton",
    "hs": ["5201", "5203"],
    "downstream_hs": ["52", "60", "61"],
    "country": "TKM",
    "scope": "territory",
    "status": "active",
    "since": dt.date(2018, 5, 18),
}
LISTED = {
    "listing_id": "L1",
    "list_id": "us_cbp_wro",
    "name": "Example Gloves Sdn. Bhd.",
    "entity_type": "organisation",
    "country": "MYS",
    "place": "Klang",
    "authority": "CBP",
    "covered_hs": ["4015"],
    "listed_on": dt.date(2020, 7, 15),
    "status": "active",
}


def staged(**tables):
    """Staged tables with row ids."""
    return {
        name: conform(
            name, pl.DataFrame([{**row, "row_id": number} for number, row in enumerate(rows, 1)], infer_schema_length=None).lazy()
        )
        for name, rows in tables.items()
    }


def build(as_of=DAY, **tables):
    return core.build(staged(**tables), as_of)


def parties(*ids, **more):
    return [{"party_id": name, "name": f"Party {name}", **more} for name in ids]


def rows(found, table, *columns):
    return found.tables[table].select(columns).collect().rows()


def test_a_link_to_nobody_is_set_aside_and_the_others_load():
    found = build(
        party=parties("A", "B"),
        supply_link=[
            {"link_id": "1", "buyer_id": "A", "supplier_id": "B"},
            {"link_id": "2", "buyer_id": "A", "supplier_id": "X"},
        ],
    )
    assert rows(found, "supply_link", "link_id") == [("1",)]
    lost = found.unplaced.row(0, named=True)
    assert (lost["table"], lost["column"], lost["value"], lost["row_id"]) == ("supply_link", "supplier_id", "X", 2)
    assert "Import the party" in lost["next_step"]


def test_two_rows_with_one_identifier_are_one_party_and_the_first_id_stays():
    found = build(
        party=[
            {"party_id": "A", "name": "Alpha", "lei": "5493001KJTIIGC8Y1R12"},
            {"party_id": "B", "name": "Alpha Ltd", "lei": "5493001KJTIIGC8Y1R12"},
            *parties("C"),
        ],
        supply_link=[{"link_id": "1", "buyer_id": "B", "supplier_id": "C"}, {"link_id": "2", "buyer_id": "A", "supplier_id": "B"}],
    )
    assert rows(found, "party", "party_id") == [("A",), ("C",)]
    assert rows(found, "supply_link", "link_id", "buyer_id") == [("1", "A")]
    assert found.unplaced["reason"].to_list() == ["both ends are the same party once duplicates are resolved"]


@pytest.mark.parametrize(
    ("other", "same"),
    [
        ({"name": "ALPHA CO. LIMITED", "country": "MYS", "place": "Klang"}, True),
        ({"name": "Alpha Co Ltd", "country": "MYS", "place": "Ipoh"}, False),
        ({"name": "Alpha Co Ltd", "country": "IDN", "place": "Klang"}, False),
        ({"name": "Alpha Co Ltd", "country": "MYS"}, False),
    ],
)
def test_name_and_place_make_one_party_and_a_name_alone_does_not(other, same):
    found = build(party=[{"party_id": "A", "name": "Alpha Company, Ltd.", "country": "MYS", "place": "Klang"}, {"party_id": "B", **other}])
    assert len(rows(found, "party", "party_id")) == (1 if same else 2)


@pytest.mark.parametrize(
    ("as_of", "status"),
    [
        (dt.date(2020, 1, 1), None),
        (dt.date(2021, 1, 1), "active"),
        (dt.date(2024, 1, 1), "removed"),
    ],
)
def test_a_listing_has_the_status_of_the_day(as_of, status):
    ended = {**LISTED, "status": "removed", "delisted_on": dt.date(2023, 9, 1)}
    found = build(as_of, party=[{"party_id": "A", "name": LISTED["name"], "country": "MYS"}], listing=[ended])
    assert rows(found, "listing_match", "status") == ([] if status is None else [(status,)])


TERM = dt.date(2027, 5, 1)


@pytest.mark.parametrize(
    ("list_id", "status", "expected"),
    # A removal that came later is not known on the day.
    [("wb_debarred", "active", TERM), ("wb_debarred", "removed", None), ("us_uflpa", "active", None)],
)
def test_the_term_of_a_debarment_in_force_is_kept_and_no_other_later_end(list_id, status, expected):
    row = {**LISTED, "list_id": list_id, "status": status, "delisted_on": TERM}
    kept = core.on_date("listing", conform("listing", pl.LazyFrame([row])), dt.date(2026, 1, 1))
    asked = ("status", "delisted_on", "expected_end_on")
    assert kept.select(asked).collect().rows() == [("active", None, expected)]
    again = core.on_date("listing", kept, dt.date(2026, 6, 1)).select(asked).collect().rows()
    assert again == [("active", None, expected)]
    over = core.on_date("listing", kept, TERM).select(asked).collect().rows()
    assert over == [("expired", TERM, None) if expected else ("active", None, None)]


def test_the_end_of_a_term_that_a_source_reckons_is_kept_and_ends_nothing():
    row = {**LISTED, "list_id": "br_lista_suja", "status": "active", "expected_end_on": TERM}
    kept = core.on_date("listing", conform("listing", pl.LazyFrame([row])), dt.date(2026, 1, 1))
    for day in (dt.date(2026, 6, 1), TERM, TERM + dt.timedelta(days=400)):
        found = core.on_date("listing", kept, day).select("status", "delisted_on", "expected_end_on").collect().rows()
        assert found == [("active", None, TERM)]


def test_a_listing_of_before_terms_were_kept_can_still_be_read():
    old = conform("listing", pl.LazyFrame([{**LISTED, "list_id": "wb_debarred", "status": "active"}])).drop("expected_end_on")
    assert core.on_date("listing", old, DAY).select("status", "expected_end_on").collect().rows() == [("active", None)]


@pytest.mark.parametrize(
    ("party", "basis", "confirmed"),
    [
        ({"name": "EXAMPLE GLOVES SDN BHD", "country": "MYS", "place": "Klang", "commodity_hs": ["401519"]}, "name_place_business", True),
        ({"name": "EXAMPLE GLOVES SDN BHD", "country": "MYS", "place": "Klang"}, "name_place", False),
        ({"name": "Example Gloves Sdn Bhd", "country": "MYS", "commodity_hs": ["401519"]}, "name_country_business", False),
        ({"name": "Example Gloves Sdn Bhd"}, "name", False),
        ({"name": "Example Gloves Sdn Bhd", "country": "DEU"}, "name_elsewhere", False),
    ],
)
def test_a_name_alone_is_never_a_confirmed_match(party, basis, confirmed):
    found = build(party=[{"party_id": "A", **party}], listing=[LISTED])
    (match,) = found.tables["listing_match"].collect().to_dicts()
    assert (match["match_basis"], match["is_confirmed"]) == (basis, confirmed)
    assert confirmed or match["match_confidence"] < 0.92


def test_an_identifier_confirms_a_match_whatever_the_name():
    listed = {**LISTED, "list_id": "br_lista_suja", "country": "BRA", "identifiers": ["BR-CNPJ:11.222.333/0001-81"]}
    found = build(party=[{"party_id": "A", "name": "Fazenda Outra", "country": "BRA", "tax_id": "11222333000181"}], listing=[listed])
    (match,) = found.tables["listing_match"].collect().to_dicts()
    assert (match["match_basis"], match["is_confirmed"], match["override"]) == ("identifier", True, "FINAL_DECISION")


def chain(*links, parties_=(), as_of=DAY):
    return build(
        as_of,
        party=[*parties("GIN", country="TKM"), *parties("SPIN", "KNIT", "SEW", country="TUR"), *parties_],
        supply_link=[
            {"link_id": str(n), "buyer_id": b, "supplier_id": s, "commodity_hs": hs, **more} for n, (b, s, hs, more) in enumerate(links)
        ],
        import_ban=[TKM_COTTON],
    )


COTTON_TO_SHIRT = [("SPIN", "GIN", "520100", {}), ("KNIT", "SPIN", "520512", {}), ("SEW", "KNIT", "600621", {})]


def test_cotton_reaches_the_shirt_three_tiers_down_and_the_path_is_kept():
    found = chain(*COTTON_TO_SHIRT)
    reached = {row[0]: row[1:] for row in rows(found, "material_origin", "party_id", "depth", "path")}
    assert reached == {
        "GIN": (0, ["GIN"]),
        "SPIN": (1, ["GIN", "SPIN"]),
        "KNIT": (2, ["GIN", "SPIN", "KNIT"]),
        "SEW": (3, ["GIN", "SPIN", "KNIT", "SEW"]),
    }


def test_goods_outside_the_rule_carry_nothing():
    found = chain(("SPIN", "GIN", "070200", {}), *COTTON_TO_SHIRT[1:])
    assert rows(found, "material_origin", "party_id") == []


def test_before_the_order_there_is_no_rule():
    assert rows(chain(*COTTON_TO_SHIRT, as_of=dt.date(2018, 1, 1)), "material_origin", "party_id") == []


def test_a_proven_other_origin_stops_it_and_a_mere_word_does_not():
    word = {"origin_country": "GRC"}
    proof = {"origin_country": "GRC", "is_origin_proven": True}
    assert len(rows(chain(COTTON_TO_SHIRT[0], ("KNIT", "SPIN", "520512", word)), "material_origin", "party_id")) == 3
    assert rows(chain(COTTON_TO_SHIRT[0], ("KNIT", "SPIN", "520512", proof)), "material_origin", "party_id") == [("GIN",), ("SPIN",)]


def test_a_declared_origin_counts_without_any_party_there():
    found = chain(("KNIT", "SPIN", "520512", {"origin_country": "TKM"}))
    assert rows(found, "material_origin", "party_id", "depth", "source_party_id") == [("KNIT", 1, "SPIN")]


def test_a_cycle_ends():
    found = chain(*COTTON_TO_SHIRT, ("SPIN", "SEW", "520300", {}))
    assert len(rows(found, "material_origin", "party_id")) == 4


def test_a_company_named_like_the_order_is_neither_listed_nor_reached():
    namesake = [{"party_id": "NAME", "name": "All Turkmenistan Cotton Trading", "country": "DEU", "commodity_hs": ["520100"]}]
    found = chain(parties_=namesake)
    assert rows(found, "material_origin", "party_id") == []
    assert rows(found, "listing_match", "party_id") == []


def test_a_register_row_finds_its_agency_by_licence_number():
    found = build(
        recruitment_agency=[{"agency_id": "AG", "name": "Agency", "country": "BGD", "licence_no": "RL-0010"}],
        agency_licence=[
            {"licence_row_id": "1", "country": "BGD", "licence_no": "rl 0010", "status": "suspended"},
            {"licence_row_id": "2", "country": "NPL", "licence_no": "RL-0010", "status": "valid"},
        ],
    )
    assert rows(found, "agency_licence", "agency_id", "status") == [("AG", "suspended")]


def test_what_people_judged_reaches_the_masters():
    twins = [{"party_id": name, "name": "Example Gloves Sdn Bhd", "country": "MYS", "place": "Klang"} for name in ("A", "B")]
    verdicts = pl.DataFrame([("B", "L1", "same")], schema=["party_id", "listing_id", "verdict"], orient="row")
    found = core.build(staged(party=twins, listing=[LISTED]), DAY, core.Judged(listings=verdicts))
    assert rows(found, "listing_match", "party_id", "match_basis", "is_confirmed") == [("A", "judged_same", True)]
    parted = pl.DataFrame([("A", "B", "different")], schema=["party_id", "other_id", "verdict"], orient="row")
    found = core.build(staged(party=twins, listing=[LISTED]), DAY, core.Judged(parties=parted))
    assert rows(found, "party", "party_id") == [("A",), ("B",)]
    assert found.alias.is_empty()


def test_pairs_that_may_be_one_and_dismissed_matches_are_kept_apart_from_the_tables():
    verdicts = pl.DataFrame([("A", "L1", "different")], schema=["party_id", "listing_id", "verdict"], orient="row")
    alike = [{"party_id": n, "name": f"{word} Gloves Sdn Bhd", "country": "MYS"} for n, word in (("A", "Example"), ("B", "Exampple"))]
    found = core.build(staged(party=alike, listing=[LISTED]), DAY, core.Judged(listings=verdicts))
    assert found.party_match.select("party_id", "other_id", "is_confirmed").rows() == [("A", "B", False)]
    assert found.dismissed["party_id"].to_list() == ["A"]
    assert rows(found, "listing_match", "party_id") == [("B",)]


def test_nothing_of_a_later_day_is_known():
    later = dt.date(2026, 1, 1)
    found = build(
        dt.date(2025, 6, 30),
        party=parties("A", "B"),
        supply_link=[{"link_id": "1", "buyer_id": "A", "supplier_id": "B", "observed_on": later}],
        assessment=[
            {"assessment_id": "1", "party_id": "A", "question": "movement", "answer": "free", "source_type": "media", "assessed_on": later}
        ],
        recruitment_payment=[
            {
                "payment_id": "1",
                "party_id": "A",
                "cost_item": "fee",
                "payer": "worker",
                "amount": 5.0,
                "currency": "USD",
                "source_type": "media",
                "paid_on": dt.date(2025, 1, 1),
                "reimbursed_amount": 5.0,
                "reimbursed_on": later,
                "is_reimbursement_verified": True,
            }
        ],
    )
    assert rows(found, "supply_link", "link_id") == []
    assert rows(found, "statement", "party_id") == []
    assert rows(found, "recruitment_payment", "reimbursed_amount", "is_reimbursement_verified") == [(None, None)]


def test_values_become_shares_only_where_no_share_is_stated():
    found = build(
        party=parties("A", "B", "C"),
        supply_link=[
            {"link_id": "1", "buyer_id": "A", "supplier_id": "B", "value_amount": 30.0, "currency": "EUR"},
            {"link_id": "2", "buyer_id": "A", "supplier_id": "C", "value_amount": 10.0, "currency": "EUR"},
            {"link_id": "3", "buyer_id": "B", "supplier_id": "C", "value_amount": 10.0, "currency": "EUR", "share": 0.2},
        ],
    )
    assert sorted(rows(found, "supply_link", "link_id", "share")) == [("1", 0.75), ("2", 0.25), ("3", 0.2)]
