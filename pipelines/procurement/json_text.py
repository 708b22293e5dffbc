"""JSON as publishers send it: numbers that JSON does not allow, keys that stand twice, files that break off.

Belongs here: text to values, with what was odd about it. Does not belong here: what the values mean.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from pipelines.procurement.findings import At, Findings

LONGEST_INTEGER = 300  # digits; Python refuses to read integers of more than some thousands
_TOKENS = re.compile(r'"(?:[^"\\]|\\.)*"|[^\s"\[\]{}:,]+', re.DOTALL)
# 000, .5, 1., +3, NaN: words that were meant as numbers. Others break a text, as they should.
_ODD = re.compile(r"[-+]?(\.?\d[\d.eE+-]*|nan|inf(inity)?)", re.IGNORECASE)
_LITERAL = re.compile(r"-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?|true|false|null")
_LIST_OF = re.compile(r'\A\s*\[|"(releases|records)"\s*:\s*\[')
_SPACE = re.compile(r"[\s,]*")


class Broken(ValueError):
    """A text that is no JSON; `at` is the offset of the fault."""

    def __init__(self, at: int) -> None:
        super().__init__(f"no JSON at offset {at}")
        self.at = at


def _integer(digits: str) -> int | str:
    return int(digits) if len(digits) <= LONGEST_INTEGER else digits


def decoder(twice: list[str]) -> json.JSONDecoder:
    """Reads one value. Keys that stand twice in an object are put into `twice`; NaN, Infinity and endless integers come out as text."""

    def pairs(items: list[tuple[str, Any]]) -> dict[str, Any]:
        made = dict(items)
        if len(made) != len(items):
            keys = [key for key, _ in items]
            twice.extend(sorted({key for key in keys if keys.count(key) > 1}))
        return made

    return json.JSONDecoder(object_pairs_hook=pairs, parse_int=_integer, parse_constant=str, strict=False)


def decode_at(text: str, at: int, twice: list[str]) -> tuple[Any, int]:
    """The value that begins at `at`, and where it ends. Raises Broken."""
    try:
        value, end = decoder(twice).raw_decode(text, at)
    except (json.JSONDecodeError, RecursionError) as error:
        raise Broken(error.pos if isinstance(error, json.JSONDecodeError) else at) from error
    return value, end


def values(text: str) -> tuple[list[Any], list[str]]:
    """All values of a text, one after the other, and the keys that stand twice. Raises Broken."""
    found: list[Any] = []
    twice: list[str] = []
    at = _gap(text, 0)
    while at < len(text):
        value, at = decode_at(text, at, twice)
        found.append(value)
        at = _gap(text, at)
    return found, twice


def _gap(text: str, at: int) -> int:
    found = _SPACE.match(text, at)
    return found.end() if found else at


def mended(text: str, *, same_length: bool = False) -> tuple[str, list[tuple[int, str]]]:
    """`text` with numbers that JSON does not know (000, .5, NaN, 1.) as strings, and those with their offsets.

    `same_length` puts a zero and spaces instead, so that offsets in the result are offsets in `text`.
    """
    odd: list[tuple[int, str]] = []

    def mend(match: re.Match[str]) -> str:
        word = match[0]
        if word.startswith('"') or _LITERAL.fullmatch(word) or not _ODD.fullmatch(word):
            return word
        odd.append((match.start(), word))
        return "0".ljust(len(word)) if same_length else json.dumps(word)

    return _TOKENS.sub(mend, text), odd


def read(text: str, at: At, findings: Findings) -> list[Any]:
    """All values of `text`; what had to be mended goes to `findings`. Raises Broken, with an offset in `text`."""
    try:
        found, twice = values(text)
    except Broken as broken:
        better, odd = mended(text)
        if not odd:
            raise
        try:
            found, twice = values(better)
        except Broken:
            raise broken from None
        for offset, word in odd:
            findings.say("number_not_json", place_of(text, offset, at), word)
    for key in twice:
        findings.say("key_twice", (at[0], key))
    return found


def place_of(text: str, offset: int, at: At) -> At:
    """Line of `offset`: the line that is known, or counted in a text of many lines."""
    return (at[0] if at[0] is not None else text.count("\n", 0, offset) + 1, at[1])


def salvage(text: str) -> tuple[str | None, list[Any], int]:
    """(releases or records, or None for a bare list; whole items before the fault; offset of the fault) of a text that breaks off."""
    head = _LIST_OF.search(text)
    if head is None:
        return None, [], 0
    items, twice, at = list[Any](), list[str](), head.end()
    while True:
        at = _gap(text, at)
        try:
            value, at = decode_at(text, at, twice)
        except Broken:
            return head[1], items, at
        items.append(value)


def looks_like_a_line(text: str) -> bool:
    """Whether a line is an OCDS document by itself."""
    try:
        found, _ = values(text)
    except Broken:
        return False
    return len(found) == 1 and isinstance(found[0], dict) and bool({"ocid", "releases", "records", "compiledRelease"} & set(found[0]))


def lines_of(text: str) -> Iterator[str]:
    """Lines parted by a line feed alone: JSON strings may hold other separators."""
    start = 0
    while start < len(text):
        end = text.find("\n", start)
        end = len(text) if end < 0 else end
        yield text[start:end]
        start = end + 1
