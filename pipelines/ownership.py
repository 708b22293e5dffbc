"""What registers of owners say of a workspace's parties: the connected part of millions of records, and the parties and links it adds.

Belongs here: finding parties in the registers by identifier, and how far connections are followed. Does not belong here: shares (risk), and
who is who by name (resolution): a party without an identifier is not looked for in a register of owners.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

import polars as pl

from pipelines.derive import conform

LEVELS = 8  # longest chain of links that is followed upwards and downwards
RECORD, ENTITY = "ownership_record", "registered_entity"


def connect(staged: Mapping[str, pl.LazyFrame], as_of: dt.date, levels: int = LEVELS) -> dict[str, pl.LazyFrame]:
    """`staged` with its tables party and ownership_link grown by what registers know of the parties, as known on `as_of`.

    ownership_record and registered_entity are cut to what is connected: owners of a party up to `levels` links above it, what the party
    owns up to `levels` below, and what its direct owners own directly. Parties are found by LEI or by another identifier that the register
    gives too, and their keys are replaced by the party's id; an organisation that is only in a register becomes a party with is_own_chain
    false, a natural person does not.
    """
    held = {name: conform(name, staged.get(name, pl.LazyFrame())) for name in (RECORD, ENTITY)}
    if held[RECORD].limit(1).collect().is_empty():
        return {**staged, **held}
    record = held[RECORD].filter(pl.col("stated_on").is_null() | (pl.col("stated_on") <= as_of)).collect()
    entity = held[ENTITY].collect()
    party = conform("party", staged.get("party", pl.LazyFrame()))
    known = _known(party, entity)
    kept = _reached(record.select("owned_key", "owner_key"), known.select(key="entity_key"), levels)
    record = record.join(kept, left_on="owned_key", right_on="key", how="semi").filter(
        pl.col("owner_key").is_null() | pl.col("owner_key").is_in(kept["key"].implode())
    )
    newest = entity.sort("entity_key", "stated_on", "row_id", descending=[False, True, True], nulls_last=True)
    entity = newest.join(kept, left_on="entity_key", right_on="key", how="semi", maintain_order="left").unique(
        "entity_key", keep="first", maintain_order=True
    )
    added = _parties(record, entity, known)
    ids = {key: party_id for party_id, key in known.iter_rows()}  # from here on a key that is a party's goes by the party's id
    record = record.with_columns(pl.col("owned_key", "owner_key").replace(ids)).sort("record_id")
    entity = entity.with_columns(pl.col("entity_key").replace(ids)).unique("entity_key", keep="first", maintain_order=True)
    links = _links(record.filter((pl.col("valid_to") > as_of).fill_null(True)), pl.concat([known["party_id"], added["party_id"]]))
    return {
        **staged, RECORD: record.lazy(), ENTITY: entity.lazy(),
        "party": pl.concat([party, conform("party", added.lazy())]),
        "ownership_link": pl.concat([conform("ownership_link", staged.get("ownership_link", pl.LazyFrame())), links]),
    }


def _bare(number: pl.Expr) -> pl.Expr:
    """Letters and digits only, upper case, without the scheme before a colon."""
    return number.str.to_uppercase().str.replace(r"^[A-Z0-9-]+:", "").str.replace_all(r"[^A-Z0-9]", "")


def _known(party: pl.LazyFrame, entity: pl.DataFrame) -> pl.DataFrame:
    """party_id, entity_key: the parties whose identifier stands in a register; the first party of those that share one."""
    rows = party.select("party_id", "row_id", "country", "lei", "registry_id", "tax_id").collect()
    by_lei = rows.select("party_id", "row_id", entity_key=pl.lit("LEI:") + pl.col("lei").str.to_uppercase())
    listed = entity.select("entity_key", "country", number=pl.col("identifiers")).explode("number").drop_nulls("number")
    whole = listed.select("entity_key", number=pl.col("number").str.to_uppercase())
    by_register = rows.select("party_id", "row_id", number=pl.col("registry_id").str.to_uppercase()).join(whole, on="number")
    bare = listed.filter(~pl.col("number").str.starts_with("LEI:")).with_columns(number=_bare(pl.col("number")))
    is_one = pl.col("entity_key").n_unique().over("number", "country") == 1  # a number that two bodies of a country share says nothing
    bare = bare.filter(is_one).unique(["entity_key", "number"])
    taxed = rows.select("party_id", "row_id", "country", number=_bare(pl.col("tax_id")))
    by_number = taxed.join(bare, on=["number", "country"])
    columns = ("party_id", "row_id", "entity_key")
    every = pl.concat([frame.select(columns) for frame in (by_lei, by_register, by_number)]).drop_nulls()
    return every.sort("row_id").unique("entity_key", keep="first", maintain_order=True).select("party_id", "entity_key")


def _reached(record: pl.DataFrame, start: pl.DataFrame, levels: int) -> pl.DataFrame:
    """key: everything that `start` is connected with."""
    link = record.drop_nulls("owner_key").unique()

    def walk(here: pl.DataFrame, come: str, go: str, steps: int) -> pl.DataFrame:
        seen = here
        for _ in range(steps):
            here = link.join(here, left_on=come, right_on="key", how="semi").select(key=go).unique().join(seen, on="key", how="anti")
            if here.is_empty():
                break
            seen = pl.concat([seen, here])
        return seen

    above = walk(start, "owned_key", "owner_key", levels)
    beside = walk(walk(start, "owned_key", "owner_key", 1), "owner_key", "owned_key", 1)
    below = walk(start, "owner_key", "owned_key", levels)
    return pl.concat([above, beside, below]).unique().sort("key")


def _parties(record: pl.DataFrame, entity: pl.DataFrame, known: pl.DataFrame) -> pl.DataFrame:
    """Rows of party for organisations that only registers know; one whose name no register file at hand gives goes by its key."""
    ends = pl.concat([
        record.select(entity_key=column, row_id="row_id", observed_on="stated_on") for column in ("owned_key", "owner_key")
    ]).drop_nulls("entity_key")
    first = ends.group_by("entity_key").agg(pl.col("row_id").min(), pl.col("observed_on").min())
    rows = first.join(known, on="entity_key", how="anti").join(entity, on="entity_key", how="left", suffix="_named")
    is_person = (pl.col("entity_type") == "person").fill_null(False)
    return rows.filter(~is_person).sort("entity_key").select(
        party_id="entity_key", name=pl.coalesce("name", "entity_key"), party_kind=pl.lit("owner"), country="country",
        subdivision="subdivision", lei=pl.when(pl.col("entity_key").str.starts_with("LEI:")).then(pl.col("entity_key").str.slice(4)),
        registry_id="entity_key", is_own_chain=pl.lit(False), observed_on="observed_on", row_id=pl.coalesce("row_id_named", "row_id"),
    )


def _links(record: pl.DataFrame, parties: pl.Series) -> pl.LazyFrame:
    """Rows of ownership_link between parties. Of a range the least is the share; what is held through others is left to the chain."""
    direct = record.filter(~pl.col("is_indirect").fill_null(False))
    named = direct.drop_nulls("owner_key").select("owned_key")
    alone = record.filter(pl.col("is_indirect")).join(named, on="owned_key", how="anti")  # without a direct owner the ultimate one counts
    is_share = pl.col("interest").is_in(["shareholding", "voting_rights"])
    links = pl.concat([direct, alone]).filter(*[pl.col(f"{side}_key").is_in(parties.implode()) for side in ("owner", "owned")])
    return conform("ownership_link", links.select(
        "interest", "is_control", "valid_from", "valid_to", "row_id", ownership_link_id="record_id", owner_id="owner_key",
        owned_id="owned_key", share=pl.when(is_share).then(pl.col("share_min")), source_type=pl.lit("authority"),
    ).sort("ownership_link_id").lazy())
