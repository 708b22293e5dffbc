"""Words that stand for something missing, and names that speak of a group of companies.

Does not belong here: comparing names (pipelines/resolution).
"""

from __future__ import annotations

import re
from functools import lru_cache

from pipelines import normalise
from pipelines.normalise import fold

# Names by which groups of bidders call themselves. Such a name is never taken apart: members are asked for.
_GROUP = re.compile(
    r"\b(consorcio|consorci|consorzio|consortium|consortia|konsortium|konsorcjum|konzorcium|groupement|union temporal|joint ventures?|j v|"
    r"bietergemeinschaft|arbeitsgemeinschaft|arge|raggruppamento temporaneo|agrupamento|agrupacion temporal|promesa de consorcio|"
    r"associes|консорциум|консорціум|простое товарищество)\b|^(ute|u t e|rti|ati|jv|ut)\b|\b(ute|jv)$|(联合体|聯合體|共同投標|共同企業体)"
)
_MARKS = re.compile(r"[\u02b0-\u02ff\u0559]")  # apostrophes and quotes that count as letters


_FOR_NAMES = frozenset(("trial", "unnamed_bidder", "without_name"))  # codes that an id may well be: an id `supplier` means something


@lru_cache
def _missing_words(names: bool) -> frozenset[str]:
    known = normalise.code_names("missing_word").items()
    return frozenset(word for word, code in known if names or code not in _FOR_NAMES) | {""}


@lru_cache(maxsize=100_000)
def is_missing(text: str) -> bool:
    """Whether `text` stands for a name, or a part of an address, that is not there: a word for it, signs alone, one sign repeated."""
    key = fold(text)
    bare = key.replace(" ", "")
    return key in _missing_words(True) or bare in _missing_words(True) or (len(bare) > 2 and len(set(bare)) == 1) or bare == "0"


@lru_cache(maxsize=100_000)
def is_missing_number(text: str) -> bool:
    """Whether `text` stands for a register number that is not there: a word for it, signs alone, zeros, one sign repeated."""
    bare = fold(text).replace(" ", "")
    return is_missing_id(text) or set(bare) == {"0"} or (len(bare) > 3 and len(set(bare)) == 1)


def is_missing_id(text: str) -> bool:
    """Whether `text` stands for an id that is not there. Ids are a file's own: 0 and 11 are ids like any other."""
    key = fold(text)
    return key in _missing_words(False) or key.replace(" ", "") in _missing_words(False)


def suggests_group(name: str) -> bool:
    """Whether a name speaks of several companies bidding together."""
    return bool(_GROUP.search(fold(name)))


@lru_cache(maxsize=100_000)
def key_of(name: str) -> str:
    """Under which two spellings of a name are one: without case, accents, punctuation and spaces."""
    return fold(_MARKS.sub(" ", name)).replace(" ", "") or name.casefold()
