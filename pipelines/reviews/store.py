"""Opens the reviews store: reviews.sqlite in the workspace, or the PostgreSQL database that DEEPTIER_REVIEWS_URL names.

The tables are brought up to date when a writer opens it, also when several do at once. One transaction per load: all of it or nothing.
Belongs here: addresses, connections, migrations, and what can go wrong with them. Does not belong here: what is in the tables.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import sqlalchemy as sa
from sqlalchemy.engine import URL, make_url
from sqlalchemy.pool import NullPool

from pipelines.workspace import WorkspaceError

VARIABLE = "DEEPTIER_REVIEWS_URL"
FILE = "reviews.sqlite"
KNOWN = ("0001",)  # revisions of migrations/versions, oldest first
WAIT = 30.0  # seconds for another writer to end
LOCK = 7461_1983  # any number, the same in every process: the advisory lock of PostgreSQL under which tables are made
EXAMPLE = f"{VARIABLE}=postgresql://USER:PASSWORD@HOST/DATABASE, or leave it out to keep {FILE} in the workspace"


def address(folder: Path) -> URL:
    """Where the reviews of workspace `folder` are. WorkspaceError for one that is none; it may hold a password and is not shown."""
    given = os.environ.get(VARIABLE, "").strip()
    if not given:
        return URL.create("sqlite", database=str(folder / FILE))
    try:
        url = make_url(given)
        backend = url.get_backend_name()
    except (sa.exc.ArgumentError, ValueError) as error:
        raise WorkspaceError(f"{VARIABLE} is no address of a database. Nothing was changed. Next: {EXAMPLE}.") from error
    if backend not in ("sqlite", "postgresql") or not url.database:
        said = f"names a {backend} database" if backend not in ("sqlite", "postgresql") else "names no database"
        raise WorkspaceError(f"{VARIABLE} {said}; reviews are kept in PostgreSQL or SQLite. Nothing was changed. Next: {EXAMPLE}.")
    return url


def where(url: URL) -> str:
    """The address as it may be shown: a path, or host and database without user and password."""
    return str(url.database) if url.get_backend_name() == "sqlite" else f"{url.host or 'local'}/{url.database} (PostgreSQL)"


def _engine(url: URL, wait: float) -> sa.Engine:
    if url.get_backend_name() != "sqlite":
        try:
            return sa.create_engine(url, poolclass=NullPool)
        except (ImportError, sa.exc.NoSuchModuleError) as error:
            missing = getattr(error, "name", None) or "psycopg"
            raise WorkspaceError(
                f"{VARIABLE} names a PostgreSQL database, and its driver is not installed ({missing}). Nothing was changed. "
                "Next: pip install psycopg"
            ) from error
    path = Path(str(url.database)).absolute()
    # On a disk that can only be read, SQLite can take no lock; what lies there does not change, so none is needed.
    is_still = path.exists() and not os.access(path.parent, os.W_OK) and not _has(path.with_name(f"{path.name}-wal"))
    uri = f"file:{quote(str(path))}" + ("?immutable=1" if is_still else "")
    engine = sa.create_engine(
        "sqlite://", poolclass=NullPool, creator=lambda: sqlite3.connect(uri, uri=True, timeout=wait, isolation_level=None)
    )

    @sa.event.listens_for(engine, "connect")
    def settle(connection: sqlite3.Connection, _: Any) -> None:
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA synchronous = FULL")

    @sa.event.listens_for(engine, "begin")
    def begin(connection: sa.Connection) -> None:
        # Python's driver begins transactions late and not for every statement, so it is done here; a writer waits for its turn at once.
        connection.exec_driver_sql("BEGIN IMMEDIATE" if connection.get_execution_options().get("is_writing") else "BEGIN")

    return engine


def _has(path: Path) -> bool:
    return path.exists() and path.stat().st_size > 0


# What a database says -> cause and next step.
SIGNS = {
    "locked": "another process writes to it and has not finished. Nothing was changed. Next: wait until it ends, then do it again.",
    "not a database": "it is no database, or a damaged one. Nothing was changed. Next: put it aside and restore your backup of it.",
    "malformed": "it is damaged. Nothing was changed. Next: put it aside and restore your backup of it.",
    "readonly": "it can only be read. Nothing was changed. Next: make file and folder writable for this account.",
    "unable to open": "it cannot be opened. Nothing was changed. Next: check that its folder is there and writable for this account.",
    "disk is full": "the disk is full. Nothing was changed. Next: free some space, then do it again.",
    "disk i/o": "the disk failed or is full. Nothing was changed. Next: check the disk, then do it again.",
}


@contextlib.contextmanager
def _told(url: URL) -> Iterator[None]:
    """Errors of the database in words: what, cause, next step; never the password."""
    try:
        yield
    except (sa.exc.DBAPIError, sqlite3.Error) as error:
        said = str(getattr(error, "orig", None) or error).strip().splitlines()[0]
        found = next((text for sign, text in SIGNS.items() if sign in said.lower()), None)
        hidden = said.replace(url.password, "***") if url.password else said
        reason = found or f"{hidden.rstrip('.')}. Nothing was changed. Next: check the database, then do it again."
        raise WorkspaceError(f"Reviews in {where(url)}: {reason}") from error


def _version(connection: sa.Connection, url: URL) -> str | None:
    """The revision of the tables; None where there are none. WorkspaceError when a newer deeptier made them."""
    if not sa.inspect(connection).has_table("alembic_version"):
        return None
    found = connection.execute(sa.text("SELECT version_num FROM alembic_version")).scalar()
    if found is not None and found not in KNOWN:
        raise WorkspaceError(
            f"Reviews in {where(url)} were made by a newer deeptier (revision {found}; this one knows {KNOWN[-1]}). "
            "Nothing was changed. Next: install the newer version."
        )
    return None if found is None else str(found)


def _migrate(connection: sa.Connection) -> None:
    """Brings the tables up to date inside the transaction of `connection`, which lets nobody else write meanwhile."""
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).with_name("migrations")).replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


@contextlib.contextmanager
def writing(folder: Path, wait: float = WAIT) -> Iterator[sa.Connection]:
    """One transaction that adds to the store, which is made if need be: all of it is kept when the block ends well, else nothing.

    Writers wait for one another, at most `wait` seconds. WorkspaceError says what is wrong with the database.
    """
    url = address(folder)
    with _told(url):
        engine = _engine(url, wait)
        try:
            with engine.connect().execution_options(is_writing=True) as connection:
                if engine.dialect.name == "sqlite":
                    _write_ahead(connection)
                with connection.begin():
                    if engine.dialect.name == "postgresql":
                        connection.execute(sa.text("SELECT pg_advisory_xact_lock(:key)"), {"key": LOCK})
                    if _version(connection, url) != KNOWN[-1]:
                        _migrate(connection)
                    yield connection
        finally:
            engine.dispose()


def _write_ahead(connection: sa.Connection) -> None:
    """Lets people read while one writes. Whoever comes while another process sets it goes on without: it is kept in the file."""
    driver: Any = connection.connection.dbapi_connection
    with contextlib.suppress(sqlite3.OperationalError):
        driver.execute("PRAGMA journal_mode = WAL")


@contextlib.contextmanager
def reading(folder: Path, wait: float = WAIT) -> Iterator[sa.Connection | None]:
    """The store as it is at one moment; None where nothing was ever recorded. Makes nothing, except newer tables in an older store."""
    url = address(folder)
    if url.get_backend_name() == "sqlite" and not Path(str(url.database)).exists():
        yield None
        return
    with _told(url):
        engine = _engine(url, wait)
        try:
            with engine.connect() as connection, connection.begin():
                version = _version(connection, url)
            if version not in (None, KNOWN[-1]):
                with writing(folder, wait):
                    pass
            with engine.connect() as connection, connection.begin():
                yield None if version is None else connection
        finally:
            engine.dispose()
