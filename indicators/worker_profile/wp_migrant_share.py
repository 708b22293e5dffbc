"""wp_migrant_share."""

import narwhals as nw

from indicators.expressions import either_reliability, evidence, ramp
from indicators.registry import Frame, indicator


@indicator(
    title={"en": "Share of migrant workers", "fr": "Part des travailleurs migrants"},
    subject="party",
    evidence_class="C",
    group="PROFILE",
    heads=("FL", "CL"),
    severity=1,
    ilo=(1,),
    authorities=[("ilo_p029", "art. 2(d)"), ("ilo_c143", "art. 1")],
    four_ps=["prevention", "protection"],
    remedy={
        "en": "Protect more, never hire fewer migrants: contracts and channels for complaints in the workers' languages, papers in their own hands, free recruitment.",
        "fr": "Protéger davantage, ne jamais embaucher moins de migrants : contrats et voies de plainte dans les langues des travailleurs, papiers entre leurs mains, recrutement gratuit.",
    },
    ask={
        "en": "How many workers are there, and how many of them migrated for this job without permanent residence?",
        "fr": "Combien y a-t-il de travailleurs, et combien ont migré pour cet emploi sans titre de séjour permanent ?",
    },
    lifecycle="stable",
)
def wp_migrant_share(workforce: Frame, *, thresholds) -> Frame:  # type: ignore[no-untyped-def]
    """A share of the workers migrated for this job and holds no permanent residence: a need for protection, not a fault.

    How it is computed: share = migrants / workers; intensity = (share - 5 %) / 55 points, within 0 and 1. The count of the whole
    workforce is used; where a source gives only groups by origin, they are added up if each has both counts.
    Why it is a sign: migrants depend more on the employer for job, status and housing, and forced labour is found more often among them.
    What it misses: workers hired through third parties and left out of the headcount; it says nothing of how they are treated.
    Exclusions: counts under 10 are kept as unknown; nobody's nationality or origin is looked at.
    """
    counted = workforce.filter(~(nw.col("worker_count").is_null() & nw.col("migrant_count").is_null()))
    observation = ["party_id", "observed_on", "source_type", "reliability_adverse", "reliability_favourable"]
    is_whole = nw.col("origin_country").is_null()
    whole = counted.filter(is_whole).select(*observation, "worker_count", "migrant_count", nw.col("row_id").alias("first_row"), nw.col("row_id").alias("last_row"))
    is_known = ~nw.col("worker_count").is_null() & ~nw.col("migrant_count").is_null()
    groups = counted.filter(~is_whole).join(whole.select("party_id", "observed_on", "source_type").unique(), on=["party_id", "observed_on", "source_type"], how="anti")
    groups = groups.with_columns(all_known=is_known.all().over("party_id", "observed_on", "source_type"))
    summed = groups.with_columns(
        worker_count=nw.when(nw.col("all_known")).then(nw.col("worker_count")), migrant_count=nw.when(nw.col("all_known")).then(nw.col("migrant_count")),
    ).group_by(observation).agg(
        nw.col("worker_count").sum().cast(nw.Int64), nw.col("migrant_count").sum().cast(nw.Int64), nw.col("row_id").min().alias("first_row"), nw.col("row_id").max().alias("last_row"),
    )
    rows = nw.concat([whole, summed], how="vertical").with_columns(
        share=nw.when(nw.col("worker_count") > 0).then((nw.col("migrant_count") / nw.col("worker_count")).clip(0.0, 1.0)),
        other_row=nw.when(nw.col("last_row") != nw.col("first_row")).then(nw.col("last_row")),
    ).with_columns(intensity=ramp(nw.col("share"), thresholds.share_none, thresholds.share_full))
    return rows.select(
        nw.col("party_id").alias("subject_id"), "intensity", either_reliability().alias("reliability"), "observed_on",
        nw.lit(None, dtype=nw.String).alias("event_id"), evidence("first_row", "other_row").alias("evidence"), "source_type",
        nw.when(~nw.col("share").is_null()).then(nw.col("migrant_count")).alias("affected_count"), nw.col("share").alias("affected_share"),
    )
