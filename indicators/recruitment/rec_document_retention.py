"""rec_document_retention."""

import narwhals as nw

from indicators.expressions import among, graded, statement_columns
from indicators.registry import Frame, indicator


@indicator(
    title={"en": "Retention of identity documents", "fr": "Rétention des documents d'identité"},
    subject="party",
    evidence_class="M",
    group="COERCION",
    heads=("FL",),
    severity=3,
    ilo=(7,),
    authorities=[
        ("ilo_forced_labour_indicators_2012", "indicator 7"), ("ilo_hshc_2012", "menace: confiscation of identity papers"),
        ("ilo_c189", "art. 9(c)"), ("us_far_52_222_50", "(b)(4)"),
    ],
    four_ps=["prevention", "protection"],
    remedy={
        "en": "Return all documents at once, give each worker a locker with their own key, and confirm by a worker survey within 14 days.",
        "fr": "Rendre immédiatement tous les documents, donner à chaque travailleur un casier avec sa propre clé, et vérifier par une enquête auprès des travailleurs dans les 14 jours.",
    },
    ask={
        "en": "Who keeps passports, identity papers and bank cards, and can workers get them at any time without permission?",
        "fr": "Qui détient les passeports, papiers d'identité et cartes bancaires, et les travailleurs peuvent-ils les reprendre à tout moment sans autorisation ?",
    },
    lifecycle="stable",
)
def rec_document_retention(statement: Frame, *, thresholds) -> Frame:  # type: ignore[no-untyped-def]
    """Someone else keeps workers' passports, papers, bank cards or phones, and workers cannot get them when they want.

    How it is computed: own locker with own key 0, on request the same day 0.3, on request with delay 0.7, refused 1, times the share
    factor. Delay and refusal are strong evidence. An unknown share counts in full.
    Why it is a sign: who cannot reach their papers cannot leave; confiscation of papers is a menace in the ILO's survey guidelines.
    What it misses: papers held by the recruiter before arrival, phones and bank cards that nobody asked about.
    Exclusions: a short hand-over for a visa renewal, with receipt and date, which is no retention and should be coded as own locker.
    A signed consent form does not lower the intensity.
    """
    grade = among("answer", thresholds.intensity_by_answer)
    rows = statement.filter(nw.col("question") == "document_access").with_columns(intensity=graded(grade), grade=grade)
    is_strong = nw.col("grade") >= thresholds.strong_from
    return rows.select(
        *statement_columns(),
        nw.when(is_strong).then(nw.lit("S")).otherwise(nw.lit("M")).alias("evidence_class"),
        nw.col("answer").alias("detail"),
    )
