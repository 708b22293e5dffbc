"""From the two heads to one result per party: the worse head leads, with its band, its matches not yet confirmed, and its priority."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import replace

import polars as pl

from indicators.registry import Indicator
from risk import bands
from risk.coverage import grade, group_coverage
from risk.heads import HeadScores, Inputs, head_scores, hidden_levels
from risk.methodology import Methodology

SHOWN = ("likelihood", "p10", "p50", "p90", "p80", "index", "index_p80", "severity", "coverage")


def if_confirmed(
    inputs: Inputs, specs: Mapping[str, Indicator], method: Methodology, as_of: dt.date, draws: int | None = None
) -> HeadScores | None:
    """Scores of the parties with matches not yet confirmed, as they would be if those were confirmed; None where there is none."""
    pending = inputs.rows.filter(pl.col("state") == "pending_match").select("party_id").unique().collect()
    if pending.is_empty():
        return None
    rows = inputs.rows.join(pending.lazy(), on="party_id", how="semi").with_columns(
        state=pl.when(pl.col("state") == "pending_match").then(pl.lit("open")).otherwise("state")
    )
    few = replace(inputs, rows=rows, party=inputs.party.join(pending.lazy(), on="party_id", how="semi"))
    # What may be hidden is read from all parties, as in the score of record, so that the two readings differ by the match alone.
    levels = hidden_levels(group_coverage(inputs.rows, specs, method, as_of), inputs.party, method)
    return head_scores(few, specs, method, as_of, draws, levels.join(pending, on="party_id", how="semi").sort("party_id", "head"))


def leading(scores: pl.DataFrame) -> pl.DataFrame:
    """One row per party: the head with the worse band, then the one under an override, with own evidence, graver, of greater logit.

    `is_context_only` and `is_linked_only` speak of the party: a sign that only the other head reads is evidence about it too.
    """
    ranked = scores.with_columns(rank=bands.order(pl.col("raw_band")), ruled=pl.col("override").is_not_null()).sort(
        ["party_id", "rank", "ruled", "is_context_only", "severity", "logit", "head"],
        descending=[False, True, True, False, True, True, True],
    )
    unlooked = pl.col("is_context_only").all().over("party_id")
    linked = (pl.col("is_context_only") | pl.col("is_linked_only")).all().over("party_id") & ~unlooked
    both = ranked.with_columns(is_context_only=unlooked, is_linked_only=linked)
    return both.unique("party_id", keep="first", maintain_order=True).drop("rank", "ruled")


def party_scores(
    heads: pl.DataFrame, confirmed: pl.DataFrame | None, pending: pl.LazyFrame, previous: pl.LazyFrame | None, method: Methodology
) -> pl.DataFrame:
    """party_id -> leading head and its figures, band with hysteresis, grade, both heads side by side, and the reading if confirmed.

    `pending`: party_id, match_confidence of matches not yet confirmed. Sorted by party_id.
    """
    lead = bands.with_hysteresis(leading(heads).lazy(), previous, method).collect()
    # A band that is held while it falls keeps no label of the new band.
    label = pl.when(pl.col("band") == pl.col("raw_band")).then("band_label")
    result = lead.with_columns(band_label=label, grade=grade(pl.col("coverage"), pl.col("has_recent_worker_voice"), method)).select(
        "party_id",
        "head",
        "band",
        "band_label",
        "raw_band",
        "runs_below",
        *SHOWN,
        "grade",
        "logit",
        "override",
        "floor_code",
        "is_context_only",
        "is_linked_only",
        "dark_group_count",
        "newest_on",
    )
    for head in ("FL", "CL"):
        side = heads.filter(pl.col("head") == head).select(
            "party_id",
            *[
                pl.col(name).alias(f"{head.lower()}_{name}")
                for name in ("likelihood", "p80", "severity", "index_p80", "raw_band", "coverage")
            ],
        )
        result = result.join(side, on="party_id", how="left").rename({f"{head.lower()}_raw_band": f"{head.lower()}_band"})
    matches = (
        pending.group_by("party_id")
        .agg(pending_match_count=pl.len().cast(pl.Int64), match_confidence=pl.col("match_confidence").max())
        .collect()
    )
    result = result.join(matches, on="party_id", how="left").with_columns(pl.col("pending_match_count").fill_null(0))
    if confirmed is None:
        empty = {"if_confirmed_band": pl.String, "if_confirmed_index_p80": pl.Float64}
        return result.with_columns(**{name: pl.lit(None, dtype=kind) for name, kind in empty.items()}).sort("party_id")
    other = leading(confirmed).select("party_id", if_confirmed_band="raw_band", if_confirmed_index_p80="index_p80")
    return result.join(other, on="party_id", how="left").sort("party_id")


def priority(frame: pl.DataFrame, method: Methodology) -> pl.DataFrame:
    """Adds `priority`: index x workers x tractability x time pressure. It orders the work and never enters the risk.

    `frame` has index_p80, if_confirmed_index_p80, match_confidence, worker_count, tier (null where unknown) and override.
    A match not yet confirmed counts by its confidence, as a mixture.
    """
    chance = pl.col("match_confidence").fill_null(0.0)
    mixed = pl.col("if_confirmed_index_p80").fill_null(pl.col("index_p80")) * chance + pl.col("index_p80") * (1 - chance)
    workers = 1 + (1 + pl.col("worker_count").fill_null(0)).log10() / method["priority.worker_divisor"]
    high = method["priority.tractability_high"]
    tractability = (
        (high - method["priority.tractability_per_tier"] * (pl.col("tier") - 1))
        .clip(method["priority.tractability_low"], high)
        .fill_null(1.0)
    )
    holds = [code for code, rule in method.overrides.items() if rule["legal_hold"]]
    pressure = pl.when(pl.col("override").is_in(holds).fill_null(False)).then(method["priority.pressure_hold"]).otherwise(1.0)
    return frame.with_columns(priority=(mixed * workers * tractability * pressure).round(6))
