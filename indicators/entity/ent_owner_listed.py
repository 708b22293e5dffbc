"""ent_owner_listed."""

import datetime as dt

import narwhals as nw

from indicators.entity._ownership import links, reach
from indicators.registry import Frame, indicator


@indicator(
    title={"en": "Owned by, owning, or under one owner with a listed organisation", "fr": "Propriétaire, filiale ou société sœur d'une organisation inscrite"},
    subject="party",
    evidence_class="M",
    group="ENTITY",
    heads=("FL",),
    severity=3,
    ilo=(),
    authorities=[("us_ofac_50_percent", "whole"), ("us_uflpa", "s. 2(d)(2)(B)"), ("oecd_rbc_guidance", "step 2"), ("un_ungp", "principles 13 and 17")],
    four_ps=["prevention", "prosecution"],
    remedy={
        "en": "Ask the group, through this party, to remedy what the authority found for the workers of the listed plant, and to show that the same practice is not found here. A linked party is not the listed one: no exit on this ground alone.",
        "fr": "Demander au groupe, par cette partie, de réparer ce que l'autorité a constaté pour les travailleurs du site inscrit, et de montrer que la même pratique n'existe pas ici. Une partie liée n'est pas la partie inscrite : pas de sortie pour ce seul motif.",
    },
    ask={
        "en": "Who owns and controls the party, by what share, and does the group run recruitment or labour programmes in common?",
        "fr": "Qui détient et contrôle la partie, pour quelle part, et le groupe gère-t-il en commun le recrutement ou des programmes de main-d'œuvre ?",
    },
    lifecycle="stable",
)
def ent_owner_listed(ownership_link: Frame, listing_match: Frame, *, as_of: dt.date, thresholds) -> Frame:  # type: ignore[no-untyped-def]
    """An owner, a subsidiary or a sister of the party is on an official list in force.

    How it is computed: by effective share (product along the path, at most five links up or down): 50 % or control 0.9, 25 to 50 % 0.6,
    10 to 25 % 0.3, below 10 % 0; sister under one controlling owner 0.9; shared director only 0.2. Paths are combined by the greatest.
    Severity is that of the listing, at most 3, unless the list is about labour imposed by the state.
    Why it is a sign: a controlling owner sets the group's recruitment and labour practice, or can move orders to another plant.
    What it misses: owners behind nominees, and registers that are out of date. Two routes to one owner are not added up.
    Exclusions: ended or suspended entries; links that had ended or not begun on the day; small financial stakes. A stake of unknown size
    without control is unknown. The party's own entry is read elsewhere.
    """
    in_force = nw.col("status").is_in(thresholds.raising) & ~(nw.col("delisted_on") <= as_of).fill_null(False)
    listed = listing_match.filter(in_force).select(
        nw.col("party_id").alias("node"), nw.col("party_id").alias("listed_party"), "listing_id", "list_id", "listing_row_id", "severity",
        "is_state_imposed", "is_confirmed", "match_confidence",
    )
    paths = reach(listed, links(ownership_link, as_of, thresholds), thresholds)
    by_share: nw.Expr = nw.when(~nw.col("share").is_null()).then(nw.lit(0.0))
    for least, value in zip(reversed(thresholds.bands_from), reversed(thresholds.bands), strict=True):
        by_share = nw.when(nw.col("share") >= least).then(nw.lit(value)).otherwise(by_share)
    owned = nw.when(nw.col("is_control")).then(nw.lit(thresholds.bands[0])).otherwise(by_share)
    rows = paths.with_columns(
        intensity=nw.when(nw.col("relation") == "shared director").then(nw.lit(thresholds.shared_director)).otherwise(owned),
        least_severity=nw.min_horizontal("severity", nw.lit(thresholds.severity_at_most)),
    ).with_columns(order=-nw.col("intensity").fill_null(thresholds.unknown_goes_before))
    rows = rows.unique(subset=["node", "listing_id"], keep="first", order_by=["order", "closeness", "path"])
    share = nw.concat_str(nw.lit("effective share "), (nw.col("share") * 100).round(0).cast(nw.Int64).cast(nw.String), nw.lit(" %"))
    held = nw.when(nw.col("is_control")).then(nw.lit("control")).otherwise(nw.when(~nw.col("share").is_null()).then(share).otherwise(nw.lit("share not known")))
    words = nw.when(nw.col("relation") != "shared director").then(held)
    return rows.select(
        nw.col("node").alias("subject_id"), "intensity", nw.lit(as_of).alias("observed_on"), nw.col("listing_id").alias("event_id"),
        nw.when(nw.col("intensity") > 0).then(nw.col("adverse")).otherwise(nw.col("favourable")).alias("reliability"),
        nw.col("path").alias("evidence"), "match_confidence",
        nw.when(nw.col("is_state_imposed")).then(nw.col("severity")).otherwise(nw.col("least_severity")).alias("severity"),
        nw.when(~nw.col("is_confirmed")).then(nw.lit("pending_match")).alias("state"),
        nw.concat_str([nw.col("relation"), nw.col("list_id"), words], separator=", ", ignore_nulls=True).alias("detail"),
    )
