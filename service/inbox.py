"""Rows that did not load: those of the last run, and those of imports since, read where the import left them."""

from __future__ import annotations

from pathlib import Path

import duckdb

from service import results
from service.errors import NothingYet
from service.warehouse import Row, opened
from service.workspace import results as published

COLUMNS = ("table", "source", "file", "line", "column", "value", "reason", "message", "next_step", "raw", "batch", "quarantined_on")


def _since(workspace: Path, known: set[int], table: str | None) -> list[Row]:
    """Rows of imports that no run has seen yet."""
    found: list[Row] = []
    for path in sorted((workspace / "inbox").glob(f"{table or '*'}/*/quarantine.parquet")):
        batch = path.parent.name.split("-")[0]
        if not batch.isdigit() or int(batch) in known:
            continue
        with duckdb.connect() as connection:
            cursor = connection.execute("SELECT * FROM read_parquet(?)", [str(path)])
            names = [column[0] for column in cursor.description or []]
            rows = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
        # The folder says what the file leaves out.
        implied = {"table": path.parent.parent.name, "batch": int(batch), "file": path.parent.name.partition("-")[2], "source": "upload"}
        found += [{name: row[name] if row.get(name) is not None else implied.get(name) for name in COLUMNS} for row in rows]
    return found


def rows(workspace: Path, table: str | None = None) -> list[Row]:
    """Every quarantined row with file, line, column, value, reason and next step, by table, file and line."""
    try:
        at = published(workspace)
    except NothingYet:
        return _since(workspace, set(), table)
    with opened(at.path) as warehouse:
        seen = {row["batch"] for row in warehouse.rows("SELECT DISTINCT batch FROM batch")}
        last = [{name: row.get(name) for name in COLUMNS} for row in results.quarantine(warehouse, table)]
    found = last + _since(workspace, seen, table)
    return sorted(found, key=lambda row: (str(row["table"]), str(row["file"]), row["line"] or 0, str(row["column"])))
