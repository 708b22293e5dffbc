"""mit_employer_pays."""

import datetime as dt

import narwhals as nw

from indicators.expressions import among, clip01, evidence, months_before
from indicators.registry import Frame, indicator


@indicator(
    title={"en": "Employer pays the cost of recruitment", "fr": "Le recrutement est payé par l'employeur"},
    subject="party",
    evidence_class="G",
    group="MITIGATION",
    heads=("FL",),
    severity=1,
    ilo=(9,),
    authorities=[("ilo_fair_recruitment_2019", "general principle 7"), ("ilo_c181", "art. 7(1)"), ("dhaka_principles_2012", "principle 1")],
    four_ps=["prevention", "partnership"],
    remedy={
        "en": "Complete the missing element: the policy, the clause in agency contracts, the budget that pays for it, and the confirmation by workers that nobody paid.",
        "fr": "Compléter l'élément manquant : la politique, la clause dans les contrats d'agence, le budget qui la finance et la confirmation par les travailleurs que personne n'a payé.",
    },
    ask={
        "en": "Who pays the cost of recruitment under your agency contracts, from which budget, and have workers confirmed it in the last 12 months?",
        "fr": "Qui paie le recrutement selon vos contrats d'agence, sur quel budget, et les travailleurs l'ont-ils confirmé au cours des 12 derniers mois ?",
    },
    lifecycle="stable",
    maximum_credit=0.45,
)
def mit_employer_pays(mitigation: Frame, *, as_of: dt.date, thresholds) -> Frame:  # type: ignore[no-untyped-def]
    """The employer bears the cost of recruitment: policy, contract clause, budget, and workers who confirm that nobody paid.

    How it is computed: 0.2 for the policy, 0.2 for the clause in agency contracts, 0.2 for budget or invoices, each as far as in place, and
    0.4 x share of workers who confirmed it. The newest statement of each element counts. What is not stated earns nothing.
    Why it is a sign: where the employer demonstrably pays, the debt that ties workers does not arise.
    What it misses: side payments to sub-agents that workers do not report, and cohorts recruited before the policy.
    Exclusions: lapsed statements; verification that did not come from workers, or is more than 12 months old.
    """
    stated = mitigation.filter((nw.col("measure") == "employer_pays") & nw.col("element").is_in(list(thresholds.weights)))
    is_from_workers = nw.col("is_worker_sourced").fill_null(False) | nw.col("is_worker_confirmed").fill_null(False)
    is_recent = nw.col("measured_on") >= months_before(as_of, thresholds.verified_within_months)
    counted = stated.filter((nw.col("element") != "verified") | (is_from_workers & is_recent))
    newest = counted.filter(nw.col("measured_on") == nw.col("measured_on").max().over("party_id", "element"))
    valid = newest.filter(nw.col("valid_to").is_null() | (nw.col("valid_to") >= as_of))
    elements = valid.with_columns(part=nw.col("value") * among("element", thresholds.weights)).group_by("party_id", "element").agg(
        nw.col("part").min(), nw.col("row_id").max(), nw.col("measured_on").max(),
    )
    names = list(thresholds.weights)
    rows = elements.with_columns(*[nw.when(nw.col("element") == name).then(nw.col("row_id")).alias(name) for name in names]).group_by("party_id").agg(
        nw.col("part").sum(), nw.col("part").count().alias("known"), nw.col("measured_on").max(), *[nw.col(name).max() for name in names],
    )
    return rows.select(
        nw.col("party_id").alias("subject_id"), nw.when(nw.col("known") > 0).then(clip01(nw.col("part"))).alias("intensity"),
        nw.lit(1.0).alias("reliability"), nw.col("measured_on").alias("observed_on"), nw.lit(None, dtype=nw.String).alias("event_id"),
        evidence(*names).alias("evidence"),
    )
