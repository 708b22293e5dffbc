"""Results of a screening back out as OCDS: the input as it was, with a `screening` object in each release that was screened.

The extension that describes the object is in the folder `extension`. Facts, standing and lists alone are written: no score, no verdict.
Tables and bidders by hand become a new release package (new_package.py). Does not belong here: what the facts are (risk/screening).
"""

from __future__ import annotations

import contextlib
import gzip
import io
import json
import os
import re
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

from data.screening import Connection, Fact, ProcessResult, Screening, SearchedList, TendererResult
from pipelines.procurement import json_text, opening
from pipelines.procurement.findings import At, Findings
from pipelines.procurement.json_text import Broken
from pipelines.procurement.new_package import package
from pipelines.procurement.opening import USUAL, Bounds
from pipelines.procurement.reader import inside, process_key
from pipelines.procurement.splicing import Insertion, elements, members, spliced, with_element, with_member

# Names the extension inside a package. A publisher that hosts the folder `extension` gives its own address instead.
EXTENSION = "urn:deeptier:ocds-extension:screening:1.0"
_LINE = re.compile(r"[^\n]*\n|[^\n]+")


def with_results(
    path: Path | None, screening: Screening, out: Path, *, bounds: Bounds = USUAL, encoding: str | None = None, extension: str = EXTENSION,
) -> None:
    """Writes the file at `path` to `out` with the results of `screening`; compressed if `out` ends in .gz, always in UTF-8.

    `path` None: a bidder by hand. Everything of an OCDS file stays as it was, character by character; lines that are no JSON stay too. The
    same input gives the same bytes. Raises Refused if the file cannot be opened.
    """
    objects = {result.process.process_id: screening_object(screening, result) for result in screening.results}
    results = {key: json.dumps(made, ensure_ascii=False) for key, made in objects.items()}
    with tempfile.TemporaryDirectory() as work, _written(out) as stream:
        findings = Findings(screening.reading.file)
        source = opening.opened(path, Path(work), bounds, findings, encoding) if path else None
        if source is None or source.is_table:
            stream.write(json.dumps(package(screening, objects, extension), ensure_ascii=False, indent=2) + "\n")
            return
        with source.path.open("rb") as raw:
            raw.seek(source.begin)
            if opening.is_lines(source, bounds, findings):
                for number, line in enumerate(raw, 1):
                    stream.write(_line(_text(line), number, results, findings.file, extension))
            else:
                stream.write(_whole(_text(raw.read()), results, findings.file, extension))


def _text(raw: bytes) -> str:
    return raw.decode("utf-8", "surrogateescape")


@contextlib.contextmanager
def _written(out: Path) -> Iterator[IO[str]]:
    """A text file that takes its name once it is complete."""
    handle, name = tempfile.mkstemp(dir=out.parent, prefix=f".{out.name}.")
    try:
        with os.fdopen(handle, "wb") as plain:
            packed = gzip.GzipFile(filename="", mode="wb", fileobj=plain, mtime=0) if out.suffix == ".gz" else None
            with io.TextIOWrapper(packed or plain, encoding="utf-8", errors="surrogateescape", newline="", write_through=True) as stream:
                yield stream
        Path(name).replace(out)
    finally:
        Path(name).unlink(missing_ok=True)


def _line(line: str, number: int | None, results: dict[str, str], file: str, extension: str) -> str:
    """A line with the results; unchanged if it is no JSON."""
    body = line.rstrip("\r\n")
    try:
        return spliced(body, lambda t, at, value, _: _insertions(t, at, value, (number, ""), results, file, extension)) + line[len(body) :]
    except Broken:
        return line


def _whole(text: str, results: dict[str, str], file: str, extension: str) -> str:
    def find(t: str, at: int, value: Any, number: int) -> list[Insertion]:
        return _insertions(t, at, value, (None, f"document {number + 1}: " if several else ""), results, file, extension)

    try:
        several = len(json_text.values(text)[0]) > 1
    except Broken:
        several = False
    try:
        return spliced(text, find)
    except Broken:
        if not opening.has_lines(text):
            return text  # it breaks off: nothing can be put in without guessing what is missing
        lines = _LINE.findall(text)
        return "".join(_line(line, number, results, file, extension) for number, line in enumerate(lines, 1))


def _insertions(
    text: str, at: int, value: Any, place: At, results: dict[str, str], file: str, extension: str
) -> list[Insertion]:
    """What goes into one JSON value of a file: a list, a package, a record or a release."""
    line, path = place
    if isinstance(value, list):
        found = []
        for i, element in enumerate(elements(text, at)[0]):
            found += _insertions(text, element.start, element.value, (line, f"{path}[{i}]"), results, file, extension)
        return found
    if not isinstance(value, dict):
        return []
    parts, packed = {member.key: member for member in members(text, at)[0]}, []
    for key in ("releases", "records"):
        if key not in parts or (key == "releases" and "compiledRelease" in parts) or not isinstance(parts[key].value, list):
            continue
        for i, item in enumerate(elements(text, parts[key].start)[0]):
            inner = inside(place, f"{key}[{i}]")
            packed += (_record if key == "records" else _release)(text, item.start, item.value, inner, results, file)
    if not {"releases", "records"} & set(parts) or "compiledRelease" in parts:
        is_record = "compiledRelease" in parts or ("versionedRelease" in parts and "tag" not in parts)
        return (_record if is_record else _release)(text, at, value, place, results, file)
    if packed:
        stated, name = parts.get("extensions"), json.dumps(extension)
        listed = with_element(text, stated.start, name) if stated and isinstance(stated.value, list) else with_member(
            text, at, "extensions", f"[{name}]"
        )
        packed += [listed] if listed else []
    return packed


def _record(text: str, at: int, value: Any, place: At, results: dict[str, str], file: str) -> list[Insertion]:
    if not isinstance(value, dict):
        return []
    parts = {member.key: member for member in members(text, at)[0]}
    compiled, embedded = parts.get("compiledRelease"), parts.get("releases")
    if compiled and isinstance(compiled.value, dict) and compiled.value:
        outer = {"ocid": value["ocid"]} if "ocid" in value else {}
        return _release(text, compiled.start, {**outer, **compiled.value}, inside(place, "compiledRelease"), results, file)
    if embedded is None or not isinstance(embedded.value, list):
        return []
    return [
        insertion for i, item in enumerate(elements(text, embedded.start)[0])
        for insertion in _release(text, item.start, item.value, inside(place, f"releases[{i}]"), results, file)
    ]  # fmt: skip


def _release(text: str, at: int, value: Any, place: At, results: dict[str, str], file: str) -> list[Insertion]:
    found = results.get(process_key(value, file, place)) if isinstance(value, dict) else None
    return [with_member(text, at, "screening", found)] if found else []


# The object itself ---------------------------------------------------------------------------------------------------


def screening_object(screening: Screening, result: ProcessResult) -> dict[str, Any]:
    """The `screening` object of one process: names as the extension has them, nulls left out."""
    return _full({
        "id": screening.screening_id, "date": screening.made_at.isoformat(), "asOf": screening.as_of.isoformat(), "mode": screening.mode,
        "profile": {"id": screening.profile, "version": screening.profile_version}, "runId": screening.run_id,
        "matcherVersion": screening.matcher_version, "softwareVersion": screening.software_version,
        "tenderers": [_tenderer(each) for each in result.tenderers], "lists": [_searched(each) for each in screening.lists],
    })  # fmt: skip


def _full(value: dict[str, Any]) -> dict[str, Any]:
    return {key: item for key, item in value.items() if item is not None and item != []}


def _iso(day: Any) -> str | None:
    return day.isoformat() if day else None


def _tenderer(result: TendererResult) -> dict[str, Any]:
    stands = result.tenderer
    return _full({
        "id": stands.organisation.organisation_id, "name": stands.organisation.name or None, "standing": result.standing.value,
        "isConsortium": stands.is_consortium or None, "relatedLots": stands.lot_ids,
        "members": [{"id": member.organisation_id, "name": member.name} for member in stands.members],
        "facts": [_fact(fact) for fact in result.facts],
    })  # fmt: skip


def _fact(fact: Fact) -> dict[str, Any]:
    entry, match, declared, tie = fact.entry, fact.match, fact.declaration, fact.connection
    return _full({
        "organizationID": fact.organisation_id, "role": str(fact.role), "state": fact.state.value,
        "list": _full({"id": entry.list_id, "kind": entry.kind, "source": entry.source.source, "publisher": entry.source.publisher,
                       "licence": entry.source.licence, "url": entry.source.url, "receivedOn": _iso(entry.source.received_on)})
        if entry else None,
        "entry": _full({"id": entry.listing_id, "name": entry.name, "status": entry.status, "isInForce": entry.is_in_force,
                        "authority": entry.authority, "programme": entry.programme, "reason": entry.reason,
                        "listedOn": _iso(entry.listed_on), "delistedOn": _iso(entry.delisted_on),
                        "expectedEndOn": _iso(entry.expected_end_on)}) if entry else None,
        "match": {"probability": match.probability, "basis": match.basis, "isConfirmed": match.is_confirmed, "name": match.our_name,
                  "listedName": match.listed_name} if match else None,
        "declaration": _full({"matter": declared.matter, "answer": declared.answer.value, "text": declared.text,
                              "declaredOn": _iso(declared.declared_on)}) if declared else None,
        "connection": _connection(tie) if tie else None,
        "grounds": [
            _full({"id": ground.ground_id, "kind": ground.kind.value, "article": ground.article, "authority": ground.authority,
                   "isWithinLookBack": ground.is_within_look_back, "lookBackUntil": _iso(ground.look_back_until)})
            for ground in fact.grounds
        ],
    })  # fmt: skip


def _connection(tie: Connection) -> dict[str, Any]:
    return _full({
        "kind": tie.kind, "name": tie.name, "effectiveShare": tie.effective_share, "effectiveShareMin": tie.effective_share_min,
        "isControl": tie.is_control or None,
        "steps": [
            _full({"owner": step.owner, "owned": step.owned, "interest": step.interest, "shareMin": step.share_min,
                   "shareMax": step.share_max, "isControl": step.is_control or None, "isIndirect": step.is_indirect or None,
                   "source": step.source, "statedOn": _iso(step.stated_on), "unknownReason": step.unknown_reason})
            for step in tie.steps
        ],
    })  # fmt: skip


def _searched(each: SearchedList) -> dict[str, Any]:
    return _full({
        "id": each.list_id, "source": each.source, "state": each.state.value, "why": each.why, "entries": each.entries,
        "sha256": each.sha256, "receivedOn": _iso(each.received_on), "newestEntryOn": _iso(each.newest_entry_on),
        "ageDays": each.age_days, "licence": each.licence,
    })  # fmt: skip
