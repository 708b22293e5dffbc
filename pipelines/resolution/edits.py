"""Edits between words, plain and by sound, and where words begin: compiled, for alignment.py.

Belongs here: what it costs to turn one word into another. Does not belong here: which words are held against each other (alignment.py).
A change here must be followed by emptying numba's cache of alignment.py, which does not see it.
"""

from __future__ import annotations

from typing import Any

import numba
import numpy as np
import numpy.typing as npt

WORDS = 24  # of a name that are aligned; later ones are not seen
LETTERS = 48  # of a word or of words drawn together
_ALIKE = (
    "aeiouy",
    "bpv",
    "ckqg",
    "szc",
    "ijy",
    "vwfu",
    "dt",
    "mn",
    "gjh",
    "kh",
    "lr",
    "o0",
    "i1l",
    "e3",
    "s5",
    "a4",
    "g9",
    "b8",
    "z2",
    "t7",
)


def _costs() -> npt.NDArray[np.float32]:
    """What it costs to write one letter for another: 0.6 where they sound or look alike, 1 otherwise."""
    costs = np.ones((128, 128), np.float32)
    for letters in _ALIKE:
        for one in letters:
            for other in letters:
                costs[ord(one), ord(other)] = 0.6 if not (one + other).isdigit() else 1.0
    np.fill_diagonal(costs, 0)
    return costs


COSTS = _costs()


@numba.njit(cache=True, nogil=True)
def edits(a: Any, a0: int, m: int, b: Any, b0: int, n: int, costs: Any, rows: Any) -> tuple[float, float]:
    """Optimal string alignment of two slices: plain edits, and edits by sound."""
    plain, sound = rows[0], rows[1]
    for j in range(n + 1):
        plain[0, j] = j
        sound[0, j] = j * 0.9
    for i in range(1, m + 1):
        x = a[a0 + i - 1]
        plain[i, 0] = i
        sound[i, 0] = i * 0.9
        drop = 0.4 if i > 1 and a[a0 + i - 2] == x else (0.6 if x == 104 else 0.8 if x in (97, 101, 105, 111, 117, 121) else 1.0)
        for j in range(1, n + 1):
            y = b[b0 + j - 1]
            wrong = 0.0 if x == y else 1.0
            best = min(plain[i - 1, j - 1] + wrong, plain[i - 1, j] + 1, plain[i, j - 1] + 1)
            add = 0.4 if j > 1 and b[b0 + j - 2] == y else (0.6 if y == 104 else 0.8 if y in (97, 101, 105, 111, 117, 121) else 1.0)
            heard = min(sound[i - 1, j - 1] + costs[x, y], sound[i - 1, j] + drop, sound[i, j - 1] + add)
            if i > 1 and j > 1 and x == b[b0 + j - 2] and a[a0 + i - 2] == y:
                best = min(best, plain[i - 2, j - 2] + wrong)
                heard = min(heard, sound[i - 2, j - 2] + 0.8 * wrong)
            plain[i, j] = best
            sound[i, j] = heard
    return plain[m, n], sound[m, n]


@numba.njit(cache=True, nogil=True)
def spans(text: Any, first: int, last: int, starts: Any) -> int:
    """Starts of the words of a text in `starts`, one more for its end; how many words (at most WORDS)."""
    count = 0
    starts[0] = first
    if last <= first:
        return 0
    for at in range(first, last):
        if text[at] == 32:
            count += 1
            starts[count] = at + 1
            if count == WORDS:
                return count
    starts[count + 1] = last + 1
    return count + 1


@numba.njit(cache=True, nogil=True)
def copied(text: Any, starts: Any, count: int, into: Any, at: Any) -> None:
    """The words without the spaces between them, so that words in a row are one slice; `at` their starts."""
    end = 0
    for word in range(count):
        at[word] = end
        for k in range(starts[word], min(starts[word + 1] - 1, starts[word] + LETTERS)):
            into[end] = text[k]
            end += 1
    at[count] = end


@numba.njit(cache=True, nogil=True)
def same(a: Any, a0: int, m: int, b: Any, b0: int, n: int) -> bool:
    if m != n:
        return False
    for k in range(m):  # noqa: SIM110  (compiled: a loop)
        if a[a0 + k] != b[b0 + k]:
            return False
    return True
