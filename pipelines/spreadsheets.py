"""XLSX workbooks: cells as text, dates as ISO dates; rows with formulas or spreadsheet errors go to the rejects.

A workbook is a zip of XML: its size, its swelling and any entity declaration are checked before it is opened.
"""

from __future__ import annotations

import datetime as dt
import json
import warnings as python_warnings
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import ParseError

import defusedxml
import openpyxl
import polars as pl
from openpyxl.utils.exceptions import InvalidFileException

from pipelines import refusal
from pipelines.reading import FrameCells, Limits, Raw, with_raw
from pipelines.refusal import Refused


def _check(path: Path, file: str, limits: Limits) -> None:
    with zipfile.ZipFile(path) as archive:
        swollen, packed = sum(entry.file_size for entry in archive.infolist()), path.stat().st_size
        if swollen > limits.file_bytes or (swollen > 50_000_000 and swollen > packed * limits.ratio):
            raise Refused(
                file, "zip_bomb", f"the workbook swells to {swollen / 1e6:,.0f} MB from {packed / 1e6:,.1f} MB.",
                "Check where it comes from; if it is sound, save it as CSV.",
            )
        for entry in archive.infolist():
            if entry.filename.endswith((".xml", ".rels")):
                with archive.open(entry) as stream:
                    head = stream.read(4096).replace(b"\0", b"")
                if b"<!DOCTYPE" in head or b"<!ENTITY" in head:
                    raise _entities(file, entry.filename)


def _entities(file: str, part: str) -> Refused:
    message = f"the workbook declares XML entities ({part}), which no spreadsheet does."
    return Refused(file, "xml_entities", message, "Do not use it; ask its sender.")


def _text(value: Any) -> str | None:
    """A cell as text: dates in ISO form, whole numbers without a decimal point."""
    if value is None:
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dt.datetime):
        return value.date().isoformat() if value.time() == dt.time() else value.isoformat(" ")
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    return str(value).strip() or None


def _rows(sheet: Any, file: str, limits: Limits) -> Iterator[tuple[int, list[Any]]]:
    """(row number, cells) of rows that are not blank."""
    seen = 0
    for number, row in enumerate(sheet.iter_rows(), 1):
        seen += len(row) + 1
        if seen > limits.cells:
            message = f"the sheet has more than {limits.cells:,} cells."
            raise Refused(file, "file_too_large", message, "Save it as CSV and import that.", line=number)
        if any(cell.value is not None and str(cell.value).strip() for cell in row):
            yield number, list(row)


def read(path: Path, file: str, sheet: str | None, limits: Limits) -> Raw:
    """The sheet named `sheet` (or the first); see reading.read."""
    try:
        _check(path, file, limits)
        with path.open("rb") as stream, python_warnings.catch_warnings():
            python_warnings.simplefilter("ignore")  # about styles and extensions, of no concern here
            book = openpyxl.load_workbook(stream, read_only=True, data_only=False, keep_links=False)
            try:
                name = next((n for n in book.sheetnames if n.casefold() == (sheet or "").casefold()), book.sheetnames[0])
                return _sheet(book[name], name, len(book.sheetnames), file, limits)
            finally:
                book.close()
    except defusedxml.DefusedXmlException as error:
        raise _entities(file, type(error).__name__) from error
    except (zipfile.BadZipFile, InvalidFileException, ParseError, KeyError, IndexError, ValueError, EOFError, OSError) as error:
        if isinstance(error, Refused):
            raise
        found = str(error).split(str(path))[0].strip().rstrip("(:, ").removesuffix(" from")  # what follows speaks of a copy of ours
        message = f"not readable as an XLSX workbook ({found})."
        raise Refused(file, "file_damaged", message, "Open it in a spreadsheet and save it again.") from error


def _sheet(sheet: Any, name: str, sheets: int, file: str, limits: Limits) -> Raw:
    if not hasattr(sheet, "iter_rows"):
        raise Refused(file, "file_kind", f"sheet {name!r} is a chart.", "Put the table on the first sheet.")
    if hasattr(sheet, "reset_dimensions"):
        sheet.reset_dimensions()  # the stated size of a sheet is often wrong
    rows = _rows(sheet, file, limits)
    head = next(rows, None)
    if head is None:
        raise Refused(file, "file_empty", f"sheet {name!r} is empty.", "Put a heading row and at least one row on the first sheet.")
    headings = [_text(cell.value) or "" for cell in head[1]]
    while headings and not headings[-1]:
        headings.pop()
    lines: list[int] = []
    columns: list[list[str | None]] = [[] for _ in headings]
    bad: list[tuple[int, str | None, str, str, str, str]] = []
    for number, row in rows:
        texts = [_text(cell.value) for cell in row]
        faults = [cell for cell in row if cell.data_type in ("f", "e")]
        extra = [text for text in texts[len(headings) :] if text]
        whole = _whole(headings, texts) if faults and not extra else ";".join(text or "" for text in texts)
        for cell in faults:
            kind = "formula" if cell.data_type == "f" else "cell_error"
            heading = headings[cell.column - 1] if cell.column <= len(headings) else None
            bad.append((number, heading, _text(cell.value) or "", kind, cell.coordinate, whole))
        if extra:
            bad.append((number, None, extra[0], "columns", str(len(texts)), whole))
        if not faults and not extra:
            lines.append(number)
            for i, column in enumerate(columns):
                column.append(texts[i] if i < len(texts) else None)
    cells = FrameCells(pl.DataFrame({f"c{i}": pl.Series(column, dtype=pl.String) for i, column in enumerate(columns)}))
    warnings = [f"The workbook has {sheets} sheets; {name!r} was read."] if sheets > 1 else []
    line = pl.Series("line", lines, dtype=pl.Int64)
    return Raw(file, headings, cells, line, "xlsx", None, None, warnings, _rejects(bad, len(headings), file))


def _whole(headings: list[str], texts: list[str | None]) -> str:
    """The row by its headings, so that it can be exported in its columns and corrected there."""
    padded = [*texts, *[None] * len(headings)]
    return json.dumps({heading or f"column {i + 1}": padded[i] for i, heading in enumerate(headings)}, ensure_ascii=False)


def _rejects(bad: list[tuple[int, str | None, str, str, str, str]], width: int, file: str) -> pl.DataFrame:
    parts = [with_raw(refusal.no_problems(), [])]
    for line, heading, value, reason, cell, raw in bad:
        row = pl.DataFrame({"line": [line], "value": [value]})
        parts.append(with_raw(refusal.problems(row, reason, file, heading, cell=cell, found=cell, expected=width), [raw]))
    return pl.concat(parts)
