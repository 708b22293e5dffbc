"""What the words and tables mean: contracts, vocabularies, authorities and reference tables, loaded and checked.

Belongs here: reading and checking the YAML and CSV of this folder. Does not belong here: anything that touches data of users.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

HERE = Path(__file__).parent
LANGUAGES = ("en", "fr")
COLUMN_TYPES = ("string", "integer", "number", "boolean", "date", "list")
FORMATS = ("country", "subdivision", "currency", "hs", "lei", "indicator")
KINDS = ("upload", "source", "core", "result")


class ModelError(ValueError):
    """A contract, vocabulary or authority is incomplete; the message names the file and what to add."""


@dataclass(frozen=True)
class Column:
    """One column of a contract; `unit` and `meaning` are what users read in the data dictionary."""

    name: str
    type: str
    meaning: str
    required: bool = False
    unit: str | None = None
    minimum: float | None = None
    maximum: float | None = None
    vocabulary: str | None = None
    format: str | None = None
    references: str | None = None
    default: Any = None
    derived_from: tuple[str, ...] = ()
    small_cell: bool = False
    synonyms: tuple[str, ...] = ()


@dataclass(frozen=True)
class Contract:
    """One shared table: `key` names its primary key, `known_on` the date column from which a row could be known."""

    table: str
    kind: str
    title: dict[str, str]
    meaning: str
    key: tuple[str, ...]
    columns: dict[str, Column]
    known_on: str | None = None

    @property
    def required(self) -> list[str]:
        return [c.name for c in self.columns.values() if c.required]


@dataclass(frozen=True)
class Code:
    """One code of a vocabulary, with its labels and the values that go with it."""

    code: str
    en: str
    fr: str
    synonyms: tuple[str, ...] = ()
    deprecated: str | None = None
    replaced_by: str | None = None
    values: dict[str, Any] = field(default_factory=dict)

    def label(self, language: str) -> str:
        return self.fr if language == "fr" else self.en


@dataclass(frozen=True)
class Vocabulary:
    """A code list with its citation."""

    name: str
    meaning: str
    codes: dict[str, Code]
    citation: str | None = None

    def label(self, code: str | None, language: str = "en") -> str:
        return self.codes[code].label(language) if code in self.codes else (code or "")


@dataclass(frozen=True)
class Authority:
    """An instrument that indicators cite. `certainty` below `confirmed` is shown with its mark and never as law."""

    key: str
    title: dict[str, str]
    issuer: str
    certainty: str
    url: str | None = None
    in_force_from: dt.date | None = None
    in_force_to: dt.date | None = None


def read_yaml(path: Path) -> Any:
    """The YAML of `path`; errors name the file and line."""
    try:
        with path.open(encoding="utf-8") as stream:
            return yaml.load(stream, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506  (both are safe loaders)
    except yaml.YAMLError as error:
        raise ModelError(f"{path}: not readable as YAML: {error}. Correct the line named above.") from error


def _need(entry: dict[str, Any], keys: tuple[str, ...], where: str) -> None:
    missing = [key for key in keys if not entry.get(key)]
    if missing:
        raise ModelError(f"{where}: lacks {', '.join(missing)}. Add it; every entry needs it to be understood.")


def _column(name: str, entry: dict[str, Any], where: str) -> Column:
    _need(entry, ("type", "meaning"), where)
    allowed = set(Column.__dataclass_fields__) - {"name"}
    unknown = set(entry) - allowed
    if unknown:
        raise ModelError(f"{where}: unknown key {', '.join(sorted(unknown))}. Allowed: {', '.join(sorted(allowed))}.")
    if entry["type"] not in COLUMN_TYPES:
        raise ModelError(f"{where}: type {entry['type']!r} is not one of {', '.join(COLUMN_TYPES)}.")
    if entry.get("format") not in (None, *FORMATS):
        raise ModelError(f"{where}: format {entry['format']!r} is not one of {', '.join(FORMATS)}.")
    if entry.get("vocabulary") and not (HERE / "vocabulary" / f"{entry['vocabulary']}.yml").exists():
        raise ModelError(f"{where}: no vocabulary {entry['vocabulary']!r} in data/vocabulary.")
    values = {**entry, "synonyms": tuple(entry.get("synonyms", ())), "derived_from": tuple(entry.get("derived_from", ()))}
    return Column(name=name, **values)


@lru_cache
def contract(table: str) -> Contract:
    """The contract of `table`; ModelError if there is none or it is incomplete."""
    path = HERE / "contracts" / f"{table}.yml"
    if not path.exists():
        raise ModelError(f"no contract for table {table!r}: expected {path}.")
    entry = read_yaml(path)
    _need(entry, ("table", "kind", "title", "meaning", "key", "columns"), str(path))
    if entry["table"] != table or entry["kind"] not in KINDS or set(entry["title"]) != set(LANGUAGES):
        raise ModelError(f"{path}: table must be {table!r}, kind one of {', '.join(KINDS)}, title in en and fr.")
    columns = {name: _column(name, value, f"{path}: {name}") for name, value in entry["columns"].items()}
    keys = [*entry["key"], *([entry["known_on"]] if entry.get("known_on") else [])]
    lost = [name for name in keys if name not in columns and name != "row_id"]
    if lost:
        raise ModelError(f"{path}: {', '.join(lost)} is named as key or known_on but is no column.")
    return Contract(table, entry["kind"], entry["title"], entry["meaning"], tuple(entry["key"]), columns, entry.get("known_on"))


@lru_cache
def contracts(kind: str | None = None) -> dict[str, Contract]:
    """All contracts by table name, of one kind if given."""
    found = {path.stem: contract(path.stem) for path in sorted((HERE / "contracts").glob("*.yml"))}
    return {name: value for name, value in found.items() if kind in (None, value.kind)}


@lru_cache
def vocabulary(name: str) -> Vocabulary:
    """The code list `name`, with what files of a folder of its name add; ModelError if a code lacks a language or stands twice."""
    path = HERE / "vocabulary" / f"{name}.yml"
    if not path.exists():
        raise ModelError(f"no vocabulary {name!r}: expected {path}.")
    entry = read_yaml(path)
    _need(entry, ("vocabulary", "meaning"), str(path))
    fixed = {"en", "fr", "synonyms", "deprecated", "replaced_by"}
    written = dict(entry.get("codes", {}))
    for added in sorted(path.with_suffix("").glob("*.yml")):
        for code, value in read_yaml(added).items():
            if code in written:
                raise ModelError(f"{added}: the code {code!r} of {name} stands twice. Take it out of one file.")
            written[code] = value
    _need({"codes": written}, ("codes",), str(path))
    codes = {}
    for code, value in written.items():
        _need(value, LANGUAGES, f"{path}: {code}")
        if cut := [key for key, item in value.items() if item is None and not str(key).isidentifier()]:
            raise ModelError(f"{path}: {code}: {cut[0]!r} has no value; a label with a comma in it needs quotation marks.")
        codes[str(code)] = Code(
            str(code),
            value["en"],
            value["fr"],
            tuple(value.get("synonyms", ())),
            value.get("deprecated"),
            value.get("replaced_by"),
            {key: item for key, item in value.items() if key not in fixed},
        )
    return Vocabulary(name, entry["meaning"], codes, entry.get("citation"))


@lru_cache
def vocabularies() -> dict[str, Vocabulary]:
    """All code lists by name."""
    return {path.stem: vocabulary(path.stem) for path in sorted((HERE / "vocabulary").glob("*.yml"))}


@lru_cache
def authorities() -> dict[str, Authority]:
    """All instruments by key (the file's stem)."""
    found = {}
    for path in sorted((HERE / "authorities").glob("*.yml")):
        entry = read_yaml(path)
        _need(entry, ("title", "issuer", "certainty"), str(path))
        if set(entry["title"]) != set(LANGUAGES) or entry["certainty"] not in vocabulary("certainty").codes:
            raise ModelError(f"{path}: title must be in en and fr, certainty a code of the certainty vocabulary.")
        found[path.stem] = Authority(key=path.stem, **entry)
    return found


@dataclass(frozen=True)
class Reference:
    """A shipped reference table: the CSV beside its provenance sidecar `<name>.source.yml`."""

    name: str
    table: str
    path: Path
    source: str
    publisher: str
    vintage: dt.date
    licence: str
    method: str


@lru_cache
def references() -> dict[str, Reference]:
    """All shipped reference tables by file stem; a CSV without a sidecar does not load."""
    found = {}
    for path in sorted((HERE / "reference").glob("*.csv")):
        sidecar = path.with_suffix(".source.yml")
        if not sidecar.exists():
            raise ModelError(f"{path}: no sidecar {sidecar.name}. Say source, publisher, vintage, licence and method.")
        entry = read_yaml(sidecar)
        _need(entry, ("table", "source", "publisher", "vintage", "licence", "method"), str(sidecar))
        contract(entry["table"])
        found[path.stem] = Reference(name=path.stem, path=path, **entry)
    return found
