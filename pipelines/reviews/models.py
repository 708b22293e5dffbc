"""The tables of the reviews store. Rows are added and never changed: what people decided, and what was screened with what result.

Belongs here: columns and their meaning; a change needs a migration in migrations/versions. Does not belong here: opening (store.py).
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import JSON, CheckConstraint, Date, DateTime, Dialect, ForeignKey, Index, String, Text, TypeDecorator, UniqueConstraint
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

KINDS = "kind IN ('listing', 'party', 'agency', 'bidder')"
VERDICTS = "verdict IN ('same', 'different', 'unsure', 'withdrawn')"


class Utc(TypeDecorator[dt.datetime]):
    """A moment in UTC on every database; SQLite keeps no zones. ValueError for a moment without one."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: dt.datetime | None, dialect: Dialect) -> dt.datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"{value}: a moment without a time zone is not stored.")
        moment = value.astimezone(dt.UTC)
        return moment.replace(tzinfo=None) if dialect.name == "sqlite" else moment

    def process_result_value(self, value: dt.datetime | None, dialect: Dialect) -> dt.datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=dt.UTC) if value.tzinfo is None else value.astimezone(dt.UTC)


class Base(DeclarativeBase):
    type_annotation_map = {dict[str, Any]: JSON, list[Any]: JSON, dt.datetime: Utc, dt.date: Date, str: Text}


class Judgement(Base):
    """What one person said of one pair. `at`: when it was decided; `recorded_at`: when it was taken in; `batch`: what came in together.

    The last row of a pair and its facts stands; `withdrawn` takes the last row of the pair back.
    `facts` are both sides as they read when they were judged."""

    __tablename__ = "judgement"
    __table_args__ = (
        CheckConstraint(KINDS, "judgement_kind"), CheckConstraint(VERDICTS, "judgement_verdict"),
        CheckConstraint("trim(why) <> ''", "judgement_why"), CheckConstraint("trim(\"by\") <> ''", "judgement_by"),
        Index("judgement_pair", "kind", "left_key", "right_key"), Index("judgement_recorded_at", "recorded_at"),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(16))
    left_key: Mapped[str]
    right_key: Mapped[str]
    facts_hash: Mapped[str] = mapped_column(String(64))
    facts: Mapped[dict[str, Any]]
    verdict: Mapped[str] = mapped_column(String(16))
    by: Mapped[str]
    at: Mapped[dt.datetime]
    why: Mapped[str]
    batch: Mapped[str] = mapped_column(String(40))
    recorded_at: Mapped[dt.datetime]


class Reopening(Base):
    """The run that first saw other facts than those of a judgement: since when its pair is open again. One row per change of facts."""

    __tablename__ = "reopening"
    __table_args__ = (UniqueConstraint("judgement_id", "facts_hash", name="reopening_once"), {"sqlite_autoincrement": True})

    id: Mapped[int] = mapped_column(primary_key=True)
    judgement_id: Mapped[int] = mapped_column(ForeignKey("judgement.id"))
    facts_hash: Mapped[str] = mapped_column(String(64))
    run_id: Mapped[str] = mapped_column(String(40))
    at: Mapped[dt.datetime]


class Screening(Base):
    """One screening of a file of bidders. `lists`: each list with its version and how far it was searched; `reading`: what was refused."""

    __tablename__ = "screening"
    __table_args__ = (Index("screening_made_at", "made_at"),)

    id: Mapped[str] = mapped_column(String(80), primary_key=True)
    made_at: Mapped[dt.datetime]
    as_of: Mapped[dt.date]
    by: Mapped[str | None]
    profile: Mapped[str]
    file: Mapped[str]
    file_sha256: Mapped[str] = mapped_column(String(64))
    run_id: Mapped[str | None] = mapped_column(String(40))
    versions: Mapped[dict[str, Any]]
    lists: Mapped[list[Any]]
    reading: Mapped[dict[str, Any]]


class ScreeningResult(Base):
    """What a screening said of one tenderer of one process. `more`: prices to explain, questions, notes; `match_count` of its facts."""

    __tablename__ = "screening_result"
    __table_args__ = (
        UniqueConstraint("screening_id", "position", name="screening_result_position"),
        Index("screening_result_tenderer", "tenderer_key"), {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    screening_id: Mapped[str] = mapped_column(String(80), ForeignKey("screening.id"))
    position: Mapped[int]
    process_id: Mapped[str]
    tenderer_key: Mapped[str]
    tenderer_name: Mapped[str]
    standing: Mapped[str] = mapped_column(String(32))
    tenderer: Mapped[dict[str, Any]]
    facts: Mapped[list[Any]]
    more: Mapped[dict[str, Any]]
    match_count: Mapped[int]


TABLES = tuple(Base.metadata.tables)
