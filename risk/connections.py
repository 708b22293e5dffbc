"""With whom an organisation is connected: owners, what it owns, sisters, owners that no register names; each with the links it stands on.

Belongs here: walking from one organisation and wording each link in English and French. Does not belong here: the arithmetic of shares
(effective_shares.py), and whether a connected person is one in law (the jurisdiction profile judges).
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import polars as pl

from data import model
from data.screening import Connection
from risk.effective_shares import MAJORITY, Interval, Stake, chains, controlled, effective_shares

SHARES = ("shareholding", "voting_rights")
CONTROLLING = ("consolidation", "branch", "control")
HELD = ("shareholding", *CONTROLLING, "voting_rights", "arrangement", "benefit", "nominee", "not_stated")
UNKNOWN_WEIGHT = 0.5  # where chains are put in order, a share that is not stated stands between a small one and a large one
OFFICES = ("board", "shared_director")
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
                          bool(row["is_control"]), False, f"source_type:{row['source_type']}", row["valid_from"]))
    return found


def percent(share: float, language: str) -> str:
    """A share of 1 as a percentage with at most two decimals, as the language writes it."""
    text = f"{share * 100:.2f}".rstrip("0").rstrip(".")
    return f"{text.replace('.', ',')}\u202f%" if language == "fr" else f"{text}\u00a0%"


def share_words(low: float | None, high: float | None, language: str) -> str:
    """A range as it may be said: exact, at least, at most, or not stated. Nothing beyond."""
    least, most = low or 0.0, 1.0 if high is None else high
    if low is not None and most - least < ROUNDING:
        code = "exact"
    else:
        code = {(True, True): "between", (True, False): "at_least", (False, True): "at_most"}.get((least > 0, most < 1), "not_stated")
    return _words()[f"share_{code}"][language].format(low=percent(least, language), high=percent(most, language))


def sentence(link: Link, names: dict[str, str], language: str) -> str:
    """`A holds 51 % of B (GLEIF, 2026-06-30)`, in `language` (en or fr)."""
    source = link.source
    if source.startswith("source_type:"):
        source = model.vocabulary("source_type").label(source.partition(":")[2], language)
    values = {"owner": names.get(link.owner or "", link.owner), "owned": names.get(link.owned, link.owned)}
    code = link.interest if link.owner else "owner_unknown"
    said = _words()[code][language].format(
        share=share_words(link.low, link.high, language), reason=model.vocabulary("unknown_owner").label(link.unknown, language), **values,
    )
    said = _words()["indirectly"][language].format(step=said) if link.is_indirect and link.owner else said
    return f"{said} ({', '.join(part for part in (source, link.stated_on.isoformat() if link.stated_on else '') if part)})"


class _Group(NamedTuple):
    """The links between parties, by pair; `above`: who has an interest in a party, `below`: in whom it has one."""

    by_pair: dict[tuple[str, str], list[Link]]
    above: dict[str, list[str]]
    below: dict[str, list[str]]


def _group(every: list[Link]) -> _Group:
    """What is held through others is counted once: by its chain, where that is on record, else as it is stated."""
    named = [(link.owner, link) for link in every if link.owner and link.owner != link.owned and link.interest in HELD]
    direct = _sorted((owner, link.owned) for owner, link in named if not link.is_indirect)
    reached = {owner: _walk([owner], direct[1]) for owner, link in named if link.is_indirect}
    by_pair: dict[tuple[str, str], list[Link]] = defaultdict(list)
    for owner, link in named:
        if not link.is_indirect or link.owned not in reached[owner]:
            by_pair[owner, link.owned].append(link)
    return _Group(by_pair, *_sorted(by_pair))


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


def _within(group: _Group, parties: set[str]) -> dict[tuple[str, str], list[Link]]:
    pairs = ((owner, owned) for owned in sorted(parties) for owner in group.above.get(owned, ()) if owner in parties)
    return {pair: group.by_pair[pair] for pair in pairs}


def _stakes(pairs: dict[tuple[str, str], list[Link]]) -> list[Stake]:
    held = [(pair, link) for pair, found in pairs.items() for link in found if link.interest == "shareholding"]
    return [Stake(*pair, link.low or 0.0, 1.0 if link.high is None else link.high) for pair, link in held]


def _control(pairs: dict[tuple[str, str], list[Link]]) -> list[tuple[str, str]]:
    return [pair for pair, found in pairs.items() if any(link.controls for link in found)]


def _weight(link: Link) -> float:
    if link.controls:
        return 1.0
    return UNKNOWN_WEIGHT if link.high is None and not link.low else link.high or link.low or 0.0


def _chains(group: _Group, owner: str, owned: str) -> list[tuple[str, ...]]:
    """The strongest chains between two parties; only what lies above the lower one is searched."""
    pairs = _within(group, _walk([owned], group.above))
    return chains({pair: max(_weight(link) for link in found) for pair, found in pairs.items()}, owner, owned, TOP_CHAINS)


def connections(party_id: str, every: list[Link], names: dict[str, str], language: str = "en") -> list[Connection]:
    """The connections of `party_id`: owners, what it owns, sisters under a common control, owners not named; greatest share first.

    `every`: links of the parties as `links` gives them. `names`: party -> name, as it is to be shown. `effective_share` is at most that
    share of 1 through the shareholdings on record; null where they leave it open, and where there is control without a stated share.
    The steps say what each link of the up to three strongest chains states, in `language`.
    """
    group = _group(every)
    up, down = _walk([party_id], group.above), _walk([party_id], group.below)
    stakes_up, pairs_down = _stakes(_within(group, up)), _within(group, down)
    owners = {owner: effective_shares(stakes_up, owner).get(party_id) for owner in sorted(up - {party_id})}
    below = effective_shares(_stakes(pairs_down), party_id)
    owned = {party: below.get(party) for party in sorted(down - {party_id})}
    control_up = _control(_within(group, up))
    controllers = [owner for owner in owners if party_id in controlled(control_up, owner)]
    control = _control(_within(group, _walk(controllers, group.below)))
    ways: dict[str, tuple[tuple[str, ...], ...]] = {}
    for held in (controlled(control, owner) for owner in controllers):
        for party in held.keys() - {party_id, *owners, *owned}:
            ways[party] = min(ways.get(party, (held[party_id], held[party])), (held[party_id], held[party]), key=_length)

    def one(kind: str, other: str, share: Interval | None, paths: Iterable[tuple[str, ...]]) -> Connection:
        pairs = dict.fromkeys(pair for path in paths for pair in zip(path, path[1:], strict=False))
        steps = [link for pair in pairs for link in group.by_pair[pair]]
        sources = dict.fromkeys(link.source for link in steps)
        is_bounded = share is not None and (share.upper < 1 - ROUNDING or share.lower > 1 - ROUNDING)
        return Connection(
            kind=kind, name=names.get(other, other), effective_share=share.upper if share and is_bounded else None,
            steps=[sentence(link, names, language) for link in steps], source=", ".join(sources) or None,
        )

    found = [one("owner", other, share, _chains(group, other, party_id)) for other, share in _ordered(owners)]
    found += [one("owned", other, share, _chains(group, party_id, other)) for other, share in _ordered(owned)]
    found += [one("sister", other, None, chain) for other, chain in sorted(ways.items())]
    return found + _unnamed(party_id, every, {party_id, *owners}, names, language)


def _length(ways: tuple[tuple[str, ...], ...]) -> tuple[int, tuple[tuple[str, ...], ...]]:
    """The nearest common controller comes first."""
    return sum(len(way) for way in ways), ways


def _ordered(shares: dict[str, Interval | None]) -> list[tuple[str, Interval | None]]:
    bounds = {party: share or Interval(0.0, 0.0) for party, share in shares.items()}
    return sorted(shares.items(), key=lambda item: (-bounds[item[0]].lower, -bounds[item[0]].upper, item[0]))


def _unnamed(party_id: str, every: list[Link], parties: set[str], names: dict[str, str], language: str) -> list[Connection]:
    """Owners that a register does not name, of the organisation and of its owners; and who sits on its board."""
    rows = [("owner_unknown", link.owned, link) for link in every if link.owner is None and link.owned in parties]
    rows += [(link.interest, link.owner, link) for link in every if link.owner and link.owned == party_id and link.interest in OFFICES]
    return [
        Connection(kind=kind, name=names.get(party, party), steps=[sentence(link, names, language)], source=link.source)
        for kind, party, link in rows
    ]
