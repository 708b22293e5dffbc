"""Statements of the Beneficial Ownership Data Standard, whichever version, as one shape; the latest of each record.

Belongs here: versions and their differences. What an interest means stands in the source that reads statements.
"""

from __future__ import annotations

import datetime as dt
import json
import math
import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from pipelines.records import Gather, Record, read_day
from pipelines.registry import Source
from pipelines.sheets import ParseError, clean

AGAIN = "Get the file again."
BETWEEN = re.compile(r"[\s,]*")
KINDS = {"entityStatement": "entity", "personStatement": "person", "ownershipOrControlStatement": "relationship"}


class Statement(NamedTuple):
    """One statement: `key` is its record (0.4) or itself (older), `kind` entity, person or relationship, `body` what it states."""

    key: str
    kind: str
    body: dict[str, Any]
    stated_on: dt.date | None
    order: tuple[str, str]
    is_closed: bool
    register: str
    url: str | None
    replaces: tuple[str, ...]


def word(value: Any) -> str:
    """`value` without hyphens, blanks and capitals: "voting-rights" and "votingRights" are one."""
    return "".join(char for char in str(value or "").casefold() if char.isalnum())


def number(value: Any) -> float | None:
    """A finite number; None for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        found = float(value)
    except ValueError:
        return None
    return found if math.isfinite(found) else None


def _after(text: str, at: int) -> int:
    """The place after blanks and commas."""
    match = BETWEEN.match(text, at)
    return match.end() if match else at


def _items(name: str, content: bytes) -> Iterator[Any]:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ParseError(f"{name}: not UTF-8 ({error}). {AGAIN}") from error
    decoder, at = json.JSONDecoder(), _after(text, 0)
    if text[at:at + 1] not in ("[", "{"):
        raise ParseError(f"{name}: neither a JSON array of statements nor JSON Lines. {AGAIN}")
    is_array = text[at] == "["
    at, n = _after(text, at + is_array), 0
    while at < len(text) and not (is_array and text[at] == "]"):  # one statement at a time, so that a long file is never held as objects
        n += 1
        try:
            item, at = decoder.raw_decode(text, at)
        except (ValueError, RecursionError) as error:
            raise ParseError(f"{name}, statement {n}: not whole JSON ({error}). {AGAIN}") from error
        yield item
        at = _after(text, at)
    if is_array and at >= len(text):
        raise ParseError(f"{name}: not whole JSON (the array is not closed after statement {n}). {AGAIN}")


def _statement(item: dict[str, Any]) -> Statement | None:
    """The statement in `item`; None when it is none of any version."""
    details, source = item.get("publicationDetails"), item.get("source")
    details, source = details if isinstance(details, dict) else {}, source if isinstance(source, dict) else {}
    publisher = details.get("publisher")
    name = clean(source.get("description")) or clean(publisher.get("name") if isinstance(publisher, dict) else None) or "not stated"
    published, stated = str(details.get("publicationDate") or ""), str(item.get("statementDate") or "")
    shared = (read_day(stated[:10], "ymd") or read_day(published[:10], "ymd"), (stated, published))
    url = source.get("url") if isinstance(source.get("url"), str) else None
    if isinstance(item.get("recordDetails"), dict) and item.get("recordType") in ("entity", "person", "relationship"):
        key, body = clean(str(item.get("recordId") or item.get("statementId") or "")), item["recordDetails"]
        return Statement(key, item["recordType"], body, *shared, item.get("recordStatus") == "closed", name, url, ()) if key else None
    kind, key = KINDS.get(str(item.get("statementType"))), clean(str(item.get("statementID") or ""))
    replaced = tuple(str(one) for one in item.get("replacesStatements") or ())
    return Statement(key, kind, item, *shared, False, name, url, replaced) if kind and key else None


def latest(gather: Gather) -> list[tuple[Record, Statement]]:
    """The newest statement of each record, in the order of the files, with its place; what is older is counted and told."""
    found: dict[str, tuple[Record, Statement]] = {}
    older, first, replaced = 0, None, set[str]()
    for name in gather.snapshot.files:
        part, count = gather.part(name), 0
        for count, item in enumerate(_items(name, gather.snapshot.read(name)), 1):
            one = _statement(item) if isinstance(item, dict) else None
            shown = str(item.get("statementId") or item.get("statementID") or "") if isinstance(item, dict) else None
            record = Record(part, name, count, {"statement": shown})
            if one is None:
                gather.reject(record, None, "no statement of an entity, a person or a relationship", "Compare with the standard.")
                continue
            replaced.update(one.replaces)
            before = found.get(one.key)
            if before is not None:
                older, first = older + 1, first or record
            if before is None or one.order >= before[1].order:
                found[one.key] = (record, one)
        if not count:
            raise ParseError(f"{name}: no statement in it. {AGAIN}")
    gone = [key for key in replaced if key in found]
    first = first or (found[gone[0]][0] if gone else None)
    if first is not None:
        what = f"{older + len(gone)} statements that a later one of the same record replaces: passed over"
        gather.reject(first, "statement", what, "Nothing.")
    return [entry for key, entry in found.items() if key not in replaced]


def identifiers(source: Source, body: dict[str, Any]) -> list[str]:
    """SCHEME:ID of a statement's identifiers that name a scheme."""
    schemes = source.lookups["schemes"]
    entries = [entry for entry in body.get("identifiers") or [] if isinstance(entry, dict)]
    pairs = [(clean(entry.get("scheme")) or clean(entry.get("schemeName")), clean(str(entry.get("id") or ""))) for entry in entries]
    return list(dict.fromkeys(f"{schemes.get(scheme, scheme)}:{value}" for scheme, value in pairs if scheme and value))


def key(source: Source, one: Statement) -> str:
    """The key of an entity or person: its LEI, else its first identifier, else its record. A person's number is never used."""
    found = [] if one.kind == "person" else identifiers(source, one.body)
    return next((value for value in found if value.startswith("LEI:")), found[0] if found else f"BODS:{one.key}")


def subject(one: Statement) -> str:
    """The record (older: the statement) of the organisation owned."""
    value = one.body.get("subject")
    if isinstance(value, dict):
        value = value.get("describedByEntityStatement")
    return clean(str(value or "")) or "not-stated"


def owner(one: Statement) -> tuple[str | None, str | None]:
    """The record of the interested party, or None and the reason why none is named. An object in its place is an unknown party."""
    value = one.body.get("interestedParty")
    if isinstance(value, str) and clean(value):
        return clean(value), None
    party = value if isinstance(value, dict) else {}
    named = party.get("describedByEntityStatement") or party.get("describedByPersonStatement")
    if named:
        return clean(str(named)), None
    unspecified = party.get("unspecified")
    return None, str((unspecified if isinstance(unspecified, dict) else party).get("reason") or "")
