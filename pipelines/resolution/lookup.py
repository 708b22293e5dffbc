"""Rows by equal value, and arithmetic of ranges of rows: whole columns at once, no Python per row.

Belongs here: finding rows whose value is equal, spreading and combining ranges. Does not belong here: what the rows mean (index.py).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

Places = NDArray[np.int64]


@dataclass(frozen=True)
class Lookup:
    """Equal values by their hash: sorted hashes and the row of each. Two values of one hash are a candidate too many, never a match."""

    hashes: NDArray[np.uint64]
    rows: Places

    @staticmethod
    def of(values: pl.Series, rows: Places) -> Lookup:
        hashes = values.hash(1).to_numpy()
        order = np.lexsort((rows, hashes))
        return Lookup(hashes[order], rows[order])

    def ranges(self, values: pl.Series) -> tuple[Places, Places]:
        """Begin and number of the rows of each value."""
        hashes = values.hash(1).to_numpy()
        begin = np.searchsorted(self.hashes, hashes, "left")
        return begin, np.searchsorted(self.hashes, hashes, "right") - begin


def spread(begin: Places, number: Places) -> tuple[Places, Places]:
    """Which range, and which place, for every place of ranges that begin at `begin` and hold `number`."""
    of = np.repeat(np.arange(begin.size), number)
    return of, begin[of] + np.arange(of.size) - np.repeat(np.cumsum(number) - number, number)


def combined(begin_1: Places, number_1: Places, begin_2: Places, number_2: Places) -> tuple[Places, Places]:
    """Every place of the first range with every place of the second, for each pair of ranges."""
    of, place = spread(np.zeros(begin_1.size, np.int64), number_1 * number_2)
    return begin_1[of] + place // number_2[of], begin_2[of] + place % number_2[of]
