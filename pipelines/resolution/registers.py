"""Rows of licence registers and the agencies they are about: by licence number, else by name and address in the same country.

Belongs here: linking, and how each row was linked. Does not belong here: how sure a pair of names is (probability.py), and what a status
means (indicators).
"""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from pipelines.resolution import addresses, index, probability
from pipelines.resolution.resolve import one_spelling
from pipelines.resolution.thresholds import threshold

MATCHED = {
    "agency_id": pl.String, "licence_row_id": pl.String, "our_name": pl.String, "other_name": pl.String, "match_basis": pl.String,
    "match_confidence": pl.Float64, "is_confirmed": pl.Boolean,
}  # fmt: skip


@dataclass(frozen=True)
class Licensed:
    """`licence`: rows of the contract `agency_licence` with their agency. `matched` (MATCHED): each row of a register and its agency, or,
    not confirmed, the agency that it may be: those add nothing until a person says so."""

    licence: pl.DataFrame
    matched: pl.DataFrame


def _number(column: str) -> pl.Expr:
    bare = pl.col(column).str.replace_all(r"[^0-9A-Za-z]", "").str.strip_chars_start("0").str.to_uppercase()
    return pl.when(bare.str.len_bytes() > 0).then(bare)


def _by_number(register: pl.DataFrame, agency: pl.DataFrame) -> pl.DataFrame:
    """agency_id, row_id of rows whose number is that of one agency of the country."""
    own = agency.select("agency_id", "country", number=_number("licence_no")).drop_nulls("number")
    entries = register.select("row_id", "country", number=_number("licence_no"))
    return entries.join(own.unique(["country", "number"], keep="none"), on=["country", "number"]).select("agency_id", "row_id")


def _by_name(register: pl.DataFrame, agency: pl.DataFrame) -> pl.DataFrame:
    """agency_id, row_id, names, basis, probability and whether the pair is sure: one spelling, one address or place, no other number."""
    nothing = pl.lit(None, dtype=pl.List(pl.String))
    entries = register.select(
        "country", "address", listing_id=pl.col("row_id").cast(pl.String), name="agency_name", entity_type=pl.lit("organisation"),
        aliases=nothing, place=pl.lit(None, dtype=pl.String), identifiers=nothing,
    )  # fmt: skip
    queries = agency.select(
        "name", "country", "place", "address", key="agency_id", schema=pl.lit("organisation"), aliases=nothing, identifiers=nothing
    )
    found = index.search(index.build(entries), queries, threshold("review_from")).filter(pl.col("country_1") == pl.col("country_2"))
    near = addresses.likeness(found["address_1"], found["address_2"])
    known = found.with_columns(near=near, is_one_spelling=one_spelling(found), row_id=pl.col("listing_id").cast(pl.Int64))
    known = known.join(agency.select(query_key="agency_id", own=_number("licence_no")), on="query_key", maintain_order="left", how="left")
    known = known.join(register.select("row_id", number=_number("licence_no")), on="row_id", maintain_order="left", how="left")
    in_place = pl.col("basis") == "name_place"
    here = pl.when(pl.col("near").is_not_null()).then(pl.col("near") >= threshold("same_address")).otherwise(in_place)
    sure = here & pl.col("is_one_spelling") & (pl.col("probability") >= threshold("merge_from"))
    sure = sure & ~(pl.col("own") != pl.col("number")).fill_null(False)
    return known.select(
        "row_id", "our_name", "basis", "probability", agency_id="query_key", other_name="listed_name", is_confirmed=sure
    ).with_columns(is_confirmed=pl.col("is_confirmed") & (pl.col("is_confirmed").sum().over("row_id") == 1))  # fmt: skip


def licensed(licence: pl.DataFrame, agency: pl.DataFrame) -> Licensed:
    """Licence rows (contract `agency_licence` and row_id) with their agency. Rows without one are of a register; those that find none go.

    A number in the country comes first. A name joins only from the threshold merge_from on and where address or place agree.
    """
    named, register = (licence.filter(pl.col("agency_id").is_not_null() == has) for has in (True, False))
    numbered = _by_number(register, agency)
    rest = register.join(numbered, on="row_id", how="anti").drop_nulls(["agency_name", "country"])
    rest = rest.filter(pl.col("country").is_in(agency["country"].implode()))
    facts = register.select("row_id", "licence_row_id", register_name="agency_name")
    by_number = (
        numbered.join(facts, on="row_id")
        .join(agency.select("agency_id", our_name="name"), on="agency_id")
        .select(*list(MATCHED)[:3], "row_id", other_name="register_name", match_basis=pl.lit("licence_no"),
                match_confidence=pl.lit(None, dtype=pl.Float64), is_confirmed=pl.lit(True))
    )  # fmt: skip
    matched = by_number
    if rest.height and agency.height:
        by_name = _by_name(rest, agency).join(facts, on="row_id").with_columns(
            match_basis="basis", match_confidence=probability.capped(pl.col("probability"), pl.col("basis"))
        )  # fmt: skip
        matched = pl.concat([by_number, by_name.select(by_number.columns)])
    matched = matched.sort("agency_id", "row_id")
    sure = matched.filter("is_confirmed").select("row_id", "agency_id")
    found = register.drop("agency_id").join(sure, on="row_id").select(named.columns)
    return Licensed(pl.concat([named, found]), matched.select(list(MATCHED)))
