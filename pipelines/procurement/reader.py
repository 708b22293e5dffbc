"""Reads a tender file: finds its releases whatever they are packed in, joins those of one process, and hands on processes.

Belongs here: packages, records, lists and bare releases of OCDS 1.0 and 1.1. Does not belong here: opening files (opening.py), processes
(processes.py), tables of bidders (tables.py).
"""

from __future__ import annotations

import re
import tempfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from data.procurement import Process, Reading
from pipelines.procurement import opening, processes, tables
from pipelines.procurement.fields import Node, at_of, marked
from pipelines.procurement.findings import At, Findings
from pipelines.procurement.merging import merged, ordered
from pipelines.procurement.opening import USUAL, Bounds, Document
from pipelines.refusal import Refused

_RELEASE_KEYS = frozenset(("tender", "awards", "contracts", "parties", "buyer", "bids", "planning"))
_VERSION = re.compile(r"\s*(\d+\.\d+)(?:\.\d+)*\s*")
EMBEDDED = "embedded release"  # already in its compiled release
Release = tuple[str, Node, At, str | None]
_NAMES = {
    "release package": "release packages", "record package": "record packages", "compiled release": "compiled releases",
    "release": "releases", "record": "records", "release without package": "releases without package",
    "record without package": "records without package", "compiled release without package": "compiled releases without package",
}  # fmt: skip


@dataclass
class Found:
    """What a file was seen to hold, and its releases by process, in the order of the file."""

    kinds: Counter[str] = field(default_factory=Counter)
    versions: set[str] = field(default_factory=set)
    by_process: dict[str, list[Node]] = field(default_factory=dict)
    versions_of: dict[str, set[str]] = field(default_factory=dict)  # by process
    embedded: dict[str, list[Node]] = field(default_factory=dict)  # releases beside their compiled release, by process


def read(
    path: Path, *, bounds: Bounds = USUAL, file: str | None = None, encoding: str | None = None, work: Path | None = None,
) -> Reading:
    """Reads OCDS (JSON, JSON Lines, gzip of either), or else a table of bidders. `file` is the name in messages.

    Memory grows with what is said of bidders, not with the papers and milestones of a process; Bounds say how large a file may be. Raises
    Refused if the file as a whole cannot be used; what is wrong with single lines and values stands in Reading.refusals.
    """
    findings = Findings(file or path.name)
    with tempfile.TemporaryDirectory(dir=work) as folder:
        source = opening.opened(path, Path(folder), bounds, findings, encoding)
        if source.is_table and source.is_text and findings.file.lower().removesuffix(".gz").endswith((".json", ".jsonl", ".ndjson")):
            message = "the file is named as JSON and does not begin as JSON of OCDS does, with { or [."
            raise Refused(findings.file, "json_unreadable", message, "Give a file of OCDS, or a table of bidders as CSV or XLSX.", line=1)
        if source.is_table:
            return tables.bidders(path, bounds=bounds, file=file)
        found = Found()
        for document in opening.documents(source, bounds, findings):
            for kind, value, at, version in releases(document, findings, found.kinds):
                _add(found, kind, value, at, version, findings)
    if not found.by_process:
        _nothing(findings)
    made = [process for key, group in found.by_process.items() if (process := _process(found, key, group, findings))]
    return Reading(
        file=findings.file, sha256=source.sha256, kind=_kind(found), processes=made, refusals=findings.refusals,
        ignored=dict(findings.ignored),
    )


def _nothing(findings: Findings) -> None:
    """Refuses a file of which no release could be read, with the first thing that was wrong."""
    first = next(iter(findings.refusals), None)
    line = first.place.line if first else None
    found = f" First: {first.reason}." if first else ""
    raise Refused(
        findings.file, "not_ocds", f"the file holds no release that can be read.{found}",
        "Give a release package or record package of OCDS, or a table of bidders as CSV or XLSX.", line=line,
        value=first.value if first else None,
    )


def releases(document: Document, findings: Findings, kinds: Counter[str] | None = None) -> Iterator[Release]:
    """(kind, release, place, version that its package or itself declares) of every release in a document, by what it looks like."""
    kinds = Counter() if kinds is None else kinds
    at = (document.line, document.path)
    if isinstance(document.value, list):
        for i, item in enumerate(document.value):
            yield from _one(item, (at[0], f"{at[1]}[{i}]"), findings, kinds)
    else:
        yield from _one(document.value, at, findings, kinds)


def inside(at: At, key: str) -> At:
    """The place of `key` in what stands at `at`."""
    return at[0], f"{at[1]}.{key}" if at[1] and not at[1].endswith(" ") else f"{at[1]}{key}"


def _one(value: Any, at: At, findings: Findings, kinds: Counter[str]) -> Iterator[Release]:
    if not isinstance(value, dict):
        findings.say("not_ocds", at, type(value).__name__ if isinstance(value, list) else value, kept=False)
        return
    is_package = False
    for key, kind in (("releases", "release package"), ("records", "record package")):
        items = value.get(key)
        if items is None or (key == "releases" and "compiledRelease" in value):
            continue
        is_package = True
        kinds[kind] += 1
        if not isinstance(items, list):
            findings.say("wrong_type", inside(at, key), type(items).__name__, kept=False)
            continue
        for i, item in enumerate(items):
            inner = inside(at, f"{key}[{i}]")
            yield from (_record if key == "records" else _release)(item, inner, findings, declared(value))
    if is_package:
        return
    if "compiledRelease" in value or ("versionedRelease" in value and "tag" not in value):
        kinds["record without package"] += 1
        yield from _record(value, at, findings)
    elif isinstance(value.get("ocid"), str) or _RELEASE_KEYS & set(value):
        kinds["compiled release without package" if _is_compiled(value) else "release without package"] += 1
        yield from _release(value, at, findings)
    else:
        findings.say("not_ocds", at, ", ".join(map(str, list(value)[:8])), kept=False)


def declared(value: Node) -> str | None:
    """The version of OCDS that a package, record or release states, as 1.1; None if it states none that can be read."""
    found = _VERSION.fullmatch(value["version"]) if isinstance(value.get("version"), str) else None
    return found[1] if found else None


def _is_compiled(release: Node) -> bool:
    tag = release.get("tag")
    return tag == "compiled" or (isinstance(tag, list) and "compiled" in tag)


def _release(value: Any, at: At, findings: Findings, version: str | None = None) -> Iterator[Release]:
    if not isinstance(value, dict):
        findings.say("wrong_type", at, type(value).__name__, kept=False)
    elif isinstance(value.get("url"), str) and not _RELEASE_KEYS & set(value):
        findings.say("linked_release", at, value["url"], kept=False)
    elif not value:
        findings.say("not_ocds", at, "{}", kept=False)
    else:
        yield "compiled release" if _is_compiled(value) else "release", value, at, version or declared(value)


def _record(value: Any, at: At, findings: Findings, version: str | None = None) -> Iterator[Release]:
    """The compiled release of a record; else its embedded releases. Links are told once the record has nothing else."""
    if not isinstance(value, dict):
        findings.say("wrong_type", at, type(value).__name__, kept=False)
        return
    embedded = value.get("releases") if isinstance(value.get("releases"), list) else []
    if isinstance(value.get("compiledRelease"), dict) and value["compiledRelease"]:
        findings.count("release_in_compiled", len(embedded or []))
        ocid = {"ocid": value["ocid"]} if "ocid" in value else {}
        release = {**ocid, **value["compiledRelease"]}
        yield "record", release, inside(at, "compiledRelease"), version or declared(value) or declared(release)
        key = process_key(release, findings.file, inside(at, "compiledRelease"))
        for i, item in enumerate(embedded or []):
            if isinstance(item, dict) and _RELEASE_KEYS & set(item):
                yield EMBEDDED, {**item, "ocid": key}, inside(at, f"releases[{i}]"), None
        return
    if not embedded:
        findings.say("record_without_release", at, value.get("ocid"), kept=False)
    for i, item in enumerate(embedded or []):
        yield from _release(item, inside(at, f"releases[{i}]"), findings, version)


def process_key(release: Node, file: str, at: At) -> str:
    """The ocid; a release without one is a process by itself, named by its place."""
    ocid = release.get("ocid")
    if isinstance(ocid, str) and ocid.strip():
        return ocid.strip().encode("utf-8", "replace").decode("utf-8")
    return ":".join(str(part) for part in (file, at[0], at[1]) if part)


def _add(found: Found, kind: str, value: Node, at: At, version: str | None, findings: Findings) -> None:
    key = process_key(value, findings.file, at)
    if kind == EMBEDDED:
        found.embedded.setdefault(key, []).append(marked(value, at, Findings(findings.file)))  # told of where it is compiled
        return
    if not isinstance(value.get("ocid"), str) or not value["ocid"].strip():
        findings.say("ocid_missing", at, value.get("id") if isinstance(value.get("id"), str) else None)
    version = version or ("1.1" if "parties" in value else "1.0")
    found.versions.add(version)
    found.versions_of.setdefault(key, set()).add(version)
    found.by_process.setdefault(key, []).append(marked(value, at, findings))


def _process(found: Found, key: str, group: list[Node], findings: Findings) -> Process | None:
    releases_ = ordered(group, findings)
    try:
        release = merged(releases_, findings, found.versions_of[key])
        embedded = ordered(found.embedded.get(key, []), Findings(findings.file))
        return processes.process(key, release, releases_, findings, embedded)
    except RecursionError:
        findings.say("nested_too_deep", at_of(releases_[-1]), key, kept=False)
        return None


def _kind(found: Found) -> str:
    """`OCDS 1.1 release packages, 10`; the version is the one declared, else told by parties, which 1.0 has not."""
    parts = [f"{kind if number == 1 else _NAMES[kind]}, {number}" for kind, number in found.kinds.items() if number]
    return f"OCDS {' and '.join(sorted(found.versions))} {'; '.join(parts)}"
