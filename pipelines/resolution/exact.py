"""Who is who, by identifier and by exact normalised name and place.

Names are compared without case, accents, punctuation and with the commonest legal forms spelt one way; nothing is guessed.
"""

from __future__ import annotations

import numpy as np
import polars as pl
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from data import model

LEGAL_FORMS = {
    r"\blimited\b": "ltd",
    r"\bcompany\b": "co",
    r"\bcorporation\b": "corp",
    r"\bincorporated\b": "inc",
    r"\bprivate\b": "pvt",
    r"\bs a r l\b": "sarl",
    r"\bs a\b": "sa",
    r"\bg m b h\b": "gmbh",
    r"\bsendirian\b": "sdn",
    r"\bberhad\b": "bhd",
    r"\band\b": "",
    r"\bp t\b": "pt",
    r"\bl l c\b": "llc",
}
IDENTIFIERS = ("lei", "duns", "tax_id", "registry_id")
PERSONAL = "person"


def normal_name(name: pl.Expr) -> pl.Expr:
    """The name without case, accents, punctuation and spelling variants of legal forms; null where nothing is left."""
    text = (
        name.str.to_lowercase().str.normalize("NFKD").str.replace_all(r"\p{M}", "").str.replace_all(r"['’`.]", "").str.replace_all("&", " ")
    )
    text = text.str.replace_all(r"[^\p{L}\p{N}]+", " ").str.strip_chars()
    for pattern, short in LEGAL_FORMS.items():
        text = text.str.replace_all(pattern, short)
    text = text.str.replace_all(r"\s+", " ").str.strip_chars()
    return pl.when(text.str.len_chars() > 0).then(text)


def normal_identifier(value: pl.Expr) -> pl.Expr:
    """Letters and digits only, upper case; a scheme before a colon is dropped."""
    return value.str.to_uppercase().str.replace(r"^[A-Z0-9-]+:", "").str.replace_all(r"[^A-Z0-9]", "")


def resolve(party: pl.LazyFrame) -> pl.DataFrame:
    """party_id, master_id, basis: rows of one real-world party share the master, which is the one loaded first.

    Two rows are one party when they share an identifier, or name, country and place or address. Ids stay stable: a row added later never
    becomes master of rows that stand.
    """
    rows = (
        party.select("party_id", "row_id", "name", "country", "place", "address", *IDENTIFIERS)
        .sort("row_id")
        .collect()
        .with_row_index("node")
    )
    keys = [
        rows.select(
            "node",
            key=pl.lit(f"{name}:")
            + pl.coalesce(pl.when(pl.lit(name == "tax_id")).then(pl.col("country") + ":"), pl.lit(""))
            + normal_identifier(pl.col(name)),
            basis=pl.lit("identifier"),
        )
        for name in IDENTIFIERS
    ]
    place = pl.coalesce(normal_name(pl.col("address")), normal_name(pl.col("place")))
    keys.append(
        rows.select(
            "node",
            key=pl.concat_str([pl.lit("name"), normal_name(pl.col("name")), "country", place], separator="|"),
            basis=pl.lit("name_place"),
        )
    )
    shared = pl.concat(keys).drop_nulls("key").filter(pl.len().over("key") > 1)
    alias = rows.select("party_id", master_id="party_id", basis=pl.lit("own"))
    if shared.is_empty():
        return alias
    codes = shared["key"].rank("dense").cast(pl.Int64).to_numpy() - 1
    nodes = shared["node"].to_numpy()
    size = rows.height + int(codes.max()) + 1
    graph = coo_matrix((np.ones(nodes.size, dtype=np.int8), (nodes, rows.height + codes)), shape=(size, size))
    component = connected_components(graph, directed=False)[1][: rows.height]
    grouped = rows.select("node", "party_id").with_columns(component=pl.Series(component))
    first = pl.col("party_id").first().over("component", order_by="node")
    basis = shared.group_by("node").agg(pl.col("basis").min())
    return (
        grouped.with_columns(master_id=first)
        .join(basis, on="node", how="left")
        .select("party_id", "master_id", basis=pl.when(pl.col("party_id") == pl.col("master_id")).then(pl.lit("own")).otherwise("basis"))
    )


def _names(listing: pl.LazyFrame) -> pl.LazyFrame:
    every = pl.concat_list(pl.concat_list("name"), pl.col("aliases").fill_null([])).alias("listed_name")
    return (
        listing.select("listing_id", "row_id", "country", "subdivision", "place", "address", "covered_hs", every)
        .explode("listed_name")
        .with_columns(key=normal_name(pl.col("listed_name")))
        .drop_nulls("key")
    )


def match(party: pl.LazyFrame, product: pl.LazyFrame, listing: pl.LazyFrame) -> pl.DataFrame:
    """Rows of the contract `listing_match`: parties that share an identifier or a normalised name with a listed organisation or vessel."""
    codes = model.vocabulary("match_basis").codes
    organisations = listing.filter(pl.col("entity_type") != PERSONAL)
    ours = (
        pl.concat([party.select("party_id", "country", scheme=pl.lit(name), key=normal_identifier(pl.col(name))) for name in IDENTIFIERS])
        .drop_nulls("key")
        .filter(pl.col("key").str.len_chars() >= 6)
    )
    theirs = (
        organisations.select("listing_id", "name", "country", "identifiers")
        .explode("identifiers")
        .drop_nulls("identifiers")
        .with_columns(key=normal_identifier(pl.col("identifiers")))
    )
    by_identifier = (
        ours.join(theirs, on="key", suffix="_listed")
        .filter((pl.col("country") == pl.col("country_listed")).fill_null(True) | (pl.col("scheme") == "lei"))
        .select("party_id", "listing_id", listed_name="name", match_basis=pl.lit("identifier"))
    )
    named = (
        party.select("party_id", "country", "subdivision", "place", "address", key=normal_name(pl.col("name")))
        .drop_nulls("key")
        .join(_names(organisations), on="key", suffix="_listed")
    )
    place, listed_place = (
        normal_name(pl.col("place")),
        normal_name(pl.concat_str(["place_listed", "address_listed"], separator=" ", ignore_nulls=True)),
    )
    same_place = (listed_place.str.contains(place, literal=True)).fill_null(False) & (pl.col("country") == pl.col("country_listed"))
    same_region = (pl.col("subdivision") == pl.col("subdivision_listed")).fill_null(False)
    goods = product.select("party_id", "hs").group_by("party_id").agg(pl.col("hs"))
    business = (
        pl.col("hs")
        .list.eval(pl.element().str.slice(0, 4))
        .list.set_intersection(pl.col("covered_hs").list.eval(pl.element().str.slice(0, 4)))
        .list.len()
        > 0
    )
    chapter = (
        pl.col("hs")
        .list.eval(pl.element().str.slice(0, 2))
        .list.set_intersection(pl.col("covered_hs").list.eval(pl.when(pl.element().str.len_chars() == 2).then(pl.element())))
        .list.drop_nulls()
        .list.len()
        > 0
    )
    same_business = (business | chapter).fill_null(False)
    same_country = pl.col("country") == pl.col("country_listed")
    by_name = named.join(goods, on="party_id", how="left").select(
        "party_id",
        "listing_id",
        "listed_name",
        match_basis=pl.when((same_place | same_region) & same_business)
        .then(pl.lit("name_place_business"))
        .when(same_place | same_region)
        .then(pl.lit("name_place"))
        .when(same_country.fill_null(False) & same_business)
        .then(pl.lit("name_country_business"))
        .when(same_country.fill_null(False))
        .then(pl.lit("name_country"))
        .when(same_country.is_null())
        .then(pl.lit("name"))
        .otherwise(pl.lit("name_elsewhere")),
    )
    confidence = {code: entry.values["confidence"] for code, entry in codes.items()}
    confirming = {code: entry.values["is_confirming"] for code, entry in codes.items()}
    found = (
        pl.concat([by_identifier, by_name])
        .with_columns(
            match_confidence=pl.col("match_basis").replace_strict(confidence, return_dtype=pl.Float64),
            is_confirmed=pl.col("match_basis").replace_strict(confirming, return_dtype=pl.Boolean),
        )
        .sort("match_confidence", "listed_name", descending=[True, False])
        .unique(["party_id", "listing_id"], keep="first", maintain_order=True)
    )
    lists = model.vocabulary("list").codes
    by_list = {
        name: {code: entry.values.get(name) for code, entry in lists.items()} for name in ("override", "severity", "is_state_imposed")
    }
    facts = listing.select(
        "listing_id",
        "list_id",
        "programme",
        "authority",
        "covered_hs",
        "listed_on",
        "delisted_on",
        "status",
        listing_row_id="row_id",
        override=pl.col("list_id").replace_strict(by_list["override"], return_dtype=pl.String),
        severity=pl.coalesce("severity", pl.col("list_id").replace_strict(by_list["severity"], return_dtype=pl.Int64)),
        is_state_imposed=pl.col("list_id").replace_strict(by_list["is_state_imposed"], return_dtype=pl.Boolean).fill_null(False),
    )
    return found.join(facts, on="listing_id").with_columns(row_id="listing_row_id").sort("party_id", "listing_id").collect()
