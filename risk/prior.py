"""The inherent risk: four context terms per party and head, and the capped prior they make.

A term that is not known takes a middling value and widens the interval: missing data never make a party look safe.
"""

from __future__ import annotations

import math
from typing import Any

import polars as pl

from risk.methodology import Methodology

TERMS = ("country", "goods", "workers", "sector")


def _best(rows: pl.LazyFrame, groups: list[str]) -> pl.LazyFrame:
    """Per party, head and indicator the greatest context intensity, with its evidence."""
    context = rows.filter((pl.col("evidence_class") == "C") & pl.col("group").is_in(groups) & pl.col("intensity").is_not_null())
    return (
        context.sort("intensity", "indicator", "evidence", descending=[True, False, False])
        .group_by("party_id", "head", "indicator", maintain_order=True)
        .first()
    )


def context_terms(rows: pl.LazyFrame, party: pl.LazyFrame, sector_share: pl.LazyFrame, method: Methodology) -> pl.LazyFrame:
    """party_id, head -> z_country, z_goods, z_workers, z_sector (0..1), `is_known_*`, expected_severity, is_state_imposed."""
    blend: dict[str, float] = method["prior.country_blend"]
    country = (
        _best(rows, ["CTX_COUNTRY"])
        .with_columns(part=pl.col("indicator").replace_strict(blend, default=0.0, return_dtype=pl.Float64))
        .filter(pl.col("part") > 0)
        .group_by("party_id", "head")
        .agg(z_country=((pl.col("intensity") * pl.col("part")).sum() / pl.col("part").sum()).round(9))
    )
    goods_rows = _best(rows, ["CTX_GOODS", "CTX_CHILD"])
    goods = goods_rows.group_by("party_id", "head").agg(z_goods=pl.col("intensity").max())
    severity = (
        goods_rows.filter(pl.col("intensity") >= method["severity.expected_from"])
        .group_by("party_id", "head")
        .agg(goods_severity=pl.col("severity").max())
    )
    known = _best(rows, ["PROFILE"])
    # Unknown parts of the profile count as the mean of the known ones, never less than the unknown value.
    floor = method["prior.unknown_workers"]
    workers = (
        known.group_by("party_id", "head")
        .agg(total=pl.col("intensity").sum(), known=pl.len(), mean=pl.col("intensity").mean())
        .with_columns(
            z_workers=(
                (pl.col("total") + (2 - pl.col("known").clip(0, 2)) * pl.max_horizontal("mean", pl.lit(floor)))
                / pl.max_horizontal("known", pl.lit(2))
            ).round(9)
        )
    )
    state = (
        rows.filter((pl.col("group") == "STATE") & pl.col("evidence_class").is_in(["K", "S"]) & (pl.col("intensity") >= 0.5))
        .select("party_id", "head")
        .unique()
        .with_columns(is_state_imposed=pl.lit(True))
    )
    sectors = sector_share.select("sector", pl.col("z_sector"), pl.col("expected_severity").alias("sector_severity"))
    heads = pl.LazyFrame({"head": ["FL", "CL"]})
    keys = ["party_id", "head"]
    joined = (
        party.select("party_id", "sector")
        .join(heads, how="cross")
        .join(sectors, on="sector", how="left")
        .join(country, on=keys, how="left")
        .join(goods, on=keys, how="left")
        .join(severity, on=keys, how="left")
        .join(workers.select(*keys, "z_workers"), on=keys, how="left")
        .join(state, on=keys, how="left")
    )
    flags = [pl.col(f"z_{term}").is_not_null().alias(f"is_known_{term}") for term in TERMS]
    filled = [pl.col(f"z_{term}").fill_null(method[f"prior.unknown_{term}"]) for term in TERMS]
    expected = pl.max_horizontal(
        pl.col("goods_severity"), pl.coalesce("sector_severity", pl.lit(method["severity.default_expected"]))
    ).cast(pl.Int64)
    return (
        joined.with_columns(*flags)
        .with_columns(*filled)
        .select(
            *keys,
            *[f"z_{term}" for term in TERMS],
            *[f"is_known_{term}" for term in TERMS],
            expected_severity=expected,
            is_state_imposed=pl.col("is_state_imposed").fill_null(False),
        )
    )


def logit(value: float) -> float:
    """ln(p / (1 - p))."""
    return math.log(value / (1 - value))


def prior_logit(method: Methodology) -> dict[str, Any]:
    """Expressions over the context terms: the uncapped sum in logits, and the prior that counts."""
    total = pl.lit(method["prior.intercept"]) + sum(pl.col(f"z_{term}") * method[f"prior.{term}"] for term in TERMS)
    cap = logit(method["prior.cap"])
    return {
        "logit_uncapped": total,
        "logit_p0": pl.when(pl.col("is_state_imposed")).then(total).otherwise(pl.min_horizontal(total, pl.lit(cap))),
    }
