"""Rows of a workbook with formulas or errors in cells: read without those cells, as long as somebody is still named.

Belongs here: which rows that a spreadsheet reader put aside can be read after all, and what is told of them. Does not belong here: what
a row means (rows.py).
"""

from __future__ import annotations

import json

import polars as pl

from pipelines.procurement.findings import Findings
from pipelines.procurement.words import is_missing
from pipelines.reading import Raw

_CODES = {"formula": "cell_formula", "cell_error": "cell_error"}


def added(cells: pl.DataFrame, raw: Raw, columns: dict[str, int], registers: dict[str, int], findings: Findings) -> pl.DataFrame:
    """`cells` (line, c0, c1 ...) with the rows that can be read without their formulas, in the order of the lines.

    `columns` and `registers` have the positions of headings. Every cell left out is told; a row that names nobody without them, or that
    cannot be split into its columns, is told and left out whole.
    """
    naming = [*(columns[name] for name in ("name", "identifier", "consortium") if name in columns), *registers.values()]
    kept: list[list[int | str | None]] = []
    for (line,), faults in raw.rejects.group_by("line", maintain_order=True):
        whole = str(faults["raw"][0])
        values = _values(whole, len(raw.headings)) if set(faults["reason"]) <= set(_CODES) else None
        if values is None and not set(faults["reason"]) <= set(_CODES):
            findings.say("row_unreadable", (line, ""), whole, kept=False)
            continue
        bad = {heading for heading in faults["column"] if heading}
        row = [None if heading in bad else value for heading, value in zip(raw.headings, values or [None] * len(raw.headings), strict=True)]
        is_kept = any((text := row[at]) and not is_missing(text) for at in naming)
        for heading, value, reason in faults.select("column", "value", "reason").rows():
            is_name = "name" in columns and heading == raw.headings[columns["name"]] and reason == "formula"
            code = "name_formula" if is_name else _CODES[reason]
            findings.say(code, (line, heading or ""), value if is_kept else f"{value} ({whole})", kept=is_kept)
        if is_kept:
            kept.append([line, *row])
    if not kept:
        return cells
    return pl.concat([cells, pl.DataFrame(kept, schema=cells.schema, orient="row")]).sort("line", maintain_order=True)


def _values(whole: str, width: int) -> list[str | None] | None:
    """The cells of a row that was kept as JSON by its headings; None where it was cut, or two columns have one heading."""
    try:
        values = list(json.loads(whole).values())
    except (ValueError, AttributeError):
        return None
    return values if len(values) == width else None
