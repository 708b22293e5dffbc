"""How sure the number is: seeded draws of every number that can be argued about, the same for every party and every night.

Works in logits, where everything adds up: percentiles of the likelihood and of the index are those of the logit.
"""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import beta, norm, qmc

from risk.graph import compiled
from risk.methodology import Methodology

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
MAX_DARK = 16
HIDDEN_LEVELS = 20


@dataclass(frozen=True)
class Draws:
    """Common random numbers of a run; `n` draws each. Shapes: coefficient and unknown (4, n), weight (indicators, n),
    reliability (levels, n), hidden ((HIDDEN_LEVELS + 1) * MAX_DARK, n) in logits."""

    coefficient: Floats
    unknown: Floats
    weight: Floats
    reliability: Floats
    hidden: Floats


def draw(method: Methodology, indicators: list[str], base_weights: list[float], reliabilities: list[float], n: int, seed: int) -> Draws:
    """The draws for `indicators` (with their weights per sign code) and the distinct `reliabilities` (0..1).

    Scrambled Sobol points: fewer draws for the same accuracy, and the same for every run of the same seed.
    """
    dimensions = 8 + MAX_DARK + 1
    points = norm.ppf(np.clip(qmc.Sobol(dimensions, seed=seed).random(n), 1e-9, 1 - 1e-9)).T
    means = np.array([method[f"prior.{term}"] for term in ("country", "goods", "workers", "sector")])
    coefficient = np.maximum(means[:, None] * (1 + method["prior.spread"] * points[:4]), 0.0)
    unknown = method["prior.unknown_spread"] * points[4:8]
    generator = np.random.default_rng(seed)
    # One normal per indicator name, by order of name, so that a new indicator does not move the others' draws.
    normals = {name: np.random.default_rng([seed, *name.encode()]).standard_normal(n) for name in indicators}
    weight = (
        np.stack([base * np.exp(method["weights.spread"] * normals[name]) for name, base in zip(indicators, base_weights, strict=True)])
        if indicators
        else np.zeros((1, n))
    )
    concentration = method["evidence.reliability_concentration"]
    uniform = generator.random(n)
    levels = [np.full(n, r) if r <= 0 or r >= 1 else beta.ppf(uniform, r * concentration, (1 - r) * concentration) for r in reliabilities]
    reliability = np.stack(levels) if levels else np.zeros((1, n))
    chance = norm.cdf(points[8 : 8 + MAX_DARK])
    offset = method["opacity.hidden_offset"] * norm.cdf(points[8 + MAX_DARK])
    size = method["weights.M"] * method["opacity.hidden_reliability"] * np.minimum(0.5 + offset, 1.0)
    hidden = np.zeros(((HIDDEN_LEVELS + 1) * MAX_DARK, n))
    for level in range(HIDDEN_LEVELS + 1):
        for dark in range(1, MAX_DARK):
            hidden[level * MAX_DARK + dark] = (chance[:dark] < level / HIDDEN_LEVELS).sum(axis=0) * size
    return Draws(coefficient, unknown, weight, reliability, hidden)


@compiled
def percentiles(
    first: int,
    last: int,
    out: Any,
    z: Any,
    known: Any,
    exempt: Any,
    fixed: Any,
    opacity: Any,
    hidden_row: Any,
    floor: Any,
    start: Any,
    stop: Any,
    group: Any,
    factor: Any,
    weight_code: Any,
    reliability_code: Any,
    coefficient: Any,
    unknown: Any,
    weight: Any,
    reliability: Any,
    hidden: Any,
    intercept: float,
    cap: float,
    rho: float,
    group_cap: float,
    ranks: Any,
) -> None:
    """Fills rows first..last of `out`: percentiles of the logit, shape (rows, len(ranks)).

    z (rows, 4), known (rows, 4), exempt (rows), fixed (rows): credits in logits, opacity (rows), hidden_row (rows): row of `hidden`,
    floor (rows) in logits; signs of a row stand from start to stop, sorted by `group`; `factor` is intensity x age x remedy.
    """
    n = coefficient.shape[1]
    values, greatest, summed, limit = np.empty(n), np.empty(n), np.empty(n), np.empty(n)
    # One number of a row at a time over all draws: the inner loops run without branches and fit the processor's vectors.
    for row in range(first, last):
        for d in range(n):
            values[d] = intercept
        for term in range(4):
            value = z[row, term]
            if known[row, term]:
                for d in range(n):
                    values[d] += coefficient[term, d] * value
            else:
                for d in range(n):
                    values[d] += coefficient[term, d] * min(max(value + unknown[term, d], 0.0), 1.0)
        if not exempt[row]:
            for d in range(n):
                values[d] = min(values[d], cap)
        here = start[row]
        while here < stop[row]:
            this = group[here]
            for d in range(n):
                greatest[d], summed[d], limit[d] = 0.0, 0.0, 0.0
            while here < stop[row] and group[here] == this:
                weights, trusts, part = weight[weight_code[here]], reliability[reliability_code[here]], factor[here]
                for d in range(n):
                    m = weights[d] * trusts[d] * part
                    summed[d] += m
                    greatest[d] = max(greatest[d], m)
                    limit[d] = max(limit[d], weights[d] * group_cap)
                here += 1
            for d in range(n):
                values[d] += min(greatest[d] + rho * (summed[d] - greatest[d]), limit[d])
        dark, light, credit, least = hidden[hidden_row[row]], opacity[row], fixed[row], floor[row]
        for d in range(n):
            values[d] = max(values[d] + credit + max(light, dark[d]), least)
        low = 0
        for place in range(ranks.shape[0]):  # ranks rise, so each search begins where the last one ended
            _select(values, low, ranks[place])
            out[row, place] = values[ranks[place]]
            low = ranks[place]


@compiled
def _select(values: Any, low: int, rank: int) -> None:
    """Moves the `rank`-th smallest of values to its place, the smaller before it; what stands before `low` is smaller already."""
    high = values.size - 1
    while low < high:
        pivot = values[(low + high) >> 1]
        i, j = low, high
        while i <= j:
            while values[i] < pivot:
                i += 1
            while values[j] > pivot:
                j -= 1
            if i <= j:
                values[i], values[j] = values[j], values[i]
                i += 1
                j -= 1
        if rank <= j:
            high = j
        elif rank >= i:
            low = i
        else:
            return


def in_parts(rows: int, ranks: Ints, arguments: tuple[Any, ...]) -> Floats:
    """`percentiles` over all rows, shape (rows, len(ranks)), shared out among the cores."""
    out = np.empty((rows, ranks.size))
    workers = os.cpu_count() or 1
    edges = np.linspace(0, rows, 4 * workers + 1).astype(int)
    with ThreadPoolExecutor(workers) as pool:
        parts: Any = percentiles  # numba's signature is that of the arguments it is given
        list(pool.map(lambda edge: parts(edge[0], edge[1], out, *arguments, ranks), zip(edges[:-1], edges[1:], strict=True)))
    return out


def rank_of(percentile: float, n: int) -> int:
    """Index of the order statistic for a percentile of n draws (the smallest value with at least that share at or below it)."""
    return min(max(int(np.ceil(percentile * n)) - 1, 0), n - 1)
