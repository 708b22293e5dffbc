"""Effective shares against exact answers, and what must hold of every network."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from risk.effective_shares import Interval, Stake, chains, controlled, effective_shares, merged


def exact(*stakes: tuple[str, str, float]) -> list[Stake]:
    return [Stake(owner, owned, share, share) for owner, owned, share in stakes]


@pytest.mark.parametrize(
    ("stakes", "owner", "owned", "lower", "upper"),
    [
        (exact(("O", "A", 0.6), ("A", "B", 0.5)), "O", "B", 0.3, 0.3),
        (exact(("O", "A", 0.6), ("O", "B", 0.4), ("A", "C", 0.5), ("B", "C", 0.25)), "O", "C", 0.4, 0.4),
        # A and B hold each other: O's part of A is 0.6 / (1 - 0.2 * 0.1), of B 0.2 of that
        (exact(("O", "A", 0.6), ("A", "B", 0.2), ("B", "A", 0.1)), "O", "A", 0.6 / 0.98, 0.6 / 0.98),
        (exact(("O", "A", 0.6), ("A", "B", 0.2), ("B", "A", 0.1)), "O", "B", 0.12 / 0.98, 0.12 / 0.98),
        # the rest of A is held by its own subsidiary: all of it comes to O
        (exact(("O", "A", 0.9), ("B", "A", 0.1), ("A", "B", 1.0)), "O", "A", 1.0, 1.0),
        # what comes by the owner again is counted once
        (exact(("A", "B", 0.2), ("B", "A", 0.1)), "A", "B", 0.2, 0.2),
        # a ring that holds itself whole
        (exact(("A", "B", 1.0), ("B", "A", 1.0)), "A", "B", 1.0, 1.0),
        # unknown shares: nothing at least, and at most what others leave
        ([*exact(("O", "A", 0.6)), Stake("A", "B")], "O", "B", 0.0, 0.6),
        ([*exact(("P", "B", 0.7)), Stake("O", "B")], "O", "B", 0.0, 0.3),
        ([Stake("O", "A", 0.25, 0.5), Stake("A", "B", 0.5, 0.75)], "O", "B", 0.125, 0.375),
        # O holds 30 % of A; the rest and all of B may be held between the two of them
        ([*exact(("O", "A", 0.3)), Stake("B", "A"), Stake("A", "B")], "O", "A", 0.3, 1.0),
        # statements that add up to more than everything claim no more than they bear together
        (exact(("O", "A", 0.8), ("P", "A", 0.8)), "O", "A", 0.5, 0.8),
    ],
)
def test_exact_answers(stakes: list[Stake], owner: str, owned: str, lower: float, upper: float) -> None:
    found = effective_shares(stakes, owner)[owned]
    assert found == pytest.approx(Interval(lower, upper), abs=1e-9)


def test_several_statements_of_one_stake_are_the_widest_range() -> None:
    assert merged([Stake("O", "A", 0.3, 0.3), Stake("O", "A", 0.25, 0.5), Stake("O", "A")]) == [Stake("O", "A", 0.25, 0.5)]
    assert merged([Stake("A", "A", 0.1, 0.1)]) == []
    with pytest.raises(ValueError, match=r"O owns 0\.6 to 0\.5 of A: give shares from 0 to 1"):
        merged([Stake("O", "A", 0.6, 0.5)])


def test_an_owner_without_stakes_reaches_nobody() -> None:
    assert effective_shares([], "O") == {}
    assert effective_shares(exact(("A", "O", 0.5)), "O") == {}


def test_a_long_chain_and_a_wide_group_are_quick_enough_to_be_asked_for() -> None:
    chain = exact(*((f"{n:04}", f"{n + 1:04}", 0.99) for n in range(400)))
    assert effective_shares(chain, "0000")["0400"].upper == pytest.approx(0.99**400)
    ring = exact(*((f"{n:03}", f"{(n + 1) % 200:03}", 0.9999) for n in range(200)), ("O", "000", 0.0001))
    assert effective_shares(ring, "O")["199"].lower == pytest.approx(0.0001 * 0.9999**199 / (1 - 0.9999**200))


parties = st.sampled_from("ABCDEF")


@st.composite
def networks(draw: st.DrawFn) -> list[Stake]:
    """Stakes whose least shares in one party add up to at most 1."""
    stakes = []
    for owned in "ABCDEF":
        left = 1.0
        for owner in draw(st.lists(parties, unique=True, max_size=4)):
            low = draw(st.integers(0, round(left * 100))) / 100
            stakes.append(Stake(owner, owned, low, draw(st.sampled_from([low, 1.0, min(1.0, low + 0.1)]))))
            left = max(0.0, left - low)
    return stakes


@settings(deadline=None)
@given(networks(), parties)
def test_bounds_are_in_order_and_never_above_one(stakes: list[Stake], owner: str) -> None:
    for found in effective_shares(stakes, owner).values():
        assert 0 <= found.lower <= found.upper <= 1


@settings(deadline=None)
@given(networks(), parties, parties, parties)
def test_a_link_of_unknown_share_never_lowers_what_is_possible(stakes: list[Stake], owner: str, one: str, other: str) -> None:
    before, after = effective_shares(stakes, owner), effective_shares([*stakes, Stake(one, other)], owner)
    assert all(after[party].upper >= found.upper - 1e-9 for party, found in before.items())
    assert all(after[party].lower == pytest.approx(found.lower, abs=1e-9) for party, found in before.items())


@settings(deadline=None)
@given(networks(), parties)
def test_every_choice_within_the_ranges_lies_between_the_bounds(stakes: list[Stake], owner: str) -> None:
    middle = []
    for owned in "ABCDEF":
        mine = [stake for stake in merged(stakes) if stake.owned == owned]
        left = 1 - sum(stake.low for stake in mine)
        for stake in mine:
            more = max(0.0, min(left, stake.high - stake.low)) / 2
            left -= more
            middle.append(Stake(stake.owner, owned, stake.low + more, stake.low + more))
    bounds = effective_shares(stakes, owner)
    for party, found in effective_shares(middle, owner).items():
        assert bounds[party].lower - 1e-9 <= found.lower <= bounds[party].upper + 1e-9


@settings(deadline=None)
@given(networks(), parties)
def test_exact_stakes_are_the_ratio_of_the_leontief_inverse(stakes: list[Stake], owner: str) -> None:
    known = [stake._replace(low=stake.low * 0.9, high=stake.low * 0.9) for stake in merged(stakes)]
    matrix = np.zeros((6, 6))
    for stake in known:
        matrix["ABCDEF".index(stake.owner), "ABCDEF".index(stake.owned)] = stake.low
    inverse, row = np.linalg.inv(np.eye(6) - matrix), "ABCDEF".index(owner)
    for party, found in effective_shares(known, owner).items():
        assert found.upper == pytest.approx(inverse[row, "ABCDEF".index(party)] / inverse[row, row], abs=1e-9)


def test_chains_are_the_greatest_first_and_repeat_nobody() -> None:
    weights = {("O", "A"): 0.6, ("A", "C"): 0.5, ("O", "B"): 0.4, ("B", "C"): 0.9, ("C", "A"): 1.0, ("O", "C"): 0.1}
    assert chains(weights, "O", "C") == [("O", "B", "C"), ("O", "A", "C"), ("O", "C")]
    assert chains(weights, "C", "O") == []


def test_control_passes_whole_along_a_chain_and_round_a_ring() -> None:
    found = controlled([("O", "A"), ("A", "B"), ("B", "A"), ("B", "C"), ("X", "C")], "O")
    assert found == {"A": ("O", "A"), "B": ("O", "A", "B"), "C": ("O", "A", "B", "C")}
