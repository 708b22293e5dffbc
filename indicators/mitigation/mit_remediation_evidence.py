"""mit_remediation_evidence."""

import datetime as dt

import narwhals as nw

from indicators.expressions import among, evidence, months_before
from indicators.registry import Frame, indicator


@indicator(
    title={"en": "Remedy of a finding", "fr": "Réparation d'un constat"},
    subject="party",
    evidence_class="REMEDY",
    group="REMEDY",
    heads=("FL", "CL"),
    severity=1,
    ilo=(),
    authorities=[("un_ungp", "principles 22 and 29"), ("ilo_p029", "art. 4(1)")],
    four_ps=["protection", "partnership"],
    remedy={
        "en": "Keep monitoring with the workers concerned; if the abuse comes back, start again with them, before any thought of leaving.",
        "fr": "Poursuivre le suivi avec les travailleurs concernés ; si l'abus réapparaît, recommencer avec eux, avant toute idée de départ.",
    },
    ask={
        "en": "How far has the remedy come, and have the workers concerned confirmed it?",
        "fr": "Où en est la réparation, et les travailleurs concernés l'ont-ils confirmée ?",
    },
    lifecycle="stable",
)
def mit_remediation_evidence(mitigation: Frame, *, as_of: dt.date, thresholds) -> Frame:  # type: ignore[no-untyped-def]
    """The remedy of a specific finding has come some way: agreed, delivered, confirmed by workers, monitored; or the abuse came back.

    How it is computed: the newest state per finding gives what its evidence is multiplied by: open or agreed 1, delivered 0.7, confirmed by
    workers 0.35, monitored for 12 months (or confirmed more than 12 months ago) 0.15, recurred 1. On the same day the worse state counts.
    Why it is a sign: workers who confirm that the harm ended are the best evidence that it did; staying to remedy must be worth it.
    What it misses: remedy that workers confirmed under pressure.
    Exclusions: lapsed statements and statements that name no finding. Confirmation that rests on the party's own word alone, without the
    workers, counts as delivered.
    """
    stated = mitigation.filter((nw.col("measure") == "remediation") & ~nw.col("indicator").is_null())
    each = ("party_id", "indicator")
    newest = stated.filter(nw.col("measured_on") == nw.col("measured_on").max().over(*each))
    valid = newest.filter(nw.col("valid_to").is_null() | (nw.col("valid_to") >= as_of))
    needs_workers = nw.col("state").is_in(["worker_verified", "monitored"])
    is_own_word = nw.col("is_self_reported").fill_null(False) & ~nw.col("is_worker_confirmed").fill_null(False)
    is_old = nw.col("measured_on") < months_before(as_of, thresholds.monitored_after_months)
    reached = nw.when(needs_workers & is_own_word).then(nw.lit("delivered")).when((nw.col("state") == "worker_verified") & is_old).then(nw.lit("monitored"))
    rows = valid.with_columns(state=reached.otherwise(nw.col("state"))).with_columns(intensity=among("state", thresholds.multiplier))
    worst = nw.col("intensity").fill_null(2.0)
    for order in (worst, nw.col("row_id")):
        rows = rows.filter(order == order.max().over(*each))
    return rows.select(
        nw.col("party_id").alias("subject_id"), "intensity", nw.lit(1.0).alias("reliability"), nw.col("measured_on").alias("observed_on"),
        nw.lit(None, dtype=nw.String).alias("event_id"), evidence("row_id").alias("evidence"), "source_type", "state",
        nw.col("indicator").alias("detail"),
    )
