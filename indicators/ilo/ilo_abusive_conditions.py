"""ilo_abusive_conditions."""

import narwhals as nw

from indicators.expressions import among, clip01, greatest, statement_columns
from indicators.registry import Frame, indicator


@indicator(
    title={"en": "Abusive working and living conditions", "fr": "Conditions de travail et de vie abusives"},
    subject="party",
    evidence_class="M",
    group="CONDITIONS",
    heads=("FL",),
    severity=3,
    ilo=(10,),
    authorities=[
        ("ilo_forced_labour_indicators_2012", "indicator 10"), ("ilo_r115", "workers' housing"), ("ilo_c155", "art. 13"),
        ("ilo_hshc_2012", "work and life under duress: degrading living conditions"),
    ],
    four_ps=["prevention", "protection"],
    remedy={
        "en": "Put the dangers right at once, keep wages and housing running meanwhile, agree a housing plan that buyers help to pay for, and return to see.",
        "fr": "Supprimer immédiatement les dangers, maintenir entre-temps salaires et logement, convenir d'un plan logement cofinancé par les acheteurs et revenir constater.",
    },
    ask={
        "en": "What did the last visit to dormitories and workplaces find: space, water, toilets, fire exits, accidents?",
        "fr": "Qu'a constaté la dernière visite des dortoirs et des lieux de travail : espace, eau, toilettes, issues de secours, accidents ?",
    },
    lifecycle="stable",
)
def ilo_abusive_conditions(statement: Frame, *, thresholds) -> Frame:  # type: ignore[no-untyped-def]
    """Work or housing is degrading or dangerous in a way that no worker would freely accept.

    How it is computed: a checklist of housing and safety gives 0 at its best score of 10 and 1 at 2 or less. Imminent danger gives at
    least 0.8. Degrading conditions give 0.8, and 1 where decided or admitted; they are strong evidence.
    Why it is a sign: people who could leave would leave such conditions; it is one of the eleven ILO indicators.
    What it misses: sites and dormitories that visitors are not shown; harm that appears years later.
    Exclusions: poor but ordinary housing is not by itself coercion: a good score lowers nothing else, and a low one is medium evidence.
    """
    is_score, is_degrading = nw.col("question") == "living_conditions_score", nw.col("answer") == "degrading"
    score = nw.when(nw.col("answer_number").is_between(0, thresholds.best_score)).then(nw.col("answer_number"))
    by_score = clip01((thresholds.best_score - score) / thresholds.full_loss)
    graded = among("answer", thresholds.intensity_by_answer)
    by_answer = nw.when(is_degrading).then(greatest([graded, nw.col("uncounted_intensity")])).otherwise(graded)
    rows = statement.filter(is_score | (nw.col("question") == "living_conditions")).with_columns(
        intensity=nw.when(is_score).then(by_score).otherwise(by_answer),
    )
    return rows.select(
        *statement_columns(),
        nw.when((~is_score & is_degrading).fill_null(False)).then(nw.lit("S")).otherwise(nw.lit("M")).alias("evidence_class"),
        nw.when(is_score).then(nw.concat_str([nw.lit("housing and safety checklist:"), score.round(1).cast(nw.String), nw.lit("of 10")], separator=" ")).otherwise(nw.col("answer")).alias("detail"),
    )
