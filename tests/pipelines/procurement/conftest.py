"""Tender files of tests: made-up ones written to a folder, and real ones from the sibling folder `shared`."""

from __future__ import annotations

import datetime as dt
import gzip
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from data import screening as s
from data.procurement import Reading, Role
from data.screening import Screening
from pipelines import procurement

REAL = Path(__file__).resolve().parents[3] / ".." / "shared" / "data" / "procurement"


@pytest.fixture
def real() -> Callable[[str], Path]:
    """The path of a publisher's file; skips where it is absent."""

    def path(name: str) -> Path:
        if not (REAL / name).exists():
            pytest.skip("the publishers' real files are not beside the project")
        return REAL / name

    return path


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    """Writes a value as JSON, a text, or bytes to a file; .gz compresses."""

    def written(content: Any, name: str = "tender.json") -> Path:
        raw = content if isinstance(content, bytes) else (content if isinstance(content, str) else json.dumps(content)).encode()
        path = tmp_path / name
        path.write_bytes(gzip.compress(raw) if name.endswith(".gz") else raw)
        return path

    return written


@pytest.fixture
def read(write: Callable[..., Path]) -> Callable[..., Reading]:
    """The reading of a value as JSON, a text, or bytes."""
    return lambda content, name="tender.json", **options: procurement.read(write(content, name), **options)


@pytest.fixture
def screened() -> Callable[[Reading], Screening]:
    """A screening of a reading in which every tenderer has one possible match."""
    day = dt.date(2026, 11, 20)
    source = s.Source(source="example", list_id="example_list", publisher="Example authority", licence="open", received_on=day)
    entry = s.Entry(listing_id="example:1", list_id="example_list", kind="debarment", subject="organisation", name="Example",
                    authority="Example", status="active", is_in_force=True, listed_on=dt.date(2025, 3, 1),
                    expected_end_on=dt.date(2027, 3, 1), source=source)  # fmt: skip
    match = s.Match(pair_id="p", probability=0.71, basis="name", our_name="A", listed_name="B", is_confirmed=False)
    steps = [s.Step(owner="Example Holding", owned="A", interest="shareholding", share_min=0.25, share_max=0.5, is_control=True,
                    is_indirect=True, source="a register", stated_on=day),
             s.Step(owned="Example Holding", interest="consolidation", source="a register", unknown_reason="no_lei")]
    tie = s.Connection(kind="owner", name="Example Holding", effective_share=0.5, effective_share_min=0.25, is_control=True, steps=steps)
    ground = s.GroundReading(ground_id="g", kind=s.GroundKind.DISCRETIONARY, article="57(4)", authority="eu_2014_24")

    def made(reading: Reading) -> Screening:
        results = [
            s.ProcessResult(process=process, tenderers=[
                s.TendererResult(tenderer=each, standing=s.Standing.TO_CONFIRM, facts=[
                    s.Fact(organisation_id=each.organisation.organisation_id, role=Role.TENDERER, state=s.FactState.TO_CONFIRM, entry=entry,
                           match=match, connection=tie, grounds=[ground]),
                ]) for each in process.tenderers
            ]) for process in reading.processes
        ]  # fmt: skip
        lists = [s.SearchedList(list_id="example_list", source="example", state=s.SearchState.SEARCHED, entries=3, received_on=day)]
        return Screening(
            screening_id="S-1", made_at=dt.datetime(2026, 11, 20, 9, tzinfo=dt.UTC), as_of=day, by="officer", profile="eu_2014_24",
            profile_version="1", matcher_version="1", software_version="0.1", reading=reading, lists=lists, results=results,
        )

    return made
