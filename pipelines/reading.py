"""A user's file as it stands: headings, cells as text, the exact line of every row, and the rows that cannot be split.

CSV (also gzipped), XLSX, Parquet and JSON Lines come out alike. Cells come in pieces, so that memory does not grow
with the file. Does not belong here: what headings and values mean (see conversion.py).
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import duckdb
import polars as pl

from pipelines import refusal
from pipelines.refusal import Refused

CHUNK = 1 << 24


@dataclass(frozen=True)
class Limits:
    """What a file may cost. Bytes, rows and cells; `ratio` is how far a compressed file may swell."""

    file_bytes: int = 2 << 30
    line_bytes: int = 2_000_000
    rows: int = 50_000_000
    cells: int = 20_000_000  # of a workbook
    ratio: int = 200


class Cells(Protocol):
    """The cells of a file as text, one String column per heading, named c0, c1 ... in their order; null is a blank cell."""

    def pieces(self, names: list[str] | None, size: int) -> Iterator[pl.DataFrame]:
        """All rows in order, in frames of at most about `size` rows; only the columns `names` if given."""
        ...


@dataclass(frozen=True)
class QueryCells:
    """Cells that DuckDB reads from the file anew each time, so that they are never all in memory."""

    query: str

    def pieces(self, names: list[str] | None, size: int) -> Iterator[pl.DataFrame]:
        with duckdb.connect() as db:
            db.execute("SET memory_limit='2GB'")
            columns = ", ".join(names) if names else "*"
            reader: Any = db.sql(f"SELECT {columns} FROM ({self.query})").to_arrow_reader(size)  # noqa: S608
            for batch in reader:
                yield pl.DataFrame(pl.from_arrow(batch))


@dataclass(frozen=True)
class FrameCells:
    """Cells in memory."""

    frame: pl.DataFrame

    def pieces(self, names: list[str] | None, size: int) -> Iterator[pl.DataFrame]:
        yield from (self.frame.select(names) if names else self.frame).iter_slices(size)


@dataclass
class Raw:
    """A file read. `lines` (Int64) has the line of each row of `cells`, the first line of the file being 1.

    `rejects` are rows that could not be split, in refusal.PROBLEM_SCHEMA with `raw` (the row's text, cut to 2,000 characters).
    """

    file: str
    headings: list[str]
    cells: Cells
    lines: pl.Series
    kind: str
    encoding: str | None = None
    delimiter: str | None = None
    warnings: list[str] = field(default_factory=list)
    rejects: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema={**refusal.PROBLEM_SCHEMA, "raw": pl.String}))

    def pieces(self, size: int, names: list[str] | None = None) -> Iterator[pl.DataFrame]:
        """The rows in order, `line` first, in at least one frame. Raises Refused if the reader found other rows than were counted."""
        seen = 0
        for piece in self.cells.pieces(names, size):
            yield piece.insert_column(0, self.lines.slice(seen, len(piece)).alias("line"))
            seen += len(piece)
        if not seen:
            yield pl.DataFrame(schema={"line": pl.Int64} | dict.fromkeys(names or [f"c{i}" for i in range(len(self.headings))], pl.String))
        if seen != len(self.lines):
            message = f"{len(self.lines)} rows were found and {seen} read."
            raise Refused(self.file, "rows_unclear", message, "Save the file anew from a spreadsheet, as XLSX or CSV.")


def quoted(path: Path | str) -> str:
    """`path` as an SQL text."""
    return "'" + str(path).replace("'", "''") + "'"


def with_raw(problems: pl.DataFrame, raw: list[str]) -> pl.DataFrame:
    """`problems` with the text of each row."""
    return problems.with_columns(raw=pl.Series([text[:2000] for text in raw], dtype=pl.String))


def read(path: Path, work: Path, *, file: str | None = None, sheet: str | None = None, limits: Limits = Limits(),
         encoding: str | None = None, delimiter: str | None = None) -> Raw:
    """Reads `path` by its content and the ending of its name.

    `work` is a folder for intermediate files, which must outlive the result; `file` the name used in messages; `sheet` the sheet of
    a workbook (the first if it has none of that name). `encoding` and `delimiter` override detection. Raises Refused.
    """
    from pipelines import delimited, spreadsheets  # they import this module

    file = file or path.name
    size = path.stat().st_size
    if size == 0:
        raise Refused(file, "file_empty", "the file is empty.", "Import a file with a heading row and at least one row.")
    if size > limits.file_bytes:
        raise too_large(file, size, limits)
    with path.open("rb") as stream:
        magic = stream.read(8)
    truncated = False
    name = file.lower()
    if magic.startswith(b"\x1f\x8b"):
        path, truncated = unzipped(path, work, file, limits)
        name = name.removesuffix(".gz")
        if path.stat().st_size == 0:
            raise Refused(file, "file_empty", "the file is empty once decompressed.", "Transfer the whole file again and import it.")
    if magic.startswith(b"PAR1"):
        return _parquet(path, file, limits)
    if magic.startswith(b"PK\x03\x04"):
        return spreadsheets.read(path, file, sheet, limits)
    if magic.startswith(b"\xd0\xcf\x11\xe0"):
        message = "this is an old Excel workbook (.xls) or a workbook with a password."
        raise Refused(file, "file_kind", message, "Save it as .xlsx or CSV, without password.")
    if name.endswith((".jsonl", ".ndjson", ".json")):
        return delimited.read_json_lines(path, work, file, limits, truncated)
    return delimited.read_csv(path, work, file, limits, truncated, encoding, delimiter)


def too_large(file: str, size: int, limits: Limits) -> Refused:
    return Refused(
        file, "file_too_large", f"the file has {size / 1e6:,.0f} MB; the limit is {limits.file_bytes / 1e6:,.0f} MB.",
        "Split the file, import it as Parquet, or raise max_file_bytes in deeptier.yml.",
    )


def unzipped(path: Path, work: Path, file: str, limits: Limits) -> tuple[Path, bool]:
    """The decompressed file, and whether it ends too early. What comes before a torn end is whole and can be used."""
    target, packed, written = work / "unzipped", path.stat().st_size, 0
    unzip, rest = zlib.decompressobj(31), b""
    with path.open("rb") as stream, target.open("wb") as out:
        while block := rest or stream.read(1 << 20):
            try:
                text = unzip.decompress(block, CHUNK)
            except zlib.error as error:
                raise Refused(file, "gzip_damaged", f"the gzip file is damaged ({error}).", "Transfer the file again.") from error
            written += len(text)
            if written > limits.file_bytes or (written > 50_000_000 and written > packed * limits.ratio):
                raise Refused(
                    file, "gzip_bomb", f"the file swells to more than {written / 1e6:,.0f} MB from {packed / 1e6:,.1f} MB.",
                    "Check where it comes from; if it is sound, import it decompressed.",
                )
            out.write(text)
            rest = unzip.unconsumed_tail
            if unzip.eof:  # a gzip file may have several members
                rest = unzip.unused_data.lstrip(b"\0")
                if rest or stream.peek(1):
                    unzip = zlib.decompressobj(31)
        out.write(unzip.flush())
    return target, not unzip.eof


def _parquet(path: Path, file: str, limits: Limits) -> Raw:
    """Parquet through DuckDB. Lists are joined with semicolons; the first row counts as line 2, as under a heading row."""
    with duckdb.connect() as db:
        try:
            described = db.execute(f"DESCRIBE SELECT * FROM read_parquet({quoted(path)})").fetchall()  # noqa: S608
            count = db.execute(f"SELECT count(*) FROM read_parquet({quoted(path)})").fetchall()[0][0]  # noqa: S608
            if count > limits.rows:
                raise Refused(file, "file_too_large", f"the file has {count:,} rows; the limit is {limits.rows:,}.", "Split the file.")
            columns = []
            for i, (name, kind, *_) in enumerate(described):
                column = '"' + name.replace('"', '""') + '"'
                text = f"array_to_string({column}::VARCHAR[], ';')" if kind.endswith("[]") else f"{column}::VARCHAR"
                columns.append(f"nullif(trim({text}), '') AS c{i}")
        except duckdb.Error as error:
            found = str(error).splitlines()[0].replace(str(path), file).rstrip(".")
            message = f"not readable as Parquet: {found}."
            raise Refused(file, "file_damaged", message, "Write the file again.") from error
    lines = pl.int_range(2, count + 2, dtype=pl.Int64, eager=True)
    query = f"SELECT {', '.join(columns)} FROM read_parquet({quoted(path)})"  # noqa: S608  (names are quoted above)
    return Raw(file, [name for name, *_ in described], QueryCells(query), lines, "parquet")
