"""One demo workspace for all tests of whole runs; each run takes seconds, so they share it and make their own only where they change it."""

import shutil

import duckdb
import pytest
from published import current

from dagster_project import operations


@pytest.fixture(scope="session")
def demo(tmp_path_factory):
    """A workspace with the made-up chain, run once; tests only read it."""
    folder = tmp_path_factory.mktemp("demo") / "workspace"
    result = operations.demo(folder)
    assert result.status == "published", result.problems
    return folder


@pytest.fixture
def mine(demo, tmp_path):
    """A copy of the demo workspace that a test may change."""
    shutil.copytree(demo, tmp_path / "mine")
    return tmp_path / "mine"


@pytest.fixture(scope="session")
def scores(demo):
    """party_id -> row of the score table."""
    with duckdb.connect(str(current(demo)), read_only=True) as connection:
        cursor = connection.execute("SELECT * FROM score")
        names = [column[0] for column in cursor.description]
        return {row[0]: dict(zip(names, row, strict=True)) for row in cursor.fetchall()}
