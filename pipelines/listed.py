"""What sources of listings share once their file is read: countries and days of values, and texts joined to a bearable length.

Belongs here: small readings of values that stand in lists, not in a column. Does not belong here: what a publisher's words mean.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import replace

from pipelines.records import Gather, Record


def countries(gather: Gather, record: Record, names: Iterable[str | None]) -> list[str]:
    """ISO alpha-3 codes of `names` in their order, each once; an unknown name is rejected and the row kept."""
    cells = (replace(record, cells={**record.cells, "country": name}) for name in dict.fromkeys(names) if name)
    return list(dict.fromkeys(found for cell in cells if (found := gather.country(cell, is_row_kept=True))))


def day(gather: Gather, record: Record, column: str, value: str | None) -> dt.date | None:
    """The date `value` in the source's own order; anything else is rejected under `column` and the row kept."""
    return gather.day(replace(record, cells={**record.cells, column: value}), column, is_row_kept=True)


def joined(texts: Iterable[str | None], longest: int, separator: str = "; ") -> str | None:
    """`texts` without blanks and repetitions, cut at `longest` characters with an ellipsis; None when nothing is left."""
    whole = separator.join(dict.fromkeys(text for text in texts if text))
    return (whole if len(whole) <= longest else f"{whole[:longest]}…") or None
