"""What the rules over recruitment payments share: who bore a cost, what was repaid, what one cohort was charged. No rule stands here."""

from __future__ import annotations

import datetime as dt

import narwhals as nw

from indicators.expressions import either_reliability, evidence
from indicators.registry import Frame

COHORT = ("party_id", "cohort_id", "worker_group", "channel", "source_type")
ITEMS = ("fee", "medical", "insurance", "test", "training", "equipment", "travel_lodging", "admin", "deposit", "illegitimate", "total")
OTHER_PAYERS = ("employer", "agency", "state")


def marked(payments: Frame, as_of: dt.date, least_asked: int | None = None) -> Frame:
    """Payments with: is_borne (the worker bore the cost), is_clear (workers say that they did not), repaid, is_repaid.

    A payer other than the worker is clear evidence only where at least `least_asked` workers say so; else, and where the rule
    gives no number, it says nothing.
    """
    nobody = (nw.col("amount") <= 0) | (nw.col("worker_count") == 0).fill_null(False)
    by_worker = nw.col("payer") == "worker"
    by_other = nw.col("payer").is_in(OTHER_PAYERS) | (by_worker & nobody)
    is_asked = nw.col("workers_asked") >= least_asked if least_asked is not None else nw.lit(False)
    known = nw.col("reimbursed_on").is_null() | (nw.col("reimbursed_on") <= as_of)
    return payments.filter(~nw.col("party_id").is_null()).with_columns(
        is_borne=(by_worker & ~nobody).fill_null(False),
        is_clear=(by_other & nw.col("is_worker_sourced") & is_asked).fill_null(False),
        repaid=nw.when(known).then(nw.col("reimbursed_amount")).otherwise(nw.lit(0.0)).fill_null(0.0),
        said_on=nw.col("observed_on").fill_null(as_of), cohort_id=nw.col("cohort_id").fill_null(""),
    ).with_columns(
        is_repaid=nw.col("is_borne") & (nw.col("repaid") >= nw.col("amount")),
        is_repaid_confirmed=nw.col("is_reimbursement_verified").fill_null(False) & (nw.col("repaid") > 0),
    )


def charged(payments: Frame) -> Frame:
    """What workers bore, each cost item of a cohort once: of repeated statements of one source, the one with the greatest sum.

    Rows of one statement (same day of observation) are instalments and stay together.
    """
    item = (*COHORT, "cost_item")
    borne = payments.filter(nw.col("is_borne")).with_columns(said=nw.col("amount").sum().over(*item, "said_on"))
    greatest = borne.filter(nw.col("said") == nw.col("said").max().over(*item))
    return greatest.filter(nw.col("said_on") == nw.col("said_on").max().over(*item))


def wage(currency: str = "currency") -> nw.Expr:
    """Monthly wage of the row; where the row lacks it, that of the cohort in the same currency."""
    return nw.coalesce(nw.col("monthly_wage"), nw.col("monthly_wage").mean().over(*COHORT, currency))


def item_ids(column: str = "cost_item", codes: tuple[str, ...] = ITEMS) -> list[nw.Expr]:
    """Columns id_<code>: the row id where the row has that code. With `ids`, the evidence of a whole group."""
    return [nw.when(nw.col(column) == code).then(nw.col("row_id")).alias(f"id_{code}") for code in codes]


def ids(codes: tuple[str, ...] = ITEMS) -> list[nw.Expr]:
    """Aggregation of `item_ids`: first and last row of each code."""
    return [part for code in codes for part in (nw.col(f"id_{code}").min().alias(f"first_{code}"), nw.col(f"id_{code}").max().alias(f"last_{code}"))]


def group_evidence(frame: Frame, codes: tuple[str, ...] = ITEMS) -> Frame:
    """Column `evidence` from the aggregated ids, each row id once."""
    last = [nw.when(nw.col(f"last_{code}") > nw.col(f"first_{code}")).then(nw.col(f"last_{code}")).alias(f"last_{code}") for code in codes]
    return frame.with_columns(*last).with_columns(evidence=evidence(*[f"{end}_{code}" for code in codes for end in ("first", "last")]))


def repaid_detail(what: nw.Expr) -> nw.Expr:
    """`what`, with a word on repayment where the cost was repaid in full."""
    return nw.when(nw.col("is_repaid")).then(nw.concat_str([what, nw.lit("reimbursed")], separator="; ", ignore_nulls=True)).otherwise(what)


def columns(intensity: str = "intensity") -> list[nw.Expr]:
    """What every rule over payments returns beside class and severity; a frame with `evidence`, `detail` and the sums of a group.

    What the supplier itself says of costs borne by its workers is disclosed by the party.
    """
    is_sign = nw.col(intensity) > 0
    return [
        nw.col("party_id").alias("subject_id"), nw.col(intensity).alias("intensity"), either_reliability(intensity).alias("reliability"),
        nw.col("observed_on"), nw.col("event_id"), nw.col("evidence"), nw.col("source_type"),
        nw.when(is_sign).then(nw.col("worker_count")).alias("affected_count"),
        nw.when(is_sign & (nw.col("source_type") == "supplier_saq")).then(nw.lit("disclosed")).otherwise(nw.lit(None)).alias("state"),
        nw.col("detail"),
    ]


def with_not_borne(found: Frame, payments: Frame, items: tuple[str, ...], *more: str) -> Frame:
    """The rows found, with the columns `more`, and those where the worker did not bear the cost: clear where workers say so, else unknown."""
    others = payments.filter(~nw.col("is_borne") & nw.col("cost_item").is_in(items)).with_columns(
        intensity=nw.when(nw.col("is_clear")).then(nw.lit(0.0)), evidence=evidence("row_id"), detail=nw.lit(None).cast(nw.String),
    )
    return nw.concat([found.select(*columns(), *more), others.select(*columns())], how="diagonal")
