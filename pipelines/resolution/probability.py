"""How likely it is that two names, with what else is known, are one party; and what each comparison added.

Belongs here: applying model/coefficients.yml, whose logits add up exactly; the ceiling of a name alone (amendment 8); explanations.
Does not belong here: how the coefficients were learned (training.py), what is done with a match (risk).
"""

from __future__ import annotations

import math
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from data import model
from data.screening import Compared
from pipelines.resolution import addresses, compare, identifiers

COEFFICIENTS = Path(__file__).parent / "model" / "coefficients.yml"
# What is compared, in the order shown; each sums the terms whose names begin with its name.
NAME_GROUPS = ("agreed", "edits", "sound", "rest", "number", "place_rest", "initial", "acronym", "form", "words", "order", "legal")
CONTEXT_GROUPS = ("country", "place", "address", "unit", "identifier")
GROUPS = (*NAME_GROUPS, *CONTEXT_GROUPS)
CONTRIBUTIONS = ("c_start", *(f"c_{group}" for group in GROUPS))
_CEILING, _KNEE = 0.92, 0.8
_LIMIT = 30.0  # of a logit: beyond it, neighbouring probabilities would round to one number
CONFIRMING = frozenset({"identifier", "name_place_business"})


@lru_cache
def coefficients() -> dict[str, Any]:
    found: dict[str, Any] = model.read_yaml(COEFFICIENTS)
    return found


def version() -> str:
    """Of the coefficients: date and the first figures of the hash of what they were learned from."""
    stamp = coefficients()["learned_from"]
    return f"{stamp['on']}-{stamp['sha256'][:8]}"


def _group(term: str) -> str:
    return max((group for group in GROUPS if term.startswith(group)), key=len)


def _names(pairs: pl.DataFrame, found: pl.DataFrame, table: dict[str, npt.NDArray[np.float64]]) -> None:
    schema = pairs["schema_1"].to_numpy()
    for name, entry in coefficients()["schemas"].items():
        of = schema == name
        if not of.any():
            continue
        table["c_start"][of] = entry["start"]
        for term, weight in entry["terms"].items():
            table[f"c_{_group(term)}"][of] += weight * found[term].to_numpy()[of]


def _context(pairs: pl.DataFrame, found: pl.DataFrame, table: dict[str, npt.NDArray[np.float64]]) -> tuple[pl.DataFrame, pl.DataFrame]:
    weights = {term: entry["logits"] for term, entry in coefficients()["context"].items()}
    around = addresses.features(pairs, found["number_rest"] + found["number_edits"] > 0)
    for term in addresses.CONTEXT:
        table[f"c_{_group(term)}"] += weights[term] * around[term].to_numpy()
    numbers = _identifiers(pairs)
    for term in ("identifier_valid", "identifier_unchecked", "identifier_differs"):
        table["c_identifier"] += weights[term] * numbers[term].to_numpy()
    return around, numbers


def _identifiers(pairs: pl.DataFrame) -> pl.DataFrame:
    """Float64 per pair: a valid number shared, one without check digit shared, two of one scheme that differ; and the shared `key`."""
    empty = pl.DataFrame(
        {
            **{name: np.zeros(pairs.height) for name in ("identifier_valid", "identifier_unchecked", "identifier_differs")},
            "key": pl.Series([None] * pairs.height, dtype=pl.String),
        }
    )
    if not {"identifiers_1", "identifiers_2"} <= set(pairs.columns):
        return empty
    country = [pl.col(name) if name in pairs.columns else pl.lit(None, dtype=pl.String).alias(name) for name in ("country_1", "country_2")]
    rows = (
        pairs.select("identifiers_1", "identifiers_2", *country)
        .with_row_index("row")
        .filter((pl.col("identifiers_1").list.len() > 0) & (pl.col("identifiers_2").list.len() > 0))
    )
    if rows.is_empty():
        return empty
    sides = [
        identifiers.keys(
            rows.select("row", identifier=f"identifiers_{side}", country=f"country_{side}").explode("identifier", empty_as_null=True)
        ).with_columns(family=pl.col("owner").str.replace(r":.*$", ""))
        for side in (1, 2)
    ]
    shared = sides[0].join(sides[1], on=["row", "key"], suffix="_2").filter(pl.col("is_valid").fill_null(True))
    same = shared.group_by("row").agg(pl.col("is_valid").fill_null(False).any().alias("valid"), pl.col("key").min())
    known = [side.filter(pl.col("is_valid").fill_null(True)).drop_nulls("family") for side in sides]
    both = known[0].join(known[1], on=["row", "family"], suffix="_2")
    differ = both.group_by("row").agg(apart=(pl.col("owner") != pl.col("owner_2")).all())
    joined = (
        pl.DataFrame({"row": np.arange(pairs.height, dtype=np.uint32)})
        .join(same, on="row", how="left", maintain_order="left")
        .join(differ, on="row", how="left", maintain_order="left")
    )
    return joined.select(
        identifier_valid=pl.col("valid").fill_null(False).cast(pl.Float64),
        identifier_unchecked=(~pl.col("valid")).fill_null(False).cast(pl.Float64),
        identifier_differs=(pl.col("apart").fill_null(False) & pl.col("valid").is_null()).cast(pl.Float64),
        key="key",
    )


def _logistic(logit: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    return np.asarray(1 / (1 + np.exp(-logit)), np.float64)


def probabilities(pairs: pl.DataFrame) -> pl.DataFrame:
    """`pairs` with `probability` Float64 (over 0 and under 1), `logit`, `basis` and what each comparison added to the logit.

    In: the columns of names.prepared with _1 and _2, both sides of one schema; optional for each side `country` (ISO 3166-1 alpha-3),
    `place`, `address` String and `identifiers` list of `SCHEME:ID`. Added: `CONTRIBUTIONS` Float64, which sum to `logit`; `basis`, a code
    of the vocabulary match_basis. A pair without a comparable name on both sides is held at the lowest probability unless a number is
    shared.
    """
    table = {name: np.zeros(pairs.height) for name in CONTRIBUTIONS}
    found = compare.features(pairs)
    _names(pairs, found, table)
    around, numbers = _context(pairs, found, table)
    table = _bounded(table)
    logit = np.sum(list(table.values()), axis=0)
    near = around["place_same"] + (around["address_near"] > 0.5).cast(pl.Float64)
    basis = pl.DataFrame({"key": numbers["key"], "near": near, "same": around["country_same"], "apart": around["country_differs"]}).select(
        pl.when(pl.col("key").is_not_null()).then(pl.lit("identifier"))
        .when(pl.col("near") > 0).then(pl.lit("name_place"))
        .when(pl.col("same") > 0).then(pl.lit("name_country"))
        .when(pl.col("apart") > 0).then(pl.lit("name_elsewhere"))
        .otherwise(pl.lit("name"))
        .alias("basis")
    ).to_series()  # fmt: skip
    return pairs.with_columns(
        probability=pl.Series(_logistic(logit)),
        logit=pl.Series(logit),
        basis=basis,
        **{name: pl.Series(values) for name, values in table.items()},
    )


def _bounded(table: dict[str, npt.NDArray[np.float64]]) -> dict[str, npt.NDArray[np.float64]]:
    """The same contributions, scaled together where their sum is beyond what a probability can show; order is kept."""
    logit = np.sum(list(table.values()), axis=0)
    size = np.abs(logit)
    shown = np.where(size > _LIMIT / 2, _LIMIT / 2 * (2 - np.exp(1 - size / (_LIMIT / 2))), size)
    scale = np.where(size > 0, shown / np.where(size > 0, size, 1), 1)
    return {name: values * scale for name, values in table.items()}


def capped(probability: pl.Expr, basis: pl.Expr) -> pl.Expr:
    """The probability that a match may claim: never 0.92 or more unless an identifier, or name with place and business, confirms it.

    Strictly increasing (what lies between 0.8 and 1 is drawn together into 0.8 to 0.92), so that order is never lost. Amendment 8.
    """
    squashed = pl.when(probability > _KNEE).then(_KNEE + (_CEILING - _KNEE) * (probability - _KNEE) / (1 - _KNEE)).otherwise(probability)
    return pl.when(basis.is_in(list(CONFIRMING))).then(probability).otherwise(squashed)


_SHOWN = {
    "agreed": "core", "edits": "core", "sound": "core", "rest": "core", "number": "core", "place_rest": "core", "initial": "core",
    "acronym": "core", "form": "core", "words": "core", "order": "core", "legal": "n_legal",
    "country": "country", "place": "place", "address": "address", "unit": "name", "identifier": "identifiers",
}  # fmt: skip


def explained(row: dict[str, Any]) -> list[Compared]:
    """What was compared in one row of `probabilities`, largest first, and what each added; the logits sum to that of the probability."""
    reasons = [Compared(feature="start", logits=row["c_start"])]
    found = []
    for group in GROUPS:
        logits = row[f"c_{group}"]
        if logits:
            ours, theirs = (_text(row, group, side) for side in (1, 2))
            found.append(Compared(feature=group, ours=ours, theirs=theirs, logits=logits))
    return reasons + sorted(found, key=lambda reason: -abs(reason.logits))


def _text(row: dict[str, Any], group: str, side: int) -> str | None:
    value = row.get(f"{_SHOWN[group]}_{side}")
    if group in ("rest", "edits", "number", "place_rest") and isinstance(value, str):
        other = set((row.get(f"core_{3 - side}") or "").split())
        value = " ".join(word for word in value.split() if word not in other)
    if isinstance(value, (list, tuple)):
        value = "; ".join(map(str, value))
    return value or None


def total(reasons: list[Compared]) -> float:
    """The probability that the reasons sum to."""
    return 1 / (1 + math.exp(-sum(reason.logits for reason in reasons)))
