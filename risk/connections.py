"""With whom an organisation is connected: owners, what it owns, sisters, owners that no register names; each with the links it stands on.

Belongs here: walking from one organisation, and the words for a link in English and French. Does not belong here: the arithmetic of shares
(effective_shares.py), and whether a connected person is one in law (the jurisdiction profile judges).
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import polars as pl

from data import model
from data.screening import Connection, Step
from risk.effective_shares import MAJORITY, Interval, Stake, chains, controlled, effective_shares

SHARES = ("shareholding", "voting_rights")
CONTROLLING = ("consolidation", "branch", "control")
HELD = ("shareholding", *CONTROLLING, "voting_rights", "arrangement", "benefit", "nominee", "not_stated")
UNKNOWN_WEIGHT = 0.5  # where chains are put in order, a share that is not stated stands between a small one and a large one
SHARED = "shared_director"
OFFICES = ("board", SHARED)
SOURCE_TYPE = "source_type"
TOP_CHAINS, ROUNDING = 3, 1e-9
WORDS = Path(__file__).with_suffix(".yml")


class Link(NamedTuple):
    """One statement that `owner` has an interest in `owned`; `owner` None with the reason `unknown` where none is named. Shares of 1."""

    owner: str | None
    owned: str
    interest: str
    low: float | None
    high: float | None
    is_control: bool
    is_indirect: bool
    source: str
    stated_on: dt.date | None
    unknown: str | None = None

    @property
    def controls(self) -> bool:
        """Control is declared, or more than half of the shares or votes is held at least."""
        return self.is_control or self.interest in CONTROLLING or (self.interest in SHARES and (self.low or 0.0) > MAJORITY)

    def step(self, names: Mapping[str, str]) -> Step:
        """The link as a screening carries it. `names`: party -> name, as it is to be shown."""
        return Step(
            owner=names.get(self.owner, self.owner) if self.owner else None, owned=names.get(self.owned, self.owned),
            interest=self.interest, share_min=self.low, share_max=self.high, is_control=self.is_control, is_indirect=self.is_indirect,
            source=self.source or None, stated_on=self.stated_on, unknown_reason=None if self.owner else self.unknown,
        )


class Connected(NamedTuple):
    """A connection and the party that it leads to; None where an owner is not named."""

    party_id: str | None
    connection: Connection


@lru_cache
def _words() -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = model.read_yaml(WORDS)
    return found


def links(ownership_link: pl.DataFrame, ownership_record: pl.DataFrame, as_of: dt.date) -> list[Link]:
    """The links that hold on `as_of`: those of registers (contract ownership_record) and those that people gave (ownership_link).

    A row of ownership_link that was made from a register's record is left out: the record says more.
    """
    def holds(frame: pl.DataFrame) -> pl.DataFrame:
        begun, over = (pl.col("valid_from") <= as_of).fill_null(True), (pl.col("valid_to") <= as_of).fill_null(False)
        return frame.filter(begun & ~over)

    found = [
        Link(row["owner_key"], row["owned_key"], row["interest"], row["share_min"], row["share_max"], bool(row["is_control"]),
             bool(row["is_indirect"]), row["register"], row["stated_on"], row["owner_unknown"])
        for row in holds(ownership_record).sort("record_id").iter_rows(named=True)
    ]
    ours = holds(ownership_link).join(ownership_record, left_on="ownership_link_id", right_on="record_id", how="anti")
    for row in ours.sort("ownership_link_id", "owner_id", "owned_id", "row_id").iter_rows(named=True):
        found.append(Link(row["owner_id"], row["owned_id"], row["interest"] or "shareholding", row["share"], row["share"],
                          bool(row["is_control"]), False, f"{SOURCE_TYPE}:{row['source_type']}" if row["source_type"] else "",
                          row["valid_from"]))
    return found


def percent(share: float, language: str) -> str:
    """A share of 1 as a percentage with at most two decimals, as the language writes it."""
    text = f"{share * 100:.2f}".rstrip("0").rstrip(".")
    return f"{text.replace('.', ',') if language == 'fr' else text}\u00a0%"


def share_words(low: float | None, high: float | None, language: str) -> str:
    """A range as it may be said: exact, at least, at most, or not stated. Nothing beyond."""
    least, most = low or 0.0, 1.0 if high is None else high
    if low is not None and most - least < ROUNDING:
        code = "exact"
    else:
        code = {(True, True): "between", (True, False): "at_least", (False, True): "at_most"}.get((least > 0, most < 1), "not_stated")
    return _words()[f"share_{code}"][language].format(low=percent(least, language), high=percent(most, language))


def effective_words(low: float | None, high: float | None, language: str) -> str:
    """An effective share as it may be said: at most, at least, between, or not stated. Never exact: what is on no record is not in it."""
    if low is not None and high is not None and high - low < ROUNDING:
        low, high = (low, None) if low > 1 - ROUNDING else (None, high)
    code = {(True, True): "between", (True, False): "at_least", (False, True): "at_most"}.get((bool(low), high is not None), "unstated")
    return _words()[f"share_{code}"][language].format(low=percent(low or 0.0, language), high=percent(high or 0.0, language))


def source_words(source: str | None, language: str) -> str:
    """Who says so: the register, or the kind of source that people gave a link with."""
    kind, _, code = (source or "").rpartition(":")
    return model.vocabulary("source_type").label(code, language) if kind == SOURCE_TYPE else source or ""


def said(step: Step, language: str) -> str:
    """`A holds 51 % of B`, in `language` (en or fr)."""
    text = _words()[step.interest if step.owner else "owner_unknown"][language].format(
        owner=step.owner, owned=step.owned, share=share_words(step.share_min, step.share_max, language),
        reason=model.vocabulary("unknown_owner").label(step.unknown_reason or "not_stated", language),
    )
    return _words()["indirectly"][language].format(step=text) if step.is_indirect and step.owner else text


def sentence(step: Step, language: str) -> str:
    """`A holds 51 % of B (GLEIF, 2026-06-30)`, in `language` (en or fr)."""
    told = [part for part in (source_words(step.source, language), step.stated_on.isoformat() if step.stated_on else "") if part]
    return said(step, language) + (f" ({', '.join(told)})" if told else "")


class Group(NamedTuple):
    """The links between parties, by pair; `above`: who has an interest in a party, `below`: in whom it has one. `beside`: by the
    organisation, its board, directors that it shares, and statements that name no owner."""

    by_pair: dict[tuple[str, str], list[Link]]
    above: dict[str, list[str]]
    below: dict[str, list[str]]
    beside: dict[str, list[Link]]


def group(every: Iterable[Link]) -> Group:
    """The links as they are walked, made once for many organisations.

    What is held through others is counted once: by its chain, where that is on record, else as it is stated."""
    every = list(every)
    named = [(link.owner, link) for link in every if link.owner and link.owner != link.owned and link.interest in HELD]
    direct = _sorted((owner, link.owned) for owner, link in named if not link.is_indirect)
    reached = {owner: _walk([owner], direct[1]) for owner, link in named if link.is_indirect}
    by_pair: dict[tuple[str, str], list[Link]] = defaultdict(list)
    for owner, link in named:
        if not link.is_indirect or link.owned not in reached[owner]:
            by_pair[owner, link.owned].append(link)
    beside = defaultdict[str, list[Link]](list)
    for link in every:
        if link.owner is None or link.interest in OFFICES:
            beside[link.owned].append(link)
        if link.owner and link.interest == SHARED:
            beside[link.owner].append(link)
    return Group(dict(by_pair), *_sorted(by_pair), dict(beside))


def _sorted(pairs: Iterable[tuple[str, str]]) -> tuple[dict[str, list[str]], dict[str, list[str]]]:
    above, below = defaultdict[str, list[str]](list), defaultdict[str, list[str]](list)
    for owner, owned in sorted(set(pairs)):
        above[owned].append(owner)
        below[owner].append(owned)
    return above, below


def _walk(start: list[str], ways: dict[str, list[str]]) -> set[str]:
    """`start` and everything that is reached from it."""
    seen, order = set(start), list(start)
    for here in order:
        for party in ways.get(here, ()):
            if party not in seen:
                seen.add(party)
                order.append(party)
    return seen


def _within(group: Group, parties: set[str]) -> dict[tuple[str, str], list[Link]]:
    pairs = ((owner, owned) for owned in sorted(parties) for owner in group.above.get(owned, ()) if owner in parties)
    return {pair: group.by_pair[pair] for pair in pairs}


def _stakes(pairs: dict[tuple[str, str], list[Link]]) -> list[Stake]:
    held = [(pair, link) for pair, found in pairs.items() for link in found if link.interest == "shareholding"]
    return [Stake(*pair, *sorted((link.low or 0.0, 1.0 if link.high is None else link.high))) for pair, link in held]


def _control(pairs: dict[tuple[str, str], list[Link]]) -> list[tuple[str, str]]:
    return [pair for pair, found in pairs.items() if any(link.controls for link in found)]


def _weight(link: Link) -> float:
    if link.controls:
        return 1.0
    return UNKNOWN_WEIGHT if link.high is None and not link.low else link.high or link.low or 0.0


def _chains(group: Group, owner: str, owned: str) -> list[tuple[str, ...]]:
    """The strongest chains between two parties; only what lies above the lower one is searched."""
    pairs = _within(group, _walk([owned], group.above))
    return chains({pair: max(_weight(link) for link in found) for pair, found in pairs.items()}, owner, owned, TOP_CHAINS)


def connections(party_id: str, among: Group, names: Mapping[str, str]) -> list[Connected]:
    """The connections of `party_id`: owners, what it owns, sisters under common control, board, owners not named; greatest share first.

    `among`: links of the parties as `links` gives them, grouped. `names`: party -> name, as it is to be shown. `effective_share` is at
    most, `effective_share_min` at least that share of 1 through the shareholdings on record; null where they leave it open, and where
    there is control without a stated share. The steps are the links of the up to three strongest chains.
    """
    up, down = _walk([party_id], among.above), _walk([party_id], among.below)
    pairs_up, pairs_down = _within(among, up), _within(among, down)
    stakes_up = _stakes(pairs_up)
    owners = {owner: effective_shares(stakes_up, owner).get(party_id) for owner in sorted(up - {party_id})}
    below = effective_shares(_stakes(pairs_down), party_id)
    owned = {party: below.get(party) for party in sorted(down - {party_id})}
    control_up, control_down = _control(pairs_up), controlled(_control(pairs_down), party_id)
    controllers = [owner for owner in owners if party_id in controlled(control_up, owner)]
    control = _control(_within(among, _walk(controllers, among.below)))
    ways: dict[str, tuple[tuple[str, ...], ...]] = {}
    for held in (controlled(control, owner) for owner in controllers):
        for party in held.keys() - {party_id, *owners, *owned}:
            ways[party] = min(ways.get(party, (held[party_id], held[party])), (held[party_id], held[party]), key=_length)

    def one(kind: str, other: str, share: Interval | None, is_control: bool, paths: Iterable[tuple[str, ...]]) -> Connected:
        pairs = dict.fromkeys(pair for path in paths for pair in zip(path, path[1:], strict=False))
        steps = [link.step(names) for pair in pairs for link in among.by_pair[pair]]
        is_bounded = share is not None and (share.upper < 1 - ROUNDING or share.lower > 1 - ROUNDING)
        return Connected(other, Connection(
            kind=kind, name=names.get(other, other), effective_share=share.upper if share and is_bounded else None,
            effective_share_min=share.lower if share and share.lower > ROUNDING else None, is_control=is_control, steps=steps,
            source=_sources(steps),
        ))

    found = [one("owner", other, share, other in controllers, _chains(among, other, party_id)) for other, share in _ordered(owners)]
    found += [one("owned", other, share, other in control_down, _chains(among, party_id, other)) for other, share in _ordered(owned)]
    found += [one("sister", other, None, True, chain) for other, chain in sorted(ways.items())]
    return found + _beside(party_id, among, [party_id, *owners], names)


def _sources(steps: Iterable[Step]) -> str | None:
    return ", ".join(dict.fromkeys(step.source for step in steps if step.source)) or None


def _length(ways: tuple[tuple[str, ...], ...]) -> tuple[int, tuple[tuple[str, ...], ...]]:
    """The nearest common controller comes first."""
    return sum(len(way) for way in ways), ways


def _ordered(shares: dict[str, Interval | None]) -> list[tuple[str, Interval | None]]:
    bounds = {party: share or Interval(0.0, 0.0) for party, share in shares.items()}
    return sorted(shares.items(), key=lambda item: (-bounds[item[0]].lower, -bounds[item[0]].upper, item[0]))


def _beside(party_id: str, among: Group, parties: list[str], names: Mapping[str, str]) -> list[Connected]:
    """Who sits on its board or shares a director with it; and owners that a register does not name, of it and of its owners."""
    found = []
    for link in among.beside.get(party_id, ()):
        if link.owner is not None and link.owner != link.owned:
            other, steps = link.owned if link.owner == party_id else link.owner, [link.step(names)]
            beside = Connection(kind=link.interest, name=names.get(other, other), steps=steps, source=_sources(steps))
            found.append(Connected(other, beside))
    for party in parties:
        steps = [link.step(names) for link in among.beside.get(party, ()) if link.owner is None]
        if steps:
            silent = Connection(kind="owner_unknown", name=names.get(party, party), steps=steps, source=_sources(steps))
            found.append(Connected(None, silent))
    return found
