"""ilo_restriction_of_movement."""

import narwhals as nw

from indicators.expressions import among, graded, statement_columns
from indicators.registry import Frame, indicator


@indicator(
    title={"en": "Restriction of movement", "fr": "Restriction de la liberté de mouvement"},
    subject="party",
    evidence_class="M",
    group="COERCION",
    heads=("FL",),
    severity=3,
    ilo=(3,),
    authorities=[("ilo_c029", "art. 2(1)"), ("ilo_forced_labour_indicators_2012", "indicator 3")],
    four_ps=["prevention", "protection"],
    remedy={
        "en": "Remove locks at once, for fire safety too; end permission systems; confirm by a worker survey or a night visit.",
        "fr": "Retirer immédiatement les verrous, aussi pour la sécurité incendie ; supprimer les autorisations de sortie ; vérifier par une enquête auprès des travailleurs ou une visite de nuit.",
    },
    ask={
        "en": "Can workers leave the site and the dormitory freely outside working hours?",
        "fr": "Les travailleurs peuvent-ils quitter librement le site et le dortoir en dehors des heures de travail ?",
    },
    lifecycle="stable",
)
def ilo_restriction_of_movement(statement: Frame, *, thresholds) -> Frame:  # type: ignore[no-untyped-def]
    """Workers are locked in, guarded, or need leave to go out outside working hours.

    How it is computed: the coded answer gives the intensity (log only 0, approval usually given 0.5, often refused or curfew with
    penalty 0.8, locked or guarded 1), times the share factor; an unknown share counts in full. From 0.8 on it is strong evidence.
    Why it is a sign: confinement is one of the eleven ILO indicators and takes away the freedom to leave.
    What it misses: control by debt, threats or remoteness, which other indicators read.
    Exclusions: gate logs alone; security logs on vessels or in conflict zones, where port access and contract length tell more.
    """
    grade = among("answer", thresholds.intensity_by_answer)
    rows = statement.filter(nw.col("question") == "movement").with_columns(intensity=graded(grade), grade=grade)
    return rows.select(
        *statement_columns(),
        nw.when(nw.col("grade") >= thresholds.strong_from).then(nw.lit("S")).otherwise(nw.lit("M")).alias("evidence_class"),
        nw.col("answer").alias("detail"),
    )
