"""What lists of debarments share: name cells with aliases, ends that are words, and one shape of entry.

Belongs here: what every bank's list needs. Which columns a bank has, and how it is asked, stands in its own folder.
"""

from __future__ import annotations

import datetime as dt
import html
import re
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from data import model
from pipelines import entity_names, keys
from pipelines.normalise import fold
from pipelines.records import Gather, Parsed, Record, read_day
from pipelines.sheets import clean
from pipelines.sources import _published

FOREVER = 2900  # a year from here on is written for "no end" (31-Dec-2999)
WORDS = Path(__file__).with_name("_subject_words.yml")
MILLISECONDS = re.compile(r"-?\d{11,14}")
FOOTNOTE = re.compile(r"\s*\*+\s*\d*(?:\s*,\s*\*?\d+)*")
INTRODUCTION = (
    r"(?:(?:also|formerly|previously|currently|now|alternatively)\s+(?:known|called|doing\s+business|trading|spelled|registered)(?:\s+as)?"
    r"|formerly|doing\s+business\s+as|trading\s+as|[afnc](?:\.\s?|\s|/)?k(?:\.\s?|\s|/)?a\b\.?|d(?:\.\s?|/)?b(?:\.\s?|/)?a\b\.?|t/a\b)"
)
BRACKET = re.compile(rf"\s*[\[(]\s*(?={INTRODUCTION}[\s:,])", re.IGNORECASE)
SPLIT = re.compile(rf"(?:\s*[,;]\s*(?:and\s+)?|\s+(?:and\s+)?|^){INTRODUCTION}[\s:,]+", re.IGNORECASE)
LEFT = re.compile(r"\b(?:a\.?k\.?a|[af]/k/a|d/b/a|known as|doing business)\b|\*", re.IGNORECASE)
TITLE = re.compile(r"^(?:mr|mrs|ms|miss|dr|eng|engr|prof)\b\.?\s+(?=\S)", re.IGNORECASE)
NAMED = ("name", "other_names", "kind")
PAIRS = {")": "(", "]": "["}


@lru_cache
def _words() -> dict[str, list[str]]:
    found: dict[str, list[str]] = model.read_yaml(WORDS)
    return found


@lru_cache
def _folded(more: tuple[tuple[str, tuple[str, ...]], ...]) -> list[tuple[str, list[str]]]:
    added = dict(more)
    return [(code, [f" {fold(word)} " for word in (*words, *added.get(code, ()))]) for code, words in _words().items()]


@lru_cache(maxsize=10_000)  # lists repeat the same grounds thousands of times
def _subject(text: str, more: tuple[tuple[str, tuple[str, ...]], ...]) -> str | None:
    padded = f" {fold(text)} "
    return next((code for code, words in _folded(more) if any(word in padded for word in words)), None)


def subject(text: str | None, more: dict[str, list[str]] | None = None) -> str | None:
    """What `text` (grounds, comments) says an entry is about, a code of listing_subject; None when no known word stands in it."""
    return _subject(text, tuple((code, tuple(words)) for code, words in (more or {}).items())) if text else None


def plain(text: str | None) -> str | None:
    """`text` without HTML tags and entities (which may be escaped twice)."""
    if text is None:
        return None
    return clean(re.sub(r"<[^<>]{0,500}>", " ", html.unescape(html.unescape(text))))


def _closing(text: str, start: int) -> int | None:
    opened: list[str] = []
    for at in range(start, len(text)):
        if text[at] in "([":
            opened.append(text[at])
        elif text[at] in PAIRS:
            if not opened or opened.pop() != PAIRS[text[at]]:
                return None
            if not opened:
                return at
    return None


def _listed(text: str) -> list[str]:
    """Aliases of one cell: set apart by semicolons, and by commas where every piece ends in a legal form."""
    found: list[str] = []
    for piece in (part.strip(" ,;:") for part in re.split(r";|\s\|\s", text)):
        names = entity_names.split_list(piece)
        found += names if len(names) > 1 and all(entity_names.LEGAL_FORM.search(name) for name in names) else [piece]
    return [name.strip(" '\"“”‘’") for name in found if name]


def names(cell: str, separator: str | None = None) -> tuple[str, list[str], bool]:
    """The name in `cell`, its aliases, and whether the grammar covers the cell (else the cell is the name, without aliases).

    Grammar: NAME {footnote} {"(" intro ALIAS {";" | intro ALIAS} ")"} {intro ALIAS}, where intro is a.k.a., formerly, d/b/a ..., and a
    footnote is an asterisk and numbers; or NAME {separator NAME}.
    """
    whole = plain(cell) or ""
    if separator:
        first, *others = [name for part in whole.split(separator) if (name := clean(part))] or [whole]
        return first, others, bool(whole)
    inside: list[str] = []
    text = FOOTNOTE.sub(" ", whole).strip()
    while match := BRACKET.search(text):
        start = next(at for at in range(match.start(), len(text)) if text[at] in "([")
        end = _closing(text, start)
        if end is None:
            return whole, [], False
        inside += [part for part in SPLIT.split(text[start + 1:end]) if part.strip(" ,;")]
        text = f"{text[:match.start()]} {text[end + 1:]}".strip()
    main, *after = [part.strip(" ,;") for part in SPLIT.split(text)]
    aliases = [name for part in (*inside, *after) for name in _listed(part)]
    name = clean(main)
    every = [name or "", *aliases]
    is_covered = all(one and one.count("(") == one.count(")") and not LEFT.search(one) for one in every)
    return (name or whole, list(dict.fromkeys(one for one in aliases if one != name)), True) if is_covered else (whole, [], False)


def day(gather: Gather, record: Record, column: str) -> dt.date | None:
    """The day in a cell: in the source's order, ISO (a time is dropped), 05-Jan-2021, milliseconds since 1970; else rejected, row kept."""
    value = record[column]
    if value is None:
        return None
    if MILLISECONDS.fullmatch(value):  # midnight where the publisher sits
        instant = dt.datetime(1970, 1, 1, tzinfo=dt.UTC) + dt.timedelta(milliseconds=int(value))
        return instant.astimezone(ZoneInfo("Europe/Brussels")).date()
    found = read_day(re.sub(r"^(\d{4}-\d\d-\d\d)[T ].*$", r"\1", value), gather.source.date_order)
    for form in () if found else ("%d-%b-%Y", "%d %b %Y", "%d %B %Y", "%b %d, %Y", "%B %d, %Y"):
        try:
            return dt.datetime.strptime(value, form).date()  # noqa: DTZ007  (a day has no zone)
        except ValueError:
            continue
    if found is None:
        gather.reject(record, column, "not a date", "Compare with the publisher's page; the entry counts without it.", is_row_kept=True)
    return found


def term(gather: Gather, record: Record) -> tuple[dt.date | None, dt.date | None, str]:
    """First day, last day and the period in words. A year from 2900, a word such as Ongoing, or a blank is no end."""
    begun, word = day(gather, record, "from"), record["until"]
    is_open = word is not None and word.casefold() in (known.casefold() for known in gather.source.lookups["open_ended"])
    ended = None if is_open else day(gather, record, "until")
    if ended is not None and ended.year >= FOREVER:
        ended, is_open = None, True
    end = f"until {ended}" if ended else f"no end: {word}" if is_open else "no end stated"
    return begun, ended, f"from {begun}, {end}" if begun else end


def kind(gather: Gather, record: Record, name: str) -> str:
    """organisation, person or vessel: by the list's own word, else person where a title (Mr, Dr) stands before the name."""
    known = {fold(word): code for word, code in (gather.source.lookups["values"].get("kind") or {}).items()}
    word = record["kind"]
    if word is not None and fold(word) in known:
        return str(known[fold(word)])
    if word is not None:
        step = "Add it to lookups.values.kind; the entry is read as an organisation."
        gather.reject(record, "kind", "a word that the source does not know", step, is_row_kept=True)
    return "person" if TITLE.match(name) and not entity_names.LEGAL_FORM.search(name) else "organisation"


def severity(code: str | None) -> int | None:
    """Least severity of an entry that is itself about labour: 4 for forced labour and trafficking, else 3; None leaves the list's own."""
    is_labour = code is not None and model.vocabulary("listing_subject").codes[code].values["is_labour"]
    return (4 if code in ("forced_labour", "human_trafficking") else 3) if is_labour else None


def reason(gather: Gather, record: Record, name: str) -> str | None:
    """The grounds, what further columns add to them (lookups.reason_also: column, words before it), and the name cell as printed."""
    also = gather.source.lookups.get("reason_also", {}).items()
    parts = [record["reason"], *[f"{words}: {record[column]}" for column, words in also if record[column]]]
    return "; ".join(part for part in (*parts, None if record["name"] == name else f"name as printed: {record['name']}") if part) or None


def listing(gather: Gather, record: Record, list_id: str, **values: Any) -> None:
    """Keeps one entry from the cells name, other_names, kind, country, address, city, from, until, reason, programme, number.

    `values` come before what the cells say. An entry whose end has passed when the copy was seen is expired; it is kept and not counted.
    """
    record = replace(record, cells={column: plain(value) for column, value in record.cells.items()})
    lookups, cell = gather.source.lookups, record["name"]
    if cell is None or not any(value for column, value in record.cells.items() if column not in NAMED):
        gather.reject(record, "name", "no name, or nothing but a name", "Compare with the publisher's page: this may be a note.")
        return
    name, aliases, is_covered = names(cell, lookups.get("name_separator"))
    if not is_covered:
        step = "The entry counts under the whole cell; read the aliases on the publisher's page."
        gather.reject(record, "name", "a name cell that the grammar does not cover", step, is_row_kept=True)
    aliases += [one for one in _listed(FOOTNOTE.sub(" ", record["other_names"] or "")) if one not in (name, *aliases)]
    begun, ended, period = term(gather, record)
    entity, about = kind(gather, record, name), subject(record["reason"], lookups.get("subjects"))
    is_crossed = "cross debar" in fold(record["reason"] or "")
    place = [part for part in (record["address"], record["city"]) if part]
    row = {
        "listing_id": keys.listing_key(list_id, name, None, begun, record["number"] or record["country"]), "list_id": list_id,
        "name": TITLE.sub("", name) if entity == "person" else name, "aliases": aliases or None, "entity_type": entity,
        "country": gather.country(record, is_row_kept=True), "place": record["city"], "address": clean(", ".join(place).replace("$", ", ")),
        "programme": record["programme"] or ("cross-debarment" if is_crossed else None), "subject": about, "severity": severity(about),
        "authority": gather.source.publisher, "listed_on": begun, "listed_on_basis": "stated", "delisted_on": ended,
        "status": "expired" if ended is not None and ended <= gather.snapshot.retrieved_on else "active", "status_note": period,
        "reason": reason(gather, record, name), "url": gather.source.url,
    }
    gather.keep("listing", record, **{**row, **values})


def parse(snapshot: Any, *path: str, inside: str | None = None) -> Parsed:
    """The listings of a bank's file: one per row. `path` and `inside` as in _published.tables."""
    gather = Gather(snapshot)
    for table in _published.tables(gather, *path, inside=inside):
        for record in gather.records(table)[1]:
            listing(gather, record, gather.source.id)
    return gather.parsed()
