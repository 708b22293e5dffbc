"""ilo_excessive_overtime."""

import narwhals as nw

from indicators.expressions import among, greatest, ramp, statement_columns
from indicators.registry import Frame, indicator


@indicator(
    title={"en": "Excessive overtime that workers cannot refuse", "fr": "Heures supplémentaires excessives que les travailleurs ne peuvent refuser"},
    subject="party",
    evidence_class="M",
    group="HOURS",
    heads=("FL",),
    severity=2,
    ilo=(11,),
    authorities=[
        ("ilo_forced_labour_indicators_2012", "indicator 11"), ("ilo_c001", "art. 2"), ("ilo_c030", "art. 3"), ("ilo_c029", "art. 2(1)"),
        ("ilo_hshc_2012", "work and life under duress: forced overtime"),
    ],
    four_ps=["prevention", "protection"],
    remedy={
        "en": "Let workers refuse without penalty and pay premiums due; re-plan lead times with the buyer and cap orders, so that the hours can fall without loss of pay.",
        "fr": "Permettre le refus sans sanction et payer les majorations dues ; revoir les délais avec l'acheteur et plafonner les commandes, afin que les heures baissent sans perte de salaire.",
    },
    ask={
        "en": "Can workers refuse overtime without penalty, and do they need it to reach the minimum wage?",
        "fr": "Les travailleurs peuvent-ils refuser les heures supplémentaires sans sanction, et en ont-ils besoin pour atteindre le salaire minimum ?",
    },
    lifecycle="stable",
)
def ilo_excessive_overtime(statement: Frame, workforce: Frame, *, thresholds) -> Frame:  # type: ignore[no-untyped-def]
    """Overtime is compulsory, under threat of a penalty, or needed to reach the minimum wage.

    How it is computed: refusal not possible or under penalty at least 0.8, overtime needed to reach the minimum wage at least 0.6; more
    where hours are long, from 0 at 60 hours a week to 1 at 84 (90th percentile of the newest figures, the worst group). Refusal not
    possible is strong evidence.
    Why it is a sign: overtime imposed under menace of a penalty beyond legal limits is forced labour; refusal is what tells it apart.
    What it misses: quotas that force hours without a word, and hours off the record.
    Exclusions: long hours that workers may refuse, which count as working hours and not here; hours without an answer on refusal, unknown.
    """
    newest = workforce.filter(~nw.col("hours_week_p90").is_null()).filter(nw.col("observed_on") == nw.col("observed_on").max().over("party_id"))
    worst = newest.filter(nw.col("hours_week_p90") == nw.col("hours_week_p90").max().over("party_id"))
    hours = worst.group_by("party_id").agg(nw.col("hours_week_p90").max().alias("hours"), nw.col("row_id").min().alias("hours_id"))
    least = among("answer", thresholds.least_by_answer)
    rows = statement.filter(nw.col("question") == "overtime_refusal").join(hours, on="party_id", how="left").with_columns(least=least)
    by_hours = ramp(nw.col("hours"), thresholds.hours_clear, thresholds.hours_full)
    rows = rows.with_columns(
        intensity=nw.when(nw.col("least") > 0).then(greatest([nw.col("least"), by_hours])).otherwise(nw.col("least")),
        is_compulsory=nw.col("answer").is_in(list(thresholds.strong_answers)).fill_null(False),
    )
    return rows.select(
        *statement_columns(rows=("row_id", "hours_id")),
        nw.when(nw.col("is_compulsory")).then(nw.lit("S")).otherwise(nw.lit("M")).alias("evidence_class"), nw.col("answer").alias("detail"),
    )
