"""Low offers: compared lot by lot, in one currency, each tenderer once. A low price asks; it proves nothing."""

import pytest
import screened

from data.procurement import Lot, Money
from risk.screening import prices, profiles

PROFILE = profiles.load("eu_2014_24")


def offers(*amounts, lots=(), value=None, **more):
    """A process with one tenderer per amount (a number, or a bid)."""
    bids = [amount if hasattr(amount, "value") else screened.bid(amount, **more) for amount in amounts]
    bidders = [screened.tenderer(screened.organisation(f"t{at}", f"Bidder {at}"), bids=[one]) for at, one in enumerate(bids)]
    return screened.process(*bidders, lots=list(lots), value=value)


def checks(process):
    return prices.checks(process, PROFILE)


def test_an_offer_a_quarter_below_the_mean_of_three_others_is_low():
    found, notes = checks(offers(75.0, 100.0, 100.0, 100.0))
    low = found[0][0]
    assert (low.is_low, low.compared_with, low.mean, low.median) == (True, 3, 100.0, 100.0)
    assert low.below_mean == pytest.approx(0.25)
    assert [found[place][0].is_low for place in (1, 2, 3)] == [False] * 3
    assert notes == {}


def test_mean_and_median_are_those_of_the_others():
    found = checks(offers(10.0, 20.0, 30.0, 44.0, 50.0))[0]
    assert [(found[place][0].mean, found[place][0].median) for place in (0, 2, 4)] == [(36.0, 37.0), (31.0, 32.0), (26.0, 25.0)]


def test_just_above_the_limit_is_not_low():
    assert checks(offers(75.1, 100.0, 100.0, 100.0))[0][0][0].is_low is False


def test_one_offer_far_too_high_makes_nobody_else_low():
    found = checks(offers(90.0, 80.0, 85.0, 400.0))[0]
    assert found[0][0].below_mean > 0.25
    assert [found[place][0].is_low for place in range(4)] == [False] * 4


def test_two_others_are_too_few_to_say():
    low = checks(offers(10.0, 100.0, 100.0))[0][0][0]
    assert (low.is_low, low.compared_with) == (None, 2)
    assert low.below_mean == pytest.approx(0.9)


def test_far_below_the_estimate_is_low_however_few_offers():
    found = checks(offers(60.0, value=Money(amount=100.0, currency="EUR")))[0][0][0]
    assert (found.is_low, found.estimate, found.compared_with) == (True, 100.0, 0)


def test_an_estimate_in_another_currency_is_none():
    found = checks(offers(60.0, value=Money(amount=100.0, currency="USD")))[0][0][0]
    assert (found.estimate, found.is_low) == (None, None)


def test_offers_of_another_currency_are_not_compared():
    found = checks(offers(*[screened.bid(100.0) for _ in range(4)], screened.bid(10.0, "USD")))[0]
    assert found[4][0].compared_with == 0
    assert found[0][0].compared_with == 3


def test_each_lot_is_compared_for_itself():
    one = [screened.bid(amount, lot_ids=["1"]) for amount in (50.0, 100.0, 100.0, 100.0)]
    two = [screened.bid(amount, lot_ids=["2"]) for amount in (50.0, 50.0)]
    found = checks(offers(*one, *two, lots=[Lot(lot_id="1"), Lot(lot_id="2")]))[0]
    assert (found[0][0].lot_id, found[0][0].is_low) == ("1", True)
    assert (found[4][0].lot_id, found[4][0].compared_with, found[4][0].is_low) == ("2", 1, None)


def test_in_a_tender_of_one_lot_the_whole_is_that_lot():
    bids = [screened.bid(50.0), *[screened.bid(100.0, lot_ids=["1"]) for _ in range(3)]]
    found = checks(offers(*bids, lots=[Lot(lot_id="1", value=Money(amount=90.0, currency="EUR"))]))[0]
    assert (found[0][0].is_low, found[0][0].compared_with, found[0][0].estimate) == (True, 3, 90.0)


@pytest.mark.parametrize("status", ["withdrawn", "Disqualified", "invited", " rejected "])
def test_offers_that_are_none_or_no_more_are_left_out(status):
    found = checks(offers(75.0, 100.0, 100.0, screened.bid(100.0, status=status)))[0]
    assert found[0][0].compared_with == 2
    assert 3 not in found


@pytest.mark.parametrize(
    ("bid", "note"),
    [
        (screened.bid(None), "price_missing"),
        (screened.bid(0.0), "price_not_positive"),
        (screened.bid(-5.0), "price_not_positive"),
        (screened.bid(float("nan")), "price_not_positive"),
        (screened.bid(float("inf")), "price_not_positive"),
        (screened.bid(5.0, None), "price_without_currency"),
    ],
)
def test_an_offer_that_cannot_be_compared_is_noted_and_lowers_nobody(bid, note):
    found, notes = checks(offers(80.0, 100.0, 100.0, 100.0, bid))
    assert notes == {4: [note]}
    assert 4 not in found
    assert found[0][0].mean == 100.0


def test_a_consortium_is_one_offer_and_variants_count_once():
    members = [screened.organisation("m1", "Member One"), screened.organisation("m2", "Member Two")]
    group = screened.tenderer(is_consortium=True, members=members, bids=[screened.bid(100.0), screened.bid(300.0)])
    rest = [screened.tenderer(screened.organisation(f"t{at}", f"Bidder {at}"), bids=[screened.bid(100.0)]) for at in (2, 3, 4)]
    found = checks(screened.process(group, *rest))[0]
    assert [one.compared_with for one in found[0]] == [3, 3]
    assert found[1][0].mean == 100.0  # the group's lower variant, once
