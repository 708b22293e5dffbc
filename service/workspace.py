"""Which workspace a command works on, which results it reads, and what the ledger says of them. Reads only."""

from __future__ import annotations

import datetime as dt
import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from data import model
from service.errors import NothingYet, Refused, Usage

VARIABLE = "DEEPTIER_WORKSPACE"
SETTINGS = "deeptier.yml"
FORMAT = 1
POINTER = "current"


def demo_folder() -> Path:
    """Where the demo's workspace is or will be: beside pyproject.toml in a checkout, else under the user's home."""
    root = Path(__file__).resolve().parents[1]
    if (root / "pyproject.toml").exists():
        return root / "workspace"
    return Path.home() / ".local" / "share" / "deeptier" / "demo"


def locate(given: str | Path | None) -> Path:
    """--workspace, else $DEEPTIER_WORKSPACE, else the current folder if it is a workspace, else the demo's. It need not exist yet."""
    named = given or os.environ.get(VARIABLE)
    if named:
        return Path(named).expanduser().absolute()
    here = Path.cwd()
    return here if (here / SETTINGS).exists() else demo_folder()


def find(given: str | Path | None) -> Path:
    """As `locate`, for a workspace that must exist. NothingYet if there is none; Refused if a newer version made it."""
    folder = locate(given)
    settings = folder / SETTINGS
    if not settings.exists():
        if not (given or os.environ.get(VARIABLE)):
            raise NothingYet(
                "There is no workspace here, and no demo yet. Next: `deeptier demo` to see one, or `deeptier init DIR` to start yours."
            )
        raise NothingYet(
            f"{folder} is not a workspace: it has no {SETTINGS}. Next: `deeptier init {folder}`, or name another with --workspace."
        )
    try:
        entry = model.read_yaml(settings)
    except model.ModelError as error:
        raise Refused(str(error)) from error
    found = entry.get("format") if isinstance(entry, dict) else None
    if not isinstance(found, int):
        raise Refused(f"{settings}: `format` is missing or no number. Next: put `format: {FORMAT}` back, or restore the file.")
    if found > FORMAT:
        raise Refused(
            f"{folder} was made by a newer deeptier (workspace format {found}; this one reads {FORMAT}). Nothing was changed. "
            "Next: install the newer version."
        )
    return folder


@dataclass(frozen=True)
class Results:
    """A published warehouse and the ledger's entry of the run that made it (empty if the entry is lost)."""

    workspace: Path
    path: Path
    entry: dict[str, Any]

    @property
    def run_id(self) -> str:
        return str(self.entry.get("run_id") or self.path.stem.removeprefix("warehouse-"))

    @property
    def as_of(self) -> dt.date:
        """The day to which was scored; the file's day where the ledger's entry is lost."""
        text = self.entry.get("as_of")
        return dt.date.fromisoformat(str(text)[:10]) if text else dt.datetime.fromtimestamp(self.path.stat().st_mtime, dt.UTC).date()

    @property
    def is_replay(self) -> bool:
        return bool(self.entry.get("is_replay"))


def ledger(workspace: Path) -> list[dict[str, Any]]:
    """All runs, the newest first. An entry that cannot be read is shown as such and hides no other."""
    entries = []
    for path in sorted((workspace / "ledger").glob("*.json"), reverse=True):
        try:
            entry = json.loads(path.read_text(encoding="utf-8"))
            entries.append({"run_id": path.stem, **entry})
        except (ValueError, TypeError, OSError):
            entries.append({"run_id": path.stem, "status": "unreadable"})
    return sorted(entries, key=lambda entry: str(entry.get("started") or entry["run_id"]), reverse=True)


def run_entry(workspace: Path, run_id: str) -> dict[str, Any]:
    """The ledger's entry of one run, named in full or by a beginning that only it has."""
    found = [entry for entry in ledger(workspace) if entry["run_id"] == run_id]
    found = found or [entry for entry in ledger(workspace) if str(entry["run_id"]).startswith(run_id)]
    if len(found) != 1:
        known = "no such run" if not found else f"{len(found)} runs begin so"
        raise Usage(f"--run {run_id}: {known}. Next: `deeptier runs` lists them.")
    return found[0]


def _warehouse(workspace: Path, entry: dict[str, Any]) -> Path:
    path = workspace / "published" / str(entry.get("warehouse") or f"warehouse-{entry['run_id']}.duckdb")
    if not path.exists():
        raise NothingYet(
            f"Run {entry['run_id']} ({entry.get('status', 'unknown')}) published nothing. Next: `deeptier runs show {entry['run_id']}`."
        )
    return path


def results(workspace: Path, run_id: str | None = None, as_of: dt.date | None = None) -> Results:
    """The latest results, those of a run, or the newest scored as of a day. NothingYet says what to do when there are none."""
    if run_id:
        entry = run_entry(workspace, run_id)
        return Results(workspace, _warehouse(workspace, entry), entry)
    if as_of:
        for entry in ledger(workspace):
            if str(entry.get("as_of"))[:10] == as_of.isoformat() and (workspace / "published" / str(entry.get("warehouse", "?"))).exists():
                return Results(workspace, _warehouse(workspace, entry), entry)
        raise NothingYet(
            f"Nothing was scored as of {as_of}. Next: `deeptier run --as-of {as_of}`, or `deeptier runs` for the days there are."
        )
    pointer = workspace / "published" / POINTER
    if not pointer.exists():
        raise NothingYet(f"{workspace} has no results yet. Next: `deeptier import parties FILE`, then `deeptier run`.")
    path = pointer.parent / pointer.read_text(encoding="utf-8").strip()
    if not path.is_file():
        raise NothingYet(f"The results that {pointer} names are gone ({path.name}). Next: `deeptier run` makes them again.")
    named = path.stem.removeprefix("warehouse-")
    try:
        entry = json.loads((workspace / "ledger" / f"{named}.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        entry = {"run_id": named, "warehouse": path.name}
    return Results(workspace, path, entry)
