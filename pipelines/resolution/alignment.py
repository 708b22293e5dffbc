"""Which word of one name stands for which word of the other, and what is left over: compiled, one pass over all pairs.

Words are taken as they agree best: equal words first, then forms of one given name, then words with few edits, words run together or
torn apart, acronyms, and last initials. What finds no partner is the rest. The sums per pair are in `COUNTS`.
Does not belong here: how words are made (names.py) and what the sums mean for the probability (compare.py).
"""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numba
import numpy as np
import numpy.typing as npt
import polars as pl
import pyarrow as pa

from pipelines.resolution.edits import COSTS, LETTERS, WORDS, copied, edits, same, spans

COUNTS = (
    "edits",  # insertions, deletions, substitutions and swaps in aligned words
    "sound_edits",  # the same, cheaper where the sound hardly changes
    "worst",  # largest share of a word's letters that was edited
    "agreed",  # weight of the aligned words, by how well they agree
    "agreed_words",
    "rest_1", "rest_2",  # words that name, without partner
    "rest_weight_1", "rest_weight_2",
    "generic_1", "generic_2",  # words that say what a firm does, without partner
    "place_1", "place_2",
    "number_1", "number_2",
    "initial_1", "initial_2",
    "letters_1", "letters_2",  # letters of all words without partner, particles too
    "initials",  # an initial for a word
    "acronym",  # letters for a run of words
    "other_form",  # Bill for William
    "merged",  # words run together or torn apart
    "turned",  # aligned words stand in another order
    "number_edits",  # edits in aligned numbers
    "first_letters",  # aligned words that begin differently
    "last_edits",  # edits in the last aligned word of the first name
    "words_1", "words_2",
    "apart",  # words without partner, drawn together on either side: edits by sound, as a share of the longer; 1 where one side has none
    "named_1", "named_2",  # letters of words that name and are not in every other name; of all words where there are none
)  # fmt: skip
(
    EDITS, SOUND, WORST, AGREED, AGREED_WORDS, REST_1, _, REST_WEIGHT_1, _, GENERIC_1, _, PLACE_1, _, NUMBER_1, _, INITIAL_1, _,
    LETTERS_1, _, INITIALS, ACRONYM, OTHER_FORM, MERGED, TURNED, NUMBER_EDITS, FIRST_LETTERS, LAST_EDITS, WORDS_1, _, APART, NAMED_1, _,
) = range(len(COUNTS))  # fmt: skip


NAMING = 2  # weight from which on a word names


@numba.njit(cache=True, nogil=True)
def _drawn(text: Any, at: Any, count: int, partner: Any, into: Any) -> int:
    """The words without partner drawn together in `into`; how many letters (at most LETTERS)."""
    size = 0
    for i in range(count):
        if partner[i] == -1:
            for k in range(at[i], at[i + 1]):
                if size < LETTERS:
                    into[size] = text[k]
                    size += 1
    return size


@numba.njit(cache=True, nogil=True)
def _one(
    text_1: Any, f1: int, l1: int, text_2: Any, f2: int, l2: int, also_1: Any, g1: int, h1: int, also_2: Any, g2: int, h2: int,
    kinds_1: Any, k1: int, kinds_2: Any, k2: int, costs: Any, out: Any, partner_1: Any, partner_2: Any, work: Any, rows: Any,
) -> None:  # fmt: skip
    out[:] = 0
    starts_1, starts_2, at_1, at_2, spare_1, spare_2 = work[0], work[1], work[2], work[3], work[4], work[5]
    n1, n2 = spans(text_1, f1, l1, starts_1), spans(text_2, f2, l2, starts_2)
    a, b = work[6], work[7]
    copied(text_1, starts_1, n1, a, at_1)
    copied(text_2, starts_2, n2, b, at_2)
    partner_1[:] = -1
    partner_2[:] = -1
    out[WORDS_1], out[WORDS_1 + 1] = n1, n2
    # equal words
    for i in range(n1):
        for j in range(n2):
            if partner_2[j] < 0 and same(a, at_1[i], at_1[i + 1] - at_1[i], b, at_2[j], at_2[j + 1] - at_2[j]):
                partner_1[i], partner_2[j] = j, i
                sign = kinds_1[k1 + i] - 48
                if sign // 10 != 5:
                    out[AGREED] += 0.1 + (sign % 10) / 10
                    out[AGREED_WORDS] += 1
                break
    # other forms of one word
    spans(also_1, g1, h1, spare_1)
    spans(also_2, g2, h2, spare_2)
    for i in range(n1):
        if partner_1[i] >= 0:
            continue
        for j in range(n2):
            if partner_2[j] < 0 and same(
                also_1, spare_1[i], spare_1[i + 1] - 1 - spare_1[i], also_2, spare_2[j], spare_2[j + 1] - 1 - spare_2[j]
            ):
                plain, sound = edits(
                    a, at_1[i], min(at_1[i + 1] - at_1[i], LETTERS), b, at_2[j], min(at_2[j + 1] - at_2[j], LETTERS), costs, rows
                )
                partner_1[i], partner_2[j] = j, i
                sign = kinds_1[k1 + i] - 48
                if sign // 10 != 5:
                    out[OTHER_FORM] += min(1.0, sound / 3)
                    out[AGREED] += 0.1 + 0.8 * (sign % 10) / 10
                    out[AGREED_WORDS] += 1
                break
    # words with few edits, alone or drawn together
    while True:
        best, bi, bj, bla, blb = 0.0, -1, -1, 1, 1
        best_plain, best_sound, best_share = 0.0, 0.0, 0.0
        for i in range(n1):
            if partner_1[i] != -1:
                continue
            for j in range(n2):
                if partner_2[j] != -1:
                    continue
                for span in range(5):
                    la = 1 if span < 3 else span - 1
                    lb = span + 1 if span < 3 else 1
                    if i + la > n1 or j + lb > n2:
                        continue
                    free = True
                    for k in range(1, la):
                        free = free and partner_1[i + k] == -1
                    for k in range(1, lb):
                        free = free and partner_2[j + k] == -1
                    if not free:
                        continue
                    m, n = at_1[i + la] - at_1[i], at_2[j + lb] - at_2[j]
                    longer = max(m, n)
                    if longer > LETTERS or abs(m - n) > 0.5 * longer:
                        continue
                    number = kinds_1[k1 + i] - 48 >= 30 and kinds_1[k1 + i] - 48 < 40
                    other = kinds_2[k2 + j] - 48 >= 30 and kinds_2[k2 + j] - 48 < 40
                    if number != other and span == 0 and longer < 4:
                        continue
                    if longer == 1 and not number:
                        continue
                    plain, sound = edits(a, at_1[i], m, b, at_2[j], n, costs, rows)
                    share = sound / longer
                    limit = 0.45 if span == 0 else 0.2
                    if number and other and span == 0:
                        limit = 1.0
                    if span > 0 and longer < 4 and plain > 0:
                        continue
                    if share > limit:
                        continue
                    value = (1.05 - share) * (m + n) - 0.5 * span
                    if value > best:
                        best, bi, bj, bla, blb = value, i, j, la, lb
                        best_plain, best_sound, best_share = plain, sound, share
        if bi < 0:
            break
        for k in range(bla):
            partner_1[bi + k] = bj
        for k in range(blb):
            partner_2[bj + k] = bi
        sign = kinds_1[k1 + bi] - 48
        other_sign = kinds_2[k2 + bj] - 48
        out[EDITS] += best_plain
        out[SOUND] += best_sound
        out[WORST] = max(out[WORST], best_share)
        if bla + blb > 2:
            out[MERGED] += 1
        if sign // 10 == 3 and other_sign // 10 == 3:
            out[NUMBER_EDITS] += best_plain
        elif a[at_1[bi]] != b[at_2[bj]]:
            out[FIRST_LETTERS] += 1
        if sign // 10 != 5:
            out[AGREED] += (0.1 + (sign % 10) / 10) * max(0.0, 1 - 2 * best_share)
            out[AGREED_WORDS] += 1
        if bi + bla == n1 or bj + blb == n2:
            out[LAST_EDITS] += best_plain
    # acronyms: letters of one word for a run of words
    for side in range(2):
        na, nb = (n1, n2) if side == 0 else (n2, n1)
        x, y = (a, b) if side == 0 else (b, a)
        xa, ya = (at_1, at_2) if side == 0 else (at_2, at_1)
        px, py = (partner_1, partner_2) if side == 0 else (partner_2, partner_1)
        for i in range(na):
            size = xa[i + 1] - xa[i]
            if px[i] != -1 or size < 2 or size > 6:
                continue
            for j in range(nb - size + 1):
                fits = True
                for k in range(size):
                    fits = fits and py[j + k] == -1 and y[ya[j + k]] == x[xa[i] + k] and ya[j + k + 1] - ya[j + k] > 1
                if fits:
                    px[i] = j
                    for k in range(size):
                        py[j + k] = i
                    out[ACRONYM] += 1
                    out[AGREED_WORDS] += 1
                    break
    # initials
    for i in range(n1):
        if partner_1[i] != -1:
            continue
        for j in range(n2):
            if partner_2[j] != -1:
                continue
            m, n = at_1[i + 1] - at_1[i], at_2[j + 1] - at_2[j]
            if (m == 1) != (n == 1) and a[at_1[i]] == b[at_2[j]]:
                partner_1[i], partner_2[j] = j, i
                out[INITIALS] += 1
                break
    # order
    last = -1
    for i in range(n1):
        j = partner_1[i]
        sign = kinds_1[k1 + i] - 48
        if j >= 0 and sign // 10 != 5:
            if j < last:
                out[TURNED] = 1
            last = j
    # the rest
    for side in range(2):
        count, at = (n1, at_1) if side == 0 else (n2, at_2)
        partner = partner_1 if side == 0 else partner_2
        for i in range(count):
            if partner[i] != -1:
                continue
            sign = (kinds_1[k1 + i] if side == 0 else kinds_2[k2 + i]) - 48
            kind = sign // 10
            out[LETTERS_1 + side] += at[i + 1] - at[i]
            if kind == 0:
                out[REST_1 + side] += 1
                out[REST_WEIGHT_1 + side] += 0.1 + (sign % 10) / 10
            elif kind == 1:
                out[GENERIC_1 + side] += 1
                out[REST_WEIGHT_1 + side] += 0.1 + (sign % 10) / 10
            elif kind == 2:
                out[PLACE_1 + side] += 1
            elif kind == 3:
                out[NUMBER_1 + side] += 1
            elif kind == 4:
                out[INITIAL_1 + side] += 1
    c, d = work[8], work[9]
    m, n = _drawn(a, at_1, n1, partner_1, c), _drawn(b, at_2, n2, partner_2, d)
    if m > 0 and n > 0:
        out[APART] = edits(c, 0, m, d, 0, n, costs, rows)[1] / max(m, n)
    elif m + n > 0:
        out[APART] = 1
    for side in range(2):
        count, at, kinds, first = (n1, at_1, kinds_1, k1) if side == 0 else (n2, at_2, kinds_2, k2)
        for i in range(count):
            sign = kinds[first + i] - 48
            if sign < 10 and sign >= NAMING:
                out[NAMED_1 + side] += at[i + 1] - at[i]
        if out[NAMED_1 + side] == 0:
            out[NAMED_1 + side] = at[count]


@numba.njit(cache=True, nogil=True)
def _all(
    first: int, last: int, core_1: Any, core_2: Any, also_1: Any, also_2: Any, kinds_1: Any, kinds_2: Any, costs: Any, out: Any
) -> None:
    """Rows first to last of `out`; each text is (bytes, offsets)."""
    partner_1, partner_2 = np.empty(WORDS + 2, np.int64), np.empty(WORDS + 2, np.int64)
    work = np.empty((10, WORDS * LETTERS + 2), np.int64)
    rows = np.empty((2, LETTERS + 1, LETTERS + 1), np.float32)
    for row in range(first, last):
        _one(
            core_1[0], core_1[1][row], core_1[1][row + 1], core_2[0], core_2[1][row], core_2[1][row + 1],
            also_1[0], also_1[1][row], also_1[1][row + 1], also_2[0], also_2[1][row], also_2[1][row + 1],
            kinds_1[0], kinds_1[1][row], kinds_2[0], kinds_2[1][row], costs, out[row], partner_1, partner_2, work, rows,
        )  # fmt: skip


def _bytes(text: pl.Series) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.int64]]:
    array = text.fill_null("").rechunk().to_arrow().cast(pa.large_string())
    _, offsets, data = array.buffers()
    starts = np.frombuffer(offsets, np.int64)[array.offset : array.offset + len(array) + 1]
    return (np.frombuffer(data, np.uint8) if data is not None and data.size else np.zeros(1, np.uint8)), starts


def aligned(pairs: pl.DataFrame) -> dict[str, npt.NDArray[np.float64]]:
    """`COUNTS` for each pair. In: `core`, `n_also`, `n_kinds` of names.prepared, each with _1 and _2; null is no word."""
    out = np.empty((pairs.height, len(COUNTS)), np.float32)
    texts = [_bytes(pairs[f"{column}_{side}"]) for column in ("core", "n_also", "n_kinds") for side in (1, 2)]
    run: Any = _all
    workers = min(os.cpu_count() or 1, 1 + pairs.height // 5_000)
    edges = np.linspace(0, pairs.height, workers + 1).astype(int)
    if workers == 1:
        run(0, pairs.height, *texts, COSTS, out)
    else:
        with ThreadPoolExecutor(workers) as pool:
            list(pool.map(lambda part: run(edges[part], edges[part + 1], *texts, COSTS, out), range(workers)))
    return dict(zip(COUNTS, out.T.astype(np.float64), strict=True))
