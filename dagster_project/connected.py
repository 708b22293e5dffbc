"""Owners and subsidiaries of bidders, as far as the workspace's ownership links name them.

Belongs here: finding a bidder among the known parties and walking the links. Does not belong here: how far the law holds a connected
party's facts against a bidder (risk/screening).
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import polars as pl

from data.procurement import Identifier, Organisation
from data.screening import Connection
from pipelines.batches import SHIFT
from pipelines.resolution import identifiers
from pipelines.resolution.resolve import IDENTIFIERS
from risk.screening.bidder import fingerprint, plain
from risk.screening.result import Related

MOST_STEPS = 8  # longer chains are walked no further: a share of a share of a share says nothing by then


class Link(NamedTuple):
    """One ownership link as its source states it."""

    owner: str
    owned: str
    share: float | None
    is_control: bool
    text: str
    source: str | None


@dataclass(frozen=True)
class Network:
    """Ownership links that held on a day, and how to find an organisation among the parties of the workspace."""

    owners: dict[str, list[Link]]  # by the party owned
    owned: dict[str, list[Link]]  # by the owner
    party: dict[str, dict[str, Any]]  # those that have a link
    numbers: dict[str | None, set[str]]
    names: dict[tuple[str, str], set[str]]


def network(party: pl.DataFrame, ownership: pl.DataFrame, as_of: dt.date, publisher: Mapping[int, str]) -> Network:
    """The links of `ownership` that held on `as_of` among `party`. `publisher`: who says so, by batch."""
    begun = pl.col("valid_from").is_null() | (pl.col("valid_from") <= as_of)
    held = ownership.filter(begun & (pl.col("valid_to").is_null() | (pl.col("valid_to") > as_of))).sort("owner_id", "owned_id")
    ends = pl.concat([held["owner_id"], held["owned_id"]]).unique()
    linked = {row["party_id"]: row for row in party.filter(pl.col("party_id").is_in(ends.implode())).to_dicts()}
    found = Network(defaultdict(list), defaultdict(list), linked, defaultdict(set), defaultdict(set))
    if held.is_empty():
        return found
    for row in held.iter_rows(named=True):
        owner, owned = (str(linked.get(row[end], {}).get("name", row[end])) for end in ("owner_id", "owned_id"))
        told = publisher.get(row["row_id"] >> SHIFT)
        share = "?" if row["share"] is None else f"{row['share']:.0%}"
        text = f"{owner} → {owned}: {share}" + (f" ({told})" if told else "")
        link = Link(row["owner_id"], row["owned_id"], row["share"], bool(row["is_control"]), text, told)
        found.owners[link.owned].append(link)
        found.owned[link.owner].append(link)
    for column, scheme in IDENTIFIERS.items():
        given = party.select("party_id", "country", number=pl.lit(scheme) + pl.col(column)).drop_nulls("number")
        for party_id, country, number in given.iter_rows():
            found.numbers[_number(number, country, None)].add(party_id)
    for party_id, name, country in party.select("party_id", "name", "country").drop_nulls().iter_rows():
        found.names[plain(name), country].add(party_id)
    return found


def _number(text: str, country: str | None, scheme: str | None) -> str | None:
    """The number as registers are compared; None where nothing of it can be."""
    try:
        return identifiers.key(identifiers.normal(text, country, scheme))
    except ValueError:
        return None


def placed(one: Organisation, among: Network) -> str | None:
    """The party that shares a number with the organisation, else that of its name and country; None if that is nobody or several."""
    numbers = {_number(number.id, one.country, number.scheme) for number in one.identifiers if number.is_valid is not False}
    same = set().union(*(among.numbers.get(number, set()) for number in numbers - {None}))
    found = same or among.names.get((plain(one.name), one.country or ""), set())
    return next(iter(found)) if len(found) == 1 else None


def _walk(start: str, links: Mapping[str, list[Link]], upward: bool) -> Iterator[tuple[str, float | None, list[Link]]]:
    """Every party reached from `start` and not `start` itself, with the share along the shortest way, null where a step has none."""
    seen = {start}
    ring: list[tuple[str, float | None, list[Link]]] = [(start, 1.0, [])]
    for _ in range(MOST_STEPS):
        following: list[tuple[str, float | None, list[Link]]] = []
        for at, share, way in ring:
            for link in links.get(at, ()):
                other = link.owner if upward else link.owned
                if other in seen:
                    continue
                seen.add(other)
                product = share * link.share if share is not None and link.share is not None else None
                following.append((other, product, [*way, link]))
        yield from following
        ring = following


def _organisation(row: Mapping[str, Any]) -> Organisation:
    """A party of the workspace as an organisation that can be searched."""
    numbers = [Identifier(scheme=name.upper().replace("_", "-"), id=row[name]) for name in IDENTIFIERS if row.get(name)]
    return Organisation(
        organisation_id=row["party_id"], name=row["name"], country=row["country"], address=row["address"], locality=row["place"],
        identifiers=numbers,
    )


def connections(organisations: Iterable[Organisation], among: Network) -> dict[str, list[Related]]:
    """By fingerprint of an organisation: its owners and subsidiaries, each with the links that lead there. Empty where no link is known."""
    found: dict[str, list[Related]] = defaultdict(list)
    for one in organisations if among.owners else ():
        start = placed(one, among)
        for kind, links, upward in (("owner", among.owners, True), ("owned", among.owned, False)):
            for other, share, way in _walk(start, links, upward) if start is not None else ():
                connection = Connection(
                    kind=kind, name=str(among.party.get(other, {}).get("name", other)), effective_share=share,
                    is_control=all(link.is_control for link in way), steps=[link.text for link in way], source=way[-1].source,
                )
                if other in among.party:
                    found[fingerprint(one)].append(Related(connection, _organisation(among.party[other])))
    return dict(found)
