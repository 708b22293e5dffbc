"""cl_age_school_gap."""

import datetime as dt

import narwhals as nw

from indicators.expressions import among, disclosed_state, either_reliability, evidence, ramp
from indicators.registry import Frame, indicator

FACTS = ("school_attendance", "birth_registration", "compulsory_age", "min_age_work")


@indicator(
    title={"en": "Weak age checks and school gap", "fr": "Contrôle de l'âge insuffisant et lacunes de scolarisation"},
    subject="party",
    evidence_class="W",
    group="CTX_CHILD",
    heads=("CL",),
    severity=1,
    ilo=(1,),
    authorities=[("ilo_c138", "arts 2(3) and 9(3)")],
    four_ps=["prevention"],
    remedy={
        "en": "Check age from documents at hiring, with a fair way for those who have none; support birth registration and schooling. No child is dismissed for lack of papers.",
        "fr": "Vérifier l'âge sur documents à l'embauche, avec une voie équitable pour ceux qui n'en ont pas ; soutenir l'enregistrement des naissances et la scolarité. Aucun enfant n'est renvoyé faute de papiers.",
    },
    ask={
        "en": "How is age verified at hiring, and which documents are kept on file?",
        "fr": "Comment l'âge est-il vérifié à l'embauche, et quels documents sont conservés ?",
    },
    lifecycle="stable",
)
def cl_age_school_gap(party: Frame, country_fact: Frame, statement: Frame, *, as_of: dt.date, thresholds) -> Frame:  # type: ignore[no-untyped-def]
    """Age is not checked from documents at hiring, or the country leaves children outside school and registers.

    How it is computed: country part = 0.5 x (95 % - school attendance) / 45 points + 0.3 x (90 % - birth registration) / 60 points
    + 0.2 if school is compulsory to an age below the minimum age for work, each part within 0 and 1; unknown parts are left out and the
    others weigh more; times 0.6. Site part = 0.7 if no documents are checked. The greater of the two holds.
    Why it is a sign: children who are not in school, or whose age nobody can prove, are the ones whose work stays unseen.
    What it misses: forged papers, and how schooling differs inside a country; a national figure says little of one formal factory.
    Exclusions: facts marked unsure or ended, and older editions; a country without any of the facts is unknown.
    """
    weights, scale = thresholds.weights, thresholds.scale
    usable = nw.col("certainty").is_in(thresholds.certainties_used) & nw.col("subdivision").is_null() & ~nw.col("value").is_null()
    facts = country_fact.filter(nw.col("fact").is_in(FACTS) & usable & (nw.col("ended_on").is_null() | (nw.col("ended_on") > as_of)))
    for order in ("published_on", "edition", "row_id"):
        facts = facts.filter(nw.col(order) == nw.col(order).max().over("country", "fact"))
    facts = facts.with_columns(*[nw.when(nw.col("fact") == fact).then(nw.col("value")).alias(fact) for fact in FACTS])
    facts = facts.with_columns(*[nw.when(nw.col("fact") == fact).then(nw.col("row_id")).alias(f"{fact}_row") for fact in FACTS])
    held = [name for fact in FACTS for name in (fact, f"{fact}_row")]
    countries = facts.group_by("country").agg(*[nw.col(name).max() for name in held], nw.col("published_on").max().alias("observed_on"))
    gap = nw.col("compulsory_age") < nw.col("min_age_work")
    countries = countries.with_columns(
        attendance=ramp(-nw.col("school_attendance"), -scale["attendance_good"], -scale["attendance_bad"]),
        registration=ramp(-nw.col("birth_registration"), -scale["registration_good"], -scale["registration_bad"]),
        school_gap=nw.when(gap).then(nw.lit(1.0)).when(~gap).then(nw.lit(0.0)),
    )
    weight = nw.sum_horizontal(*[nw.when(~nw.col(part).is_null()).then(nw.lit(float(share))) for part, share in weights.items()])
    total = nw.sum_horizontal(*[nw.col(part) * share for part, share in weights.items()])
    countries = countries.with_columns(weight=weight, total=total).with_columns(
        intensity=nw.when(nw.col("weight") > 0).then(nw.col("total") / nw.col("weight") * thresholds.country_share),
    )
    context = party.select("party_id", "country").join(countries, on="country", how="inner").select(
        nw.col("party_id").alias("subject_id"), "intensity", nw.lit(1.0).alias("reliability"), "observed_on",
        nw.lit(None, dtype=nw.String).alias("event_id"), evidence(*[f"{fact}_row" for fact in FACTS]).alias("evidence"),
        nw.lit(None, dtype=nw.String).alias("source_type"), nw.lit(None, dtype=nw.String).alias("state"),
        nw.lit("country figures").alias("detail"),
    )
    answered = statement.filter(nw.col("question") == "age_check").with_columns(intensity=among("answer", thresholds.intensity_by_answer))
    site = answered.select(
        nw.col("party_id").alias("subject_id"), "intensity", either_reliability().alias("reliability"), "observed_on", "event_id",
        evidence("row_id").alias("evidence"), "source_type", disclosed_state().cast(nw.String).alias("state"), nw.col("answer").alias("detail"),
    )
    return nw.concat([context, site], how="vertical")
