"""rec_agency_shared."""

import narwhals as nw

from indicators.registry import Frame, indicator


@indicator(
    title={"en": "Recruitment agency with findings at another client", "fr": "Agence de recrutement visée par des constats chez un autre client"},
    subject="party",
    evidence_class="W",
    group="AGENCY",
    heads=("FL",),
    severity=1,
    ilo=(1, 2),
    authorities=[("ilo_c181", "art. 8"), ("unodc_ctoc_cop_res_10_3", "para. 13(j)")],
    four_ps=["prevention", "partnership"],
    remedy={
        "en": "Ask the workers who came through this agency what they paid, off site and in their language; do not send anyone home.",
        "fr": "Demander aux travailleurs venus par cette agence ce qu'ils ont payé, hors du site et dans leur langue ; ne renvoyer personne.",
    },
    ask={
        "en": "What did the workers pay who were recruited through the agencies that you share with other employers?",
        "fr": "Qu'ont payé les travailleurs recrutés par les agences que vous partagez avec d'autres employeurs ?",
    },
    lifecycle="stable",
)
def rec_agency_shared(recruitment_link: Frame, recruitment_payment: Frame, finding: Frame, *, thresholds) -> Frame:  # type: ignore[no-untyped-def]
    """An agency used here has recruited for another employer at which fees or deceptive terms were found.

    How it is computed: the weak intensity of the threshold, times the share of this party's workers who came through the agency, where a
    sign about recruitment cost, debt or deception stands at another client with intensity x reliability of a half or more.
    Why it is a sign: an agency that takes fees in one corridor tends to take them from the next cohort too.
    What it misses: agencies that no client has looked into.
    Exclusions: signs at the party itself, which its own indicators read; agencies that are not named; where the other client's payments
    name the agencies through which workers paid, its agencies through which nobody is known to have paid.
    """
    named = recruitment_link.filter(~nw.col("agency_id").is_null())
    client = named.select("agency_id", nw.col("party_id").alias("other_id")).unique()
    grave = (
        finding.filter(
            (nw.col("intensity") * nw.col("reliability") >= thresholds.from_strength)
            & nw.col("indicator").is_in(thresholds.indicators)
            & (nw.col("state") != "pending_match")
        )
        .group_by("party_id")
        .agg(nw.col("observed_on").max().alias("seen_on"))
    )
    paid = recruitment_payment.filter((nw.col("payer") == "worker") & (nw.col("amount") > 0) & ~nw.col("agency_id").is_null())
    through = paid.select("agency_id", nw.col("party_id").alias("other_id")).unique()
    unnamed = client.join(through.select("other_id").unique(), on="other_id", how="anti")
    client = nw.concat([unnamed, client.join(through, on=["agency_id", "other_id"], how="inner")])
    tainted = client.join(grave.rename({"party_id": "other_id"}), on="other_id", how="inner")
    met = named.join(tainted, on="agency_id", how="inner").filter(nw.col("party_id") != nw.col("other_id"))
    share = (
        nw.when(nw.col("worker_share").is_null())
        .then(nw.lit(1.0))
        .otherwise((nw.col("worker_share") / thresholds.full_share).clip(0.0, 1.0))
    )
    return met.select(
        nw.col("party_id").alias("subject_id"),
        (share * thresholds.intensity).alias("intensity"),
        nw.lit(1.0).alias("reliability"),
        nw.col("seen_on").alias("observed_on"),
        nw.concat_str([nw.lit("agency:"), nw.col("agency_id")]).alias("event_id"),
        nw.col("row_id").cast(nw.String).alias("evidence"),
        nw.concat_str([nw.lit("agency "), nw.col("agency_id")]).alias("detail"),
    )
