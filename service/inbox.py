# ruff: noqa: S608  (column names are those of the contracts; every value is bound)
"""Rows that did not load and still wait: those of uploads as they stand now, and those that the last run could not place.

An upload's row is settled when it was corrected and imported again: by its batch and line, or by its key in a later batch.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb

from data import model
from service import results
from service.errors import NothingYet
from service.warehouse import Row, opened
from service.workspace import results as published

COLUMNS = ("table", "source", "file", "line", "column", "value", "reason", "message", "next_step", "raw", "batch", "quarantined_on")


def _files(workspace: Path, table: str | None, name: str) -> list[Path]:
    """Files of finished imports; those of an import under way or killed begin with a dot."""
    found = (workspace / "inbox").glob(f"{table or '*'}/*/{name}")
    return sorted(path for path in found if not path.parent.name.startswith("."))


def _rows(connection: duckdb.DuckDBPyConnection, sql: str, values: list[Any]) -> list[Row]:
    cursor = connection.execute(sql, values)
    names = [column[0] for column in cursor.description or []]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def _answered(connection: duckdb.DuckDBPyConnection, workspace: Path) -> set[tuple[int, int]]:
    """(batch, line) of rows that were exported, corrected and imported again."""
    files = [str(path) for path in _files(workspace, None, "settles.parquet")]
    rows = _rows(connection, "SELECT DISTINCT batch, line FROM read_parquet(?)", [files]) if files else []
    return {(row["batch"], row["line"]) for row in rows}


def _loaded_later(connection: duckdb.DuckDBPyConnection, workspace: Path, rows: list[Row]) -> dict[tuple[str, str], int]:
    """(table, key) -> newest batch that loaded a row of that key."""
    found: dict[tuple[str, str], int] = {}
    for table in {row["table"] for row in rows if row["key"] is not None}:
        files = [str(path) for path in _files(workspace, table, "staged.parquet")]
        if not files:
            continue
        key = " || '|' || ".join(f'"{name}"::VARCHAR' for name in model.contract(table).key)
        wanted = [row["key"] for row in rows if row["table"] == table and row["key"] is not None]
        source = "read_parquet(?, union_by_name = true)"
        sql = f"SELECT {key} AS key, max(row_id >> 32) AS batch FROM {source} WHERE list_contains(?, {key}) GROUP BY 1"
        found |= {(table, row["key"]): row["batch"] for row in _rows(connection, sql, [files, wanted])}
    return found


def _waiting(workspace: Path, table: str | None) -> list[Row]:
    """Rows of uploads that are not settled."""
    with duckdb.connect() as connection:
        rows: list[Row] = []
        for path in _files(workspace, table, "quarantine.parquet"):
            batch, _, stem = path.parent.name.partition("-")
            implied = {"table": path.parent.parent.name, "batch": int(batch), "file": stem, "source": "upload"}
            for row in _rows(connection, "SELECT * FROM read_parquet(?)", [str(path)]):
                rows.append({name: row.get(name) if row.get(name) is not None else implied.get(name) for name in (*COLUMNS, "key")})
        answered = _answered(connection, workspace)
        later = _loaded_later(connection, workspace, rows)
    return [
        {name: row[name] for name in COLUMNS}
        for row in rows
        if (row["batch"], row["line"]) not in answered and later.get((row["table"], row["key"]), 0) <= row["batch"]
    ]


def rows(workspace: Path, table: str | None = None) -> list[Row]:
    """Every quarantined row with file, line, column, value, reason and next step, by table, file and line."""
    found = _waiting(workspace, table)
    try:
        at = published(workspace)
    except NothingYet:
        return found
    with duckdb.connect() as connection:
        answered = _answered(connection, workspace)
    with opened(at.path) as warehouse:
        last = [
            {name: row.get(name) for name in COLUMNS}
            for row in results.quarantine(warehouse, table)
            if row["source"] != "upload" and (row["batch"], row["line"]) not in answered
        ]
    return sorted([*found, *last], key=lambda row: (str(row["table"]), str(row["file"]), row["line"] or 0, str(row["column"])))
