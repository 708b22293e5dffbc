"""Every sentence that a reader sees, in English and French, and numbers and dates as each language writes them."""

from __future__ import annotations

import datetime as dt
import math
import re
from functools import lru_cache
from pathlib import Path
from typing import Any

from data import model

LANGUAGES = model.LANGUAGES
THIN = "\u202f"
HARD = "\u00a0"
MINUS = "\u2212"
MONTHS = {
    "en": ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"),
    "fr": ("janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre", "octobre", "novembre", "décembre"),
}


OWN = Path(__file__).with_name("texts.yml")


@lru_cache
def texts(path: Path = OWN) -> dict[str, dict[str, str]]:
    """All entries of a file of texts by dotted key: {en, fr}."""
    found: dict[str, dict[str, str]] = {}

    def walk(entry: dict[str, Any], prefix: str) -> None:
        for key, value in entry.items():
            name = f"{prefix}{key}"
            if set(value) == set(LANGUAGES) and all(isinstance(text, str) for text in value.values()):
                found[name] = value
            else:
                walk(value, f"{name}.")

    walk(model.read_yaml(path), "")
    return found


class Words:
    """The texts and number formats of one language."""

    def __init__(self, language: str) -> None:
        self.language = language if language in LANGUAGES else "en"

    def __call__(self, key: str, **values: Any) -> str:
        """The text of `key`, filled in. KeyError for a key that is not in texts.yml."""
        return self.set(texts()[key][self.language].format(**values))

    def index(self, value: float) -> str:
        """An index as a whole number, cut and not rounded, so that 74.9 never reads as the 75 of the next band."""
        return self.number(math.floor(value + 1e-9))

    def get(self, key: str, default: str) -> str:
        """The text of `key`, or `default` where there is none."""
        entry = texts().get(key)
        return entry[self.language] if entry else default

    def of(self, row: dict[str, Any], name: str) -> str:
        """row["<name>_fr"] or row["<name>_en"]; English where the French is missing."""
        return self.set(str(row.get(f"{name}_{self.language}") or row.get(f"{name}_en") or ""))

    def set(self, text: str) -> str:
        """`text` with the hard blanks that French puts before : ; ? ! and inside quotation marks."""
        return re.sub(r" (?=[:;?!»])|(?<=«) ", HARD, text) if self.language == "fr" else text

    def number(self, value: float, decimals: int = 0, sign: bool = False) -> str:
        """1,240.5 or 1 240,5; with `sign` always + or a true minus."""
        text = f"{abs(value):,.{decimals}f}"
        is_zero = not text.strip("0.,")
        mark = MINUS if value < 0 and not is_zero else "+" if sign else ""
        if self.language == "fr":
            text = text.replace(",", THIN).replace(".", ",")
        return mark + text

    def percent(self, share: float, decimals: int | None = None) -> str:
        """A share of 1 as per cent, with one decimal below 10 % unless told otherwise: 21 %, 1.7 %, 1,7 %."""
        text = self.hundredths(share) if decimals is None else self.number(100 * share, decimals)
        return f"{text}{HARD}%"

    def hundredths(self, share: float, decimals: int | None = None) -> str:
        """A share of 1 in per cent without its sign; what rounds to all or nothing and is neither is said to lie beyond."""
        if 0.9995 <= share < 1:
            return f">{self.number(99.9, 1)}"
        if 0 < share < 0.0005:
            return f"<{self.number(0.1, 1)}"
        return self.number(100 * share, self.places(share) if decimals is None else decimals)

    @staticmethod
    def places(share: float) -> int:
        """Decimals that a percentage deserves: one where it would else read 0 or 100."""
        return 1 if 0 < share < 0.0995 or 0.995 <= share < 1 else 0

    def interval(self, likelihood: float, low: float | None, high: float | None) -> str:
        """21 % (12–35); the likelihood alone where no interval is known; "floor 95 %" where a rule sets it in every draw."""
        if low is None or high is None or low >= 0.9995:
            return self.percent(likelihood)
        if high - low < 0.0005:
            return self("scores.floor", p=self.percent(likelihood))
        ends = "–".join(self.hundredths(end) for end in (low, high))
        return f"{self.percent(likelihood)} ({ends})"

    def date(self, day: dt.date | None) -> str:
        """30 June 2026, 30 juin 2026, 1er juin 2026."""
        if day is None:
            return self("common.undated")
        first = "1er" if self.language == "fr" and day.day == 1 else str(day.day)
        return f"{first} {MONTHS[self.language][day.month - 1]} {day.year}"

    def listed(self, items: list[str]) -> str:
        """a, b and c."""
        if len(items) < 2:
            return "".join(items)
        return f"{', '.join(items[:-1])} {self('common.and')} {items[-1]}"

    def count(self, key: str, number: int) -> str:
        """`<key>.one` for a number the language counts as one (French counts 0 and 1 so), else `<key>.many`."""
        one = number == 1 or (self.language == "fr" and number == 0)
        return self(f"{key}.{'one' if one else 'many'}", n=self.number(number))

    def code(self, vocabulary: str, code: str | None) -> str:
        """The label of a code of data/vocabulary; the code itself where it has none."""
        return model.vocabulary(vocabulary).label(code, self.language) if code else ""
