"""The numbers of thresholds.yml. Does not belong here: the numbers themselves."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from data import model

FILE = Path(__file__).with_name("thresholds.yml")


@cache
def threshold(name: str) -> float:
    """The value of `name`; ModelError where it, its reason or its day is missing."""
    entry = model.read_yaml(FILE).get(name, {})
    if lost := [part for part in ("value", "since", "why") if part not in entry]:
        raise model.ModelError(f"{FILE}: {name} lacks {', '.join(lost)}. Add it; every threshold states its reason and its day.")
    return float(entry["value"])
