"""Why? The most likely way by which something upstream reaches a party.

Belongs here: best labels and the path behind them. Does not belong here: probabilities over all paths together (presence.py).
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from risk.graph import Floats, Graph, Indices, Ints, compiled
from risk.presence import checked


@dataclass(frozen=True, eq=False)
class WorstPaths:
    """For each party i: value float64[n], the greatest p_j * product of kappa over sources j other than i and all paths from j to i
    (0 if none); source int32[n], that j (-1 if none); next_link int64[n], the first link from i towards it (-1 if none).
    label_* [n, 2]: the best two labels with different sources, a party's own among them (link -1)."""

    graph: Graph
    value: Floats
    source: Indices
    next_link: Ints
    label_source: Indices
    label_link: Ints
    label_slot: npt.NDArray[np.int8]

    def path(self, node: int) -> Ints:
        """Links int64[k] from `node` up to its source; no party comes twice; empty if there is no source.

        value[node] is p of the source multiplied by the kappa of these links, last first, to the last bit."""
        slot = 1 if self.label_source[node, 0] == node else 0
        links = []
        while (link := int(self.label_link[node, slot])) >= 0:
            links.append(link)
            node, slot = int(self.graph.supplier[link]), int(self.label_slot[node, slot])
        return np.array(links, np.int64)

    def all_paths(self, longest: int) -> tuple[Ints, Ints]:
        """node int64[m] and link int64[m]: the first `longest` links of `path` of every node, nearest first, node by node."""
        at = np.flatnonzero(self.source >= 0)
        here, slot = at.copy(), (self.label_source[at, 0] == at).astype(np.int64)
        nodes, links, steps = [at[:0]], [at[:0]], [at[:0]]
        for step in range(longest):
            link = self.label_link[here, slot]
            going = link >= 0
            at, here, slot, link = at[going], here[going], slot[going], link[going]
            if at.size == 0:
                break
            nodes, links, steps = [*nodes, at], [*links, link], [*steps, np.full(at.size, step)]
            here, slot = self.graph.supplier[link].astype(np.int64), self.label_slot[here, slot].astype(np.int64)
        node, order = np.concatenate(nodes), np.lexsort((np.concatenate(steps), np.concatenate(nodes)))
        return node[order], np.concatenate(links)[order]


def worst_path(graph: Graph, p: npt.ArrayLike) -> WorstPaths:
    """The worst path of every party; p float64[n] as in `presence`.

    Ties go to fewer links, then to the smaller node key of the source, then to the first link. A party is never its own source: two
    labels per party, with different sources, see past a cycle through itself. ValueError: p outside 0 to 1 or NaN."""
    label_value, source, link, slot = _labels(
        checked(graph, p), graph.kappa, graph.node_key, graph.buyer, graph.downstream, graph.downstream_link
    )
    nodes = np.arange(graph.node_count)
    best = (source[:, 0] == nodes).astype(np.int64)
    return WorstPaths(graph, label_value[nodes, best], source[nodes, best], link[nodes, best], source, link, slot)


@compiled
def _is_before(value: float, hops: int, key: Any, link: int, other_value: float, other_hops: int, other_key: Any, other_link: int) -> bool:
    if value != other_value:
        return bool(value > other_value)
    if hops != other_hops:
        return bool(hops < other_hops)
    if key != other_key:
        return bool(key < other_key)
    return bool(link < other_link)


@compiled
def _labels(p: Any, kappa: Any, key: Any, buyer: Any, downstream: Any, downstream_link: Any) -> Any:
    """Dijkstra on the product, greatest first, that settles up to two labels with different sources per node.

    A settled label never changes, so a path can be read back slot by slot. The best two offers so far keep hopeless ones off the heap.
    """
    n = p.size
    settled, value, source = np.zeros(n, np.int8), np.zeros((n, 2)), np.full((n, 2), -1, np.int32)
    link_of, slot_of = np.full((n, 2), -1, np.int64), np.zeros((n, 2), np.int8)
    offer, offer_source, offer_hops = np.zeros((n, 2)), np.full((n, 2), -1, np.int32), np.zeros((n, 2), np.int32)
    offer_link = np.full((n, 2), -1, np.int64)
    heap: Any = [(-1.0, 0, np.uint64(0), -1, 0, 0)]
    heap.pop()
    for node in range(n):
        if p[node] > 0:
            offer[node, 0], offer_source[node, 0] = p[node], node
            heap.append((-p[node], 0, key[node], -1, 0, node))
    heapq.heapify(heap)
    while len(heap) > 0:
        negative, hops, source_key, link, slot, origin = heapq.heappop(heap)
        node = buyer[link] if link >= 0 else origin
        place = settled[node]
        if place == 2 or (place == 1 and source[node, 0] == origin):
            continue
        value[node, place], source[node, place], link_of[node, place], slot_of[node, place] = -negative, origin, link, slot
        settled[node] += 1
        for entry in range(downstream[node], downstream[node + 1]):
            onward = downstream_link[entry]
            to, carried = buyer[onward], -negative * kappa[onward]
            if carried <= 0 or settled[to] == 2 or (settled[to] == 1 and source[to, 0] == origin):
                continue
            rank = 0 if offer_source[to, 0] == origin else 1  # the offer that this one would replace
            if offer_source[to, rank] >= 0 and not _is_before(
                carried, hops + 1, source_key, onward,
                offer[to, rank], offer_hops[to, rank], key[offer_source[to, rank]], offer_link[to, rank],
            ):
                continue
            if rank == 1 and (offer_source[to, 0] < 0 or _is_before(
                carried, hops + 1, source_key, onward, offer[to, 0], offer_hops[to, 0], key[offer_source[to, 0]], offer_link[to, 0]
            )):
                rank = 0
                offer[to, 1], offer_source[to, 1] = offer[to, 0], offer_source[to, 0]
                offer_hops[to, 1], offer_link[to, 1] = offer_hops[to, 0], offer_link[to, 0]
            offer[to, rank], offer_source[to, rank] = carried, origin
            offer_hops[to, rank], offer_link[to, rank] = hops + 1, onward
            heapq.heappush(heap, (-carried, hops + 1, source_key, np.int64(onward), np.int64(place), origin))
    return value, source, link_of, slot_of
