"""dat_stale."""

import narwhals as nw

from indicators.registry import Frame, indicator


@indicator(
    title={"en": "Evidence out of date", "fr": "Éléments périmés"},
    subject="party",
    evidence_class="D",
    group="OPACITY",
    heads=("FL", "CL"),
    severity=1,
    ilo=(),
    authorities=[("oecd_rbc_guidance", "step 4"), ("un_ungp", "principle 20")],
    four_ps=["prevention"],
    remedy={
        "en": "Refresh the oldest answers first, with the workers rather than with forms; set a calendar by group, so that no visit is paid twice.",
        "fr": "Actualiser d'abord les réponses les plus anciennes, avec les travailleurs plutôt qu'avec des formulaires ; fixer un calendrier par groupe, pour ne pas payer deux fois la même visite.",
    },
    ask={
        "en": "When were workers last asked about each topic, and is a newer survey or visit planned?",
        "fr": "Quand les travailleurs ont-ils été interrogés pour la dernière fois sur chaque sujet, et une nouvelle enquête ou visite est-elle prévue ?",
    },
    lifecycle="stable",
)
def dat_stale(coverage: Frame) -> Frame:
    """The newest evidence on observed groups of signs is older than its half-life.

    How it is computed: for each score, groups whose newest evidence is older than its half-life / groups with any observation.
    Why it is a sign: conditions change with orders, agencies and managers; an old clean answer loses its worth, an old adverse one does not.
    What it misses: which single answer is out of date, and changes that a fresh answer would show.
    Exclusions: groups nobody observed are missing, not stale; a party with no observation at all is unknown here.
    """
    share = nw.col("stale_group_count") / nw.when(nw.col("lit_group_count") > 0).then(nw.col("lit_group_count"))
    return coverage.select(
        nw.col("party_id").alias("subject_id"), "head", share.clip(0.0, 1.0).alias("intensity"), nw.lit(1.0).alias("reliability"),
        nw.col("newest_on").alias("observed_on"), nw.lit(None).cast(nw.String).alias("event_id"), nw.lit(None).cast(nw.String).alias("evidence"),
        nw.concat_str(
            nw.lit("groups with out-of-date evidence: "), nw.col("stale_group_count").cast(nw.String), nw.lit(" of "), nw.col("lit_group_count").cast(nw.String)
        ).alias("detail"),
    )
