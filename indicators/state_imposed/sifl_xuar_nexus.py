"""sifl_xuar_nexus."""

import datetime as dt

import narwhals as nw

from indicators.expressions import among, evidence, same_goods, stack, statement_columns
from indicators.registry import Frame, indicator
from indicators.state_imposed._territory import goods_of_territory


def _sector(party_product: Frame, priority_sector: Frame, thresholds) -> Frame:  # type: ignore[no-untyped-def]
    """Goods of a priority sector from the rest of the country, with and without proof of origin."""
    sectors = priority_sector.explode("hs").select(
        "country", "name", nw.col("hs").alias("prefix"), nw.col("hs").str.slice(0, 2).alias("hs2"), nw.col("row_id").alias("sector_row"),
    )
    goods = party_product.select("country", "hs", "hs2").unique().join(sectors, on=["country", "hs2"]).filter(same_goods("hs", "prefix"))
    goods = goods.unique(subset=["country", "hs"], keep="first", order_by=["sector_row"]).drop("hs2")
    made = party_product.filter(~nw.col("subdivision").is_in(thresholds.territories).fill_null(False)).join(goods, on=["country", "hs"])
    proven = nw.col("is_origin_proven").fill_null(False)
    unproven_intensity = thresholds.sector_base + thresholds.sector_slope * thresholds.sector_share_if_unknown
    return made.select(
        nw.col("party_id").alias("subject_id"), "observed_on", nw.lit(1.0).alias("reliability"), nw.lit("W").alias("evidence_class"),
        nw.when(proven).then(nw.lit(thresholds.origin_proven)).otherwise(nw.lit(unproven_intensity)).alias("intensity"),
        evidence("row_id", "sector_row").alias("evidence"),
        nw.concat_str([
            nw.lit("priority sector: "), nw.col("name"), nw.lit(", "), nw.col("country"),
            nw.when(proven).then(nw.lit(", origin proven")).otherwise(nw.lit(", origin not proven")),
        ]).alias("detail"),
    )


@indicator(
    title={"en": "Link to Xinjiang or to labour-transfer programmes", "fr": "Lien avec le Xinjiang ou avec des programmes de transfert de main-d'œuvre"},
    subject="party",
    evidence_class="S",
    group="STATE",
    heads=("FL",),
    severity=4,
    ilo=(),
    authorities=[("us_uflpa", "s. 3"), ("us_tariff_act_307", "whole"), ("ilo_c105", "art. 1(b) and (e)"), ("ilo_c029", "art. 2(1)")],
    four_ps=["prevention", "prosecution"],
    remedy={
        "en": "Put no worker at risk by asking them on site: interviews there are neither safe nor credible. Trace to the raw material by documents or isotopic tests and bring supplies from elsewhere; where the link is real, a planned and announced exit is the recognised exception, with support for proposals that reach the workers concerned.",
        "fr": "Ne mettre aucun travailleur en danger en l'interrogeant sur place : les entretiens n'y sont ni sûrs ni crédibles. Remonter à la matière première par les documents ou des tests isotopiques et s'approvisionner ailleurs ; si le lien est réel, une sortie planifiée et annoncée est l'exception reconnue, avec un soutien aux démarches qui atteignent les travailleurs concernés.",
    },
    ask={
        "en": "Where does the raw material come from, and which documents or tests prove it as far as the field, mine or furnace? Do workers sent by a state labour-transfer programme work here?",
        "fr": "D'où vient la matière première, et quels documents ou tests le prouvent jusqu'au champ, à la mine ou au four ? Des travailleurs envoyés par un programme public de transfert de main-d'œuvre travaillent-ils ici ?",
    },
    lifecycle="stable",
)
def sifl_xuar_nexus(  # type: ignore[no-untyped-def]
    material_origin: Frame, party_product: Frame, priority_sector: Frame, statement: Frame, listing_match: Frame, *,
    as_of: dt.date, thresholds,
) -> Frame:
    """Goods are made in Xinjiang or with material from there, transferred workers are used, or an entity is listed for it.

    How it is computed: goods made in the territory, or material of the territory in the inputs, 1 and the territory override; a
    documented labour transfer elsewhere 0.9; a confirmed match to a list about state-imposed labour 1; goods of a priority sector
    from the rest of China 0.15 + 0.35 x 0.25 without proof of origin, 0.02 with it.
    Why it is a sign: the work is organised by the state and cannot be refused freely; the law presumes so until the contrary is shown.
    What it misses: material that is blended or relabelled on the way, and transfers that nobody documented.
    Exclusions: never inferred from an ethnic name, a language or a Chinese address; goods outside the priority sectors give no row.
    """
    told = statement.filter((nw.col("question") == "state_labour") & ~nw.col("answer").is_in(thresholds.answers_read_elsewhere).fill_null(False))
    told = told.with_columns(base=among("answer", thresholds.intensity_by_answer))
    stated = nw.max_horizontal("base", nw.when(nw.col("affirmed_share").is_null()).then(nw.col("uncounted_intensity")))
    told = told.with_columns(intensity=nw.when(nw.col("base") > 0).then(stated).otherwise(nw.col("base")))
    listed = listing_match.filter(nw.col("is_state_imposed") & nw.col("is_confirmed") & nw.col("status").is_in(thresholds.raising))
    return stack(
        goods_of_territory(material_origin, thresholds.territories, thresholds.production_or_input),
        told.select(*statement_columns(), nw.col("answer").alias("detail")),
        listed.select(
            nw.col("party_id").alias("subject_id"), nw.lit(thresholds.listed).alias("intensity"), nw.lit(1.0).alias("reliability"),
            nw.lit(as_of).alias("observed_on"), nw.col("listing_id").alias("event_id"), evidence("listing_row_id").alias("evidence"),
            "severity", "match_confidence", nw.concat_str([nw.lit("listed: "), nw.col("list_id")]).alias("detail"),
        ),
        _sector(party_product, priority_sector, thresholds),
    )
