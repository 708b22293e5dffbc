"""`deeptier sql`: any question to the published results, and nothing but a question."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from service.errors import Usage
from service.warehouse import opened

LIMIT = 1000


@dataclass(frozen=True)
class Answer:
    """Rows of a query; `is_cut` if there were more than the limit."""

    names: list[str]
    rows: list[tuple[Any, ...]]
    is_cut: bool


def ask(path: Path, sql: str, limit: int = LIMIT) -> Answer:
    """The first `limit` rows of a query on the warehouse at `path`. Usage says what is wrong with the query."""
    if not re.sub(r"--[^\n]*|[\s;]", "", sql):
        raise Usage('sql: the query is empty. Next: deeptier sql "select band, count(*) from score group by 1"')
    with opened(path) as warehouse:
        try:
            cursor = warehouse.connection.execute(sql)
            names = [column[0] for column in cursor.description or []]
            rows = cursor.fetchmany(limit + 1) if names else []
        except duckdb.Error as error:
            raise Usage(f"sql: {_reason(error, list(warehouse.tables))}") from error
    return Answer(names, rows[:limit], len(rows) > limit)


def _reason(error: duckdb.Error, tables: list[str]) -> str:
    text = re.sub(r"\s*\n+\s*", " ", str(error)).strip()
    if isinstance(error, duckdb.PermissionException) or "read-only" in text or "locked" in text:
        return "only the published tables can be read: no files, no writing, no settings. Next: deeptier export writes files."
    if isinstance(error, duckdb.CatalogException) and "Table" in text:
        return f"{text.split(' LINE ')[0]} Tables: {', '.join(tables)}."
    if isinstance(error, duckdb.OutOfMemoryException):
        return "the answer takes more than 1 GB of memory. Next: aggregate or filter in the query."
    return text.split(" LINE ")[0]
