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
    appended, twenty row ids at most. Since old signs count half, weaker signs that are newer than every stronger one are kept too.
    """
    keys = ["party_id", "indicator", "head", "event_id", "evidence_class", "state", "override"]
    strength = (pl.col("intensity") * pl.col("reliability").fill_null(1.0)).fill_null(-1.0)
    # A REMEDY row speaks of the indicator in `detail`: one row for each.
    target = pl.when(pl.col("evidence_class") == "REMEDY").then(pl.col("detail"))
    ordered = finding.with_columns(strength=strength, target=target).sort(
        ["strength", "observed_on", "evidence", "detail"], descending=[True, True, False, False], nulls_last=True
    )
    columns = finding.collect_schema().names()
    each = [*keys, "target"]
    strongest = ordered.group_by(each, maintain_order=True).agg(
        *[pl.col(name).first() for name in columns if name not in [*keys, "evidence"]],
        evidence=pl.col("evidence").drop_nulls().head(20).unique(maintain_order=True).str.join(" "),
        greatest=pl.col("strength").first(),
        positive=(pl.col("strength") > 0).sum(),
    )
    several = strongest.filter((pl.col("positive") > 1) & (pl.col("evidence_class") != "REMEDY")).select(*each, "greatest")
    by_age = (
        ordered.filter(pl.col("strength") > 0)
        .join(several, on=each, nulls_equal=True)
        .sort(["observed_on", "strength", "evidence", "detail"], descending=[True, True, False, False], nulls_last=False)
    )
    passed = pl.col("strength").cum_max().shift(1).over(each)
    newer = by_age.filter((pl.col("strength") > passed).fill_null(True) & (pl.col("strength") < pl.col("greatest")))
    return pl.concat([strongest.select(columns), newer.select(columns)])


def aged(rows: pl.LazyFrame, method: Methodology, as_of: dt.date) -> pl.LazyFrame:
    """Adds `age_months` and `age_factor`: an adverse observation older than two years counts half."""
    age = months_between(pl.col("observed_on"), as_of)
    factor = pl.when(age > method["evidence.adverse_full_months"]).then(method["evidence.adverse_old_factor"]).otherwise(1.0)
    return rows.with_columns(age_months=age, age_factor=factor)


def remedied(rows: pl.LazyFrame, method: Methodology) -> pl.LazyFrame:
    """Adds `remedy_factor` and `remedy_state`: what the remedy of a finding takes from its weight.

    A remedy speaks for what was observed before it. What is observed after a remedy was stated is a recurrence and counts in full, and so
    does all of it once a recurrence is stated, whoever confirmed the remedy before.
    """
    keys = ["party_id", "head", "indicator"]
    stated = rows.filter(pl.col("evidence_class") == "REMEDY").select(
        "party_id",
        "head",
        pl.col("detail").alias("indicator"),
        pl.col("intensity").alias("multiplier"),
        pl.col("observed_on").alias("remedy_on"),
        pl.col("state").alias("remedy_state"),
    )
    again = pl.col("remedy_on").filter(pl.col("remedy_state").is_in(["open", "recurred"])).max().over(keys)
    standing = stated.filter(again.is_null() | (pl.col("remedy_on") > again) | pl.col("remedy_state").is_in(["open", "recurred"]))
    # Two sources can speak of one finding (its remedy, and the repayment of fees): the best, or else the newest that is late enough.
    best = standing.group_by(keys).agg(pl.all().sort_by("multiplier", "remedy_on", descending=[False, True]).first())
    newest = standing.group_by(keys).agg(pl.all().sort_by("remedy_on", "multiplier", descending=[True, False]).first())
    joined = rows.join(best, on=keys, how="left").join(newest, on=keys, how="left", suffix="_newest")
    is_late = pl.col("observed_on").is_not_null() & (pl.col("observed_on") > pl.col("remedy_on"))
    joined = joined.with_columns(
        pl.when(is_late).then(f"{name}_newest").otherwise(name).alias(name) for name in ("multiplier", "remedy_state", "remedy_on")
    ).drop("multiplier_newest", "remedy_state_newest", "remedy_on_newest")
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
