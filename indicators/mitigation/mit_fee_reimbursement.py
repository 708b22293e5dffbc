"""mit_fee_reimbursement."""

import datetime as dt

import narwhals as nw

from indicators.expressions import clip01, evidence, months_before
from indicators.registry import Frame, indicator

FEE_INDICATORS = ("rec_fee_paid", "rec_fee_over_cap", "rec_fee_months_to_repay")


@indicator(
    title={"en": "Recruitment fees repaid to workers", "fr": "Frais de recrutement remboursés aux travailleurs"},
    subject="party",
    evidence_class="G",
    group="REMEDY",
    heads=("FL",),
    severity=1,
    ilo=(9,),
    authorities=[("un_ungp", "principle 22"), ("ilo_p029", "art. 4(1)"), ("ilo_fair_recruitment_2019", "general principle 7")],
    four_ps=["protection", "partnership"],
    remedy={
        "en": "Finish the repayment, to workers who have left too, at what they really paid; let workers confirm it to somebody independent.",
        "fr": "Achever le remboursement, y compris aux travailleurs partis, à hauteur de ce qu'ils ont réellement payé ; faire confirmer par les travailleurs auprès d'un tiers indépendant.",
    },
    ask={
        "en": "How much is owed to workers for recruitment fees, how much was repaid, to former workers too, and have workers confirmed it?",
        "fr": "Combien est dû aux travailleurs au titre des frais de recrutement, combien a été remboursé, y compris aux anciens, et l'ont-ils confirmé ?",
    },
    lifecycle="stable",
    maximum_credit=0.45,
)
def mit_fee_reimbursement(mitigation: Frame, *, as_of: dt.date, thresholds) -> Frame:  # type: ignore[no-untyped-def]
    """Recruitment fees that workers paid have been repaid to them.

    How it is computed: share repaid of what is owed, at most 1, times 0.8 unless workers who have left are covered too. From 90 % on, and
    confirmed by workers, the findings on fees count as remedied: x 0.35, and x 0.15 once the confirmation is over 12 months old.
    The newest statement counts; the history of the finding stays visible.
    Why it is a sign: repayment lifts the debt that ties workers and is the remedy that international standards ask for.
    What it misses: an agreed flat sum below what workers really paid, and workers who could not be found.
    Exclusions: lapsed statements; repayment promised, or claimed without confirmation by workers, remedies no finding.
    """
    stated = mitigation.filter(nw.col("measure") == "fee_reimbursement")
    for order in ("measured_on", "row_id"):
        stated = stated.filter(nw.col(order) == nw.col(order).max().over("party_id"))
    valid = stated.filter(nw.col("valid_to").is_null() | (nw.col("valid_to") >= as_of))
    scope = nw.when(nw.col("covers_former_workers").fill_null(False)).then(nw.lit(1.0)).otherwise(nw.lit(thresholds.without_former_workers))
    rows = valid.with_columns(quality=nw.when(nw.col("owed_amount") > 0).then(clip01(nw.col("paid_amount") / nw.col("owed_amount")) * scope))
    is_confirmed = nw.col("is_worker_confirmed").fill_null(False) | nw.col("is_worker_sourced").fill_null(False)
    remedied = rows.filter((nw.col("quality") >= thresholds.remedied_from) & is_confirmed)
    is_old = nw.col("measured_on") < months_before(as_of, thresholds.monitored_after_months)
    multiplier = nw.when(is_old).then(nw.lit(thresholds.multiplier["monitored"])).otherwise(nw.lit(thresholds.multiplier["worker_verified"]))
    state = nw.when(is_old).then(nw.lit("monitored")).otherwise(nw.lit("worker_verified"))

    def _rows(frame: Frame, kind: str, intensity: nw.Expr, state: nw.Expr, detail: str) -> Frame:
        return frame.select(
            nw.col("party_id").alias("subject_id"), intensity.alias("intensity"), nw.lit(1.0).alias("reliability"),
            nw.col("measured_on").alias("observed_on"), nw.lit(None, dtype=nw.String).alias("event_id"), evidence("row_id").alias("evidence"),
            "source_type", nw.lit(kind).alias("evidence_class"), state.cast(nw.String).alias("state"), nw.lit(detail).alias("detail"),
        )

    credit = _rows(rows, "G", nw.col("quality"), nw.lit(None), "share of fees repaid")
    remedies = [_rows(remedied, "REMEDY", multiplier, state, target) for target in FEE_INDICATORS]
    return nw.concat([credit, *remedies], how="vertical")
