"""Staged tables of a source: what is shipped and every usable snapshot, laid over each other by key, oldest first, newest winning.

A cell that the newer copy leaves empty keeps what was known (HS codes and regions are ours, no publisher gives them); status and end
always come from the newest copy. An entry that is gone from a newer copy of a whole list is removed on the day that copy was seen.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import polars as pl

from data import model
from pipelines import batches, derive, normalise, snapshot
from pipelines.records import PART, SAME_KEY, Parsed, Reject
from pipelines.registry import Source
from pipelines.sheets import ParseError, csv_lines
from pipelines.snapshot import Snapshot, SourceState

RAISING = [code for code, entry in model.vocabulary("listing_status").codes.items() if entry.values.get("raises")]
ENDS = {"listing": "delisted_on", "import_ban": "until"}
NAMES = {"listing": "name", "import_ban": "producer"}
BEGINS = {"listing": "listed_on", "import_ban": "since"}
TOGETHER = ("status", "status_note", "delisted_on", "until", "ended_on")  # told by the newest copy as a whole, empty or not
REJECT_SCHEMA: dict[str, Any] = {
    "table": pl.String(), "source": pl.String(), "batch": pl.Int64(), "file": pl.String(), "line": pl.Int64(), "column": pl.String(),
    "value": pl.String(), "reason": pl.String(), "message": pl.String(), "next_step": pl.String(), "is_row_kept": pl.Boolean(),
    "raw": pl.String(),
}


@dataclass(frozen=True)
class Staged:
    """The tables of a source (contract columns and row_id), what was refused (REJECT_SCHEMA) and the source's state."""

    tables: dict[str, pl.DataFrame]
    quarantine: pl.DataFrame
    state: SourceState


@dataclass(frozen=True)
class _Layer:
    seen_on: dt.date
    batch: int
    tables: dict[str, pl.DataFrame]
    rejects: list[Reject]
    is_full: bool


def _typed(value: str, kind: str) -> Any:
    if value == "":
        return None
    if kind == "list":
        return [part.strip() for part in value.split(";") if part.strip()]
    if kind == "boolean":
        return {"true": True, "false": False}[value]
    readers: dict[str, Callable[[str], Any]] = {"integer": int, "number": float, "date": dt.date.fromisoformat}
    return readers.get(kind, str)(value)


def reference_batch(name: str) -> int:
    """Batch number (1 to 999) of the shipped table `name`, by its place among the sorted names."""
    return sorted(model.references()).index(name) + 1


@lru_cache
def reference_frame(name: str) -> pl.DataFrame:
    """The shipped table `name`, typed by its contract, with row_id (batch * 2**32 + line). ModelError names a cell that does not fit."""
    reference = model.references()[name]
    columns = model.contract(reference.table).columns
    lines = csv_lines(reference.path.read_text(encoding="utf-8-sig"), ",")
    header = lines[0][1]
    unknown = [column for column in header if column not in columns]
    if unknown:
        raise model.ModelError(f"{reference.path}, line 1: column {', '.join(unknown)} is not in the contract of {reference.table}.")
    rows = []
    for line, cells in lines[1:]:
        if len(cells) != len(header):
            found = f"{len(cells)} cells instead of {len(header)}"
            raise model.ModelError(f"{reference.path}, line {line}: {found}. Look at quotes and commas.")
        row: dict[str, Any] = {"row_id": (reference_batch(name) << batches.SHIFT) + line}
        for column, value in zip(header, cells, strict=True):
            try:
                row[column] = _typed(value.strip(), columns[column].type)
            except (ValueError, KeyError) as error:
                where = f"{reference.path}, line {line}, column {column}"
                raise model.ModelError(f"{where}: {value!r} is no {columns[column].type}. Correct the cell.") from error
        rows.append(row)
    schema = derive.schema(reference.table)
    frame = pl.DataFrame([{column: row.get(column) for column in schema} for row in rows], schema=schema)
    return derive.conform(reference.table, frame.lazy()).collect()


@lru_cache
def _code_hash() -> str:
    """Changes whenever code, contracts, vocabularies or source.yml change, so that a parse kept from before is not used."""
    digest = hashlib.sha256()
    for root in (Path(__file__).parent, model.HERE):
        for path in sorted([*root.rglob("*.py"), *root.rglob("*.yml"), *root.glob("reference/good_hs.csv")]):
            digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def parsed(one: Snapshot) -> Parsed:
    """The parse of an archived snapshot, kept beside it as Parquet so that daily lists are read once; ParseError as the source's parse."""
    stored = next(iter(one.files.values()))
    if isinstance(stored, bytes):
        return one.source.parse(one)
    folder = stored.parent
    kept = folder / f"parsed-{_code_hash()}.json"
    if kept.exists():
        about = json.loads(kept.read_text(encoding="utf-8"))
        tables = {table: pl.read_parquet(folder / f"parsed-{_code_hash()}-{table}.parquet") for table in about["tables"]}
        return Parsed(tables, [Reject(**entry) for entry in about["rejects"]], tuple(about["parts"]))
    found = one.source.parse(one)
    for old in folder.glob("parsed-*"):
        old.unlink()
    for table, frame in found.tables.items():
        frame.write_parquet(folder / f"parsed-{_code_hash()}-{table}.parquet")
    about = {"tables": list(found.tables), "parts": found.parts, "rejects": [reject.__dict__ for reject in found.rejects]}
    batches.write_atomically(kept, json.dumps(about, ensure_ascii=False).encode())
    return found


def _layers(source: Source, workspace: Path | None, as_of: dt.date | None) -> tuple[list[_Layer], list[str]]:
    layers, problems = [], []
    for name in source.shipped:
        reference = model.references()[name]
        layers.append(_Layer(reference.vintage, reference_batch(name), {reference.table: reference_frame(name)}, [], False))
    usable = snapshot.good_snapshots(workspace, source) if workspace else []
    known = [one for one in usable if as_of is None or one.retrieved_on <= as_of]
    if not known and not layers:
        known = usable[:1]  # nothing was held on that date: the first copy after it, cut by the dates in its rows
    for one in known[-1:] if source.is_newest_only else known:
        try:
            found = parsed(one)
        except ParseError as error:
            problems.append(f"snapshot {one.batch} can no longer be read: {error}")
            continue
        frames = {table: _addressed(frame, one.batch) for table, frame in found.tables.items()}
        layers.append(_Layer(one.retrieved_on, one.batch, frames, found.rejects, True))
    return sorted(layers, key=lambda layer: (layer.seen_on, layer.batch)), problems


def _addressed(frame: pl.DataFrame, batch: int) -> pl.DataFrame:
    return frame.with_columns(row_id=pl.lit(batch << batches.SHIFT, dtype=pl.Int64()) + pl.col("line")).drop("line")


def _removed(table: str, gone: pl.DataFrame, layer: _Layer) -> pl.DataFrame:
    """`gone` with status removed where it raised; an entry whose record could not be read in this copy is not gone."""
    lost = [reject for reject in layer.rejects if SAME_KEY not in reject.reason]
    text = normalise.fold(" ".join(f"{reject.record} {reject.value or ''}" for reject in lost))
    reasons = " ".join(reject.reason for reject in lost)
    names, days = gone[NAMES[table]].to_list(), gone[BEGINS[table]].to_list()
    is_gone = [
        not (name and normalise.fold(name) in text) and not (day and day.isoformat() in reasons)
        for name, day in zip(names, days, strict=True)
    ]
    is_over = (gone[ENDS[table]] <= layer.seen_on).fill_null(False)  # its own stated end had come: it ended then, and is not removed
    ends = pl.Series("ends", is_gone, dtype=pl.Boolean()) & gone["status"].is_in(RAISING) & ~is_over
    note = pl.concat_str(pl.lit("not on the list of "), pl.lit(layer.seen_on.isoformat()), pl.lit(" (first copy without it)"))
    return gone.with_columns(ends).with_columns(
        pl.when("ends").then(pl.lit("removed")).otherwise("status").alias("status"),
        pl.when("ends").then(note).otherwise("status_note").alias("status_note"),
        pl.when("ends").then(pl.lit(layer.seen_on)).otherwise(ENDS[table]).alias(ENDS[table]),
    ).drop("ends")


def _laid_over(table: str, old: pl.DataFrame, layer: _Layer, is_full: bool) -> pl.DataFrame:
    new, key = layer.tables[table], list(model.contract(table).key)
    both = new.join(old, on=key, how="left", suffix="_old", nulls_equal=True)
    of_new = (*key, "row_id", *TOGETHER)
    columns = [pl.col(name) if name in of_new else pl.coalesce(name, f"{name}_old").alias(name) for name in derive.schema(table)]
    if "listed_on_basis" in new.columns:
        first = pl.min_horizontal("listed_on", "listed_on_old")
        seen = pl.when(pl.col("listed_on_basis") == "observed").then(first).otherwise("listed_on").alias("listed_on")
        columns = [seen if name == "listed_on" else column for name, column in zip(derive.schema(table), columns, strict=True)]
    gone = old.join(new, on=key, how="anti", nulls_equal=True)
    if is_full and table in ENDS and layer.is_full:
        gone = _removed(table, gone, layer)
    return pl.concat([gone, both.select(columns)])


def _editions(frame: pl.DataFrame) -> pl.DataFrame:
    """An edition of a list of goods holds until the next one that is held of the same list."""
    dates = frame.select("list_id", "published_on").unique().sort("list_id", "published_on")
    following = dates.with_columns(superseded_on=pl.col("published_on").shift(-1).over("list_id"))
    return frame.drop("superseded_on").join(following, on=["list_id", "published_on"], how="left").select(frame.columns)


def _quarantine(source: Source, layers: Iterable[_Layer]) -> pl.DataFrame:
    rows = [
        {**reject.__dict__, "table": source.guards.table, "source": source.id, "batch": layer.batch, "raw": reject.record,
         "message": f"{reject.file}, line {reject.line}, column {reject.column}: {reject.reason}"}
        for layer in layers for reject in layer.rejects
    ]
    return pl.DataFrame([{name: row[name] for name in REJECT_SCHEMA} for row in rows], schema=REJECT_SCHEMA)


def stage_source(source: Source, workspace: Path | None, as_of: dt.date | None = None) -> Staged:
    """All tables of `source`; without a workspace what is shipped. With `as_of`, copies seen later are left out."""
    layers, problems = _layers(source, workspace, as_of)
    tables = {}
    for table in source.tables:
        frame = pl.DataFrame(schema=derive.schema(table))
        for layer in (one for one in layers if table in one.tables):
            frame = _laid_over(table, frame, layer, table in source.full_tables)
        frame = _editions(frame) if table == "listed_good" else frame
        tables[table] = derive.conform(table, frame.lazy()).collect().sort([*model.contract(table).key, "row_id"], nulls_last=True)
    # of a list that every copy holds whole, only the newest copy's refusals are still open
    spoken = layers[-1:] if source.full_tables else layers
    state = snapshot.state(workspace, source, as_of or dt.date.today())
    if problems:
        state = SourceState(**{**state.__dict__, "state": "stale", "message": f"{state.message} {' '.join(problems)}"})
    return Staged(tables, _quarantine(source, spoken), state)


def address(workspace: Path, row_id: int) -> tuple[str, int]:
    """File (or file and sheet) and line of a row; KeyError if its batch is not known."""
    batch, place = row_id >> batches.SHIFT, row_id % (1 << batches.SHIFT)
    names = sorted(model.references())
    if 0 < batch <= len(names):
        return str(model.references()[names[batch - 1]].path), place
    folder = batches.holder(workspace, batch)
    if folder is None:
        raise KeyError(f"row {row_id}: batch {batch} is not in {workspace}. Is this the workspace of that run?")
    about = folder / snapshot.ABOUT
    if not about.exists():
        return f"{folder.parent.name}/{folder.name}", place
    parts = json.loads(about.read_text(encoding="utf-8"))["parts"]
    return f"{folder.parent.name}: {parts[place // PART]}", place % PART
