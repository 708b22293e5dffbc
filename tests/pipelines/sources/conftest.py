"""Sources read files of tests: real ones from the sibling folder `shared`, or small made-up ones from `fixtures`."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path

import pytest

from pipelines import registry
from pipelines.records import Parsed
from pipelines.snapshot import Snapshot

REAL = Path(__file__).resolve().parents[3] / ".." / "shared" / "data"
MADE_UP = Path(__file__).parent / "fixtures"
SEEN_ON = dt.date(2026, 11, 1)


@pytest.fixture
def real() -> Callable[..., Parsed]:
    """Parses real files: real("un_sc", "listings/....xml.gz")."""

    def parse(source_id: str, *names: str) -> Parsed:
        paths = [REAL / name for name in names]
        if not all(path.exists() for path in paths):
            pytest.skip("the publishers' real files are not beside the project")
        return in_memory(source_id, {path.name: path.read_bytes() for path in paths})

    return parse


def in_memory(source_id: str, files: dict[str, bytes]) -> Parsed:
    source = registry.source(source_id)
    return source.parse(Snapshot.of(source, files, SEEN_ON))


@pytest.fixture
def parse() -> Callable[[str, dict[str, bytes]], Parsed]:
    """Parses bytes: parse("un_sc", {"consolidated.xml": b"..."})."""
    return in_memory


@pytest.fixture
def made_up() -> Callable[[str], bytes]:
    """The bytes of a made-up file in a publisher's format."""
    return lambda name: (MADE_UP / name).read_bytes()
