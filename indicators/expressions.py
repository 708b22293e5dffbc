"""Small expressions that several rules share, each once. No rule stands here."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

import narwhals as nw

from indicators.registry import REQUIRED, TYPES, Frame


def clip01(expression: nw.Expr) -> nw.Expr:
    """The value, held between 0 and 1; null stays null."""
    return expression.clip(0.0, 1.0)


def ramp(expression: nw.Expr, low: float, high: float) -> nw.Expr:
    """0 at `low`, 1 at `high`, straight between; null stays null."""
    return clip01((expression - low) / (high - low))


def share_factor(share: nw.Expr, full_at: float = 0.10, least: float = 0.5) -> nw.Expr:
    """clip(share / 0.10, 0.5, 1): a few affected workers still count half. An unknown share counts in full."""
    return (share / full_at).clip(least, 1.0).fill_null(1.0)


def among(column: str, mapping: dict[str, Any]) -> nw.Expr:
    """The value that `mapping` gives to a code; null for any other code, so that an unforeseen code is unknown."""
    expression: Any = nw.lit(None)
    for code, value in mapping.items():
        expression = nw.when(nw.col(column) == code).then(nw.lit(value)).otherwise(expression)
    return expression  # type: ignore[no-any-return]


def either_reliability(intensity: str = "intensity") -> nw.Expr:
    """Reliability of the source: its adverse one for a sign, its favourable one where the statement speaks for the party."""
    return nw.when(nw.col(intensity) > 0).then(nw.col("reliability_adverse")).otherwise(nw.col("reliability_favourable"))


def evidence(*columns: str) -> nw.Expr:
    """Row ids of the named columns, separated by blanks; nulls left out."""
    return nw.concat_str([nw.col(name).cast(nw.String) for name in columns], separator=" ", ignore_nulls=True)


def months_before(as_of: dt.date, months: int) -> dt.date:
    """The day `months` before `as_of`, by calendar; the last of the month where the day does not exist."""
    year, month = divmod(as_of.year * 12 + as_of.month - 1 - months, 12)
    day = as_of.day
    while True:
        try:
            return dt.date(year, month + 1, day)
        except ValueError:
            day -= 1


def greatest(expressions: Sequence[nw.Expr]) -> nw.Expr:
    """The greatest of the known values; null only where all are null."""
    return nw.max_horizontal(*expressions)


def counted_or_stated(formula: nw.Expr) -> nw.Expr:
    """Amendment 1, for a condition that a statement affirms and whose formula needs the share of workers.

    Where the share is known, the formula. Where it is not, the intensity of a stated but uncounted condition (alleged 0.5,
    corroborated 0.7, decided or admitted 1), unless `formula` gives more from what is known (pass null or a least value there).
    """
    uncounted = nw.max_horizontal(formula, nw.col("uncounted_intensity"))
    return nw.when(nw.col("affirmed_share").is_null()).then(uncounted).otherwise(formula)


def graded(grade: nw.Expr) -> nw.Expr:
    """Amendment 1, for an answer that has a grade of its own (locked in, so many days late): grade x share factor.

    An unknown share counts in full, so that the count never decides whether the sign is seen; and an uncounted statement never
    weighs more than the same answer affirmed by every worker asked. Null where the answer has no grade.
    """
    return grade * share_factor(nw.col("affirmed_share"))


def disclosed_state(intensity: str = "intensity") -> nw.Expr:
    """`disclosed` for a sign that the party itself found and disclosed; else null, which the registry reads as open."""
    return nw.when(nw.col("is_disclosed_by_party") & (nw.col(intensity) > 0)).then(nw.lit("disclosed")).otherwise(nw.lit(None))


def statement_columns(intensity: str = "intensity", rows: Sequence[str] = ("row_id",)) -> list[nw.Expr]:
    """What every rule over statements returns beside class, severity and detail: `rows.select(*statement_columns(), ...)`.

    The frame must hold the statement's own columns and `intensity`; `rows` names the columns with the ids of the source rows.
    """
    known = nw.col(intensity)
    return [
        nw.col("party_id").alias("subject_id"), known.alias("intensity"), either_reliability(intensity).alias("reliability"),
        nw.col("observed_on"), nw.col("event_id"), evidence(*rows).alias("evidence"), nw.col("source_type"),
        nw.when(known > 0).then(nw.col("workers_affirmed")).alias("affected_count"),
        nw.when(known > 0).then(nw.col("affirmed_share")).alias("affected_share"),
        disclosed_state(intensity).alias("state"),
    ]


def same_goods(hs: str, prefix: str) -> nw.Expr:
    """Whether the HS code in `hs` falls under the one in `prefix`, or is too short to tell: a coarse code never looks safer."""
    return (nw.col(prefix) == "*") | nw.col(hs).str.starts_with(nw.col(prefix)) | nw.col(prefix).str.starts_with(nw.col(hs))


def weighted_mean(weights: Mapping[str, float]) -> nw.Expr:
    """Weighted mean of the known columns; unknown ones lose their weight to the others, and null only where all are unknown."""
    known = nw.sum_horizontal(*[(nw.col(name) * 0.0 + weight).fill_null(0.0) for name, weight in weights.items()])
    total = nw.sum_horizontal(*[(nw.col(name) * weight).fill_null(0.0) for name, weight in weights.items()])
    return nw.when(known > 0).then(total / known)


def stack(*frames: Frame) -> Frame:
    """Rows of findings one above the other; a column that a frame lacks is null there."""
    present = [set(frame.collect_schema().names()) for frame in frames]
    kinds = {name: kind for name, kind in TYPES.items() if name in REQUIRED or any(name in names for names in present)}
    return nw.concat([
        frame.select(*[(nw.col(name) if name in names else nw.lit(None)).cast(kind).alias(name) for name, kind in kinds.items()])
        for frame, names in zip(frames, present, strict=True)
    ])
