"""What of the published warehouse a screening searches: lists with their versions, entries as they stood on a day, goods and orders.

Belongs here: reading the warehouse into the shapes of data/screening. Does not belong here: matching (screening.py), what a fact means in
law (risk/screening).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import duckdb
import polars as pl

from dagster_project.connected import Network, network
from data import model
from data.screening import Entry, SearchedList, SearchState, Source
from pipelines import core, registry
from pipelines.batches import SHIFT
from pipelines.derive import schema
from pipelines.snapshot import NOT_USED
from risk.screening.context import Ban, Good
from risk.screening.keys import Stale, Unsearched

OFF = "switched off"
TABLES = ("core_listed_good", "core_import_ban", "source_state", "batch", "core_party", "core_ownership_link")
ALIAS = {"party_id": pl.String, "master_id": pl.String}
REGISTERS = {  # tables that a warehouse of an older run may lack, with the columns they have when empty
    "core_ownership_record": schema("ownership_record"), "core_registered_entity": schema("registered_entity"), "party_alias": ALIAS,
}


@dataclass(frozen=True)
class Lists:
    """Everything of one warehouse that a screening on `as_of` needs. `listing`: entries known by that day, with their status on it."""

    path: Path
    as_of: dt.date
    listing: pl.DataFrame
    lists: list[SearchedList]
    goods: list[Good]
    bans: list[Ban]
    batch: dict[int, dict[str, Any]]
    network: Network
    place: dict[str, int]


def _tables(path: Path) -> dict[str, pl.DataFrame]:
    with duckdb.connect(str(path), read_only=True) as connection:
        there = {name for (name,) in connection.sql("SELECT table_name FROM duckdb_tables()").fetchall()}
        read = {name: connection.sql(f'SELECT * FROM "{name}"').pl() for name in (*TABLES, *(there & set(REGISTERS)))}  # noqa: S608  (ours)
    return {**{name: pl.DataFrame(schema=columns) for name, columns in REGISTERS.items()}, **read}


@lru_cache(maxsize=2)
def opened(path: Path, as_of: dt.date) -> Lists:
    """The lists of the warehouse at `path` as they stood on `as_of`; read once per process. A warehouse never changes."""
    tables = _tables(path)
    listing = core.on_date("listing", all_listings(path).lazy(), as_of).sort("listing_id").collect()
    batch = {row["batch"]: row for row in tables["batch"].to_dicts()}
    bans = core.on_date("import_ban", tables["core_import_ban"].lazy(), as_of).collect()
    return Lists(
        path=path, as_of=as_of, listing=listing, lists=searched(listing, tables["source_state"], batch, as_of),
        goods=_goods(tables["core_listed_good"], batch, as_of), bans=_bans(bans, batch), batch=batch,
        network=network(
            tables["core_party"], tables["core_ownership_link"], tables["core_ownership_record"], tables["core_registered_entity"],
            tables["party_alias"], as_of,
        ),
        place={name: at for at, name in enumerate(listing["listing_id"])},
    )


@lru_cache(maxsize=1)
def all_listings(path: Path) -> pl.DataFrame:
    """Every entry that the warehouse at `path` holds, whatever the day, so that one index of names serves all days."""
    with duckdb.connect(str(path), read_only=True) as connection:
        return connection.sql("SELECT * FROM core_listing").pl()


def _names(value: Any, wanted: str) -> bool:
    """Whether `wanted` stands anywhere in the lookups of a source."""
    if isinstance(value, dict):
        return any(_names(one, wanted) for one in value.values())
    if isinstance(value, list):
        return any(_names(one, wanted) for one in value)
    return bool(value == wanted)


@lru_cache
def source_of(list_id: str) -> str | None:
    """The source that brings a list: the one of its name, else the one whose lookups name it; None if none does."""
    sources = registry.sources()
    if list_id in sources:
        return list_id
    return next((one.id for one in sources.values() if "listing" in one.tables and _names(one.lookups, list_id)), None)


def searched(listing: pl.DataFrame, states: pl.DataFrame, batch: dict[int, dict[str, Any]], as_of: dt.date) -> list[SearchedList]:
    """Every list of the vocabulary: searched, stale or not searched and why, with the version."""
    state = {row["source"]: row for row in states.to_dicts()}
    counted = listing.group_by("list_id").agg(
        entries=pl.len(), newest=pl.col("listed_on").max(), batch=(pl.col("row_id") // 2**SHIFT).max()
    )
    rows = {row["list_id"]: row for row in counted.to_dicts()}
    return [_searched(list_id, rows.get(list_id), state, batch, as_of) for list_id in model.vocabulary("list").codes]


def _searched(
    list_id: str, row: dict[str, Any] | None, states: dict[str, Any], batch: dict[int, dict[str, Any]], as_of: dt.date
) -> SearchedList:
    source_id = source_of(list_id)
    state = states.get(source_id or "")
    if source_id is None or state is None:  # no source, or one that came after the run
        why = Unsearched.NOT_CONFIGURED if source_id is None else Unsearched.NOT_LOADED
        return SearchedList(list_id=list_id, source=source_id or "", state=SearchState.NOT_SEARCHED, why=why)
    source = registry.sources()[source_id]
    served = [one for one in batch.values() if one["source"] == source_id and "listing" in one["table_name"]]
    of_day = [one for one in served if (one["received_on"] or one["vintage"]) == state["received_on"]]
    version = max(of_day or [one for one in served if row and one["batch"] == row["batch"]], key=lambda one: one["batch"], default=None)
    received = state["received_on"]
    age = (as_of - received).days if received is not None else None
    found: dict[str, Any] = {
        "list_id": list_id, "source": source_id, "licence": source.licence, "received_on": received, "age_days": age,
        "entries": row["entries"] if row else 0, "newest_entry_on": row["newest"] if row else None,
        "batch": version["batch"] if version else None, "sha256": version["sha256"] if version else None,
    }
    if row is None:
        reason = _unsearched(state, source.guards.min_rows)
        if reason is not None:
            return SearchedList(**found, state=SearchState.NOT_SEARCHED, why=reason)
    if age is None or state["state"] == "failed" or str(state["message"]).startswith(NOT_USED):
        return SearchedList(**found, state=SearchState.STALE, why=Stale.LAST_GOOD_COPY)
    if age > source.stale_after_days or state["state"] == "stale":
        return SearchedList(**found, state=SearchState.STALE, why=Stale.OLDER_THAN_ALLOWED)
    return SearchedList(**found, state=SearchState.SEARCHED)


def _unsearched(state: dict[str, Any], least: int) -> Unsearched | None:
    """Why a list without entries was not searched; None where its source says that a list may be empty and was read."""
    if state["state"] == "failed":
        return Unsearched.FAILED
    if state["state"] == "not_configured":
        return Unsearched.NOT_CONFIGURED
    if state["state"] == "not_loaded":
        return Unsearched.SWITCHED_OFF if OFF in (state["message"] or "") else Unsearched.NOT_LOADED
    return None if least == 0 else Unsearched.EMPTY


def source(row_id: int, list_id: str, batch: dict[int, dict[str, Any]], url: str | None = None) -> Source:
    """Where a row of the warehouse can be read."""
    at, line = divmod(row_id, 2**SHIFT)
    version = batch.get(at, {})
    return Source(
        source=version.get("source") or list_id, list_id=list_id, publisher=version.get("publisher") or "", licence=version.get("licence"),
        url=url or version.get("url"), batch=at, received_on=version.get("received_on") or version.get("vintage"), file=version.get("file"),
        line=line,
    )


def entries(lists: Lists, listing_ids: Iterable[str]) -> dict[str, Entry]:
    """The entries of these ids, as they stood on the day."""
    kinds, statuses = model.vocabulary("list").codes, model.vocabulary("listing_status").codes
    old = {one.list_id for one in lists.lists if one.state == SearchState.STALE}
    found = {}
    for row in lists.listing[[lists.place[name] for name in sorted(set(listing_ids))]].iter_rows(named=True):
        usual = kinds[row["list_id"]].values
        found[row["listing_id"]] = Entry(
            listing_id=row["listing_id"], list_id=row["list_id"], kind=usual["kind"], subject=row.get("subject") or usual["subject"],
            name=row["name"], entity_type=row["entity_type"], country=row["country"], address=row["address"] or row["place"],
            identifiers=row["identifiers"] or [], programme=row["programme"], authority=row["authority"], reason=row["reason"],
            decided_on=row.get("decided_on"), listed_on=row["listed_on"], listed_on_basis=row["listed_on_basis"],
            delisted_on=row["delisted_on"],
            expected_end_on=row["expected_end_on"], status=row["status"], is_in_force=bool(statuses[row["status"]].values["raises"]),
            is_of_old_copy=row["list_id"] in old, source=source(row["row_id"], row["list_id"], lists.batch, row["url"]),
        )
    return found


def _goods(listed: pl.DataFrame, batch: dict[int, dict[str, Any]], as_of: dt.date) -> list[Good]:
    known = listed.filter((pl.col("published_on") <= as_of) & (pl.col("superseded_on").is_null() | (pl.col("superseded_on") > as_of)))
    newest = known.filter(pl.col("published_on") == pl.col("published_on").max().over("list_id")).sort("list_id", "good", "country")
    return [
        Good(
            row["list_id"], row["edition"], row["good"], row["country"], tuple(row["hs"] or ()),
            bool(row["is_forced_labour"] or row["is_forced_child_labour"]), bool(row["is_child_labour"] or row["is_forced_child_labour"]),
            source(row["row_id"], row["list_id"], batch),
        )
        for row in newest.to_dicts()
    ]


def _bans(ban: pl.DataFrame, batch: dict[int, dict[str, Any]]) -> list[Ban]:
    """Orders in force for territories: those for named producers are entries of lists."""
    raising = [code for code, one in model.vocabulary("listing_status").codes.items() if one.values["raises"]]
    rows = ban.filter(pl.col("scope").is_in(["territory", "artisanal"]) & pl.col("status").is_in(raising) & pl.col("country").is_not_null())
    return [
        Ban(
            row["ban_id"], row["authority"], row["product"], row["country"], row["subdivision"], tuple(row["hs"] or ()), row["status"],
            source(row["row_id"], "import_ban", batch),
        )
        for row in rows.sort("ban_id").to_dicts()
    ]
