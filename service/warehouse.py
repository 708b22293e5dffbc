"""Opens a published warehouse to read it: never to write, never to reach another file. The only place that opens DuckDB."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb

from service.errors import Refused

# A query can read the published tables and nothing else: no files, no network, no extensions, no local variables, no other setting.
CLOSED = {
    "enable_external_access": "false",
    "python_enable_replacements": "false",
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "temp_directory": "",
    "memory_limit": "1GB",
    "threads": "2",
    "lock_configuration": "true",
}

Row = dict[str, Any]


class Warehouse:
    """Rows of a published warehouse as dictionaries."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self.connection = connection
        found = connection.execute(
            "SELECT table_name, column_name FROM duckdb_columns() WHERE NOT internal ORDER BY table_name, column_index"
        ).fetchall()
        self.tables: dict[str, list[str]] = {}
        for table, column in found:
            self.tables.setdefault(table, []).append(column)

    def rows(self, sql: str, values: Sequence[Any] = ()) -> list[Row]:
        """All rows of a query."""
        cursor = self.connection.execute(sql, list(values))
        names = [column[0] for column in cursor.description or []]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]

    def one(self, sql: str, values: Sequence[Any] = ()) -> Row | None:
        """The first row of a query, or None."""
        found = self.rows(sql, values)
        return found[0] if found else None

    def has(self, table: str, column: str | None = None) -> bool:
        """Whether these results hold a table (and column): older runs may lack what newer ones have."""
        return table in self.tables and (column is None or column in self.tables[table])


@contextmanager
def opened(path: Path) -> Iterator[Warehouse]:
    """The warehouse at `path`, closed to everything else. Refused if it cannot be read."""
    try:
        connection = duckdb.connect(str(path), read_only=True, config=dict(CLOSED))
    except duckdb.Error as error:
        reason = str(error).splitlines()[0]
        raise Refused(f"{path} cannot be opened: {reason}. Next: `deeptier run` makes new results; older ones: `deeptier runs`.") from error
    try:
        yield Warehouse(connection)
    finally:
        connection.close()
