"""dat_missing."""

import narwhals as nw

from indicators.registry import Frame, indicator


@indicator(
    title={"en": "Critical data missing", "fr": "Données essentielles manquantes"},
    subject="party",
    evidence_class="D",
    group="OPACITY",
    heads=("FL", "CL"),
    severity=1,
    ilo=(),
    authorities=[("oecd_rbc_guidance", "step 2"), ("un_ungp", "principle 18")],
    four_ps=["prevention"],
    remedy={
        "en": "Help before you press: send a short questionnaire in the party's language, pay for interviews with workers away from the site, and give a small supplier two cycles before silence counts.",
        "fr": "Aider avant de presser : envoyer un court questionnaire dans la langue de la partie, financer des entretiens avec les travailleurs hors du site et laisser deux cycles à un petit fournisseur avant que le silence ne compte.",
    },
    ask={
        "en": "Which of the unanswered questions can be answered now, and who could ask the workers?",
        "fr": "À quelles questions restées sans réponse peut-on répondre maintenant, et qui pourrait interroger les travailleurs ?",
    },
    lifecycle="stable",
)
def dat_missing(coverage: Frame, *, thresholds) -> Frame:  # type: ignore[no-untyped-def]
    """Critical groups of signs were hardly looked at for the party.

    How it is computed: min(dark groups x 0.2, 0.8) / 0.8 for each score, where a group is dark when less than 0.4 of its weight was observed.
    Why it is a sign: what nobody looks at is not found; silence must not look like a clean answer.
    What it misses: whether the silence is concealment or a lack of means; it is shown as unknown, never as a risk found.
    Exclusions: groups that do not apply to the party are not counted. For parties of whom no data can be asked the gap shows in the
    coverage grade and the interval only.
    """
    increment = (nw.col("dark_group_count") * thresholds.per_dark_group).clip(0.0, thresholds.at_most)
    return coverage.select(
        nw.col("party_id").alias("subject_id"), "head", (increment / thresholds.at_most).alias("intensity"), nw.lit(1.0).alias("reliability"),
        nw.col("newest_on").alias("observed_on"), nw.lit(None).cast(nw.String).alias("event_id"), nw.lit(None).cast(nw.String).alias("evidence"),
        nw.concat_str(nw.lit("critical groups hardly observed: "), nw.col("dark_group_count").cast(nw.String)).alias("detail"),
    )
