"""Human judgements on pairs of records, and what was screened: kept apart from the warehouse, in a store that only grows.

Belongs here: what a run and a screening need of the store, by workspace. The database is imported only when one of these is called.
"""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl

from pipelines.reviews import judgements, pairs

if TYPE_CHECKING:
    from data.screening import Screening


def standing(folder: Path, until: dt.date | None = None) -> pl.DataFrame:
    """The judgements that stand, for each pair and facts (judgements.JUDGEMENT); no rows, and nothing made, where there is no store.

    `until`: as it was known at the end of that day (UTC), for replays. Raises WorkspaceError where the store cannot be read.
    """
    from pipelines.reviews import log, store

    with store.reading(folder) as connection:
        return judgements.standing(log.every(connection, until))


def judged(folder: Path, asked: pl.DataFrame) -> pl.DataFrame:
    """`asked` (pairs.KEYED) with verdict, is_open_again, earlier_verdict, judgement_id, by, at, why."""
    return pairs.judged(asked, standing(folder))


def note(folder: Path, run_id: str, answers: pl.DataFrame) -> int:
    """Notes the pairs that a run found open again (judgement_id, facts_hash, is_open_again), each change once; how many were new."""
    from pipelines.reviews import log, store

    if not answers["is_open_again"].any():
        return 0
    with store.writing(folder) as connection:
        return log.note_reopened(connection, answers, run_id, dt.datetime.now(dt.UTC))


def mark(folder: Path, until: dt.date | None = None) -> dict[str, Any]:
    """What a run's ledger says of the judgements it used: how many, and the last. Same mark, same judgements: rows are never changed."""
    from pipelines.reviews import log, store

    with store.reading(folder) as connection:
        every = log.every(connection, until)
    return {"judgements": every.height, "last": every["judgement_id"].max(), "until": until.isoformat() if until else None}


def record(folder: Path, screening: Screening) -> None:
    """Keeps a screening with all its results, whole or not at all. WorkspaceError if its id was recorded before with other content."""
    from pipelines.reviews import screenings, store

    with store.writing(folder) as connection:
        screenings.add(connection, screening)
