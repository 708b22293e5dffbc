"""What upstream likelihoods mean for a party: share exposed, presence, worst path, and which change would help most.

Three questions, three computations, never collapsed (methodology 2.8). `presence` and `worst_path` live in modules of their own and are
offered here. Does not belong here: what a likelihood is, and who owns whom (ownership.py).
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from risk.graph import Floats, Graph, Ints, compiled
from risk.presence import DRAWS, SEED, Presence, checked, presence, presence_at
from risk.worst_path import WorstPaths, worst_path

__all__ = ["Lever", "Presence", "WorstPaths", "importance", "presence", "share_exposed", "worst_path"]

TOLERANCE = 1e-10
SWEEPS = 20_000


def share_exposed(graph: Graph, weight: Floats, q: npt.ArrayLike, own_share: Floats) -> Floats:
    """x float64[n], the share of each party's output that embodies affected work: (I - W) x = D q.

    weight float64[m]: share of the buyer's output that each link stands for (no NaN; see `resolve_shares`); q float64[n]: likelihood
    of each party's own work, 0 to 1; own_share float64[n], the diagonal D. Suppliers are solved before buyers, exactly; members of a
    cycle together by Gauss-Seidel until the error is below 1e-10. ValueError: a weight is unknown or negative, a party's shares sum
    above 1, or a cycle has no work of its own and so no answer.
    """
    q, weight, own = checked(graph, q), np.asarray(weight, np.float64), np.asarray(own_share, np.float64)
    if weight.shape != (graph.link_count,) or own.shape != (graph.node_count,) or not ((weight >= 0).all() and (own >= 0).all()):
        raise ValueError(f"weight[{graph.link_count}] and own_share[{graph.node_count}] must be known and >= 0; see resolve_shares.")
    total = own + np.bincount(graph.buyer, weight, graph.node_count)
    if (total > 1 + 1e-9).any():
        node = int(total.argmax())
        raise ValueError(f"shares of node {node} sum to {total[node]:.6f}, above 1; scale them with resolve_shares.")
    x = np.zeros(graph.node_count)
    stuck = _solve(*graph.cycles, graph.upstream, graph.supplier, weight, own * q, x)
    if stuck >= 0:
        raise ValueError(f"the cycle through node {stuck} does not converge: its members state no work of their own. Raise own_share_min.")
    return x


class Lever(NamedTuple):
    """One change and by how much it lowers presence at the root. kind "link": kappa of link `number` to the segregated value;
    kind "party": likelihood of node `number` to 0. drop: a difference of probabilities, 0 to 1."""

    kind: str
    number: int
    drop: float


def importance(
    graph: Graph, p: npt.ArrayLike, root: int, top_k: int = 5, segregated: float = 0.3, draws: int = DRAWS, seed: int = SEED,
    candidates: int = 40,
) -> list[Lever]:
    """The `top_k` single changes that lower presence at `root` most: custody of one link, or remedy at one supplier.

    Tried are the links and sources on the worst paths of the root and of its direct suppliers, worst first, at most `candidates`, each on
    the same draws as `presence`; a drop is therefore never below 0, and only drops above 0 are returned, greatest first (ties: parties
    before links, then keys). Cost: one presence of the root's upstream per candidate. ValueError: as `presence`, or root is no node.
    """
    if not 0 <= root < graph.node_count:
        raise ValueError(f"root is {root}: give a node number from 0 to {graph.node_count - 1}.")
    part, nodes, links = upstream_of(graph, root)
    likelihood, top = checked(graph, p)[nodes], int(np.searchsorted(nodes, root))
    paths = worst_path(part, likelihood)
    tried = list(dict.fromkeys(_candidates(part, likelihood, paths, top, segregated)))[:candidates]
    before = presence_at(part, likelihood, part.kappa, top, draws, seed)
    levers = []
    for kind, index in tried:
        changed_p, changed_kappa = likelihood.copy(), part.kappa.copy()
        if kind == "party":
            changed_p[index] = 0.0
        else:
            changed_kappa[index] = min(segregated, changed_kappa[index])
        drop = before - presence_at(part, changed_p, changed_kappa, top, draws, seed)
        key = part.node_key[index] if kind == "party" else part.link_key[index]
        levers.append((-drop, kind != "party", int(key), Lever(kind, int((nodes if kind == "party" else links)[index]), drop)))
    return [lever for *_, lever in sorted(levers) if lever.drop > 0][:top_k]


def upstream_of(graph: Graph, root: int) -> tuple[Graph, Ints, Ints]:
    """The graph of `root` and all its suppliers at any depth; nodes int64[k] and links int64[l] lead back to this graph's numbers."""
    inside = np.zeros(graph.node_count, np.bool_)
    nodes = np.sort(_closure(graph.upstream, graph.supplier, root, inside))
    counts = graph.upstream[nodes + 1] - graph.upstream[nodes]
    ends = np.cumsum(counts)
    links = np.arange(ends[-1]) + np.repeat(graph.upstream[nodes] - ends + counts, counts)
    buyer, supplier = (np.searchsorted(nodes, side[links]) for side in (graph.buyer, graph.supplier))
    part = Graph.build(
        nodes.size, buyer, supplier, graph.share[links], graph.kappa[links], graph.node_key[nodes], graph.link_key[links]
    )
    return part, nodes, links[part.row]


def _candidates(graph: Graph, p: Floats, paths: WorstPaths, root: int, segregated: float) -> list[tuple[str, int]]:
    direct = np.arange(graph.upstream[root], graph.upstream[root + 1])
    near = graph.supplier[direct]
    worst = graph.kappa[direct] * np.maximum(p[near], np.where(paths.source[near] == root, 0.0, paths.value[near]))
    found: list[tuple[str, int]] = []
    routes = [(paths.source[root], list(paths.path(root)))]
    for link in direct[np.lexsort((graph.link_key[direct], -worst))]:
        supplier = int(graph.supplier[link])
        routes += [(supplier, [link]), (paths.source[supplier], [link, *paths.path(supplier)])]
    for source, route in routes:
        if source >= 0 and source != root and p[source] > 0:
            found += [("party", int(source)), *(("link", int(link)) for link in route if graph.kappa[link] > segregated)]
    return found


@compiled
def _closure(upstream: Any, supplier: Any, root: int, inside: Any) -> Any:
    found = [np.int64(root)]
    inside[root] = True
    at = 0
    while at < len(found):
        for link in range(upstream[found[at]], upstream[found[at] + 1]):
            if not inside[supplier[link]]:
                inside[supplier[link]] = True
                found.append(np.int64(supplier[link]))
        at += 1
    return np.array(found)


@compiled
def _solve(component: Any, order: Any, start: Any, upstream: Any, supplier: Any, weight: Any, own: Any, x: Any) -> int:
    """Fills x; returns -1, or a node of a component that does not converge."""
    for c in range(start.size - 1):
        nodes = order[start[c] : start[c + 1]]
        inner, least = 0.0, 1.0  # greatest and least share that a member takes from the cycle; the greatest bounds the error of a sweep
        for i in nodes:
            inside = 0.0
            for link in range(upstream[i], upstream[i + 1]):
                if component[supplier[link]] == c:
                    inside += weight[link]
            inner, least = max(inner, inside), min(least, inside)
        if least > 1.0 - 1e-12:
            return int(nodes[0])
        change, sweep = 1.0, 0
        while change * inner > TOLERANCE * (1.0 - inner) or sweep == 0:
            if sweep == SWEEPS:
                return int(nodes[0])
            change = 0.0
            for i in nodes:
                total = own[i]
                for link in range(upstream[i], upstream[i + 1]):
                    total += weight[link] * x[supplier[link]]
                change = max(change, abs(total - x[i]))
                x[i] = total
            sweep += 1
    return -1
