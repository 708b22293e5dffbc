"""Parties held against listings: which entries may name a party, how sure that is, and what people have judged.

The index says how likely two names with country, place, address and identifiers are one; region and goods in common are added here. A match
adds nothing to a score until it is confirmed: by an identifier, by name with place and line of business, or by a person.

Belongs here: which entries count for scoring, the context of a match, judgements. Does not belong here: comparing names (probability.py),
keeping judgements (reviews), what a match means for a score (indicators).
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import polars as pl

from data import model
from pipelines.resolution import index, probability
from pipelines.resolution.resolve import IDENTIFIERS, written
from pipelines.resolution.thresholds import threshold

PERSONAL = "person"
JUDGED = "judged_same"
_FOUND = ("party_id", "listing_id", "our_name", "listed_name", "match_basis", "probability", "is_same_region", "is_same_business")


@dataclass(frozen=True)
class Matched:
    """`match`: rows of the contract `listing_match`. `dismissed`: the same columns, pairs that a person judged to be two parties."""

    match: pl.DataFrame
    dismissed: pl.DataFrame


def scored(listing: pl.LazyFrame) -> pl.LazyFrame:
    """Entries that may count for scoring: of organisations and vessels, on a list that is scored or about labour by their own subject."""
    lists, subjects = model.vocabulary("list").codes, model.vocabulary("listing_subject").codes
    counted = [code for code, entry in lists.items() if entry.values.get("is_scored")]
    labour = [code for code, entry in subjects.items() if entry.values.get("is_labour")]
    about = pl.col("list_id").is_in(counted) | pl.col("subject").is_in(labour).fill_null(False)
    return listing.filter((pl.col("entity_type") != PERSONAL) & about)


def _queries(party: pl.DataFrame, schema: str) -> pl.DataFrame:
    numbers = pl.concat_list([written(name) for name in IDENTIFIERS]).list.drop_nulls()
    return party.select(
        "name", "country", "place", "address", key="party_id", schema=pl.lit(schema), identifiers=numbers,
        aliases=pl.lit(None, dtype=pl.List(pl.String)),
    )  # fmt: skip


def _searched(party: pl.DataFrame, listing: pl.DataFrame, folder: Path | None) -> pl.DataFrame:
    """party_id, listing_id with the surest pair of names. A party that is no vessel meets a listed one by the very name or number only."""
    listed = index.build(listing) if folder is None else index.opened(listing, folder)
    floor = threshold("listing_floor") / 2  # region and goods may still raise a pair
    parts = [index.search(listed, _queries(party, "organisation"), floor)]
    if (listing["entity_type"] == "vessel").any():
        ships = index.search(listed, _queries(party, "vessel"), floor)
        vessels = party.filter(pl.col("party_kind") == "vessel")["party_id"].implode()
        very = pl.col("query_key").is_in(vessels) | (pl.col("core_1") == pl.col("core_2")) | (pl.col("basis") == "identifier")
        parts.append(ships.filter(very.fill_null(False)))
    found = pl.concat(parts).sort("probability", "our_name", "listed_name", descending=[True, False, False])
    return found.unique(["query_key", "listing_id"], keep="first", maintain_order=True).rename({"query_key": "party_id"})


def _in_common(ours: str, theirs: str, digits: int) -> pl.Expr:
    """Whether two lists of HS codes share one of the first `digits`; a listed chapter (2 digits) covers all of it."""
    head = pl.element().str.slice(0, digits).filter(pl.element().str.len_chars() >= digits)
    heads = [pl.col(name).list.eval(head) for name in (ours, theirs)]
    whole = pl.col(theirs).list.eval(pl.element().filter(pl.element().str.len_chars() == 2))
    chapters = pl.col(ours).list.eval(pl.element().str.slice(0, 2)).list.set_intersection(whole).list.len()
    return (heads[0].list.set_intersection(heads[1]).list.len() + chapters > 0).fill_null(False)


def _with_context(found: pl.DataFrame, party: pl.DataFrame, goods: pl.DataFrame, listing: pl.DataFrame) -> pl.DataFrame:
    """The pairs (_FOUND) with region and goods in common added to probability and basis."""
    joined = (
        found.join(party.select("party_id", "subdivision"), on="party_id", how="left")
        .join(goods, on="party_id", how="left")
        .join(listing.select("listing_id", "covered_hs", listed_subdivision="subdivision"), on="listing_id", how="left")
    )
    place, identifier = pl.col("basis") == "name_place", pl.col("basis") == "identifier"
    known = joined.with_columns(
        is_same_region=(pl.col("subdivision") == pl.col("listed_subdivision")).fill_null(False),
        is_same_business=_in_common("hs", "covered_hs", 4),
    )
    region, business = pl.col("is_same_region"), pl.col("is_same_business")
    added = (region & ~place).cast(pl.Float64) * threshold("region_logits") + business.cast(pl.Float64) * threshold("business_logits")
    odds = pl.col("probability") / (1 - pl.col("probability")) * added.exp()
    basis = (
        pl.when(identifier).then("basis")
        .when((place | region) & business).then(pl.lit("name_place_business"))
        .when(place | region).then(pl.lit("name_place"))
        .when((pl.col("basis") == "name_country") & business).then(pl.lit("name_country_business"))
        .otherwise("basis")
    )  # fmt: skip
    return known.with_columns(probability=odds / (1 + odds), match_basis=basis).select(_FOUND)


def _also_judged(found: pl.DataFrame, judged: pl.DataFrame, party: pl.DataFrame, listing: pl.DataFrame) -> pl.DataFrame:
    """Pairs judged to be one that the search did not find: a person's word stands whatever the names are."""
    same = judged.filter(pl.col("verdict") == "same").join(found, on=["party_id", "listing_id"], how="anti")
    return (
        same.join(party.select("party_id", our_name="name"), on="party_id")
        .join(listing.select("listing_id", listed_name="name"), on="listing_id")
        .select(
            "party_id", "listing_id", "our_name", "listed_name", match_basis=pl.lit(JUDGED), probability=pl.lit(None, dtype=pl.Float64),
            is_same_region=pl.lit(False), is_same_business=pl.lit(False),
        )
    )  # fmt: skip


def _facts(listing: pl.DataFrame) -> pl.DataFrame:
    """What a match takes over from its entry; severity is the entry's own, else its list's."""
    lists = model.vocabulary("list").codes
    of = {name: {code: entry.values.get(name) for code, entry in lists.items()} for name in ("override", "severity", "is_state_imposed")}
    return listing.select(
        "listing_id", "list_id", "programme", "authority", "covered_hs", "listed_on", "delisted_on", "status", "row_id",
        listing_row_id="row_id",
        override=pl.col("list_id").replace_strict(of["override"], return_dtype=pl.String),
        severity=pl.coalesce("severity", pl.col("list_id").replace_strict(of["severity"], return_dtype=pl.Int64)),
        is_state_imposed=pl.col("list_id").replace_strict(of["is_state_imposed"], return_dtype=pl.Boolean).fill_null(False),
    )  # fmt: skip


def match(
    party: pl.LazyFrame, product: pl.LazyFrame, listing: pl.LazyFrame, judged: pl.DataFrame | None = None, folder: Path | None = None
) -> Matched:
    """Parties that may be a listed organisation or vessel, from the floor of thresholds.yml on.

    `product`: party_id, hs. `judged`: party_id, listing_id, verdict (same, different, unsure or null). `folder` keeps the index.
    """
    parties, entries = party.collect(), scored(listing).collect()
    goods = product.select("party_id", "hs").drop_nulls().group_by("party_id").agg(pl.col("hs").unique().sort()).collect()
    found = _with_context(_searched(parties, entries, folder), parties, goods, entries).filter(
        (pl.col("probability") >= threshold("listing_floor")) | (pl.col("match_basis") == "identifier")
    )
    verdicts = pl.DataFrame(schema={"party_id": pl.String, "listing_id": pl.String, "verdict": pl.String})
    if judged is not None:
        verdicts = judged.select(verdicts.columns).drop_nulls("verdict")
        verdicts = verdicts.unique(["party_id", "listing_id"], keep="last", maintain_order=True)
        found = pl.concat([found, _also_judged(found, verdicts, parties, entries)])
    same = (pl.col("verdict") == "same").fill_null(False)
    confirming = [code for code, entry in model.vocabulary("match_basis").codes.items() if entry.values.get("is_confirming")]
    sure = (
        found.join(verdicts, on=["party_id", "listing_id"], how="left")
        .with_columns(match_basis=pl.when(same).then(pl.lit(JUDGED)).otherwise("match_basis"))
        .with_columns(
            match_confidence=pl.when(same).then(1.0).otherwise(probability.capped(pl.col("probability"), pl.col("match_basis"))),
        )
        .with_columns(
            is_confirmed=same | ((pl.col("match_confidence") >= threshold("confirmed_from")) & pl.col("match_basis").is_in(confirming))
        )
        .join(_facts(entries), on="listing_id")
        .sort("party_id", "listing_id")
    )
    is_other = (pl.col("verdict") == "different").fill_null(False)
    return Matched(sure.filter(~is_other).drop("verdict"), sure.filter(is_other).drop("verdict"))
