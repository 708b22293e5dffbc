"""Owners, subsidiaries and sisters of bidders, as far as registers and the workspace's ownership links name them.

Belongs here: finding a bidder among the known parties, and making the connected parties searchable. Does not belong here: walking the
links (risk/connections), and how far the law holds a connected party's facts against a bidder (risk/screening).
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import polars as pl

from data.procurement import Identifier, Organisation
from pipelines import core
from pipelines.resolution import identifiers
from pipelines.resolution.resolve import IDENTIFIERS
from risk import connections as walked
from risk.connections import Group
from risk.screening.bidder import fingerprint, plain
from risk.screening.result import Related

ENDS = ("owner_key", "owned_key")


@dataclass(frozen=True)
class Network:
    """Ownership links that held on a day, and how to find an organisation among the parties of the workspace."""

    links: Group
    linked: frozenset[str]  # ends of a link
    called: Mapping[str, str]  # name of each end, where one is known
    party: dict[str, dict[str, Any]]  # those that have a link
    numbers: dict[str | None, set[str]]
    names: dict[tuple[str, str], set[str]]


def network(
    party: pl.DataFrame, ownership: pl.DataFrame, record: pl.DataFrame, entity: pl.DataFrame, alias: pl.DataFrame, as_of: dt.date
) -> Network:
    """The links known and held on `as_of`: those that people gave (`ownership`) and those of registers (`record`), among `party`.

    `entity`: names of those who are in registers alone. `alias`: party_id, master_id; a register's links are those of the party as it was
    before it was drawn into another.
    """
    master = dict(alias.select("party_id", "master_id").iter_rows())
    record = record.with_columns(pl.col(*ENDS).replace(master))
    known = {name: core.cut(name, frame.lazy(), as_of).collect() for name, frame in
             (("ownership_link", ownership), ("ownership_record", record))}  # fmt: skip
    every = walked.links(known["ownership_link"], known["ownership_record"], as_of)
    linked = frozenset(end for link in every for end in (link.owner, link.owned) if end is not None)
    rows = {row["party_id"]: row for row in party.filter(pl.col("party_id").is_in(list(linked))).to_dicts()}
    registered = entity.filter(pl.col("entity_key").is_in(list(linked))).select("entity_key", "name").iter_rows()
    called = dict(registered) | {party_id: str(row["name"]) for party_id, row in rows.items()}
    found = Network(walked.group(every), linked, called, rows, defaultdict(set), defaultdict(set))
    if not every:
        return found
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


def _organisation(row: Mapping[str, Any]) -> Organisation:
    """A party of the workspace as an organisation that can be searched."""
    numbers = [Identifier(scheme=name.upper().replace("_", "-"), id=row[name]) for name in IDENTIFIERS if row.get(name)]
    return Organisation(
        organisation_id=row["party_id"], name=row["name"], country=row["country"], address=row["address"], locality=row["place"],
        identifiers=numbers,
    )


def connections(organisations: Iterable[Organisation], among: Network) -> dict[str, list[Related]]:
    """By fingerprint of an organisation: who is connected to it, each with the links that lead there. Empty where no link is known.

    A party of the workspace comes as an organisation that is searched in the lists; whom registers alone name as a person is not.
    """
    found: dict[str, list[Related]] = {}
    for one in organisations if among.linked else ():
        start = placed(one, among)
        if start in among.linked:
            found[fingerprint(one)] = [
                Related(connection, _organisation(among.party[other]) if other in among.party else None)
                for other, connection in walked.connections(start, among.links, among.called)
            ]
    return found
