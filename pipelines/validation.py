"""Contract -> Great Expectations. The only importer of great_expectations and pandas, so that the engine can be swapped here.

Great Expectations has no Polars engine and reads pandas row by row, so it is shown *witness rows*: for every checked column the rows that
hold a null, each distinct code, the least and the greatest value, and for the key the rows that repeat it. A check over the witnesses
passes exactly when it passes over the table, at any size, and its failing examples are real rows.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import polars as pl

from data import model

os.environ.setdefault("GX_ANALYTICS_ENABLED", "false")
EXAMPLES = 20
MAX_CODES = 500


@dataclass(frozen=True)
class Outcome:
    """What one check of a table said. `examples` are failing values with their row_id where the table has one."""

    table: str
    expectation: str
    column: str | None
    passed: bool
    severity: str
    failing: int
    examples: list[dict[str, Any]]


def _expectations(contract: model.Contract) -> list[dict[str, Any]]:
    """Expectations of a contract, in Great Expectations' own names."""
    found: list[dict[str, Any]] = [
        {"type": "expect_column_values_to_not_be_null", "kwargs": {"column": name}} for name in dict.fromkeys([*contract.required])
    ]
    for column in contract.columns.values():
        if column.vocabulary and column.type == "string":
            codes = list(model.vocabulary(column.vocabulary).codes)
            found.append({"type": "expect_column_values_to_be_in_set", "kwargs": {"column": column.name, "value_set": codes}})
        if column.minimum is not None or column.maximum is not None:
            bounds = {"column": column.name, "min_value": column.minimum, "max_value": column.maximum}
            found.append({"type": "expect_column_values_to_be_between", "kwargs": bounds})
        if column.format == "country":
            found.append({"type": "expect_column_values_to_match_regex", "kwargs": {"column": column.name, "regex": "^[A-Z]{3}$"}})
        if column.format == "hs" and column.type == "string":
            found.append(
                {"type": "expect_column_values_to_match_regex", "kwargs": {"column": column.name, "regex": r"^(?:\d{2}|\d{4}|\d{6}|\*)$"}}
            )
    key = [name for name in contract.key if name in contract.columns]
    if len(key) == 1 and contract.columns[key[0]].required:
        found.append({"type": "expect_column_values_to_be_unique", "kwargs": {"column": key[0]}})
    elif len(key) > 1 and all(contract.columns[name].required for name in key):
        found.append({"type": "expect_compound_columns_to_be_unique", "kwargs": {"column_list": key}})
    return found


def witnesses(frame: pl.DataFrame, contract: model.Contract) -> pl.DataFrame:
    """Rows that decide every expectation of `contract`, in the order of the table."""
    numbered = frame.with_row_index("__row")
    parts = [numbered.head(1).select("__row")]
    for column in (column for column in contract.columns.values() if column.name in frame.columns):
        name = column.name
        parts.append(numbered.filter(pl.col(name).is_null()).head(EXAMPLES).select("__row"))
        if column.type == "list":
            continue
        if column.vocabulary or column.format in ("country", "hs"):
            parts.append(numbered.select("__row", name).unique(name, keep="first").head(MAX_CODES).select("__row"))
            if column.vocabulary:
                codes = list(model.vocabulary(column.vocabulary).codes)
                parts.append(numbered.filter(~pl.col(name).is_in(codes)).head(EXAMPLES).select("__row"))
        if column.format in ("country", "hs"):
            pattern = "^[A-Z]{3}$" if column.format == "country" else r"^(?:\d{2}|\d{4}|\d{6}|\*)$"
            parts.append(numbered.filter(~pl.col(name).str.contains(pattern)).head(EXAMPLES).select("__row"))
        if column.type in ("number", "integer") and frame.height:
            extreme = (
                numbered.select(
                    pl.col("__row").sort_by(name, nulls_last=True).first().alias("low"), pl.col("__row").sort_by(name).last().alias("high")
                )
                if frame.height < 10_000
                else numbered.select(low=pl.col(name).arg_min(), high=pl.col(name).arg_max())
            )
            parts.append(pl.DataFrame({"__row": [row for row in extreme.row(0) if row is not None]}, schema={"__row": pl.UInt32}))
    key = [
        name
        for name in contract.key
        if name in frame.columns and contract.columns.get(name) is not None and contract.columns[name].required
    ]
    if key and len(key) == len([name for name in contract.key if name in contract.columns]):
        repeated = numbered.select("__row", *key).filter(pl.struct(key).is_duplicated())
        parts.append(repeated.head(EXAMPLES * 2).select("__row"))
    rows = pl.concat([part.cast(pl.UInt32) for part in parts]).unique().sort("__row")
    return frame[rows["__row"]]


@lru_cache
def _asset() -> Any:
    import great_expectations as gx

    context = gx.get_context(mode="ephemeral")
    bars: Any = {"globally": False, "metric_calculations": False}
    context.variables.progress_bars = bars
    return context.data_sources.add_pandas("tables").add_dataframe_asset("table").add_batch_definition_whole_dataframe("whole")


def check(table: str, frame: pl.LazyFrame | pl.DataFrame, extra: list[dict[str, Any]] | None = None) -> list[Outcome]:
    """Outcomes of the contract of `table` over `frame`, and of `extra` expectations (type, kwargs, severity) over its witnesses.

    An empty table passes: that nothing was given is not an error of what was given.
    """
    contract = model.contract(table)
    expected = _expectations(contract)
    # Of a list, only whether it is there is checked here: pandas sees its length.
    lists = {name for name, column in contract.columns.items() if column.type == "list"}
    lazy = frame.lazy()
    present = lazy.collect_schema().names()
    lost = [name for name in contract.required if name not in present]
    if lost:
        return [Outcome(table, "expect_column_to_exist", name, False, "critical", 1, []) for name in lost]
    checked = lazy.select(
        [pl.col(name).list.len() if name in lists else pl.col(name) for name in [*contract.columns, "row_id"] if name in present]
    ).collect()
    if checked.is_empty():
        return []
    import great_expectations as gx
    from great_expectations.expectations.expectation_configuration import ExpectationConfiguration

    seen = witnesses(checked, contract)
    suite = gx.ExpectationSuite(name=table)
    for item in [*expected, *(extra or [])]:
        if item["kwargs"].get("column", present[0]) in present:
            meta = {"severity": item.get("severity", "critical")}
            suite.add_expectation_configuration(ExpectationConfiguration(type=item["type"], kwargs={**item["kwargs"]}, meta=meta))
    batch = _asset().get_batch({"dataframe": seen.to_pandas()})
    report = batch.validate(
        suite, result_format={"result_format": "SUMMARY", "partial_unexpected_count": EXAMPLES, "include_unexpected_rows": False}
    )
    outcomes = []
    for result in report.results:
        kwargs, severity = result.expectation_config.kwargs, result.expectation_config.meta["severity"]
        values = (result.result or {}).get("partial_unexpected_list") or []
        outcomes.append(
            Outcome(
                table,
                result.expectation_config.type,
                kwargs.get("column") or ", ".join(kwargs.get("column_list", [])),
                bool(result.success),
                severity,
                int((result.result or {}).get("unexpected_count") or 0),
                [{"value": str(value)} for value in values[:EXAMPLES]],
            )
        )
    return outcomes
