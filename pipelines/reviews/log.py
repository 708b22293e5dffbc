"""The log of judgements: adding to it and reading it. What was added is never changed; who was wrong says so in a new row.

Belongs here: the tables judgement and reopening. Does not belong here: which judgement stands (judgements.py).
"""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import polars as pl
import sqlalchemy as sa

from pipelines.reviews.judgements import JUDGEMENT, PAIR, WITHDRAWN, pair_id
from pipelines.reviews.models import Judgement, Reopening

REOPENING: dict[str, Any] = {
    "judgement_id": pl.Int64, "facts_hash": pl.String, "open_since": pl.Datetime("us", "UTC"), "opened_by_run": pl.String,
}
Row = dict[str, Any]


def every(connection: sa.Connection | None, until: dt.date | None = None) -> pl.DataFrame:
    """All judgements in JUDGEMENT columns as they were recorded; those decided by the end of the day `until` (UTC) if given."""
    if connection is None:
        return pl.DataFrame(schema=JUDGEMENT)
    columns = [Judgement.id if name == "judgement_id" else getattr(Judgement, name) for name in JUDGEMENT]
    query = sa.select(*columns).order_by(Judgement.id)
    if until is not None:
        query = query.where(Judgement.at < dt.datetime.combine(until + dt.timedelta(1), dt.time(), dt.UTC))
    return pl.DataFrame([tuple(row) for row in connection.execute(query)], schema=JUDGEMENT, orient="row")


def history(
    connection: sa.Connection | None, pair: tuple[str, str, str] | None = None, limit: int | None = None,
    between: tuple[dt.datetime, dt.datetime] | None = None,
) -> Iterable[Row]:
    """Judgements with facts and pair_id, oldest first: of one pair, the newest `limit`, or those decided or recorded in [from, to)."""
    if connection is None:
        return
    query = sa.select(Judgement.__table__).order_by(Judgement.id)
    if pair:
        query = query.where(*(getattr(Judgement, name) == value for name, value in zip(PAIR, pair, strict=True)))
    if between:
        within = [sa.and_(moment >= between[0], moment < between[1]) for moment in (Judgement.at, Judgement.recorded_at)]
        query = query.where(sa.or_(*within))
    if limit:
        newest = query.with_only_columns(Judgement.id).order_by(None).order_by(Judgement.id.desc()).limit(limit)
        query = query.where(Judgement.id.in_(newest))
    for row in connection.execution_options(yield_per=1000).execute(query).mappings():
        found = {"judgement_id": row["id"], "pair_id": pair_id(row["kind"], row["left_key"], row["right_key"])}
        yield found | {name: value for name, value in row.items() if name != "id"}


def settle(known: Sequence[Mapping[str, Any]], asked: Iterable[Row]) -> tuple[list[Row], list[Row], list[Row]]:
    """What of `asked` is to be added, what was recorded before, and withdrawals of nothing. Pure; rows in the order they were decided.

    `known`: judgements of the pairs, oldest first. A row that says again what stands of its facts (verdict, by, why) is not added twice.
    """
    stacks: dict[tuple[str, ...], list[Mapping[str, Any]]] = {}
    for row in known:
        stack = stacks.setdefault(tuple(row[name] for name in PAIR), [])
        if row["verdict"] != WITHDRAWN:
            stack.append(row)
        elif stack:
            stack.pop()
    new: list[Row] = []
    again: list[Row] = []
    empty: list[Row] = []
    for row in asked:
        stack = stacks.setdefault(tuple(row[name] for name in PAIR), [])
        if row["verdict"] == WITHDRAWN:
            (new if stack else empty).append(row)
            stack[-1:] = []
            continue
        stands = next((one for one in reversed(stack) if one["facts_hash"] == row["facts_hash"]), None)
        if stands and all(stands[name] == row[name] for name in ("verdict", "by", "why")):
            again.append(row)
        else:
            new.append(row)
            stack.append(row)
    return new, again, empty


def known_of(connection: sa.Connection | None, asked: Iterable[Row]) -> list[Row]:
    """The judgements so far of the pairs of `asked`, oldest first."""
    pairs = pl.DataFrame([{name: row[name] for name in PAIR} for row in asked], schema=dict.fromkeys(PAIR, pl.String)).unique()
    return every(connection).join(pairs, on=list(PAIR), how="semi", maintain_order="left").to_dicts()


def add(connection: sa.Connection, rows: Sequence[Row], now: dt.datetime) -> str:
    """Adds judgements (kind, left_key, right_key, facts_hash, facts, verdict, by, why, at or None) in order; the name of the batch."""
    batch = f"{now:%Y%m%dT%H%M%S}-{secrets.token_hex(4)}"
    fixed = {"batch": batch, "recorded_at": now}
    names = (*PAIR, "facts_hash", "facts", "verdict", "by", "why")
    values = [{**{name: row[name] for name in names}, "at": row.get("at") or now, **fixed} for row in rows]
    if values:
        connection.execute(sa.insert(Judgement), values)  # executed once per row, so that ids follow the order of the rows
    return batch


def note_reopened(connection: sa.Connection, answers: pl.DataFrame, run_id: str, now: dt.datetime) -> int:
    """Notes which judged pairs a run found open again, each change of facts once; how many are new. `answers`: see judgements.judged."""
    again = answers.filter("is_open_again").select("judgement_id", "facts_hash").unique(maintain_order=True).sort("judgement_id")
    noted = reopened(connection).select("judgement_id", "facts_hash")
    rows = again.join(noted, on=["judgement_id", "facts_hash"], how="anti", maintain_order="left").to_dicts()
    if rows:
        connection.execute(sa.insert(Reopening), [{**row, "run_id": run_id, "at": now} for row in rows])
    return len(rows)


def reopened(connection: sa.Connection | None) -> pl.DataFrame:
    """REOPENING columns: the run that first saw each change of facts, and when."""
    if connection is None:
        return pl.DataFrame(schema=REOPENING)
    query = sa.select(Reopening.judgement_id, Reopening.facts_hash, Reopening.at, Reopening.run_id).order_by(Reopening.id)
    return pl.DataFrame([tuple(row) for row in connection.execute(query)], schema=REOPENING, orient="row")
