"""The findings as the rule reads them: one row per party, head, indicator and event, aged and remedied. Shared by the steps."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

import polars as pl

from indicators.registry import Indicator
from risk.methodology import Methodology

MONTH_DAYS = 30.4375


def months_between(date: pl.Expr, as_of: dt.date) -> pl.Expr:
    """Age in months on `as_of`; null where the date is not known."""
    return (pl.lit(as_of) - date).dt.total_days() / MONTH_DAYS


def specification(specs: Mapping[str, Indicator]) -> pl.DataFrame:
    """indicator, head, group, default_class, maximum_credit: one row per indicator and head it speaks to."""
    rows = [
        {
            "indicator": spec.id,
            "head": head,
            "group": spec.group,
            "default_class": spec.evidence_class,
            "maximum_credit": spec.maximum_credit,
        }
        for spec in specs.values()
        if spec.lifecycle != "experimental"
        for head in spec.heads
    ]
    kinds = {"indicator": pl.String, "head": pl.String, "group": pl.String, "default_class": pl.String, "maximum_credit": pl.Float64}
    return pl.DataFrame(rows, schema=kinds)


def by_head(finding: pl.LazyFrame, specs: Mapping[str, Indicator]) -> pl.LazyFrame:
    """`finding` with one row per head that it speaks to, and its group, default class and greatest credit."""
    table = specification(specs).lazy()
    joined = finding.rename({"head": "row_head"}).join(table, on="indicator", how="inner")
    return joined.filter(pl.col("row_head").is_null() | (pl.col("row_head") == pl.col("head"))).drop("row_head")


def reduce_findings(finding: pl.LazyFrame) -> pl.LazyFrame:
    """One row per party, indicator, head, event, target and state class: the greatest intensity x reliability, its evidence first.

    A positive observation is never hidden by a later clear one; among equal ones the newest is kept. Evidence of the others is
    appended, twenty row ids at most.
    """
    keys = ["party_id", "indicator", "head", "event_id", "evidence_class", "state", "override"]
    strength = (pl.col("intensity") * pl.col("reliability").fill_null(1.0)).fill_null(-1.0)
    # A REMEDY row speaks of the indicator in `detail`: one row for each.
    target = pl.when(pl.col("evidence_class") == "REMEDY").then(pl.col("detail"))
    ordered = finding.with_columns(strength=strength, target=target).sort(
        ["strength", "observed_on", "evidence", "detail"], descending=[True, True, False, False], nulls_last=True
    )
    rest = [name for name in finding.collect_schema().names() if name not in keys]
    return (
        ordered.group_by([*keys, "target"], maintain_order=True)
        .agg(
            *[pl.col(name).first() for name in rest if name != "evidence"],
            evidence=pl.col("evidence").drop_nulls().head(20).unique(maintain_order=True).str.join(" "),
        )
        .drop("target")
    )


def aged(rows: pl.LazyFrame, method: Methodology, as_of: dt.date) -> pl.LazyFrame:
    """Adds `age_months` and `age_factor`: an adverse observation older than two years counts half."""
    age = months_between(pl.col("observed_on"), as_of)
    factor = pl.when(age > method["evidence.adverse_full_months"]).then(method["evidence.adverse_old_factor"]).otherwise(1.0)
    return rows.with_columns(age_months=age, age_factor=factor)


def remedied(rows: pl.LazyFrame, method: Methodology) -> pl.LazyFrame:
    """Adds `remedy_factor` and `remedy_state`: what the remedy of a finding takes from its weight.

    A remedy speaks for what was observed before it. What is observed after a remedy was stated is a recurrence and counts in full.
    """
    remedy = (
        rows.filter(pl.col("evidence_class") == "REMEDY")
        .select(
            "party_id",
            "head",
            pl.col("detail").alias("indicator"),
            pl.col("intensity").alias("multiplier"),
            pl.col("observed_on").alias("remedy_on"),
            pl.col("state").alias("remedy_state"),
        )
        .group_by("party_id", "head", "indicator")
        .agg(pl.all().sort_by("multiplier", "remedy_on").first())
    )
    joined = rows.join(remedy, on=["party_id", "head", "indicator"], how="left")
    speaks = pl.col("remedy_on").is_not_null() & (pl.col("observed_on").is_null() | (pl.col("observed_on") <= pl.col("remedy_on")))
    planned = speaks & (pl.col("state") == "disclosed") & ~pl.col("remedy_state").is_in(["open", "recurred"])
    own = pl.col("group") == "CHILD"
    disclosed = (
        pl.when(own & pl.col("remedy_state").is_in(["worker_verified", "monitored"]))
        .then(method["remedy.own_monitoring_verified"])
        .when(own)
        .then(method["remedy.own_monitoring"])
        .otherwise(pl.min_horizontal("multiplier", pl.lit(method["remedy.disclosed_with_plan"])))
    )
    factor = pl.when(planned).then(disclosed).when(speaks).then(pl.col("multiplier")).otherwise(1.0)
    return joined.with_columns(remedy_factor=factor, remedy_state=pl.when(speaks).then(pl.col("remedy_state"))).drop(
        "multiplier", "remedy_on"
    )
