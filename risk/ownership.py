"""Findings at a parent or sister, as far as they say something about a party.

Belongs here: how likelihoods pass down and across an ownership network. Does not belong here: supply links (propagation.py), and what a
finding at a party's own sites means for it (its own score).
"""

from __future__ import annotations

import heapq
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from risk.graph import Floats, Indices, compiled

CONTROL_FROM, QUARTER_FROM = 0.5, 0.25


class GroupLikelihood(NamedTuple):
    """value float64[n]: likelihood of each party with what its group adds; relative int32[n]: the parent or sister from whom it comes,
    -1 where the party's own likelihood stands."""

    value: Floats
    relative: Indices


def group_likelihood(
    owner: npt.ArrayLike, owned: npt.ArrayLike, share: npt.ArrayLike, is_control: npt.ArrayLike, p: npt.ArrayLike,
    is_policy_level: npt.ArrayLike, phi_policy: float = 1.0, phi_control: float = 0.5, phi_quarter: float = 0.25, phi_small: float = 0.0,
    phi_unknown: float = 0.25,
) -> GroupLikelihood:
    """p_group = max(p, phi * p of a parent or sister) for n parties and k ownership links (rows in any order, duplicates allowed).

    owner, owned int[k]: party numbers. share float[k]: 0 to 1, NaN unknown. is_control bool[k]: control whatever the share.
    p float[n]: likelihood of each party's own work. is_policy_level bool[n]: the party's findings are group policy or a state programme.
    phi: with control, or a share of 50 % or more, phi_policy for policy-level and phi_control for site-level findings; at 25 to 50 %
    phi_quarter; below 25 % phi_small; share unknown and no control, phi_unknown (an unknown stake is not taken for a small one).

    A parent passes on its own finding and what it has from its own group, times phi at every step; a sister (another party of the same
    direct parent) its own finding only, times the lesser phi of the two links. A subsidiary's finding never rises to its parent here.
    Since every phi is at most 1 and the greatest value wins, a ring of cross-holdings adds nothing to itself: the result is the one on
    the condensed network. Ties go to the party's own value, then to the smaller party number. ValueError: a number out of range.
    """
    first, second = np.asarray(owner, np.int64), np.asarray(owned, np.int64)
    stake, control = np.asarray(share, np.float64), np.asarray(is_control, np.bool_)
    likelihood, policy = np.asarray(p, np.float64), np.asarray(is_policy_level, np.bool_)
    if not first.size == second.size == stake.size == control.size or likelihood.size != policy.size:
        raise ValueError("owner, owned, share and is_control must be of one length, and p and is_policy_level of another.")
    phis = (phi_policy, phi_control, phi_quarter, phi_small, phi_unknown)
    bad = (np.minimum(first, second) < 0) | (np.maximum(first, second) >= likelihood.size) | (stake < 0) | (stake > 1)
    if bad.any():
        row = int(bad.argmax())
        raise ValueError(f"ownership row {row} ({first[row]} owns {stake[row]} of {second[row]}): give known parties, share 0 to 1.")
    if not ((likelihood >= 0) & (likelihood <= 1)).all() or not all(0 <= phi <= 1 for phi in phis):
        raise ValueError("likelihoods and phi must lie between 0 and 1 without NaN.")
    lesser = np.where(np.isnan(stake), phi_unknown, np.where(stake >= QUARTER_FROM, phi_quarter, phi_small))
    controls = control | (stake >= CONTROL_FROM)
    value, relative = likelihood.copy(), np.full(likelihood.size, -1, np.int32)
    for is_policy, phi_top in ((True, phi_policy), (False, phi_control)):
        phi = np.where(controls, phi_top, lesser)
        order = np.lexsort((phi, second, first))  # by owner, so that sisters stand together
        own = np.where(policy == is_policy, likelihood, 0.0)
        _pass_down(first[order], second[order], phi[order], own, value, relative)
    return GroupLikelihood(value, relative)


@compiled
def _pass_down(owner: Any, owned: Any, phi: Any, own: Any, value: Any, relative: Any) -> None:
    """Raises value and relative (in place) by findings `own` of one level; links sorted by owner."""
    n, k = own.size, owner.size
    reached, source = own.copy(), np.arange(n)
    start = 0
    while start < k:  # sisters: for each link of one owner, the best finding among the other links, cut to the lesser phi
        end = start
        while end < k and owner[end] == owner[start]:
            end += 1
        _sisters(owned[start:end], phi[start:end], own, reached, source)
        start = end
    heap = [(-reached[node], source[node], node) for node in range(n) if reached[node] > 0]
    heapq.heapify(heap)
    first = np.searchsorted(owner, np.arange(n + 1))
    while len(heap) > 0:  # parents: greatest value first, so each party is settled once, however long the chain
        negative, origin, parent = heapq.heappop(heap)
        if -negative != reached[parent] or origin != source[parent]:
            continue
        for link in range(first[parent], first[parent + 1]):
            carried, child = -negative * phi[link], owned[link]
            if _is_worse(carried, origin, child, reached, source):
                reached[child], source[child] = carried, origin
                heapq.heappush(heap, (-carried, origin, child))
    for node in range(n):
        is_tie = reached[node] == value[node] and relative[node] >= 0 and source[node] < relative[node]
        if source[node] != node and (reached[node] > value[node] or is_tie):
            value[node], relative[node] = reached[node], source[node]


@compiled
def _is_worse(value: float, origin: int, node: int, reached: Any, source: Any) -> bool:
    """Whether a finding of `origin` outweighs what the node has; at equal value the smaller number, but never instead of its own."""
    if origin == node or value <= 0 or value < reached[node]:
        return False
    return bool(value > reached[node] or (source[node] != node and origin < source[node]))


@compiled
def _sisters(owned: Any, phi: Any, own: Any, reached: Any, source: Any) -> None:
    """For links of one owner: each party gets max over sisters of own * min(phi, phi); quick for owners of very many parties.

    With links in falling order of phi, the sisters before a link are cut to its phi, those after it keep theirs."""
    order = np.argsort(-phi, kind="mergesort")
    for backward in range(2):
        best, best_of = 0.0, -1
        for step in range(order.size):
            link = order[order.size - 1 - step] if backward else order[step]
            child = owned[link]
            value = best if backward else best * phi[link]
            if best_of >= 0 and _is_worse(value, best_of, child, reached, source):
                reached[child], source[child] = value, best_of
            offered = own[child] * phi[link] if backward else own[child]
            if offered > best or (offered == best and offered > 0 and child < best_of):
                best, best_of = offered, child
