"""The words of names: legal forms, abbreviations and translations, numbers, titles, forms of given names, and what each word weighs.

Belongs here: reading legal_forms.yml, words.yml and model/tokens.csv into the tables that names.py and compare.py use.
Does not belong here: how a name is taken apart (names.py).
"""

from __future__ import annotations

import math
from collections import defaultdict
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import polars as pl

from data import model

HERE = Path(__file__).parent
TOKENS = HERE / "model" / "tokens.csv"
# Kinds of words. A sign in `n_kinds` is chr(48 + 10 * kind + weight), weight 0 to 9.
NAME, GENERIC, PLACE, NUMBER, INITIAL, PARTICLE = range(6)
FIRST_SIGN = 48
_UNCOUNTED = 1e-4  # share of names taken for what has not been counted
_SIGNS = 37  # letters, digits and the end of a word
_FREQUENT = 0.05  # a word in one of 20 names weighs nothing


@lru_cache
def words() -> dict[str, Any]:
    found: dict[str, Any] = model.read_yaml(HERE / "words.yml")
    return found


@lru_cache
def families() -> dict[str, str]:
    """Family of every legal form: any, private, public, partnership, association, sole, state."""
    table: dict[str, dict[str, list[str]]] = model.read_yaml(HERE / "legal_forms.yml")
    return {str(code): family for family, codes in table.items() for code in codes}


@lru_cache
def legal_forms() -> dict[str, str]:
    """Spelling -> `#code`."""
    table: dict[str, dict[str, list[str]]] = model.read_yaml(HERE / "legal_forms.yml")
    found: dict[str, str] = {}
    for codes in table.values():
        for code, spellings in codes.items():
            for spelling in spellings:
                found.setdefault(str(spelling), f"#{code}")
    return found


@lru_cache
def forms_no_person_has() -> frozenset[str]:
    return frozenset({"llc", "ltd", "inc", "gmbh", "plc", "corp", "limited", "incorporated", "corporation"})


@lru_cache
def native() -> dict[str, str]:
    table: dict[str, str] = words()["native"]
    return dict(sorted(table.items(), key=lambda item: -len(item[0])))


@lru_cache
def noise() -> frozenset[str]:
    return frozenset(map(_text, words()["noise"]))


def _text(value: object) -> str:
    """YAML reads `no`, `y` and `on` as truth values."""
    return {True: "y", False: "no"}.get(value, str(value)) if isinstance(value, bool) else str(value)


@lru_cache
def numbers() -> dict[str, str]:
    """Number words, ordinals and Roman numerals -> digits."""
    table = words()["numbers"]
    found = {word: str(value) for value, word in enumerate(table["units"])}
    found |= {word: str(value) for value, word in enumerate(table["ordinals"], start=1)}
    found |= {word: str(value) for value, word in enumerate(table["roman"], start=1)}
    for ten, word in enumerate(table["tens"], start=2):
        found[word] = str(10 * ten)
        for value in range(1, 10):
            units = (table["units"][value], table["ordinals"][value - 1], str(value))
            found |= {f"{word} {unit}": str(10 * ten + value) for unit in units}
    return found | {str(word): str(value) for word, value in table["others"].items()}


@lru_cache
def organisation_words() -> dict[str, str]:
    """Abbreviations, translations and number words -> the one spelling."""
    table = {_text(word): _text(key) for key, variants in words()["organisation"].items() for word in variants}
    return numbers() | table


@lru_cache
def titles() -> frozenset[str]:
    return frozenset(map(_text, words()["persons"]["titles"]))


@lru_cache
def other_forms() -> dict[str, str]:
    """Form of a given name -> the first of its line; a form of two lines belongs to the earlier."""
    found: dict[str, str] = {}
    for line in words()["persons"]["nicknames"]:
        for form in line:
            found.setdefault(_text(form), _text(line[0]))
    return found


@lru_cache
def particle_forms() -> dict[str, str]:
    """Form of a particle -> its one spelling, as `ibn` -> `bin`."""
    return {_text(form): _text(line[0]) for line in words()["persons"]["particle_forms"] for form in line}


@lru_cache
def vessel_prefixes() -> frozenset[str]:
    return frozenset(map(_text, words()["vessels"]["prefixes"]))


@lru_cache
def frequencies(schema: str) -> dict[str, float]:
    """Share of the names of a schema that hold the word, from model/tokens.csv."""
    if not TOKENS.exists():
        return {}
    table = pl.read_csv(TOKENS, schema_overrides={"word": pl.String}).filter(pl.col("schema") == schema)
    return dict(zip(table["word"].to_list(), (table["per_million"] / 1e6).to_list(), strict=True))


def renew() -> None:
    """Reads model/tokens.csv anew."""
    for table in (frequencies, _rarest, _letters, information):
        table.cache_clear()


@lru_cache
def _rarest(schema: str) -> float:
    """Share of names that a word has which is too rare for model/tokens.csv: half of the least in it."""
    return min(frequencies(schema).values(), default=_UNCOUNTED) / 2


@lru_cache
def _letters() -> tuple[dict[str, float], dict[str, float]]:
    """How often two letters follow one another in the words of model/tokens.csv, and how often the first is followed by any."""
    pairs: dict[str, float] = defaultdict(float)
    first: dict[str, float] = defaultdict(float)
    for schema in ("organisation", "person", "vessel"):
        for word, share in frequencies(schema).items():
            for one, other in pairwise(f" {word} "):
                pairs[one + other] += share
                first[one] += share
    return pairs, first


@lru_cache(maxsize=100_000)
def information(word: str, schema: str) -> float:
    """Bits that an equal word tells: rarer and longer words tell more, and neither rareness nor length alone is enough.

    Half the harmonic mean of the surprise at the word (by its share of names) and at its letters (each after the one before).
    """
    pairs, first = _letters()
    steps = [one + other for one, other in pairwise(f" {word} ")]
    spelt = -sum(math.log2((pairs.get(step, 0.0) + _UNCOUNTED) / (first.get(step[0], 0.0) + _SIGNS * _UNCOUNTED)) for step in steps)
    share = frequencies(schema).get(word, _rarest(schema))
    return 1 / (1 / max(-math.log2(min(share, 0.5)), 1.0) + 1 / max(spelt, 1.0))


@lru_cache
def generic() -> frozenset[str]:
    """Words that say what a firm does or is, legal forms among them."""
    return frozenset(map(_text, words()["generic"])) | frozenset(map(_text, words()["counter"])) | frozenset(families())


@lru_cache
def _places() -> frozenset[str]:
    return frozenset(map(_text, words()["place"]))


def weight(word: str, schema: str) -> int:
    """0 (in every twentieth name or more) to 9 (in fewer than one of 20,000)."""
    share = frequencies(schema).get(word, 0.0)
    if share <= 0:
        return 9
    return round(9 * min(1.0, max(0.0, math.log(_FREQUENT / share) / math.log(1000))))


def kind(word: str, schema: str) -> int:
    if word.isdigit():
        return NUMBER
    if schema == "person":
        return PARTICLE if word in _particles() else INITIAL if len(word) == 1 else NAME
    if word in generic():
        return GENERIC
    if word in _places():
        return PLACE
    return NAME


@lru_cache
def _particles() -> frozenset[str]:
    return frozenset(map(_text, words()["persons"]["particles"]))


def kinds(distinct: pl.Series, schema: str) -> pl.Series:
    """The sign of each word: its kind and weight."""
    return pl.Series([chr(FIRST_SIGN + 10 * kind(word, schema) + weight(word, schema)) for word in distinct], dtype=pl.String)
