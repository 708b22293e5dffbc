"""sifl_turkmenistan_dprk."""

import narwhals as nw

from indicators.expressions import among, evidence, stack, statement_columns
from indicators.registry import Frame, indicator
from indicators.state_imposed._territory import goods_of_territory


@indicator(
    title={"en": "Turkmen cotton, workers or goods of the DPRK, other state mobilisation", "fr": "Coton turkmène, travailleurs ou produits de la RPDC, autre mobilisation par l'État"},
    subject="party",
    evidence_class="S",
    group="STATE",
    heads=("FL",),
    severity=4,
    ilo=(),
    authorities=[("us_tariff_act_307", "whole"), ("us_caatsa_321", "s. 321(b)"), ("un_sc_2397", "para. 8"), ("ilo_c105", "art. 1(b)"), ("ilo_c029", "art. 2(1) and 2(2)")],
    four_ps=["prevention", "prosecution"],
    remedy={
        "en": "Protect the workers first: no question on site that could expose them. Stop the prohibited input, agree with spinners and mills on proof of fibre origin, and support access of the ILO and of independent monitors to the harvest. For mobilised workers ask for release without reprisal and for pay that is due.",
        "fr": "Protéger d'abord les travailleurs : aucune question sur place qui pourrait les exposer. Arrêter l'intrant interdit, convenir avec les filatures et les usines textiles d'une preuve d'origine de la fibre et soutenir l'accès de l'OIT et d'observateurs indépendants à la récolte. Pour les travailleurs mobilisés, demander leur libération sans représailles et le paiement des salaires dus.",
    },
    ask={
        "en": "In which country was the fibre grown, by ginning document or fibre test? Do workers sent by a foreign state, or mobilised by their own, work here?",
        "fr": "Dans quel pays la fibre a-t-elle été cultivée, selon le document d'égrenage ou un test de fibre ? Des travailleurs envoyés par un État étranger, ou mobilisés par le leur, travaillent-ils ici ?",
    },
    lifecycle="stable",
)
def sifl_turkmenistan_dprk(  # type: ignore[no-untyped-def]
    material_origin: Frame, statement: Frame, party_product: Frame, *, thresholds,
) -> Frame:
    """Goods hold Turkmen cotton or come from the DPRK, DPRK workers are used, or the state mobilises workers.

    How it is computed: Turkmen cotton or goods of the DPRK in the product or its inputs 1, with the territory override; DPRK workers 1;
    other state mobilisation, such as national service in mines or building, 0.8; raw cotton of Uzbekistan 1 until 2021 and 0.25 as a
    weak sign since, when systematic mobilisation had ended.
    Why it is a sign: the state sets the work and punishes refusal; workers abroad hand over most of their pay.
    What it misses: Turkmen cotton sold on as yarn of another country, when no link declares where the fibre grew.
    Exclusions: the origin of the garment is not the origin of the fibre; Uzbek fabrics and garments without a declared fibre origin;
    military service in military work.
    """
    told = statement.filter((nw.col("question") == "state_labour") & ~nw.col("answer").is_in(thresholds.answers_read_elsewhere).fill_null(False))
    told = told.with_columns(base=among("answer", thresholds.intensity_by_answer))
    stated = nw.max_horizontal("base", nw.when(nw.col("affirmed_share").is_null()).then(nw.col("uncounted_intensity")))
    told = told.with_columns(intensity=nw.when(nw.col("base") > 0).then(stated).otherwise(nw.col("base")))
    raw_cotton = nw.col("hs4").is_in(thresholds.uzbek_cotton_hs) | (nw.col("hs4").is_null() & nw.col("hs2").is_in(thresholds.uzbek_cotton_chapter))
    return stack(
        goods_of_territory(material_origin, thresholds.territories, thresholds.production_or_input),
        told.select(*statement_columns(), nw.col("answer").alias("detail")),
        party_product.filter((nw.col("country") == "UZB") & raw_cotton.fill_null(False)).select(
            nw.col("party_id").alias("subject_id"), "observed_on", nw.lit(1.0).alias("reliability"), evidence("row_id").alias("evidence"),
            nw.lit(thresholds.uzbek_cotton).alias("intensity"), nw.lit(thresholds.uzbek_cotton_class).alias("evidence_class"),
            nw.concat_str(nw.lit("raw cotton of Uzbekistan, HS "), nw.col("hs")).alias("detail"),
        ),
    )
