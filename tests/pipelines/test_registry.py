"""Sources are complete, or refused with what is missing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from data import model
from pipelines import registry
from pipelines.registry import Guards, SourceError

COMPLETE: dict[str, Any] = {
    "id": "made_up", "title": {"en": "Made up", "fr": "Inventé"}, "publisher": "Nobody", "is_official": False, "summary": "A test.",
    "url": "https://example.org", "licence": "none", "may_redistribute": False, "cadence": "none", "stale_after_days": 10,
    "authorities": [],
    "tables": ["listing"], "shipped": [], "personal_data": False, "contact": "nobody", "guards": {"min_rows": 1}, "encoding": "utf-8",
    "date_order": "ymd", "lookups": {}, "ignored": {},
    "expectations": {"listing": [{"type": "expect_column_values_to_not_be_null", "kwargs": {"column": "name"}, "severity": "critical"}]},
}
PARSER = "def fetch(source, http):\n    return {}\n\n\ndef parse(snapshot):\n    return None\n"


def write(folder: Path, entry: dict[str, Any], parser: str | None = PARSER) -> Path:
    place = folder / "made_up"
    place.mkdir(exist_ok=True)
    (place / "source.yml").write_text(yaml.safe_dump(entry), encoding="utf-8")
    if parser is not None:
        (place / "source.py").write_text(parser, encoding="utf-8")
    registry._load.cache_clear()
    return place


def test_all_sources_load_and_every_shipped_table_has_one() -> None:
    sources = registry.sources()
    assert set(sources) == {path.parent.name for path in registry.HERE.glob("*/source.yml")}
    named = {name: source.id for source in sources.values() for name in source.shipped}
    assert named == {name: reference.source for name, reference in model.references().items()}
    for source in sources.values():
        assert {model.references()[name].table for name in source.shipped} <= set(source.tables)
        assert set(source.tables) == {expectation.table for expectation in source.expectations}


def test_a_complete_source_loads(tmp_path: Path) -> None:
    source = registry.read(write(tmp_path, COMPLETE))
    assert (source.id, source.has_parser, source.guards, source.certainty) == ("made_up", True, Guards("listing", 1), "secondary")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"licence": None}, "lacks licence"),
        ({"contact": "", "url": None}, "lacks url, contact"),
        ({"ignored": None}, "lacks ignored"),
        ({"colour": "red"}, "unknown key colour"),
        ({"id": "other"}, "id must be the folder's name"),
        ({"title": {"en": "x"}}, "title must be in en and fr"),
        ({"cadence": "hourly"}, "cadence must be one of"),
        ({"date_order": "guess"}, "date_order must be one of"),
        ({"is_opt_in": "perhaps"}, "is_opt_in must be yes or no"),
        ({"expectations": {}}, "expectations are empty"),
        ({"expectations": {"party": []}}, "expectations are empty"),
        ({"expectations": {"party": [{"type": "expect_x"}]}}, "not under tables"),
        ({"expectations": {"listing": [{"type": "expect_x", "severity": "bad"}]}}, "severity critical or warning"),
        ({"expectations": {"listing": [{"type": "expect_x", "kwargs": {"column": "no"}, "severity": "warning"}]}}, "does not have"),
        ({"guards": {"max_rows": 2}}, "guards need min_rows"),
        ({"authorities": ["no_such_law"]}, "no authority no_such_law"),
        ({"shipped": ["no_such_table"]}, "no shipped table no_such_table"),
    ],
)
def test_an_incomplete_source_says_what_is_missing(tmp_path: Path, change: dict[str, Any], message: str) -> None:
    with pytest.raises(SourceError, match=message):
        registry.read(write(tmp_path, COMPLETE | change))


def test_a_parser_needs_both_functions_and_a_source_something_to_read(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="lacks parse"):
        registry.read(write(tmp_path, COMPLETE, "def fetch(source, http):\n    return {}\n"))
    (tmp_path / "made_up" / "source.py").unlink()
    with pytest.raises(SourceError, match="nothing to read"):
        registry.read(tmp_path / "made_up")


def test_unknown_source_names_the_known_ones() -> None:
    with pytest.raises(SourceError, match="us_uflpa"):
        registry.source("nobody")


@pytest.mark.parametrize(
    ("rows", "before", "is_believed"), [(99, None, False), (100, None, True), (110, 120, False), (115, 120, True), (400, 120, True)]
)
def test_guards_by_rows(rows: int, before: int | None, is_believed: bool) -> None:
    assert (Guards("listing", 100, 300, 5).complaint(rows, before) is None) == is_believed


def test_guards_by_share() -> None:
    assert Guards("listing", 1, None, 0.3).complaint(700, 1000) is None
    assert "fell" in (Guards("listing", 1, None, 0.3).complaint(699, 1000) or "")
