"""The pairs that wait for a person, the ones that matter most first, and those that were judged before.

Belongs here: putting together what a run matched, what bidders were screened against, and what people said. Pure functions of frames.
Does not belong here: reading the warehouse or the store, and how a row is shown.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import polars as pl

from data import model
from pipelines.reviews import judgements, pairs

# left_facts: a bidder in canonical form, for it may read otherwise in each tender; null where the record is one of the warehouse.
FOUND: dict[str, Any] = {
    "kind": pl.String, "left_key": pl.String, "right_key": pl.String, "confidence": pl.Float64, "basis": pl.String,
    "is_confirmed": pl.Boolean, "screening_id": pl.String, "left_facts": pl.String,
}
QUESTION = [*judgements.PAIR, "left_facts"]
WORK: dict[str, Any] = {
    "pair_id": pl.String, "state": pl.String, "kind": pl.String, "priority": pl.Float64, "confidence": pl.Float64, "basis": pl.String,
    "left_key": pl.String, "left_name": pl.String, "left_country": pl.String, "right_key": pl.String, "right_name": pl.String,
    "right_country": pl.String, "list_id": pl.String, "status": pl.String, **judgements.ANSWER,
    "open_since": pl.Datetime("us", "UTC"), "opened_by_run": pl.String, "screening_id": pl.String, "facts_hash": pl.String,
    "facts": pl.String, "fact_sets": pl.UInt32,
}


def found(kind: str, rows: pl.DataFrame, left: str, right: str) -> pl.DataFrame:
    """FOUND columns of candidate pairs from a table of matches; columns that it lacks are null. One row per pair, the surest."""
    names = {"confidence": "match_confidence", "basis": "match_basis", "is_confirmed": "is_confirmed", "screening_id": "screening_id"}
    more = {
        name: pl.col(column).cast(FOUND[name]) if column in rows.columns else pl.lit(None, dtype=FOUND[name])
        for name, column in (names | {"left_facts": "left_facts"}).items()
    }
    keys = (pl.col(left).cast(pl.String), pl.col(right).cast(pl.String))
    ordered = (pl.min_horizontal(*keys), pl.max_horizontal(*keys)) if kind == "party" else keys
    taken = rows.select(kind=pl.lit(kind), left_key=ordered[0], right_key=ordered[1], **more)
    surest = taken.sort("confidence", descending=True, nulls_last=True, maintain_order=True)
    return surest.unique(judgements.PAIR, keep="first", maintain_order=True).select(list(FOUND))


def pair_ids(rows: pl.DataFrame) -> pl.Series:
    """pair_id of each row of kind, left_key and right_key."""
    names = [judgements.pair_id(*key) for key in rows.select(judgements.PAIR).iter_rows()]
    return pl.Series("pair_id", names, dtype=pl.String)


def build(
    candidates: pl.DataFrame, stands: pl.DataFrame, reopened: pl.DataFrame, *, party: pl.DataFrame, listing: pl.DataFrame,
    organisations: Mapping[str, Mapping[str, Any]], priority: pl.DataFrame,
) -> pl.DataFrame:
    """The work list in WORK columns, best first: those in force, then by priority of the party and confidence of the match.

    `candidates`: FOUND columns. `stands`, `reopened`: from the store. `party`, `listing`: the records, parties that were drawn into
    another included; `organisations`: left_facts -> organisation; `priority`: party_id, priority. Judged pairs are in it whether or not
    they are candidates; pairs of which a record is gone are not. A bidder that reads otherwise in another tender has a row for each
    reading; `fact_sets` counts them.
    """
    known = stands.select(list(judgements.PAIR)).unique(maintain_order=True)
    both = pl.concat([candidates, known.join(candidates, on=list(judgements.PAIR), how="anti", maintain_order="left")], how="diagonal")
    of = {kind: both.filter(pl.col("kind") == kind) for kind in judgements.KINDS}
    hashed = pl.concat([
        pairs.listing_pairs(of["listing"].select(party_id="left_key", listing_id="right_key"), party, listing),
        _bidders(of["bidder"], organisations, listing),
        pairs.party_pairs(of["party"].select(party_id="left_key", other_id="right_key"), party),
    ], how="diagonal")
    entries = listing.select(right_key="listing_id", list_id="list_id", status="status").unique("right_key", keep="last")
    rows = (
        pairs.judged(hashed, stands)
        .join(both, on=QUESTION, how="left", maintain_order="left", nulls_equal=True)
        .join(reopened, on=["judgement_id", "facts_hash"], how="left", maintain_order="left")
        .join(entries, on="right_key", how="left", maintain_order="left")
        .join(priority.rename({"party_id": "left_key"}), on="left_key", how="left", maintain_order="left")
    )
    raises = {code: bool(entry.values.get("raises")) for code, entry in model.vocabulary("listing_status").codes.items()}
    state = (
        pl.when(pl.col("verdict") == "different").then(pl.lit("dismissed"))
        .when(pl.col("verdict").is_not_null()).then(pl.lit("judged"))
        .when("is_open_again").then(pl.lit("open_again"))
        .when(pl.col("is_confirmed").fill_null(False)).then(pl.lit("confirmed"))
        .otherwise(pl.lit("open"))
    )
    said = {
        f"{end}_{name}": pl.col("facts").str.json_path_match(f"$.{end}.{name}") for end in ("left", "right") for name in ("name", "country")
    }
    fact_sets = pl.len().over(judgements.PAIR)
    full = rows.with_columns(pair_ids(rows), state=state, fact_sets=fact_sets, **said)
    full = full.select([pl.col(name).cast(kind) for name, kind in WORK.items()])
    in_force = pl.col("status").replace_strict(raises, default=True, return_dtype=pl.Boolean).fill_null(True)
    return full.sort(
        in_force, "priority", "confidence", "pair_id", descending=[True, True, True, False], nulls_last=[False, True, True, False],
        maintain_order=True,
    )


def _bidders(asked: pl.DataFrame, organisations: Mapping[str, Mapping[str, Any]], listing: pl.DataFrame) -> pl.DataFrame:
    """KEYED and left_facts of pairs of bidders; one of which no reading is named (a judged one, one named by hand) in every reading."""
    readings = {"left_key": [pairs.bidder_key(one) for one in organisations.values()], "left_facts": list(organisations)}
    every = pl.DataFrame(readings, schema=dict.fromkeys(readings, pl.String))
    unread = asked.filter(pl.col("left_facts").is_null()).drop("left_facts").join(every, on="left_key", maintain_order="left")
    named = pl.concat([rows.select(QUESTION) for rows in (asked.filter(pl.col("left_facts").is_not_null()), unread)])
    hashed = pairs.bidder_pairs(named.select(left_key="left_facts", listing_id="right_key"), organisations, listing)
    keys = named.select("left_facts", "right_key", _key="left_key").unique(maintain_order=True)
    found = hashed.rename({"left_key": "left_facts"}).join(keys, on=["left_facts", "right_key"], maintain_order="left")
    return found.select("kind", pl.col("_key").alias("left_key"), "right_key", "facts_hash", "facts", "left_facts")


def meant(rows: Sequence[dict[str, Any]]) -> dict[str, Any] | None:
    """Which of the `rows` of one pair a person means who names no facts: the only one, else the only one that waits; None if open."""
    if len(rows) == 1:
        return rows[0]
    codes = model.vocabulary("review_state").codes
    waiting = [row for row in rows if codes[row["state"]].values["waits"]]
    return waiting[0] if len(waiting) == 1 else None


def from_screenings(rows: Iterable[Mapping[str, Any]]) -> tuple[pl.DataFrame, dict[str, Mapping[str, Any]]]:
    """Candidates (FOUND) and organisations by left_facts, of what screenings.pairs gives; of two spellings of the same facts the newest."""
    organisations: dict[str, Mapping[str, Any]] = {}
    found_rows = []
    for row in rows:
        organisations.setdefault(row["left_facts"], row["organisation"])
        match = row["match"]
        found_rows.append((
            "bidder", row["left_key"], row["listing_id"], match["probability"], match["basis"], match["is_confirmed"], row["screening_id"],
            row["left_facts"],
        ))
    return pl.DataFrame(found_rows, schema=FOUND, orient="row"), organisations
