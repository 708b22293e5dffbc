"""Checks that look at two columns of a row: links to oneself, reversed dates, counts above their whole, answers to their question.

Does not belong here: checks of a single column (columns.py) or of several rows (conversion.py).
"""

from __future__ import annotations

from functools import lru_cache

import polars as pl

from data import model
from pipelines import refusal
from pipelines.normalise import fold

# first must not be after second
_ORDERED_DATES = (("valid_from", "valid_to"), ("recruited_from", "recruited_to"), ("paid_on", "reimbursed_on"))
# first must not be more than second
_PARTS = (("workers_affirmed", "workers_asked"), ("migrant_count", "worker_count"), ("agency_worker_count", "worker_count"))


def across(table: str, typed: pl.DataFrame, file: str, headings: dict[str, str]) -> list[pl.DataFrame]:
    """Problems of the rows of `typed` (contract columns and `line`), in refusal.PROBLEM_SCHEMA."""
    found, names = [], set(typed.columns)

    def say(where: pl.Expr, reason: str, column: str, **words: object) -> None:
        rows = typed.filter(where).select("line", value=pl.col(column).cast(pl.String))
        if len(rows):
            found.append(refusal.problems(rows, reason, file, headings.get(column, column), **words))

    ends = [name for name, column in model.contract(table).columns.items() if column.references == "party"]
    if len(ends) == 2:
        say(pl.col(ends[0]) == pl.col(ends[1]), "self_link", ends[1], names=f"{ends[0]} and {ends[1]}")
    for first, second in _ORDERED_DATES:
        if {first, second} <= names:
            say(pl.col(second) < pl.col(first), "date_reversed", second, other=first)
    for part, whole in _PARTS:
        if {part, whole} <= names:
            say(pl.col(part) > pl.col(whole), "more_than_whole", part, other=whole)
    return found


@lru_cache
def _answers() -> dict[str, dict[str, str]]:
    """Question -> folded code or label -> code, for the questions that have coded answers."""
    known: dict[str, dict[str, str]] = {}
    for question in model.vocabulary("question").codes.values():
        for code, labels in (question.values.get("answers") or {}).items():
            for name in (code, labels["en"], labels["fr"]):
                known.setdefault(question.code, {}).setdefault(fold(str(name)), str(code))
    return known


def answers(typed: pl.DataFrame, file: str, headings: dict[str, str]) -> tuple[pl.DataFrame, list[pl.DataFrame]]:
    """Assessments with coded answers; an answer to a question about a number is moved to `answer_number`."""
    pairs = typed.select("question", "answer").drop_nulls().unique()
    known = _answers()
    codes = [known[q].get(fold(a)) if q in known else a for q, a in pairs.rows()]
    coded = [question in known for question, _ in pairs.rows()]
    pairs = pairs.with_columns(code=pl.Series(codes, dtype=pl.String), is_coded=pl.Series(coded, dtype=pl.Boolean))
    joined = typed.join(pairs, on=["question", "answer"], how="left", maintain_order="left")
    wrong = joined.filter(pl.col("is_coded") & pl.col("code").is_null())
    found = [
        refusal.problems(rows.select("line", value="answer"), "answer_unknown", file, headings.get("answer", "answer"),
                         allowed=", ".join(dict.fromkeys(known[str(question)].values())))
        for (question,), rows in wrong.group_by("question", maintain_order=True)
    ]  # fmt: skip
    number = pl.col("answer").cast(pl.Float64, strict=False)
    moved = ~pl.col("is_coded") & number.is_not_null() & pl.col("answer_number").is_null()
    joined = joined.with_columns(
        answer=pl.when(~moved | moved.is_null()).then("code"), answer_number=pl.when(moved).then(number).otherwise("answer_number")
    )
    return joined.select(typed.columns), found
