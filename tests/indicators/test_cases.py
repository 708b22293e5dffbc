"""Every indicator's cases (`tests/indicators/<group>/<id>.yml`), readable by a lawyer, run as tests.

A case gives rows of the input tables and says what the rule answers: intensity null is unknown, no row is unknown too.
"""

import datetime as dt
from pathlib import Path

import narwhals as nw
import polars as pl
import pytest

from data import model
from indicators import registry
from pipelines.derive import conform, derive

HERE = Path(__file__).parent
KINDS = {"flagged", "clear", "unknown", "excluded"}


def _cases():
    for spec in registry.load().values():
        path = HERE / spec.group_folder / f"{spec.id}.yml"
        entry = model.read_yaml(path) if path.exists() else {"cases": []}
        for case in entry["cases"]:
            yield pytest.param(spec, case, id=f"{spec.id}: {case['name']}")


def _table(name, rows):
    text = [{**row, "row_id": row.get("row_id", number)} for number, row in enumerate(rows, start=1)]
    kinds = conform(name, pl.LazyFrame()).collect_schema()
    strange = {key for row in text for key in row} - set(kinds)
    assert not strange, f"{name} has no column {strange}"
    frame = pl.LazyFrame(text, schema={key: kinds[key] for key in kinds if any(key in row for row in text)}, strict=False)
    return nw.from_native(derive(name, conform(name, frame)))


@pytest.mark.parametrize(("spec", "case"), list(_cases()))
def test_case(spec, case):
    as_of = case.get("as_of", dt.date(2026, 6, 30))
    tables = {name: _table(name, case["given"].get(name, [])) for name in spec.inputs}
    unused = set(case["given"]) - set(spec.inputs)
    assert not unused, f"the case gives {unused}, which the rule does not read"
    found = nw.to_native(registry.run(spec, tables, as_of)).collect().rename({"party_id": "subject_id"}).to_dicts()
    expected = case["then"]
    assert sorted(row["subject_id"] for row in found) == sorted(row["subject_id"] for row in expected)
    order = lambda row: (row["subject_id"], row.get("head") or "", -1 if row.get("intensity") is None else row["intensity"])  # noqa: E731
    for got, want in zip(sorted(found, key=order), sorted(expected, key=order), strict=True):
        for key, value in want.items():
            assert got[key] == (pytest.approx(value, abs=0.005) if isinstance(value, float) else value), f"{key} of {got}"


@pytest.mark.parametrize("spec", list(registry.load().values()), ids=lambda spec: spec.id)
def test_every_kind_of_case_is_there(spec):
    path = HERE / spec.group_folder / f"{spec.id}.yml"
    assert path.exists(), f"no cases: write {path.relative_to(HERE.parent.parent)}"
    kinds = {case["kind"] for case in model.read_yaml(path)["cases"]}
    assert kinds >= KINDS, f"{path.name} lacks a case of kind {', '.join(sorted(KINDS - kinds))}"
