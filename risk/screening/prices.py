"""Which offers are low beside the others, lot by lot. A low price asks for an explanation; it proves nothing and excludes nobody.

Belongs here: comparing offers of one lot in one currency by the profile's rule. Does not belong here: converting currencies, and any other
sign in prices (identical offers, discounts).
"""

from __future__ import annotations

import bisect
import math
from collections import defaultdict
from typing import NamedTuple

from data.procurement import Bid, Money, Process, Tenderer
from data.screening import PriceCheck
from risk.screening.keys import Note
from risk.screening.profiles import Profile

# Offers that are none, or no more: OCDS bidStatus, and the words that files use beside it.
LEFT_OUT = frozenset(
    {"withdrawn", "disqualified", "invited", "rejected", "invalid", "cancelled", "descalificado", "rechazado", "retirado"}
)
Group = tuple[frozenset[str], str]


class Offer(NamedTuple):
    """One offer that can be compared; `tenderer` is its place in the process."""

    tenderer: int
    bid: Bid
    value: Money


def lots_of(tenderer: Tenderer, bid: Bid, process: Process) -> frozenset[str]:
    """The lots that an offer is for. In a tender of one lot, the whole is that lot."""
    named = frozenset(bid.lot_ids or tenderer.lot_ids)
    if not named and len(process.lots) == 1:
        return frozenset({process.lots[0].lot_id})
    return named


def estimate(lots: frozenset[str], currency: str, process: Process) -> float | None:
    """The estimate of those lots, or of the whole, in this currency; None where any part of it is not known."""
    known = {lot.lot_id: lot.value for lot in process.lots}
    parts = [known.get(lot) for lot in sorted(lots)] if lots else [process.value]
    if not lots or (parts == [None] and len(process.lots) == 1):
        parts = [process.value]
    amounts = [part.amount for part in parts if part is not None and part.currency == currency and _is_price(part.amount)]
    return math.fsum(amounts) if len(amounts) == len(parts) else None


def _is_price(amount: float) -> bool:
    return math.isfinite(amount) and amount > 0


def checks(process: Process, profile: Profile) -> tuple[dict[int, list[PriceCheck]], dict[int, list[Note]]]:
    """By the tenderer's place in the process: its offers beside those of the others, and what could not be compared.

    A consortium is one tenderer, so one offer. Of several offers of another tenderer for the same lots (variants) the lowest counts once.
    """
    groups: dict[Group, list[Offer]] = defaultdict(list)
    found: dict[int, list[PriceCheck]] = defaultdict(list)
    notes: dict[int, list[Note]] = defaultdict(list)
    for place, tenderer in enumerate(process.tenderers):
        for bid in tenderer.bids:
            if (bid.status or "").strip().casefold() in LEFT_OUT:
                continue
            if bid.value is None:
                notes[place].append(Note.PRICE_MISSING)
            elif not _is_price(bid.value.amount):
                notes[place].append(Note.PRICE_NOT_POSITIVE)
            elif bid.value.currency is None:
                notes[place].append(Note.PRICE_WITHOUT_CURRENCY)
            else:
                groups[lots_of(tenderer, bid, process), bid.value.currency].append(Offer(place, bid, bid.value))
    for (lots, currency), offers in sorted(groups.items(), key=lambda item: (sorted(item[0][0]), item[0][1])):
        lowest: dict[int, float] = {}
        for offer in offers:
            lowest[offer.tenderer] = min(offer.value.amount, lowest.get(offer.tenderer, math.inf))
        expected = estimate(lots, currency, process)
        ordered = sorted(lowest.values())
        total = math.fsum(ordered)
        for offer in offers:
            beside = others(ordered, total, lowest[offer.tenderer])
            found[offer.tenderer].append(_check(offer, lots, beside, expected, profile))
    return dict(found), {place: list(dict.fromkeys(some)) for place, some in notes.items()}


def others(ordered: list[float], total: float, own: float) -> tuple[int, float | None, float | None]:
    """Number, mean and median of the offers in `ordered` (rising, with their sum) beside `own`, which is one of them."""
    count = len(ordered) - 1
    if count < 1:
        return 0, None, None
    at = bisect.bisect_left(ordered, own)
    middle = [ordered[place + (place >= at)] for place in ((count - 1) // 2, count // 2)]
    return count, (total - own) / count, math.fsum(middle) / 2


def _check(
    offer: Offer, lots: frozenset[str], beside: tuple[int, float | None, float | None], expected: float | None, profile: Profile
) -> PriceCheck:
    rule = profile.prices
    count, mean, median = beside
    below_mean = None if mean is None else 1 - offer.value.amount / mean
    below_estimate = None if expected is None else 1 - offer.value.amount / expected
    by_mean = None
    if below_mean is not None and median is not None and count >= rule.least_other_offers.value:
        # Below the median too: one offer that is far too high lifts the mean and makes nobody else low.
        by_mean = below_mean >= rule.below_mean.value and offer.value.amount <= median * (1 - rule.below_mean.value)
    by_estimate = below_estimate is not None and below_estimate >= rule.below_estimate.value
    return PriceCheck(
        lot_id=", ".join(sorted(lots)) or None, bid_id=offer.bid.bid_id, value=offer.value, compared_with=count, median=median, mean=mean,
        estimate=expected, below_mean=below_mean, below_estimate=below_estimate, is_low=True if by_estimate else by_mean, rule=rule.rule,
    )
