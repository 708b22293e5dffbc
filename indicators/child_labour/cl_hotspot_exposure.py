"""cl_hotspot_exposure."""

import narwhals as nw

from indicators.expressions import evidence, ramp
from indicators.registry import Frame, indicator


@indicator(
    title={"en": "Sourcing from a child-labour hotspot", "fr": "Approvisionnement dans un foyer de travail des enfants"},
    subject="party",
    evidence_class="C",
    group="CTX_CHILD",
    heads=("CL",),
    severity=3,
    ilo=(1,),
    authorities=[("ilo_c138", "art. 1"), ("ilo_c182", "art. 3"), ("us_tvpra", "sec. 105(b)")],
    four_ps=["prevention", "partnership"],
    remedy={
        "en": "Fund child-labour monitoring and remediation where the goods are grown or mined, living-income measures and access to school; give long contracts rather than leave the area.",
        "fr": "Financer le suivi du travail des enfants et la réparation là où les produits sont cultivés ou extraits, des mesures de revenu vital et l'accès à l'école ; offrir des contrats longs plutôt que de quitter la zone.",
    },
    ask={
        "en": "From which region do the goods come, and what share of households does child-labour monitoring reach?",
        "fr": "De quelle région viennent les produits, et quelle part des ménages le suivi du travail des enfants atteint-il ?",
    },
    lifecycle="stable",
)
def cl_hotspot_exposure(party_product: Frame, hotspot: Frame, country_fact: Frame, *, thresholds) -> Frame:  # type: ignore[no-untyped-def]
    """The party makes a commodity in a country or region where child labour in that commodity is documented.

    How it is computed: prevalence / 30 %, at most 1. Region known and measured: its own prevalence. Otherwise the one measured for the
    whole commodity area of the country; where only some regions are measured and the party's region is unknown, their mean or the
    national share of working children, whichever is greater. Documented without a measured prevalence: 0.4. Newest survey per area.
    Why it is a sign: the share of children at work where a commodity is produced is the best public expectation for one producer there.
    What it misses: an area's figure says little of one farm; monitored areas look worse because they look harder. No row is unknown.
    Exclusions: facts marked unsure; a known region outside every documented one, unless the whole commodity area is documented.
    """
    prevalence, is_measured = nw.col("prevalence"), ~nw.col("prevalence").is_null()
    sure = hotspot.filter(nw.col("certainty").is_in(thresholds.certainties_used)).explode("subdivisions").rename({"subdivisions": "site"})
    newest = nw.when(is_measured).then(nw.col("published_on")).max().over("country", "commodity", "site")
    areas = sure.with_columns(newest=newest).filter(nw.col("newest").is_null() | (is_measured & (nw.col("published_on") == nw.col("newest"))))
    survey = country_fact.filter((nw.col("fact") == "children_working") & nw.col("certainty").is_in(thresholds.certainties_used) & nw.col("subdivision").is_null())
    survey = survey.filter(nw.col("published_on") == nw.col("published_on").max().over("country"))
    survey = survey.group_by("country").agg(nw.col("value").max().alias("working"), nw.col("row_id").max().alias("fact_row"))
    areas = areas.join(survey, on="country", how="left").explode("hs").rename({"hs": "prefix", "row_id": "hotspot_row"})
    product = ("party_id", "row_id", "country", "subdivision")
    levels = [party_product.select(*product, nw.col(level).alias("prefix")) for level in ("hs2", "hs4", "hs6")]
    products = nw.concat(levels, how="vertical").filter(~nw.col("prefix").is_null())
    columns = ["country", "prefix", "commodity", "site", "area", "prevalence", "severity", "published_on", "hotspot_row", "working", "fact_row"]
    matched = products.join(areas.select(columns), on=["country", "prefix"], how="inner")
    is_own = (nw.col("site") == nw.col("subdivision")).fill_null(False)
    is_whole, is_region_unknown = nw.col("site").is_null(), nw.col("subdivision").is_null()
    each = ("row_id", "commodity")
    known = matched.filter(is_own | is_whole | is_region_unknown).with_columns(
        own=nw.when(is_own).then(prevalence).max().over(*each), whole=nw.when(is_whole).then(prevalence).max().over(*each),
        part=nw.when(is_region_unknown & ~is_whole).then(prevalence).mean().over(*each),
    )
    is_mean = nw.col("own").is_null() & nw.col("whole").is_null() & ~nw.col("part").is_null()
    national = nw.when(is_mean).then(nw.max_horizontal("part", "working"))
    value = ramp(nw.coalesce(nw.col("own"), nw.col("whole"), national), 0.0, thresholds.full_at_prevalence)
    least = nw.when(is_own & ~is_measured).then(nw.lit(thresholds.listed_only))
    rows = known.with_columns(
        intensity=nw.max_horizontal(value, least).fill_null(thresholds.listed_only),
        fact_row=nw.when(is_mean & (nw.col("working") > nw.col("part"))).then(nw.col("fact_row")),
        area=nw.coalesce(nw.col("area"), nw.col("site"), nw.lit("whole commodity area")),
    )
    return rows.select(
        nw.col("party_id").alias("subject_id"), "intensity", nw.lit(1.0).alias("reliability"), nw.col("published_on").alias("observed_on"),
        nw.lit(None, dtype=nw.String).alias("event_id"), evidence("row_id", "hotspot_row", "fact_row").alias("evidence"), "severity",
        nw.concat_str([nw.col("commodity"), nw.col("area")], separator=", ").alias("detail"),
    )
