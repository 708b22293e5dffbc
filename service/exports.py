"""Scores, findings and evidence as files: same results, same bytes. Safe to open in a spreadsheet, and written whole or not at all."""

# ruff: noqa: S608  (SQL is put together from this module's own words; what a user types is always a bound value)

from __future__ import annotations

import csv
import datetime as dt
import io
import json
import os
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, BinaryIO

import duckdb

from data.text import safe_cell
from service.errors import Refused, Usage
from service.results import Filters, where
from service.warehouse import Warehouse, opened

FORMATS = ("csv", "xlsx", "parquet", "json")
SORTED = {
    "scores": ("score", "party_id"),
    "findings": ("finding", "party_id, indicator, head NULLS FIRST, event_id NULLS FIRST, ALL"),
    "evidence": ("evidence", "party_id, head, code, row_id, ALL"),
}
SHEET_ROWS = 1_048_575
CREATED = dt.datetime(2000, 1, 1)  # a spreadsheet holds the day it was made; a fixed one keeps the bytes the same
BATCH = 10_000


def query(warehouse: Warehouse, what: str, filters: Filters, indicator: str | None = None) -> tuple[str, list[Any]]:
    """SQL of an export in its fixed order, numbers rounded to nine decimals, and its values."""
    table, order = SORTED[what]
    floats = {
        row["column_name"]
        for row in warehouse.rows(
            "SELECT column_name FROM duckdb_columns() WHERE table_name = ? AND data_type IN ('DOUBLE', 'FLOAT')", [table]
        )
    }
    columns = ", ".join(f'round(x."{name}", 9) AS "{name}"' if name in floats else f'x."{name}"' for name in warehouse.tables[table])
    parts = ["TRUE"]
    values: list[Any] = []
    if filters.given():
        condition, values = where(warehouse, filters)
        parts.append(f"x.party_id IN (SELECT s.party_id FROM score s WHERE {condition})")
    if indicator:
        parts.append(f"x.{'indicator' if what == 'findings' else 'code'} = ?")
        values = [*values, indicator]
    names = [name for name in order.split(", ") if name != "ALL"]
    rest = [f'"{name}"' for name in warehouse.tables[table] if name not in " ".join(names).split()] if "ALL" in order else []
    by = ", ".join([*names, *(f"{name} NULLS FIRST" for name in rest)])
    return f"SELECT {columns} FROM {table} x WHERE {' AND '.join(parts)} ORDER BY {by}", values


def _plain(value: Any) -> Any:
    """A value as CSV and spreadsheets hold it: lists joined by semicolons, dates in ISO form, yes and no as true and false."""
    if isinstance(value, list):
        return safe_cell("; ".join(str(item) for item in value))
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, str):
        return safe_cell(value)
    return "" if value is None else value


def json_default(value: Any) -> Any:
    """Dates in ISO form for json.dumps; anything else as text."""
    return value.isoformat() if isinstance(value, dt.date | dt.datetime) else str(value)


def write_csv(names: list[str], rows: Iterator[Sequence[Any]], out: BinaryIO) -> None:
    """Rows as CSV in UTF-8; text cells are safe in a spreadsheet."""
    text = io.TextIOWrapper(out, encoding="utf-8", newline="", write_through=True)
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(names)
    for row in rows:
        writer.writerow([_plain(value) for value in row])
    text.detach()


def _json(names: list[str], rows: Iterator[Sequence[Any]], out: BinaryIO) -> None:
    out.write(b"[")
    for place, row in enumerate(rows):
        line = json.dumps(dict(zip(names, row, strict=True)), ensure_ascii=False, default=json_default)
        out.write((",\n" if place else "\n").encode() + line.encode())
    out.write(b"\n]\n")


def _xlsx(names: list[str], rows: Iterator[Sequence[Any]], out: BinaryIO, what: str) -> None:
    import xlsxwriter

    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    book = xlsxwriter.Workbook(out, options)
    book.set_properties({"created": CREATED, "title": f"deeptier {what}"})
    bold = book.add_format({"bold": True})
    sheet = book.add_worksheet(what)
    sheet.freeze_panes(1, 0)
    for column, name in enumerate(names):
        sheet.write_string(0, column, name, bold)
    for line, row in enumerate(rows, 1):
        if line > SHEET_ROWS:
            raise Usage(f"export {what}: more than {SHEET_ROWS:,} rows, which no sheet holds. Next: filter, or --format csv or parquet.")
        for column, value in enumerate(row):
            plain = _plain(value)
            if isinstance(plain, int | float):
                sheet.write_number(line, column, plain)
            elif plain != "":
                sheet.write_string(line, column, plain[:32767])
    book.close()


def _parquet(path: Path, sql: str, values: list[Any], part: Path) -> None:
    with duckdb.connect(str(path), read_only=True, config={"threads": 1, "memory_limit": "2GB"}) as connection:
        target = str(part).replace("'", "''")
        connection.execute(f"COPY ({sql}) TO '{target}' (FORMAT parquet, COMPRESSION zstd)", values)


def _fetch(warehouse: Warehouse, sql: str, values: list[Any]) -> tuple[list[str], Iterator[Sequence[Any]]]:
    cursor = warehouse.connection.execute(sql, values)
    names = [column[0] for column in cursor.description or []]

    def rows() -> Iterator[Sequence[Any]]:
        while batch := cursor.fetchmany(BATCH):
            yield from batch

    return names, rows()


def export(path: Path, what: str, form: str, out: Path | None, stream: BinaryIO, filters: Filters, indicator: str | None = None) -> None:
    """Writes `what` of the warehouse at `path` in format `form` to `out`, else to `stream`. Refused if `out` cannot be written."""
    if out is None and form in ("csv", "json"):
        _write(path, what, form, stream, filters, indicator)
        return
    folder = out.parent if out else Path(tempfile.gettempdir())
    part = folder / f".{out.name if out else f'deeptier-{what}'}.{os.getpid()}.part"
    try:
        if form == "parquet":
            with opened(path) as warehouse:
                sql, values = query(warehouse, what, filters, indicator)
            _parquet(path, sql, values, part)
        else:
            with part.open("wb") as target:
                _write(path, what, form, target, filters, indicator)
        with part.open("rb+") as written:
            os.fsync(written.fileno())
        if out:
            part.replace(out)
        else:
            stream.write(part.read_bytes())
    except (OSError, duckdb.Error) as error:
        where_to = out or "standard output"
        raise Refused(
            f"{where_to} cannot be written: {str(error).splitlines()[0]}. Next: with --out name a folder that is there and yours."
        ) from error
    finally:
        part.unlink(missing_ok=True)


def _write(path: Path, what: str, form: str, out: BinaryIO, filters: Filters, indicator: str | None) -> None:
    with opened(path) as warehouse:
        names, rows = _fetch(warehouse, *query(warehouse, what, filters, indicator))
        if form == "csv":
            write_csv(names, rows, out)
        elif form == "json":
            _json(names, rows, out)
        else:
            _xlsx(names, rows, out, what)
