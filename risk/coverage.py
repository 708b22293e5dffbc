"""How much of the critical evidence was observed: coverage per group, per head, and its grade.

Only what is looked at can be found. A group counts as observed in proportion to the weight of its indicators that say anything;
a clean answer counts by its reliability and its freshness, an adverse one in full.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

import polars as pl

from data import model
from indicators.registry import Indicator
from risk.frames import months_between, specification
from risk.methodology import Methodology


def _half_life() -> pl.Expr:
    months = {code: entry.values["half_life_months"] for code, entry in model.vocabulary("source_type").codes.items()}
    return pl.col("source_type").replace_strict(months, default=18, return_dtype=pl.Float64)


def _flag(name: str) -> pl.Expr:
    flags = {code: entry.values[name] for code, entry in model.vocabulary("source_type").codes.items()}
    return pl.col("source_type").replace_strict(flags, default=False, return_dtype=pl.Boolean)


def group_coverage(rows: pl.LazyFrame, specs: Mapping[str, Indicator], method: Methodology, as_of: dt.date) -> pl.LazyFrame:
    """party_id, head, group -> coverage (0..1), fired, is_clean_by_workers, newest_on and flags; only groups with an observation.

    `rows` are findings by head. `fired`: an indicator of the group has a positive intensity.
    """
    weights = method.section("weights")
    critical = [group.name for group in method.groups.values() if group.critical]
    # A sign drawn from other parties' findings can count against a party; nobody can observe its absence.
    drawn = [name for name, spec in specs.items() if "finding" in spec.inputs]
    weight = pl.col("default_class").replace_strict(weights, default=0.0, return_dtype=pl.Float64)
    total = (
        specification(specs)
        .lazy()
        .filter(pl.col("group").is_in(critical) & pl.col("default_class").is_in(["S", "M", "W"]))
        .with_columns(weight=pl.when(pl.col("indicator").is_in(drawn)).then(0.0).otherwise(weight))
    )
    totals = total.group_by("head", "group").agg(group_weight=pl.col("weight").sum())
    age = months_between(pl.col("observed_on"), as_of)
    fresh = (2 * 0.5 ** (age / _half_life())).clip(0, 1).fill_null(1.0)
    trust = (pl.col("reliability") / method["coverage.full_reliability"]).clip(0, 1).fill_null(0.0)
    seen = rows.filter(
        pl.col("group").is_in(critical)
        & pl.col("intensity").is_not_null()
        & ~pl.col("state").is_in(["pending_match", "not_applicable"])
        & pl.col("evidence_class").is_in(["S", "M", "W", "K"])
    ).with_columns(
        part=pl.when(pl.col("intensity") > 0).then(1.0).otherwise(fresh * trust),
        clean=(pl.col("intensity") == 0)
        & (_flag("is_worker_sourced") | _flag("is_unannounced"))
        & (age <= method["evidence.absence_months"]),
        voice=_flag("is_worker_sourced") & (age <= method["coverage.voice_months"]),
        own_words=_flag("is_self_reported"),
        stale=age > _half_life(),
    )
    per_indicator = seen.group_by("party_id", "head", "group", "indicator").agg(
        pl.col("part").max(),
        fired=(pl.col("intensity") > 0).any(),
        clean=pl.col("clean").any(),
        voice=pl.col("voice").any(),
        own_words=pl.col("own_words").all(),
        stale=pl.col("stale").all(),
        newest_on=pl.col("observed_on").max(),
    )
    return (
        per_indicator.join(total.select("indicator", "head", "weight"), on=["indicator", "head"])
        .group_by("party_id", "head", "group")
        .agg(
            observed=(pl.col("weight") * pl.col("part")).sum(),
            observed_clear=(pl.col("weight") * pl.col("part")).filter(~pl.col("fired")).sum(),
            fired=pl.col("fired").any(),
            clean=pl.col("clean").any(),
            voice=pl.col("voice").any(),
            own_words=pl.col("own_words").all(),
            stale=pl.col("stale").all(),
            newest_on=pl.col("newest_on").max(),
        )
        .join(totals, on=["head", "group"])
        .with_columns(
            coverage=(pl.col("observed") / pl.col("group_weight")).clip(0, 1).round(9),
            clear_coverage=(pl.col("observed_clear") / pl.col("group_weight")).clip(0, 1).round(9),
        )
    )


def without_migrants(workforce: pl.LazyFrame) -> pl.LazyFrame:
    """party_id of parties that somebody other than themselves found to employ neither migrant nor agency workers."""
    whole = workforce.filter(pl.col("origin_country").is_null() & ~pl.col("is_self_reported"))
    newest = whole.sort("observed_on").group_by("party_id", maintain_order=True).last()
    return newest.filter((pl.col("migrant_count") == 0) & (pl.col("agency_worker_count") == 0)).select("party_id")


def coverage(party: pl.LazyFrame, groups: pl.LazyFrame, no_migrants: pl.LazyFrame, method: Methodology) -> pl.LazyFrame:
    """Rows of the contract `coverage`: one per party and head, parties without any observation included."""
    heads = pl.LazyFrame(
        [
            {"head": head, "group": group.name, "migrants_only": group.migrants_only}
            for head in ("FL", "CL")
            for group in method.groups.values()
            if group.critical and head in group.heads
        ]
    )
    counts = heads.group_by("head").agg(all_groups=pl.len().cast(pl.Int64), migrant_groups=pl.col("migrants_only").sum().cast(pl.Int64))
    base = (
        party.select("party_id")
        .join(counts, how="cross")
        .join(no_migrants.with_columns(none=pl.lit(True)), on="party_id", how="left")
        .with_columns(
            applies=pl.when(pl.col("none").fill_null(False))
            .then(pl.col("all_groups") - pl.col("migrant_groups"))
            .otherwise(pl.col("all_groups"))
        )
    )
    # A sign found in a group that should not apply is still a sign: the group then counts as applying.
    seen = (
        groups.join(heads, on=["head", "group"])
        .join(no_migrants.with_columns(none=pl.lit(True)), on="party_id", how="left")
        .with_columns(extra=pl.col("migrants_only") & pl.col("none").fill_null(False))
        .filter(~pl.col("extra") | pl.col("fired"))
    )
    summed = seen.group_by("party_id", "head").agg(
        covered=pl.col("coverage").sum(),
        lit=(pl.col("coverage") >= method["opacity.dark_below"]).sum().cast(pl.Int64),
        lit_group_count=pl.len().cast(pl.Int64),
        stale_group_count=pl.col("stale").sum().cast(pl.Int64),
        self_reported_group_count=pl.col("own_words").sum().cast(pl.Int64),
        newest_on=pl.col("newest_on").max(),
        has_recent_worker_voice=pl.col("voice").any(),
        extra=pl.col("extra").sum().cast(pl.Int64),
    )
    joined = base.join(summed, on=["party_id", "head"], how="left").with_columns(
        pl.col("covered").fill_null(0.0),
        pl.col("has_recent_worker_voice").fill_null(False),
        pl.col("lit", "lit_group_count", "stale_group_count", "self_reported_group_count", "extra").fill_null(0),
    )
    applies = pl.max_horizontal(pl.col("applies") + pl.col("extra"), pl.lit(1))
    return joined.select(
        "party_id",
        "head",
        coverage=(pl.col("covered") / applies).clip(0, 1).round(9),
        dark_group_count=(applies - pl.col("lit")).clip(0),
        lit_group_count="lit_group_count",
        stale_group_count="stale_group_count",
        self_reported_group_count="self_reported_group_count",
        newest_on="newest_on",
        has_recent_worker_voice="has_recent_worker_voice",
    )


def grade(coverage: pl.Expr, voice: pl.Expr, method: Methodology) -> pl.Expr:
    """A, B, C or D: A needs a recent worker-sourced datum."""
    return (
        pl.when((coverage >= method["bands.grade_a"]) & voice)
        .then(pl.lit("A"))
        .when(coverage >= method["bands.low_coverage"])
        .then(pl.lit("B"))
        .when(coverage >= method["bands.insufficient_below"])
        .then(pl.lit("C"))
        .otherwise(pl.lit("D"))
    )
