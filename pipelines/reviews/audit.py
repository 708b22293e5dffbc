"""The audit export: which list versions were live between two days, which runs there were, what was screened and what people judged.

Everything is read from what was written when it happened (the run ledger, the reviews store) and nothing is worked out anew, so that the
same days give the same bytes as long as nothing is added. Belongs here: selecting and writing. Does not belong here: any judgement.
"""

from __future__ import annotations

import contextlib
import csv
import datetime as dt
import io
import json
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, BinaryIO, TextIO

from data.text import safe_cell
from pipelines.registry import sources
from pipelines.reviews import log, screenings, store
from pipelines.workspace import WorkspaceError

EARLIEST = dt.date(2000, 1, 1)
ZIPPED = (1980, 1, 1, 0, 0, 0)  # a zip holds the time of each file; a fixed one keeps the bytes the same
# Columns of the CSV files, in order; the objects of JSON Lines have these keys and what is written out in `facts` and the like.
COLUMNS: dict[str, tuple[str, ...]] = {
    "list_version": (
        "source", "title_en", "title_fr", "publisher", "tables", "states", "batch", "sha256", "received_on", "rows", "live_from",
        "live_to", "first_run", "last_run", "run_count",
    ),
    "run": (
        "run_id", "status", "started", "finished", "as_of", "is_replay", "deeptier", "methodology", "methodology_sha256", "seed", "draws",
        "parties", "warehouse", "judgements", "problems",
    ),
    "screening": ("screening_id", "made_at", "as_of", "by", "profile", "file", "file_sha256", "run_id", "versions", "lists", "reading"),
    "result": (
        "screening_id", "position", "process_id", "tenderer_key", "tenderer_name", "standing", "match_count", "found", "facts", "tenderer",
        "more",
    ),
    "judgement": (
        "judgement_id", "pair_id", "kind", "left_key", "right_key", "verdict", "by", "at", "why", "facts_hash", "facts", "batch",
        "recorded_at",
    ),
}
Entry = dict[str, Any]


def days(first: dt.date, last: dt.date) -> tuple[dt.datetime, dt.datetime]:
    """The first moment of `first` and the first after `last`, in UTC. WorkspaceError for a range that is none."""
    if last < first:
        raise WorkspaceError(f"--from {first} --to {last}: the range ends before it begins. Next: name the earlier day first.")
    if first < EARLIEST or last.year > 9000:
        raise WorkspaceError(f"--from {first} --to {last}: name days from {EARLIEST} on.")
    begin, end = (dt.datetime.combine(day, dt.time(), dt.UTC) for day in (first, last + dt.timedelta(1)))
    return begin, end


def entries(folder: Path, first: dt.date, last: dt.date) -> Iterator[Entry]:
    """Everything between two days, both included (UTC): objects with a `type` of COLUMNS, in that order and oldest first."""
    begin, end = days(first, last)
    runs = _ledger(folder)
    yield from list_versions(runs, begin, end)
    yield from ({"type": "run", **_run(run)} for run in runs if begin <= _started(run) < end)
    with store.reading(folder) as connection:
        yield from map(_with_found, screenings.between(connection, begin, end))
        yield from ({"type": "judgement", **row} for row in log.history(connection, between=(begin, end)))


def _with_found(entry: Entry) -> Entry:
    """A result with what was found in one line each: list, entry, state, probability of the match. Other entries as they are."""
    if entry["type"] != "result":
        return entry
    found = []
    for fact in entry["facts"]:
        listed, match, declared = fact["entry"], fact["match"], fact["declaration"]
        what = f"{listed['list_id']} {listed['listing_id']}" if listed else declared["matter"] if declared else ""
        found.append(" ".join(part for part in (what, fact["state"], f"{match['probability']:.4f}" if match else "") if part))
    return {**entry, "found": found}


def _ledger(folder: Path) -> list[Entry]:
    """All runs of the ledger, oldest first. One that cannot be read is there with its id and the status unreadable."""
    found = []
    for path in (folder / "ledger").glob("*.json"):
        try:
            found.append({"run_id": path.stem, **json.loads(path.read_text(encoding="utf-8"))})
        except (ValueError, TypeError, OSError):
            found.append({"run_id": path.stem, "status": "unreadable"})
    return sorted(found, key=lambda run: (_started(run), run["run_id"]))


def _moment(text: object) -> dt.datetime | None:
    try:
        moment = dt.datetime.fromisoformat(str(text))
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)


def _started(run: Mapping[str, Any]) -> dt.datetime:
    """When a run began: as it says, else by its id, which is that time; the earliest day where neither can be read."""
    with contextlib.suppress(ValueError):
        return _moment(run.get("started")) or dt.datetime.strptime(str(run["run_id"])[:15], "%Y%m%dT%H%M%S").replace(tzinfo=dt.UTC)
    return dt.datetime.combine(EARLIEST, dt.time(), dt.UTC)


def _run(run: Mapping[str, Any]) -> Entry:
    versions = run.get("versions") or {}
    known = {"deeptier": versions.get("deeptier"), "methodology": versions.get("methodology")}
    known |= {"methodology_sha256": versions.get("methodology_sha256")}
    return {name: known.get(name, run.get(name)) for name in COLUMNS["run"]}


def list_versions(runs: Iterable[Mapping[str, Any]], begin: dt.datetime, end: dt.datetime) -> Iterator[Entry]:
    """Each version of each source that was live in [begin, end): served from the moment a run published it until one published another.

    A source that was not loaded or failed without a copy has a version too, with no day: nothing was searched in it. Replays are never
    live. `live_to` null: still live. `sha256` by file; none for tables that are shipped, whose version is their day and the software's.
    """
    live: dict[str, Entry] = {}
    done: list[Entry] = []
    for run in runs:
        if run.get("status") != "published" or run.get("is_replay"):
            continue
        moment = (_moment(run.get("finished")) or _started(run)).isoformat()
        served = run.get("sources") or {}
        for name in sorted(set(live) - set(served)):
            done.append({**live.pop(name), "live_to": moment})
        for name, state in served.items():
            version = {
                "batch": state.get("batch"), "sha256": state.get("sha256") or {}, "received_on": state.get("served_on"),
                "rows": state.get("rows"),
            }
            before = live.get(name)
            if before and all(before[key] == value for key, value in version.items()):
                before["states"] = sorted({*before["states"], str(state.get("state"))})
                before |= {"last_run": run["run_id"], "run_count": before["run_count"] + 1}
                continue
            if before:
                done.append({**before, "live_to": moment})
            live[name] = {
                **_about(name), "states": [str(state.get("state"))], **version, "live_from": moment, "live_to": None,
                "first_run": run["run_id"], "last_run": run["run_id"], "run_count": 1,
            }
    for entry in sorted([*done, *live.values()], key=lambda entry: (entry["live_from"], entry["source"])):
        ended = _moment(entry["live_to"]) if entry["live_to"] else None
        started = _moment(entry["live_from"])
        if started and started < end and (ended is None or ended > begin):
            yield {"type": "list_version", **{name: entry[name] for name in COLUMNS["list_version"]}}


def _about(name: str) -> Entry:
    source = sources().get(name)
    if source is None:  # of an older or newer deeptier
        return {"source": name, "title_en": None, "title_fr": None, "publisher": None, "tables": []}
    titles = {f"title_{language}": source.title[language] for language in ("en", "fr")}
    return {"source": name, **titles, "publisher": source.publisher, "tables": list(source.tables)}


def _text(value: object) -> str:
    return value.isoformat() if isinstance(value, dt.date) else str(value)


def _line(entry: Mapping[str, Any]) -> str:
    return json.dumps(entry, ensure_ascii=False, default=_text)


def _cell(value: object) -> object:
    if isinstance(value, dict | list):
        is_plain = isinstance(value, list) and all(isinstance(item, str) for item in value)
        value = "; ".join(value) if is_plain else _line(value) if value else ""  # type: ignore[arg-type]
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else safe_cell(_text(value) if isinstance(value, dt.date) else value)


def write_lines(found: Iterable[Entry], first: dt.date, last: dt.date, out: BinaryIO) -> dict[str, int]:
    """One JSON object per line, the first saying which days were asked for; how many of each type."""
    counts = dict.fromkeys(COLUMNS, 0)
    asked = {"type": "audit", "format": 1, "from": first, "to": last, "time_zone": "UTC"}
    out.write(f"{_line(asked)}\n".encode())
    for entry in found:
        counts[entry["type"]] += 1
        out.write(f"{_line(entry)}\n".encode(errors="backslashreplace"))
    return counts


def write_tables(found: Iterable[Entry], folder: Path) -> dict[str, int]:
    """One CSV file per type in `folder`, each with its headings also when it is empty; how many rows in each."""
    counts = dict.fromkeys(COLUMNS, 0)
    with contextlib.ExitStack() as stack:
        files: dict[str, TextIO] = {
            name: stack.enter_context((folder / f"{name}.csv").open("w", encoding="utf-8", newline="", errors="backslashreplace"))
            for name in COLUMNS
        }
        writers = {name: csv.writer(file, lineterminator="\n") for name, file in files.items()}
        for name, writer in writers.items():
            writer.writerow(COLUMNS[name])
        for entry in found:
            counts[entry["type"]] += 1
            writers[entry["type"]].writerow([_cell(entry.get(column)) for column in COLUMNS[entry["type"]]])
    return counts


def zipped(folder: Path) -> bytes:
    """The files of `folder` as a zip archive; the same files give the same bytes."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(folder.iterdir()):
            about = zipfile.ZipInfo(path.name, ZIPPED)
            about.compress_type, about.external_attr = zipfile.ZIP_DEFLATED, 0o644 << 16
            archive.writestr(about, path.read_bytes())
    return content.getvalue()
