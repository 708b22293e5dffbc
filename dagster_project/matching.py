"""`deeptier match` and `deeptier match-pairs`: one name against all lists and parties of a workspace, or a file of pairs.

Belongs here: bringing the published warehouse and the matcher together. Does not belong here: how sure a pair is (pipelines/resolution),
what a match means for a bidder (screening.py).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import duckdb
import polars as pl

from dagster_project import screening, searched
from dagster_project.store import INDEXES
from data.procurement import Organisation

AS_LISTING = {
    "listing_id": "party_id", "entity_type": "schema", "name": "name", "aliases": "aliases", "country": "country", "place": "place",
    "address": "address", "identifiers": "identifiers",
}  # fmt: skip
PERSON_KIND = "person"


def match(folder: Path, asked: Mapping[str, Any], floor: float, limit: int) -> dict[str, Any]:
    """Entries of lists and parties of the workspace that may be the one asked about, the surest first.

    asked: arguments of `pipelines.procurement.one` (name, country, identifiers, address) and `schema`. Result: `asked`, `lists` (list_id,
    state, why, entries), `parties` (how many were compared) and `matches`: kind (listing or party), id, list_id, status, dates, country and
    a data.screening.Match as dictionary. WorkspaceError: nothing is published yet.
    """
    schema = asked.get("schema", "organisation")
    reading = screening.read(None, {key: value for key, value in asked.items() if key != "schema"})
    (one,) = [tenderer.organisation for process in reading.processes for tenderer in process.tenderers]
    one = one.model_copy(update={"schema_": schema})
    lists = searched.opened(screening.published_in(folder), dt.date.today())
    rows = screening.search(folder, lists, [one], floor, limit)
    entries = searched.entries(lists, rows["listing_id"])
    found = [_listed(row, entries, schema) for row in rows.iter_rows(named=True)]
    parties = _parties(lists.path)
    found += [_own(row, parties, schema) for row in _near(folder, parties, one, floor, limit).iter_rows(named=True)]
    found.sort(key=lambda row: (-row["match"]["probability"], row["kind"], row["id"]))
    told = [entry.model_dump(mode="json", include={"list_id", "state", "why", "entries", "received_on"}) for entry in lists.lists]
    return {"asked": one.model_dump(mode="json"), "lists": told, "parties": parties.height, "matches": found[:limit]}


def _listed(row: dict[str, Any], entries: Mapping[str, Any], schema: str) -> dict[str, Any]:
    entry = entries[row["listing_id"]]
    return {
        "kind": "listing", "id": entry.listing_id, "list_id": entry.list_id, "status": entry.status, "is_in_force": entry.is_in_force,
        "listed_on": entry.listed_on, "listed_on_basis": entry.listed_on_basis, "delisted_on": entry.delisted_on, "country": entry.country,
        "match": screening.match(row, None, schema == PERSON_KIND).model_dump(mode="json", exclude={"pair_id", "judgement"}),
    }  # fmt: skip


def _own(row: dict[str, Any], parties: pl.DataFrame, schema: str) -> dict[str, Any]:
    (country,) = parties.filter(pl.col("listing_id") == row["listing_id"])["country"]
    return {
        "kind": "party", "id": row["listing_id"], "list_id": None, "status": None, "is_in_force": None, "listed_on": None,
        "listed_on_basis": None, "delisted_on": None, "country": country,
        "match": screening.match(row, None, schema == PERSON_KIND).model_dump(mode="json", exclude={"pair_id", "judgement"}),
    }  # fmt: skip


def _parties(path: Path) -> pl.DataFrame:
    """The parties of the warehouse in the shape of listings, so that the same index holds them."""
    with duckdb.connect(str(path), read_only=True) as connection:
        party = connection.sql("SELECT * FROM core_party").pl()
    numbers = [pl.col("lei"), pl.col("duns"), pl.col("tax_id"), pl.col("registry_id")]
    return party.with_columns(
        schema=pl.when(pl.col("party_kind") == PERSON_KIND).then(pl.lit("person"))
        .when(pl.col("party_kind") == "vessel").then(pl.lit("vessel")).otherwise(pl.lit("organisation")),
        aliases=pl.lit(None, dtype=pl.List(pl.String)),
        identifiers=pl.concat_list(*numbers).list.drop_nulls(),
    ).select(**AS_LISTING)  # fmt: skip


def _near(folder: Path, parties: pl.DataFrame, one: Organisation, floor: float, limit: int) -> pl.DataFrame:
    from pipelines.resolution import index, probability

    queries = pl.DataFrame([screening.query("asked", one)], schema=screening.QUERY)
    found = index.search(index.opened(parties, folder / INDEXES), queries, floor, limit)
    shown = probability.capped(pl.col("probability"), pl.col("basis"))
    return found.filter(shown >= floor).with_columns(probability=shown)


def match_pairs(file: Path) -> Iterator[dict[str, Any]]:
    """One result per row of a file of pairs, in its order: see pipelines.resolution.pairs."""
    from pipelines.resolution import pairs

    return pairs.match_pairs(file)
