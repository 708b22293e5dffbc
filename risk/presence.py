"""Is any of it present? Monte Carlo over the network, 64 draws in one machine word.

Belongs here: random bits and reachability. Does not belong here: shares, worst paths and levers (propagation.py, worst_path.py).

A bit belongs to (seed, party or link, draw) and is 1 when its uniform number lies below p: raising p only ever turns bits on, so results
never fall when a p or kappa rises or a link is added, and a nightly difference is never noise.
"""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from risk.graph import Floats, Graph, Indices, Keys, compiled, mix

DRAWS = 2048
SEED = 20190101
ALWAYS = np.uint64(0xFFFFFFFFFFFFFFFF)
ONE = np.uint64(1)
BLOCK = 8  # words worked on together: the reach of a party is then one cache line, read once for all of them


class Presence(NamedTuple):
    """any float64[n]: share of draws in which the party or something upstream of it is affected. upstream float64[n]: in which another
    party is, and its material reaches this one; a party's own work coming back to it round a cycle does not count."""

    any: Floats
    upstream: Floats


def presence(graph: Graph, p: npt.ArrayLike, draws: int = DRAWS, seed: int = SEED, threads: int | None = None) -> Presence:
    """Probability that any affected input is present in each party's output, by `draws` draws (a multiple of 64).

    p float64[n]: likelihood of each party's own work. Party i is affected itself with p_i; supplier j's output is in buyer i's with
    kappa. Standard error sqrt(x (1 - x) / draws), at most 0.011 for 2048. The result is the same for any number of threads.
    ValueError: p outside 0 to 1 or NaN, or draws no multiple of 64.
    """
    counts = _count(graph, checked(graph, p), draws, seed, True, threads)
    return Presence(counts[0] / draws, counts[1] / draws)


def presence_at(graph: Graph, p: Floats, kappa: Floats, root: int, draws: int = DRAWS, seed: int = SEED) -> float:
    """`presence(...).any[root]` on the same draws with other kappa float64[m]; quicker, for trying out changes."""
    return float(_count(graph, p, draws, seed, False, 1, kappa)[0, root] / draws)


def checked(graph: Graph, p: npt.ArrayLike) -> Floats:
    """p as float64[n]; ValueError if the length is wrong or a value is not a probability."""
    values = np.asarray(p, np.float64)
    if values.shape != (graph.node_count,) or not ((values >= 0) & (values <= 1)).all():
        raise ValueError(f"p must be {graph.node_count} probabilities of 0 to 1 without NaN; an unscored party gets its prior.")
    return values


def _thresholds(p: Floats) -> Keys:
    """p as a 64-bit fraction; 1 is marked by all ones, which no fraction below it reaches."""
    return np.where(p < 1, np.minimum(p, 1 - 2**-53) * 2.0**64, 0).astype(np.uint64) | np.where(p < 1, 0, ALWAYS).astype(np.uint64)


def _count(
    graph: Graph, p: Floats, draws: int, seed: int, apart: bool, threads: int | None, kappa: Floats | None = None
) -> npt.NDArray[Any]:
    """uint32[2, n]: draws in which anything, or (if `apart`) another party's work, reaches each party."""
    if draws <= 0 or draws % 64:
        raise ValueError(f"draws is {draws}: give a positive multiple of 64, such as {DRAWS}.")
    words = draws // 64
    workers = min(threads or os.cpu_count() or 1, -(-words // BLOCK), 8)  # each has its own buffers: eight keep memory in bounds
    salts = np.array([mix(np.uint64(seed % 2**60 * 4 + kind)) for kind in range(3)], np.uint64)
    limits = _thresholds(p), _thresholds(graph.kappa if kappa is None else kappa)
    place, inner = _places(graph)
    counts = np.zeros((workers, 2, graph.node_count), np.uint32)

    def run(worker: int) -> None:
        _sample(
            worker, workers, words, salts, *limits, graph.node_key, graph.link_key, graph.upstream, graph.supplier, graph.downstream,
            graph.downstream_link, graph.buyer, graph.cycles.order, graph.cycles.start, place, inner, apart, counts[worker],
        )

    if workers == 1:
        run(0)
    else:
        with ThreadPoolExecutor(workers) as pool:
            list(pool.map(run, range(workers)))
    return np.asarray(counts.sum(axis=0))


def _places(graph: Graph) -> tuple[Indices, Indices]:
    """place int32[n] of a node within its component; inner int32[m], the supplier's place where a link lies inside one, else -1.
    Both empty without cycles."""
    component, order, start = graph.cycles
    if graph.cycles.largest <= 1:
        return np.empty(0, np.int32), np.empty(0, np.int32)
    place = np.empty(graph.node_count, np.int32)
    place[order] = np.arange(graph.node_count) - start[component[order]]
    return place, np.where(component[graph.buyer] == component[graph.supplier], place[graph.supplier], np.int32(-1))


@compiled
def _bits(state: Any, word: int, limit: Any, wanted: Any) -> Any:
    """Those `wanted` draws of a word whose uniform number, the word's bit planes from the highest down, lies below `limit`."""
    if limit == ALWAYS:
        return wanted
    counter = state + np.uint64(word << 6) * np.uint64(0x9E3779B97F4A7C15)
    below = np.uint64(0)
    while wanted != 0 and limit != 0:
        counter += np.uint64(0x9E3779B97F4A7C15)
        plane = mix(counter)
        top = np.uint64(0) - (limit >> np.uint64(63))  # all ones where this binary digit of the limit is 1
        below |= wanted & ~plane & top
        wanted &= ~(plane ^ top)
        limit <<= ONE
    return below


@compiled
def _ones(word: Any) -> Any:
    word -= (word >> ONE) & np.uint64(0x5555555555555555)
    word = (word & np.uint64(0x3333333333333333)) + ((word >> np.uint64(2)) & np.uint64(0x3333333333333333))
    return (((word + (word >> np.uint64(4))) & np.uint64(0x0F0F0F0F0F0F0F0F)) * np.uint64(0x0101010101010101)) >> np.uint64(56)


@compiled
def _sample(
    first: int, step: int, words: int, salts: Any, p: Any, kappa: Any, node_key: Any, link_key: Any, upstream: Any, supplier: Any,
    downstream: Any, downstream_link: Any, buyer: Any, order: Any, start: Any, place: Any, inner: Any, apart: bool, counts: Any,
) -> None:
    """Adds to counts uint32[2, n] the draws of blocks first, first + step, ... in which a party is reached; [1] by others only."""
    reach, came = np.zeros((order.size, BLOCK), np.uint64), np.zeros(BLOCK, np.uint64)
    size = np.diff(start).max() if inner.size else 0  # buffers only for cycles
    own, outside, tint = np.zeros(size, np.uint64), np.zeros(size, np.uint64), np.zeros((size, 2), np.uint64)
    seen, todo, live = np.zeros(size, np.uint64), np.zeros(size, np.uint64), np.empty(inner.size, np.uint64)
    queue, visited, queued = np.empty(size, np.int32), np.empty(size, np.int32), np.zeros(size, np.bool_)
    for block in range(first * BLOCK, words, step * BLOCK):
        width = min(BLOCK, words - block)
        for c in range(start.size - 1):
            nodes = order[start[c] : start[c + 1]]
            if nodes.size == 1:
                i = nodes[0]
                came[:] = 0
                for link in range(upstream[i], upstream[i + 1]):
                    if supplier[link] != i:
                        state = mix(link_key[link] ^ salts[1])
                        for w in range(width):
                            wanted = reach[supplier[link], w] & ~came[w]
                            if wanted != 0:
                                came[w] |= _bits(state, block + w, kappa[link], wanted)
                state = mix(node_key[i] ^ salts[0])
                for w in range(width):
                    reach[i, w] = came[w] | _bits(state, block + w, p[i], ~came[w])
                    counts[0, i] += _ones(reach[i, w])
                    counts[1, i] += _ones(came[w])
                continue
            for w in range(width):
                for at in range(nodes.size):
                    i = nodes[at]
                    own[at], outside[at] = _bits(mix(node_key[i] ^ salts[0]), block + w, p[i], ALWAYS), 0
                    for link in range(upstream[i], upstream[i + 1]):
                        wanted = ALWAYS if inner[link] >= 0 else reach[supplier[link], w] & ~outside[at]
                        if wanted != 0:
                            live[link] = _bits(mix(link_key[link] ^ salts[1]), block + w, kappa[link], wanted)
                            outside[at] |= live[link] if inner[link] < 0 else np.uint64(0)
                    colour = mix(mix(node_key[i] ^ salts[2]) + np.uint64(block + w))
                    tint[at, 0], tint[at, 1] = outside[at] | (own[at] & ~colour), outside[at] | (own[at] & colour)
                _spread(nodes, upstream, inner, live, tint, queued)
                _spread_rest(nodes, place, downstream, downstream_link, buyer, inner, live, tint, queue, queued)
                for at in range(nodes.size):
                    i = nodes[at]
                    reach[i, w] = tint[at, 0] | tint[at, 1]
                    counts[0, i] += _ones(reach[i, w])
                    if apart:
                        colour = mix(mix(node_key[i] ^ salts[2]) + np.uint64(block + w))
                        alone = _alone(at, colour, nodes, upstream, inner, live, own, outside, tint, seen, todo, queue, visited)
                        counts[1, i] += _ones(reach[i, w] & ~alone)


@compiled
def _spread(nodes: Any, upstream: Any, inner: Any, live: Any, tint: Any, queued: Any) -> None:
    """Up to 64 sweeps, forth and back, that carry sources of either colour along the live links of one component.

    Reading suppliers in link order is much quicker than following single changes; what is still moving at the end is left `queued`."""
    for sweep in range(64):
        changes = 0
        for step in range(nodes.size):
            at = step if sweep % 2 == 0 else nodes.size - 1 - step
            dark, light = tint[at, 0], tint[at, 1]
            for link in range(upstream[nodes[at]], upstream[nodes[at] + 1]):
                if dark & light == ALWAYS:
                    break
                if inner[link] >= 0:
                    dark |= tint[inner[link], 0] & live[link]
                    light |= tint[inner[link], 1] & live[link]
            queued[at] = dark != tint[at, 0] or light != tint[at, 1]
            changes += queued[at]
            tint[at, 0], tint[at, 1] = dark, light
        if changes * 64 < nodes.size:
            break


@compiled
def _spread_rest(
    nodes: Any, place: Any, downstream: Any, downstream_link: Any, buyer: Any, inner: Any, live: Any, tint: Any, queue: Any, queued: Any
) -> None:
    """Follows the changes of `queued` nodes until nothing moves."""
    size, head, waiting = nodes.size, 0, 0
    for at in range(size):
        if queued[at]:
            queue[waiting] = at
            waiting += 1
    while waiting > 0:
        at = queue[head]
        head = head + 1 if head + 1 < size else 0
        waiting -= 1
        queued[at] = False
        for entry in range(downstream[nodes[at]], downstream[nodes[at] + 1]):
            link = downstream_link[entry]
            if inner[link] < 0:
                continue
            to = place[buyer[link]]
            dark, light = tint[to, 0] | (tint[at, 0] & live[link]), tint[to, 1] | (tint[at, 1] & live[link])
            if dark != tint[to, 0] or light != tint[to, 1]:
                tint[to, 0], tint[to, 1] = dark, light
                if not queued[to]:
                    queued[to] = True
                    queue[(head + waiting) % size] = to
                    waiting += 1


@compiled
def _alone(
    first: int, colour: Any, nodes: Any, upstream: Any, inner: Any, live: Any, own: Any, outside: Any, tint: Any, seen: Any, todo: Any,
    stack: Any, visited: Any,
) -> Any:
    """Draws in which the member at place `first` is affected itself and reached by no other party, if perhaps by itself round the cycle.

    A source from outside or of the other colour settles most draws; the rest is searched backwards. Searches that end in vain cover
    disjoint live cycles, so all of them together cost no more than the component.
    """
    alone = own[first] & ~outside[first]
    for link in range(upstream[nodes[first]], upstream[nodes[first] + 1]):
        if alone == 0:
            return alone
        if inner[link] >= 0:
            alone &= ~(live[link] & ((tint[inner[link], 0] & colour) | (tint[inner[link], 1] & ~colour)))
    seen[first] = todo[first] = alone
    stack[0] = visited[0] = first
    depth, visits = 1, 1
    while depth > 0:
        depth -= 1
        at = stack[depth]
        alone &= ~(todo[at] & outside[at])
        draws = todo[at] & alone
        todo[at] = 0
        for link in range(upstream[nodes[at]], upstream[nodes[at] + 1]):
            if draws == 0:
                break
            if inner[link] < 0:
                continue
            other = inner[link]
            new = draws & live[link] & (tint[other, 0] | tint[other, 1]) & ~seen[other]
            if new == 0:
                continue
            if seen[other] == 0:
                visited[visits] = other
                visits += 1
            seen[other] |= new
            alone &= ~(new & own[other])  # `other` is never `first`: its open draws are seen from the start
            draws &= alone
            if todo[other] == 0:
                stack[depth] = other
                depth += 1
            todo[other] |= new
    for k in range(visits):
        seen[visited[k]] = todo[visited[k]] = 0
    return alone
