"""ctx_country_prior."""

import datetime as dt
import math

import narwhals as nw

from indicators.context._facts import national, newest
from indicators.expressions import among, clip01, evidence, weighted_mean
from indicators.registry import Frame, indicator

TIED = ("tied_visa_employer", "tied_visa_consent", "tied_visa_exit")


def _tiers(country_fact: Frame, as_of: dt.date, thresholds) -> Frame:  # type: ignore[no-untyped-def]
    """Mean over the two newest editions in which the tier of the country is known."""
    special = nw.col("text") == thresholds.special_case_text
    tier = nw.when(special.fill_null(False)).then(nw.lit(thresholds.special_case)).otherwise(among("value", thresholds.tier))
    rows = national(country_fact, as_of).filter(nw.col("fact") == "tip_tier").with_columns(T=tier).filter(~nw.col("T").is_null())
    editions = rows.group_by("country", "edition").agg(nw.col("T").max(), nw.col("row_id").max())
    last = editions.with_columns(place=nw.col("edition").rank("dense", descending=True).over("country")).filter(nw.col("place") <= thresholds.editions)
    return last.group_by("country").agg(nw.col("T").mean(), nw.col("row_id").max().alias("row_T"), nw.col("row_id").min().alias("row_T2"))


@indicator(
    title={"en": "Structural risk of the country", "fr": "Risque structurel du pays"},
    subject="party",
    evidence_class="C",
    group="CTX_COUNTRY",
    heads=("FL", "CL"),
    severity=1,
    ilo=(),
    authorities=[("us_tip_report", "tiers"), ("walk_free_gsi_2023", "prevalence and vulnerability"), ("un_trafficking_protocol", "art. 9"), ("ilo_p029", "art. 2")],
    four_ps=["prevention", "partnership"],
    remedy={
        "en": "Stay and engage: with the supplier on recruitment and grievance channels, with others on the law and its enforcement. A country is never by itself a reason to leave.",
        "fr": "Rester et agir : avec le fournisseur sur le recrutement et les voies de plainte, avec d'autres sur la loi et son application. Un pays n'est jamais à lui seul une raison de partir.",
    },
    ask={
        "en": "In which country does the party operate, and which workers there hold a visa tied to their employer?",
        "fr": "Dans quel pays la partie opère-t-elle, et quels travailleurs y ont un visa lié à leur employeur ?",
    },
    lifecycle="stable",
)
def ctx_country_prior(party: Frame, country_fact: Frame, *, as_of: dt.date, thresholds) -> Frame:  # type: ignore[no-untyped-def]
    """The country of the party has weak protection against trafficking, high prevalence or vulnerability, or ties migrants to employers.

    How it is computed: 0.35 x tier of the trafficking report (mean of its two newest editions) + 0.25 x prevalence on a log scale
    + 0.20 x vulnerability + 0.20 x visa ties (mean of three); an unknown component gives its weight to the others.
    Why it is a sign: structure, not the single firm, explains most of the difference between countries.
    What it misses: differences inside a country; the tiers are a political instrument, and prevalence is modelled. Numbers of detected
    cases are left out on purpose, since countries that look find more.
    Exclusions: regional facts; countries without any of the four components, and parties without a country, are unknown.
    """
    facts = newest(country_fact, as_of).filter(nw.col("fact").is_in(["gsi_prevalence", "vulnerability", *TIED]))
    prevalence = clip01((nw.col("value") + 1.0).log() / math.log(1 + thresholds.prevalence_full_at))
    is_tied = nw.col("fact").is_in(TIED)
    facts = facts.with_columns(
        P=nw.when(nw.col("fact") == "gsi_prevalence").then(prevalence), V=nw.when(nw.col("fact") == "vulnerability").then(clip01(nw.col("value"))),
        K=nw.when(is_tied).then(clip01(nw.col("value"))),
        **{f"row_{name}": nw.when(nw.col("fact") == name).then(nw.col("row_id")) for name in ("gsi_prevalence", "vulnerability", *TIED)},
    )
    rows = ["row_gsi_prevalence", "row_vulnerability", *[f"row_{name}" for name in TIED]]
    others = facts.group_by("country").agg(nw.col("P", "V", "K").mean(), nw.col(*rows).max())
    joined = party.select("party_id", "country").join(_tiers(country_fact, as_of, thresholds), on="country", how="left").join(
        others, on="country", how="left"
    ).with_columns(row_T2=nw.when(nw.col("row_T2") != nw.col("row_T")).then(nw.col("row_T2")))
    names = {"T": "trafficking report tier", "P": "prevalence", "V": "vulnerability", "K": "visa ties"}
    known = [nw.when(~nw.col(column).is_null()).then(nw.lit(name)) for column, name in names.items()]
    return joined.select(
        nw.col("party_id").alias("subject_id"), weighted_mean(thresholds.weights).alias("intensity"), nw.lit(1.0).alias("reliability"),
        nw.lit(None).cast(nw.Date).alias("observed_on"), nw.lit(None).cast(nw.String).alias("event_id"),
        evidence("row_T", "row_T2", *rows).alias("evidence"), nw.concat_str(known, separator=", ", ignore_nulls=True).alias("detail"),
    )
