"""Objects put into a JSON text without touching anything else of it: every number, space and escape stays as it was.

Belongs here: where things stand in a text. Does not belong here: what is put in (export.py).
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any, NamedTuple

from pipelines.procurement.json_text import Broken, decode_at, mended, values

_SPACE = re.compile(r"[ \t\r\n]*")
_GAP = re.compile(r"[\s,]*")


class Member(NamedTuple):
    """A key of an object, where its value begins and ends, and the value."""

    key: str
    start: int
    end: int
    value: Any


class Insertion(NamedTuple):
    """`text` instead of what stands between `start` and `end`."""

    start: int
    end: int
    text: str


def _skip(text: str, at: int) -> int:
    found = _SPACE.match(text, at)
    return found.end() if found else at


def members(text: str, at: int) -> tuple[list[Member], int]:
    """The members of the object that begins at `at`, and the place of its closing brace. The text must be sound."""
    found: list[Member] = []
    at = _skip(text, at + 1)
    while text[at] != "}":
        key, at = decode_at(text, at, [])
        start = _skip(text, _skip(text, at) + 1)
        value, at = decode_at(text, start, [])
        found.append(Member(key, start, at, value))
        at = _skip(text, at)
        if text[at] == ",":
            at = _skip(text, at + 1)
    return found, at


def elements(text: str, at: int) -> tuple[list[Member], int]:
    """The elements of the list that begins at `at`, and the place of its closing bracket."""
    found: list[Member] = []
    at = _skip(text, at + 1)
    while text[at] != "]":
        value, end = decode_at(text, at, [])
        found.append(Member(str(len(found)), at, end, value))
        at = _skip(text, end)
        if text[at] == ",":
            at = _skip(text, at + 1)
    return found, at


def with_member(text: str, at: int, key: str, value: str) -> Insertion:
    """Puts `key` with the JSON text `value` at the end of the object at `at`, or in the place of the same key."""
    known, end = members(text, at)
    same = next((member for member in reversed(known) if member.key == key), None)
    if same:
        return Insertion(same.start, same.end, value)
    last = known[-1].end if known else end
    return Insertion(last, last, f'{", " if known else ""}{json.dumps(key)}: {value}')


def with_element(text: str, at: int, value: str) -> Insertion | None:
    """Puts the JSON text `value` at the end of the list at `at`; None if it is there."""
    known, end = elements(text, at)
    if any(json.dumps(element.value, ensure_ascii=False) == value for element in known):
        return None
    last = known[-1].end if known else end
    return Insertion(last, last, f'{", " if known else ""}{value}')


def spliced(text: str, find: Callable[[str, int, Any, int], list[Insertion]]) -> str:
    """`text` with the insertions that `find` (text, offset, value, number of the value) gives for each JSON value of it.

    Numbers that JSON does not allow stand in the way of nothing. Raises Broken if the text is no JSON.
    """
    shadow = text
    try:
        values(text)
    except Broken:
        shadow, _ = mended(text, same_length=True)
        values(shadow)
    found: list[Insertion] = []
    gap = _GAP.match(shadow, 0)
    at, number = gap.end() if gap else 0, 0
    while at < len(shadow):
        value, end = decode_at(shadow, at, [])
        found += find(shadow, at, value, number)
        gap = _GAP.match(shadow, end)
        at, number = gap.end() if gap else end, number + 1
    return put(text, found)


def put(text: str, found: list[Insertion]) -> str:
    """`text` with all insertions."""
    parts, done = [], 0
    for start, end, new in sorted(found):
        parts += [text[done:start], new]
        done = end
    return "".join([*parts, text[done:]])
