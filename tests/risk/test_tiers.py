"""Tiers against enumeration by hand."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from risk.graph import Graph
from risk.tiers import simple_paths, tier_table, tiers

UNTIMED = settings(deadline=None)  # the first call compiles

PAIRS = st.lists(st.tuples(st.integers(0, 6), st.integers(0, 6)), max_size=18, unique=True)


def all_paths(pairs: list[tuple[int, int]], root: int, target: int) -> set[tuple[int, ...]]:
    """Node paths from root up to target that pass no node twice."""
    found, front = set(), [(root,)]
    while front:
        path = front.pop()
        for buyer, supplier in pairs:
            if buyer == path[-1] and supplier not in path:
                front.append((*path, supplier))
                if supplier == target:
                    found.add((*path, supplier))
    return found


def build(pairs: list[tuple[int, int]], n: int = 7) -> Graph:
    return Graph.build(n, [b for b, _ in pairs], [s for _, s in pairs])


@UNTIMED
@given(PAIRS)
def test_levels_are_exact_without_cycles(pairs: list[tuple[int, int]]) -> None:
    acyclic = [(b, s) for b, s in pairs if b < s]
    nearest, levels = tiers(build(acyclic), 0)
    for node in range(1, 7):
        lengths = {len(path) - 1 for path in all_paths(acyclic, 0, node)}
        assert {tier for tier in range(16) if levels[node] >> tier & 1} == lengths
        assert nearest[node] == min(lengths, default=-1)
    assert (nearest[0], levels[0]) == (0, 1)


@UNTIMED
@given(PAIRS)
def test_levels_in_cycles_are_lengths_of_real_paths(pairs: list[tuple[int, int]]) -> None:
    nearest, levels = tiers(build(pairs), 0)
    for node in range(1, 7):
        lengths = {len(path) - 1 for path in all_paths(pairs, 0, node)}
        found = {tier for tier in range(16) if levels[node] >> tier & 1}
        assert found <= lengths
        assert nearest[node] == min(lengths, default=-1) == min(found, default=-1)


def test_a_diamond_puts_a_supplier_at_two_tiers() -> None:
    nearest, levels = tiers(build([(0, 1), (1, 2), (2, 3), (0, 2)]), 0)
    assert nearest.tolist()[:4] == [0, 1, 1, 2]
    assert levels.tolist()[:4] == [0b1, 0b10, 0b110, 0b1100]


def test_a_cycle_keeps_its_nearest_tier_and_lets_what_lies_behind_it_through() -> None:
    nearest, levels = tiers(build([(0, 1), (1, 2), (2, 1), (2, 0), (1, 3)]), 0)
    assert nearest.tolist()[:4] == [0, 1, 2, 2]
    assert levels.tolist()[:4] == [0b1, 0b10, 0b100, 0b100]


def test_levels_stop_at_the_longest_path_but_the_nearest_tier_does_not() -> None:
    nearest, levels = tiers(build([(i, i + 1) for i in range(6)]), 0, max_tier=3)
    assert nearest.tolist() == [0, 1, 2, 3, 4, 5, 6]
    assert levels.tolist() == [1, 2, 4, 8, 0, 0, 0]


@UNTIMED
@given(PAIRS, st.integers(1, 6))
def test_paths_are_those_found_by_hand_shortest_first(pairs: list[tuple[int, int]], target: int) -> None:
    graph = build(pairs)
    paths = [(0, *graph.supplier[path].tolist()) for path in simple_paths(graph, 0, target, limit=5000)]
    assert set(paths) == all_paths(pairs, 0, target)
    assert len(paths) == len(set(paths))
    assert [len(path) for path in paths] == sorted(map(len, paths))
    short = simple_paths(graph, 0, target, limit=3)
    assert [(0, *graph.supplier[path].tolist()) for path in short] == paths[:3]
    for path in short:
        assert (graph.buyer[path[1:]] == graph.supplier[path[:-1]]).all()


def test_parallel_links_are_one_step_shown_by_the_surest() -> None:
    graph = Graph.build(3, [0, 0, 1], [1, 1, 2], kappa=[0.3, 0.9, 1.0], link_key=np.array([1, 2, 3], np.uint64))
    (path,) = simple_paths(graph, 0, 2)
    assert graph.kappa[path].tolist() == [0.9, 1.0]


def test_a_thicket_of_cycles_ends() -> None:
    n = 60
    everyone = Graph.build(n, np.repeat(np.arange(n), n), np.tile(np.arange(n), n))
    assert len(simple_paths(everyone, 0, n - 1)) == 50
    assert tiers(everyone, 0)[1].tolist() == [1] + [2] * (n - 1)


@pytest.mark.parametrize("call", [lambda g: tiers(g, 9), lambda g: tiers(g, 0, 16), lambda g: simple_paths(g, 0, -1)])
def test_what_does_not_exist_is_refused(call) -> None:
    with pytest.raises(ValueError, match=r"give a number"):
        call(build([(0, 1)]))


def test_the_table_lists_the_chain_nearest_first() -> None:
    table = tier_table(build([(2, 1), (1, 0), (2, 0)], 4), pl.Series(["gin", "mill", "brand", "other"]), 2)
    assert table.to_dicts() == [
        {"party_id": "brand", "nearest_tier": 0, "tiers": [0]},
        {"party_id": "gin", "nearest_tier": 1, "tiers": [1, 2]},
        {"party_id": "mill", "nearest_tier": 1, "tiers": [1]},
    ]
