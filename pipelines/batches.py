"""Batch numbers of a workspace: 1000 and up, given out once, and what each one holds, so that any row_id resolves to a file.

A number is a file created exclusively, so two runs never share one and a crash only leaves a number unused.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

FIRST = 1000
SHIFT = 32


def write_atomically(path: Path, content: bytes) -> None:
    """Puts `content` at `path` in one step: whatever happens, the old file or the new one is there, whole."""
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with part.open("wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Makes the names in `folder` survive a power cut."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _taken(workspace: Path) -> list[int]:
    """Numbers given out, and those of stored folders, in case the first were lost with a restored backup."""
    stored = [path.name.split("-", 1)[0] for path in (*workspace.glob("inbox/*/*"), *workspace.glob("snapshots/*/*"))]
    given = [path.stem for path in workspace.glob("batches/*.json")]
    return [int(name) for name in (*given, *stored) if name.isdigit() and len(name) < 10]


def allocate(workspace: Path, about: dict[str, Any]) -> int:
    """The next batch number of `workspace`; `about` says what it is for (source or table, files)."""
    folder = workspace / "batches"
    folder.mkdir(parents=True, exist_ok=True)
    number = max([FIRST - 1, *_taken(workspace)]) + 1
    while True:
        try:
            with (folder / f"{number}.json").open("x", encoding="utf-8") as stream:
                json.dump(about, stream, ensure_ascii=False)
                stream.flush()
                os.fsync(stream.fileno())
        except FileExistsError:
            number += 1
            continue
        sync_folder(folder)
        return number


def about(workspace: Path, batch: int) -> dict[str, Any] | None:
    """What `batch` was allocated for; None if it was not."""
    path = workspace / "batches" / f"{batch}.json"
    if not path.exists():
        return None
    try:
        found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except ValueError:
        return {}  # a crash between creating and writing: the number is spent, and nothing was stored under it
    return found


def holder(workspace: Path, batch: int) -> Path | None:
    """The folder in which what came under `batch` is kept; None if there is none."""
    found = [*workspace.glob(f"snapshots/*/{batch}"), *workspace.glob(f"inbox/*/{batch}-*")]
    return found[0] if found else None
