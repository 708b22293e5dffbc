"""wc_wage_vs_minimum."""

import narwhals as nw

from indicators.expressions import clip01, either_reliability, evidence
from indicators.registry import Frame, indicator


@indicator(
    title={"en": "Pay below the legal minimum wage", "fr": "Rémunération inférieure au salaire minimum légal"},
    subject="party",
    evidence_class="M",
    group="WAGE",
    heads=("FL",),
    severity=2,
    ilo=(8, 10),
    authorities=[("ilo_c131", "art. 2"), ("ilo_c095", "arts 8 and 12")],
    four_ps=["prevention", "protection"],
    remedy={
        "en": "Pay workers the difference back with interest, leavers included; then check with the buyer whether the price covers lawful pay.",
        "fr": "Verser aux travailleurs, y compris ceux qui sont partis, la différence avec intérêts ; puis vérifier avec l'acheteur si le prix couvre une rémunération légale.",
    },
    ask={
        "en": "What is the lowest basic monthly pay for legal normal hours, and which minimum wage applies (region, sector, date)?",
        "fr": "Quel est le salaire de base mensuel le plus bas pour la durée légale du travail, et quel salaire minimum s'applique (région, secteur, date) ?",
    },
    lifecycle="stable",
)
def wc_wage_vs_minimum(workforce: Frame, *, thresholds) -> Frame:  # type: ignore[no-untyped-def]
    """The lowest basic pay for legal normal hours is below the statutory or agreed minimum that applies.

    How it is computed: gap = 1 - basic pay / minimum wage, at least 0; a gap of 20 % or more gives intensity 1, smaller ones
    proportionally less. Each set of figures, for the whole workforce or a group, is judged by itself; none is averaged away.
    Why it is a sign: pay below the minimum is a breach in itself, and pay kept back or out of reach ties workers to the employer.
    What it misses: unlawful deductions from lawful pay, unpaid hours, and falsified payrolls.
    Exclusions: figures without either the pay or the minimum are unknown, never clear; apprentices, and piece rates not converted to
    normal hours, should not be entered as basic pay.
    """
    gap = clip01(1 - nw.col("basic_pay_month") / nw.col("minimum_wage_month"))
    rows = workforce.filter(~(nw.col("basic_pay_month").is_null() & nw.col("minimum_wage_month").is_null())).with_columns(
        intensity=nw.when(nw.col("minimum_wage_month") > 0).then(clip01(gap / thresholds.full_at_gap)),
    )
    return rows.select(
        nw.col("party_id").alias("subject_id"), "intensity", either_reliability().alias("reliability"), "observed_on",
        nw.lit(None, dtype=nw.String).alias("event_id"), evidence("row_id").alias("evidence"), "source_type",
        nw.when(nw.col("intensity") > 0).then(nw.lit("basic pay below the minimum wage")).alias("detail"),
    )
