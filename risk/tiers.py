"""How far up the chain a party stands from a given buyer. A tier belongs to a path, not to a party.

Belongs here: distances and paths. Does not belong here: what flows along them (propagation.py).
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from risk.graph import Graph, Ints, compiled

Int16s = npt.NDArray[np.int16]
Levels = npt.NDArray[np.uint16]
MAX_TIER = 12
STEPS = 2_000_000


def tiers(graph: Graph, root: int, max_tier: int = MAX_TIER) -> tuple[Int16s, Levels]:
    """nearest int16[n] and levels uint16[n], both seen from `root` (tier 0; its direct suppliers are tier 1).

    nearest: links of the shortest supply path, of any length; -1 if none. levels: bit t is set if a supply path of t links, at most
    `max_tier`, leads to the party: a supplier can stand at tiers 2 and 3 at once. Where parties supply one another in a cycle, links of the
    cycle are followed only away from the root (to a farther nearest tier), so that paths end; outside cycles all paths count, exactly.
    ValueError: root is no node, or max_tier is outside 1 to 15.
    """
    _check(graph, root, max_tier, 15)
    nearest, levels = np.full(graph.node_count, -1, np.int16), np.zeros(graph.node_count, np.uint16)
    _levels(root, max_tier, graph.upstream, graph.supplier, graph.cycles.component, nearest, levels)
    return nearest, levels


def simple_paths(graph: Graph, root: int, target: int, limit: int = 50, max_tier: int = MAX_TIER) -> list[Ints]:
    """Supply paths from `root` up to `target` that pass no party twice: links int64[k] from the root on, shortest first.

    At most `limit` paths of at most `max_tier` links. Parallel links count as one step, shown by the one of greatest kappa. Among equally
    long paths the order is that of node numbers. The search is exact without cycles; among many cycles it may stop after 2 million
    steps with the paths found so far. Root and target equal: no path. ValueError: no such node, or max_tier is outside 1 to 63.
    """
    _check(graph, root, max_tier, 63)
    _check(graph, target, max_tier, 63)
    if limit <= 0 or root == target:
        return []
    blank = np.zeros(graph.node_count, np.uint64)  # zeroed by the system only where touched: cheap for a small chain in a large network
    found = _enumerate(
        root, target, limit, max_tier, STEPS, graph.upstream, graph.supplier, graph.downstream, graph.downstream_link, graph.buyer,
        graph.kappa, blank,
    )
    return [row[row >= 0] for row in found]


def tier_table(graph: Graph, party_id: pl.Series, root: int, max_tier: int = MAX_TIER) -> pl.DataFrame:
    """The chain of `root` as a table: party_id, nearest_tier, tiers (list, rising); one row per party reached, nearest first."""
    nearest, levels = tiers(graph, root, max_tier)
    reached = np.flatnonzero(nearest >= 0)
    reached = reached[np.lexsort((reached, nearest[reached]))]
    listed = [[tier for tier in range(max_tier + 1) if level >> tier & 1] for level in levels[reached].tolist()]
    columns = {"party_id": party_id.gather(reached), "nearest_tier": nearest[reached].astype(np.int64)}
    return pl.DataFrame({**columns, "tiers": pl.Series(listed, dtype=pl.List(pl.Int64))})


def _check(graph: Graph, node: int, max_tier: int, most: int) -> None:
    if not 0 <= node < graph.node_count:
        raise ValueError(f"node {node} does not exist: give a number from 0 to {graph.node_count - 1}.")
    if not 1 <= max_tier <= most:
        raise ValueError(f"max_tier is {max_tier}: give a number from 1 to {most}.")


@compiled
def _levels(root: int, max_tier: int, upstream: Any, supplier: Any, component: Any, nearest: Any, levels: Any) -> None:
    nearest[root] = 0
    found = [np.int64(root)]
    at = 0
    while at < len(found):
        node = found[at]
        for link in range(upstream[node], upstream[node + 1]):
            if nearest[supplier[link]] < 0:
                nearest[supplier[link]] = min(nearest[node] + 1, 32767)
                found.append(np.int64(supplier[link]))
        at += 1
    levels[root] = 1
    front = found[:1]
    for tier in range(max_tier):
        following = found[:0]
        bit = 1 << (tier + 1)
        for node in front:
            for link in range(upstream[node], upstream[node + 1]):
                other = supplier[link]
                if component[other] == component[node] and nearest[other] <= nearest[node]:
                    continue
                if not levels[other] & bit:
                    levels[other] |= bit
                    following.append(np.int64(other))
        front = following


@compiled
def _enumerate(
    root: int, target: int, limit: int, longest: int, steps: int, upstream: Any, supplier: Any, downstream: Any, downstream_link: Any,
    buyer: Any, kappa: Any, lengths: Any,
) -> Any:
    """Depth-first search for paths of exactly 1, 2, ... links; bit t of lengths says that a walk of t links leads on to the target."""
    front = [np.int64(target)]
    lengths[target] = 1
    for length in range(longest):
        following = front[:0]
        bit = np.uint64(1) << np.uint64(length + 1)
        for node in front:
            for entry in range(downstream[node], downstream[node + 1]):
                other = buyer[downstream_link[entry]]
                if lengths[other] & bit == 0:
                    lengths[other] |= bit
                    following.append(np.int64(other))
        front = following
    found, count = np.full((limit, longest), -1, np.int64), 0
    path, link_at = np.full(longest + 1, root, np.int64), np.zeros(longest + 1, np.int64)
    for length in range(1, longest + 1):
        if (lengths[root] >> np.uint64(length)) & np.uint64(1) == 0:
            continue
        depth = 0
        link_at[0] = upstream[root]
        while depth >= 0 and count < limit and steps > 0:
            link = link_at[depth]
            if link == upstream[path[depth] + 1]:
                depth -= 1
                continue
            other, last = supplier[link], link
            while last < upstream[path[depth] + 1] and supplier[last] == other:
                if kappa[last] > kappa[link]:
                    link = last
                last += 1
            link_at[depth] = last
            steps -= 1
            left = length - depth - 1
            is_new = (other == target) == (left == 0)
            for earlier in range(depth + 1):
                is_new = is_new and path[earlier] != other
            if not is_new or (lengths[other] >> np.uint64(left)) & np.uint64(1) == 0:
                continue
            found[count, depth] = link
            if left == 0:
                count += 1
                if count < limit:
                    found[count, :depth] = found[count - 1, :depth]
            else:
                depth += 1
                path[depth], link_at[depth] = other, upstream[other]
    return found[:count]
