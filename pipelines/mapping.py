"""Which heading of a file fills which column of a table: by name, by synonym, or as a mapping file says.

A mapping file is CSV (heading,column) or YAML: `columns: {heading: column}` (or heading: column at the top level; "-" leaves a heading
out), `constants: {column: value}`, `values: {column: {as written: as meant}}`, `date_order: dmy|mdy`, `decimal: comma|point`,
`encoding`, `delimiter`, `sheet`; or `tables:`, several targets with column templates (see upload_links.py).
"""

from __future__ import annotations

import csv
import difflib
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import polars as pl

from data import model
from pipelines.keys import slug
from pipelines.normalise import by_distinct, fold
from pipelines.refusal import Refused

OPTIONS = ("table", "columns", "constants", "values", "date_order", "decimal", "encoding", "delimiter", "sheet", "tables")
# Keys that are made from other columns when a file has none: of these tables alone, since a row there is a thing and not an event.
GENERATED = {
    "party": ("name", "country", "subdivision", "place", "address"),
    "recruitment_agency": ("name", "country", "licence_no", "place", "address"),
}
_PERSON = r"(worker|employee|migrant|candidate|labou?rer|applicant|travailleur|salarie|employe)"
_PERSONAL = re.compile(
    rf"passport|passeport|{_PERSON}s? (first |last |full |family |given )?(name|nom|prenom|id|number|no)$"
    r"|^(first|last|full|family|given|sur) ?names?$|^prenoms?$|(nom|prenom)s? (du |de la |des |de l )?(travailleur|salarie|employe)"
    r"|date of birth|birth ?date|^dob$|date de naissance|national id|identity card|iqama|aadhaar|social security|carte d identite"
    r"|securite sociale|^(bank account|iban)$"
)


@dataclass(frozen=True)
class Mapping:
    """What a mapping file says; empty when there is none."""

    columns: dict[str, str] = field(default_factory=dict)
    constants: dict[str, str] = field(default_factory=dict)
    values: dict[str, dict[str, str]] = field(default_factory=dict)
    templates: dict[str, str] = field(default_factory=dict)
    unless_equal: tuple[str, str] | None = None
    date_order: str | None = None
    decimal: str | None = None
    encoding: str | None = None
    delimiter: str | None = None
    sheet: str | None = None
    tables: tuple[dict[str, Any], ...] = ()


@dataclass
class Plan:
    """How the cells of a file fill a table: one String expression over c0, c1 ... per column, and what to tell the user."""

    table: str
    expressions: dict[str, pl.Expr] = field(default_factory=dict)
    headings: dict[str, str] = field(default_factory=dict)  # column -> heading as it stands in the file, for messages
    positions: dict[str, int] = field(default_factory=dict)
    templates: dict[str, str] = field(default_factory=dict)
    ignored: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    values: dict[str, dict[str, str]] = field(default_factory=dict)
    decimal: str | None = None
    date_order: str | None = None
    generates: bool = False
    skip: pl.Expr | None = None


def _squeeze(text: str) -> str:
    return fold(text.replace("_", " ")).replace(" ", "")


def read_mapping(path: Path | None) -> Mapping:
    """The mapping file at `path` (YAML or CSV); Refused if it has a key that means nothing."""
    if path is None:
        return Mapping()
    if path.suffix.lower() == ".csv":
        with path.open(encoding="utf-8-sig", newline="") as stream:
            rows = [row for row in csv.reader(stream) if len(row) >= 2]
        pairs = rows[1:] if rows and _squeeze(rows[0][0]) in ("heading", "intitule") else rows
        return Mapping(columns={heading.strip(): column.strip() for heading, column, *_ in pairs})
    try:
        entry = model.read_yaml(path)
    except model.ModelError as error:
        raise Refused(path.name, "mapping", str(error), "See templates/mapping_example.yml.") from error
    if not isinstance(entry, dict):
        raise Refused(path.name, "mapping", "the mapping is empty or no list of heading: column.", "See templates/mapping_example.yml.")
    loose = {str(key): value for key, value in entry.items() if key not in OPTIONS}
    if wrong := [key for key, value in loose.items() if not isinstance(value, str)]:
        raise Refused(path.name, "mapping", f"{', '.join(wrong)} is no option and no heading: column.", f"Options: {', '.join(OPTIONS)}.")
    options = {key: value for key, value in entry.items() if key in OPTIONS and key not in ("table", "columns", "constants", "tables")}
    for key, allowed in (("date_order", ("dmy", "mdy", None)), ("decimal", ("comma", "point", None))):
        if options.get(key) not in allowed:
            raise Refused(path.name, "mapping", f"{key}: {options[key]} is not understood.", f"Write {allowed[0]} or {allowed[1]}.")
    columns = {**loose, **(entry.get("columns") or {})}
    constants = {key: _word(value) for key, value in (entry.get("constants") or {}).items()}
    values = {c: {str(k): _word(v) for k, v in pairs.items()} for c, pairs in (options.pop("values", None) or {}).items()}
    return Mapping(
        columns={str(k): str(v) for k, v in columns.items()}, constants=constants, values=values, tables=tuple(entry.get("tables") or ()),
        **options,
    )


def _word(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def match(table: str, file: str, headings: list[str], mapping: Mapping) -> Plan:
    """The plan for a file with `headings` into `table`. Raises Refused for headings that are doubled, missing or about persons."""
    contract = model.contract(table)
    _check_headings(file, headings)
    plan = Plan(table, values=mapping.values, decimal=mapping.decimal, date_order=mapping.date_order)
    places = {heading: i for i, heading in enumerate(headings) if heading and not heading.startswith("_")}
    if mapping.templates:
        _templates(plan, file, places, mapping)
    else:
        taken = _stated(plan, file, places, mapping, contract)
        _by_name(plan, file, {h: i for h, i in places.items() if h not in taken}, contract)
        used = set(plan.positions.values())
        plan.ignored = [h for h, i in places.items() if i not in used]
    for column, value in mapping.constants.items():
        _known(column, contract, file)
        plan.expressions[column] = pl.lit(value)
    _check_required(plan, file, places, contract)
    return plan


def _check_headings(file: str, headings: list[str]) -> None:
    named = [h for h in headings if h]
    doubled = sorted({h for h in named if sum(_squeeze(h) == _squeeze(other) for other in named) > 1})
    if doubled:
        message = f"headings stand twice: {', '.join(doubled)}."
        raise Refused(file, "heading_duplicate", message, "Rename or remove one of each.", line=1, column=doubled[0])
    personal = [h for h in named if _PERSONAL.search(fold(h.replace("_", " ")))]
    if personal:
        raise Refused(
            file, "personal_data", f"the file seems to hold data about single persons: {', '.join(personal)}.",
            "Remove these columns and import again; only figures for groups of workers belong here.", line=1, column=personal[0],
        )


def _known(column: str, contract: model.Contract, file: str) -> None:
    if column not in contract.columns:
        near = difflib.get_close_matches(column, contract.columns, 3, 0.5) or list(contract.columns)
        message = f'the mapping names the column "{column}", which {contract.table} has not.'
        raise Refused(file, "mapping", message, f"Perhaps: {', '.join(near)}.")


def _stated(plan: Plan, file: str, places: dict[str, int], mapping: Mapping, contract: model.Contract) -> set[str]:
    """Fills the plan from the mapping file; gives the headings it speaks of."""
    keys = {_squeeze(heading): heading for heading in places}
    taken = set()
    for heading, column in mapping.columns.items():
        found = keys.get(_squeeze(heading))
        if found is None:
            raise Refused(
                file, "mapping", f'the mapping names the heading "{heading}", which the file has not.',
                f"Headings found: {', '.join(places)}.", line=1,
            )
        taken.add(found)
        if column in ("-", ""):
            continue
        _known(column, contract, file)
        if column in plan.positions:
            other = plan.headings[column]
            raise Refused(file, "mapping", f'"{other}" and "{found}" are both mapped to {column}.', "Map one of them.", line=1)
        _fill(plan, column, found, places[found])
    return taken


def _fill(plan: Plan, column: str, heading: str, position: int) -> None:
    plan.expressions[column], plan.headings[column], plan.positions[column] = pl.col(f"c{position}"), heading, position


def _by_name(plan: Plan, file: str, places: dict[str, int], contract: model.Contract) -> None:
    free = {_squeeze(heading): heading for heading in places}
    for name in contract.columns:
        if name not in plan.expressions and (heading := free.pop(_squeeze(name), None)):
            _fill(plan, name, heading, places[heading])
    for name, column in contract.columns.items():
        if name in plan.expressions:
            continue
        hits = [h for s in dict.fromkeys(map(_squeeze, column.synonyms)) if (h := free.get(s))]
        if len(hits) > 1 and (column.required or name in contract.key):
            raise Refused(
                file, "heading_duplicate", f"the headings {' and '.join(hits)} can both mean {name}.",
                f'Say which in a mapping file: "{hits[0]}: {name}".', line=1, column=hits[0],
            )
        if hits:
            _fill(plan, name, hits[0], places[free.pop(_squeeze(hits[0]))])
        for other in hits[1:]:
            plan.warnings.append(f'"{other}" was left out: {name} is filled from "{hits[0]}".')


def _check_required(plan: Plan, file: str, places: dict[str, int], contract: model.Contract) -> None:
    missing = [name for name in contract.required if name not in plan.expressions and contract.columns[name].default is None]
    key = contract.key[0]
    if missing == [key] and contract.table in GENERATED:
        made_of = [name for name in GENERATED[contract.table] if name in plan.expressions]
        plan.generates = True
        source = ", ".join(made_of)
        plan.warnings.append(f"The file has no {key}: identifiers were made from {source}. The same content gives the same one.")
        return
    if missing:
        words = {name: (name, *contract.columns[name].synonyms) for name in missing}
        near = [
            f'{name} (perhaps "{hit}")' if (hit := _closest(words[name], places)) else name for name in missing
        ]
        hint = " Is the delimiter other than comma, semicolon, tab or bar? Then state it in a mapping file." if len(places) == 1 else ""
        raise Refused(
            file, "heading_missing", f"no heading for {', '.join(near)}. Headings found: {', '.join(places) or 'none'}.",
            f'Rename the headings, or import with a mapping file that says "heading: {missing[0]}".{hint}', line=1, column=missing[0],
        )


def _closest(names: tuple[str, ...], places: dict[str, int]) -> str | None:
    keys = {_squeeze(heading): heading for heading in places}
    for name in names:
        if hit := difflib.get_close_matches(_squeeze(name), keys, 1, 0.6):
            return keys[hit[0]]
    return None


def _templates(plan: Plan, file: str, places: dict[str, int], mapping: Mapping) -> None:
    contract, keys = model.contract(plan.table), {_squeeze(heading): i for heading, i in places.items()}

    def cell(name: str) -> pl.Expr:
        if _squeeze(name) not in keys:
            message = f'the mapping names the heading "{name}", which the file has not.'
            raise Refused(file, "mapping", message, f"Headings found: {', '.join(places)}.")
        return pl.col(f"c{keys[_squeeze(name)]}").str.strip_chars().replace("", None)

    for column, template in mapping.templates.items():
        _known(column, contract, file)
        pieces: list[pl.Expr] = []
        for piece in re.split(r"(\{[^}]*\})", template):
            if made := re.fullmatch(r"\{slug\((.*)\)\}", piece):
                joined = pl.concat_str([cell(name.strip()) for name in made[1].split(",")], separator=" ")
                pieces.append(joined.map_batches(lambda s: by_distinct(s, lambda text: slug(text) or None), return_dtype=pl.String))
            elif piece.startswith("{"):
                pieces.append(cell(piece[1:-1]))
            elif piece:
                pieces.append(pl.lit(piece))
        plan.expressions[column] = pl.concat_str(pieces)  # null where a heading it needs is blank
        plan.templates[column] = template
        if single := re.fullmatch(r"\{([^}(]*)\}", template):
            plan.headings[column], plan.positions[column] = single[1], keys[_squeeze(single[1])]
    blank = [plan.expressions[name].is_null() for name in contract.required if name in plan.expressions]
    if mapping.unless_equal:
        left, right = (cell(name) for name in mapping.unless_equal)
        blank.append(left.eq_missing(right))
    plan.skip = pl.any_horizontal(blank) if blank else None
