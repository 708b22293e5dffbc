"""cl_underage_confirmed."""

import narwhals as nw

from indicators.expressions import among, statement_columns
from indicators.registry import Frame, indicator


@indicator(
    title={"en": "Workers below the minimum age", "fr": "Travailleurs n'ayant pas l'âge minimum"},
    subject="party",
    evidence_class="S",
    group="CHILD",
    heads=("CL",),
    severity=3,
    ilo=(1,),
    authorities=[("ilo_c138", "arts 2 and 7"), ("ilo_c182", "art. 3(d)")],
    four_ps=["prevention", "protection"],
    remedy={
        "en": "No summary dismissal: take the child out of harm, keep the family's income (hire an adult relative, pay a stipend), arrange school with a child-protection partner, and follow up until the minimum age.",
        "fr": "Pas de renvoi expéditif : soustraire l'enfant au danger, maintenir le revenu de la famille (embauche d'un parent adulte, allocation), organiser la scolarité avec un partenaire de protection de l'enfance et suivre jusqu'à l'âge minimum.",
    },
    ask={
        "en": "Do persons below the minimum age work here, and how was this established?",
        "fr": "Des personnes n'ayant pas l'âge minimum travaillent-elles ici, et comment cela a-t-il été établi ?",
    },
    lifecycle="stable",
)
def cl_underage_confirmed(statement: Frame, *, thresholds) -> Frame:  # type: ignore[no-untyped-def]
    """A person below the applicable minimum age works here, outside permitted light work.

    How it is computed: a confirmed case gives intensity 1, however few the children; a suspicion with inadequate documents, or a case
    that the press alleges and nobody has corroborated, gives 0.5; no case found gives 0. Hazardous work has severity 4; it fires the
    override for hazardous child labour once corroborated, admitted or decided, never on one allegation.
    Why it is a sign: work below the minimum age is child labour by definition; one child is enough.
    What it misses: children hidden during visits, false documents, homework and subcontracted work. Age assessments err.
    Exclusions: help on the family farm within light-work limits, which the source should not code as a case; counts under 10 are not shown.
    """
    answered = statement.filter(nw.col("question") == "child_workers")
    is_shown = nw.col("workers_affirmed") >= thresholds.smallest_count
    is_alleged = nw.col("evidence_status") == "alleged"
    base = among("answer", thresholds.intensity_by_answer)
    is_hearsay = (is_alleged & nw.col("source_type").is_in(thresholds.only_report) & (base > thresholds.alleged)).fill_null(False)
    rows = answered.with_columns(
        intensity=nw.when(is_hearsay).then(nw.lit(thresholds.alleged)).otherwise(base),
        is_hearsay=is_hearsay,
        is_established=(~is_alleged | nw.col("source_type").is_in(thresholds.establish)).fill_null(False),
        workers_affirmed=nw.when(is_shown).then(nw.col("workers_affirmed")),
        affirmed_share=nw.when(is_shown).then(nw.col("affirmed_share")),
    )
    is_hazardous = nw.col("answer") == "confirmed_hazardous"
    return rows.select(
        *statement_columns(),
        nw.when(is_hazardous).then(nw.lit(4)).otherwise(nw.lit(3)).alias("severity"),
        nw.when(is_hazardous & nw.col("is_established")).then(nw.lit("CHILD_HAZ")).alias("override"),
        nw.when(nw.col("is_hearsay")).then(nw.lit("alleged by one source, not confirmed")).otherwise(nw.col("answer")).alias("detail"),
    )
