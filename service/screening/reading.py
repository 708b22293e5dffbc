"""What the reader of tender files says, in the reader's language: what a file was taken for, what could not be used and what to do.

Belongs here: the way from the English of a reading to the language of the sheet. Does not belong here: the sentences
(data/vocabulary/tender_refusal.yml), where they stand (sheet, terminal).
"""

from __future__ import annotations

import re
from functools import lru_cache

from data import model
from data.procurement import Reading, Refusal
from service.screening import spans
from service.screening.wording import Words

TABLE = re.compile(r"table of bidders \((?P<kind>[^)]*)\), (?P<n>\d+) rows?")
OCDS = re.compile(r"OCDS (?P<versions>[\d.]+(?: and [\d.]+)*) (?P<parts>\D.*, \d+)")
PART = re.compile(r"(?P<name>\D+?)s?(?P<tail> without package)?, (?P<n>\d+)")
FRENCH = "fr"


@lru_cache
def _codes() -> dict[str, model.Code]:
    """The sentences of the reader, by their English."""
    return {code.en: code for code in model.vocabulary("tender_refusal").codes.values()}


def _sentence(text: str, words: Words) -> str:
    found = _codes().get(text)
    return words.set(found.fr) if found and words.language == FRENCH else text


def refusal(one: Refusal, words: Words) -> tuple[str, str]:
    """Reason and next step; as the reader wrote them where the vocabulary no longer knows them."""
    found = _codes().get(one.reason)
    step = words.set(str(found.values["next_fr"])) if found and words.language == FRENCH else one.next_step
    return spans.sentence(_sentence(one.reason, words)), spans.sentence(step)


def is_foreign(one: Refusal, words: Words) -> bool:
    """Whether a reason can be shown in English only."""
    return words.language == FRENCH and one.reason not in _codes()


def ignored(found: Reading, words: Words) -> list[str]:
    """What was passed over on purpose, each with its number. `more of the same kind: reason` is two sentences in one."""
    told = []
    for why, number in found.ignored.items():
        outer, _, inner = why.partition(": ")
        parts = [why] if why in _codes() or outer not in _codes() else [outer, inner]
        told.append(words("common.colon").join([*(spans.clean(_sentence(part, words)) for part in parts), words.number(number)]))
    return told


def kind(text: str, words: Words) -> str:
    """What a file was taken for: `OCDS 1.1, lots de publications (release packages), 10`. English is as the reader wrote it."""
    if words.language != FRENCH:
        return spans.clean(text)
    if found := TABLE.fullmatch(text):
        return words.count("reading.table", int(found["n"]), kind=spans.clean(found["kind"]))
    found = OCDS.fullmatch(text)
    parts = [PART.fullmatch(part) for part in found["parts"].split("; ")] if found else []
    if not found or not all(parts):
        return spans.clean(text)
    told = [_part(part, words) for part in parts if part]
    versions = words("reading.and").join(found["versions"].split(" and "))
    return f"OCDS {versions}, {words('common.semicolon').join(told)}"


def _part(found: re.Match[str], words: Words) -> str:
    """One kind of container and how many there are."""
    number, code = int(found["n"]), f"{found['name']}{found['tail'] or ''}".replace(" ", "_")
    form = "one" if number <= 1 else "many"
    return f"{words.get(f'reading.{code}.{form}', code.replace('_', ' '))}, {words.number(number)}"
