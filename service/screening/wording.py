"""The texts of screening: those of texts.yml beside this file, then those that every command shares.

Belongs here: finding a text, and how money, countries and names are written. Does not belong here: which text is shown where.
"""

from __future__ import annotations

import csv
import unicodedata
from functools import lru_cache
from pathlib import Path
from typing import Any

from data import model
from data.procurement import Money
from service import words as shared
from service.words import HARD

OWN = Path(__file__).with_name("texts.yml")


def texts() -> dict[str, dict[str, str]]:
    """All entries of this folder's texts.yml by dotted key: {en, fr}."""
    return shared.texts(OWN)


@lru_cache
def countries() -> dict[str, dict[str, str]]:
    """ISO 3166-1 alpha-3 -> {en, fr}."""
    with model.references()["countries"].path.open(encoding="utf-8", newline="") as stream:
        return {row["country"]: {"en": row["name_en"], "fr": row["name_fr"]} for row in csv.DictReader(stream)}


class Words(shared.Words):
    """The texts and formats of one language, screening's own first."""

    def __call__(self, key: str, **values: Any) -> str:
        """The text of `key`, filled in. KeyError for a key that is in neither file."""
        entry = texts().get(key)
        return self.set(entry[self.language]).format(**values) if entry else super().__call__(key, **values)

    def set(self, text: str) -> str:
        """As of all words, with the apostrophe of print. For texts of the project alone; what a file says stays as it is."""
        return super().set(text).replace("'", "’")

    def code(self, vocabulary: str, code: str | None) -> str:
        """The label of a code of data/vocabulary, typeset; the code itself where it has none."""
        return self.set(super().code(vocabulary, code)) if code in model.vocabulary(vocabulary).codes else code or ""

    def get(self, key: str, default: str) -> str:
        """The text of `key` in either file, or `default`."""
        entry = texts().get(key)
        return self.set(entry[self.language]) if entry else super().get(key, default)

    def count(self, key: str, number: int, **values: Any) -> str:
        """As of all words, with further values of the text."""
        one = number == 1 or (self.language == "fr" and number == 0)
        return self(f"{key}.{'one' if one else 'many'}", n=self.number(number), **values)

    def country(self, code: str | None) -> str:
        """The name of a country; its code where it has none; "not known" without a code."""
        if not code:
            return self("common.unknown")
        return self.set(countries().get(code, {}).get(self.language, "")) or code

    def money(self, money: Money) -> str:
        """EUR 1,240.50 or 1 240,50 EUR; whole amounts without decimals."""
        amount = self.number(money.amount, 0 if float(money.amount).is_integer() else 2)
        if not money.currency:
            return amount
        return f"{amount}{HARD}{money.currency}" if self.language == "fr" else f"{money.currency}{HARD}{amount}"


# Scripts that one language alone, or nearly, is written in; others are named by their script unless the country tells the language.
LANGUAGE_OF_SCRIPT = {
    "CJK": "zh", "HIRAGANA": "ja", "KATAKANA": "ja", "HANGUL": "ko", "ARMENIAN": "hy", "GEORGIAN": "ka", "THAI": "th", "GREEK": "el",
    "HEBREW": "he", "KHMER": "km", "LAO": "lo", "MYANMAR": "my", "SINHALA": "si", "TAMIL": "ta", "TELUGU": "te", "GUJARATI": "gu",
}  # fmt: skip
CODE_OF_SCRIPT = {"ARABIC": "Arab", "CYRILLIC": "Cyrl", "DEVANAGARI": "Deva", "BENGALI": "Beng", "ETHIOPIC": "Ethi"}
LANGUAGE_OF_COUNTRY = {
    ("CYRILLIC", "RUS"): "ru", ("CYRILLIC", "UKR"): "uk", ("CYRILLIC", "BGR"): "bg", ("CYRILLIC", "SRB"): "sr", ("CYRILLIC", "BLR"): "be",
    ("CYRILLIC", "KAZ"): "kk", ("CYRILLIC", "MKD"): "mk", ("ARABIC", "IRN"): "fa", ("ARABIC", "PAK"): "ur", ("ARABIC", "AFG"): "fa",
    ("DEVANAGARI", "IND"): "hi", ("DEVANAGARI", "NPL"): "ne", ("BENGALI", "BGD"): "bn", ("CJK", "JPN"): "ja", ("ETHIOPIC", "ETH"): "am",
}  # fmt: skip
ARABIC = frozenset(
    {"ARE", "BHR", "DZA", "EGY", "IRQ", "JOR", "KWT", "LBN", "LBY", "MAR", "MRT", "OMN", "PSE", "QAT", "SAU", "SDN", "SYR", "TUN", "YEM"}
)
RIGHT_TO_LEFT = frozenset({"ARABIC", "HEBREW", "SYRIAC", "THAANA"})


@lru_cache(maxsize=20_000)
def script(text: str) -> str | None:
    """The first script of `text` other than Latin, in Unicode's words (`CJK`, `ARABIC`); None for Latin letters alone."""
    for letter in text:
        if letter > "\u024f" and letter.isalpha():
            word = unicodedata.name(letter, "").split(" ")[0].split("-")[0]
            if word and word not in ("LATIN", "FULLWIDTH", "MODIFIER", "FEMININE", "MASCULINE"):
                return word
    return None


def language_of(text: str, country: str | None) -> str | None:
    """The BCP 47 tag of a text in another script than Latin, from its script and, where that leaves a choice, the country. Null: Latin."""
    found = script(text)
    if found is None:
        return None
    if found == "CJK" and any(unicodedata.name(letter, "").startswith(("HIRAGANA", "KATAKANA")) for letter in text):
        return "ja"
    if found == "ARABIC" and country in ARABIC:
        return "ar"
    known = LANGUAGE_OF_COUNTRY.get((found, country or "")) or LANGUAGE_OF_SCRIPT.get(found)
    return known or (f"und-{CODE_OF_SCRIPT[found]}" if found in CODE_OF_SCRIPT else "und")
