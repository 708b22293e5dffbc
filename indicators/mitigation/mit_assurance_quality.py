"""mit_assurance_quality."""

import datetime as dt

import narwhals as nw

from indicators.expressions import among, evidence
from indicators.registry import Frame, indicator


@indicator(
    title={"en": "Quality and age of audits", "fr": "Qualité et ancienneté des audits"},
    subject="party",
    evidence_class="G",
    group="MITIGATION",
    heads=("FL", "CL"),
    severity=1,
    ilo=(),
    authorities=[("un_ungp", "principle 20"), ("oecd_rbc_guidance", "step 4")],
    four_ps=["prevention", "partnership"],
    remedy={
        "en": "Replace announced audits by monitoring that workers lead and trust, with recruitment in scope; close the major findings that are open.",
        "fr": "Remplacer les audits annoncés par un suivi mené par les travailleurs et digne de leur confiance, recrutement compris ; clore les écarts majeurs ouverts.",
    },
    ask={
        "en": "May we read the full report of the last audit: announced or not, recruitment in scope or not, major findings still open?",
        "fr": "Pouvons-nous lire le rapport complet du dernier audit : annoncé ou non, recrutement inclus ou non, écarts majeurs encore ouverts ?",
    },
    lifecycle="stable",
    maximum_credit=0.30,
)
def mit_assurance_quality(mitigation: Frame, party: Frame, *, as_of: dt.date, thresholds) -> Frame:  # type: ignore[no-untyped-def]
    """The party is audited or monitored in a way that could find the risk, recently, and closes what is found.

    How it is computed: kind (announced 0.2, semi-announced 0.35, unannounced 0.5, led by workers 0.8) x scope (1 with recruitment, 0.5
    without or unsaid) x 0.5 per 18 months of age x share of major findings closed. The newest statement counts.
    Why it is a sign: monitoring that workers trust finds and ends abuse; other audits do so less, and less the older they are.
    What it misses: audits often miss forced labour. The credit is small and never lowers a score that rests on evidence.
    Exclusions: regions where workers cannot speak freely earn nothing; lapsed statements; a certificate without the report, which leaves
    open how many major findings remain, is unknown.
    """
    newest = mitigation.filter(nw.col("measure") == "assurance")
    newest = newest.filter(nw.col("measured_on") == nw.col("measured_on").max().over("party_id"))
    valid = newest.filter(nw.col("valid_to").is_null() | (nw.col("valid_to") >= as_of))
    rows = valid.join(party.select("party_id", "country", "subdivision"), on="party_id", how="left")
    day = nw.col("measured_on").dt
    age = (as_of.year - day.year()) * 12 + (as_of.month - day.month()) + (as_of.day - day.day()) / thresholds.days_per_month
    decay = 0.5 ** (age / thresholds.half_life_months)
    scope = nw.when(nw.col("covers_recruitment").fill_null(False)).then(nw.lit(1.0)).otherwise(nw.lit(thresholds.without_recruitment))
    quality = among("element", thresholds.kind) * scope * decay * (1 - nw.col("open_major_share"))
    is_unsafe = nw.col("country").is_in(thresholds.unsafe_countries).fill_null(False) | nw.col("subdivision").is_in(thresholds.unsafe_regions).fill_null(False)
    return rows.select(
        nw.col("party_id").alias("subject_id"), nw.when(is_unsafe).then(nw.lit(0.0)).otherwise(quality).alias("intensity"),
        nw.lit(1.0).alias("reliability"), nw.col("measured_on").alias("observed_on"), nw.lit(None, dtype=nw.String).alias("event_id"),
        evidence("row_id").alias("evidence"), "source_type",
        nw.when(is_unsafe).then(nw.lit("no credible audit possible in this region")).otherwise(nw.col("element")).alias("detail"),
    )
