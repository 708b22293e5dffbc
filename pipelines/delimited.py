"""CSV and JSON Lines: encoding, delimiter, records and their lines, then DuckDB's reader for the cells.

The bytes are scanned first (scanning.py): records that no reader could split go to the rejects with their line, and DuckDB gets a file
in which every record is whole. That keeps line numbers exact and one bad line from costing a file.
"""

from __future__ import annotations

import codecs
import csv
import io
import mmap
import re
from collections import Counter
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import polars as pl
from numpy.typing import NDArray

from pipelines import encodings, refusal, scanning
from pipelines.reading import CHUNK, Cells, FrameCells, Limits, QueryCells, Raw, quoted, with_raw
from pipelines.refusal import Refused

DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}
_BOMS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF32_LE, "utf-32"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_SAMPLE = 1 << 18
NOWHERE = "\x01\x02\x03\x04"  # between columns where a line is one: JSON text holds no control character
Bytes = NDArray[np.uint8]


def _mapped(path: Path) -> Bytes:
    with path.open("rb") as stream:
        return np.frombuffer(mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ), np.uint8)


def _first_bad_byte(data: Bytes, encoding: str) -> int | None:
    """Position of about the first byte that is not text in `encoding`, None if all is."""
    decoder = codecs.getincrementaldecoder(encoding)()
    for at in range(0, len(data), CHUNK):
        try:
            decoder.decode(data[at : at + CHUNK].tobytes(), final=at + CHUNK >= len(data))
        except UnicodeDecodeError as error:
            return at + error.start
    return None


def _line_at(data: Bytes, position: int) -> int:
    return int(np.count_nonzero(data[:position] == 10)) + 1


def _not_text(file: str, data: Bytes, position: int) -> Refused:
    """A byte that no text holds: another kind of file, or a text damaged on its way."""
    message = f"byte {position + 1:,} is a zero byte, which no text holds: this is not a text file, or a damaged one."
    return Refused(
        file, "file_kind", message, "Import CSV, XLSX, Parquet or JSON Lines; if this is one, save it again from a spreadsheet.",
        line=_line_at(data, position), value="0x00",
    )


def _text(path: Path, work: Path, file: str, encoding: str | None) -> tuple[Bytes, int, str, list[str]]:
    """The file as UTF-8 bytes, where its text begins, the encoding it had, and warnings. Never replaces a character."""
    data = _mapped(path)
    warnings: list[str] = []
    head = data[:4096].tobytes()
    mark = next(((len(bom), name) for bom, name in _BOMS if head.startswith(bom)), None)
    if encoding is None:
        encoding = mark[1] if mark else None
    if encoding is None and b"\0" in head:
        encoding = "utf-16-le" if head[1::2].count(0) > len(head) // 4 else "utf-16-be" if head[::2].count(0) > len(head) // 4 else None
        if encoding is None:
            raise _not_text(file, data, head.index(0))
    bad = _first_bad_byte(data, "utf-8") if encoding in (None, "utf-8") else None
    if encoding in (None, "utf-8") and bad is None:
        return data, mark[0] if mark else 0, "utf-8", warnings
    if encoding is None:
        assert bad is not None  # noqa: S101  (the case before this one)
        near = data[:_SAMPLE].tobytes() + data[max(bad - _SAMPLE // 2, 0) : bad + _SAMPLE // 2].tobytes()
        encoding = encodings.guess(near)
        warnings.append(
            f"The file is not UTF-8 (line {_line_at(data, bad)}); it was read as {encoding}. If letters look wrong, save it as UTF-8 "
            'or state "encoding:" in a mapping file.'
        )
    bad = _first_bad_byte(data, encoding)
    if bad is not None:
        raise Refused(
            file, "encoding", f"byte 0x{data[bad]:02x} is not text in {encoding}.",
            'Save the file as UTF-8, or state "encoding:" in a mapping file.', line=_line_at(data, bad), value=f"0x{data[bad]:02x}",
        )
    target, decoder = work / "utf8", codecs.getincrementaldecoder(encoding)()
    with target.open("w", encoding="utf-8", newline="") as out:
        for at in range(0, len(data), CHUNK):
            text = decoder.decode(data[at : at + CHUNK].tobytes(), final=at + CHUNK >= len(data))
            out.write(text.removeprefix("\ufeff") if at == 0 else text)
    return _mapped(target), 0, encoding, warnings


def detect_delimiter(sample: str) -> str | None:
    """The delimiter that gives the most lines the same number of columns as the heading row has; None if none parts the headings."""
    best, score = None, 0.0
    for delimiter in DELIMITERS:
        try:
            rows = [row for row in csv.reader(sample.splitlines(keepends=True), delimiter=delimiter) if row][:200]
        except csv.Error:
            continue
        width = len(rows[0]) if rows else 0
        even = Counter(len(row) for row in rows)[width] / max(len(rows), 1)
        if width > 1 and even + width / 1000 > score:
            best, score = delimiter, even + width / 1000
    return best


def read_csv(
    path: Path, work: Path, file: str, limits: Limits, truncated: bool, encoding: str | None, delimiter: str | None
) -> Raw:
    """A delimited text file; see reading.read."""
    delimiter = _stated(file, delimiter, encoding)
    data, begin, encoding, warnings = _text(path, work, file, encoding)
    first_line = 1
    sample = data[begin : begin + _SAMPLE].tobytes().decode("utf-8", errors="ignore")
    if stated := re.match(r'"?sep=(.)"?\r?\n', sample):  # a line that Excel writes and reads
        begin, first_line, sample = begin + len(stated[0]), 2, sample[len(stated[0]) :]
        delimiter = delimiter or stated[1]
    if len(data) > begin + _SAMPLE:
        sample = sample.rpartition("\n")[0] or sample
    delimiter = delimiter or detect_delimiter(sample)
    if delimiter is None:
        warnings.append("The heading row is not parted by comma, semicolon, tab or bar; the file was read as one column.")
        delimiter = ","
    records = _records(data, delimiter, limits, file, begin, first_line)
    given = np.flatnonzero(records.flags != scanning.BLANK)
    if not len(given):
        raise Refused(file, "file_empty", "the file holds blank lines only.", "Import a file with a heading row and at least one row.")
    head, rows = int(given[0]), given[1:]
    headings = _headings(data, records, head, delimiter, limits, file)
    broken, good = (records.flags[rows] != scanning.GOOD) | (records.fields[rows] != len(headings)), rows
    torn = np.zeros(len(rows), bool)
    if truncated:
        torn[-1:] = records.ends[-1] == len(data) and data[-1] != 10
        warnings.append(f"The gzip file ends too early: only its {len(rows) - int(torn.sum())} complete rows were read.")
    good, bad = rows[~(broken | torn)], rows[broken | torn]
    whole = begin == 0 and first_line == 1 and len(good) == len(records) - 1 and records.is_uniform
    source = path if encoding == "utf-8" else work / "utf8"
    cells = _cells(data, source, work, records, good, len(headings), delimiter, limits, whole)
    return Raw(
        file, headings, cells, pl.Series("line", records.lines[good]), "csv", encoding, delimiter, warnings,
        _rejects(data, records, bad, len(headings), limits, file, torn=truncated and bool(torn.any())),
    )


def _stated(file: str, delimiter: str | None, encoding: str | None) -> str | None:
    """The delimiter that a mapping file states, by sign or by name. Raises Refused if it, or the encoding, means nothing."""
    try:
        codecs.lookup(encoding or "utf-8")
    except LookupError as error:
        message = f'the encoding "{encoding}" is not known.'
        raise Refused(file, "mapping", message, "Write utf-8, utf-16, cp1252, gb18030 or another name of an encoding.") from error
    named = next((sign for sign, name in DELIMITERS.items() if name == delimiter), "\t" if delimiter == "\\t" else delimiter)
    if named is not None and (len(named) != 1 or not named.isascii() or named in '"\r\n'):
        message = f'the delimiter "{delimiter}" is not one sign.'
        raise Refused(file, "mapping", message, f"Write one sign, or {', '.join(DELIMITERS.values())}.")
    return named


def _records(data: Bytes, delimiter: str | None, limits: Limits, file: str, begin: int, first_line: int) -> scanning.Records:
    count = scanning.count_breaks(data)
    if count > limits.rows:
        raise Refused(file, "file_too_large", f"the file has {count:,} lines; the limit is {limits.rows:,}.", "Split the file.")
    return scanning.scan(data, delimiter, limits.line_bytes, begin, first_line)


def _headings(data: Bytes, records: scanning.Records, head: int, delimiter: str, limits: Limits, file: str) -> list[str]:
    line = int(records.lines[head])
    if records.flags[head] == scanning.TOO_LONG:
        size = (records.ends[head] - records.starts[head]) / 1e6
        raise Refused(
            file, "line_too_long", f"the heading line is {size:,.0f} MB long; the limit is {limits.line_bytes / 1e6:,.0f} MB.",
            "Look for missing line breaks.", line=line,
        )
    text = _record(data, records, head)
    if records.flags[head] != scanning.GOOD:
        raise Refused(file, "quote_open", "the heading row has a quote that is not closed.", "Close it.", line=line, value=text[:200])
    return [cell.strip() for cell in next(csv.reader(io.StringIO(text), delimiter=delimiter))]


def _record(data: Bytes, records: scanning.Records, k: int) -> str:
    return data[records.starts[k] : min(records.ends[k], records.starts[k] + 1_000_000)].tobytes().decode("utf-8", errors="ignore")


def _cells(
    data: Bytes, path: Path, work: Path, records: scanning.Records, good: NDArray[np.int64], width: int, delimiter: str,
    limits: Limits, whole: bool,
) -> Cells:
    names = [f"c{i}" for i in range(width)]
    if not len(good):
        return FrameCells(pl.DataFrame(schema=dict.fromkeys(names, pl.String)))
    if not whole:
        path = work / "clean"
        _write(data, records, good, path)
    columns = "{" + ", ".join(f"'{name}': 'VARCHAR'" for name in names) + "}"
    return QueryCells(
        f"SELECT * FROM read_csv({quoted(path)}, header={str(whole).lower()}, auto_detect=false, delim={quoted(delimiter)}, quote='\"', "  # noqa: S608
        f"escape='\"', columns={columns}, nullstr='', max_line_size={limits.line_bytes + 1000}, encoding='utf-8')"
    )


def _write(data: Bytes, records: scanning.Records, which: NDArray[np.int64], path: Path) -> None:
    """The records `which` as lines of a file of their own."""
    with path.open("wb") as out:
        for at in range(0, len(which), 500_000):
            part = which[at : at + 500_000]
            out.write(scanning.copy(data, records.starts[part], records.ends[part]))


def _rejects(
    data: Bytes, records: scanning.Records, bad: NDArray[np.int64], width: int, limits: Limits, file: str, torn: bool
) -> pl.DataFrame:
    kinds = {scanning.STRAY_QUOTE: "quote_stray", scanning.OPEN_QUOTE: "quote_open", scanning.TOO_LONG: "line_too_long"}
    reasons = [kinds.get(int(flag), "columns") for flag in records.flags[bad]]
    if torn:
        reasons[-1] = "file_truncated"
    sizes = (records.ends[bad] - records.starts[bad]) / 1e6
    found = [f"{size:,.0f} MB" if r == "line_too_long" else str(n) for size, n, r in zip(sizes, records.fields[bad], reasons, strict=True)]
    frame = pl.DataFrame(
        {"line": records.lines[bad], "value": [_record(data, records, int(k))[:2000] for k in bad], "reason": reasons, "found": found},
        schema={"line": pl.Int64, "value": pl.String, "reason": pl.String, "found": pl.String},
    )
    parts = [with_raw(refusal.no_problems(), [])]
    for (reason,), rows in frame.group_by("reason", maintain_order=True):
        expected: Any = f"{limits.line_bytes / 1e6:,.0f} MB" if reason == "line_too_long" else width
        parts.append(with_raw(refusal.problems(rows, str(reason), file, expected=expected), rows["value"].to_list()))
    return pl.concat(parts).sort("line")


def read_json_lines(path: Path, work: Path, file: str, limits: Limits, truncated: bool) -> Raw:
    """One JSON object per line. Lists are joined with semicolons, objects kept as JSON text."""
    data, begin, encoding, warnings = _text(path, work, file, None)
    records = _records(data, None, limits, file, begin, 1)
    rows = np.flatnonzero((records.flags == scanning.GOOD) | (records.flags == scanning.OPEN_QUOTE))
    clean, lines_path = work / "clean", work / "json.parquet"
    _write(data, records, rows, clean)
    with duckdb.connect() as db:
        text = (
            f"read_csv({quoted(clean)}, header=false, auto_detect=false, delim='{NOWHERE}', quote='', escape='', "
            f"columns={{'t': 'VARCHAR'}}, max_line_size={limits.line_bytes + 1000})"
        )
        object_ = "CASE WHEN json_valid(t) AND json_type(t) = 'OBJECT' THEN t::JSON END"
        if len(rows):
            db.execute(f"COPY (SELECT {object_} AS j, t FROM {text}) TO {quoted(lines_path)} (FORMAT parquet)")  # noqa: S608
        else:
            raise Refused(file, "file_empty", "the file holds blank lines only.", "Import a file with at least one JSON object.")
        source = f"read_parquet({quoted(lines_path)})"
        names = [row[0] for row in db.execute(
            "SELECT k FROM (SELECT unnest(json_keys(j)) AS k, unnest(range(len(json_keys(j)))) AS i, n FROM "  # noqa: S608
            f"(SELECT j, row_number() OVER () AS n FROM {source})) GROUP BY k ORDER BY min(n), min(i)"
        ).fetchall()]
        if not names and data[begin : begin + 1000].tobytes().lstrip()[:1] == b"[":
            raise Refused(file, "json_unreadable", "the file is a JSON array.", "Write one JSON object per line, without [ and ].", line=1)
        valid = np.asarray(db.execute(f"SELECT j IS NOT NULL AS v FROM {source}").fetchnumpy()["v"], bool)  # noqa: S608
    if len(valid) != len(rows):
        raise Refused(file, "json_unreadable", f"{len(rows)} lines were found and {len(valid)} read.", "Write one JSON object per line.")
    columns = []
    for i, name in enumerate(names):
        key = quoted("$." + '"' + name.replace('"', '\\"') + '"')
        joined = f"array_to_string(json_extract_string(j, {quoted('$.' + chr(34) + name + chr(34) + '[*]')}), ';')"
        text = f"CASE WHEN json_type(j, {key}) = 'ARRAY' THEN {joined} ELSE json_extract_string(j, {key}) END"
        columns.append(f"nullif({text}, '') AS c{i}")
    query = f"SELECT {', '.join(columns)} FROM {source} WHERE j IS NOT NULL"  # noqa: S608  (names are quoted above)
    cells = QueryCells(query) if names else FrameCells(pl.DataFrame())
    bad = np.union1d(rows[~valid], np.flatnonzero(records.flags == scanning.TOO_LONG))
    rejects = _rejects(data, records, bad, 1, limits, file, torn=False)
    unread = pl.DataFrame({"line": rejects["line"], "value": rejects["raw"]}).filter(rejects["reason"] != "line_too_long")
    unread = with_raw(refusal.problems(unread, "json_unreadable", file), unread["value"].to_list())
    parts = [rejects.filter(pl.col("reason") == "line_too_long"), unread]
    if truncated:
        warnings.append(f"The gzip file ends too early: only its {int(valid.sum())} complete lines were read.")
    lines = pl.Series("line", records.lines[rows[valid]])
    return Raw(file, names, cells, lines, "json lines", encoding, None, warnings, pl.concat(parts).sort("line"))
