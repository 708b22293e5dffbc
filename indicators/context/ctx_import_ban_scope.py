"""ctx_import_ban_scope."""

import narwhals as nw

from indicators.context._import_bans import PRODUCT, PRODUCT_KEY, material_hits, order_hits, sector_hits
from indicators.expressions import evidence, stack
from indicators.registry import Frame, indicator


@indicator(
    title={"en": "Within the scope of an import ban or of a priority sector", "fr": "Dans le champ d'une interdiction d'importation ou d'un secteur prioritaire"},
    subject="party",
    evidence_class="C",
    group="CTX_GOODS",
    heads=("FL",),
    severity=4,
    ilo=(),
    authorities=[("us_tariff_act_307", "whole"), ("us_uflpa", "s. 3"), ("us_caatsa_321", "s. 321(b)"), ("eu_flr_2024_3015", "art. 3"), ("ilo_c029", "art. 2(1)")],
    four_ps=["prevention", "prosecution"],
    remedy={
        "en": "Repay and remedy what the order names, and show it: verified repayment and changed practice are the usual way to the modification of an order. Prepare the evidence of origin with the supplier instead of leaving it alone with the order, and take legal advice on the goods in transit.",
        "fr": "Rembourser et réparer ce que vise l'ordonnance, et le prouver : un remboursement vérifié et des pratiques changées sont la voie habituelle vers sa modification. Préparer les preuves d'origine avec le fournisseur plutôt que de le laisser seul face à l'ordonnance, et demander un avis juridique pour les marchandises en transit.",
    },
    ask={
        "en": "In which region was the good or its raw material made, mined or grown, and which documents prove it?",
        "fr": "Dans quelle région le produit ou sa matière première a-t-il été fabriqué, extrait ou cultivé, et quels documents le prouvent ?",
    },
    lifecycle="stable",
)
def ctx_import_ban_scope(  # type: ignore[no-untyped-def]
    party_product: Frame, import_ban: Frame, priority_sector: Frame, material_origin: Frame, statement: Frame, *, thresholds,
) -> Frame:
    """A good falls under an import ban for its territory, or belongs to a priority sector whose origin is not proven.

    How it is computed: territory and good match an order in force 1; artisanal goods of a country, or goods that may be made of the
    banned one, 0.4; priority sector without proof of origin 0.4; order modified, revoked or superseded 0.2; no order 0. Material that
    comes by the links from a territory under an order in force fires the territory override; where part of the order is released,
    the intensity is 1 without it.
    Why it is a sign: the order rests on evidence about this good from this place, and the goods may not enter the market.
    What it misses: orders that name a producer or a vessel (read by name, never by country) and authorities that publish no decision.
    Exclusions: an order on one producer raises nobody else in the country. Xinjiang, Turkmenistan and the DPRK fire their override in
    the rules on state-imposed labour. Region not known where the order is for a region, country not known, or no order at hand: unknown.
    """
    blank = nw.col("subdivision").fill_null("").alias("region_or_blank")  # a join does not match unknown regions
    products = party_product.with_columns(blank, is_origin_proven=nw.col("is_origin_proven").fill_null(False))
    distinct = products.filter(~nw.col("country").is_null()).select(*PRODUCT, "region_or_blank").unique()
    found = nw.concat([order_hits(distinct, import_ban, thresholds), sector_hits(distinct, priority_sector, thresholds)])
    best = found.unique(subset=PRODUCT_KEY, keep="first", order_by=["order", "rule_row"])
    orders = import_ban.select(nw.col("ban_id").count().alias("order_count"))
    rated = products.select("party_id", *PRODUCT_KEY, "row_id").join(best, on=PRODUCT_KEY, how="left").join(orders, how="cross")
    is_outside = nw.col("order").is_null() & ~nw.col("country").is_null() & (nw.col("order_count") > 0)
    material = material_hits(material_origin, import_ban, statement, thresholds)
    fires = nw.col("is_override")
    return stack(
        rated.select(
            nw.col("party_id").alias("subject_id"), nw.when(is_outside).then(nw.lit(thresholds.not_in_scope)).otherwise(nw.col("value")).alias("intensity"),
            nw.lit(1.0).alias("reliability"), nw.col("rule_on").alias("observed_on"), evidence("row_id", "rule_row").alias("evidence"), "detail",
        ),
        material.select(
            nw.col("party_id").alias("subject_id"), "intensity", nw.lit(1.0).alias("reliability"), "observed_on",
            evidence("link_row_id", "ban_row_id").alias("evidence"), "detail",
            nw.when(fires).then(nw.lit("K")).otherwise(nw.lit("C")).alias("evidence_class"),
            nw.when(fires).then(nw.lit("TERRITORY_BAN")).alias("override"),
        ),
    )
