"""What could not be used of a file, gathered while it is read.

The sentences stand in data/vocabulary/tender_refusal.yml, in English and French. Does not belong here: deciding what is wrong.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from data import model
from data.procurement import Place, Refusal

MOST = 1_000  # refusals of one reason that are listed; the rest is counted
LONGEST_VALUE = 200
At = tuple[int | None, str]  # line (or record) and path


@dataclass
class Findings:
    """Refusals and counts of one file. `once` in say() keeps what publishers do throughout a file to one entry per kind of place."""

    file: str
    refusals: list[Refusal] = field(default_factory=list)
    ignored: Counter[str] = field(default_factory=Counter)
    _seen: Counter[str] = field(default_factory=Counter)
    _kinds: set[tuple[str, str]] = field(default_factory=set)
    _said: set[tuple[str, At, str | None]] = field(default_factory=set)

    def say(self, code: str, at: At, value: Any = None, *, kept: bool = True, once: str | None = None, whole: bool = False) -> None:
        """Adds a refusal. `kept`: the record was read without the value; `whole`: the value is not cut."""
        sentence = model.vocabulary("tender_refusal").codes[code]
        if once is not None:
            if (code, once) in self._kinds:
                self.ignored[sentence.en] += 1
                return
            self._kinds.add((code, once))
        line, path = at
        text = None if value is None else _printable(str(value), None if whole else LONGEST_VALUE)
        if (code, at, text) in self._said:  # an object that is looked at twice
            return
        self._said.add((code, at, text))
        self._seen[code] += 1
        if self._seen[code] > MOST:
            self.ignored[f"{model.vocabulary('tender_refusal').codes['more_of_same'].en}: {sentence.en}"] += 1
            return
        place = Place(file=self.file, line=line, path=_printable(path, None) or None)
        self.refusals.append(
            Refusal(place=place, value=text, reason=sentence.en, next_step=str(sentence.values["next_en"]), is_row_kept=kept)
        )

    def count(self, code: str, number: int = 1) -> None:
        """Counts something that is left out on purpose."""
        if number:
            self.ignored[model.vocabulary("tender_refusal").codes[code].en] += number


_MAIL = re.compile(r"[^\s;,<>\"']+@[^\s;,<>\"']+")


def _printable(text: str, longest: int | None) -> str:
    """`text` cut, without addresses of persons, and without lone surrogates, which no file can be written with."""
    text = _MAIL.sub("***", text) if "@" in text else text
    cut = text if longest is None or len(text) <= longest else text[:longest] + "…"
    return cut.encode("utf-8", "replace").decode("utf-8")
