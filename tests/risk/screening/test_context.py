"""Context says how deep to ask, of every tenderer alike; where a bidder is based says nothing of goods."""

import pytest
import screened
from hypothesis import given, settings
from hypothesis import strategies as st

from data.procurement import Item
from risk.screening import context, profiles
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
    return {one.code: one.values for one in result.results[0].questions}


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


@pytest.mark.parametrize("origins", [("CHN",), (), ("FRA",)])
def test_origin_is_asked_of_every_tenderer_alike_whatever_its_offer_says(origins):
    assert asked(cotton(*origins)) == {"trace_origin": {"goods": ["Cotton"]}}
    us = asked(cotton(*origins), "us_far_22_17_eo_13126")
    assert us["certify_goods"] == {"goods": ["Cotton"], "countries": ["UZB"]}


def test_goods_that_no_list_names_are_not_asked_about():
    assert asked(screened.process(screened.tenderer(), items=[Item(hs=["9401"])])) == {}


@settings(max_examples=30, deadline=None)
@given(st.sets(st.sampled_from(["CHN", "UZB", "FRA", "IND"])), st.booleans(), st.sampled_from(profiles.names()))
def test_no_bidder_is_asked_about_goods_for_its_origin_or_for_a_fact(origins, is_listed, profile):
    """Two bidders alike but for origin and a hit: what is asked of all is the same, and nothing of it is asked of one."""
    process, plain = cotton(*sorted(origins)), cotton()
    hits = [(process.tenderers[0].organisation, screened.entry(), screened.match())] if is_listed else []
    found = [
        screened.screen([one], screened.evidence(hits, goods=GOODS, bans=BANS), profile=profile).results[0] for one in (process, plain)
    ]
    assert found[0].questions == found[1].questions
    alike = {"trace_origin", "state_origin", "certify_goods", "recruitment"}
    assert not alike & {question.code for one in found for question in one.tenderers[0].questions}
    assert all(question.organisation_id is None for question in found[0].questions)


def test_the_lists_that_the_law_names_are_named_where_they_were_not_searched_or_are_old():
    lists = [*screened.searched("eu_fsf", state="stale"), *screened.searched("us_uflpa")]
    (process,) = screened.screen([screened.process(screened.tenderer())], screened.evidence(lists=lists)).results
    assert [(one.code, one.values) for one in process.context] == [("lists_of_profile", {"missing": ["un_sc"], "old": ["eu_fsf"]})]
    assert process.tenderers[0].notes == ["list_of_profile_not_searched"]
