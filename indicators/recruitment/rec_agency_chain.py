"""rec_agency_chain."""

import narwhals as nw

from indicators.expressions import clip01, either_reliability, greatest
from indicators.recruitment import _payments as pay
from indicators.registry import Frame, indicator

ROLES = ("destination_agency", "origin_agency", "sub_agent", "broker")


@indicator(
    title={"en": "Long or opaque recruitment chain", "fr": "Chaîne de recrutement longue ou opaque"},
    subject="party",
    evidence_class="W",
    group="AGENCY",
    heads=("FL",),
    severity=1,
    ilo=(1, 2, 9),
    authorities=[("ilo_fair_recruitment_2019", "general principles and operational guidelines"), ("sdg_10_7_1", "guidelines: cost drivers")],
    four_ps=["prevention", "partnership"],
    remedy={
        "en": "Map the chain with the workers down to their village, move to direct or state-to-state hiring, and forbid unnamed sub-agents by contract; workers already in post keep their jobs.",
        "fr": "Cartographier la chaîne avec les travailleurs jusqu'à leur village, passer à l'embauche directe ou d'État à État et interdire par contrat les sous-agents non nommés ; les travailleurs en poste gardent leur emploi.",
    },
    ask={
        "en": "Who stood between the workers and their employer, from the first contact person on, and how many workers came through persons not named?",
        "fr": "Qui se trouvait entre les travailleurs et leur employeur, dès le premier contact, et combien sont passés par des personnes non nommées ?",
    },
    lifecycle="stable",
)
def rec_agency_chain(recruitment_link: Frame, *, thresholds) -> Frame:  # type: ignore[no-untyped-def]
    """Several intermediaries, or unnamed or informal ones, stand between the workers and their employer.

    How it is computed: the greater of two values. Length: 0 for direct hire or one intermediary, 1 for four or more, times 0.6. Opacity:
    share of workers who came through unnamed or informal intermediaries, over 0.3; 0.5 where the share is not known. From an opacity of
    0.5 on it is medium evidence. Without a chain name, the links of one country of origin make a chain and each role counts as one layer.
    Why it is a sign: every layer adds cost and makes promises that nobody answers for.
    What it misses: sub-agents whom nobody mentions; relatives in the village who refer workers for nothing and look like brokers.
    Exclusions: several agencies of one role side by side, which need not form a chain (unknown unless the links name their chain).
    """
    named = ~nw.col("chain_id").is_null()
    rows = recruitment_link.with_columns(
        *pay.item_ids("role", ROLES), is_named=named,
        chain=nw.when(named).then(nw.col("chain_id")).otherwise(nw.concat_str([nw.lit("corridor"), nw.col("origin_country")], separator=" ", ignore_nulls=True)),
        is_between=~(nw.col("agency_id").is_null() & (nw.col("channel") == "direct")).fill_null(False),
        is_opaque=(nw.col("agency_id").is_null() & (nw.col("channel") != "direct")) | (nw.col("channel") == "informal"),
    ).with_columns(
        link=nw.when(nw.col("is_between")).then(nw.col("row_id")), layer=nw.when(nw.col("is_between")).then(nw.col("role")),
        hidden=nw.when(nw.col("is_opaque")).then(nw.col("worker_share") / thresholds.full_opaque_share),
        is_unshared=nw.col("is_opaque") & nw.col("worker_share").is_null(),
    ).with_columns(*[nw.when(nw.col("layer") == role).then(nw.lit(1)).otherwise(nw.lit(0)).alias(role) for role in ROLES])
    chains = rows.group_by("party_id", "chain", "is_named").agg(
        nw.col("link").count().alias("links"), nw.col(*ROLES, "hidden", "is_unshared", "observed_on").max(),
        nw.col("reliability_adverse", "reliability_favourable").min(), nw.col("source_type").min(), nw.col("source_type").max().alias("other_source"),
        nw.col("worker_share").max().alias("share"), *pay.ids(ROLES),
    ).with_columns(layers=nw.when(nw.col("is_named")).then(nw.col("links")).otherwise(sum((nw.col(role) for role in ROLES[1:]), nw.col(ROLES[0]))))
    length = clip01((nw.col("layers") - 1) / thresholds.further_layers) * thresholds.length_weight
    unshared = nw.when(nw.col("is_unshared")).then(nw.lit(thresholds.uncounted)).otherwise(nw.lit(None))
    opacity = greatest([clip01(nw.col("hidden")), unshared])
    found = pay.group_evidence(chains, ROLES).with_columns(opacity=opacity, length=length)
    found = found.with_columns(intensity=greatest([nw.col("length"), nw.col("opacity")]))
    is_known = (nw.col("intensity") > 0) | (nw.col("links") <= nw.col("layers"))
    found = found.with_columns(intensity=nw.when(is_known).then(nw.col("intensity")))
    is_medium = (nw.col("opacity") >= thresholds.medium_from).fill_null(False)
    return found.select(
        nw.col("party_id").alias("subject_id"), "intensity", either_reliability().alias("reliability"), "observed_on", nw.lit(None).alias("event_id"), "evidence",
        nw.when(nw.col("source_type") == nw.col("other_source")).then(nw.col("source_type")).alias("source_type"), nw.col("share").alias("affected_share"),
        nw.when(is_medium).then(nw.lit("M")).otherwise(nw.lit("W")).alias("evidence_class"),
        nw.concat_str([nw.col("links").cast(nw.String), nw.lit("intermediaries"), nw.when(nw.col("opacity") > 0).then(nw.lit("some unnamed or informal"))], separator=" ", ignore_nulls=True).alias("detail"),
    )
