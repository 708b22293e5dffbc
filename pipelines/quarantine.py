"""Rows that were not taken in: read, told apart into open and settled, and given back as a file to correct and import again.

An entry is settled when a later batch loads its key, or when its row was imported again from the export (which carries `_batch` and
`_line`). Does not belong here: why rows are refused (reasons.yml).
"""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import polars as pl
import xlsxwriter  # type: ignore[import-untyped]

from data import model
from data.text import safe_cell
from pipelines.batches import write_atomically
from pipelines.workspace import Workspace

SCHEMA: dict[str, pl.DataType] = {
    "table": pl.String(), "source": pl.String(), "file": pl.String(), "line": pl.Int64(), "column": pl.String(), "value": pl.String(),
    "reason": pl.String(), "message": pl.String(), "next_step": pl.String(), "raw": pl.String(), "batch": pl.Int64(),
    "quarantined_on": pl.Date(), "key": pl.String(),
}
ADDED = ("_reason", "_next_step", "_file", "_batch", "_line")


def entries(workspace: Workspace, *, table: str | None = None, reason: str | None = None, batch: int | None = None,
            is_open: bool = True) -> pl.DataFrame:
    """Entries in SCHEMA, newest batch first, of uploads and of sources; only those not settled unless `is_open` is False."""
    paths = [p for p in workspace.path.glob("inbox/*/*/quarantine.parquet") if not p.parent.name.startswith(".")]
    paths += [p for p in workspace.path.glob("snapshots/*/*/quarantine.parquet") if not p.parent.name.startswith(".")]
    parts = [pl.scan_parquet(p, glob=False) for p in sorted(paths)]
    found = pl.concat([pl.LazyFrame(schema=SCHEMA), *parts], how="diagonal_relaxed")
    for name, value in (("table", table), ("reason", reason), ("batch", batch)):
        if value is not None:
            found = found.filter(pl.col(name) == value)
    frame = found.select(list(SCHEMA)).collect().sort("batch", "line", descending=[True, False], maintain_order=True)
    return _unsettled(workspace, frame) if is_open else frame


def answered(workspace: Workspace) -> pl.DataFrame:
    """row_id of rows that were exported, corrected and imported again."""
    again = [pl.read_parquet(p, glob=False) for p in workspace.path.glob("inbox/*/*/settles.parquet") if not p.parent.name.startswith(".")]
    rows = pl.concat([pl.DataFrame(schema={"batch": pl.Int64, "line": pl.Int64}), *again], how="diagonal_relaxed").unique()
    return rows.select(row_id=pl.col("batch") * 2**32 + pl.col("line"))


def unplaced(workspace: Workspace, rows: list[dict[str, Any]]) -> pl.DataFrame:
    """Entries in SCHEMA for `rows` that loaded and that a run could not place (table, batch, line, column, value, message, next_step),
    each with its content by our headings; those that were answered since are left out."""
    done = set(answered(workspace)["row_id"])
    found = []
    for row in rows:
        row_id = row["batch"] * 2**32 + row["line"]
        (path, *_) = [*workspace.inbox.glob(f"{row['table']}/{row['batch']}-*/staged.parquet"), None]
        if path is None or row_id in done:
            continue
        content = pl.scan_parquet(path, glob=False).filter(pl.col("row_id") == row_id).drop("row_id").collect().to_dicts()[0]
        cells = {name: "; ".join(value) if isinstance(value, list) else value for name, value in content.items() if value is not None}
        found.append({**row, "source": "upload", "reason": "unplaced", "raw": json.dumps(cells, ensure_ascii=False, default=str)})
    frame = pl.DataFrame(found, schema_overrides=dict(SCHEMA), infer_schema_length=None)
    if frame.is_empty():
        return pl.DataFrame(schema=SCHEMA)
    return frame.select([pl.col(name) if name in frame.columns else pl.lit(None, dtype=kind).alias(name) for name, kind in SCHEMA.items()])


def _unsettled(workspace: Workspace, frame: pl.DataFrame) -> pl.DataFrame:
    row_id = pl.col("batch") * 2**32 + pl.col("line")
    frame = frame.join(answered(workspace), left_on=row_id, right_on="row_id", how="anti", maintain_order="left")
    loaded = []
    for (table,), rows in frame.filter(pl.col("key").is_not_null() & (pl.col("source") == "upload")).group_by("table"):
        keys, contract = rows["key"].unique(), model.contract(str(table))
        key = pl.concat_str([pl.col(name).cast(pl.String) for name in contract.key], separator="|")
        for path in workspace.inbox.glob(f"{table}/*/staged.parquet"):
            if not path.parent.name.startswith("."):
                staged = pl.scan_parquet(path, glob=False).select(key=key, later=pl.col("row_id") // 2**32)
                loaded.append(staged.filter(pl.col("key").is_in(keys.implode())).with_columns(table=pl.lit(table)).collect())
    if not loaded:
        return frame
    latest = pl.concat(loaded).group_by("table", "key").agg(pl.col("later").max())
    joined = frame.join(latest, on=["table", "key"], how="left", maintain_order="left")
    return joined.filter(pl.col("later").is_null() | (pl.col("later") <= pl.col("batch"))).drop("later")


def export(
    workspace: Workspace, path: Path, table: str | None = None, batch: int | None = None, more: pl.DataFrame | None = None
) -> int:
    """Writes open rows of uploads to `path` (.csv or .xlsx) in their original headings, with the reasons beside them.

    A workbook has a sheet per table; a CSV file takes one table. Correct the cells and import the file: the added columns tell which
    entries it settles, and are otherwise ignored.
    `more` are entries of rows that a run could not place. Gives the number of rows. Raises ValueError if a CSV would hold several tables.
    """
    waiting = entries(workspace, table=table, batch=batch).filter(pl.col("source") == "upload")
    found = waiting if more is None else pl.concat([waiting, more.filter(pl.col("table") == table) if table else more])
    sheets = {str(name): _sheet(rows) for (name,), rows in found.group_by("table", maintain_order=True)}
    if path.suffix.lower() == ".xlsx":
        book_bytes = io.BytesIO()
        with xlsxwriter.Workbook(book_bytes, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}) as book:
            for name, frame in sheets.items() or [(table or "nothing open", pl.DataFrame(schema=dict.fromkeys(ADDED, pl.String)))]:
                frame.write_excel(book, worksheet=name[:31], autofit=True)
        write_atomically(path, book_bytes.getvalue())
    elif len(sheets) > 1:
        raise ValueError(f"{path.name}: open rows of {', '.join(sheets)} do not fit one CSV file. Name a table, or export to .xlsx.")
    else:
        frame = next(iter(sheets.values()), pl.DataFrame(schema=dict.fromkeys(ADDED, pl.String)))
        write_atomically(path, b"\xef\xbb\xbf" + frame.write_csv().encode())  # the mark makes spreadsheets read UTF-8
    return sum(map(len, sheets.values()))


def _sheet(entries_: pl.DataFrame) -> pl.DataFrame:
    """The rows in their original headings, one row for all entries of a line."""
    rows: dict[tuple[int, int], dict[str, Any]] = {}
    for entry in entries_.iter_rows(named=True):
        row = rows.setdefault((entry["batch"], entry["line"]), {**_cells(entry["raw"]), **dict.fromkeys(ADDED)})
        row["_reason"] = "; ".join(filter(None, (row["_reason"], entry["message"])))
        row["_next_step"] = " ".join(dict.fromkeys(filter(None, (row["_next_step"], entry["next_step"]))))
        row["_file"], row["_batch"], row["_line"] = entry["file"], entry["batch"], entry["line"]
    names = [*dict.fromkeys(name for row in rows.values() for name in row if name not in ADDED), *ADDED]
    columns = {name: [None if row.get(name) is None else str(safe_cell(row[name])) for row in rows.values()] for name in names}
    return pl.DataFrame(columns, schema=dict.fromkeys(names, pl.String))


def _cells(raw: str | None) -> dict[str, Any]:
    """The row by its headings; the whole text under "_text" where the row could not be split."""
    try:
        found = json.loads(raw or "{}")
    except ValueError:
        found = None
    return found if isinstance(found, dict) else {"_text": raw}
