"""ilo_physical_sexual_violence."""

import narwhals as nw

from indicators.expressions import among, statement_columns
from indicators.registry import Frame, indicator


@indicator(
    title={"en": "Physical and sexual violence", "fr": "Violences physiques et sexuelles"},
    subject="party",
    evidence_class="S",
    group="VIOLENCE",
    heads=("FL",),
    severity=4,
    ilo=(5,),
    authorities=[
        ("ilo_forced_labour_indicators_2012", "indicator 5"), ("ilo_c190", "arts 1 and 4"), ("ilo_r190", "part III"),
        ("ilo_hshc_2012", "menace: physical and sexual violence"),
    ],
    four_ps=["prevention", "prosecution", "protection"],
    remedy={
        "en": "Survivors first: safety, medical care and legal help from a specialist service, no interviews by buyers; authorities only with the survivor's consent, unless a child is concerned or danger is imminent.",
        "fr": "Les victimes d'abord : sécurité, soins et aide juridique par un service spécialisé, pas d'entretien mené par l'acheteur ; les autorités seulement avec l'accord de la victime, sauf si un enfant est concerné ou le danger imminent.",
    },
    ask={
        "en": "Can workers report violence to a specialist body outside the company, and what became of the reports?",
        "fr": "Les travailleurs peuvent-ils signaler des violences à un organisme spécialisé extérieur à l'entreprise, et quelles suites ont été données ?",
    },
    lifecycle="stable",
)
def ilo_physical_sexual_violence(statement: Frame, *, thresholds) -> Frame:  # type: ignore[no-untyped-def]
    """A credible report says that workers, their family or colleagues suffered physical or sexual violence.

    How it is computed: an allegation by one source 0.5, corroborated 0.9, admitted or decided by an authority 1. One report is enough:
    the number of cases does not lower it.
    Why it is a sign: violence is one of the eleven ILO indicators and the gravest menace of a penalty.
    What it misses: most of it: violence goes unreported where the reporter would bear the consequences.
    Exclusions: a statement that nothing was reported, whoever makes it, is unknown and never clear. No names or details of survivors
    are read or stored.
    """
    rows = statement.filter(nw.col("question") == "violence").with_columns(
        intensity=nw.when(nw.col("answer") == "reported").then(among("evidence_status", thresholds.intensity_by_status)),
    )
    return rows.select(*statement_columns(), nw.when(nw.col("intensity") > 0).then(nw.col("evidence_status")).alias("detail"))
