"""A file of pairs of names, each answered in its line: how likely they are one party, and what each comparison added.

Belongs here: reading the file and its refusals. Does not belong here: comparing (compare.py), the command line (service).
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polars as pl

from pipelines import normalise, reading
from pipelines.procurement.words import is_missing
from pipelines.refusal import Refused
from pipelines.resolution import names, probability

_SCHEMAS = {
    "organisation": (
        "organisation",
        "organization",
        "company",
        "legalentity",
        "legal entity",
        "org",
        "entreprise",
        "société",
        "societe",
        "publicbody",
    ),
    "person": ("person", "individual", "personne", "natural person"),
    "vessel": ("vessel", "ship", "navire"),
}
_KNOWN = {word: schema for schema, words in _SCHEMAS.items() for word in words}
_HEADINGS = {"name_1": "name1", "name_2": "name2", "country_1": "country1", "country_2": "country2", "address_1": "address1",
             "address_2": "address2", "identifiers_1": "identifiers1", "identifiers_2": "identifiers2"}  # fmt: skip
_BATCH = 20_000
_CELL = 20_000  # characters of a cell that are taken; a name is compared by its first 2,000


def _columns(raw: reading.Raw) -> dict[str, str]:
    """Our column -> name of the cells; `country` alone is that of both."""
    found: dict[str, str] = {}
    for position, heading in enumerate(raw.headings):
        key = heading.strip().lower().replace(" ", "")
        found.setdefault(_HEADINGS.get(key, key), f"c{position}")
    missing = [name for name in ("name1", "name2") if name not in found]
    if missing:
        raise Refused(
            raw.file, "column_missing",
            f"There is no column {' and no column '.join(missing)}; the headings are {', '.join(raw.headings)[:500]}.",
            "Name the two columns of names name1 and name2, and the kind of party schema (Company, Person, Vessel).", line=1,
        )  # fmt: skip
    for name in ("country", "address", "identifiers"):
        if name in found:
            found.setdefault(f"{name}1", found[name])
            found.setdefault(f"{name}2", found[name])
    return found


def match_pairs(path: Path) -> Iterator[dict[str, Any]]:
    """One result for each row of a CSV file (or XLSX, Parquet, JSON Lines), in the order of the rows.

    Columns: name1, name2; optional schema, country or country1 and country2 (code or name), address1, address2, identifiers1,
    identifiers2 (`SCHEME:ID`, several separated by `;`). Others are not read. Each result has `line`, `name1`, `name2`, `schema`,
    `probability` (over 0 and under 1; null where a name is blank, stands for none or cannot be compared), `confidence` (what a match of
    two parties may claim of it: a name alone stays below 0.92), `reasons` (feature, ours, theirs, logits, which sum to the logit of the
    probability) and `notes`, in words (on the first row also what was unclear in the whole file). Rows that could not be split come as
    results without probability, in their place. Refused: no such file, no text, no columns name1 and name2.
    """
    if not path.is_file():
        raise Refused(str(path), "file_missing", "there is no such file.", "Check the path.")
    with tempfile.TemporaryDirectory() as work:
        yield from _read(reading.read(path, Path(work)))


def _read(raw: reading.Raw) -> Iterator[dict[str, Any]]:
    found = _columns(raw)
    broken = iter(sorted(raw.rejects.iter_rows(named=True), key=lambda reject: reject["line"] or 0))
    reject = next(broken, None)
    start, warnings = 0, list(raw.warnings)
    for piece in raw.cells.pieces(sorted(set(found.values())), _BATCH):
        lines = raw.lines.slice(start, piece.height)
        start += piece.height
        for result in _answered(_taken(piece, found, lines)):
            while reject is not None and (reject["line"] or 0) < result["line"]:
                yield _refused(reject)
                reject = next(broken, None)
            result["notes"], warnings = [*warnings, *result["notes"]], []
            yield result
    while reject is not None:
        yield _refused(reject)
        reject = next(broken, None)


def _refused(reject: dict[str, Any]) -> dict[str, Any]:
    return {
        "line": reject["line"], "name1": None, "name2": None, "schema": None, "probability": None, "confidence": None, "reasons": [],
        "notes": [f"{reject['message']} {reject['next_step']}"],
    }  # fmt: skip


def _taken(piece: pl.DataFrame, found: dict[str, str], lines: pl.Series) -> pl.DataFrame:
    def cell(name: str) -> pl.Expr:
        return pl.col(found[name]).str.slice(0, _CELL) if name in found else pl.lit(None, dtype=pl.String)

    table = piece.select(
        schema_given=cell("schema"),
        **{f"{name}_{side}": cell(f"{name}{side}") for name in ("name", "country", "address") for side in (1, 2)},
        **{f"identifiers_{side}": cell(f"identifiers{side}").str.split(";").list.eval(
            pl.element().str.strip_chars().filter(pl.element().str.strip_chars() != "")) for side in (1, 2)},
    ).with_columns(line=lines)  # fmt: skip
    known = pl.col("schema_given").str.strip_chars().str.to_lowercase()
    return table.with_columns(
        schema=known.replace_strict(_KNOWN, default="organisation", return_dtype=pl.String).fill_null("organisation"),
        is_known=known.is_in(list(_KNOWN)).fill_null(False),
        **{f"iso_{side}": normalise.countries(table[f"country_{side}"]) for side in (1, 2)},
    )


def _answered(table: pl.DataFrame) -> Iterator[dict[str, Any]]:
    sides = []
    for side in (1, 2):
        prepared = names.prepared(table.select(name=f"name_{side}", schema="schema"))
        sides.append(prepared.select(pl.all().name.suffix(f"_{side}")))
    context = table.select(
        *(pl.col(f"iso_{side}").alias(f"country_{side}") for side in (1, 2)), "address_1", "address_2", "identifiers_1", "identifiers_2"
    )
    answered = probability.probabilities(pl.concat([*sides, context], how="horizontal"))
    answered = answered.with_columns(confidence=probability.capped(pl.col("probability"), pl.col("basis")))
    for asked, row in zip(table.iter_rows(named=True), answered.iter_rows(named=True), strict=True):
        notes = [] if asked["is_known"] else [_schema_note(asked["schema_given"])]
        blank = [f"name{side}" for side in (1, 2) if row[f"core_{side}"] is None or is_missing(asked[f"name_{side}"])]
        notes += [f"{name} holds nothing that can be compared." for name in blank]
        notes += [
            f"country{side} {asked[f'country_{side}']!r} is no country that is known; it was not compared."
            for side in (1, 2)
            if asked[f"country_{side}"] and asked[f"iso_{side}"] is None
        ]
        reasons = [] if blank else [reason.model_dump() for reason in probability.explained(row)]
        yield {
            "line": asked["line"], "name1": asked["name_1"], "name2": asked["name_2"], "schema": asked["schema"],
            "probability": None if blank else row["probability"], "confidence": None if blank else row["confidence"],
            "reasons": reasons, "notes": notes,
        }  # fmt: skip


def _schema_note(given: str | None) -> str:
    return f"schema {given!r} is not known; compared as organisations." if given else "No schema given; compared as organisations."
