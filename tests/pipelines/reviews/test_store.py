"""The database: made once by whoever comes first, whole or not at all, and never changed."""

import contextlib
import datetime as dt
import importlib.util
import io
import multiprocessing
import os
import shutil
import signal
import sqlite3
import subprocess
import sys

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.operations import Operations
from alembic.script import ScriptDirectory

from pipelines import reviews
from pipelines.reviews import judgements, log, models, pairs, store
from pipelines.reviews.migrations.versions import v0001_reviews
from pipelines.workspace import WorkspaceError


def row(left):
    pair = {"kind": "listing", "left_key": left, "right_key": "r", "facts_hash": "0" * 64, "facts": {}}
    return {**pair, "verdict": "same", "why": "w", "by": "b"}


def write(folder, rows):
    with store.writing(folder) as connection:
        log.add(connection, rows, dt.datetime.now(dt.UTC))


@pytest.fixture
def made(folder, say, matches, party, listing):
    """A store with one judgement."""
    say(pairs.listing_pairs(matches, party, listing).to_dicts()[0], "different")
    return folder / store.FILE


def test_reading_makes_nothing(folder, matches, party, listing):
    asked = pairs.listing_pairs(matches, party, listing)
    answers = reviews.judged(folder, asked)
    assert answers["verdict"].to_list() == [None, None]
    assert answers["is_open_again"].to_list() == [False, False]
    assert answers.columns == [*asked.columns, *judgements.ANSWER]
    assert reviews.mark(folder) == {"judgements": 0, "last": None, "until": None}
    assert not list(folder.glob(f"{store.FILE}*"))


def test_the_migrations_make_what_the_models_say(made):
    script = ScriptDirectory(str(store.Path(store.__file__).with_name("migrations")))
    assert script.get_current_head() == store.KNOWN[-1]
    assert [one.revision for one in script.walk_revisions()][::-1] == list(store.KNOWN)
    engine = sa.create_engine(f"sqlite:///{made}")
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), models.Base.metadata) == []
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
    engine.dispose()
    assert set(models.TABLES) == set(v0001_reviews.TABLES)


def test_postgresql_gets_the_same_tables_and_the_same_hold():
    written = io.StringIO()
    context = MigrationContext.configure(dialect_name="postgresql", opts={"as_sql": True, "output_buffer": written})
    with Operations.context(context):
        v0001_reviews.upgrade()
    text = written.getvalue()
    for table in models.TABLES:
        assert f"CREATE TABLE {table} " in text
        assert f"BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} " in text
    assert "recorded_at TIMESTAMP WITH TIME ZONE NOT NULL" in text


@pytest.mark.parametrize("change", ["UPDATE judgement SET why = 'x'", "DELETE FROM judgement", "DELETE FROM judgement WHERE id = 1"])
def test_no_row_can_be_changed_or_removed(made, folder, change):
    with sqlite3.connect(made) as connection, pytest.raises(sqlite3.DatabaseError, match="added and never changed"):
        connection.execute(change)
    assert reviews.standing(folder)["why"].to_list() == ["other place"]


@pytest.mark.parametrize(("column", "value"), [("kind", "other"), ("verdict", "perhaps"), ("why", "  "), ("by", " ")])
def test_what_means_nothing_is_not_stored(made, folder, column, value):
    with pytest.raises(WorkspaceError, match="constraint"):
        write(folder, [{**row("P-9"), column: value}])
    assert reviews.mark(folder)["judgements"] == 1


def test_a_newer_store_is_refused_and_left_alone(made, folder):
    with sqlite3.connect(made) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.close()
    for act in (lambda: reviews.standing(folder), lambda: contextlib.ExitStack().enter_context(store.writing(folder))):
        with pytest.raises(WorkspaceError, match=r"newer deeptier \(revision 9999.*Next: install the newer version"):
            act()


def test_a_damaged_store_is_refused(made, folder):
    made.write_bytes(b"not a database at all" * 500)
    for suffix in ("-wal", "-shm"):
        made.with_name(made.name + suffix).unlink(missing_ok=True)
    for act in (lambda: reviews.standing(folder), lambda: contextlib.ExitStack().enter_context(store.writing(folder))):
        with pytest.raises(WorkspaceError, match=r"damaged.*restore your backup"):
            act()
    assert made.read_bytes().startswith(b"not a database")


def test_a_locked_store_says_so_and_can_still_be_read(made, folder):
    with sqlite3.connect(made, isolation_level=None) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(WorkspaceError, match=r"another process writes.*Next: wait"), store.writing(folder, wait=0.1):
            pass
        assert reviews.mark(folder)["judgements"] == 1
        other.execute("ROLLBACK")


def test_a_place_that_cannot_be_opened_is_named(folder):
    (folder / store.FILE).mkdir()
    with pytest.raises(WorkspaceError, match="cannot be opened"), store.writing(folder):
        pass


def test_a_store_on_a_disk_that_can_only_be_read_is_read(made, folder, monkeypatch):
    with sqlite3.connect(made) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    really = os.access
    monkeypatch.setattr(store.os, "access", lambda path, mode: mode != os.W_OK and really(path, mode))
    assert reviews.mark(folder)["judgements"] == 1
    with pytest.raises(WorkspaceError, match="can only be read"):
        write(folder, [row("P-9")])


@pytest.mark.parametrize(("url", "said"), [
    ("no address", "is no address of a database"),
    ("mysql://me:hunter2@host/x", "names a mysql database"),
    ("postgresql://me:hunter2@host", "names no database"),
    ("postgresql://me:hunter2@host:notaport/x", "is no address"),
])
def test_a_wrong_address_is_refused_without_its_password(folder, monkeypatch, url, said):
    monkeypatch.setenv(store.VARIABLE, url)
    with pytest.raises(WorkspaceError, match=said) as refused:
        reviews.standing(folder)
    assert "hunter2" not in str(refused.value)
    assert "Next:" in str(refused.value)


@pytest.mark.skipif(importlib.util.find_spec("psycopg") is not None, reason="a driver of PostgreSQL is installed")
def test_postgresql_without_its_driver_says_what_to_install(folder, monkeypatch):
    monkeypatch.setenv(store.VARIABLE, "postgresql://me:hunter2@127.0.0.1:1/x")
    with pytest.raises(WorkspaceError, match="pip install psycopg") as refused:
        reviews.standing(folder)
    assert "hunter2" not in str(refused.value)


def test_the_address_as_shown_holds_no_password(folder, monkeypatch):
    monkeypatch.setenv(store.VARIABLE, "postgresql://me:hunter2@db.example/reviews")
    assert store.where(store.address(folder)) == "db.example/reviews (PostgreSQL)"


def test_another_sqlite_file_by_address(folder, tmp_path, monkeypatch, say, matches, party, listing):
    monkeypatch.setenv(store.VARIABLE, f"sqlite:///{tmp_path}/els where.db")
    say(pairs.listing_pairs(matches, party, listing).to_dicts()[0], "same")
    assert (tmp_path / "els where.db").exists()
    assert reviews.standing(folder)["verdict"].to_list() == ["same"]
    assert not (folder / store.FILE).exists()


def test_an_error_inside_keeps_nothing(folder):
    with pytest.raises(WorkspaceError, match="constraint"):
        write(folder, [row("P-1"), row("P-2"), {**row("P-3"), "why": ""}])
    assert reviews.mark(folder)["judgements"] == 0


def _many(folder, who, count, gate):
    gate.wait(60)
    for number in range(count):
        write(folder, [{**row(f"{who}-{number}"), "by": who}])


def test_writers_that_come_at_once_lose_nothing_not_even_the_first_time(folder):
    """The store is not there yet: each of them may be the one that makes it."""
    context = multiprocessing.get_context("spawn")
    gate = context.Barrier(3)
    writers = [context.Process(target=_many, args=(folder, f"w{n}", 5, gate)) for n in range(3)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(120)
        assert writer.exitcode == 0
    found = reviews.standing(folder)
    assert set(found["left_key"]) == {f"w{n}-{number}" for n in range(3) for number in range(5)}
    assert found.height == 15


KILLED = """
import sys, datetime as dt
from pathlib import Path
from pipelines.reviews import log, store
row = {"kind": "listing", "right_key": "r", "facts_hash": "0" * 64, "facts": {}, "verdict": "same", "why": "w", "by": "b"}  # fmt: skip
with store.writing(Path(sys.argv[1])) as connection:
    log.add(connection, [{**row, "left_key": str(n)} for n in range(500)], dt.datetime.now(dt.UTC))
    print("written", flush=True)
    sys.stdin.read()
"""


def test_a_writer_that_is_killed_leaves_nothing_half_done(made, folder):
    code = [sys.executable, "-c", KILLED, str(folder)]
    with subprocess.Popen(code, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=store.Path(store.__file__).parents[2]) as writer:
        assert writer.stdout.readline() == b"written\n"
        writer.send_signal(signal.SIGKILL)
    assert reviews.mark(folder)["judgements"] == 1
    with store.writing(folder, wait=5):
        pass


def test_a_copy_of_the_folder_is_a_backup(made, folder, tmp_path):
    shutil.copytree(folder, tmp_path / "copy")
    assert reviews.standing(tmp_path / "copy")["verdict"].to_list() == ["different"]


def test_a_reader_is_not_disturbed_by_a_writer(made, folder):
    with store.reading(folder) as connection:
        before = log.every(connection).height
        write(folder, [row("late")])
        assert log.every(connection).height == before
    assert reviews.mark(folder)["judgements"] == before + 1
