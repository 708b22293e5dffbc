"""wc_working_hours."""

import narwhals as nw

from indicators.expressions import either_reliability, evidence, ramp
from indicators.registry import Frame, indicator


@indicator(
    title={"en": "Long hours and missing rest days", "fr": "Longues heures de travail et jours de repos manquants"},
    subject="party",
    evidence_class="W",
    group="HOURS",
    heads=("FL",),
    severity=2,
    ilo=(10, 11),
    authorities=[("ilo_c001", "art. 2"), ("ilo_c030", "art. 3"), ("ilo_c014", "art. 2"), ("ilo_c106", "art. 6")],
    four_ps=["prevention", "protection"],
    remedy={
        "en": "Give rest days back without loss of pay, plan capacity and hire; the buyer reviews lead times and late order changes.",
        "fr": "Rétablir les jours de repos sans perte de salaire, planifier la capacité et embaucher ; l'acheteur revoit ses délais et ses changements tardifs de commande.",
    },
    ask={
        "en": "How many hours a week, and how many days in a row without 24 hours of rest, do the 10 % with the longest hours work?",
        "fr": "Combien d'heures par semaine, et combien de jours de suite sans 24 heures de repos, travaillent les 10 % aux horaires les plus longs ?",
    },
    lifecycle="stable",
)
def wc_working_hours(workforce: Frame, *, thresholds) -> Frame:  # type: ignore[no-untyped-def]
    """Weekly hours go beyond 48 plus overtime, or days are worked in a row without 24 hours of rest.

    How it is computed: hours = (90th percentile - 48) / 24, so that 60 hours give 0.5; rest = (90th percentile of days in a row - 6) / 15;
    both within 0 and 1, and the greater holds. Medium evidence above 72 hours or 13 days, weak below. Where only the median of hours is
    known it stands in if it is above 48, since the 90th percentile cannot be lower.
    Why it is a sign: hours that no one would choose freely are among the ILO indicators, and lack of rest wears workers out.
    What it misses: falsified time records, and work at home or for a second employer.
    Exclusions: within 48 hours is clear only if rest days are known too, and the other way round; otherwise it is unknown.
    """
    median = nw.when(nw.col("hours_week_p50") > thresholds.hours_normal).then(nw.col("hours_week_p50"))
    figures = workforce.with_columns(hours=nw.coalesce(nw.col("hours_week_p90"), median), days=nw.col("consecutive_days_p90"))
    rows = figures.filter(~(nw.col("hours").is_null() & nw.col("days").is_null() & nw.col("hours_week_p50").is_null())).with_columns(
        v_hours=ramp(nw.col("hours"), thresholds.hours_normal, thresholds.hours_full), v_rest=ramp(nw.col("days"), thresholds.days_normal, thresholds.days_full),
    ).with_columns(known=nw.max_horizontal("v_hours", "v_rest"), is_half_known=nw.col("v_hours").is_null() | nw.col("v_rest").is_null())
    rows = rows.with_columns(intensity=nw.when((nw.col("known") > 0) | ~nw.col("is_half_known")).then(nw.col("known")))
    is_medium = (nw.col("hours") > thresholds.hours_medium) | (nw.col("days") > thresholds.days_medium)
    return rows.select(
        nw.col("party_id").alias("subject_id"), "intensity", either_reliability().alias("reliability"), "observed_on",
        nw.lit(None, dtype=nw.String).alias("event_id"), evidence("row_id").alias("evidence"), "source_type",
        nw.when(is_medium).then(nw.lit("M")).otherwise(nw.lit("W")).alias("evidence_class"),
        nw.when(nw.col("v_hours") > 0).then(nw.lit("weekly hours above 48")).when(nw.col("v_rest") > 0).then(nw.lit("days in a row without rest")).alias("detail"),
    )
