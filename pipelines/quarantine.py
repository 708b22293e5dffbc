"""Rows that were not taken in: read, told apart into open and settled, and given back as a file to correct and import again.

An entry is settled when a later batch loads its key, or when its row was imported again from the export (which carries `_batch` and
`_line`). Does not belong here: why rows are refused (reasons.yml).
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import polars as pl

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
    frame = found.select(SCHEMA).collect().sort("batch", "line", descending=[True, False], maintain_order=True)
    return _unsettled(workspace, frame) if is_open else frame


def _unsettled(workspace: Workspace, frame: pl.DataFrame) -> pl.DataFrame:
    again = [pl.read_parquet(p, glob=False) for p in workspace.path.glob("inbox/*/*/settles.parquet") if not p.parent.name.startswith(".")]
    if again:
        frame = frame.join(pl.concat(again).unique(), on=["batch", "line"], how="anti", maintain_order="left")
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


def export(workspace: Workspace, table: str, path: Path) -> int:
    """Writes the open rows of `table` to `path` (.csv or .xlsx) in their original headings, with the reasons beside them.

    Correct the cells and import the file: the added columns tell which entries it settles. Gives the number of rows.
    """
    rows: dict[tuple[int, int], dict[str, Any]] = {}
    for entry in entries(workspace, table=table).filter(pl.col("source") == "upload").iter_rows(named=True):
        row = rows.setdefault((entry["batch"], entry["line"]), {**_cells(entry["raw"]), **dict.fromkeys(ADDED)})
        row["_reason"] = "; ".join(filter(None, (row["_reason"], entry["message"])))
        row["_next_step"] = " ".join(dict.fromkeys(filter(None, (row["_next_step"], entry["next_step"]))))
        row["_file"], row["_batch"], row["_line"] = entry["file"], entry["batch"], entry["line"]
    headings = list(dict.fromkeys([name for row in rows.values() for name in row if name not in ADDED]))
    names = [*headings, *ADDED]
    safe = [[safe_cell(row.get(name)) for name in names] for row in rows.values()]
    frame = pl.DataFrame(
        {name: pl.Series([None if r[i] is None else str(r[i]) for r in safe], dtype=pl.String) for i, name in enumerate(names)}
    )
    if path.suffix.lower() == ".xlsx":
        temporary = path.with_name(f".{path.name}.xlsx")
        frame.write_excel(temporary, worksheet=table[:31], autofit=True)
        temporary.replace(path)
    else:
        write_atomically(path, b"\xef\xbb\xbf" + frame.write_csv().encode())  # the mark makes spreadsheets read UTF-8
    return len(rows)


def _cells(raw: str | None) -> dict[str, Any]:
    """The row by its headings; the whole text under "_text" where the row could not be split."""
    try:
        found = json.loads(raw or "{}")
    except ValueError:
        found = None
    return found if isinstance(found, dict) else {"_text": raw}
