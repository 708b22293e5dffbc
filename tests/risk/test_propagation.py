"""Share exposed, presence, worst path and levers: exact answers, and properties that must hold whatever the network."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from risk.graph import Graph, mix_keys, resolve_shares
from risk.propagation import importance, presence, share_exposed, worst_path

UNTIMED = settings(deadline=None)  # the first call compiles
FEW = settings(deadline=None, max_examples=30)

N = 6
P = st.sampled_from([0.0, 0.02, 0.2, 0.5, 1.0])
ROWS = st.lists(st.tuples(st.integers(0, N - 1), st.integers(0, N - 1), st.sampled_from([0.0, 0.05, 0.3, 0.9, 1.0])), max_size=14)
LIKELIHOODS = st.lists(P, min_size=N, max_size=N)


def build(rows: list[tuple[int, int, float]], n: int = N, keyed: bool = True) -> Graph:
    keys = mix_keys(np.arange(len(rows))) if keyed else None
    return Graph.build(n, [r[0] for r in rows], [r[1] for r in rows], kappa=[r[2] for r in rows], link_key=keys)


def enumerate_presence(graph: Graph, p: list[float]) -> tuple[np.ndarray, np.ndarray]:
    """Exact presence by summing over every state of parties and links."""
    n, m = graph.node_count, graph.link_count
    anything, others = np.zeros(n), np.zeros(n)
    for links in product([0, 1], repeat=m):
        weight = np.prod(np.where(links, graph.kappa, 1 - graph.kappa))
        reach = np.eye(n, dtype=bool)
        for b, s, on in zip(graph.buyer, graph.supplier, links, strict=True):
            reach[b, s] |= bool(on)
        for k in range(n):
            reach |= np.outer(reach[:, k], reach[k])
        for i in range(n):
            by_others = 1 - np.prod([1 - p[j] for j in range(n) if j != i and reach[i, j]])
            others[i] += weight * by_others
            anything[i] += weight * (1 - (1 - by_others) * (1 - p[i]))
    return anything, others


# ---- share exposed

@UNTIMED
@given(ROWS, LIKELIHOODS, st.floats(0.05, 0.9))
def test_share_exposed_is_the_dense_solution(rows, q, own) -> None:
    graph = build(rows)
    shares = resolve_shares(graph, own)
    w = np.zeros((N, N))
    np.add.at(w, (graph.buyer, graph.supplier), shares.link)
    expected = np.linalg.solve(np.eye(N) - w, shares.own * np.array(q))
    np.testing.assert_allclose(share_exposed(graph, shares.link, q, shares.own), expected, atol=1e-9)


def test_a_large_cycle_converges() -> None:
    n, rng = 5000, np.random.default_rng(2)
    graph = Graph.build(n, rng.integers(0, n, 20 * n), rng.integers(0, n, 20 * n))
    shares, q = resolve_shares(graph, 0.05), rng.random(n)
    x = share_exposed(graph, shares.link, q, shares.own)
    residual = x - shares.own * q - np.bincount(graph.buyer, shares.link * x[graph.supplier], n)
    assert graph.cycles.largest > n / 2
    assert np.abs(residual).max() < 1e-10


def test_a_cycle_without_work_of_its_own_has_no_answer() -> None:
    with pytest.raises(ValueError, match="does not converge"):
        share_exposed(Graph.build(2, [0, 1], [1, 0]), np.ones(2), [0.1, 0.1], np.zeros(2))


def test_shares_above_one_and_unknown_shares_are_refused() -> None:
    graph = Graph.build(2, [0], [1])
    with pytest.raises(ValueError, match="sum to"):
        share_exposed(graph, np.array([0.9]), [0.1, 0.1], np.array([0.2, 1]))
    with pytest.raises(ValueError, match="must be known"):
        share_exposed(graph, graph.share, [0.1, 0.1], np.array([0.2, 1]))


def test_hiding_a_supplier_moves_its_share_to_the_remainder() -> None:
    shown = Graph.build(3, [0, 0], [1, 2], [0.4, 0.4])
    hidden = resolve_shares(Graph.build(3, [0], [1], [0.4]), 0.2)
    assert hidden.remainder[0] == pytest.approx(0.4) == resolve_shares(shown, 0.2).link[1]


# ---- presence

def test_presence_on_a_tree_is_the_formula() -> None:
    graph = build([(0, 1, 0.5), (0, 2, 1.0), (1, 3, 0.3)], 4)
    p = [0.1, 0.2, 0.3, 0.6]
    at_1 = 1 - (1 - 0.2) * (1 - 0.3 * 0.6)
    expected = 1 - (1 - 0.5 * at_1) * (1 - 0.3)
    result = presence(graph, p, draws=64_000)
    assert result.upstream[0] == pytest.approx(expected, abs=0.008)
    assert result.any[0] == pytest.approx(1 - (1 - expected) * 0.9, abs=0.008)
    assert result.upstream[2:].tolist() == [0, 0]


def test_one_gin_behind_five_spinners_is_one_gin() -> None:
    rows = [(0, spinner, 1.0) for spinner in range(1, 6)] + [(spinner, 6, 1.0) for spinner in range(1, 6)]
    found = presence(build(rows, 7), [0, 0, 0, 0, 0, 0, 0.2]).upstream[0]
    assert abs(found - 0.2) < 3 * (0.2 * 0.8 / 2048) ** 0.5
    naive = 1 - (1 - 0.2) ** 5  # what multiplying along paths would say
    assert naive > 0.67 > 3 * found


def test_two_parties_that_supply_each_other() -> None:
    result = presence(build([(0, 1, 1.0), (1, 0, 1.0)], 2), [0.02, 0.40])
    error = (0.412 * 0.588 / 2048) ** 0.5
    assert np.abs(result.any - 0.412).max() < 3 * error
    assert np.abs(result.upstream - [0.40, 0.02]).max() < 3 * error  # a party's own work that comes back is not its supplier's


@FEW
@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3), st.sampled_from([0.3, 0.9, 1.0])), max_size=7),
       st.lists(st.sampled_from([0.0, 0.1, 0.5, 0.9]), min_size=4, max_size=4))
def test_presence_is_the_sum_over_all_states(rows, p) -> None:
    graph = build(rows, 4)
    anything, others = enumerate_presence(graph, p)
    result = presence(graph, p, draws=16_384)
    np.testing.assert_allclose(result.any, anything, atol=0.02)
    np.testing.assert_allclose(result.upstream, others, atol=0.02)


@UNTIMED
@given(ROWS, st.lists(st.sampled_from([0.0, 1.0]), min_size=N, max_size=N))
def test_certain_states_give_plain_reachability_to_the_last_draw(rows, p) -> None:
    graph = build([(b, s, float(k > 0.5)) for b, s, k in rows])
    check_by_search(graph, np.array(p), range(N))


def test_large_cycles_give_plain_reachability_to_the_last_draw() -> None:
    """Sweeps, leftovers and the backward search, in components too large for the small cases above."""
    rng = np.random.default_rng(5)
    for size, degree in ((400, 1), (400, 2), (2000, 1), (30_000, 0)):
        ring, more = np.arange(size), degree * size
        buyer = np.concatenate([ring, rng.integers(0, size, more)])
        supplier = np.concatenate([(ring * 7 + 1) % size if degree else (ring + 1) % size, rng.integers(0, size, more)])
        graph = Graph.build(size, buyer, supplier, kappa=rng.random(buyer.size) < (0.6 if degree else 0.9999))
        check_by_search(graph, (rng.random(size) < 3 / size).astype(float), range(0, size, 37 if degree else 997))


def check_by_search(graph: Graph, p: np.ndarray, nodes: range) -> None:
    """Presence of parties that are affected for certain, over links that are certain or cut, is reachability."""
    result = presence(graph, p, draws=64)
    for node in nodes:
        seen, front = {node}, [node]
        while front:
            at = front.pop()
            for link in range(graph.upstream[at], graph.upstream[at + 1]):
                if graph.kappa[link] == 1 and int(graph.supplier[link]) not in seen:
                    seen.add(int(graph.supplier[link]))
                    front.append(int(graph.supplier[link]))
        assert result.any[node] == float(any(p[j] == 1 for j in seen))
        assert result.upstream[node] == float(any(p[j] == 1 for j in seen - {node}))


@UNTIMED
@given(ROWS, LIKELIHOODS, st.integers(0, N - 1), st.floats(0, 1))
def test_raising_any_likelihood_lowers_nothing(rows, p, node, more) -> None:
    graph, raised = build(rows), list(p)
    raised[node] += (1 - raised[node]) * more
    for before, after in zip(presence(graph, p, 128), presence(graph, raised, 128), strict=True):
        assert (after >= before).all()
    assert (worst_path(graph, raised).value >= worst_path(graph, p).value).all()
    shares = resolve_shares(graph)
    assert (share_exposed(graph, shares.link, raised, shares.own) >= share_exposed(graph, shares.link, p, shares.own) - 1e-9).all()


@UNTIMED
@given(ROWS.filter(bool), LIKELIHOODS, st.data())
def test_raising_any_kappa_lowers_nothing(rows, p, data) -> None:
    at = data.draw(st.integers(0, len(rows) - 1))
    raised = [(b, s, min(1.0, k + 0.3) if i == at else k) for i, (b, s, k) in enumerate(rows)]
    for keyed in (True, False):
        before, after = build(rows, keyed=keyed), build(raised, keyed=keyed)
        assert (presence(after, p, 128).any >= presence(before, p, 128).any).all()
        assert (presence(after, p, 128).upstream >= presence(before, p, 128).upstream).all()
        assert (worst_path(after, p).value >= worst_path(before, p).value).all()


@UNTIMED
@given(ROWS, LIKELIHOODS, st.tuples(st.integers(0, N - 1), st.integers(0, N - 1), st.sampled_from([0.2, 0.9])))
def test_adding_a_link_lowers_nothing(rows, p, extra) -> None:
    for keyed in (True, False):
        before, after = build(rows, keyed=keyed), build([*rows, extra], keyed=keyed)
        assert (presence(after, p, 128).any >= presence(before, p, 128).any).all()
        assert (presence(after, p, 128).upstream >= presence(before, p, 128).upstream).all()
        assert (worst_path(after, p).value >= worst_path(before, p).value).all()


@UNTIMED
@given(ROWS, LIKELIHOODS, st.randoms(use_true_random=False))
def test_order_of_rows_and_numbers_of_parties_change_nothing(rows, p, random) -> None:
    order, number = random.sample(range(len(rows)), len(rows)), random.sample(range(N), N)
    keys, nodes = mix_keys(np.arange(len(rows))), mix_keys(np.arange(N))
    first = Graph.build(N, [r[0] for r in rows], [r[1] for r in rows], None, [r[2] for r in rows], nodes, keys)
    moved_keys = nodes[np.argsort(number)]
    second = Graph.build(N, [number[rows[i][0]] for i in order], [number[rows[i][1]] for i in order], None, [rows[i][2] for i in order],
                         moved_keys, keys[np.array(order, np.int64)])
    moved_p = np.array(p)[np.argsort(number)]
    for one, other in zip(presence(first, p, 128), presence(second, moved_p, 128), strict=True):
        assert one.tolist() == other[number].tolist()
    paths, moved = worst_path(first, p), worst_path(second, moved_p)
    assert paths.value.tolist() == moved.value[number].tolist()
    assert [number[j] if j >= 0 else -1 for j in paths.source] == moved.source[number].tolist()


def test_threads_and_repetition_change_nothing_and_seeds_do() -> None:
    rng = np.random.default_rng(1)
    graph = Graph.build(300, rng.integers(0, 300, 900), rng.integers(0, 300, 900), kappa=rng.random(900))
    p = rng.random(300) / 10
    one, two, other = presence(graph, p, threads=1), presence(graph, p, threads=2), presence(graph, p, seed=4)
    assert one.any.tolist() == two.any.tolist()
    assert one.upstream.tolist() == two.upstream.tolist()
    assert one.any.tolist() != other.any.tolist()


def test_what_lies_deeper_never_counts_more() -> None:
    graph = build([(i, i + 1, 0.8) for i in range(5)])
    reached = presence(graph, [0, 0, 0, 0, 0, 0.5]).any
    assert (np.diff(reached) > 0).all()
    values = [worst_path(graph, np.eye(1, N, source)[0] * 0.5).value[0] for source in range(1, N)]
    assert values == sorted(values, reverse=True)


def test_draws_and_likelihoods_that_make_no_sense_are_refused() -> None:
    graph = build([(0, 1, 1.0)])
    with pytest.raises(ValueError, match="multiple of 64"):
        presence(graph, [0.1] * N, draws=100)
    with pytest.raises(ValueError, match="without NaN"):
        presence(graph, [0.1] * (N - 1) + [np.nan])


# ---- worst path

def best_by_hand(graph: Graph, p: list[float], node: int) -> float:
    """The greatest product over every path that passes no party twice."""
    best, front = 0.0, [(node, (node,), 1.0)]
    while front:
        at, path, product_so_far = front.pop()
        for link in range(graph.upstream[at], graph.upstream[at + 1]):
            supplier, value = int(graph.supplier[link]), product_so_far * graph.kappa[link]
            if supplier not in path:
                best = max(best, value * p[supplier])
                front.append((supplier, (*path, supplier), value))
    return best


@UNTIMED
@given(ROWS, LIKELIHOODS)
def test_worst_path_is_the_best_of_all_and_recomputes_its_value(rows, p) -> None:
    graph = build(rows)
    paths = worst_path(graph, p)
    for node in range(N):
        assert paths.value[node] == pytest.approx(best_by_hand(graph, p, node))
        links = paths.path(node)
        if paths.value[node] == 0:
            assert (paths.source[node], paths.next_link[node], links.size) == (-1, -1, 0)
            continue
        passed = [node, *graph.supplier[links].tolist()]
        assert (passed[:-1], passed[-1], links[0]) == (graph.buyer[links].tolist(), paths.source[node], paths.next_link[node])
        assert len(set(passed)) == len(passed)
        value = p[passed[-1]]
        for link in links[::-1]:
            value *= graph.kappa[link]
        assert value == paths.value[node]


def test_ties_go_to_the_nearer_then_to_the_smaller_key() -> None:
    graph = Graph.build(4, [0, 0, 0, 1], [1, 2, 3, 3], node_key=np.array([9, 7, 5, 1], np.uint64))
    assert worst_path(graph, [0, 0.3, 0.3, 0.2]).source[0] == 2
    assert worst_path(graph, [0, 0.2, 0.2, 0.2]).path(0).tolist() == [2]


def test_a_party_is_never_its_own_source() -> None:
    paths = worst_path(build([(0, 1, 1.0), (1, 0, 1.0), (1, 2, 0.5)], 3), [0.9, 0.0, 0.4])
    assert (paths.source.tolist(), paths.value.tolist()) == ([2, 0, -1], [0.2, 0.9, 0.0])


# ---- levers

def test_the_lever_is_the_drop_in_presence_on_the_same_draws() -> None:
    rows = [(0, 1, 1.0), (1, 2, 1.0), (0, 3, 0.9), (3, 4, 0.2)]
    graph, p = build(rows, 5), [0.0, 0.01, 0.5, 0.05, 0.3]
    levers = importance(graph, p, 0, top_k=10)
    assert (levers[0].kind, levers[0].number) == ("party", 2)
    assert [lever.drop for lever in levers] == sorted((lever.drop for lever in levers), reverse=True)
    base = presence(graph, p).any[0]
    for lever in levers:
        changed_p = [0.0 if lever.kind == "party" and i == lever.number else x for i, x in enumerate(p)]
        changed = [(b, s, min(k, 0.3) if lever.kind == "link" and graph.row[lever.number] == i else k) for i, (b, s, k) in enumerate(rows)]
        assert lever.drop == pytest.approx(base - presence(build(changed, 5), changed_p).any[0])


def test_segregating_one_of_five_ways_to_the_same_gin_helps_nothing() -> None:
    rows = [(0, spinner, 1.0) for spinner in range(1, 6)] + [(spinner, 6, 1.0) for spinner in range(1, 6)]
    levers = importance(build(rows, 7), [0, 0, 0, 0, 0, 0, 0.2], 0)
    assert [(lever.kind, lever.number) for lever in levers] == [("party", 6)]


@FEW
@given(ROWS, LIKELIHOODS, st.integers(0, N - 1))
def test_levers_never_raise_presence_and_name_the_callers_numbers(rows, p, root) -> None:
    graph = build(rows)
    for lever in importance(graph, p, root, draws=256):
        assert 0 < lever.drop <= 1
        assert lever.number != root if lever.kind == "party" else graph.kappa[lever.number] > 0.3


def test_a_root_that_does_not_exist_is_refused() -> None:
    with pytest.raises(ValueError, match="root is 9"):
        importance(build([]), [0.1] * N, 9)


@FEW
@given(ROWS, LIKELIHOODS)
def test_all_paths_at_once_are_the_paths_one_by_one(rows, p) -> None:
    paths = worst_path(build(rows), p)
    node, link = paths.all_paths(N)
    for party in range(N):
        assert link[node == party].tolist() == paths.path(party).tolist()
