"""Reads publishers' tables into records and turns records into tables: every value is handled, ignored by name or rejected.

Belongs here: what all parsers share. What a publisher's columns and words mean stands in its source.yml and source.py.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import polars as pl

from data import model
from pipelines import derive, normalise
from pipelines.sheets import Line, ParseError, clean, csv_lines, xls_lines, xlsx_lines

if TYPE_CHECKING:
    from pipelines.snapshot import Snapshot

SAME_KEY = "the same key"
PART = 2**24  # lines of the second file or sheet of a snapshot are counted on from here, the third from 2 * PART
DATES = {"dmy": ("%d/%m/%Y", "%d-%m-%Y"), "mdy": ("%m/%d/%Y", "%B %d, %Y"), "ymd": ("%Y%m%d", "%Y/%m/%d")}
PERSON_NUMBER = re.compile(r"(?<!\d)\d{3}\.?\d{3}\.?\d{3}-?\d{2}(?!\d)")  # CPF
ISO = re.compile(r"^(\d{4})-(\d{2})-(\d{2})(?:T00:00:00| 00:00:00|Z|[+-]\d\d:\d\d)?$")


@dataclass(frozen=True)
class Reject:
    """One value, or one record, that could not be read. `is_row_kept`: the rest of the record is in the tables.

    `line` is the line of `file` (a sheet's row, an XML file's n-th record); `record` the whole record, to be searched for names.
    """

    file: str
    line: int
    column: str
    value: str | None
    reason: str
    next_step: str
    is_row_kept: bool = False
    record: str = ""


@dataclass(frozen=True)
class Parsed:
    """Tables with contract columns and `line`; `parts` are the files and sheets, whose lines begin at 0, PART, 2 * PART ..."""

    tables: dict[str, pl.DataFrame]
    rejects: list[Reject]
    parts: tuple[str, ...]


@dataclass(frozen=True)
class Record:
    """One line of a table, its cells by our names (blank cells are None)."""

    part: int
    file: str
    line: int
    cells: dict[str, str | None]

    def __getitem__(self, name: str) -> str | None:
        return self.cells.get(name)


@dataclass(frozen=True)
class Table:
    """A file or sheet as lines of text cells."""

    part: int
    file: str
    lines: list[Line]


class Gather:
    """Collects the rows and rejects of one snapshot."""

    def __init__(self, snapshot: Snapshot) -> None:
        self.snapshot, self.source = snapshot, snapshot.source
        self.rejects: list[Reject] = []
        self.parts: list[str] = []
        self._rows: dict[str, list[dict[str, Any]]] = {table: [] for table in self.source.tables}
        self._countries: dict[str, str | None] = {}

    # reading ---------------------------------------------------------------------------------------------------------

    def part(self, name: str) -> int:
        """The number of the file or sheet `name`, by which its lines are told from those of the others."""
        self.parts.append(name)
        return len(self.parts) - 1

    def tables(self, delimiter: str = ",") -> list[Table]:
        """All files of the snapshot as tables; a workbook gives one for every sheet that is not empty."""
        found: list[Table] = []
        for name in self.snapshot.files:
            stem = name.casefold().removesuffix(".gz")
            if stem.endswith((".xlsx", ".xls")):
                sheets = (xlsx_lines if stem.endswith(".xlsx") else xls_lines)(self.snapshot.read(name), name)
                found += [Table(self.part(f"{name}: {sheet}"), f"{name}: {sheet}", rows) for sheet, rows in sheets.items() if rows]
            else:
                found.append(Table(self.part(name), name, csv_lines(self.snapshot.text(name), delimiter)))
        return found

    def records(self, table: Table, first: int = 0) -> tuple[str, Iterator[Record]]:
        """The shape of `table` (a name under lookups.columns) and its records; the header is its row number `first`.

        A shape lists our names and the publisher's headings; a name that ends in "?" may be absent. Blank lines are passed over.
        """
        headings = [clean(cell) for cell in table.lines[first][1]] if len(table.lines) > first else []
        shape, places = self._shape(table, headings)
        line = table.lines[first][0]
        for heading in (h for i, h in enumerate(headings) if h and i not in places.values() and h not in self.source.ignored):
            reason, step = "a column that the source does not know", "Say in source.yml what it means, or ignore it by name with a reason."
            self.rejects.append(Reject(table.file, line, heading, None, reason, step, is_row_kept=True))
        return shape, self._records(table, first, places, len(headings))

    def _shape(self, table: Table, headings: list[str | None]) -> tuple[str, dict[str, int]]:
        lacking = {}
        for shape, columns in self.source.lookups["columns"].items():
            places, missing = {}, []
            for ours, theirs in columns.items():
                accepted = [theirs] if isinstance(theirs, str) else theirs
                at = next((headings.index(name) for name in accepted if name in headings), None)
                if at is not None:
                    places[ours.removesuffix("?")] = at
                elif not ours.endswith("?"):
                    missing.append(accepted[0])
            if not missing:
                return shape, places
            lacking[shape] = missing
        shape, missing = min(lacking.items(), key=lambda item: len(item[1]))
        looks = "a web page" if table.lines and "<" in "".join(table.lines[0][1])[:20] else f"a table with {headings}"
        raise ParseError(
            f"{table.file}: looks like {looks}; lacks column {', '.join(missing)} of the publisher's form {shape!r}. "
            "If the publisher renamed a column, add its new heading to source.yml."
        )

    def _records(self, table: Table, first: int, places: dict[str, int], width: int) -> Iterator[Record]:
        for line, cells in table.lines[first + 1:]:
            if not any(cell.strip() for cell in cells):
                continue
            values = {name: clean(cells[at]) if at < len(cells) else None for name, at in places.items()}
            record = Record(table.part, table.file, line, values)
            if len(cells) > width and any(cell.strip() for cell in cells[width:]):
                self.reject(record, None, "more cells than the header", "Look at quotes and separators in this line.", " | ".join(cells))
            elif any("�" in cell for cell in cells):
                self.reject(record, None, "characters that were lost before the file was saved", "Get the file again from the publisher.")
            else:
                yield record

    # values ----------------------------------------------------------------------------------------------------------

    def reject(
        self, record: Record, column: str | None, reason: str, step: str, value: str | None = None, *, is_row_kept: bool = False,
    ) -> None:
        """Puts a value of `record` into quarantine."""
        shown = value if value is not None else record[column] if column else None
        whole = " | ".join(cell for cell in record.cells.values() if cell)
        if self.source.personal_data:  # a person's number is not copied into quarantine
            shown, whole = PERSON_NUMBER.sub("***", shown) if shown else shown, PERSON_NUMBER.sub("***", whole)
        self.rejects.append(Reject(record.file, record.line, column or "(row)", shown, reason, step, is_row_kept, whole))

    def country(self, record: Record, column: str = "country", *, is_row_kept: bool = False) -> str | None:
        """ISO alpha-3 of a country cell; an unknown name is rejected. lookups.values.country comes before the common names."""
        name = record[column]
        if name is None:
            return None
        own = self.source.lookups.get("values", {}).get("country", {})
        if name in own:
            return own[name] or None
        if name not in self._countries:
            self._countries[name] = normalise.country(name)
        if self._countries[name] is None:
            self.reject(record, column, "not a country that is known", "Add the name to lookups.values.country.", is_row_kept=is_row_kept)
        return self._countries[name]

    def day(self, record: Record, column: str, *, is_row_kept: bool = False) -> dt.date | None:
        """The date of a cell in the source's own order (date_order) or ISO; anything else is rejected."""
        value = record[column]
        found = read_day(value, self.source.date_order)
        if value is not None and found is None:
            step = f"Correct the date, or date_order in source.yml (now {self.source.date_order})."
            self.reject(record, column, "not a date", step, is_row_kept=is_row_kept)
        return found

    def word(self, record: Record, column: str, *, is_row_kept: bool = False) -> Any:
        """Our word for a cell, from lookups.values of `column`; an unknown word is rejected and never falls into a default."""
        value, known = record[column], self.source.lookups["values"][column]
        if value is None:
            return None
        if value not in known:
            self.reject(record, column, "a word that the source does not know", "Add it to lookups.values.", is_row_kept=is_row_kept)
        return known.get(value)

    def number(self, record: Record, column: str, *, is_row_kept: bool = False) -> float | None:
        """The number of a cell (thousands separated by commas); anything else is rejected."""
        value = record[column]
        if value is None:
            return None
        try:
            return float(value.replace(",", ""))
        except ValueError:
            self.reject(record, column, "not a number", "Correct the value.", is_row_kept=is_row_kept)
            return None

    # rows ------------------------------------------------------------------------------------------------------------

    def keep(self, table: str, record: Record, **values: Any) -> None:
        """Adds a row to `table`; `certainty` is the snapshot's unless given."""
        line = record.part * PART + record.line
        self._rows[table].append({"certainty": self.snapshot.certainty, **values, "line": line, "_record": record})

    def rows(self, table: str) -> list[dict[str, Any]]:
        """The rows kept so far, for what follows from several of them."""
        return self._rows[table]

    def parsed(self) -> Parsed:
        """The tables; a second row with the key of another is rejected."""
        return Parsed({table: self._frame(table, rows) for table, rows in self._rows.items()}, self.rejects, tuple(self.parts))

    def _frame(self, table: str, rows: list[dict[str, Any]]) -> pl.DataFrame:
        contract, kept, seen = model.contract(table), [], dict[tuple[Any, ...], dict[str, Any]]()
        for row in rows:
            key, record = tuple(row.get(name) for name in contract.key), row["_record"]
            missing = [name for name in contract.required if row.get(name) is None]
            if missing:
                self.reject(record, missing[0], f"empty, and every row of {table} needs it", "Ask the publisher, or correct the file.")
            elif key in seen:
                before, shown = seen[key], " | ".join(str(part) for part in key)
                is_same = all(before.get(name) == row.get(name) for name in contract.columns)
                what, step = ("and the same content", "Nothing: one of them is kept.") if is_same else (
                    "with other content", "Compare both with the publisher's page; the first one is kept."
                )
                self.reject(record, contract.key[0], f"{SAME_KEY} as line {before['line'] % PART}, {what}", step, shown)
            else:
                seen[key] = row
                kept.append(row)
        schema = {name: kind for name, kind in derive.schema(table).items() if name != "row_id"} | {"line": pl.Int64()}
        frame = pl.DataFrame([{name: row.get(name) for name in schema} for row in kept], schema=schema)
        defaults = [pl.col(n).fill_null(c.default) for n, c in contract.columns.items() if c.default is not None]
        return frame.with_columns(defaults)


def read_day(value: str | None, order: str) -> dt.date | None:
    """A date written in `order` (ymd, dmy, mdy) or ISO (a zone after an ISO date is dropped); None for anything else."""
    match = ISO.match(value or "")
    try:
        if match:
            return dt.date(*(int(part) for part in match.groups()))
        for form in DATES[order]:
            try:
                return dt.datetime.strptime(value or "", form).date()  # noqa: DTZ007  (a day has no zone)
            except ValueError:
                continue
    except ValueError:
        pass
    return None


