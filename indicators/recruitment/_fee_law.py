"""Which fee law holds for a payment, and what an amount is worth in the currency of that law. No threshold stands here."""

from __future__ import annotations

import narwhals as nw

from indicators.recruitment._payments import COHORT
from indicators.registry import Frame

CORRIDOR = ("origin_country", "destination_country", "worker_group", "channel", "paid_on")
SIDES = ("origin", "destination")
USABLE = ("confirmed", "secondary")
EVERY = 999


def with_corridor(payments: Frame) -> Frame:
    """Unknown countries as empty text, so that joins keep the row; no law has an empty country."""
    return payments.with_columns(nw.col("origin_country", "destination_country").fill_null(""))


def applicable(payments: Frame, fee_law: Frame) -> Frame:
    """One row per corridor, day and side for which exactly one most specific and usable law holds; no row: the rule is unknown.

    A law of one country pair beats one of several, these beat one of all; worker group and channel add to the rank. A more specific
    law of which we are not sure leaves the rule unknown, as do two laws of equal rank, and as does an unknown channel where one channel has
    a law of its own that is no ban. Provincial laws need a province and are left out.
    """
    corridors = payments.select(*CORRIDOR).unique().filter(~nw.col("paid_on").is_null())
    sides = [
        corridors.with_columns(country=nw.col(f"{side}_country"), counterpart=nw.col(f"{other}_country"), side=nw.lit(side))
        for side, other in zip(SIDES, reversed(SIDES), strict=True)
    ]
    laws = fee_law.filter(nw.col("side").is_in(SIDES) & ~nw.col("country").is_null() & nw.col("subdivision").is_null()).with_columns(
        countries=nw.when(nw.col("counterpart_countries").list.len() > 0).then(nw.col("counterpart_countries").list.len()).otherwise(nw.lit(EVERY)),
    ).explode("counterpart_countries").rename({"worker_group": "law_group", "channel": "law_channel"})
    key = (*CORRIDOR, "side")
    held = nw.concat(sides).join(laws, on=["country", "side"], how="inner").filter(
        (nw.col("law_group") == nw.col("worker_group")) | (nw.col("law_group") == "general"),
        (nw.col("law_channel") == nw.col("channel")) | (nw.col("law_channel") == "unknown") | (nw.col("channel") == "unknown"),
        nw.col("counterpart_countries").is_null() | (nw.col("counterpart_countries") == nw.col("counterpart")),
        nw.col("in_force_from").is_null() | (nw.col("in_force_from") <= nw.col("paid_on")),
        nw.col("in_force_to").is_null() | (nw.col("in_force_to") >= nw.col("paid_on")),
    )
    rank = sum((condition.cast(nw.Int64) for condition in (nw.col("law_group") != "general", nw.col("law_channel") != "unknown")),
               (nw.col("countries") < EVERY).cast(nw.Int64))
    is_maybe = (nw.col("channel") == "unknown") & (nw.col("law_channel") != "unknown")
    milder = held.filter(is_maybe & (nw.col("rule") != "prohibited")).select(*key).unique()
    held = held.filter(~is_maybe).join(milder, on=list(key), how="anti")
    nearest = held.filter(nw.col("countries") == nw.col("countries").min().over(*key, "law_group", "law_channel")).with_columns(rank=rank)
    best = nearest.filter(nw.col("rank") == nw.col("rank").max().over(*key)).filter(nw.col("certainty").is_in(USABLE))
    single = best.filter(nw.col("fee_law_id").count().over(*key) == 1)
    return single.select(
        *key, "fee_law_id", "rule", "cap_type", "cap_value", "per_months", "cap_maximum", nw.col("currency").alias("law_currency"), "basis", "law", "article",
        has_exemptions=(nw.col("exempt_items").list.len() > 0).fill_null(False),
    )


def exemptions(fee_law: Frame) -> Frame:
    """One row per law and cost item that stands outside it."""
    listed = fee_law.select("fee_law_id", nw.col("exempt_items").alias("cost_item")).explode("cost_item")
    return listed.filter(~nw.col("cost_item").is_null()).unique().with_columns(is_exempt=nw.lit(True))


def in_law_currency(rows: Frame, exchange_rate: Frame) -> Frame:
    """Column `factor`: units of the law's currency for one unit of the payment's, at the yearly average of the payment year,
    or the newest average where that year has none yet. 1 where both are the same; null where a rate is not known.
    """
    rates = exchange_rate.filter(nw.col("certainty") != "unsure").select("currency", "year", "usd_per_unit")
    newest = rates.filter(nw.col("year") == nw.col("year").max().over("currency"))
    rows = rows.with_columns(year=nw.col("paid_on").dt.year().cast(nw.Int64))
    for currency, name in (("currency", "from_usd"), ("law_currency", "to_usd")):
        exact = rates.select(nw.col("currency").alias(currency), "year", nw.col("usd_per_unit").alias(name))
        last = newest.select(nw.col("currency").alias(currency), nw.col("year").alias("last_year"), nw.col("usd_per_unit").alias("last_rate"))
        rows = rows.join(exact, on=[currency, "year"], how="left").join(last, on=currency, how="left")
        later = nw.when(nw.col("year") > nw.col("last_year")).then(nw.col("last_rate"))
        rate = nw.when(nw.col(currency) == "USD").then(nw.lit(1.0)).otherwise(nw.coalesce(nw.col(name), later))
        rows = rows.with_columns(rate.alias(name)).drop("last_year", "last_rate")
    same = nw.col("currency") == nw.col("law_currency")
    return rows.with_columns(factor=nw.when(same).then(nw.lit(1.0)).otherwise(nw.col("from_usd") / nw.col("to_usd")))


def compared(borne: Frame, fee_law: Frame, exchange_rate: Frame) -> Frame:
    """What workers bore, once per side, beside the law of that side, in one unit: its currency for a fixed cap, else months of wage.

    Columns: cap (0 where nothing may be charged, null where not known), is_counted (the law counts this item), is_telling (fee or total:
    without one of these the sum of a cohort is not known to be whole), paid and wage_unit in the unit of the cap, is_ceiling (the length of
    the contract is not known, so that only what the cap never exceeds can be said).
    """
    laws = applicable(borne, fee_law)
    sides = nw.concat([borne.with_columns(side=nw.lit(side)) for side in SIDES]).join(laws, on=[*CORRIDOR, "side"], how="left")
    rows = in_law_currency(sides.join(exemptions(fee_law), on=["fee_law_id", "cost_item"], how="left"), exchange_rate)
    is_free, is_total = nw.col("rule") == "prohibited", nw.col("cost_item") == "total"
    capped = nw.when(nw.col("cap_type") == "pct_first_month").then(nw.col("cap_value") / 100).otherwise(nw.col("cap_value"))
    per, length = nw.col("per_months"), nw.col("contract_months").max().over(*COHORT)
    by_length = nw.min_horizontal(capped * ((length + per - 1e-6) // per), nw.col("cap_maximum"))
    among_all = nw.when(is_total).then(~nw.col("has_exemptions")).otherwise(nw.col("is_exempt").is_null())
    rows = rows.with_columns(
        cap=nw.when(is_free).then(nw.lit(0.0)).otherwise(
            nw.when(nw.col("rule") == "capped").then(nw.when(per.is_null()).then(capped).otherwise(by_length))
        ),
        is_ceiling=~per.is_null() & length.is_null(),
        unit=nw.when((nw.col("cap_type") == "fixed") & ~is_free).then(nw.col("factor")).otherwise(1.0 / nw.col("wage")),
        is_counted=nw.when(nw.col("basis") == "all_costs").then(among_all).otherwise(nw.col("cost_item") == "fee") & ~nw.col("basis").is_null(),
        is_telling=is_total | (nw.col("cost_item") == "fee"),
    )
    return rows.with_columns(paid=nw.when(nw.col("is_counted")).then(nw.col("amount") * nw.col("unit")), wage_unit=nw.col("wage") * nw.col("unit"))
