"""Finds the indicators, refuses the incomplete, and runs them.

An indicator is one public function in `indicators/<group>/<id>.py`, decorated with `@indicator`. Adding one edits nothing here.
Belongs here: what every indicator shares. Does not belong here: any rule, weight or threshold.
"""

from __future__ import annotations

import datetime as dt
import importlib
import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import narwhals as nw

from data import model

HERE = Path(__file__).parent
HEADS = ("FL", "CL")
CLASSES = ("K", "S", "M", "W", "C", "G", "REMEDY", "D")
GROUPS = (
    "RECRUIT_COST",
    "AGENCY",
    "TIED",
    "COERCION",
    "DEBT",
    "DECEPTION",
    "VIOLENCE",
    "WAGE",
    "HOURS",
    "CONDITIONS",
    "CHILD",
    "CTX_CHILD",
    "STATE",
    "ENTITY",
    "OPACITY",
    "PURCHASING",
    "PROFILE",
    "CTX_GOODS",
    "CTX_COUNTRY",
    "MITIGATION",
    "REMEDY",
    "PATTERN",
)
SUBJECTS = ("party", "agency", "supply_link")
LIFECYCLES = ("experimental", "stable", "deprecated")
FOUR_PS = ("prevention", "prosecution", "protection", "partnership")
DOCSTRING_PARTS = ("How it is computed", "Why it is a sign", "What it misses", "Exclusions")
PARAMETERS = ("as_of", "thresholds")

Frame = nw.LazyFrame[Any]


class IncompleteIndicator(ValueError):
    """An indicator lacks something; the message says what and where."""


@dataclass(frozen=True)
class Indicator:
    """What the registry knows of one indicator. `inputs` are names of contracts; `weight class` is the default of its rows."""

    id: str
    group_folder: str
    rule: Callable[..., Frame]
    title: Mapping[str, str]
    subject: str
    evidence_class: str
    group: str
    heads: tuple[str, ...]
    severity: int
    ilo: tuple[int, ...]
    authorities: tuple[tuple[str, str], ...]
    four_ps: tuple[str, ...]
    remedy: Mapping[str, str]
    ask: Mapping[str, str]
    lifecycle: str
    maximum_credit: float | None
    inputs: tuple[str, ...]
    docstring: str
    path: Path

    def thresholds(self, as_of: dt.date) -> SimpleNamespace:
        """The dated values of `<id>.yml` that hold on `as_of`; before the first date, the first value."""
        return SimpleNamespace(**{name: _dated(entry["values"], as_of) for name, entry in read_thresholds(self).items()})


def indicator(**declared: Any) -> Callable[[Callable[..., Frame]], Callable[..., Frame]]:
    """Declare the indicator that the decorated function is; `load` checks that nothing is missing."""

    def mark(rule: Callable[..., Frame]) -> Callable[..., Frame]:
        rule.declared = declared  # type: ignore[attr-defined]
        return rule

    return mark


def _dated(values: Mapping[Any, Any], as_of: dt.date) -> Any:
    dates = sorted(values)
    known = [date for date in dates if date <= as_of]
    return values[known[-1] if known else dates[0]]


def read_thresholds(spec: Indicator) -> dict[str, Any]:
    """Entries of `<id>.yml` by name: description, unit, reference, values (dated)."""
    path = spec.path.with_suffix(".yml")
    if not path.exists():
        return {}
    entries: dict[str, Any] = model.read_yaml(path)
    for name, entry in entries.items():
        for part in ("description", "unit", "reference", "values"):
            if not entry.get(part):
                raise IncompleteIndicator(f"{path}: {name} lacks {part}. Every number has a meaning, a unit, a reference and a date.")
        if not all(isinstance(date, dt.date) for date in entry["values"]):
            raise IncompleteIndicator(f"{path}: {name}: values must be keyed by dates, such as 2019-03-01.")
    return entries


def _check(spec: Indicator) -> None:
    problems = []
    for name, texts in (("title", spec.title), ("remedy", spec.remedy), ("ask", spec.ask)):
        if set(texts) != set(model.LANGUAGES) or not all(texts.values()):
            problems.append(f"{name} in English and French")
    for name, value, allowed in (
        ("subject", spec.subject, SUBJECTS),
        ("evidence_class", spec.evidence_class, CLASSES),
        ("group", spec.group, GROUPS),
        ("lifecycle", spec.lifecycle, LIFECYCLES),
    ):
        if value not in allowed:
            problems.append(f"{name} as one of {', '.join(allowed)} (found {value!r})")
    if not spec.heads or not set(spec.heads) <= set(HEADS):
        problems.append("heads: FL, CL or both")
    if spec.severity not in (1, 2, 3, 4):
        problems.append("severity from 1 to 4")
    if not spec.authorities:
        problems.append("at least one authority, as (key, article)")
    problems += [f"authority {key!r} in data/authorities" for key, _ in spec.authorities if key not in model.authorities()]
    if not spec.four_ps or not set(spec.four_ps) <= set(FOUR_PS):
        problems.append(f"four_ps among {', '.join(FOUR_PS)}")
    if spec.evidence_class == "G" and spec.maximum_credit is None:
        problems.append("maximum_credit, the greatest credit in logits")
    problems += [f"docstring part {part!r}" for part in DOCSTRING_PARTS if f"{part}:" not in spec.docstring]
    tables = set(model.contracts())
    problems += [f"a contract for the input {name!r}" for name in spec.inputs if name not in tables]
    if spec.rule.__name__ != spec.path.stem:
        problems.append(f"a function named {spec.path.stem}, as the file is")
    if problems:
        raise IncompleteIndicator(f"{spec.path}: not loaded; it lacks: {'; '.join(problems)}.")
    read_thresholds(spec)


def read(path: Path) -> Indicator:
    """The indicator that stands in `path`; IncompleteIndicator says what it lacks."""
    if path.is_relative_to(HERE):
        module = importlib.import_module(".".join(("indicators", *path.relative_to(HERE).with_suffix("").parts)))
    else:
        spec = importlib.util.spec_from_file_location(path.stem, path)
        if spec is None or spec.loader is None:
            raise IncompleteIndicator(f"{path}: not a Python module.")
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
    rules = [item for item in vars(module).values() if hasattr(item, "declared") and item.__module__ == module.__name__]
    if len(rules) != 1:
        raise IncompleteIndicator(f"{path}: holds {len(rules)} functions marked @indicator; it must hold exactly one.")
    declared = dict(rules[0].declared)
    parameters = [name for name in inspect.signature(rules[0]).parameters if name not in PARAMETERS]
    expected = {
        "title",
        "subject",
        "evidence_class",
        "group",
        "heads",
        "severity",
        "ilo",
        "authorities",
        "four_ps",
        "remedy",
        "ask",
        "lifecycle",
    }
    missing = expected - set(declared)
    if missing:
        raise IncompleteIndicator(f"{path}: not loaded; the decorator lacks: {', '.join(sorted(missing))}.")
    found = Indicator(
        id=rules[0].__name__,
        group_folder=path.parent.name,
        rule=rules[0],
        maximum_credit=declared.pop("maximum_credit", None),
        inputs=tuple(parameters),
        docstring=inspect.getdoc(rules[0]) or "",
        path=path,
        **{**declared, **{name: tuple(declared[name]) for name in ("heads", "ilo", "authorities", "four_ps")}},
    )
    _check(found)
    return found


@lru_cache
def load() -> dict[str, Indicator]:
    """All indicators by id, in the order of their ids."""
    paths = [path for path in HERE.glob("*/*.py") if not path.name.startswith("_")]
    found: dict[str, Indicator] = {}
    for spec in (read(path) for path in sorted(paths, key=lambda path: path.stem)):
        if spec.id in found:
            raise IncompleteIndicator(f"{spec.path}: the id {spec.id} is taken by {found[spec.id].path}.")
        found[spec.id] = spec
    return found


REQUIRED = ("subject_id", "intensity", "reliability", "observed_on", "event_id", "evidence")
OPTIONAL: dict[str, Any] = {
    "evidence_class": nw.String,
    "severity": nw.Int64,
    "head": nw.String,
    "source_type": nw.String,
    "affected_count": nw.Int64,
    "affected_share": nw.Float64,
    "state": nw.String,
    "match_confidence": nw.Float64,
    "override": nw.String,
    "detail": nw.String,
}
TYPES: dict[str, Any] = {
    "subject_id": nw.String,
    "intensity": nw.Float64,
    "reliability": nw.Float64,
    "observed_on": nw.Date,
    "event_id": nw.String,
    "evidence": nw.String,
    **OPTIONAL,
}


def run(spec: Indicator, tables: Mapping[str, Frame], as_of: dt.date) -> Frame:
    """Rows of the contract `finding` for one indicator, not yet reduced: one row per observation.

    `tables` holds a lazy frame per input, already cut to what was known on `as_of`. The rule sees nothing else.
    """
    asked = inspect.signature(spec.rule).parameters
    arguments: dict[str, Any] = {name: tables[name] for name in spec.inputs}
    if "as_of" in asked:
        arguments["as_of"] = as_of
    if "thresholds" in asked:
        arguments["thresholds"] = spec.thresholds(as_of)
    rows = spec.rule(**arguments)
    columns = rows.collect_schema().names()
    lost = [name for name in REQUIRED if name not in columns]
    strange = [name for name in columns if name not in TYPES]
    if lost or strange:
        raise IncompleteIndicator(f"{spec.path}: the rule must return {', '.join(REQUIRED)}; lacks {lost}, has unknown {strange}.")
    defaults: dict[str, Any] = {"evidence_class": spec.evidence_class, "severity": spec.severity, "state": "open"}
    rows = rows.with_columns(*[nw.lit(None).alias(name) for name in OPTIONAL if name not in columns])
    typed = rows.select(*[nw.col(name).cast(kind) for name, kind in TYPES.items()])
    return typed.with_columns(
        *[nw.col(name).fill_null(value) for name, value in defaults.items()],
        # Sums differ in their last bit with the order of threads; nine decimals are the same on every run and engine.
        nw.col("intensity").clip(0.0, 1.0).round(9),
        nw.col("reliability").round(9),
        indicator=nw.lit(spec.id),
    ).rename({"subject_id": "party_id"})
