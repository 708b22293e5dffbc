"""Context says how deep to ask, of every tenderer alike; where a bidder is based says nothing of goods."""

import pytest
import screened

from data.procurement import Item
from risk.screening import context
from risk.screening.context import Ban, Good

GOODS = (
    Good("us_dol_tvpra", "2024", "Cotton", "CHN", ("5201", "52"), True, True),
    Good("us_dol_tvpra", "2024", "Cotton", "TKM", ("5201",), True, False),
    Good("us_dol_eo13126", "2014", "Cotton", "UZB", ("5201",), True, False),
    Good("us_dol_tvpra", "2024", "Bricks", "IND", ("6904",), True, True),
)
BANS = (Ban("b1", "CBP", "Cotton", "CHN", "CN-XJ", ("52",), "active"), Ban("b2", "CBP", "everything", "PRK", None, ("*",), "active"))


def cotton(*origins, country="CHN", **more):
    bids = [screened.bid(10.0, countries_of_origin=list(origins))]
    return screened.process(screened.tenderer(screened.organisation(country=country), bids=bids), items=[Item(hs=["5201"])], **more)


def noted(process):
    return context.notes(process, context.listed(GOODS, context.headings(process)), BANS)


def asked(process, profile="eu_2014_24"):
    result = screened.screen([process], screened.evidence(goods=GOODS, bans=BANS), profile=profile)
    return {one.code: one.values for one in result.results[0].tenderers[0].questions}


def test_a_listed_good_of_the_origin_offered():
    found = [one for one in noted(cotton("CHN")) if one.code == "listed_good"]
    assert [(one.values["good"], one.values["country"]) for one in found] == [("Cotton", "CHN")]


def test_without_an_origin_the_countries_listed_are_named_and_none_is_taken_for_it():
    found = {one.values["list_id"]: one.values["countries"] for one in noted(cotton()) if one.code == "listed_good_elsewhere"}
    assert found == {"us_dol_tvpra": ["CHN", "TKM"], "us_dol_eo13126": ["UZB"]}


def test_where_the_bidder_is_based_changes_nothing():
    results = [screened.screen([cotton(country=country)], screened.evidence(goods=GOODS, bans=BANS)) for country in ("CHN", "FRA")]
    contexts, questions = (
        [[one.model_dump(exclude={"organisation_id"}) for one in part(result.results[0])] for result in results]
        for part in (lambda result: result.context, lambda result: result.tenderers[0].questions)
    )
    assert contexts[0] == contexts[1]
    assert questions[0] == questions[1]


def test_context_is_never_a_fact_a_ground_or_a_standing():
    result = screened.screen([cotton("CHN")], screened.evidence(goods=GOODS, bans=BANS)).results[0]
    assert result.context
    assert result.tenderers[0].facts == []
    assert result.tenderers[0].standing == "nothing_found"


def test_an_order_for_a_territory_of_the_origin():
    assert [one.values["country"] for one in noted(cotton("CHN")) if one.code == "import_ban"] == ["CHN"]
    assert [one.values["country"] for one in noted(cotton("PRK")) if one.code == "import_ban"] == ["PRK"]
    assert [one.values["country"] for one in noted(cotton("FRA")) if one.code == "import_ban"] == []


def test_goods_without_a_heading_are_said_to_be_unsearched():
    process = screened.process(screened.tenderer(), items=[Item(description="chairs", scheme="LOCAL", code="7")])
    assert [one.code for one in noted(process)] == ["goods_not_coded"]


@pytest.mark.parametrize(
    ("scheme", "code", "sector"), [("CPV", "90910000", "cleaning"), ("cpv", "79620000", "staffing"), ("CPV", "45000000", "construction")]
)
def test_sectors_where_many_are_recruited(scheme, code, sector):
    process = screened.process(screened.tenderer(), category="services", items=[Item(scheme=scheme, code=code)])
    assert [one.values["sector"] for one in noted(process)] == [sector]
    assert asked(process)["recruitment"]["sectors"] == [sector]


def test_a_code_of_another_scheme_is_no_sector():
    process = screened.process(screened.tenderer(), category="services", items=[Item(scheme="LOCAL", code="90910000")])
    assert noted(process) == []


def test_an_origin_that_is_listed_is_traced_and_one_that_is_missing_is_asked():
    assert asked(cotton("CHN"))["trace_origin"] == {"goods": ["Cotton"], "countries": ["CHN"]}
    assert asked(cotton())["state_origin"] == {"goods": ["Cotton"]}
    assert not {"trace_origin", "state_origin"} & set(asked(cotton("FRA")))


def test_certification_is_asked_where_the_law_asks_for_it():
    us = "us_far_22_17_eo_13126"
    assert asked(cotton("UZB"), us)["certify_goods"] == {"goods": ["Cotton"], "countries": ["UZB"]}
    assert "certify_goods" in asked(cotton(), us)
    assert "certify_goods" not in asked(cotton("CHN"), us)
    assert "certify_goods" not in asked(cotton("UZB"), "eu_2014_24")
