"""Where a run puts its tables, and how results are published: an immutable DuckDB file per run, then a pointer moved in one step.

A reader opens the file that the pointer names and is never disturbed. A run that is killed leaves the pointer where it was.
"""

from __future__ import annotations

import datetime as dt
import json
import shutil
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb
import polars as pl

from pipelines.batches import sync_folder, write_atomically

POINTER = "current"
LEDGER = "ledger"
INDEXES = "indexes"  # listed names ready to be searched


@dataclass
class RunStore:
    """The tables of one run, as Parquet under runs/<run_id>/, and what is written of it in the ledger."""

    workspace: Path
    run_id: str
    as_of: dt.date
    is_replay: bool = False
    draws: int | None = None
    facts: dict[str, Any] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)

    @property
    def folder(self) -> Path:
        return self.workspace / "runs" / self.run_id

    def path(self, table: str) -> Path:
        return self.folder / f"{table}.parquet"

    def save(self, table: str, frame: pl.LazyFrame | pl.DataFrame) -> int:
        """Writes `frame` as `table`, whole or not at all; its number of rows."""
        self.folder.mkdir(parents=True, exist_ok=True)
        path = self.path(table)
        part = path.with_suffix(".part")
        eager = frame if isinstance(frame, pl.DataFrame) else frame.collect()
        eager.write_parquet(part)
        part.replace(path)
        return eager.height

    def scan(self, table: str) -> pl.LazyFrame:
        """The table as it was saved in this run."""
        return pl.scan_parquet(self.path(table))

    @contextmanager
    def timed(self, step: str) -> Iterator[None]:
        """Notes the seconds of a step in the ledger."""
        begun = time.perf_counter()
        yield
        self.seconds[step] = round(self.seconds.get(step, 0.0) + time.perf_counter() - begun, 3)

    def tidy(self, keep: int) -> None:
        """Removes the intermediate tables of earlier runs and all but the newest `keep` warehouses of this run's kind."""
        for folder in self.folder.parent.iterdir():
            if folder != self.folder and folder.is_dir():
                shutil.rmtree(folder, ignore_errors=True)
        ledger = {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in (self.workspace / LEDGER).glob("*.json")}
        alike = sorted(run for run, entry in ledger.items() if entry["status"] == "published" and entry["is_replay"] == self.is_replay)
        for run in alike[: -max(keep, 1)]:
            (self.workspace / "published" / f"warehouse-{run}.duckdb").unlink(missing_ok=True)

    def previous(self) -> Path | None:
        """The warehouse published last, for bands that fall slowly; None for a first run or a replay of the past."""
        return None if self.is_replay else published(self.workspace)

    def write_ledger(self, status: str) -> None:
        """The run's entry in the ledger: inputs, versions, counts, timings, state."""
        folder = self.workspace / LEDGER
        folder.mkdir(exist_ok=True)
        entry = {
            "run_id": self.run_id,
            "as_of": self.as_of.isoformat(),
            "is_replay": self.is_replay,
            "status": status,
            **self.facts,
            "seconds": self.seconds,
        }
        write_atomically(
            folder / f"{self.run_id}.json", json.dumps(entry, indent=1, ensure_ascii=False, sort_keys=True, default=str).encode()
        )

    def publish(self, tables: Mapping[str, list[str]], views: Mapping[str, str]) -> Path:
        """Builds warehouse-<run>.duckdb of `tables` (name -> saved tables of one shape) and `views` (name -> SQL), then moves the pointer.

        A replay is published under its own name and leaves the pointer where it is.
        """
        folder = self.workspace / "published"
        folder.mkdir(exist_ok=True)
        path = folder / f"warehouse-{self.run_id}.duckdb"
        part = folder / f".{path.name}.part"
        part.unlink(missing_ok=True)
        with duckdb.connect(str(part), config={"preserve_insertion_order": False}) as connection:
            for name, saved in tables.items():
                paths = [str(self.path(one)) for one in saved]
                connection.execute(f'CREATE TABLE "{name}" AS SELECT * FROM read_parquet(?, union_by_name=true)', [paths])  # noqa: S608  (names of ours)
            for name, sql in views.items():
                connection.execute(f'CREATE VIEW "{name}" AS {sql}')
            connection.execute("CHECKPOINT")
        part.replace(path)
        path.chmod(0o444)
        sync_folder(folder)
        self.facts["warehouse"] = path.name
        if not self.is_replay:
            write_atomically(folder / POINTER, f"{path.name}\n".encode())
        return path


def published(workspace: Path) -> Path | None:
    """The warehouse that the pointer names; None before the first run."""
    pointer = workspace / "published" / POINTER
    if not pointer.exists():
        return None
    path = pointer.parent / pointer.read_text(encoding="utf-8").strip()
    return path if path.exists() else None
