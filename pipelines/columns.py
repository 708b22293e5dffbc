"""One column of text to typed values by its contract, with the problems found. See numerals.py and normalise.py for the readings."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import polars as pl

from data import model
from pipelines import normalise, numerals, refusal
from pipelines.derive import POLARS_TYPES

LONGEST_TEXT = 10_000
BLANK_WORDS = [variant for word in ("n/a", "#n/a", "n.a.", "null", "nan") for variant in (word, word.upper(), word.title())]
BLANK_WORDS += ["", "-", "--", "–", "—", "NaN"]
_MAY_BE_FUTURE = ("valid_to", "ended_on", "recruited_to", "delisted_on")
_READERS = {  # format: (reading of a series, reason when it fails)
    "country": (normalise.countries, "country_unknown"), "currency": (normalise.currencies, "currency_unknown"),
    "hs": (normalise.hs_codes, "hs_unreadable"), "lei": (normalise.leis, "lei_invalid"),
}


@dataclass(frozen=True)
class Style:
    """What was decided for a whole column: decimal sign, order of dates, and whether its shares are written as percentages."""

    decimal: str = "."
    date_order: str = "iso"
    is_percent: bool = False


def is_share(column: model.Column) -> bool:
    return (column.unit or "").startswith("share of 1")


def clean(texts: pl.DataFrame, table: str, names: list[str]) -> pl.DataFrame:
    """`texts` without surrounding spaces, free text also without doubled spaces and control characters; words for a blank become null."""
    stripped = texts.with_columns(pl.col(name).str.strip_chars() for name in names)
    columns = model.contract(table).columns
    free = [name for name in names if columns[name].type == "string" and not columns[name].vocabulary and not columns[name].format]
    odd = stripped.select(pl.col(name).str.contains_any(["  ", "\n", "\r", "\t", "\0", "\u00a0"]).any() for name in free)
    messy = [name for name in free if odd[name][0]]
    if messy:
        stripped = stripped.with_columns(pl.col(n).str.replace_all(r"[\s\x00-\x1f\x{00a0}]+", " ").str.strip_chars() for n in messy)
    return stripped.with_columns(pl.when(~pl.col(name).is_in(BLANK_WORDS)).then(name) for name in names)


def style(column: model.Column, series: pl.Series, decimal: str | None, date_order: str | None) -> Style:
    """Decisions for a whole column; raises numerals.UnclearColumn."""
    if column.type == "date":
        return Style(date_order=date_order or numerals.date_order(series))
    if column.type not in ("number", "integer"):
        return Style()
    sign = {"comma": ",", "point": "."}.get(decimal or "") or numerals.number_style(series, whole=column.type == "integer")
    if not is_share(column):
        return Style(decimal=sign)
    values = numerals.numbers(series, sign).values.drop_nulls()
    over = values.filter(values > 1)
    # One typing error over 1 is an error of its row; a column mostly over 1 is one of percentages, where "1" means 1 %.
    return Style(decimal=sign, is_percent=len(over) * 2 >= len(values) > 0 and len(over) > 1)


def read(column: model.Column, frame: pl.DataFrame, made: Style, file: str, heading: str | None) -> tuple[pl.Series, list[pl.DataFrame]]:
    """(values, problems) of the text column `column.name` of `frame` (which has `line`, and the country columns already read)."""
    text = frame[column.name]
    values, reasons = _values(column, text, frame, made)
    values = values.alias(column.name)
    if column.required:
        reasons = _also(reasons, text.is_null(), "missing")
    if column.type in ("number", "integer"):
        reasons = _range(column, values, reasons, made)
    if reasons.null_count() == len(reasons):
        return values, []
    marked = pl.DataFrame({"line": frame["line"], "value": text, "reason": reasons}).drop_nulls("reason")
    words = _words(column)
    problems = [
        refusal.problems(rows, str(reason), file, heading or column.name, **words)
        for (reason,), rows in marked.group_by("reason", maintain_order=True)
    ]
    valid = pl.select(pl.when(reasons.is_null()).then(values)).to_series().alias(column.name)
    return valid, problems


def _also(reasons: pl.Series, where: pl.Series, reason: str) -> pl.Series:
    return pl.select(pl.when(reasons.is_null() & where).then(pl.lit(reason)).otherwise(reasons)).to_series()


def _failed(text: pl.Series, values: pl.Series, reason: str) -> pl.Series:
    return _also(pl.repeat(None, len(text), dtype=pl.String, eager=True), text.is_not_null() & values.is_null(), reason)


def _values(column: model.Column, text: pl.Series, frame: pl.DataFrame, made: Style) -> tuple[pl.Series, pl.Series]:
    if column.type in ("number", "integer"):
        if column.small_cell:
            text = pl.select(pl.when(~text.str.contains(r"^<\s?\d+$")).then(text)).to_series()  # "<10" is a masked small cell
        parsed = numerals.numbers(text, made.decimal, whole=column.type == "integer")
        return parsed.values.cast(POLARS_TYPES[column.type], strict=False), parsed.reasons
    if column.type == "date":
        parsed = numerals.dates(text, made.date_order, dt.date.today(), may_be_future=column.name in _MAY_BE_FUTURE)
        return parsed.values, parsed.reasons
    if column.type == "boolean":
        values = normalise.booleans(text)
        return values, _failed(text, values, "boolean_unreadable")
    if column.type == "list":
        return _list(column, text)
    if column.vocabulary:
        values = normalise.codes(text, column.vocabulary)
        return values, _failed(text, values, "code_unknown")
    if column.format == "subdivision":
        country = "country" if column.name == "subdivision" else column.name.replace("subdivision", "country")
        beside = frame[country] if country in frame.columns else pl.repeat(None, len(text), dtype=pl.String, eager=True)
        values = normalise.subdivisions(text, beside)
        return values, _failed(text, values, "subdivision_unknown")
    if column.format == "indicator":
        return text, _failed(text, text.str.extract(r"^([a-z]+(?:_[a-z0-9]+)+)$"), "indicator_unreadable")
    if column.format:
        reader, reason = _READERS[column.format]
        values = reader(text)
        return values, _failed(text, values, reason)
    return text, _also(pl.repeat(None, len(text), dtype=pl.String, eager=True), text.str.len_chars() > LONGEST_TEXT, "text_too_long")


def _list(column: model.Column, text: pl.Series) -> tuple[pl.Series, pl.Series]:
    distinct = text.drop_nulls().unique()
    found = [normalise.hs_list(t) if column.format == "hs" else [p.strip() for p in t.split(";") if p.strip()] for t in distinct]
    lookup = pl.DataFrame({"t": distinct, "v": pl.Series(found, dtype=pl.List(pl.String))})
    values = pl.DataFrame({"t": text}).join(lookup, on="t", how="left", maintain_order="left")["v"]
    return values, _failed(text, values, "hs_unreadable")


def _range(column: model.Column, values: pl.Series, reasons: pl.Series, made: Style) -> pl.Series:
    if is_share(column):
        if made.is_percent:
            return _also(reasons, values.is_not_null() & (values != 0), "share_in_percent")
        reasons = _also(reasons, values > 1, "share_over_one")
    outside = pl.lit(False)
    if column.minimum is not None:
        outside = outside | (pl.col("v") < column.minimum)
    if column.maximum is not None:
        outside = outside | (pl.col("v") > column.maximum)
    return _also(reasons, pl.DataFrame({"v": values}).select(v=outside.fill_null(False))["v"], "out_of_range")


def _words(column: model.Column) -> dict[str, object]:
    bounds = {
        name: f"{bound:,.0f}".replace(",", " ") if bound is not None and float(bound).is_integer() else bound
        for name, bound in (("minimum", column.minimum), ("maximum", column.maximum))
    }
    allowed = ", ".join(model.vocabulary(column.vocabulary).codes) if column.vocabulary else ""
    return {**bounds, "unit": f" {column.unit}" if column.unit else "", "allowed": allowed, "longest": LONGEST_TEXT}
