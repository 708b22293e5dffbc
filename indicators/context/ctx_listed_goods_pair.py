"""ctx_listed_goods_pair."""

import datetime as dt

import narwhals as nw

from indicators.context._listed_goods import best_listing, by_prefix, editions_in_force
from indicators.expressions import evidence
from indicators.registry import Frame, indicator


@indicator(
    title={"en": "Good and country on an official list", "fr": "Produit et pays sur une liste officielle"},
    subject="party",
    evidence_class="C",
    group="CTX_GOODS",
    heads=("FL", "CL"),
    severity=3,
    ilo=(),
    authorities=[("us_tvpra", "s. 105(b)"), ("us_eo_13126", "s. 2"), ("eu_flr_2024_3015", "art. 8"), ("ilo_c029", "art. 2(1)"), ("ilo_c182", "art. 3")],
    four_ps=["prevention", "partnership"],
    remedy={
        "en": "Stay and trace to the farm, mine or workshop; join the sector's initiative there; pay prices that let adults earn a living and children go to school. A listed good is a reason to look, never a reason to leave.",
        "fr": "Rester et remonter jusqu'à la ferme, la mine ou l'atelier ; rejoindre l'initiative sectorielle sur place ; payer des prix qui permettent aux adultes de vivre de leur travail et aux enfants d'aller à l'école. Un produit listé est une raison de vérifier, jamais de partir.",
    },
    ask={
        "en": "Which HS code has the good, and where exactly was it grown, mined or made?",
        "fr": "Quel est le code SH du produit, et où exactement a-t-il été cultivé, extrait ou fabriqué ?",
    },
    lifecycle="stable",
)
def ctx_listed_goods_pair(  # type: ignore[no-untyped-def]
    party_product: Frame, listed_good: Frame, country: Frame, *, as_of: dt.date, thresholds,
) -> Frame:
    """A product and its country stand on an official list of goods made with forced or child labour.

    How it is computed: against the editions in force: forced labour 0.8 (forced-labour score), child labour 0.7 (child-labour score),
    listed only through an input 0.5, listed only for countries of the same sub-region 0.25, not listed 0.1; one value per score.
    Why it is a sign: an authority gathered evidence of a pattern for this good in this country.
    What it misses: countries and goods that nobody has researched, which is why not being listed is 0.1 and not 0. A code known only by
    its chapter is read as the listed good in it.
    Exclusions: a listing is for the whole country and says nothing about one supplier; it enters the context only. No edition at hand,
    or no country of the party: unknown.
    """
    editions = editions_in_force(listed_good, as_of)
    pairs = party_product.filter(~nw.col("country").is_null()).select("country", "hs", "hs2").unique()
    best = best_listing(pairs, by_prefix(editions, country, thresholds))
    # Listed for neither score: one row for both, so that long product tables stay short.
    products = party_product.select("party_id", "country", "hs", "row_id").join(best, on=["country", "hs"], how="left")
    lists = editions.select(nw.col("good").count().alias("listed_count"))
    is_known = ~nw.col("country").is_null() & (nw.col("listed_count") > 0)
    return products.join(lists, how="cross").select(
        nw.col("party_id").alias("subject_id"), nw.when(is_known).then(nw.col("value").fill_null(thresholds.not_listed)).alias("intensity"),
        nw.lit(1.0).alias("reliability"), nw.col("listed_on").alias("observed_on"), nw.lit(None).cast(nw.String).alias("event_id"),
        evidence("row_id", "listed_row").alias("evidence"), "head",
        nw.when(is_known).then(nw.col("detail").fill_null("not on the editions in force")).alias("detail"),
    )
