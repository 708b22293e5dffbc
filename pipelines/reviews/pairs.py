"""The pairs of records that a person may judge, with the hash of their facts as they are now.

Belongs here: what two records of which tables make a pair, as pure functions of frames. Does not belong here: finding candidates
(pipelines/resolution), what was decided (judgements.py).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

import polars as pl

from pipelines.keys import slug
from pipelines.reviews import judgements

Frame = pl.DataFrame | pl.LazyFrame
SHOWN = json.JSONEncoder(ensure_ascii=False, sort_keys=True).encode
KEYED: dict[str, Any] = {"kind": pl.String, "left_key": pl.String, "right_key": pl.String, "facts_hash": pl.String, "facts": pl.String}
# Columns of any table that side() reads; the rest of a table never reaches Python.
READ = (
    *judgements.TEXTS, *judgements.SETS, *judgements.OWN_IDENTIFIERS, "licence_no", "entity_type", "party_kind", "locality", "other_names",
)


def sides(frame: Frame, key: str, wanted: pl.Series) -> pl.DataFrame:
    """key, canonical, shown (both JSON): the facts of the records of `frame` whose `key` is in `wanted`; of one key the last."""
    lazy = frame.lazy()
    columns = [name for name in READ if name in lazy.collect_schema().names()]
    rows = lazy.filter(pl.col(key).is_in(wanted.unique().implode())).select(pl.col(key).alias("key"), *columns).collect()
    rows = rows.unique("key", keep="last", maintain_order=True)
    return _sides(rows["key"].cast(pl.String).to_list(), rows.iter_rows(named=True))


def _sides(keys: list[str], rows: Iterable[Mapping[str, Any]]) -> pl.DataFrame:
    found = [judgements.side(row) for row in rows]
    texts = {"key": keys, "canonical": [judgements.canonical(one) for one in found], "shown": [SHOWN(one) for one in found]}
    return pl.DataFrame(texts, schema=dict.fromkeys(texts, pl.String))


def hashed(kind: str, keys: pl.DataFrame, left: pl.DataFrame, right: pl.DataFrame) -> pl.DataFrame:
    """KEYED columns for `keys` (left_key, right_key): `facts` as JSON, as they read. Pairs of which one record is not there have no row."""
    ours, theirs = (one.select(pl.col("key").alias(f"{name}_key"), pl.exclude("key").name.prefix(f"{name}_"))
                    for one, name in ((left, "left"), (right, "right")))
    joined = (
        keys.select("left_key", "right_key").unique(maintain_order=True)
        .join(ours, on="left_key", maintain_order="left").join(theirs, on="right_key", maintain_order="left")
    )
    hashes = [judgements.hash_of(*texts) for texts in joined.select("left_canonical", "right_canonical").iter_rows()]
    return joined.select(
        "left_key", "right_key", kind=pl.lit(kind), facts_hash=pl.Series(hashes, dtype=pl.String),
        facts=pl.format('{{"left": {}, "right": {}}}', "left_shown", "right_shown"),
    ).select(list(KEYED))


def listing_pairs(matches: Frame, party: Frame, listing: Frame) -> pl.DataFrame:
    """Pairs (KEYED) of parties and entries of lists. `matches`: party_id, listing_id of any table, such as core_listing_match."""
    keys = matches.lazy().select(left_key="party_id", right_key="listing_id").collect()
    return hashed("listing", keys, sides(party, "party_id", keys["left_key"]), sides(listing, "listing_id", keys["right_key"]))


def party_pairs(matches: Frame, party: Frame) -> pl.DataFrame:
    """Pairs (KEYED) of two parties. `matches`: party_id, other_id, in any order; a party held against itself is none."""
    columns = matches.lazy().select("party_id", "other_id").filter(pl.col("party_id") != pl.col("other_id"))
    keys = columns.select(
        left_key=pl.min_horizontal("party_id", "other_id"), right_key=pl.max_horizontal("party_id", "other_id")
    ).collect()
    every = sides(party, "party_id", pl.concat([keys["left_key"], keys["right_key"]]))
    return hashed("party", keys, every, every)


def agency_pairs(matches: Frame, agency: Frame, register: Frame, register_key: str) -> pl.DataFrame:
    """Pairs (KEYED) of agencies and entries of a licence register. `matches`: agency_id and `register_key`, the register's own key."""
    keys = matches.lazy().select(left_key="agency_id", right_key=pl.col(register_key).cast(pl.String)).collect()
    entries = register.lazy().with_columns(pl.col(register_key).cast(pl.String))
    return hashed("agency", keys, sides(agency, "agency_id", keys["left_key"]), sides(entries, register_key, keys["right_key"]))


def bidder_key(organisation: Mapping[str, Any]) -> str:
    """Left key of an organisation of a tender, the same in every file: its first identifier that is not known to be wrong, else name
    and country. `organisation`: data.procurement.Organisation as a dictionary."""
    sound = [one for one in organisation.get("identifiers") or () if not isinstance(one, Mapping) or one.get("is_valid") is not False]
    numbers = [number for number in judgements.side({"identifiers": sound})["identifiers"] if ":" in number]
    return f"bidder:{numbers[0]}" if numbers else name_key(organisation)


def name_key(organisation: Mapping[str, Any]) -> str:
    """The key that an organisation has while no number of it is known: its name and country, as it stands or as facts show it."""
    name = slug(judgements.folded(str(organisation.get("name") or "")))
    return f"bidder:{name}@{organisation.get('country') or ''}".lower()


def bidder_pairs(matches: Frame, organisations: Mapping[str, Mapping[str, Any]], listing: Frame) -> pl.DataFrame:
    """Pairs (KEYED) of bidders and entries. `matches`: left_key, listing_id; `organisations`: bidder_key -> organisation."""
    keys = matches.lazy().select("left_key", right_key="listing_id").collect()
    return hashed("bidder", keys, _sides(list(organisations), organisations.values()), sides(listing, "listing_id", keys["right_key"]))


def judged(asked: pl.DataFrame, stands: pl.DataFrame) -> pl.DataFrame:
    """`asked` (KEYED and more) with the ANSWER columns, order kept: see judgements.judged.

    A bidder that gives a number now has another key than when it gave none. Where nothing stands under its number, what was judged under
    its name and country is its earlier verdict; the number is a new fact, so the pair is open again.
    """
    answers = judgements.judged(asked, stands)
    is_unknown = (answers["judgement_id"].is_null() & (answers["kind"] == "bidder")).to_list()
    if not any(is_unknown) or "facts" not in asked.columns:
        return answers
    named = [
        name_key(json.loads(facts)["left"]) if unknown else key
        for unknown, key, facts in zip(is_unknown, asked["left_key"], asked["facts"], strict=True)
    ]
    carried = judgements.judged(asked.with_columns(left_key=pl.Series(named, dtype=pl.String)), stands)
    return carried.with_columns(asked["left_key"])


def judged_listings(stands: pl.DataFrame, party: Frame, listing: Frame) -> pl.DataFrame:
    """party_id, listing_id, facts_hash and the ANSWER columns of every pair that was ever judged and whose records are both there.

    For matching, before there are matches: verdict `same` confirms a pair, `different` dismisses it, null (open again) does neither.
    """
    known = stands.filter(pl.col("kind") == "listing").select(party_id="left_key", listing_id="right_key")
    answers = judgements.judged(listing_pairs(known, party, listing), stands)
    return answers.rename({"left_key": "party_id", "right_key": "listing_id"}).drop("kind", "facts")


def judged_parties(stands: pl.DataFrame, party: Frame) -> pl.DataFrame:
    """party_id, other_id, facts_hash and the ANSWER columns of every judged pair of parties; `party`: all rows before they are resolved."""
    known = stands.filter(pl.col("kind") == "party").select(party_id="left_key", other_id="right_key")
    answers = judgements.judged(party_pairs(known, party), stands)
    return answers.rename({"left_key": "party_id", "right_key": "other_id"}).drop("kind", "facts")
