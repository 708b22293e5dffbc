"""Bytes as a publisher sent them, archived with hash, day and address; and what state each source is in for a run.

A snapshot that is suspiciously short or cannot be read is kept but not used: the last good one is served and marked stale.
"""

from __future__ import annotations

import datetime as dt
import gzip
import hashlib
import io
import json
import os
import shutil
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from data import model
from pipelines import batches
from pipelines.fetching import ByHand, Fetched, FetchError, Http
from pipelines.registry import Source
from pipelines.sheets import MAX_UNZIPPED, ParseError

GOOD, SHORT, UNREADABLE = "good", "short", "unreadable"
NOT_USED = "newest copy not used"  # how the message of a state begins where a newer copy is held and not served
ABOUT = "snapshot.json"
ATTEMPT = "attempt.json"


@dataclass(frozen=True)
class Snapshot:
    """One copy of a source's files. `retrieved_on` is the day on which it was seen; `verdict` good, short or unreadable, with `reason`."""

    source: Source
    files: Mapping[str, Path | bytes]
    batch: int
    retrieved_on: dt.date
    sha256: dict[str, str]
    url: str
    certainty: str
    verdict: str = GOOD
    reason: str | None = None
    counts: dict[str, int] = field(default_factory=dict)
    parts: tuple[str, ...] = ()
    reject_count: int = 0
    validators: dict[str, dict[str, str | None]] = field(default_factory=dict)

    @classmethod
    def of(cls, source: Source, files: Mapping[str, bytes], retrieved_on: dt.date, batch: int = batches.FIRST, url: str = "") -> Snapshot:
        """A snapshot in memory."""
        hashes = {name: hashlib.sha256(content).hexdigest() for name, content in files.items()}
        return cls(source, dict(files), batch, retrieved_on, hashes, url or source.url, source.certainty)

    def read(self, name: str) -> bytes:
        """The bytes of file `name`, unpacked if it is gzip; ParseError when they are damaged or were changed in the archive."""
        stored = self.files[name]
        content = stored if isinstance(stored, bytes) else stored.read_bytes()
        if hashlib.sha256(content).hexdigest() != self.sha256[name]:
            where = f"{name} of snapshot {self.batch}"
            raise ParseError(f"{where}: not the bytes that were archived. Restore the file from a backup or fetch it again.")
        if not name.casefold().endswith(".gz"):
            return content
        try:
            with gzip.GzipFile(fileobj=io.BytesIO(content)) as stream:
                unpacked = stream.read(MAX_UNZIPPED + 1)
        except (OSError, EOFError, zlib.error) as error:
            raise ParseError(f"{name}: gzip is cut short or damaged ({error}). Get the file again.") from error
        if len(unpacked) > MAX_UNZIPPED:
            raise ParseError(f"{name}: unpacks to more than {MAX_UNZIPPED} bytes; not read.")
        return unpacked

    def text(self, name: str) -> str:
        """The text of file `name` in the first of the source's encodings that fits; ParseError if none does."""
        content = self.read(name)
        for encoding in self.source.encoding:
            try:
                return content.decode("utf-8-sig" if encoding == "utf-8" else encoding)
            except UnicodeDecodeError:
                continue
        known = " or ".join(self.source.encoding)
        raise ParseError(f"{name}: not in {known}. Save it in that encoding, or correct encoding in source.yml.")


@dataclass(frozen=True)
class SourceState:
    """What a run says of a source. `state`: fresh, stale, shipped, not_loaded, not_configured or failed; `age_days` of what is served."""

    source: str
    state: str
    message: str
    served_on: dt.date | None = None
    batch: int | None = None
    age_days: int | None = None
    sha256: dict[str, str] = field(default_factory=dict)


def _folder(workspace: Path, source: Source) -> Path:
    return workspace / "snapshots" / source.id


def snapshots(workspace: Path, source: Source) -> list[Snapshot]:
    """All snapshots of `source`, oldest first; those still being written when a run was killed are not there."""
    found = []
    for path in _folder(workspace, source).glob(f"[0-9]*/{ABOUT}"):
        entry = json.loads(path.read_text(encoding="utf-8"))
        entry |= {"files": {name: path.parent / name for name in entry["sha256"]}, "parts": tuple(entry["parts"])}
        found.append(Snapshot(**{**entry, "source": source, "retrieved_on": dt.date.fromisoformat(entry["retrieved_on"])}))
    return sorted(found, key=lambda snapshot: (snapshot.retrieved_on, snapshot.batch))


def good_snapshots(workspace: Path, source: Source) -> list[Snapshot]:
    """The snapshots of `source` that may be used, oldest first."""
    return [snapshot for snapshot in snapshots(workspace, source) if snapshot.verdict == GOOD]


def latest_good(workspace: Path, source: Source, as_of: dt.date | None = None) -> Snapshot | None:
    """The newest usable snapshot (seen on or before `as_of`), None if there is none."""
    usable = [one for one in good_snapshots(workspace, source) if as_of is None or one.retrieved_on <= as_of]
    return usable[-1] if usable else None


def _judged(snapshot: Snapshot, before: Snapshot | None, is_vouched: bool) -> Snapshot:
    values = dict(snapshot.__dict__)
    try:
        parsed = snapshot.source.parse(snapshot)
    except ParseError as error:
        return Snapshot(**{**values, "verdict": UNREADABLE, "reason": str(error)})
    except Exception as error:  # a parser's mistake must not lose the bytes
        reason = f"the parser failed ({type(error).__name__}: {error}). Please report it with the file."
        return Snapshot(**{**values, "verdict": UNREADABLE, "reason": reason})
    counts = {table: frame.height for table, frame in parsed.tables.items()}
    guards = snapshot.source.guards
    complaint = guards.complaint(counts.get(guards.table, 0), before.counts.get(guards.table) if before else None)
    is_empty_normal = guards.min_rows == 0 and not parsed.rejects  # the publisher's own form, and nothing in it
    if not any(counts.values()) and not is_empty_normal:
        complaint, is_vouched = "no rows at all", False
    values |= {"counts": counts, "parts": parsed.parts, "reject_count": len(parsed.rejects)}
    if complaint is None or is_vouched:
        return Snapshot(**{**values, "reason": complaint and f"{complaint}; a person vouched for it"})
    return Snapshot(**{**values, "verdict": SHORT, "reason": complaint})


def _write(folder: Path, snapshot: Snapshot, files: Mapping[str, bytes]) -> None:
    part = folder.parent / f".{folder.name}.part"
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(parents=True)
    kept = {name: value for name, value in snapshot.__dict__.items() if name not in ("source", "files")}
    about = json.dumps({**kept, "retrieved_on": snapshot.retrieved_on.isoformat()}, ensure_ascii=False, indent=1)
    for name, content in {**files, ABOUT: about.encode()}.items():
        with (part / name).open("wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
    batches.sync_folder(part)
    part.rename(folder)
    batches.sync_folder(folder.parent)


def _name(name: str) -> str:
    plain = "".join(char if char.isalnum() or char in "._- " else "_" for char in Path(name).name).lstrip(".")
    return plain if plain and plain != ABOUT else f"file_{plain}"


def archive(
    workspace: Path, source: Source, files: Mapping[str, bytes], retrieved_on: dt.date, *, url: str = "", is_vouched: bool = False,
    log: Mapping[str, Fetched] | None = None,
) -> Snapshot:
    """Keeps `files` as a new snapshot with its verdict; the newest one again when nothing has changed.

    `is_vouched`: a person says that a count outside the guards is right. Sizes and parsing are checked all the same.
    """
    named = {_name(name): content for name, content in files.items()}
    fresh = Snapshot.of(source, named, retrieved_on, url=url)
    before = latest_good(workspace, source)
    if before is not None and before.sha256 == fresh.sha256:
        return before
    batch = batches.allocate(workspace, {"source": source.id, "files": list(named), "retrieved_on": retrieved_on.isoformat()})
    earlier = latest_good(workspace, source, retrieved_on)
    judged = _judged(Snapshot(**{**fresh.__dict__, "batch": batch}), earlier, is_vouched)
    validators = {address: {"etag": got.etag, "last_modified": got.last_modified, "sha256": hashlib.sha256(got.content).hexdigest()}
                  for address, got in (log or {}).items()}
    judged = Snapshot(**{**judged.__dict__, "validators": validators})
    _write(_folder(workspace, source) / str(batch), judged, named)
    return judged


def _note(workspace: Path, source: Source, today: dt.date, state: str, message: str) -> None:
    _folder(workspace, source).mkdir(parents=True, exist_ok=True)
    content = json.dumps({"on": today.isoformat(), "state": state, "message": message}, ensure_ascii=False)
    batches.write_atomically(_folder(workspace, source) / ATTEMPT, content.encode())


def add_file(
    workspace: Path, source: Source, path: Path | Sequence[Path], retrieved_on: dt.date | None = None, *, is_vouched: bool = False,
) -> Snapshot:
    """A file (or the files of one copy) saved by a person becomes a snapshot, seen on `retrieved_on` (today).

    ParseError when it cannot be used; it is archived all the same, with the reason.
    """
    today = dt.date.today()
    paths = [path] if isinstance(path, Path) else list(path)
    snapshot = archive(workspace, source, {one.name: one.read_bytes() for one in paths}, retrieved_on or today, is_vouched=is_vouched)
    if snapshot.verdict != GOOD:
        way_out = "" if is_vouched else ". Next: if you know that the copy is whole, import it with --vouched"
        raise ParseError(f"{source.id}: {', '.join(one.name for one in paths)} is kept but not used: {snapshot.reason}{way_out}")
    _note(workspace, source, snapshot.retrieved_on, "ok", "imported by hand")
    return snapshot


def previous(workspace: Path, source: Source) -> dict[str, Fetched]:
    """What was archived last, by address, for conditional requests."""
    last = latest_good(workspace, source)
    if last is None:
        return {}
    by_hash = {digest: name for name, digest in last.sha256.items()}
    found = {}
    for address, known in last.validators.items():
        path = last.files.get(by_hash.get(known["sha256"] or "", ""))
        if isinstance(path, Path) and (known["etag"] or known["last_modified"]):
            found[address] = Fetched(path.read_bytes(), address, known["etag"], known["last_modified"])
    return found


def refresh(workspace: Path, source: Source, http: Http, today: dt.date) -> SourceState:
    """Fetches `source`, archives what came and returns its state. Never raises for a publisher's failure: it is noted and shown."""
    http.previous, http.log = previous(workspace, source), {}
    try:
        files = source.fetch(http)
    except ByHand:
        return state(workspace, source, today)
    except FetchError as error:
        _note(workspace, source, today, error.state, str(error))
        return state(workspace, source, today)
    snapshot = archive(workspace, source, files, today, url=next(iter(http.log), source.url), log=http.log)
    _note(workspace, source, today, "ok" if snapshot.verdict == GOOD else snapshot.verdict, snapshot.reason or "fetched")
    return state(workspace, source, today)


def _attempt(workspace: Path, source: Source) -> dict[str, Any]:
    path = _folder(workspace, source) / ATTEMPT
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    return found


def state(workspace: Path | None, source: Source, today: dt.date) -> SourceState:
    """The state of `source` on `today` (without a workspace: of what is shipped): shipped, not loaded and failed are never mixed."""
    attempt = _attempt(workspace, source) if workspace else {}
    served = latest_good(workspace, source, today) if workspace else None
    tried, said = attempt.get("state", "ok"), attempt.get("message", "")
    shipped = [model.references()[name] for name in source.shipped]
    vintages = [reference.vintage for reference in shipped if reference.table == source.guards.table] or [one.vintage for one in shipped]
    if served is not None:
        checked = dt.date.fromisoformat(attempt["on"]) if tried == "ok" and attempt else served.retrieved_on
        seen_on = max(served.retrieved_on, checked)
    elif vintages:
        seen_on = max(vintages)
    else:
        seen_on = None
    age = (today - seen_on).days if seen_on else None
    copy = "the last good copy" if served else "the shipped copy" if vintages else "nothing"
    if seen_on is None and source.key_variable and not os.environ.get(source.key_variable):
        key = f"the environment variable {source.key_variable} holds no key"
        kind, message = "not_configured", f"not configured: {key}. Set it, or run `deeptier import source {source.id} FILE`."
    elif tried not in ("ok", SHORT, UNREADABLE):
        kind, message = "failed", f"{tried}: {said} Served: {copy}."
    elif tried != "ok" and served is not None:
        kind, message = "stale", f"{NOT_USED} ({said}). Served: {copy}, {age} days old."
    elif tried != "ok":
        kind, message = "failed", f"{tried}: {said} Served: {copy}."
    elif served is None:
        kind, way = "shipped" if vintages else "not_loaded", f"Run `deeptier import source {source.id} FILE`, or fetch it."
        message = f"shipped copy, {age} days old" if vintages else f"not loaded. {way}"
    else:
        kind = "stale" if age is not None and age > source.stale_after_days else "fresh"
        message = f"{age} days old"
    return SourceState(source.id, kind, message, seen_on, served.batch if served else None, age, served.sha256 if served else {})
