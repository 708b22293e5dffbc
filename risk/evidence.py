"""What the signs say, in logits: grouped, damped, capped, with bounded credit for a clean look.

Signs of one group are correlated, so the first counts in full and the rest by a fraction. One real-world event counts once in a group.
Every contribution keeps the indicator it comes from, and the contributions of a group add up to the group's evidence.
"""

from __future__ import annotations

import datetime as dt
import math

import polars as pl

from risk.frames import aged, remedied
from risk.methodology import Methodology

KEYS = ["party_id", "head", "group"]


def signs(rows: pl.LazyFrame, method: Methodology, as_of: dt.date) -> pl.LazyFrame:
    """Positive signs with their size `m` = weight x intensity x reliability (aged, remedied), one per indicator and event.

    Adds is_own (not about an owner or sister), strength (intensity x reliability as it stands), is_open_strong, and is_good_faith: the
    party itself found, disclosed and remedied it, so that it never stands worse than if it had kept silent.
    """
    weights = {name: method[f"weights.{name}"] for name in ("S", "M", "W", "K")}
    # A pattern made of other signs sets a floor; its parts already count, so it adds no weight of its own.
    weight = (
        pl.when(pl.col("group") == "PATTERN")
        .then(0.0)
        .otherwise(pl.col("evidence_class").replace_strict(weights, default=0.0, return_dtype=pl.Float64))
    )
    counted = remedied(aged(rows, method, as_of), method).filter(
        (pl.col("intensity") > 0) & pl.col("evidence_class").is_in(list(weights)) & (pl.col("state") != "pending_match")
    )
    strength = pl.col("intensity") * pl.col("reliability").fill_null(1.0)
    verified = pl.col("remedy_state").is_in(["worker_verified", "monitored"]).fill_null(False)
    return counted.with_columns(
        weight=weight,
        strength=strength,
        m=weight * strength * pl.col("age_factor") * pl.col("remedy_factor"),
        is_good_faith=(pl.col("state") == "disclosed") & (verified | ((pl.col("group") == "CHILD") & (pl.col("remedy_factor") < 1))),
        is_own=~pl.col("indicator").is_in(method["bands.linked"]),
        is_open_strong=(pl.col("evidence_class").is_in(["S", "K"]))
        & (strength > method["evidence.strong_from"])
        & ~verified
        & (pl.col("state") != "ended")
        & ~pl.col("indicator").is_in(method["bands.linked"]),
    )


def contributions(found: pl.LazyFrame, method: Methodology) -> pl.LazyFrame:
    """Signs with `rank` in their group, `damping` (1 or rho) and `logits`, the part each adds to the likelihood."""
    order = ["m", "indicator", "evidence"]
    by_event = (
        found.sort(order, descending=[True, False, False])
        .with_columns(
            event_rank=pl.when(pl.col("event_id").is_not_null()).then(pl.int_range(pl.len()).over([*KEYS, "event_id"])).otherwise(0)
        )
        .filter(pl.col("event_rank") == 0)
    )
    best = by_event.group_by([*KEYS, "indicator"], maintain_order=True).first()
    ranked = best.sort(order, descending=[True, False, False]).with_columns(rank=pl.int_range(pl.len()).over(KEYS))
    damping = pl.when(pl.col("rank") == 0).then(1.0).otherwise(method["evidence.rho"])
    raw = pl.col("m") * damping
    cap = method["evidence.group_cap"] * pl.col("weight").max().over(KEYS)
    total = raw.sum().over(KEYS)
    return ranked.with_columns(
        damping=damping,
        logits=pl.when(total > 0).then(raw * pl.min_horizontal(pl.lit(1.0), cap / total)).otherwise(0.0).round(12),
        group_limit=cap,
    ).drop("event_rank")


def absence_credit(groups: pl.LazyFrame, party: pl.LazyFrame, method: Methodology) -> pl.LazyFrame:
    """party_id, head, group, logits (<= 0): credit where a group was really looked at and nothing was found, floored in all."""
    sens = method["evidence.sensitivity"]
    credit = {
        group.name: 0.5
        * math.log(
            (1 - sens) / (1 - method["evidence.false_positive_rate_strong" if group.strong_only else "evidence.false_positive_rate"])
        )
        for group in method.groups.values()
        if group.absence
    }
    unsafe = method["coverage.unsafe_audit"]
    safe = party.filter(~(pl.col("country").is_in(unsafe) | pl.col("subdivision").is_in(unsafe)).fill_null(False)).select("party_id")
    earned = (
        groups.filter(
            pl.col("group").is_in(list(credit))
            & pl.col("clean")
            & ~pl.col("fired")
            & (pl.col("coverage") >= method["evidence.absence_coverage"])
        )
        .join(safe, on="party_id")
        .with_columns(logits=pl.col("group").replace_strict(credit, default=0.0, return_dtype=pl.Float64))
    )
    total = pl.col("logits").sum().over("party_id", "head")
    return earned.select(
        "party_id",
        "head",
        "group",
        logits=(pl.col("logits") * pl.min_horizontal(pl.lit(1.0), method["evidence.absence_floor"] / total)).round(12),
    )


def mitigation_credit(rows: pl.LazyFrame, strong: pl.LazyFrame, method: Methodology) -> pl.LazyFrame:
    """party_id, head, indicator, logits (<= 0): credit of measures, capped, and nothing at all beside an open strong finding.

    `strong`: party_id, head of parties with an open strong finding.
    """
    measures = (
        rows.filter((pl.col("evidence_class") == "G") & (pl.col("intensity") > 0))
        .with_columns(credit=pl.col("intensity") * pl.col("maximum_credit"))
        .sort("credit", "evidence", descending=[True, False])
        .group_by("party_id", "head", "indicator", maintain_order=True)
        .first()
    )
    allowed = measures.join(strong, on=["party_id", "head"], how="anti")
    total = pl.col("credit").sum().over("party_id", "head")
    return allowed.with_columns(logits=(-pl.col("credit") * pl.min_horizontal(pl.lit(1.0), method["mitigation.cap"] / total)).round(12))


def in_good_faith(found: pl.LazyFrame, heads: pl.LazyFrame, method: Methodology) -> pl.LazyFrame:
    """Contributions of signs that the party found, disclosed and remedied: with its opacity never more than silence would have cost.

    `heads`: party_id, head, opacity, silent_opacity.
    """
    rows = contributions(found.filter("is_good_faith"), method).join(
        heads.select("party_id", "head", "opacity", "silent_opacity"), on=["party_id", "head"]
    )
    room = (pl.col("silent_opacity") - pl.col("opacity")).clip(0)
    total = pl.col("logits").sum().over("party_id", "head")
    return rows.with_columns(logits=pl.when(total > room).then(pl.col("logits") * room / total).otherwise(pl.col("logits")))


def floors(found: pl.LazyFrame, method: Methodology) -> pl.LazyFrame:
    """party_id, head -> floor (likelihood), floor_code, override: the greatest floor that a finding sets, and what set it."""
    known = {code: method[f"floors.{code}"] for code in method.section("floors")}
    coded = found.with_columns(
        code=pl.coalesce(
            pl.when(pl.col("state") != "ended").then(pl.col("override")), pl.when(pl.col("is_open_strong")).then(pl.lit("open_strong"))
        )
    ).filter(pl.col("code").is_in(list(known)))
    # A remedy verified by workers takes the floor away, except where an authority's list or order still stands.
    listed = pl.col("code").is_in(["LIST_FL", "LIST_SANCTION", "TERRITORY_BAN", "FINAL_DECISION"])
    open_ = coded.filter(
        listed | ~pl.col("is_good_faith") & ~pl.col("remedy_state").is_in(["worker_verified", "monitored"]).fill_null(False)
    )
    return (
        open_.with_columns(floor=pl.col("code").replace_strict(known, return_dtype=pl.Float64))
        .sort("floor", "m", "indicator", descending=[True, True, False])
        .group_by("party_id", "head", maintain_order=True)
        .agg(
            pl.col("floor").first(),
            floor_code=pl.col("code").first(),
            floor_indicator=pl.col("indicator").first(),
            override=pl.col("override").filter(pl.col("code") == pl.col("override")).first(),
        )
    )
