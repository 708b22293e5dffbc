"""ctx_rights_enforcement_gap."""

import datetime as dt

import narwhals as nw

from indicators.context._facts import newest
from indicators.expressions import clip01, evidence, weighted_mean
from indicators.registry import Frame, indicator


@indicator(
    title={"en": "Gap in ratification, enforcement and freedom of association", "fr": "Lacunes de ratification, d'application et de liberté syndicale"},
    subject="party",
    evidence_class="C",
    group="CTX_COUNTRY",
    heads=("FL", "CL"),
    severity=1,
    ilo=(),
    authorities=[
        ("ilo_c029", "art. 25"), ("ilo_p029", "art. 1 and 4"), ("ilo_c105", "art. 2"), ("ilo_c138", "art. 9"), ("ilo_c182", "art. 5 to 7"),
        ("ilo_c087", "art. 2 and 11"), ("ilo_c098", "art. 1 and 3"), ("ilo_c081", "art. 10"), ("ituc_global_rights_index", "ratings"),
    ],
    four_ps=["prevention", "prosecution", "partnership"],
    remedy={
        "en": "Make up for what the state does not do: protect workers who organise, agree access for unions and labour inspectors, set up a grievance channel that workers trust, and support social dialogue with other buyers.",
        "fr": "Compenser ce que l'État ne fait pas : protéger les travailleurs qui s'organisent, convenir de l'accès des syndicats et de l'inspection du travail, mettre en place une voie de plainte à laquelle les travailleurs font confiance et soutenir le dialogue social avec d'autres acheteurs.",
    },
    ask={
        "en": "When did the labour inspectorate last come to the site, and is there a union or a collective agreement?",
        "fr": "Quand l'inspection du travail est-elle venue pour la dernière fois sur le site, et existe-t-il un syndicat ou une convention collective ?",
    },
    lifecycle="stable",
)
def ctx_rights_enforcement_gap(party: Frame, country_fact: Frame, *, as_of: dt.date, thresholds) -> Frame:  # type: ignore[no-untyped-def]
    """Key conventions are not ratified, inspectors are too few, the law has gaps, or workers cannot organise.

    How it is computed: 0.25 x share of the five key conventions (C29, P29, C105, C138, C182) not in force + 0.35 x gap of inspectors to
    the ILO benchmark + 0.15 x legal gap (share of three child-labour standards not met) + 0.25 x (rating of workers' rights - 1) / 4;
    an unknown component gives its weight to the others.
    Why it is a sign: where nobody inspects and nobody may organise, abuse stays hidden and without remedy.
    What it misses: practice; some states keep good practice without ratifying, and others ratify without practice.
    Exclusions: regional facts; a ratification after the date of scoring; a convention denounced by then counts as not in force; a
    country with none of the components, and a party without a country, are unknown.
    """
    names = [*thresholds.conventions, *thresholds.legal_standards, "labour_inspectors", "labour_inspectors_needed", "ituc_rating"]
    in_force = (nw.col("value") > 0) & (nw.col("value") <= as_of.year) & (nw.col("ended_on").is_null() | (nw.col("ended_on") > as_of))
    is_known = ~nw.col("value").is_null()
    facts = newest(country_fact, as_of).filter(nw.col("fact").is_in(names) & is_known).with_columns(
        not_in_force=nw.when(nw.col("fact").is_in(thresholds.conventions)).then(nw.when(in_force).then(nw.lit(0.0)).otherwise(nw.lit(1.0))),
        legal=nw.when(nw.col("fact").is_in(thresholds.legal_standards)).then(clip01(1.0 - nw.col("value"))),
        **{f"value_{name}": nw.when(nw.col("fact") == name).then(nw.col("value")) for name in names[-3:]},
        **{f"row_{name}": nw.when(nw.col("fact") == name).then(nw.col("row_id")) for name in names},
    )
    grouped = facts.group_by("country").agg(
        nw.col("not_in_force", "legal").mean(), nw.col(*[f"value_{name}" for name in names[-3:]], *[f"row_{name}" for name in names]).max()
    )
    needed = nw.col("value_labour_inspectors_needed")
    rated = grouped.with_columns(
        inspectors=nw.when(needed > 0).then(clip01(1.0 - nw.col("value_labour_inspectors") / needed)),
        association=clip01((nw.col("value_ituc_rating") - thresholds.best_rating) / (thresholds.worst_rating - thresholds.best_rating)),
    )
    words = {"not_in_force": "conventions", "inspectors": "inspectors", "legal": "law", "association": "freedom of association"}
    known = [nw.when(~nw.col(column).is_null()).then(nw.lit(word)) for column, word in words.items()]
    return party.select("party_id", "country").join(rated, on="country", how="left").select(
        nw.col("party_id").alias("subject_id"), weighted_mean(thresholds.weights).alias("intensity"), nw.lit(1.0).alias("reliability"),
        nw.lit(None).cast(nw.Date).alias("observed_on"), nw.lit(None).cast(nw.String).alias("event_id"),
        evidence(*[f"row_{name}" for name in names]).alias("evidence"),
        nw.concat_str(known, separator=", ", ignore_nulls=True).alias("detail"),
    )
