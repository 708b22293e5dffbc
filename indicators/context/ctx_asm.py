"""ctx_asm."""

import narwhals as nw

from indicators.expressions import among, evidence, stack
from indicators.registry import Frame, indicator


def _minerals(party: Frame, party_product: Frame, thresholds) -> Frame:  # type: ignore[no-untyped-def]
    """One row per upstream party and mineral product; `mineral` is null where the code is too short to tell."""
    by_code = {code: mineral for mineral, codes in thresholds.hs_of_mineral.items() for code in codes}
    chapters = sorted({code[:2] for code in by_code})
    headings = sorted({code[:4] for code in by_code if len(code) > 4})
    too_short = (nw.col("hs4").is_null() & nw.col("hs2").is_in(chapters)) | (nw.col("hs6").is_null() & nw.col("hs4").is_in(headings))
    upstream = party.filter(nw.col("party_kind").is_in(thresholds.party_kinds)).select("party_id")
    named = party_product.with_columns(mineral=nw.coalesce(among("hs6", by_code), among("hs4", by_code)))
    return named.filter(~nw.col("mineral").is_null() | too_short.fill_null(False)).join(upstream, on="party_id")


def _visits(party: Frame, mine_visit: Frame, thresholds) -> Frame:  # type: ignore[no-untyped-def]
    """What the newest visit that recorded anything saw at the mine that a party is, by the mine's identifier alone."""
    children, forced = nw.col("is_child_under_15_at_work"), nw.col("is_forced_labour_by_armed_group")
    told = mine_visit.filter(~(children.is_null() & forced.is_null()))
    newest = told.filter(nw.col("visited_on") == nw.col("visited_on").max().over("mine_id")).with_columns(
        registry_id=nw.concat_str(nw.lit(thresholds.mine_scheme), nw.col("mine_id"))
    )
    seen = party.select("party_id", "registry_id").join(newest, on="registry_id")
    rows = [
        seen.filter(flag.fill_null(False)).with_columns(head=nw.lit(head), detail=nw.lit(words))
        for flag, head, words in ((children, "CL", "children under 15 at work at the mine"), (forced, "FL", "forced labour by an armed group at the mine"))
    ]
    return nw.concat(rows).select(
        nw.col("party_id").alias("subject_id"), nw.lit(thresholds.visit_adverse).alias("intensity"), nw.lit(1.0).alias("reliability"),
        nw.col("visited_on").alias("observed_on"), evidence("row_id").alias("evidence"), "head", "detail",
        nw.lit(thresholds.visit_severity).alias("severity"),
    )


@indicator(
    title={"en": "Artisanal and small-scale mining or informal collection", "fr": "Exploitation minière artisanale et à petite échelle ou collecte informelle"},
    subject="party",
    evidence_class="C",
    group="CTX_GOODS",
    heads=("FL", "CL"),
    severity=3,
    ilo=(9, 10),
    authorities=[("oecd_minerals_guidance", "Annex II and Appendix on artisanal mining"), ("ilo_c182", "art. 3(d)"), ("ilo_c029", "art. 2(1)")],
    four_ps=["prevention", "protection", "partnership"],
    remedy={
        "en": "Keep buying and help to formalise: artisanal mining is a livelihood. Join a due-diligence scheme on site, pay a premium for safe work, and fund child protection, schooling and adult income before any child is sent away.",
        "fr": "Continuer d'acheter et aider à formaliser : la mine artisanale fait vivre des familles. Rejoindre un dispositif de diligence sur place, payer une prime pour un travail sûr et financer la protection de l'enfance, l'école et le revenu des adultes avant qu'un enfant ne soit renvoyé.",
    },
    ask={
        "en": "From which mines does the mineral come, are they industrial or artisanal, and under which scheme is it tagged?",
        "fr": "De quelles mines vient le minerai, sont-elles industrielles ou artisanales, et selon quel dispositif est-il étiqueté ?",
    },
    lifecycle="stable",
)
def ctx_asm(party: Frame, party_product: Frame, statement: Frame, mine_visit: Frame, *, thresholds) -> Frame:  # type: ignore[no-untyped-def]
    """A mineral comes, or may come, from artisanal mines or informal collection.

    How it is computed: documented industrial mine 0.05, artisanal with a due-diligence scheme 0.3, artisanal unverified 0.7; not known,
    for minerals that are often dug by hand, 0.5; a mine at whose newest recorded visit children were at work, or an armed group forced
    people to work, 0.9 for the score concerned.
    Why it is a sign: work without contract, inspection or safety, often on advances, and with children among the families.
    What it misses: mineral mixed in at traders; visits of long ago.
    Exclusions: buyers and farms, and minerals that are hardly ever dug by hand, give no row. What only the party itself says in its
    favour does not replace the unknown. A code too short to name the mineral is unknown. Mines are matched by identifier, never by name.
    """
    answers = statement.filter(nw.col("question") == "mining_type").with_columns(base=among("answer", thresholds.intensity_by_answer))
    unsupported = nw.col("is_self_reported") & (nw.col("base") < thresholds.unknown)
    settled = answers.filter(~nw.col("base").is_null() & ~unsupported.fill_null(False)).select("party_id").unique()
    minerals = _minerals(party, party_product, thresholds).join(settled, on="party_id", how="anti")
    is_named = ~nw.col("mineral").is_null()
    return stack(
        answers.select(
            nw.col("party_id").alias("subject_id"), nw.col("base").alias("intensity"), nw.lit(1.0).alias("reliability"), "observed_on",
            evidence("row_id").alias("evidence"), "source_type", nw.col("answer").alias("detail"),
        ),
        minerals.select(
            nw.col("party_id").alias("subject_id"), "observed_on", nw.lit(1.0).alias("reliability"), evidence("row_id").alias("evidence"),
            nw.when(is_named).then(nw.lit(thresholds.unknown)).alias("intensity"),
            nw.concat_str(nw.col("mineral").fill_null("mineral not told by the code"), nw.lit("kind of mine not known"), separator=", ").alias("detail"),
        ),
        _visits(party, mine_visit, thresholds),
    )
