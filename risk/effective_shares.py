"""Effective shares through chains, diamonds and cross-holdings, as an interval: what is known at least, and what is possible at most.

Belongs here: arithmetic of stakes and of control. Does not belong here: how it is worded (connections.py), what law makes of it (profiles),
and likelihoods passing along owners (ownership.py).
"""

from __future__ import annotations

import heapq
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

import numpy as np

MAJORITY = 0.5
TOLERANCE = 1e-12
SWEEPS, IMPROVEMENTS = 50, 50
LONGEST, MOST_PATHS = 12, 20_000


class Stake(NamedTuple):
    """`owner` holds between `low` and `high` of `owned`, shares of 1. A share that is not stated is 0 to 1."""

    owner: str
    owned: str
    low: float = 0.0
    high: float = 1.0


class Interval(NamedTuple):
    """Effective share of 1: at least `lower` and, through the links on record, at most `upper`."""

    lower: float
    upper: float


def merged(stakes: Iterable[Stake]) -> list[Stake]:
    """One stake for each pair: of several statements the widest range, a statement without a share adding nothing where another has one.

    ValueError: a share outside 0 to 1, or a range the wrong way round.
    """
    found: dict[tuple[str, str], list[Stake]] = defaultdict(list)
    for stake in stakes:
        if not 0 <= stake.low <= stake.high <= 1:
            raise ValueError(f"{stake.owner} owns {stake.low} to {stake.high} of {stake.owned}: give shares from 0 to 1, least first.")
        if stake.owner != stake.owned:  # a company's own shares are nobody else's
            found[stake.owner, stake.owned].append(stake)
    result = []
    for (owner, owned), statements in sorted(found.items()):
        stated = [one for one in statements if (one.low, one.high) != (0.0, 1.0)] or statements
        result.append(Stake(owner, owned, min(one.low for one in stated), max(one.high for one in stated)))
    return result


def effective_shares(stakes: Iterable[Stake], owner: str) -> dict[str, Interval]:
    """The effective share of `owner` in every party it reaches, as an interval.

    A unit of a party belongs, stake by stake, to its owners and to theirs; the effective share is the part that comes to `owner`, counted
    once where it comes by again (the ratio (I - A)^-1[o, x] / (I - A)^-1[o, o]). So it is a sum over paths, closed over cycles, and never
    above 1. The lower bound takes every stake at its least; the upper bound is the greatest over all stakes within their ranges that leave
    no party owned by more than 1, so a link of unknown share never lowers it. What is on no record is in neither. Where the least shares of
    one party add up to more than 1, which cannot be, the lower bound takes them cut in proportion and the upper bound lets each be less.
    """
    above: dict[str, list[Stake]] = defaultdict(list)
    for stake in merged(stakes):
        above[stake.owned].append(stake)
    total = {party: sum(stake.low for stake in held) for party, held in above.items()}
    wide = {party: [stake._replace(low=0.0) for stake in held] if total[party] > 1 else held for party, held in above.items()}
    upper = _greatest(wide, owner)
    least = {party: [(stake.owner, stake.low / max(1.0, total[party])) for stake in above[party] if stake.low > 0] for party in upper}
    lower = _solved(least, owner)
    return {party: Interval(min(lower.get(party, 0.0), value), value) for party, value in sorted(upper.items())}


def _below(above: Mapping[str, list[tuple[str, float]]], owner: str) -> list[str]:
    """The parties that `owner` reaches, nearest first."""
    down: dict[str, list[str]] = defaultdict(list)
    for party in sorted(above):
        for holder, share in above[party]:
            if share > 0:
                down[holder].append(party)
    order, seen = [owner], {owner}
    for party in order:
        for child in down[party]:
            if child not in seen:
                seen.add(child)
                order.append(child)
    return order[1:]


def _solved(above: Mapping[str, list[tuple[str, float]]], owner: str) -> dict[str, float]:
    """h(x) = sum of share * h(holder), h(owner) = 1, over the parties that `owner` reaches (all others have nothing of it)."""
    order = _below(above, owner)
    place = {party: n for n, party in enumerate(order)}
    matrix, given = np.eye(len(order)), np.zeros(len(order))
    for party, n in place.items():
        for holder, share in above[party]:
            if holder == owner:
                given[n] += share
            elif holder in place:
                matrix[n, place[holder]] -= share
    return dict(zip(order, np.clip(np.linalg.solve(matrix, given), 0.0, 1.0).tolist(), strict=True)) if order else {}


def _greatest(above: Mapping[str, list[Stake]], owner: str) -> dict[str, float]:
    """The upper bounds: stakes are raised where it helps `owner` most, and the system is solved anew until nothing is gained."""
    order = _below({party: [(stake.owner, stake.high) for stake in stakes] for party, stakes in above.items()}, owner)
    value = {owner: 1.0, **dict.fromkeys(order, 0.0)}
    for _ in range(SWEEPS):
        change = 0.0
        for party in order:
            new = min(1.0, sum(share * value.get(holder, 0.0) for holder, share in _raised(above[party], value)))
            change, value[party] = max(change, new - value[party]), max(new, value[party])
        if change <= TOLERANCE:
            break
    for _ in range(IMPROVEMENTS):  # closes what sweeps only approach: long rings of cross-holdings
        better = _solved({party: _raised(above[party], value) for party in order}, owner)
        gain = max((better[party] - value[party] for party in better), default=0.0)
        value |= {party: max(value[party], found) for party, found in better.items()}
        if gain <= TOLERANCE:
            break
    return {party: value[party] for party in order}


def _raised(stakes: list[Stake], value: Mapping[str, float]) -> list[tuple[str, float]]:
    """Stakes of one party within their ranges, adding up to at most 1, that give the greatest part to the holders of greatest value."""
    left, found = 1.0 - sum(stake.low for stake in stakes), []
    for stake in sorted(stakes, key=lambda one: (-value.get(one.owner, 0.0), one.owner)):
        more = max(0.0, min(left, stake.high - stake.low))
        left -= more
        found.append((stake.owner, stake.low + more))
    return found


def chains(weights: Mapping[tuple[str, str], float], owner: str, owned: str, top: int = 3) -> list[tuple[str, ...]]:
    """The `top` paths without repetition from `owner` down to `owned`, greatest product of weights first; ties in order of names."""
    down: dict[str, list[tuple[str, float]]] = defaultdict(list)
    for (holder, party), weight in sorted(weights.items()):
        if weight > 0:
            down[holder].append((party, weight))
    return [path for path, _ in zip(_paths(down, owner, owned), range(top), strict=False)]


def _paths(down: Mapping[str, list[tuple[str, float]]], owner: str, owned: str) -> Iterator[tuple[str, ...]]:
    heap: list[tuple[float, tuple[str, ...]]] = [(-1.0, (owner,))]
    for _ in range(MOST_PATHS):
        if not heap:
            return
        product, path = heapq.heappop(heap)
        if path[-1] == owned and len(path) > 1:
            yield path
            continue
        if len(path) <= LONGEST:
            for party, weight in down.get(path[-1], ()):
                if party not in path:
                    heapq.heappush(heap, (product * weight, (*path, party)))


def controlled(links: Iterable[tuple[str, str]], owner: str) -> dict[str, tuple[str, ...]]:
    """The parties that `owner` controls at every link of a chain, each with the shortest one. Control passes whole, not multiplied."""
    down: dict[str, set[str]] = defaultdict(set)
    for holder, party in links:
        down[holder].add(party)
    found: dict[str, tuple[str, ...]] = {owner: (owner,)}
    order = [owner]
    for holder in order:
        for party in sorted(down[holder]):
            if party not in found:
                found[party] = (*found[holder], party)
                order.append(party)
    return {party: chain for party, chain in found.items() if party != owner}
