"""A table of bidders (CSV, XLSX, Parquet): one row per bidder, offer or member, headings known by name in English, French and Spanish.

Belongs here: which heading is which column, numbers and dates of columns. Does not belong here: what a row means (rows.py).
"""

from __future__ import annotations

import difflib
import tempfile
import zipfile
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

import duckdb
import polars as pl

from data import model
from data.procurement import Reading
from pipelines import normalise, numerals, reading
from pipelines.columns import BLANK_WORDS
from pipelines.normalise import fold
from pipelines.numerals import UnclearColumn
from pipelines.procurement import mended_rows
from pipelines.procurement import rows as rows_
from pipelines.procurement.fields import printable
from pipelines.procurement.findings import Findings
from pipelines.procurement.identifiers import with_scheme
from pipelines.procurement.opening import USUAL, Bounds, for_bidders, sha256
from pipelines.refusal import Refused

MOST_ROWS = 200_000
_PIECE = 50_000


@lru_cache
def _headings() -> dict[str, str]:
    """Folded heading -> column of bidder_columns.yml."""
    entries: dict[str, list[str]] = model.read_yaml(Path(__file__).with_name("bidder_columns.yml"))
    found: dict[str, str] = {}
    for column, names in entries.items():
        for name in (column, *names):
            found.setdefault(_squeeze(name), column)
    return found


def _squeeze(heading: str) -> str:
    return fold(heading.replace("_", " ")).replace(" ", "")


def _places(headings: list[str], findings: Findings) -> tuple[dict[str, int], dict[str, int]]:
    """(columns, registers) with the position of the heading; the first of several headings for one column counts."""
    columns: dict[str, int] = {}
    registers: dict[str, int] = {}
    codes = {key.replace(" ", ""): code for key, code in normalise.code_names("identifier_scheme").items()}
    for i, heading in enumerate(headings):
        key = _squeeze(heading)
        if not key:
            continue
        if key in _headings() and _headings()[key] not in columns:
            columns[_headings()[key]] = i
        elif key in codes and codes[key] not in registers:
            registers[codes[key]] = i
        else:
            findings.say("heading_unused", (1, heading), heading)
    return columns, registers


def bidders(
    path: Path, *, bounds: Bounds = USUAL, file: str | None = None, sheet: str | None = None, encoding: str | None = None,
    delimiter: str | None = None,
) -> Reading:
    """Reads a table of bidders. `file` is the name in messages; `sheet`, `encoding`, `delimiter` override what is found.

    Raises Refused if the file is no table, or no column names the bidders. Rows that cannot be split, or that name nobody, are refused with
    their line; a table of more than MOST_ROWS rows is refused whole.
    """
    findings = Findings(file or path.name)
    limits = reading.Limits(file_bytes=bounds.file_bytes, ratio=bounds.ratio, rows=MOST_ROWS)
    with tempfile.TemporaryDirectory() as work:
        try:
            raw = reading.read(path, Path(work), file=findings.file, sheet=sheet, limits=limits, encoding=encoding, delimiter=delimiter)
            cells = pl.concat(raw.pieces(_PIECE), rechunk=False)
        except Refused as error:
            raise (_no_workbook(findings.file) if _is_misnamed(path, findings.file) else for_bidders(error)) from error
        except OSError as error:
            message = f"the file cannot be opened ({error.strerror})."
            raise Refused(findings.file, "file_missing", message, "Check its name and folder.") from error
        except (duckdb.Error, pl.exceptions.PolarsError) as error:
            why = str(error).splitlines()[0]
            raise Refused(findings.file, "file_damaged", f"not readable as a table ({why}).", "Save it again as CSV or XLSX.") from error
    for warning in raw.warnings:
        code = "encoding_guessed" if "UTF-8" in warning else "gzip_ends_early" if "gzip" in warning else "sheet_unused"
        findings.say(code, (1, ""), raw.encoding if code == "encoding_guessed" else warning)
    columns, registers = _places(raw.headings, findings)
    if not {"name", "identifier", "consortium"} & set(columns) and not registers:
        raise _no_workbook(findings.file) if _is_misnamed(path, findings.file) else _no_bidders(findings.file, raw.headings)
    cells = mended_rows.added(cells, raw, columns, registers, findings)
    found = _rows(cells, columns, registers, raw.headings, findings)
    grouped: dict[str, list[rows_.Row]] = {}
    for row in found:
        grouped.setdefault(row["tender_id"] or row["tender_title"] or findings.file, []).append(row)
    made = [rows_.process(key, group, findings) for key, group in grouped.items()]
    return Reading(
        file=findings.file, sha256=sha256(path), kind=f"table of bidders ({raw.kind}), {len(found)} {'row' if len(found) == 1 else 'rows'}",
        processes=made, refusals=findings.refusals, ignored=dict(findings.ignored),
    )


def _is_misnamed(path: Path, file: str) -> bool:
    """Whether a file that is named as a workbook, or begins as one, is none. An old workbook (.xls) is told by its own message."""
    with path.open("rb") as stream:
        magic = stream.read(4)
    claims = file.lower().endswith((".xlsx", ".xlsm")) or magic == b"PK\x03\x04"
    return claims and magic not in (b"", b"\xd0\xcf\x11\xe0", b"PAR1") and not zipfile.is_zipfile(path)


def _no_workbook(file: str) -> Refused:
    message = "this is not an XLSX file, whatever its name or beginning says, or it is damaged."
    return Refused(file, "file_damaged", message, "Open it in a spreadsheet and save it as XLSX or CSV, or ask its sender for it again.")


def _no_bidders(file: str, headings: list[str]) -> Refused:
    known = ["bidder", "tenderer", "name", "soumissionnaire", "nombre"]
    near = [heading for heading in headings if difflib.get_close_matches(_squeeze(heading), known, 1, 0.6)]
    hint = f" Perhaps {', '.join(near)}." if near else ""
    shown = ", ".join(heading[:60] for heading in headings[:20]) or "none"
    return Refused(
        file, "heading_missing", f"no column names the bidders. Headings found: {shown}.{hint}",
        "Give a table with a column bidder (soumissionnaire, licitante), or a file of OCDS.", line=1,
    )


def _rows(
    cells: pl.DataFrame, columns: dict[str, int], registers: dict[str, int], headings: list[str], findings: Findings
) -> list[rows_.Row]:
    def texts(at: int) -> pl.Series:
        text = cells[f"c{at}"].str.strip_chars()
        return pl.select(pl.when(~text.is_in(BLANK_WORDS)).then(text)).to_series()

    amounts = {name: _numbers(texts(columns[name]), cells["line"], headings[columns[name]], findings)
               for name in ("amount", "estimate") if name in columns}  # fmt: skip
    days = _days(texts(columns["date"]), cells["line"], headings[columns["date"]], findings) if "date" in columns else None
    plain = {name: cells[f"c{at}"].to_list() for name, at in columns.items() if name not in ("amount", "estimate", "date")}
    numbers = {code: cells[f"c{at}"].to_list() for code, at in registers.items()}
    found = []
    blank = cells.select(pl.all_horizontal((pl.exclude("line").str.strip_chars() == "").fill_null(True)))
    empty = blank.to_series().to_list() if blank.width else []
    for i, line in enumerate(cells["line"].to_list()):
        values = {name: printable(column[i]) if column[i] else None for name, column in plain.items()}
        read = ((code, printable(column[i] or "")) for code, column in numbers.items())
        listed: list[tuple[str | None, str]] = [(code, number) for code, number in read if number]
        if values.get("identifier"):
            given, scheme = [text for text in str(values["identifier"]).split(";") if text.strip()], values.get("identifier_scheme")
            listed[:0] = [(scheme, text.strip()) if scheme else with_scheme(text) for text in given]
        if empty[i]:
            findings.count("blank_row")
            continue
        found.append(rows_.Row(
            line, values, listed, amount=amounts["amount"][i] if "amount" in amounts else None,
            estimate=amounts["estimate"][i] if "estimate" in amounts else None, date=days[i] if days is not None else None,
        ))  # fmt: skip
    return found


def _style(series: pl.Series, decide: Callable[[pl.Series], str]) -> str:
    """How a column writes its numbers or dates; where nothing decides, only values clear in themselves are read."""
    try:
        return decide(series)
    except UnclearColumn:
        return "mixed"


def _numbers(series: pl.Series, lines: pl.Series, heading: str, findings: Findings) -> pl.Series:
    parsed = numerals.numbers(series, _style(series, numerals.number_style))
    _tell(parsed, series, lines, heading, "number_unreadable", findings)
    return parsed.values


def _days(series: pl.Series, lines: pl.Series, heading: str, findings: Findings) -> pl.Series:
    parsed = numerals.dates(series, _style(series, numerals.date_order), may_be_future=True)
    _tell(parsed, series, lines, heading, "date_unreadable", findings)
    return parsed.values


def _tell(parsed: numerals.Parsed, series: pl.Series, lines: pl.Series, heading: str, code: str, findings: Findings) -> None:
    for i in parsed.reasons.is_not_null().arg_true().to_list():
        findings.say(code, (lines[i], heading), series[i])
