"""Countries, places and addresses of two parties compared: what is missing on either side says nothing.

Belongs here: `features` of the context of a pair. Does not belong here: names (compare.py), identifiers (identifiers.py), weights (model/).
"""

from __future__ import annotations

import numpy as np
import polars as pl
from anyascii import anyascii
from rapidfuzz import fuzz, process

CONTEXT = ("country_same", "country_differs", "place_same", "address_near", "address_far", "unit_differs")
# Likeness of two addresses (0 to 1) from which on they speak for one site, and below which for two; see MODEL_CARD.md.
NEUTRAL = 0.6


def _plain(text: pl.Series) -> pl.Series:
    """Lower-case words of ASCII letters and digits; null where nothing is left."""
    if text.null_count() == text.len():
        return text
    distinct = text.drop_nulls().unique()
    foreign = distinct.filter(distinct.str.contains(r"[^\x00-\x7F]"))
    spoken = text.replace(foreign, pl.Series([anyascii(value) for value in foreign], dtype=pl.String)) if foreign.len() else text
    kept = spoken.str.slice(0, 500).str.to_lowercase().str.replace_all(r"[^a-z0-9]+", " ").str.strip_chars()
    return kept.to_frame("text").select(pl.when(pl.col("text").str.len_bytes() > 0).then("text")).to_series()


def _column(pairs: pl.DataFrame, name: str, side: int) -> pl.Series:
    column = f"{name}_{side}"
    return pairs[column].cast(pl.String) if column in pairs.columns else pl.repeat(None, pairs.height, dtype=pl.String, eager=True)


def _is_told(pairs: pl.DataFrame, name: str, side: int) -> bool:
    column = f"{name}_{side}"
    return column in pairs.columns and pairs[column].null_count() < pairs.height


def likeness(one: pl.Series, other: pl.Series) -> pl.Series:
    """Float64, 0 to 1, of two columns of addresses, whatever the order of their parts and the spaces in them; null where one is unknown."""
    if one.null_count() == one.len() or other.null_count() == other.len():
        return pl.repeat(None, one.len(), dtype=pl.Float64, eager=True)
    left, right = _plain(one), _plain(other)
    found = np.full(len(left), np.nan)
    at = np.flatnonzero((left.is_not_null() & right.is_not_null()).to_numpy())
    if at.size:
        a, b = left.gather(at), right.gather(at)
        sorted_words = process.cpdist(a.to_list(), b.to_list(), scorer=fuzz.token_sort_ratio, workers=-1)
        joined = [column.str.replace_all(" ", "", literal=True).to_list() for column in (a, b)]
        found[at] = np.maximum(sorted_words, process.cpdist(*joined, scorer=fuzz.ratio, workers=-1)) / 100
    return pl.Series(found, nan_to_null=True)


def features(pairs: pl.DataFrame, number_differs: pl.Series) -> pl.DataFrame:
    """Float64 `CONTEXT` of each pair; 0 where a side is unknown.

    In: country_1/2 (ISO 3166-1 alpha-3), place_1/2, address_1/2, each optional. `number_differs` Boolean: the names hold numbers that
    differ, which sets two sites apart only where both have an address.
    """
    told = [any(_is_told(pairs, name, side) for name in ("country", "place", "address")) for side in (1, 2)]
    if not all(told):  # the common case of a name alone, which is answered at once
        return pl.DataFrame({name: np.zeros(pairs.height) for name in CONTEXT})
    country = [_column(pairs, "country", side) for side in (1, 2)]
    place = [_plain(_column(pairs, "place", side)) for side in (1, 2)]
    address = [_column(pairs, "address", side) for side in (1, 2)]
    plain = [_plain(column) for column in address]
    like = likeness(*address)
    frame = pl.DataFrame(
        {
            "country_1": country[0], "country_2": country[1], "place_1": place[0], "place_2": place[1],
            "address_1": plain[0], "address_2": plain[1], "like": like, "number": number_differs,
        }
    )  # fmt: skip
    both = pl.col("country_1").is_not_null() & pl.col("country_2").is_not_null()
    held = [
        pl.format(" {} ", pl.col(f"address_{theirs}"))
        .str.contains(pl.format(" {} ", pl.col(f"place_{ours}")), literal=True)
        .fill_null(False)
        for ours, theirs in ((1, 2), (2, 1))
    ]
    same_place = (pl.col("place_1") == pl.col("place_2")).fill_null(False) | held[0] | held[1]
    return (
        frame.select(
            country_same=both & (pl.col("country_1") == pl.col("country_2")),
            country_differs=both & (pl.col("country_1") != pl.col("country_2")),
            place_same=same_place & ~(both & (pl.col("country_1") != pl.col("country_2"))).fill_null(False),
            address_near=((pl.col("like") - NEUTRAL).clip(0, 1) / (1 - NEUTRAL)).fill_null(0),
            address_far=((NEUTRAL - pl.col("like")).clip(0, 1) / NEUTRAL).fill_null(0),
            unit_differs=pl.col("like").is_not_null() & pl.col("number"),
        )
        .cast(pl.Float64)
        .fill_null(0)
    )
