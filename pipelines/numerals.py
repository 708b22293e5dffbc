"""Dates and numbers of a column of text: what they mean is decided once per column, from evidence in the column, never by guess.

"03/04/2021" and "1,234" mean different things in different countries. A value that can only be read one way decides for its column;
where nothing decides, the column is refused (UnclearColumn); where the evidence points both ways, only values clear in themselves are read.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import polars as pl

_SIGN = r"^[+-]?"
_COMMA_DECIMAL = _SIGN + r"(0\d*,\d+|\d+,(\d{1,2}|\d{4,})|\d{4,},\d+|,\d+|\d{1,3}(\.\d{3})+,\d+|\d{1,3}(\.\d{3}){2,})$"
_DOT_DECIMAL = _SIGN + r"(0\d*\.\d+|\d+\.(\d{1,2}|\d{4,})|\d{4,}\.\d+|\.\d+|\d{1,3}(,\d{3})+\.\d+|\d{1,3}(,\d{3}){2,})$"
_ONE_COMMA = _SIGN + r"[1-9]\d{0,2},\d{3}$"
_FITS = {",": _SIGN + r"(\d{1,3}(\.\d{3})+|\d+)?(,\d+)?$", ".": _SIGN + r"(\d{1,3}(,\d{3})+|\d+)?(\.\d+)?$"}
_SPACED = _SIGN + r"\d{1,3}([  \x{202f}\x{2009}'’]\d{3})+([.,]\d+)?$"
_SLASHED = r"^(\d{1,2})([/\-.])(\d{1,2})[/\-.](\d{4})([ T]\d{1,2}:\d{2}.*)?$"
_ISO = r"^\d{4}-\d{2}-\d{2}([T ]\d{1,2}:\d{2}.*)?$"
_NAMED_MONTHS = ("%d %B %Y", "%d %b %Y", "%d-%b-%Y", "%B %d, %Y", "%b %d, %Y", "%Y/%m/%d", "%Y%m%d")
EARLIEST, LATEST = dt.date(1900, 1, 1), dt.date(2199, 12, 31)


class UnclearColumn(ValueError):
    """A column whose numbers or dates can be read in two ways; `value` is the first such value, `next_step` what to do."""

    def __init__(self, message: str, value: str, next_step: str) -> None:
        super().__init__(message)
        self.message, self.value, self.next_step = message, value, next_step


@dataclass(frozen=True)
class Parsed:
    """Values read, null where not; `reasons` holds a code for each value present but not read, null elsewhere."""

    values: pl.Series
    reasons: pl.Series


def _plain(series: pl.Series) -> pl.Series:
    return series.cast(pl.String).str.strip_chars()


def number_style(series: pl.Series, whole: bool = False) -> str:
    """Decimal sign of the column: "." or ",", or "mixed" when there is evidence for both.

    `whole`: the column holds whole numbers, so that a comma before three digits can only part thousands.
    Raises UnclearColumn when "1,234" could mean 1234 or 1.234 and nothing in the column decides.
    """
    text = _plain(series)
    odd = text.filter(text.is_not_null() & text.cast(pl.Float64, strict=False).is_null()).unique(maintain_order=True)
    odd = _without_spaces(odd)
    if odd.is_empty():
        return "."
    comma = bool(odd.str.contains(_COMMA_DECIMAL).any())
    dot = bool(odd.str.contains(_DOT_DECIMAL).any()) or bool(text.str.contains(_DOT_DECIMAL).any())
    if comma and dot:
        return "mixed"
    unclear = odd.filter(odd.str.contains(_ONE_COMMA))
    if not (comma or dot or whole) and len(unclear):
        value = str(unclear[0])
        raise UnclearColumn(
            f'"{value}" can mean {value.replace(",", "")} or {value.replace(",", ".")}, and no value of the column decides.', value,
            'Write the numbers without thousand separators, or state "decimal: comma" or "decimal: point" in a mapping file.',
        )
    return "," if comma else "."


def _without_spaces(text: pl.Series) -> pl.Series:
    spaced = text.str.contains(_SPACED)
    if not spaced.any():
        return text
    bare = text.str.replace_all(r"[  \x{202f}\x{2009}'’]", "")
    return pl.select(pl.when(spaced).then(bare).otherwise(text)).to_series()


def numbers(series: pl.Series, style: str | None = None, whole: bool = False) -> Parsed:
    """Float64 values of `series`; `style` as number_style gives it (decided from the series if None).

    Reasons: number_unreadable, percent_sign, number_style_unclear, not_whole.
    """
    text = _plain(series)
    style = style or number_style(series, whole)
    frame = pl.DataFrame({"text": text, "value": text.cast(pl.Float64, strict=False)})
    frame = frame.with_columns(pl.when(pl.col("value").is_finite()).then("value").alias("value"))
    if style != "." or (frame["value"].is_null() & text.is_not_null()).any():
        clean = _without_spaces(text)
        frame = frame.with_columns(clean=clean, value=_styled(clean, style))
    else:
        frame = frame.with_columns(clean=pl.lit(None, dtype=pl.String))
    unread = pl.col("text").is_not_null() & pl.col("value").is_null()
    reason: pl.Expr = (
        pl.when(unread & pl.col("text").str.contains(r"%\s*$")).then(pl.lit("percent_sign"))
        .when(unread & pl.col("clean").str.contains(r"^[+-]?\d[\d.,]*$")).then(pl.lit("number_style_unclear"))
        .when(unread).then(pl.lit("number_unreadable"))
    )
    if whole:
        reason = pl.when(pl.col("value") != pl.col("value").round()).then(pl.lit("not_whole")).otherwise(reason)
    frame = frame.with_columns(reason=reason)
    values = frame.select(pl.when(pl.col("reason").is_null()).then("value").alias(series.name)).to_series()
    return Parsed(values, frame["reason"])


def _styled(clean: pl.Series, style: str) -> pl.Series:
    text = pl.col("t")
    point = text.str.replace_all(",", "").cast(pl.Float64, strict=False)
    comma = text.str.replace_all(r"\.", "").str.replace(",", ".").cast(pl.Float64, strict=False)
    value: pl.Expr
    if style == "mixed":
        whole = text.str.contains(r"^[+-]?\d+$")
        value = pl.when(text.str.contains(_COMMA_DECIMAL)).then(comma).when(text.str.contains(_DOT_DECIMAL) | whole).then(point)
    else:
        grouped = pl.when(text.str.contains(_FITS[style])).then(comma if style == "," else point)
        exponent = text.str.contains(r"^[+-]?\d+(\.\d+)?[eE][+-]?\d+$")
        value = pl.when(exponent).then(text.cast(pl.Float64, strict=False)).otherwise(grouped)
    return pl.DataFrame({"t": clean}).select(pl.when(value.is_finite()).then(value)).to_series()


def _slashed(text: pl.Series) -> pl.DataFrame:
    """text, a, b, y (numbers before, between and after the slashes) and dots (whether dots part them); null where not of that form."""
    parts = text.str.extract_groups(_SLASHED).struct.unnest()
    numbers_ = parts.select(
        a=pl.col("1").cast(pl.Int32), b=pl.col("3").cast(pl.Int32), y=pl.col("4").cast(pl.Int32), dots=pl.col("2") == "."
    )
    return numbers_.with_columns(text=text)


def date_order(series: pl.Series) -> str:
    """Order of "03/04/2021" in the column: "dmy", "mdy", or "mixed" when there is evidence for both; "iso" if there is no such value.

    A number over 12 decides. Dots are day first wherever they are used. Raises UnclearColumn when nothing decides.
    """
    text = _plain(series)
    odd = text.filter(text.is_not_null() & text.str.to_date("%Y-%m-%d", strict=False).is_null()).unique(maintain_order=True)
    parts = _slashed(odd).filter(pl.col("a").is_not_null() & ~pl.col("dots"))
    if parts.is_empty():
        return "iso"
    dmy, mdy = bool((parts["a"] > 12).any()), bool((parts["b"] > 12).any())
    unclear = parts.filter(pl.col("a") != pl.col("b"))
    if not (dmy or mdy) and len(unclear):
        value = str(unclear["text"][0])
        raise UnclearColumn(
            f'"{value}" can be day/month or month/day, and no value of the column decides.', value,
            'Write dates as YYYY-MM-DD, or state "date_order: dmy" or "date_order: mdy" in a mapping file.',
        )
    return "mixed" if dmy and mdy else "mdy" if mdy else "dmy"


def dates(series: pl.Series, order: str | None = None, today: dt.date | None = None, may_be_future: bool = False) -> Parsed:
    """Date values of `series`; `order` as date_order gives it (decided from the series if None). Times of day are dropped.

    Reasons: date_unreadable, date_partial (YYYY or YYYY-MM), date_two_digit_year, date_serial (a spreadsheet's day count),
    date_order_mixed, date_out_of_range (before 1900), date_future (after `today`, unless `may_be_future`).
    """
    text = _plain(series)
    order = order or date_order(series)
    value = text.str.to_date("%Y-%m-%d", strict=False)
    frame = pl.DataFrame({"text": text, "value": value}).with_columns(reason=pl.lit(None, dtype=pl.String))
    if (value.is_null() & text.is_not_null()).any():
        timed = pl.when(pl.col("text").str.contains(_ISO)).then(pl.col("text").str.slice(0, 10).str.to_date("%Y-%m-%d", strict=False))
        frame = _other_dates(frame.with_columns(value=pl.coalesce("value", timed)), order)
    unread, text_ = pl.col("text").is_not_null() & pl.col("value").is_null(), pl.col("text")
    if value.null_count() == text.null_count() and (not len(value) or _plausible(value, may_be_future, today)):
        return Parsed(value.alias(series.name), frame["reason"])
    latest = pl.lit(today or dt.date.today())
    frame = frame.with_columns(
        reason=pl.when(pl.col("reason").is_not_null()).then("reason")
        .when(unread & text_.str.contains(r"^(1[89]|2\d)\d{2}([-/]\d{1,2})?$|^\d{1,2}[-/.]\d{4}$")).then(pl.lit("date_partial"))
        .when(unread & text_.str.contains(r"^\d{1,2}[-/.]\d{1,2}[-/.]\d{2}$")).then(pl.lit("date_two_digit_year"))
        .when(unread & text_.str.contains(r"^\d{5}(\.\d+)?$")).then(pl.lit("date_serial"))
        .when(unread).then(pl.lit("date_unreadable"))
        .when(pl.lit(not may_be_future) & (pl.col("value") > latest)).then(pl.lit("date_future"))
        .when((pl.col("value") < EARLIEST) | (pl.col("value") > LATEST)).then(pl.lit("date_out_of_range"))
    )
    values = frame.select(pl.when(pl.col("reason").is_null()).then("value").alias(series.name)).to_series()
    return Parsed(values, frame["reason"])


def _plausible(value: pl.Series, may_be_future: bool, today: dt.date | None) -> bool:
    known = value.drop_nulls()
    latest = LATEST if may_be_future else (today or dt.date.today())
    return known.is_empty() or bool((known >= EARLIEST).all() and (known <= latest).all())


def _other_dates(frame: pl.DataFrame, order: str) -> pl.DataFrame:
    frame = frame.hstack(_slashed(frame["text"]).drop("text"))
    # By way of text, since a date that does not exist (31/02) must become null and not an error.
    as_dmy, as_mdy = (
        pl.format("{}-{}-{}", "y", pl.col(month).cast(pl.String).str.zfill(2), pl.col(day).cast(pl.String).str.zfill(2))
        .str.to_date("%Y-%m-%d", strict=False)
        for month, day in (("b", "a"), ("a", "b"))
    )
    clear = (pl.col("a") > 12) | (pl.col("b") > 12) | (pl.col("a") == pl.col("b"))
    mixed = pl.lit(order in ("mixed", "iso")) & ~clear & ~pl.col("dots")
    slashed = as_mdy if order == "mdy" else pl.coalesce(as_dmy, as_mdy) if order == "mixed" else as_dmy
    named = pl.coalesce(pl.col("text").str.to_date(pattern, strict=False) for pattern in _NAMED_MONTHS)
    other = (
        pl.when(pl.col("dots")).then(as_dmy).when(mixed).then(None).when(pl.col("a").is_not_null()).then(slashed)
        .when(pl.col("text").str.contains(r"(19|20|21)\d{2}")).then(named)
    )
    return frame.with_columns(
        value=pl.coalesce("value", other),
        reason=pl.when(pl.col("a").is_not_null() & mixed).then(pl.lit("date_order_mixed")).otherwise("reason"),
    ).select("text", "value", "reason")
