"""Text cells of CSV, XLSX and XLS files with their line numbers, as publishers send them.

Does not belong here: what a column means (records.py and each source.yml).
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
import zipfile
from typing import Any

MAX_UNZIPPED = 512 * 2**20
Line = tuple[int, list[str]]
csv.field_size_limit(2**24)


class ParseError(ValueError):
    """A snapshot is not what its source describes; it is kept, not used, and the last good one is served."""


def clean(value: str | None) -> str | None:
    """`value` with single spaces and without the marks that publishers leave in cells; None when nothing is left."""
    text = re.sub(r"\s+", " ", (value or "").replace("\u200b", "").replace("\ufeff", "")).strip()
    return text or None


def _cell(value: Any) -> str:
    if isinstance(value, dt.datetime):
        return value.date().isoformat()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return "" if value is None else str(value)


def csv_lines(text: str, delimiter: str) -> list[Line]:
    """Lines of a CSV text; the number is that of the first physical line of a record that runs over several."""
    reader, lines, begun = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter), [], 1
    try:
        for cells in reader:
            lines.append((begun, cells))
            begun = reader.line_num + 1
    except csv.Error as error:
        raise ParseError(f"line {begun}: not readable as CSV ({error}). Look at the quotes in and after this line.") from error
    return lines


def xlsx_lines(content: bytes, name: str) -> dict[str, list[Line]]:
    """Rows of every sheet of an XLSX workbook; ParseError when it is damaged or unpacks to too much."""
    import openpyxl

    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            if sum(item.file_size for item in archive.infolist()) > MAX_UNZIPPED:
                raise ParseError(f"{name}: unpacks to more than {MAX_UNZIPPED} bytes; not read.")
        book = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=True)
        return {sheet.title: [(n, [_cell(v) for v in row]) for n, row in enumerate(sheet.iter_rows(values_only=True), 1)] for sheet in book}
    except (zipfile.BadZipFile, KeyError, OSError, ValueError) as error:
        if isinstance(error, ParseError):
            raise
        raise ParseError(f"{name}: not readable as XLSX ({error}). Open it, save it again as XLSX or CSV, and import that.") from error


def xls_lines(content: bytes, name: str) -> dict[str, list[Line]]:
    """Rows of every sheet of an XLS workbook; ParseError when it is damaged."""
    import xlrd

    try:
        book = xlrd.open_workbook(file_contents=content)
    except (xlrd.XLRDError, AssertionError, IndexError, ValueError) as error:
        raise ParseError(f"{name}: not readable as XLS ({error}). Save it as XLSX or CSV and import that.") from error
    return {sheet.name: [(n + 1, [_cell(v) for v in sheet.row_values(n)]) for n in range(sheet.nrows)] for sheet in book.sheets()}
