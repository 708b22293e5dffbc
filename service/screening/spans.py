"""Pieces of text for a sheet: what HTML and PDF show the same way. A piece is data, never markup, so that no name can become any.

Belongs here: cleaning, cutting and transliterating one piece. Does not belong here: which piece stands where (facts, sheet).
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

from service.render import CONTROL
from service.screening.wording import RIGHT_TO_LEFT, Words, language_of, script

Span = dict[str, Any]
LONGEST = 400  # characters of one name or value in a sheet; the JSON file has it whole
SYLLABLES = frozenset({"CJK", "HANGUL"})  # written without blanks: one syllable a character
INVISIBLE = dict.fromkeys(map(ord, "\u200b\u200e\u200f\u2060\ufeff"))


def clean(text: str) -> str:
    """One line without control characters, marks of direction and characters that cannot be written."""
    shown = " ".join(CONTROL.sub("\ufffd", text.replace("\n", " ").replace("\r", " ").replace("\t", " ")).split())
    return shown.translate(INVISIBLE).encode("utf-8", "replace").decode("utf-8")


@lru_cache(maxsize=20_000)
def latin(text: str) -> str | None:
    """`text` in Latin letters; None where it has them already."""
    if script(text) is None:
        return None
    from anyascii import anyascii

    letters = anyascii(text)
    if script(text) in SYLLABLES:
        letters = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", letters)
    return " ".join(letters.split()) or None


def plain(text: str, kind: str = "") -> Span:
    """A piece in the sheet's own language. `kind`: strong, code, quiet or nothing."""
    return {"t": text, "lang": None, "dir": None, "latin": None, "kind": kind}


def breaking() -> Span:
    """A new line."""
    return plain("", "break")


def cut(text: str, words: Words) -> str:
    """`text`, or its beginning and how long it is."""
    return text if len(text) <= LONGEST else text[:LONGEST] + words("sheet.name_cut", n=words.number(len(text)))


def foreign(text: str | None, words: Words, country: str | None = None, kind: str = "") -> Span:
    """A piece as a file or list has it, with its language, direction and Latin letters where it has others."""
    whole = clean(text or "")
    letters = latin(whole[:LONGEST])
    return {
        "t": cut(whole, words),
        "lang": language_of(whole, country),
        "dir": "rtl" if script(whole) in RIGHT_TO_LEFT else None,
        "latin": letters,
        "kind": kind,
    }


def name(text: str | None, words: Words, country: str | None = None) -> list[Span]:
    """A name, or that there is none."""
    return [foreign(text, words, country, "name")] if clean(text or "") else [plain(words("sheet.no_name"), "quiet")]


def text_of(spans: list[Span]) -> str:
    """The pieces as one line, for a terminal."""
    return "".join("; " if span["kind"] == "break" else f"{span['t']} ({span['latin']})" if span["latin"] else span["t"] for span in spans)


def spoken(text: str | None, words: Words) -> str:
    """A name inside a sentence: in Latin letters, or that there is none."""
    whole = clean(text or "")
    return latin(whole[:LONGEST]) or cut(whole, words) if whole else words("sheet.no_name")


def sentence(text: str) -> str:
    """`text` with a capital and a full stop: readers of files give clauses and sentences."""
    whole = clean(text)
    return whole[:1].upper() + whole[1:] + ("" if whole.endswith((".", "!", "?", "…")) else ".") if whole else ""
