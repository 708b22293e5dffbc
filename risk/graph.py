"""The supply network as arrays: links sorted by buyer, an index by supplier, and its cycles, found once.

Belongs here: the `Graph`, stable hash keys, and the shares of a buyer's output that its links explain.
Does not belong here: what flows along the links (propagation.py) and how far away a party is (tiers.py).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple, TypeVar, cast

import numba
import numpy as np
import numpy.typing as npt
import polars as pl

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Indices = npt.NDArray[np.int32]
Keys = npt.NDArray[np.uint64]
F = TypeVar("F", bound=Callable[..., Any])


def compiled(function: F) -> F:
    """`function` compiled by numba, cached on disk. It lets other threads run: we use threads of our own, since numba's
    fallback threading layer aborts the process when two requests enter it at once."""
    return cast(F, numba.njit(nogil=True, cache=True)(function))


@compiled
def mix(value: Any) -> Any:
    """The splitmix64 finaliser: uint64 -> uint64, a bijection with good avalanche."""
    value = (value ^ (value >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    value = (value ^ (value >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return value ^ (value >> np.uint64(31))


class Cycles(NamedTuple):
    """Strongly connected components, suppliers before buyers: `order[start[c]:start[c + 1]]` are the nodes of component c,
    rising, so that their links are read as they lie in memory."""

    component: Indices
    order: Indices
    start: Ints

    @property
    def largest(self) -> int:
        """Nodes of the largest component; 1 where the network has no cycle."""
        return int(np.diff(self.start).max(initial=0))


@dataclass(frozen=True, eq=False)
class Graph:
    """n parties and m supply links, sorted by (buyer, supplier, link key); parallel links (several commodities) are kept.

    buyer, supplier int32[m]: node numbers. share float64[m]: share of the buyer's output that embodies this input (NaN unknown).
    kappa float64[m]: probability that the buyer's product physically contains the supplier's output (custody factor x link confidence).
    node_key uint64[n], link_key uint64[m]: stable hashes; random bits hang on them, so they hold from night to night.
    row int64[m]: place of the link in the rows given to `build`. upstream int64[n+1]: links of buyer i are upstream[i]:upstream[i+1].
    downstream int64[n+1], downstream_link int32[m]: links of supplier i are downstream_link[downstream[i]:downstream[i+1]].
    """

    node_count: int
    buyer: Indices
    supplier: Indices
    share: Floats
    kappa: Floats
    node_key: Keys
    link_key: Keys
    row: Ints
    upstream: Ints
    downstream: Ints
    downstream_link: Indices

    @classmethod
    def build(
        cls, node_count: int, buyer: npt.ArrayLike, supplier: npt.ArrayLike, share: npt.ArrayLike | None = None,
        kappa: npt.ArrayLike | None = None, node_key: Keys | None = None, link_key: Keys | None = None,
    ) -> Graph:
        """The graph of m rows in any order: all but `row` is independent of that order.

        share defaults to unknown, kappa to 1. Without `link_key`, keys follow from the two parties and the rank of the link's kappa
        among parallel ones. Links of equal key share their random state. ValueError: a value out of range, and in which row.
        """
        b, s = np.asarray(buyer, np.int64), np.asarray(supplier, np.int64)
        f = np.full(b.size, np.nan) if share is None else np.asarray(share, np.float64)
        k = np.ones(b.size) if kappa is None else np.asarray(kappa, np.float64)
        nodes = mix_keys(np.arange(node_count)) if node_key is None else np.asarray(node_key, np.uint64)
        given = np.zeros(b.size, np.uint64) if link_key is None else np.asarray(link_key, np.uint64)
        if len({b.size, s.size, f.size, k.size, given.size}) > 1 or nodes.size != node_count:
            raise ValueError("buyer, supplier, share, kappa and link_key must be of one length, and node_key of node_count.")
        for name, values, bad in (
            ("buyer", b, (b < 0) | (b >= node_count)), ("supplier", s, (s < 0) | (s >= node_count)),
            ("share", f, (f < 0) | (f > 1)), ("kappa", k, ~((k >= 0) & (k <= 1))),
        ):
            if bad.any():
                first = int(bad.argmax())
                raise ValueError(f"{name} of row {first} is {values[first]}: give a node below {node_count}, or a value of 0 to 1.")
        order = _sorted_rows(b * node_count + s, given, k, f)
        b32, s32, k = b[order].astype(np.int32), s[order].astype(np.int32), k[order]
        keys = given[order] if link_key is not None else _pair_keys(b32, s32, nodes)
        down = np.argsort(s32, kind="stable").astype(np.int32)
        up_start, down_start = (np.concatenate([[0], np.cumsum(np.bincount(ends, minlength=node_count))]) for ends in (b32, s32))
        return cls(node_count, b32, s32, f[order], k, nodes, keys, order, up_start, down_start, down)

    @property
    def link_count(self) -> int:
        return self.buyer.size

    @cached_property
    def cycles(self) -> Cycles:
        """The strongly connected components, suppliers before buyers; computed on first use in time linear in links."""
        component, closed = _components(self.upstream, self.supplier)
        start = np.concatenate([[0], np.cumsum(np.bincount(component, minlength=closed))])
        return Cycles(component, np.argsort(component, kind="stable").astype(np.int32), start)

    def extended(
        self, buyer: npt.ArrayLike, supplier: npt.ArrayLike, share: npt.ArrayLike, node_key: Keys, link_key: Keys,
        kappa: npt.ArrayLike | None = None,
    ) -> Graph:
        """This graph with more nodes (numbered from node_count, with `node_key`) and more links, kappa 1 by default: pseudo-suppliers.

        `row` of the result counts the links of this graph first (in its order), then those given."""
        more = np.ones(np.size(np.asarray(buyer))) if kappa is None else kappa
        parts = ((self.buyer, buyer), (self.supplier, supplier), (self.share, share), (self.kappa, more))
        b, s, f, k = (np.concatenate([old, np.asarray(new)]) for old, new in parts)
        keys, nodes = np.concatenate([self.link_key, link_key]), np.concatenate([self.node_key, node_key])
        return Graph.build(nodes.size, b, s, f, k, nodes, keys)


class Shares(NamedTuple):
    """link float64[m], remainder float64[n], own float64[n]: own + remainder + the links of a buyer sum to 1."""

    link: Floats
    remainder: Floats
    own: Floats


def resolve_shares(
    graph: Graph, own_share: float | Floats = 0.2, own_share_min: float = 0.05, buys_inputs: npt.NDArray[np.bool_] | None = None
) -> Shares:
    """What each link, the unmapped remainder and the party's own work contribute to its output.

    Known shares are kept; where they sum above 1 - own_share_min they are scaled down to it. What they and `own_share` (default per
    party, or float64[n]) leave unexplained goes in equal parts to the suppliers of unknown share and to one pseudo-supplier, the
    *unmapped remainder*: a supplier that is left out stays in the sum. Several links of unknown share from one supplier divide its part.
    Where known shares already refute `own_share`, suppliers of unknown share divide what is left above own_share_min, lest they count
    nothing. A party without links is all its own work, unless `buys_inputs` (bool[n]) says that it buys: then all but its own share
    is remainder. ValueError: an own share outside own_share_min to 1.
    """
    n, own = graph.node_count, np.broadcast_to(np.asarray(own_share, np.float64), (graph.node_count,))
    if not (0 < own_share_min <= 1) or ((own < own_share_min) | ~(own <= 1)).any():
        raise ValueError(f"own shares must lie between own_share_min = {own_share_min} (above 0) and 1; correct tiers.own_share.")
    unknown = np.isnan(graph.share)
    link = np.where(unknown, 0.0, graph.share)
    stated = np.bincount(graph.buyer, link, n)
    link *= np.where(stated > 1 - own_share_min, (1 - own_share_min) / np.maximum(stated, 1e-300), 1.0)[graph.buyer]
    stated = np.minimum(stated, 1 - own_share_min)
    buyers, suppliers = graph.buyer[unknown], graph.supplier[unknown]
    is_first = np.ones(buyers.size, bool)
    is_first[1:] = (buyers[1:] != buyers[:-1]) | (suppliers[1:] != suppliers[:-1])
    pair = np.cumsum(is_first) - 1
    parts = np.bincount(buyers, is_first, n)
    left = 1 - own - stated
    left = np.maximum(np.where((left <= 0) & (parts > 0), 1 - own_share_min - stated, left), 0.0)
    part = left / (parts + 1)
    link[unknown] = part[buyers] / np.bincount(pair)[pair]
    buys = np.diff(graph.upstream) > 0
    remainder = np.where(buys if buys_inputs is None else buys | buys_inputs, part, 0.0)
    work = np.asarray(1 - np.bincount(graph.buyer, link, n) - remainder, np.float64)
    return Shares(link, remainder, work)


def mix_keys(values: npt.ArrayLike) -> Keys:
    """uint64 keys of whole numbers, well spread; equal numbers give equal keys."""
    with np.errstate(over="ignore"):
        return np.asarray(mix(np.asarray(values).astype(np.uint64) + np.uint64(0x9E3779B97F4A7C15)))


def stable_keys(ids: pl.Series) -> Keys:
    """uint64[k] hashes (FNV-1a, then mixed) of k text ids; the same on every machine and in every version. Null counts as empty."""
    found = np.empty(len(ids), np.uint64)
    for first in range(0, len(ids), 1_000_000):  # in pieces: the joined text is held in memory
        piece = ids.slice(first, 1_000_000).fill_null("")
        text = np.frombuffer(str(piece.str.join().item()).encode(), np.uint8)
        ends = np.cumsum(piece.str.len_bytes().to_numpy().astype(np.int64))
        found[first : first + len(piece)] = _hash_texts(text, ends)
    return found


def supply_graph(party_id: pl.Series, links: pl.DataFrame) -> Graph:
    """The graph of core tables: nodes in the order of `party_id` (unique), links with link_id, buyer_id, supplier_id, share, kappa.

    `row` leads back to the rows of `links`. ValueError: a link names a party that is not in `party_id`."""
    index = pl.DataFrame({"id": party_id, "node": np.arange(len(party_id))})
    ends = {}
    for name in ("buyer_id", "supplier_id"):
        nodes = links.select(id=name).join(index, on="id", how="left", maintain_order="left")["node"]
        if nodes.null_count():
            row = links.row(int(nodes.is_null().arg_max() or 0), named=True)
            raise ValueError(f"link {row['link_id']!r}: {name} {row[name]!r} is no party; add the party or remove the link.")
        ends[name] = nodes.to_numpy()
    share = links["share"].cast(pl.Float64).fill_null(float("nan")).to_numpy()
    kappa = links["kappa"].to_numpy()
    keys = stable_keys(party_id), stable_keys(links["link_id"])
    return Graph.build(len(party_id), ends["buyer_id"], ends["supplier_id"], share, kappa, *keys)


def _sorted_rows(pair: Ints, key: Keys, kappa: Floats, share: Floats) -> Ints:
    order = np.argsort(pair, kind="stable")
    ordered = pair[order]
    twin = np.zeros(pair.size, bool)
    twin[1:] = ordered[1:] == ordered[:-1]
    twin[:-1] |= twin[1:]
    rows = order[twin]  # only parallel links need the slower sort by every column
    order[twin] = rows[np.lexsort((share[rows], -kappa[rows], key[rows], pair[rows]))]
    return order


def _pair_keys(buyer: Indices, supplier: Indices, node_key: Keys) -> Keys:
    is_first = np.ones(buyer.size, bool)
    is_first[1:] = (buyer[1:] != buyer[:-1]) | (supplier[1:] != supplier[:-1])
    places = np.arange(buyer.size)
    rank = places - np.maximum.accumulate(np.where(is_first, places, 0))
    with np.errstate(over="ignore"):
        return np.asarray(mix(mix(node_key[buyer]) + node_key[supplier]) + mix_keys(rank))


@compiled
def _hash_texts(text: Any, ends: Any) -> Any:
    keys = np.empty(ends.size, np.uint64)
    start = 0
    for i in range(ends.size):
        key = np.uint64(0xCBF29CE484222325)
        for place in range(start, ends[i]):
            key = (key ^ np.uint64(text[place])) * np.uint64(0x100000001B3)
        keys[i] = mix(key)
        start = ends[i]
    return keys


@compiled
def _components(upstream: Any, supplier: Any) -> Any:
    """Tarjan's algorithm without recursion; a component is closed only after all its suppliers, hence the order."""
    n = upstream.size - 1
    component, number, low = np.full(n, -1, np.int32), np.full(n, -1, np.int32), np.zeros(n, np.int32)
    waiting, path, following = np.empty(n, np.int32), np.empty(n, np.int32), upstream[:-1].copy()
    counter, closed, waiting_size = 0, 0, 0
    for root in range(n):
        if number[root] >= 0:
            continue
        depth = 0
        path[0] = root
        while depth >= 0:
            node = path[depth]
            if number[node] < 0:
                number[node] = low[node] = counter
                counter += 1
                waiting[waiting_size] = node
                waiting_size += 1
            if following[node] < upstream[node + 1]:
                other = supplier[following[node]]
                following[node] += 1
                if number[other] < 0:
                    depth += 1
                    path[depth] = other
                elif component[other] < 0:
                    low[node] = min(low[node], number[other])
                continue
            if low[node] == number[node]:
                while component[node] < 0:
                    waiting_size -= 1
                    component[waiting[waiting_size]] = closed
                closed += 1
            depth -= 1
            if depth >= 0:
                low[path[depth]] = min(low[path[depth]], low[node])
    return component, closed
