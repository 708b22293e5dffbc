"""The likelihood of one head (forced labour, child labour) for every party: prior, signs, credits, opacity, mitigation, floors, draws.

Everything is a sum of logits, kept as parts, so that the explanation adds up to the score.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import polars as pl

from indicators.registry import Indicator
from risk import bands, coverage, evidence, uncertainty
from risk.methodology import Methodology
from risk.prior import TERMS, context_terms, logit, prior_logit
from risk.severity import severity

KEYS = ["party_id", "head"]
PERCENTILES = ("p10", "p50", "p80", "p90")  # rising, as the selection needs them
ABSENT_FLOOR = -1e9


@dataclass(frozen=True)
class HeadScores:
    """`scores`: one row per party and head. `contributions`: the signs with their logits. `absences`, `measures`: the credits."""

    scores: pl.DataFrame
    contributions: pl.DataFrame
    absences: pl.DataFrame
    measures: pl.DataFrame


@dataclass(frozen=True)
class Inputs:
    """What scoring reads: findings by head (`risk.frames.by_head`), parties with their sector, sector shares, coverage."""

    rows: pl.LazyFrame
    party: pl.LazyFrame
    sector_share: pl.LazyFrame
    coverage: pl.LazyFrame


def silent_opacity(method: Methodology) -> dict[str, float]:
    """What opacity adds, per head, to a party of which nothing at all is known."""
    counts = {head: sum(group.critical and head in group.heads for group in method.groups.values()) for head in ("FL", "CL")}
    return {head: min(count * method["opacity.per_dark_group"], method["opacity.cap"]) for head, count in counts.items()}


def opacity_shift(groups: pl.LazyFrame, parts: pl.LazyFrame, method: Methodology) -> pl.LazyFrame:
    """party_id, head -> shift (logits): what signs change of the opacity that dark groups cost.

    In a group that only its signs light, or that stays dark beside them, the greater of sign and darkness counts, not their sum nor the
    sign alone: so no further sign, however small, ever lowers the likelihood by lighting a group.
    """
    step = method["opacity.per_dark_group"]
    added = parts.filter(~pl.col("is_good_faith")).group_by(*KEYS, "group").agg(added=pl.col("logits").sum())
    below = method["opacity.dark_below"]
    fired = groups.filter(pl.col("fired") & (pl.col("clear_coverage") < below)).join(added, on=[*KEYS, "group"])
    covered = pl.min_horizontal("added", pl.lit(float(step)))
    shift = pl.when(pl.col("coverage") < below).then(-covered).otherwise(step - covered)
    return fired.group_by(KEYS).agg(shift=shift.sum().round(10))


def head_scores(
    inputs: Inputs,
    specs: Mapping[str, Indicator],
    method: Methodology,
    as_of: dt.date,
    draws: int | None = None,
    levels: pl.DataFrame | None = None,
) -> HeadScores:
    """Scores per party and head. `draws` = 0 is the deterministic rule: every percentile is the point estimate.

    `levels`: of `hidden_levels`, where `inputs` hold only some of the parties; None: from `inputs`.
    """
    rows, party = inputs.rows, inputs.party
    groups = coverage.group_coverage(rows, specs, method, as_of).collect().lazy()
    found = evidence.signs(rows, method, as_of).collect().lazy()
    ordinary = evidence.contributions(found.filter(~pl.col("is_good_faith")), method)
    absences = evidence.absence_credit(groups, party, method).collect()
    strong = found.filter("is_open_strong").select(KEYS).unique()
    measures = evidence.mitigation_credit(rows, strong, method).collect()
    context = context_terms(rows, party, inputs.sector_share, method).with_columns(**prior_logit(method)).collect().lazy()
    own = party.select("party_id", pl.col("is_own_chain").fill_null(True))
    opacity = (
        pl.when(pl.col("is_own_chain"))
        .then((pl.col("dark_group_count") * method["opacity.per_dark_group"] + pl.col("shift")).clip(0, method["opacity.cap"]))
        .otherwise(0.0)
    )
    silent = (
        pl.when(pl.col("is_own_chain")).then(pl.col("head").replace_strict(silent_opacity(method), return_dtype=pl.Float64)).otherwise(0.0)
    )
    heads = (
        context.join(inputs.coverage, on=KEYS)
        .join(own, on="party_id")
        .join(opacity_shift(groups, ordinary, method), on=KEYS, how="left")
        .with_columns(pl.col("shift").fill_null(0.0))
        .with_columns(opacity=opacity, silent_opacity=silent)
        .drop("is_own_chain", "shift")
    )
    parts = pl.concat(
        [ordinary.collect(), evidence.in_good_faith(found, heads, method).select(ordinary.collect_schema().names()).collect()]
    )
    sums = (
        parts.group_by(KEYS)
        .agg(
            evidence_logits=pl.col("logits").filter(~pl.col("is_good_faith")).sum().round(10),
            faith_logits=pl.col("logits").filter("is_good_faith").sum().round(10),
        )
        .lazy()
    )
    absent = absences.lazy().group_by(KEYS).agg(absence_logits=pl.col("logits").sum().round(10))
    measured = measures.lazy().group_by(KEYS).agg(mitigation_logits=pl.col("logits").sum().round(10))
    floor = evidence.floors(found, method)
    names = ("evidence_logits", "faith_logits", "absence_logits", "mitigation_logits")
    joined = heads
    for table in (sums, absent, measured, floor, severity(found, context, method).with_columns(pl.col("severity"))):
        joined = joined.join(table, on=KEYS, how="left")
    total = pl.col("logit_p0") + pl.sum_horizontal(*names) + pl.col("opacity")
    floor_logit = (pl.col("floor") / (1 - pl.col("floor"))).log()
    point = (
        joined.with_columns(pl.col(names).fill_null(0.0))
        .with_columns(logit_before_floor=total)
        .with_columns(floor_lift=pl.max_horizontal(floor_logit - pl.col("logit_before_floor"), pl.lit(0.0)).fill_null(0.0))
        .with_columns(logit=pl.col("logit_before_floor") + pl.col("floor_lift"))
        .sort(KEYS)
        .collect()
    )
    count = method["draws.count"] if draws is None else draws
    hidden = hidden_levels(groups, party, method) if levels is None else levels
    drawn = _percentiles(point, parts, hidden, method, count) if count else {name: point["logit"].to_numpy() for name in PERCENTILES}
    sigma = {name: 1 / (1 + np.exp(-values)) for name, values in drawn.items()}
    scored = point.with_columns(
        likelihood=1 / (1 + (-pl.col("logit")).exp()), **{name: pl.Series(sigma[name]) for name in PERCENTILES}
    ).with_columns(
        index=bands.index_of(pl.col("likelihood"), pl.col("severity"), method),
        index_p80=bands.index_of(pl.col("p80"), pl.col("severity"), method),
    )
    return HeadScores(bands.band(scored.lazy(), method).collect(), parts, absences, measures)


def _codes(column: pl.Series) -> tuple[list[str], pl.Series]:
    """Distinct values, sorted, and for each row the place of its value among them."""
    distinct = column.unique().sort()
    places = {value: place for place, value in enumerate(distinct.to_list())}
    return distinct.to_list(), column.replace_strict(places, return_dtype=pl.Int64) if places else pl.Series(dtype=pl.Int64)


def hidden_levels(groups: pl.LazyFrame, party: pl.LazyFrame, method: Methodology) -> pl.DataFrame:
    """party_id, head -> level (0..HIDDEN_LEVELS): the chance of a hidden sign in a dark group, from observed parties of the same
    country and sector, drawn towards the default where few were observed."""
    context = ["country", "sector"]
    seen = (
        groups.join(party.select("party_id", *context), on="party_id")
        .group_by(*context, "head")
        .agg(fired=pl.col("fired").sum(), looked=pl.len())
    )
    weight, base = method["opacity.hidden_prior_weight"], method["opacity.hidden_prior"]
    chance = (pl.col("fired").fill_null(0) + weight * base) / (pl.col("looked").fill_null(0) + weight)
    return (
        party.select("party_id", *context)
        .join(pl.LazyFrame({"head": ["FL", "CL"]}), how="cross")
        .join(seen, on=[*context, "head"], how="left", nulls_equal=True)
        .select(*KEYS, level=(chance * uncertainty.HIDDEN_LEVELS).round().cast(pl.Int64).clip(0, uncertainty.HIDDEN_LEVELS))
        .sort(KEYS)
        .collect()
    )


def _percentiles(
    point: pl.DataFrame, parts: pl.DataFrame, hidden_level: pl.DataFrame, method: Methodology, count: int
) -> dict[str, np.ndarray]:
    """Percentiles of the logit per row of `point` (sorted by party and head, as `hidden_level` is)."""
    rows = point.select(KEYS).with_row_index("row")
    drawn = parts.filter(~pl.col("is_good_faith") & (pl.col("m") > 0)).join(rows, on=KEYS).sort("row", "group", "indicator")
    names, weight_code = _codes(drawn.select(pl.concat_str("indicator", "evidence_class", separator=" "))["indicator"])
    base = [method[f"weights.{name.split(' ')[1]}"] for name in names]
    levels, reliability_code = _codes(drawn["reliability"].fill_null(1.0).round(4))
    common = uncertainty.draw(
        method, [name.split(" ")[0] for name in names], base, [float(level) for level in levels], count, method["draws.seed"]
    )
    bounds = rows.join(drawn.group_by("row").agg(n=pl.len()), on="row", how="left").sort("row")["n"].fill_null(0).cast(pl.Int64).to_numpy()
    stop = np.cumsum(bounds)
    hidden = hidden_level["level"].to_numpy() * uncertainty.MAX_DARK + np.minimum(
        point["dark_group_count"].to_numpy(), uncertainty.MAX_DARK - 1
    )
    floor = point.select((pl.col("floor") / (1 - pl.col("floor"))).log().fill_null(ABSENT_FLOOR)).to_series().to_numpy()
    ranks = np.array([uncertainty.rank_of(value, count) for value in (0.1, 0.5, method["bands.percentile"], 0.9)])
    out = uncertainty.in_parts(
        point.height,
        ranks,
        (
            np.ascontiguousarray(point.select(f"z_{term}" for term in TERMS).to_numpy()),
            np.ascontiguousarray(point.select(f"is_known_{term}" for term in TERMS).to_numpy()),
            point["is_state_imposed"].to_numpy(),
            (point["absence_logits"] + point["mitigation_logits"]).to_numpy(),
            (point["opacity"] + point["faith_logits"]).to_numpy(),
            hidden,
            floor,
            stop - bounds,
            stop,
            _codes(drawn["group"])[1].to_numpy(),
            drawn.select(pl.col("m") / pl.col("weight") / pl.col("reliability").fill_null(1.0)).to_series().to_numpy(),
            weight_code.to_numpy(),
            reliability_code.to_numpy(),
            common.coefficient,
            common.unknown,
            common.weight,
            common.reliability,
            common.hidden,
            float(method["prior.intercept"]),
            logit(method["prior.cap"]),
            float(method["evidence.rho"]),
            float(method["evidence.group_cap"]),
        ),
    )
    return {name: out[:, place] for place, name in enumerate(PERCENTILES)}
