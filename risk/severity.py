"""How grave: the severity of a party's own signs, or the one expected from its context."""

from __future__ import annotations

import polars as pl

from risk.methodology import Methodology


def severity(found: pl.LazyFrame, context: pl.LazyFrame, method: Methodology) -> pl.LazyFrame:
    """party_id, head -> severity (1..4), is_context_only, is_linked_only.

    Own signs of class S, M or K set it; the greatest counts, raised by one where very many workers are affected, and never lowered by
    small numbers. Without any, the expected severity of the context holds, at most 3. Signs that the party itself found, disclosed and
    remedied do not raise it above that.
    """
    keys = ["party_id", "head"]
    grave = found.filter(pl.col("evidence_class").is_in(["S", "M", "K"]) & (pl.col("state") != "ended") & ~pl.col("is_good_faith"))
    wide = (pl.col("affected_count") >= method["severity.scope_count"]).fill_null(False) | (
        pl.col("affected_share") > method["severity.scope_share"]
    ).fill_null(False)
    specific = grave.group_by(keys).agg(
        own=(pl.col("severity") + wide.cast(pl.Int64)).clip(1, 4).max(), is_linked_only=(~pl.col("is_own")).all()
    )
    capped = pl.min_horizontal("expected_severity", pl.lit(method["severity.context_cap"]))
    return (
        context.select(*keys, "expected_severity")
        .join(specific, on=keys, how="left")
        .select(
            *keys,
            severity=pl.when(pl.col("own").is_null())
            .then(capped)
            .when(pl.col("is_linked_only"))
            .then(pl.max_horizontal("own", capped))
            .otherwise(pl.col("own"))
            .cast(pl.Int64),
            is_context_only=pl.col("own").is_null(),
            is_linked_only=pl.col("is_linked_only").fill_null(False),
        )
    )
