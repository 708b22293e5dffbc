"""Which listed names are worth comparing with a name: those that share many rare runs of three letters with it.

Names are taken word by word, so that word order is nothing. A name is a row of weights (rare runs weigh more), and the nearest rows come
from a sparse top-n product. To keep the product small, a query walks only its rarest runs, up to a budget of postings; the best it meets
are then measured whole. Measured on the aliases of the OFAC and UN lists whose letters agree with the main name to 80 in 100: 99.7 %
(organisations) and 98.9 % (persons) are found in the lists, 96.6 % and 97.3 % when they hide among 500,000 made-up names; to walk every run
would find 1 % more there and take six times as long.

Belongs here: finding pairs. Does not belong here: equal names and identifiers, which are joined (index.py), and any judgement of a pair.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numba
import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy import sparse
from sparse_dot_topn import sp_matmul_topn

LETTERS = 64  # classes of a byte: edge of a word, 26 letters, 10 digits, and the rest folded into 27
WIDTH = LETTERS**3
BUDGET = 30_000  # postings that a query walks; its rarest runs first, and always the three rarest
FEWEST_RUNS = 3
POOL = 64  # names met that are then measured whole
NEAREST = 20  # names kept per query
# Names with a smaller part of their runs in common are not compared: 2 in 1,000 of the aliases spelt alike lie below.
LEAST_SHARED = 0.4
THREADS = 2
ROWS_PER_THREAD = 100  # fewer are done before a second thread has begun
ROWS_AT_ONCE = 20_000


def _classes() -> NDArray[np.int32]:
    codes = np.zeros(256, np.int32)
    codes[ord("a") : ord("z") + 1] = np.arange(1, 27)
    codes[ord("0") : ord("9") + 1] = np.arange(27, 37)
    codes[128:] = 37 + np.arange(128) % 27
    return codes


_CLASS = _classes()


@dataclass(frozen=True)
class Grams:
    """Runs of a set of names: `rows` name x run, `postings` the same by run with weights of rows of length one, `weights` by run."""

    rows: sparse.csr_matrix
    postings: sparse.csr_matrix
    frequency: NDArray[np.int64]
    weights: NDArray[np.float32]
    norms: NDArray[np.float32]


def runs(names: pl.Series) -> sparse.csr_matrix:
    """One row per name, 1 for each run of three letters in it; edges of words count as letters. Null is a row without runs."""
    texts = names.fill_null("") + " "
    joined = " " + "".join(texts.to_list())
    code = _CLASS[np.frombuffer(joined.encode(), np.uint8)]
    inside = np.flatnonzero(code[1:-1])  # places of letters; the first byte, an edge, is skipped
    run = (code[:-2][inside] * LETTERS + code[1:-1][inside]) * LETTERS + code[2:][inside]
    ends = np.concatenate([[0], texts.str.len_bytes().cast(pl.Int64).cum_sum().to_numpy()])
    matrix = sparse.csr_matrix((np.ones(run.size, np.float32), run, np.searchsorted(inside, ends)), shape=(names.len(), WIDTH))
    matrix.sum_duplicates()
    matrix.data[:] = 1.0
    return matrix


def _norms(rows: sparse.csr_matrix, weights: NDArray[np.float32]) -> NDArray[np.float32]:
    norms: NDArray[np.float32] = np.sqrt(rows @ (weights * weights)).astype(np.float32)
    norms[norms == 0] = 1.0
    return norms


def build(names: pl.Series) -> Grams:
    """The runs of `names`, which should be unique and sorted: equal results in any order of the rows they come from."""
    rows = runs(names)
    frequency = np.bincount(rows.indices, minlength=WIDTH).astype(np.int64)
    weights = (np.log((names.len() + 1) / (frequency + 0.5)) + 0.1).astype(np.float32)
    norms = _norms(rows, weights)
    weighted = rows.copy()
    weighted.data = weights[rows.indices] / np.repeat(norms, np.diff(rows.indptr))
    return Grams(rows, weighted.T.tocsr(), frequency, weights, norms)


def save(grams: Grams, folder: Path) -> None:
    """Writes `grams` as plain arrays."""
    folder.mkdir(parents=True)
    for name, matrix in (("rows", grams.rows), ("postings", grams.postings)):
        for part in ("data", "indices", "indptr"):
            np.save(folder / f"{name}_{part}.npy", getattr(matrix, part))
    for name in ("frequency", "weights", "norms"):
        np.save(folder / f"{name}.npy", getattr(grams, name))


def load(folder: Path) -> Grams:
    """What `save` wrote; OSError or ValueError where a file is missing or cut short."""

    def matrix(name: str, shape: tuple[int, int]) -> sparse.csr_matrix:
        return sparse.csr_matrix(tuple(np.load(folder / f"{name}_{part}.npy") for part in ("data", "indices", "indptr")), shape=shape)

    frequency, weights, norms = (np.load(folder / f"{name}.npy") for name in ("frequency", "weights", "norms"))
    return Grams(matrix("rows", (norms.size, WIDTH)), matrix("postings", (WIDTH, norms.size)), frequency, weights, norms)


def _rarest(rows: sparse.csr_matrix, grams: Grams) -> sparse.csr_matrix:
    """The weighted rows with their rarest runs only, as many as the budget allows."""
    counts = np.diff(rows.indptr)
    of = np.repeat(np.arange(rows.shape[0]), counts)
    order = np.lexsort((rows.indices, grams.frequency[rows.indices], of))
    indices, postings = rows.indices[order], grams.frequency[rows.indices[order]]
    walked = np.cumsum(postings)
    before = np.concatenate([[0], walked])[rows.indptr[:-1]]
    place = np.arange(order.size) - np.repeat(rows.indptr[:-1], counts)
    kept = ((walked - np.repeat(before, counts) <= BUDGET) | (place < FEWEST_RUNS)) & (postings > 0)
    return sparse.csr_matrix((grams.weights[indices[kept]], (of[kept], indices[kept])), shape=rows.shape)


@numba.njit(cache=True)
def _measure(  # type: ignore[no-untyped-def]  # numba compiles it
    ours_at, ours, our_norms, theirs_at, theirs, their_norms, weights, queries, found, similarity, shared
):
    for k in range(queries.size):
        q, f = queries[k], found[k]
        i, j, end_i, end_j = ours_at[q], theirs_at[f], ours_at[q + 1], theirs_at[f + 1]
        size, common, total = (end_i - i) + (end_j - j), 0, 0.0
        while i < end_i and j < end_j:
            if ours[i] == theirs[j]:
                total += weights[ours[i]] ** 2
                common += 1
                i += 1
                j += 1
            elif ours[i] < theirs[j]:
                i += 1
            else:
                j += 1
        similarity[k] = total / (our_norms[q] * their_norms[f])
        shared[k] = 2.0 * common / size


def _nearest(grams: Grams, names: pl.Series) -> pl.DataFrame:
    rows = runs(names)
    rarest = _rarest(rows, grams)
    walked = np.unique(rarest.indices)  # the library copies what it is given: one query is given its own postings only
    threads = THREADS if names.len() > ROWS_PER_THREAD else 1
    product = sp_matmul_topn(rarest[:, walked].tocsr(), grams.postings[walked], top_n=POOL, n_threads=threads)
    queries, found = np.repeat(np.arange(names.len()), np.diff(product.indptr)), product.indices.astype(np.int64)
    similarity, shared = np.empty(found.size, np.float32), np.empty(found.size, np.float32)
    theirs, ours = grams.rows, rows
    _measure(
        ours.indptr, ours.indices, _norms(rows, grams.weights), theirs.indptr, theirs.indices, grams.norms, grams.weights,
        queries, found, similarity, shared,
    )  # fmt: skip
    met = pl.DataFrame({"query": queries, "found": found, "similarity": similarity, "shared": shared})
    return (
        met.filter(pl.col("shared") >= LEAST_SHARED)
        .sort("query", "similarity", "found", descending=[False, True, False])
        .filter(pl.int_range(pl.len()).over("query") < NEAREST)
        .with_columns(pl.col("query", "found").cast(pl.UInt32))
    )


def nearest(grams: Grams, names: pl.Series) -> pl.DataFrame:
    """query (place in `names`), found (place in the names of `grams`), similarity and shared (0 to 1): at most NEAREST rows per name."""
    parts = []
    for start in range(0, names.len(), ROWS_AT_ONCE):
        part = _nearest(grams, names.slice(start, ROWS_AT_ONCE))
        parts.append(part.with_columns(pl.col("query") + pl.lit(start, dtype=pl.UInt32)))
    empty = pl.DataFrame(schema={"query": pl.UInt32, "found": pl.UInt32, "similarity": pl.Float32, "shared": pl.Float32})
    return pl.concat([empty, *parts])
