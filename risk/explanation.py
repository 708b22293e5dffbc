"""Why a number is what it is: signed reasons in logits that add up to the score, each with its evidence."""

from __future__ import annotations

import polars as pl

from risk.heads import HeadScores
from risk.methodology import Methodology
from risk.prior import TERMS

SCHEMA: dict[str, pl.DataType] = {
    "party_id": pl.String(),
    "head": pl.String(),
    "kind": pl.String(),
    "code": pl.String(),
    "group": pl.String(),
    "logits": pl.Float64(),
    "intensity": pl.Float64(),
    "reliability": pl.Float64(),
    "evidence_class": pl.String(),
    "severity": pl.Int64(),
    "observed_on": pl.Date(),
    "source_type": pl.String(),
    "state": pl.String(),
    "remedy_state": pl.String(),
    "detail": pl.String(),
    "evidence": pl.String(),
}
# The order in which a reader meets the reasons; within a kind the heaviest first.
KINDS = ("intercept", "context", "cap", "sign", "good_faith", "absence", "opacity", "mitigation", "floor")
KEYS = ["party_id", "head"]


def _shape(frame: pl.LazyFrame) -> pl.LazyFrame:
    present = frame.collect_schema().names()
    return frame.select(
        [pl.col(name).cast(kind) if name in present else pl.lit(None, dtype=kind).alias(name) for name, kind in SCHEMA.items()]
    )


def reasons(result: HeadScores, rows: pl.LazyFrame, method: Methodology) -> pl.LazyFrame:
    """One row per reason; per party and head `logits` add up to the logit of the likelihood. Reasons of no weight are left out.

    Evidence of the context terms is that of the indicators behind them.
    """
    scores = result.scores.lazy()
    groups = {"CTX_COUNTRY": "country", "CTX_GOODS": "goods", "CTX_CHILD": "goods", "PROFILE": "workers"}
    behind = (
        rows.filter((pl.col("evidence_class") == "C") & pl.col("intensity").is_not_null() & pl.col("group").is_in(list(groups)))
        .with_columns(code=pl.col("group").replace_strict(groups, return_dtype=pl.String))
        .sort("intensity", "indicator", "evidence", "detail", descending=[True, False, False, False], nulls_last=True)
        .group_by(*KEYS, "code", maintain_order=True)
        .agg(
            detail=pl.col("detail").drop_nulls().first(),
            observed_on=pl.col("observed_on").max(),
            evidence=pl.col("evidence").drop_nulls().filter(pl.col("evidence") != "").unique(maintain_order=True).head(4).str.join(" "),
        )
    )
    terms = pl.concat(
        [
            scores.select(
                *KEYS,
                kind=pl.lit("context"),
                code=pl.lit(term),
                logits=pl.col(f"z_{term}") * method[f"prior.{term}"],
                intensity=pl.col(f"z_{term}"),
                state=pl.when(pl.col(f"is_known_{term}")).then(pl.lit("known")).otherwise(pl.lit("unknown")),
            )
            for term in TERMS
        ]
    ).join(behind, on=[*KEYS, "code"], how="left")
    single = [
        scores.select(*KEYS, kind=pl.lit("intercept"), code=pl.lit("intercept"), logits=pl.lit(float(method["prior.intercept"]))),
        terms,
        scores.select(*KEYS, kind=pl.lit("cap"), code=pl.lit("cap"), logits=pl.col("logit_p0") - pl.col("logit_uncapped")),
        scores.select(
            *KEYS, kind=pl.lit("opacity"), code=pl.lit("opacity"), logits="opacity", detail=pl.col("dark_group_count").cast(pl.String)
        ),
        scores.select(*KEYS, kind=pl.lit("floor"), code="floor_code", logits="floor_lift", detail="floor_indicator"),
        result.contributions.lazy().with_columns(
            kind=pl.when("is_good_faith").then(pl.lit("good_faith")).otherwise(pl.lit("sign")), code="indicator"
        ),
        result.absences.lazy().with_columns(kind=pl.lit("absence"), code="group"),
        result.measures.lazy().with_columns(kind=pl.lit("mitigation"), code="indicator"),
    ]
    every = pl.concat([_shape(frame) for frame in single])
    return every.filter((pl.col("logits").abs() > 1e-12) | (pl.col("kind") == "sign"))
