"""Findings of parents and sisters."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from risk.ownership import group_likelihood

UNTIMED = settings(deadline=None)  # the first call compiles

NAN = float("nan")


def group(links: list[tuple[int, int, float]], p: list[float], policy: list[bool] | None = None, control: list[bool] | None = None):
    return group_likelihood(
        [a for a, _, _ in links], [b for _, b, _ in links], [c for _, _, c in links], control or [False] * len(links), p,
        policy or [False] * len(p),
    )


@pytest.mark.parametrize(
    ("share", "policy", "control", "expected"),
    [(0.8, True, False, 0.6), (0.8, False, False, 0.3), (0.5, False, False, 0.3), (0.3, True, False, 0.15), (0.25, False, False, 0.15),
     (0.2, True, False, 0.1), (0.05, True, False, 0.1), (0.05, True, True, 0.6), (NAN, True, True, 0.6), (NAN, True, False, 0.15)],
)
def test_what_a_parent_passes_on(share: float, policy: bool, control: bool, expected: float) -> None:
    result = group([(0, 1, share)], [0.6, 0.1], [policy, False], [control])
    assert result.value.tolist() == pytest.approx([0.6, expected])
    assert result.relative.tolist() == [-1, 0 if expected > 0.1 else -1]


def test_a_sister_counts_and_a_subsidiary_does_not_rise() -> None:
    result = group([(0, 1, 1.0), (0, 2, 0.3)], [0.0, 0.8, 0.1], [False, True, False])
    assert result.value.tolist() == pytest.approx([0.0, 0.8, 0.2])
    assert result.relative.tolist() == [-1, -1, 1]


def test_a_site_finding_halves_at_every_generation_and_a_policy_does_not() -> None:
    chain = [(0, 1, 1.0), (1, 2, 1.0)]
    assert group(chain, [0.8, 0, 0]).value.tolist() == pytest.approx([0.8, 0.4, 0.2])
    assert group(chain, [0.8, 0, 0], [True, False, False]).value.tolist() == [0.8, 0.8, 0.8]


def test_cross_holdings_do_not_feed_themselves() -> None:
    result = group([(0, 1, 0.6), (1, 0, 0.6)], [0.4, 0.02], [True, True])
    assert result.value.tolist() == [0.4, 0.4]
    assert result.relative.tolist() == [-1, 0]


def test_ties_go_to_the_smaller_number() -> None:
    assert group([(3, 1, 1.0), (2, 1, 1.0)], [0, 0, 0.6, 0.6]).relative.tolist() == [-1, 2, -1, -1]


def test_an_owner_of_very_many_and_a_very_long_chain_are_quick() -> None:
    n = 300_000
    holding = group_likelihood(np.zeros(n - 1), np.arange(1, n), np.ones(n - 1), np.zeros(n - 1), np.linspace(0, 0.9, n), np.ones(n))
    assert holding.value[1:] == pytest.approx(0.9)
    down, top = np.arange(n - 1, 0, -1), np.eye(1, n, n - 1)[0]
    chain = group_likelihood(down, down - 1, np.ones(n - 1), np.zeros(n - 1), top, np.ones(n))
    assert (chain.value == 1).all()


def reference(links: list[tuple[int, int, float]], p: list[float], policy: list[bool]) -> list[float]:
    """The definition, iterated without any order of work."""
    best = list(p)
    for level, top in ((True, 1.0), (False, 0.5)):
        phi = [top if share >= 0.5 else 0.25 if share >= 0.25 else 0.0 for _, _, share in links]
        own = [x if is_policy == level else 0.0 for x, is_policy in zip(p, policy, strict=True)]
        reached = list(own)
        for (a, i, _), f in zip(links, phi, strict=True):
            for (b, j, _), g in zip(links, phi, strict=True):
                if a == b and i != j:
                    reached[i] = max(reached[i], own[j] * min(f, g))
        for _ in range(len(p)):
            for (a, i, _), f in zip(links, phi, strict=True):
                reached[i] = max(reached[i], reached[a] * f)
        best = [max(x, y) for x, y in zip(best, reached, strict=True)]
    return best


LINKS = st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5), st.sampled_from([0.05, 0.3, 0.7])), max_size=12)
LIKELIHOODS = st.lists(st.sampled_from([0.0, 0.1, 0.4, 0.9]), min_size=6, max_size=6)
FLAGS = st.lists(st.booleans(), min_size=6, max_size=6)


@UNTIMED
@given(LINKS, LIKELIHOODS, FLAGS, st.randoms(use_true_random=False))
def test_it_is_the_definition_in_any_order_of_rows(links, p, policy, random) -> None:
    result = group(links, p, policy)
    assert result.value.tolist() == pytest.approx(reference(links, p, policy))
    again = group(random.sample(links, len(links)), p, policy)
    assert (again.value.tolist(), again.relative.tolist()) == (result.value.tolist(), result.relative.tolist())
    assert all((value > own) == (relative >= 0) for value, own, relative in zip(result.value, p, result.relative, strict=True))


@UNTIMED
@given(LINKS, LIKELIHOODS, FLAGS, st.integers(0, 5))
def test_raising_a_likelihood_lowers_nobody(links, p, policy, node: int) -> None:
    raised = [*p[:node], 1.0, *p[node + 1 :]]
    assert (group(links, raised, policy).value >= group(links, p, policy).value).all()


@pytest.mark.parametrize(("links", "p"), [([(0, 4, 0.5)], [0.1, 0.1]), ([(0, 1, 1.5)], [0.1, 0.1]), ([(0, 1, 0.5)], [0.1, NAN])])
def test_what_is_out_of_range_is_refused(links: list[tuple[int, int, float]], p: list[float]) -> None:
    with pytest.raises(ValueError, match=r"give known parties|must lie between"):
        group(links, p)
