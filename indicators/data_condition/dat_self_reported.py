"""dat_self_reported."""

import narwhals as nw

from indicators.registry import Frame, indicator


@indicator(
    title={"en": "Only self-reported", "fr": "Uniquement auto-déclaré"},
    subject="party",
    evidence_class="D",
    group="OPACITY",
    heads=("FL", "CL"),
    severity=1,
    ilo=(),
    authorities=[("oecd_rbc_guidance", "step 4"), ("un_ungp", "principles 18 and 20")],
    four_ps=["prevention"],
    remedy={
        "en": "Verify with those concerned: off-site interviews or a union, at the buyer's cost. A party that discloses a problem of its own accord is thanked and helped, not punished.",
        "fr": "Vérifier auprès des intéressés : entretiens hors du site ou syndicat, aux frais de l'acheteur. Une partie qui révèle d'elle-même un problème est remerciée et aidée, non punie.",
    },
    ask={
        "en": "Who besides the management can confirm the answers, and may workers be interviewed off site?",
        "fr": "Qui, en dehors de la direction, peut confirmer les réponses, et les travailleurs peuvent-ils être interrogés hors du site ?",
    },
    lifecycle="stable",
)
def dat_self_reported(coverage: Frame) -> Frame:
    """Observed groups of signs rest on the party's own words alone.

    How it is computed: for each score, groups answered only by the party itself / groups with any observation.
    Why it is a sign: those who are asked about themselves say little against themselves; what they admit, by contrast, is credible.
    What it misses: audits arranged by the party that repeat its words, and workers who were coached.
    Exclusions: a group with one independent answer does not count, whatever it says; a party with no observation at all is unknown here.
    """
    share = nw.col("self_reported_group_count") / nw.when(nw.col("lit_group_count") > 0).then(nw.col("lit_group_count"))
    return coverage.select(
        nw.col("party_id").alias("subject_id"), "head", share.clip(0.0, 1.0).alias("intensity"), nw.lit(1.0).alias("reliability"),
        nw.col("newest_on").alias("observed_on"), nw.lit(None).cast(nw.String).alias("event_id"), nw.lit(None).cast(nw.String).alias("evidence"),
        nw.concat_str(
            nw.lit("groups in the party's own words alone: "), nw.col("self_reported_group_count").cast(nw.String), nw.lit(" of "), nw.col("lit_group_count").cast(nw.String)
        ).alias("detail"),
    )
