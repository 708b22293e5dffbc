"""Finds the sources in `pipelines/sources/<id>/` and refuses incomplete ones, saying what is missing.

Belongs here: reading and checking `source.yml`, and loading `source.py`. Fetching and archiving are in snapshot.py.
"""

from __future__ import annotations

import importlib.util
import re
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

from data import model

if TYPE_CHECKING:
    from pipelines.fetching import Http
    from pipelines.records import Parsed
    from pipelines.snapshot import Snapshot

HERE = Path(__file__).parent / "sources"
CADENCES = {"daily": 1, "weekly": 7, "monthly": 31, "half_yearly": 184, "yearly": 366, "none": None}
DATE_ORDERS = ("ymd", "dmy", "mdy")
SEVERITIES = ("critical", "warning")
NEEDED = (
    "id", "title", "publisher", "is_official", "summary", "url", "licence", "may_redistribute", "cadence", "stale_after_days",
    "authorities", "tables", "shipped", "expectations", "guards", "personal_data", "contact",
)
NEEDED_TO_PARSE = ("encoding", "date_order", "lookups", "ignored")
OPTIONAL = ("full_tables", "key_variable", "link_text", "is_opt_in", "is_newest_only")


class SourceError(ValueError):
    """A source is incomplete or wrong; the message names the file and what to add."""


@dataclass(frozen=True)
class Expectation:
    """One expectation in Great Expectations' own words: type, keyword arguments and severity (critical or warning)."""

    table: str
    type: str
    kwargs: dict[str, Any]
    severity: str


@dataclass(frozen=True)
class Guards:
    """Row counts of `table` within which a snapshot is believed; `max_fall` is a share below 1, rows from 1 on."""

    table: str
    min_rows: int = 0
    max_rows: int | None = None
    max_fall: float | None = None

    def complaint(self, rows: int, before: int | None) -> str | None:
        """Why `rows` is too few, given the last good snapshot's count `before`; None when it is believed."""
        if rows < self.min_rows:
            return f"{rows} rows of {self.table}, fewer than the {self.min_rows} expected"
        if before is None or self.max_fall is None:
            return None
        allowed = before * self.max_fall if self.max_fall < 1 else self.max_fall
        return f"{rows} rows of {self.table} after {before}: fell by more than {allowed:.0f}" if before - rows > allowed else None


@dataclass(frozen=True)
class Source:
    """One publisher's dataset as `source.yml` tells it. Encodings are tried in order; every snapshot holds all of `full_tables`.

    `is_opt_in`: the operator must say so in deeptier.yml before it is asked for or read, as its terms bind the user.
    `is_newest_only`: a copy tells its own history, so that older copies are not laid under it.
    """

    id: str
    title: dict[str, str]
    publisher: str
    is_official: bool
    summary: str
    url: str
    licence: str
    may_redistribute: bool
    cadence: str
    stale_after_days: int
    authorities: tuple[str, ...]
    tables: tuple[str, ...]
    shipped: tuple[str, ...]
    expectations: tuple[Expectation, ...]
    guards: Guards
    personal_data: bool
    contact: str
    encoding: tuple[str, ...] = ("utf-8",)
    date_order: str = "ymd"
    lookups: dict[str, Any] = field(default_factory=dict)
    ignored: dict[str, str] = field(default_factory=dict)
    full_tables: tuple[str, ...] = ()
    key_variable: str | None = None
    link_text: str | None = None
    is_opt_in: bool = False
    is_newest_only: bool = False
    folder: Path = HERE

    @property
    def has_parser(self) -> bool:
        """False for sources of ours that are shipped only."""
        return (self.folder / "source.py").exists()

    @property
    def certainty(self) -> str:
        """Certainty of rows of a snapshot: an official publisher's own file is confirmed."""
        return "confirmed" if self.is_official else "secondary"

    def _module(self) -> ModuleType:
        return _load(self.folder / "source.py")

    def fetch(self, http: Http) -> dict[str, bytes]:
        """The files of the publisher by name. Impure; errors are of pipelines.fetching."""
        files: dict[str, bytes] = self._module().fetch(self, http)
        return files

    def parse(self, snapshot: Snapshot) -> Parsed:
        """The tables and rejected values of `snapshot`. Pure; ParseError when the file is not what was expected."""
        parsed: Parsed = self._module().parse(snapshot)
        return parsed


@lru_cache
def _load(path: Path) -> ModuleType:
    name = f"pipelines.sources.{path.parent.name}.source"
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise SourceError(f"{path}: cannot be loaded as Python.")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


def _expectations(entry: Any, tables: list[str], where: str) -> tuple[Expectation, ...]:
    if not isinstance(entry, dict) or not any(entry.values()):
        raise SourceError(f"{where}: expectations are empty. Add at least expect_table_row_count_to_be_between for each table.")
    found = []
    for table, items in entry.items():
        if table not in tables:
            raise SourceError(f"{where}: expectations name table {table!r}, which is not under tables.")
        for item in items:
            kind, severity, kwargs = item.get("type", ""), item.get("severity"), item.get("kwargs") or {}
            if not re.fullmatch(r"expect_[a-z_]+", kind) or severity not in SEVERITIES:
                needed = "type (expect_...), kwargs and severity critical or warning"
                raise SourceError(f"{where}: expectation {item} of {table} needs {needed}.")
            if kwargs.get("column", "row_id") not in {*model.contract(table).columns, "row_id"}:
                raise SourceError(f"{where}: expectation {kind} names column {kwargs['column']!r}, which {table} does not have.")
            found.append(Expectation(table, kind, kwargs, severity))
    return tuple(found)


def _check(entry: dict[str, Any], folder: Path, where: str) -> None:
    needed = NEEDED + (NEEDED_TO_PARSE if (folder / "source.py").exists() else ())
    missing = [name for name in needed if name not in entry or entry[name] in (None, "")]
    if missing:
        raise SourceError(f"{where}: lacks {', '.join(missing)}. Add it; an empty list [] is an answer where there is none.")
    unknown = set(entry) - {*NEEDED, *NEEDED_TO_PARSE, *OPTIONAL}
    if unknown:
        raise SourceError(f"{where}: unknown key {', '.join(sorted(unknown))}.")
    problems = [
        (entry["id"] != folder.name, f"id must be the folder's name, {folder.name!r}"),
        (set(entry["title"]) != set(model.LANGUAGES), "title must be in en and fr"),
        (entry["cadence"] not in CADENCES, f"cadence must be one of {', '.join(CADENCES)}"),
        (entry.get("date_order", "ymd") not in DATE_ORDERS, f"date_order must be one of {', '.join(DATE_ORDERS)}"),
        (not isinstance(entry["personal_data"], bool), "personal_data must be yes or no"),
        (not isinstance(entry.get("is_opt_in", False), bool), "is_opt_in must be yes or no"),
        (not entry["tables"], "tables is empty: name the tables that the source fills"),
        (not (folder / "source.py").exists() and not entry["shipped"], "neither source.py nor a shipped table: nothing to read"),
    ]
    wrong = [message for is_wrong, message in problems if is_wrong]
    if wrong:
        raise SourceError(f"{where}: {'; '.join(wrong)}.")


def _authorities(entry: dict[str, Any], where: str) -> None:
    lost = [key for key in entry["authorities"] if key not in model.authorities()]
    if lost:
        raise SourceError(f"{where}: no authority {', '.join(lost)} in data/authorities. Add a file there or correct the key.")
    lost = [name for name in entry["shipped"] if name not in model.references()]
    if lost:
        raise SourceError(f"{where}: no shipped table {', '.join(lost)} in data/reference. Add it with its sidecar or correct the name.")


def _guards(entry: dict[str, Any], where: str) -> Guards:
    values = {"table": entry["tables"][0], **entry["guards"]}
    if "min_rows" not in values or set(values) - set(Guards.__dataclass_fields__) or values["table"] not in entry["tables"]:
        raise SourceError(f"{where}: guards need min_rows, and may have max_rows, max_fall and table (one of tables).")
    return Guards(**values)


def read(folder: Path) -> Source:
    """The source in `folder`; SourceError names what is missing."""
    path = folder / "source.yml"
    where = str(path)
    if not path.exists():
        raise SourceError(f"{where}: not there. Every folder in pipelines/sources needs a source.yml.")
    entry = model.read_yaml(path)
    _check(entry, folder, where)
    for table in entry["tables"]:
        model.contract(table)
    _authorities(entry, where)
    encoding = entry.get("encoding", "utf-8")
    values = {
        **{name: entry[name] for name in (*NEEDED, *NEEDED_TO_PARSE, *OPTIONAL) if name in entry},
        "authorities": tuple(entry["authorities"]), "tables": tuple(entry["tables"]), "shipped": tuple(entry["shipped"]),
        "expectations": _expectations(entry["expectations"], entry["tables"], where), "guards": _guards(entry, where),
        "encoding": (encoding,) if isinstance(encoding, str) else tuple(encoding), "full_tables": tuple(entry.get("full_tables", ())),
        "lookups": entry.get("lookups") or {}, "ignored": entry.get("ignored") or {},
    }
    source = Source(folder=folder, **values)
    if source.has_parser:
        lost = [name for name in ("fetch", "parse") if not isinstance(getattr(source._module(), name, None), Callable)]  # type: ignore[arg-type]
        if lost:
            raise SourceError(f"{folder / 'source.py'}: lacks {', '.join(lost)}. fetch(source, http) and parse(snapshot) are both needed.")
    return source


@lru_cache
def sources(folder: Path = HERE) -> dict[str, Source]:
    """All sources by id; SourceError if one is incomplete."""
    folders = [path for path in sorted(folder.iterdir()) if path.is_dir() and not path.name.startswith(("_", "."))]
    return {path.name: read(path) for path in folders}


def source(source_id: str) -> Source:
    """The source `source_id`; SourceError names the known ones."""
    if source_id not in sources():
        raise SourceError(f"no source {source_id!r}. Known: {', '.join(sources())}.")
    return sources()[source_id]
