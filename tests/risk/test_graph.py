"""The graph's order, keys, cycles and shares."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from risk.graph import Graph, resolve_shares, stable_keys, supply_graph

UNTIMED = settings(deadline=None)  # the first call compiles


def links_of(graph: Graph) -> list[tuple[int, int, float, float, int]]:
    columns = (graph.buyer, graph.supplier, np.nan_to_num(graph.share, nan=-1), graph.kappa, graph.link_key)
    return list(zip(*(column.tolist() for column in columns), strict=True))


@UNTIMED
@given(
    st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4), st.sampled_from([0.1, 0.5, 1.0]), st.sampled_from([0.2, None])), max_size=12),
    st.randoms(use_true_random=False),
)
def test_rows_in_any_order_make_the_same_graph(rows: list[tuple[int, int, float, float | None]], random) -> None:
    shuffled = random.sample(rows, len(rows))
    first, second = (
        Graph.build(5, [r[0] for r in rows], [r[1] for r in rows], [np.nan if r[3] is None else r[3] for r in rows], [r[2] for r in rows])
        for rows in (rows, shuffled)
    )
    assert links_of(first) == links_of(second)
    assert [shuffled[row][:3] for row in second.row] == [(b, s, k) for b, s, _, k, _ in links_of(second)]
    for node in range(5):
        assert (first.buyer[first.upstream[node] : first.upstream[node + 1]] == node).all()
        assert (first.supplier[first.downstream_link[first.downstream[node] : first.downstream[node + 1]]] == node).all()


def test_several_commodities_stay_parallel_links_with_keys_of_their_own() -> None:
    graph = Graph.build(2, [0, 0], [1, 1], kappa=[0.3, 0.9])
    assert graph.kappa.tolist() == [0.9, 0.3]
    assert len(set(graph.link_key.tolist())) == 2


@pytest.mark.parametrize(("column", "value"), [("buyer", 3), ("supplier", -1), ("share", 1.2), ("kappa", 1.5), ("kappa", float("nan"))])
def test_a_value_out_of_range_is_named_with_its_row(column: str, value: float) -> None:
    rows = {"buyer": [0, 0], "supplier": [1, 2], "share": [0.1, 0.1], "kappa": [1.0, 1.0]}
    rows[column][1] = value
    with pytest.raises(ValueError, match=f"{column} of row 1"):
        Graph.build(3, **rows)


def test_components_come_suppliers_first() -> None:
    graph = Graph.build(6, [0, 1, 2, 3, 3, 5], [1, 2, 1, 0, 4, 5])
    component, order, start = graph.cycles
    assert sorted(map(tuple, np.split(order, start[1:-1]))) == [(0,), (1, 2), (3,), (4,), (5,)]
    assert (component[graph.supplier] <= component[graph.buyer]).all()


def test_a_long_chain_needs_no_recursion() -> None:
    n = 200_000
    ring = Graph.build(n, np.arange(n), (np.arange(n) + 1) % n)
    assert ring.cycles.largest == n


def test_unknown_shares_divide_what_is_unexplained_with_the_remainder() -> None:
    graph = Graph.build(4, [0, 0, 0], [1, 2, 3], [0.3, np.nan, np.nan])
    shares = resolve_shares(graph, 0.2)
    np.testing.assert_allclose(shares.link, [0.3, 0.5 / 3, 0.5 / 3])
    np.testing.assert_allclose(shares.remainder, [0.5 / 3, 0, 0, 0])
    np.testing.assert_allclose(shares.own, [0.2, 1, 1, 1])


def test_links_of_one_supplier_divide_its_part() -> None:
    shares = resolve_shares(Graph.build(3, [0, 0, 0], [1, 1, 2], [np.nan] * 3), 0.1)
    np.testing.assert_allclose(shares.link, [0.15, 0.15, 0.3])
    np.testing.assert_allclose(shares.remainder[0], 0.3)


def test_known_shares_above_one_are_scaled() -> None:
    shares = resolve_shares(Graph.build(3, [0, 0], [1, 2], [0.9, 0.6]), 0.2, own_share_min=0.05)
    np.testing.assert_allclose(shares.link, [0.57, 0.38])
    np.testing.assert_allclose((shares.own[0], shares.remainder[0]), (0.05, 0), atol=1e-12)


def test_known_shares_that_refute_the_default_own_share_leave_something_for_the_unknown_supplier() -> None:
    shares = resolve_shares(Graph.build(3, [0, 0], [1, 2], [0.85, np.nan]), 0.2, own_share_min=0.05)
    np.testing.assert_allclose(shares.link, [0.85, 0.05])
    np.testing.assert_allclose((shares.own[0], shares.remainder[0]), (0.05, 0.05))


def test_a_party_known_to_buy_has_a_remainder_without_links() -> None:
    shares = resolve_shares(Graph.build(2, [], []), 0.2, buys_inputs=np.array([True, False]))
    np.testing.assert_allclose(shares.remainder, [0.8, 0])
    np.testing.assert_allclose(shares.own, [0.2, 1])


@UNTIMED
@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3), st.one_of(st.none(), st.floats(0, 1))), max_size=12))
def test_shares_of_a_buyer_sum_to_one(rows: list[tuple[int, int, float | None]]) -> None:
    graph = Graph.build(4, [r[0] for r in rows], [r[1] for r in rows], [np.nan if r[2] is None else r[2] for r in rows])
    shares = resolve_shares(graph)
    np.testing.assert_allclose(shares.own + shares.remainder + np.bincount(graph.buyer, shares.link, 4), 1)
    assert (shares.own >= 0.05 - 1e-12).all()
    assert min(shares.link.min(initial=0), shares.remainder.min()) >= 0


def test_own_share_below_its_minimum_is_refused() -> None:
    with pytest.raises(ValueError, match="own_share"):
        resolve_shares(Graph.build(1, [], []), 0.01)


def test_keys_are_those_of_the_published_hash() -> None:
    def expected(text: str) -> int:
        key = 0xCBF29CE484222325
        for byte in text.encode():
            key = (key ^ byte) * 0x100000001B3 % 2**64
        key = (key ^ key >> 30) * 0xBF58476D1CE4E5B9 % 2**64
        key = (key ^ key >> 27) * 0x94D049BB133111EB % 2**64
        return key ^ key >> 31

    texts = ["mill-1", "", "usine-é", "mill-2", "mill-1"]
    assert stable_keys(pl.Series(texts)).tolist() == [expected(text) for text in texts]
    assert stable_keys(pl.Series([], dtype=pl.String)).size == 0


def test_the_graph_of_tables_and_a_link_to_nobody() -> None:
    party = pl.Series(["a", "b", "c"])
    links = pl.DataFrame(
        {"link_id": ["y", "x"], "buyer_id": ["b", "a"], "supplier_id": ["c", "b"], "share": [None, 0.5], "kappa": [1.0, 0.3]}
    )
    graph = supply_graph(party, links)
    assert (graph.buyer.tolist(), graph.supplier.tolist(), graph.row.tolist()) == ([0, 1], [1, 2], [1, 0])
    assert np.isnan(graph.share[1])
    with pytest.raises(ValueError, match="'y': supplier_id 'c' is no party"):
        supply_graph(party.head(2), links)


def test_pseudo_suppliers_are_added_behind() -> None:
    graph = Graph.build(2, [0], [1], [0.5]).extended([0], [2], [0.3], np.array([7], np.uint64), np.array([9], np.uint64))
    assert (graph.node_count, graph.supplier.tolist(), graph.row.tolist(), graph.kappa.tolist()) == (3, [1, 2], [0, 1], [1, 1])
