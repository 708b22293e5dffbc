"""Batch numbers as snapshots use them, and what each one holds, so that any row_id resolves to a file; writes in one step."""

from __future__ import annotations

import os
from pathlib import Path

from pipelines.workspace import FIRST_BATCH, Settings, Workspace

FIRST = FIRST_BATCH
SHIFT = 32


def write_atomically(path: Path, content: bytes) -> None:
    """Puts `content` at `path` in one step: whatever happens, the old file or the new one is there, whole."""
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    with part.open("wb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())
    part.replace(path)
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Makes the names in `folder` survive a power cut."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def allocate(workspace: Path) -> int:
    """The next batch number of `workspace`, from the counter that imports of uploads use too: no number is given twice."""
    return Workspace(workspace, Settings()).next_batch()


def holder(workspace: Path, batch: int) -> Path | None:
    """The folder in which what came under `batch` is kept; None if there is none."""
    found = [*workspace.glob(f"snapshots/*/{batch}"), *workspace.glob(f"inbox/*/{batch}-*")]
    return found[0] if found else None
