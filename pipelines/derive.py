"""Columns that follow from others, added to staged rows: reliability of the source, HS levels, shares, cohorts.

Pure functions of one frame and the vocabularies. Does not belong here: anything that joins two tables (see core.py).
"""

from __future__ import annotations

from collections.abc import Callable

import polars as pl

from data import model

POLARS_TYPES: dict[str, pl.DataType] = {
    "string": pl.String(),
    "integer": pl.Int64(),
    "number": pl.Float64(),
    "boolean": pl.Boolean(),
    "date": pl.Date(),
    "list": pl.List(pl.String()),
}
SOURCE_TYPE_COLUMNS = ("reliability_adverse", "reliability_favourable", "is_worker_sourced", "is_unannounced", "is_self_reported")


def schema(table: str) -> dict[str, pl.DataType]:
    """Polars types of the contract's columns, and `row_id`, the address of the source row (batch * 2**32 + line)."""
    return {**{name: POLARS_TYPES[column.type] for name, column in model.contract(table).columns.items()}, "row_id": pl.Int64()}


def conform(table: str, frame: pl.LazyFrame) -> pl.LazyFrame:
    """`frame` with exactly the contract's columns, typed; absent ones null, or the contract's default."""
    present = frame.collect_schema().names()
    if not present:
        return pl.LazyFrame(schema=schema(table))
    columns = []
    for name, kind in schema(table).items():
        column = model.contract(table).columns.get(name)
        expression = pl.col(name).cast(kind) if name in present else pl.lit(None, dtype=kind)
        if column is not None and column.default is not None:
            expression = expression.fill_null(pl.lit(column.default, dtype=kind))
        columns.append(expression.alias(name))
    return frame.select(columns)


def _codes(vocabulary: str, column: str, value: str, kind: pl.DataType) -> pl.Expr:
    codes = {code: entry.values.get(value) for code, entry in model.vocabulary(vocabulary).codes.items()}
    return pl.col(column).replace_strict(codes, default=None, return_dtype=kind)


def _with_source_type(frame: pl.LazyFrame) -> pl.LazyFrame:
    kinds = {name: pl.Float64() if name.startswith("reliability") else pl.Boolean() for name in SOURCE_TYPE_COLUMNS}
    return frame.with_columns(_codes("source_type", "source_type", name, kind).alias(name) for name, kind in kinds.items())


def _statement(frame: pl.LazyFrame) -> pl.LazyFrame:
    return frame.with_columns(
        uncounted_intensity=_codes("evidence_status", "evidence_status", "uncounted_intensity", pl.Float64()),
        affirmed_share=pl.when(pl.col("workers_asked") > 0).then(pl.col("workers_affirmed") / pl.col("workers_asked")).clip(0, 1),
    )


def _recruitment_payment(frame: pl.LazyFrame) -> pl.LazyFrame:
    cohort = pl.concat_str(["party_id", "agency_id", "origin_country", "destination_country"], separator="|", ignore_nulls=True)
    return frame.with_columns(
        cohort_id=pl.coalesce("cohort_id", cohort),
        observed_on=pl.coalesce("observed_on", "paid_on"),
        is_illegitimate=_codes("cost_item", "cost_item", "is_illegitimate", pl.Boolean()).fill_null(False),
    )


def _party_product(frame: pl.LazyFrame) -> pl.LazyFrame:
    hs = pl.col("hs")
    return frame.with_columns(
        hs2=hs.str.slice(0, 2),
        hs4=pl.when(hs.str.len_chars() >= 4).then(hs.str.slice(0, 4)),
        hs6=pl.when(hs.str.len_chars() >= 6).then(hs.str.slice(0, 6)),
    )


SPECIAL: dict[str, Callable[[pl.LazyFrame], pl.LazyFrame]] = {
    "statement": _statement,
    "recruitment_payment": _recruitment_payment,
    "party_product": _party_product,
}


def derive(table: str, frame: pl.LazyFrame) -> pl.LazyFrame:
    """`frame` (contract columns and `row_id`) with the derived columns of its table."""
    if "source_type" in model.contract(table).columns and table != "finding":
        frame = _with_source_type(frame)
    return SPECIAL[table](frame) if table in SPECIAL else frame
