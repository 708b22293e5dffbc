"""Reading back what a run published."""

import duckdb

from dagster_project import store


def ask(path, sql, *values):
    """Rows of a query on a published warehouse."""
    with duckdb.connect(str(path), read_only=True) as connection:
        return connection.execute(sql, list(values)).fetchall()


def current(workspace):
    """The warehouse that the pointer names."""
    return store.published(workspace)
