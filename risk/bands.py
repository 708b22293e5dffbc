"""From likelihood and severity to an index and a band that a person can act on."""

from __future__ import annotations

import polars as pl

from risk.methodology import Methodology

BANDS = ("low", "insufficient", "moderate_unverified", "moderate", "elevated", "high", "critical")


def index_of(likelihood: pl.Expr, severity: pl.Expr, method: Methodology) -> pl.Expr:
    """100 * (1 - (1 - p) ** gamma(S)), 0 to 100, monotone in both."""
    gamma = severity.replace_strict(method["severity.gamma"], return_dtype=pl.Float64)
    return 100 * (1 - (1 - likelihood) ** gamma)


def order(band: pl.Expr) -> pl.Expr:
    """Rank of a band from low (0) to critical (6)."""
    return band.replace_strict({name: rank for rank, name in enumerate(BANDS)}, default=None, return_dtype=pl.Int64)


def band(frame: pl.LazyFrame, method: Methodology) -> pl.LazyFrame:
    """Adds `raw_band`, `is_context_label` and `band_cap` to a frame with index_p80, coverage, override and the severity flags.

    A critical override decides at once. A party without own evidence is capped at high. What was not looked at is never low.
    """
    index = pl.col("index_p80")
    critical = [code for code, rule in method.overrides.items() if rule["critical"]]
    by_index = (
        pl.when(index >= method["bands.critical"])
        .then(pl.lit("critical"))
        .when(index >= method["bands.high"])
        .then(pl.lit("high"))
        .when(index >= method["bands.elevated"])
        .then(pl.lit("elevated"))
        .when(index >= method["bands.moderate"])
        .then(pl.lit("moderate"))
        .when(pl.col("coverage") >= method["bands.low_coverage"])
        .then(pl.lit("low"))
        .when(pl.col("coverage") >= method["bands.insufficient_below"])
        .then(pl.lit("moderate_unverified"))
        .otherwise(pl.lit("insufficient"))
    )
    hard = pl.col("override").is_in(critical).fill_null(False)
    unlooked = pl.col("is_context_only") | pl.col("is_linked_only")
    capped = pl.when(unlooked & (by_index == "critical")).then(pl.lit("high")).otherwise(by_index)
    chosen = pl.when(hard).then(pl.lit("critical")).otherwise(capped)
    shown = chosen.is_in(["moderate", "elevated", "high"])
    return frame.with_columns(
        raw_band=chosen,
        band_label=pl.when(hard)
        .then(pl.col("override"))
        .when(pl.col("floor_code").is_in(["FL_PATTERN", "CHILD_HAZ", "FINAL_DECISION"]) & (chosen == "critical"))
        .then(pl.col("floor_code"))
        .when(pl.col("is_linked_only") & shown)
        .then(pl.lit("linked"))
        .when(pl.col("is_context_only") & shown & (pl.col("coverage") < method["bands.low_coverage"]))
        .then(pl.lit("context_only")),
    )


def with_hysteresis(frame: pl.LazyFrame, previous: pl.LazyFrame | None, method: Methodology) -> pl.LazyFrame:
    """Adds `band` and `runs_below`: a band rises at once and falls only after two runs below its threshold less three points.

    `previous`: party_id, band, runs_below and, where known, override of the last published run; None for a first run or a replay.
    A delisting, an order that ended, and a cap for want of own evidence are changes of fact and not noise: the band falls the same night.
    """
    if previous is None:
        return frame.with_columns(band=pl.col("raw_band"), runs_below=pl.lit(0, dtype=pl.Int64))
    thresholds = {name: float(method[f"bands.{name}"]) for name in ("critical", "high", "elevated", "moderate")}
    ruled = pl.col("override").is_not_null() if "override" in previous.collect_schema().names() else pl.lit(False)
    before = previous.select("party_id", last_band="band", last_runs_below="runs_below", was_ruled=ruled)
    joined = frame.join(before, on="party_id", how="left")
    falls = order(pl.col("raw_band")) < order(pl.col("last_band"))
    threshold = pl.col("last_band").replace_strict(thresholds, default=0.0, return_dtype=pl.Float64)
    clearly = (pl.col("index_p80") < threshold - method["bands.fall_margin"]) | (threshold == 0)
    runs = pl.when(falls & clearly).then(pl.col("last_runs_below").fill_null(0) + 1).otherwise(0)
    is_ended = pl.col("was_ruled").fill_null(False) & pl.col("override").is_null()
    is_capped = (pl.col("last_band") == "critical") & (
        pl.col("is_context_only") | pl.col("is_linked_only") | (pl.col("index_p80") >= thresholds["critical"])
    )
    waits = falls & (runs < method["bands.fall_runs"]) & (threshold > 0) & ~is_ended & ~is_capped
    return joined.with_columns(
        band=pl.when(waits).then(pl.col("last_band")).otherwise(pl.col("raw_band")),
        runs_below=pl.when(waits).then(runs).otherwise(0).cast(pl.Int64),
    ).drop("last_band", "last_runs_below", "was_ruled")
