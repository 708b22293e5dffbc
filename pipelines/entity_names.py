"""Takes apart name cells that hold several names: aliases in brackets, a/k/a, subsidiaries, lists with "and".

A grammar, not a guess: what it does not cover is returned as None, and the caller puts the cell into quarantine.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_FORM = (
    r"Co\.?,? ?Ltd\.?|Ltd\.?|Limited|L\.?L\.?C\.?|Inc\.?|Incorporated|Corporation|Corp\.?|Company|Group|Sdn\.? Bhd\.?|Berhad|Bhd\.?|"
    r"Pvt\.?|P\.?L\.?C\.?|S\.A\. de C\.V\.|S\.R\.L\.|S\.A\.|GmbH|D\.O\.O\.(?: [A-Z]\w+)?"
)
LEGAL_FORM = re.compile(rf"(?:^|[\s,(])(?:{_FORM})\)?(?: \([A-Z]{{2,8}}\))?$", re.IGNORECASE)
_SUFFIX_COMMA = re.compile(rf",\s*(?=(?:{_FORM})(?:[\s,;)]|$))", re.IGNORECASE)
_ALIASES = re.compile(r"\s*\((?=(?:also known as|formerly known as|and one alias|including [\w-]+ alias(?:es)?|a/k/a)\b)", re.IGNORECASE)
_ALIAS_LEAD = re.compile(
    r"^(?:and\s+)?(?:also known as|formerly known as|and one alias:?|including [\w-]+ alias(?:es)?:?|a/k/a|one alias:?)\s*", re.IGNORECASE
)
_FULL_STOP = re.compile(r"(?<!Ltd)(?<!Co)(?<!Inc)(?<!Corp)(?<!Pvt)(?<!Bhd)(?<!\.[A-Z])\.$", re.IGNORECASE)
_NAMED = re.compile(
    r",?\s+and\s+(?:its|their)\s+(?:[\w-]+\s+){0,2}?subsidiar(?:y|ies)(?:\s+from\s+\w+)?,?\s+"
    r"(?P<include>which include,?\s+|including\s+)?(?P<list>[A-Z].*)$"
)
_COVERS = re.compile(
    r",?\s+and\s+(?:(?:all of\s+)?(?:its|their)\s+)?(?:[\w-]+\s+){0,2}?"
    r"(?:subsidiaries(?:\s+and\s+joint ventures)?|subordinates|subordinate and affiliated entities|affiliates)$", re.IGNORECASE,
)


@dataclass(frozen=True)
class Entry:
    """One name with its aliases; `covers_subsidiaries`: the cell adds subsidiaries that it does not name."""

    name: str
    aliases: tuple[str, ...] = ()
    covers_subsidiaries: bool = False


def split_list(text: str) -> list[str]:
    """Names of a list with commas and "and"; commas before a legal form and "and" inside a name stay."""
    guarded = _SUFFIX_COMMA.sub("\0", text.strip())
    parts: list[str] = []
    for piece in re.split(r",\s+(?:and\s+)?", guarded):
        words = piece.split(" and ")
        while words:
            # "and" separates only where the words before it end in a legal form
            cut = next((n for n in range(1, len(words)) if LEGAL_FORM.search(" and ".join(words[:n]).replace("\0", ", "))), len(words))
            parts.append(" and ".join(words[:cut]).replace("\0", ", ").strip())
            words = words[cut:]
    return [part for part in parts if part]


def _bracket(text: str, start: int) -> int | None:
    depth = 0
    for at in range(start, len(text)):
        depth += {"(": 1, ")": -1}.get(text[at], 0)
        if depth == 0:
            return at
    return None


def _aliases(inside: str) -> tuple[str, ...]:
    pieces = re.split(r";\s*|\s+and\s+(?=formerly known as|also known as)", inside)
    bare = [_ALIAS_LEAD.sub("", re.sub(r"^and\s+", "", piece.strip(" ,"))).strip(" ,;") for piece in pieces]
    return tuple(name for name in bare if name)


def _acronym(entry: Entry) -> Entry:
    """A short form in capitals after the name is an alias: "... Corporation (XPCC)"."""
    match = re.fullmatch(r"(.+?)\s*\(([A-Z]{3,8})\)", entry.name)
    return Entry(match[1], (match[2], *entry.aliases), entry.covers_subsidiaries) if match else entry


def read(cell: str) -> list[Entry] | None:
    """The names of a UFLPA name cell, the main one first; None when the grammar does not cover it."""
    text, aliases = " ".join(cell.split()), tuple[str, ...]()
    while match := _ALIASES.search(text):
        end = _bracket(text, text.index("(", match.start()))
        if end is None:
            return None
        aliases += _aliases(text[text.index("(", match.start()) + 1:end])
        text = f"{text[:match.start()]}{text[end + 1:]}".strip()
    named = _NAMED.search(text)
    if named:
        others = split_list(_FULL_STOP.sub("", named["list"]))
        entries = [Entry(text[:named.start()].strip(" ,"), aliases, bool(named["include"])), *(Entry(name) for name in others)]
    else:
        covers = _COVERS.search(text)
        entries = [Entry((text[:covers.start()] if covers else text).strip(" ,"), aliases, bool(covers))]
    leftover = re.compile(r"known as|alias|subsidiar|[;]", re.IGNORECASE)
    names = [name for entry in entries for name in (entry.name, *entry.aliases)]
    if any(not name or leftover.search(name) or name.count("(") != name.count(")") for name in names):
        return None
    return [_acronym(entry) for entry in entries]


def read_order(cell: str) -> list[Entry] | None:
    """The producers of a CBP entity cell; None unless every name ends in a legal form, for a mine field reads like a name too."""
    text = re.sub(r"\s*\(collectively,[^)]*\)", "", " ".join(cell.split()).rstrip("; "))
    entries: list[Entry] = []
    for segment in re.split(r";\s*", text):
        main, *others = re.split(r",?\s+a/k/a\s+", segment)
        found = read(main)
        if found is None:
            return None
        first, named = found[0], found[1:]
        names = split_list(first.name)
        for name in names:
            own = tuple(others) if len(names) == 1 else ()
            entries.append(Entry(name, first.aliases + own, first.covers_subsidiaries))
        entries += named
    return entries if entries and all(LEGAL_FORM.search(entry.name) for entry in entries) else None
