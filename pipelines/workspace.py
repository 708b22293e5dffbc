"""The folder that holds a user's data: its settings, batch numbers, run lock, and writes that a crash cannot leave half done.

Does not belong here: what is in the files.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import fcntl
import json
import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

import yaml

from data import model
from pipelines import batches
from pipelines.reading import Limits

FORMAT = 1
FOLDERS = ("templates", "inbox", "snapshots", "runs", "published", "ledger")
_SETTINGS_TEXT = """\
# Settings of this deeptier workspace. Lines that start with # are remarks.
format: {format}            # version of the folder's layout; leave it as it is

# Whose supply chain is looked at: party_id values. Empty: every party of kind buyer.
buyers: []

language: en         # of reports: en or fr

# Sent to publishers when their data is fetched, as they ask for: an e-mail address or a web address.
contact: ""

# Sources to leave out or take in against their default, such as us_dol_goods: false
sources: {{}}

# How many published warehouses are kept, replays counted apart; the ledger keeps every run.
keep_warehouses: {keep_warehouses}

# Largest file that is imported, in bytes, and longest line.
max_file_bytes: {max_file_bytes}
max_line_bytes: {max_line_bytes}
"""


class WorkspaceError(RuntimeError):
    """A folder that cannot be used as a workspace; the text says what to do."""


@dataclass(frozen=True)
class Settings:
    """deeptier.yml. `buyers` are party ids (none: every party of kind buyer); sizes are in bytes."""

    format: int = FORMAT
    buyers: tuple[str, ...] = ()
    language: str = "en"
    contact: str = ""
    sources: dict[str, bool] = field(default_factory=dict)
    keep_warehouses: int = 30
    max_file_bytes: int = Limits.file_bytes
    max_line_bytes: int = Limits.line_bytes

    @property
    def limits(self) -> Limits:
        return Limits(file_bytes=self.max_file_bytes, line_bytes=self.max_line_bytes)


@dataclass(frozen=True)
class Workspace:
    """An opened workspace at `path`."""

    path: Path
    settings: Settings

    @classmethod
    def create(cls, path: Path) -> Workspace:
        """A new workspace at `path`, which must be absent or empty; templates are written by templates.write."""
        if (path / "deeptier.yml").exists():
            raise WorkspaceError(f"{path} is a workspace already. Use it, or name another folder.")
        if path.exists() and (not path.is_dir() or any(path.iterdir())):
            raise WorkspaceError(f"{path} is not empty. Name a new or empty folder.")
        for name in FOLDERS:
            (path / name).mkdir(parents=True, exist_ok=True)
        for table in model.contracts("upload"):
            (path / "inbox" / table).mkdir(exist_ok=True)
        write_text(path / "deeptier.yml", _SETTINGS_TEXT.format(**asdict(Settings())))
        return cls.open(path)

    @classmethod
    def open(cls, path: Path) -> Workspace:
        """The workspace at `path`, left untouched. Raises WorkspaceError for a folder that is none or was made by a newer version."""
        file = path / "deeptier.yml"
        if not file.is_file():
            raise WorkspaceError(f"{path} is no deeptier workspace: it has no deeptier.yml. Make one with: deeptier init {path}")
        try:
            entry = model.read_yaml(file) or {}
        except (model.ModelError, UnicodeDecodeError) as error:
            raise WorkspaceError(str(error)) from error
        return cls(path, _settings(entry, file))

    def set(self, **values: Any) -> Workspace:
        """Changes settings in deeptier.yml, its remarks kept; gives the workspace with them."""
        file = self.path / "deeptier.yml"
        text = file.read_text(encoding="utf-8")
        for name, value in values.items():
            if name not in Settings.__dataclass_fields__ or name == "format":
                raise WorkspaceError(f"{file}: no setting {name}.")
            shown = json.dumps(list(value) if isinstance(value, (tuple, set)) else value, ensure_ascii=False)  # JSON is YAML
            line = f"{name}: {shown} ".replace("\\", r"\\")
            text, found = re.subn(rf"^{name}:[^#\n]*(?=#|$)", line, text, count=1, flags=re.MULTILINE)
            text += "" if found else f"{name}: {shown}\n"
        text = "\n".join(line.rstrip() for line in text.splitlines()) + "\n"
        _settings(yaml.safe_load(text), file)
        write_text(file, text)
        return Workspace.open(self.path)

    @property
    def inbox(self) -> Path:
        return self.path / "inbox"

    def next_batch(self, **about: Any) -> int:
        """A batch number never given before, also when processes ask at once or die; `about` says what it is for."""
        return batches.allocate(self.path, about)

    @contextlib.contextmanager
    def run_lock(self) -> Iterator[None]:
        """Held while a run writes. Raises WorkspaceError naming the process that holds it; a dead process holds nothing."""
        with (self.path / "run.lock").open("a+", encoding="utf-8") as stream:
            try:
                fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                stream.seek(0)
                holder = json.loads(stream.read() or "{}")
                who = f"process {holder.get('pid', 'unknown')}, since {holder.get('since', 'unknown')}"
                raise WorkspaceError(
                    f"{self.path}: another run is under way ({who}). Wait for it to end, or end that process."
                ) from error
            stream.truncate(0)
            stream.write(json.dumps({"pid": os.getpid(), "since": dt.datetime.now(dt.UTC).isoformat(timespec="seconds")}))
            stream.flush()
            try:
                yield
            finally:
                stream.truncate(0)
                fcntl.flock(stream, fcntl.LOCK_UN)


def _settings(entry: Any, file: Path) -> Settings:
    if not isinstance(entry, dict) or not isinstance(entry.get("format"), int):
        raise WorkspaceError(f'{file}: no "format". Write format: {FORMAT} as its first line, if this is a deeptier workspace.')
    if entry["format"] > FORMAT:
        raise WorkspaceError(
            f"{file.parent} has format {entry['format']}, made by a newer deeptier; this one knows format {FORMAT}. "
            "Nothing was changed. Install the newer version, or use another folder."
        )
    known = {f.name: f for f in fields(Settings)}
    if wrong := sorted(set(entry) - set(known)):
        raise WorkspaceError(f"{file}: unknown setting {', '.join(wrong)}. Settings: {', '.join(known)}.")
    for name, value in entry.items():
        default = getattr(Settings(), name)
        kind = list if isinstance(default, tuple) else type(default)
        if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
            example = yaml.safe_dump(default).strip().splitlines()[0]
            raise WorkspaceError(f"{file}: {name} is {value!r}; write something like {name}: {example}")
    if entry.get("language", "en") not in model.LANGUAGES:
        raise WorkspaceError(f"{file}: language is {entry['language']!r}; write en or fr.")
    return Settings(**{**entry, "buyers": tuple(str(b) for b in entry.get("buyers", ()))})


def sync(path: Path) -> None:
    """Forces a file or folder to disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def write_text(path: Path, text: str) -> None:
    """Writes `path` whole or not at all, as UTF-8; its folder is made if need be."""
    path.parent.mkdir(parents=True, exist_ok=True)
    batches.write_atomically(path, text.encode())


@contextlib.contextmanager
def begun(path: Path) -> Iterator[None]:
    """For making a workspace: if the block fails, what it put into an absent or empty folder is taken away, to be tried again."""
    was_there = path.exists()
    is_ours = not was_there or (path.is_dir() and not any(path.iterdir()))
    try:
        yield
    except BaseException:
        if is_ours and path.is_dir():
            for child in path.iterdir():
                if child.is_dir():
                    shutil.rmtree(child, ignore_errors=True)
                else:
                    child.unlink(missing_ok=True)
            if not was_there:
                path.rmdir()
        raise


@contextlib.contextmanager
def new_folder(target: Path) -> Iterator[Path]:
    """A folder to fill that becomes `target` when the block ends well, and disappears otherwise. Names with a dot are never read."""
    target.parent.mkdir(parents=True, exist_ok=True)
    temporary = Path(tempfile.mkdtemp(dir=target.parent, prefix=f".{target.name}."))
    try:
        yield temporary
        for file in temporary.iterdir():
            sync(file)
        sync(temporary)
        temporary.rename(target)
        sync(target.parent)
    except BaseException:
        shutil.rmtree(temporary, ignore_errors=True)
        raise
