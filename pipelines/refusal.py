"""Why a row, a file or a value is not taken in: the two ways to say it. The sentences are in reasons.yml.

`Refused` stops an import. `problems` makes quarantine entries for single rows. Both name file, line, column, value, reason and next step.
"""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path
from typing import Any

import polars as pl

from data import model

PROBLEM_SCHEMA: dict[str, Any] = {
    "line": pl.Int64, "column": pl.String, "value": pl.String, "reason": pl.String, "message": pl.String, "next_step": pl.String,
}
# The row is loaded, without the value named.
NOTES = frozenset({"subdivision_unknown"})


class Refused(ValueError):
    """An import that cannot go on: nothing was loaded. The text names file, line, column, value and next step."""

    def __init__(
        self, file: str, reason: str, message: str, next_step: str, *,
        line: int | None = None, column: str | None = None, value: str | None = None,
    ) -> None:
        self.file, self.reason, self.message, self.next_step = file, reason, message, next_step
        self.line, self.column, self.value = line, column, value
        super().__init__(f"{place(file, line, column)}: {message} {next_step}")


@lru_cache
def reasons() -> dict[str, dict[str, str]]:
    """Sentence (`message`) and `next_step` of every reason, from reasons.yml."""
    found: dict[str, dict[str, str]] = model.read_yaml(Path(__file__).with_name("reasons.yml"))
    return found


def place(file: str, line: int | None = None, column: str | None = None) -> str:
    """file, line 3, column "Country"."""
    return file + (f", line {line}" if line else "") + (f', column "{column}"' if column else "")


def problems(frame: pl.DataFrame, reason: str, file: str, column: str | None = None, **words: object) -> pl.DataFrame:
    """Entries in PROBLEM_SCHEMA for the rows of `frame` (line Int64, value String, and String columns for words that differ by row).

    `words` fill the sentence where they are the same for every row.
    """
    text, words = reasons()[reason], {"column": column or "", **words}
    cut = pl.col("value").str.slice(0, 200)

    def fill(text: str) -> pl.Expr:
        pieces = []
        for piece in re.split(r"(\{\w+\})", text):
            name = piece[1:-1] if piece.startswith("{") else ""
            by_row = cut if name == "value" else pl.col(name) if name in frame.columns else None
            pieces.append(pl.lit(str(words.get(name, piece))) if by_row is None else by_row.fill_null(""))
        return pl.concat_str(pieces)

    where = pl.concat_str(
        [pl.lit(f"{file}, line "), pl.col("line").cast(pl.String), pl.lit((f', column "{column}"' if column else "") + ": ")]
    )
    return frame.select(
        line=pl.col("line").cast(pl.Int64), column=pl.lit(column, dtype=pl.String), value=cut, reason=pl.lit(reason),
        message=where + fill(text["message"]), next_step=fill(text["next_step"]),
    )


def no_problems() -> pl.DataFrame:
    return pl.DataFrame(schema=PROBLEM_SCHEMA)
