"""Files of the GLEIF golden copy, which hold millions of rows: read in batches, only the columns that are needed, refusals counted.

Belongs here: CSV and JSON of a golden copy, plain or in a ZIP, as frames of text. What a row means stands in the source.
"""

from __future__ import annotations

import io
import itertools
import zipfile
from collections.abc import Callable, Iterator
from typing import IO, Any, NamedTuple

import polars as pl

from pipelines import derive, normalise
from pipelines.records import SAME_KEY, Reject
from pipelines.sheets import ParseError

AGAIN = "Get the file again."
BATCH = 50_000
DEEPEST = 40
PROBE = 2**20  # bytes in which the headings stand


class File(NamedTuple):
    """One file of a copy: `shape` is a name under lookups.columns, `columns` the publisher's heading by our name, `absent` the rest."""

    name: str
    shape: str
    columns: dict[str, str]
    absent: list[str]
    is_json: bool
    open: Callable[[], IO[bytes]]


def files(snapshot: Any) -> list[File]:
    """The files of `snapshot` with what each holds, told by its headings; ParseError for a file that is none of them."""
    return [_file(snapshot, name) for name in snapshot.files]


def _file(snapshot: Any, name: str) -> File:
    content = snapshot.read(name)
    if content.startswith(b"PK"):
        try:
            archive = zipfile.ZipFile(io.BytesIO(content))
            members = [item.filename for item in archive.infolist() if not item.is_dir()]
        except (zipfile.BadZipFile, OSError) as error:
            raise ParseError(f"{name}: not readable as ZIP ({error}). {AGAIN}") from error
        if len(members) != 1:
            raise ParseError(f"{name}: {len(members)} files in the ZIP; a golden copy holds one. {AGAIN}")
        opened: Callable[[], IO[bytes]] = lambda: archive.open(members[0])  # noqa: E731
    else:
        opened = lambda: io.BytesIO(content)  # noqa: E731
    try:
        with opened() as stream:
            start = stream.read(PROBE).removeprefix(b"\xef\xbb\xbf")
    except (zipfile.BadZipFile, OSError, RuntimeError, NotImplementedError) as error:
        raise ParseError(f"{name}: not readable as ZIP ({error}). {AGAIN}") from error
    is_json = start.lstrip()[:1] in (b"{", b"[")
    if is_json:
        headings = {key for row in itertools.islice(_objects(name, opened), 200) for key in row}
    else:
        headings = {cell.strip().strip('"') for cell in start.partition(b"\n")[0].decode("utf-8", "replace").split(",")}
    best = None
    for shape, columns in snapshot.source.lookups["columns"].items():
        places = {ours: next((spelt for spelt in spellings if spelt in headings), None) for ours, spellings in columns.items()}
        missing = [columns[ours][0] for ours, at in places.items() if at is None and not ours.endswith("?")]
        if not missing:
            given = {ours.removesuffix("?"): at for ours, at in places.items()}
            absent = [ours for ours, at in given.items() if at is None]
            return File(name, shape, {ours: at for ours, at in given.items() if at}, absent, is_json, opened)
        best = min([best, missing] if best else [missing], key=len)
    raise ParseError(f"{name}: no file of the golden copy; lacks {', '.join((best or [])[:4])}. Is it rr, repex or lei2, as CSV or JSON?")


def _flat(value: Any, path: str, found: dict[str, str]) -> dict[str, str]:
    """{"Entity": {"LegalName": {"$": "x"}}} as {"Entity.LegalName": "x"}; members of a list are counted from 1."""
    if isinstance(value, dict):
        for key, inner in value.items():
            _flat(inner, path if key == "$" else f"{path}.{key}" if path else key, found)
    elif isinstance(value, list):
        for n, inner in enumerate(value, 1):
            _flat(inner, f"{path}.{n}", found)
    elif value is not None:
        found[path] = str(value)
    return found


def _shallow(name: str, events: Any) -> Iterator[Any]:
    """`events` of a JSON parser; a text nested deeper than any record is refused before it takes time and memory."""
    depth = 0
    for event in events:
        depth += event[0].startswith("start_") - event[0].startswith("end_")
        if depth > DEEPEST:
            raise ParseError(f"{name}: nested more than {DEEPEST} deep, which no record is. {AGAIN}")
        yield event


def _objects(name: str, opened: Callable[[], IO[bytes]]) -> Iterator[dict[str, str]]:
    import ijson

    with opened() as stream:
        first = stream.read(64).lstrip()[:1]
    try:
        with opened() as stream:
            if first == b"[":
                prefix = "item"
            else:  # one list below a single key
                events = ijson.parse(_shallow(name, ijson.basic_parse(stream, use_float=True)))
                prefix = next((f"{where}.item" for where, event, _ in events if event == "start_array"), "item")
        with opened() as stream:
            for item in ijson.items(ijson.parse(_shallow(name, ijson.basic_parse(stream, use_float=True))), prefix):
                flat = _flat(item, "", {})
                yield {key.removeprefix("RelationshipRecord.").removeprefix("LEIRecord."): value for key, value in flat.items()}
    except (ijson.JSONError, zipfile.BadZipFile, EOFError, UnicodeDecodeError) as error:
        raise ParseError(f"{name}: not whole JSON ({error}). {AGAIN}") from error


def _batches(file: File, rejects: list[Reject]) -> Iterator[pl.DataFrame]:
    schema = dict.fromkeys(file.columns, pl.String())
    if file.is_json:
        rows = ([row.get(at) for at in file.columns.values()] for row in _objects(file.name, file.open))
        while batch := list(itertools.islice(rows, BATCH)):
            yield pl.DataFrame(batch, schema=schema, orient="row")
        return
    import pyarrow as pa
    from pyarrow import csv

    def refused(row: Any) -> str:
        reason, text = f"{row.actual_columns} cells instead of {row.expected_columns}", row.text[:200] if row.text else None
        rejects.append(Reject(file.name, row.number or 1, "(row)", text, reason, "Look at quotes in this line."))
        return "skip"

    wanted = list(dict.fromkeys(file.columns.values()))
    try:
        with file.open() as stream:
            reader = csv.open_csv(
                stream, read_options=csv.ReadOptions(block_size=2**24, use_threads=False),
                parse_options=csv.ParseOptions(newlines_in_values=True, invalid_row_handler=refused),
                convert_options=csv.ConvertOptions(
                    include_columns=wanted, column_types=dict.fromkeys(wanted, pa.string()), strings_can_be_null=True,
                ),
            )
            for block in reader:
                frame = pl.DataFrame(pl.from_arrow(block))
                yield frame.select(pl.col(at).alias(ours) for ours, at in file.columns.items())
    except (pa.ArrowInvalid, zipfile.BadZipFile, EOFError, OSError) as error:
        raise ParseError(f"{file.name}: not whole CSV ({error}). {AGAIN}") from error


def read(file: File, rejects: list[Reject], keep: tuple[str, pl.Series] | None = None) -> pl.DataFrame:
    """`file` by our names, blank cells null, with `line` (the n-th record); with `keep` = (column, values) only rows with these values."""
    frames, count, left = [], 0, 0
    for batch in _batches(file, rejects):
        line = pl.int_range(count + 1, count + batch.height + 1, dtype=pl.Int64)
        frame = batch.with_columns(pl.all().str.strip_chars().replace("", None), line=line)
        count += batch.height
        if keep:
            frame = frame.filter(pl.col(keep[0]).is_in(keep[1].implode()))
            left += batch.height - frame.height
        frames.append(frame)
    if not count:
        raise ParseError(f"{file.name}: headings and no row. {AGAIN}")
    if left:
        rejects.append(Reject(file.name, 1, "(row)", None, f"{left} entities that stand in no relationship: passed over", "Nothing."))
    return pl.concat(frames).with_columns(pl.lit(None, dtype=pl.String).alias(name) for name in file.absent)


def sift(frame: pl.DataFrame, rejects: list[Reject], file: str, tests: list[tuple[str, pl.Expr, str, str]]) -> pl.DataFrame:
    """`frame` without the rows of which a test (column, is refused, reason, next step) holds; one refusal for each test, with its count."""
    for column, is_refused, reason, step in tests:
        out = frame.filter(is_refused.fill_null(True))
        if out.height:
            words = out[column].drop_nulls().unique().sort().head(3).to_list()
            shown = ", ".join(words) if column in ("kind", "registration", "reason", "category") else out[column][0]
            rejects.append(Reject(file, int(out["line"][0]), column, shown, f"{out.height} rows: {reason}", step))
            frame = frame.filter(~is_refused.fill_null(True))
    return frame


def country(column: pl.Expr) -> pl.Expr:
    """ISO alpha-3 of alpha-2 codes; null where unknown."""
    return column.map_batches(normalise.countries, return_dtype=pl.String())


def conformed(table: str, frames: list[pl.DataFrame], rejects: list[Reject], file: str) -> pl.DataFrame:
    """One frame of the contract's columns and `line`; of rows with the same key the first is kept and the others are counted."""
    parts = [derive.conform(table, frame.lazy()).drop("row_id").collect().with_columns(frame["line"]) for frame in frames]
    schema = {**{name: kind for name, kind in derive.schema(table).items() if name != "row_id"}, "line": pl.Int64()}
    every = pl.concat(parts) if parts else pl.DataFrame(schema=schema)
    key = {"ownership_record": "record_id", "registered_entity": "entity_key"}[table]
    kept = every.unique(key, keep="first", maintain_order=True)
    if kept.height < every.height:
        again = every.filter(pl.col(key).is_duplicated())
        what = f"{every.height - kept.height} rows: {SAME_KEY} as another row, of which the first is kept"
        rejects.append(Reject(file, int(again["line"][0]), key, again[key][0], what, "Nothing, if they say the same."))
    return kept
