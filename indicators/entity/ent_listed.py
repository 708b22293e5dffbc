"""ent_listed."""

import datetime as dt

import narwhals as nw

from indicators.expressions import evidence, months_before
from indicators.registry import Frame, indicator


@indicator(
    title={"en": "On an official forced-labour, sanctions or debarment list", "fr": "Inscription sur une liste officielle (travail forcé, sanctions, exclusion)"},
    subject="party",
    evidence_class="K",
    group="ENTITY",
    heads=("FL",),
    severity=4,
    ilo=(),
    authorities=[
        ("us_uflpa", "s. 2(d)(2)(B)"), ("us_tariff_act_307", "whole"), ("br_portaria_18_2024", "art. 2 and 3"), ("us_ofac", "SDN list"),
        ("un_sc_sanctions", "consolidated list"),
    ],
    four_ps=["prosecution", "prevention"],
    remedy={
        "en": "Confirm the match with a second person and hear the party before anything else. For goods under the order, take legal advice and hold them. Elsewhere agree a dated plan that repays workers what the authority found, and have it verified by workers: it is also the way off the list.",
        "fr": "Faire confirmer la correspondance par une seconde personne et entendre la partie avant toute chose. Pour les marchandises visées, demander un avis juridique et les retenir. Ailleurs, convenir d'un plan daté qui rembourse aux travailleurs ce que l'autorité a constaté, vérifié par les travailleurs : c'est aussi la voie de sortie de la liste.",
    },
    ask={
        "en": "Is this the listed organisation (identifier, address, line of business), and what has been done for the workers since?",
        "fr": "S'agit-il de l'organisation inscrite (identifiant, adresse, activité), et qu'a-t-on fait depuis pour les travailleurs ?",
    },
    lifecycle="stable",
)
def ent_listed(listing_match: Frame, *, as_of: dt.date, thresholds) -> Frame:  # type: ignore[no-untyped-def]
    """The party is, or may be, an organisation or vessel on an official list.

    How it is computed: a confirmed match to an entry in force is 1 and fires the override of the list. An ended entry (removed,
    modified, revoked, expired, superseded or delisted) is a strong sign x 0.35 for 24 months and x 0.15 after, without override or floor.
    A suspended entry is 0.
    A match that is not yet confirmed is shown as pending with its confidence and adds nothing until a person confirms it.
    Why it is a sign: an authority has named the organisation, most often after an inquiry of its own.
    What it misses: organisations under another name or number, and everyone in countries that publish no list.
    Exclusions: an organisation without a match is not cleared by that; a name alone never confirms. Entries that name no organisation
    (goods of a territory) are read elsewhere.
    """
    delisted = (nw.col("delisted_on") <= as_of).fill_null(False)
    is_ended = nw.col("status").is_in(thresholds.ended) | (nw.col("status").is_in(thresholds.raising) & delisted)
    rows = listing_match.with_columns(
        is_ended=is_ended, is_raising=nw.col("status").is_in(thresholds.raising) & ~delisted,
        is_recent=(nw.col("delisted_on") > months_before(as_of, thresholds.ended_recent_months)).fill_null(True),
    )
    after = nw.when(nw.col("is_recent")).then(nw.lit(thresholds.ended_recent)).otherwise(nw.lit(thresholds.ended_later))
    is_suspended = nw.col("status").is_in(thresholds.suspended)
    suspended = nw.when(is_suspended).then(nw.lit(thresholds.suspended_intensity))
    intensity = nw.when(nw.col("is_raising")).then(nw.lit(thresholds.listed)).otherwise(nw.when(nw.col("is_ended")).then(after).otherwise(suspended))
    state = nw.when(~nw.col("is_confirmed")).then(nw.lit("pending_match")).otherwise(
        nw.when(nw.col("is_ended") | is_suspended).then(nw.lit("ended"))
    )
    ended_on = nw.when(~nw.col("is_raising")).then(nw.concat_str(nw.lit("ended "), nw.col("delisted_on").cast(nw.String)))
    parts = [nw.col("list_id"), nw.col("programme"), nw.col("status"), nw.concat_str(nw.lit("listed "), nw.col("listed_on").cast(nw.String)), ended_on]
    return rows.select(
        nw.col("party_id").alias("subject_id"), intensity.alias("intensity"), nw.lit(1.0).alias("reliability"),
        nw.lit(as_of).alias("observed_on"),  # the list stands, or has ended, on the day of scoring
        nw.col("listing_id").alias("event_id"), evidence("listing_row_id").alias("evidence"), "severity", "match_confidence", state.alias("state"),
        nw.when(nw.col("is_raising")).then(nw.lit("K")).otherwise(nw.lit("S")).alias("evidence_class"),
        nw.when(nw.col("is_raising")).then(nw.col("override")).alias("override"), nw.lit("authority").alias("source_type"),
        nw.concat_str(parts, separator=", ", ignore_nulls=True).alias("detail"),
    )
