"""How well the matcher tells the same party from another on labelled pairs, beside simple baselines.

    python -m benchmarks.matching PAIRS.csv [--osh OSH.csv] [--lists DIR] [--repeats 5]

PAIRS.csv: schema, name1, name2, is_match. Stratified cross-validation in five folds, repeated; pairs that share a normalised name,
directly or through others, stay in one fold; everything is fitted again inside the folds, and made-up pairs that share a name with a
tested pair are left out. --osh: facility pairs (label, a_ and b_ name, address, country), for what country and address add. Figures are
printed, never asserted.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

import numpy as np
import numpy.typing as npt
import polars as pl
from rapidfuzz import fuzz
from rapidfuzz.distance import JaroWinkler
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.metrics import average_precision_score, brier_score_loss, precision_recall_curve
from sklearn.model_selection import StratifiedGroupKFold

from pipelines.resolution import compare, probability, training

Floats = npt.NDArray[np.float64]
Truth = npt.NDArray[np.bool_]
RESAMPLES = 300
CAPACITIES = (10, 20, 50)
RECALL = 0.85


def _f1(precision: Floats, recall: Floats) -> Floats:
    return 2 * precision * recall / np.maximum(precision + recall, 1e-12)


def best(same: Truth, score: Floats) -> tuple[float, float, float, float]:
    """Threshold of the highest F1, and precision, recall and F1 there."""
    precision, recall, threshold = precision_recall_curve(same, score)
    at = int(np.argmax(_f1(precision[:-1], recall[:-1])))
    return float(threshold[at]), float(precision[at]), float(recall[at]), float(_f1(precision, recall)[at])


def at_threshold(same: Truth, said: Truth) -> tuple[float, float, float]:
    hits = float((same & said).sum())
    precision, recall = hits / max(float(said.sum()), 1), hits / max(float(same.sum()), 1)
    return precision, recall, float(_f1(np.array([precision]), np.array([recall]))[0])


def precision_at(same: Truth, score: Floats, wanted: float) -> float:
    precision, recall, _ = precision_recall_curve(same, score)
    return float(precision[recall >= wanted].max())


def spread(
    measures: dict[str, Callable[[Truth, Floats], float]], same: Truth, score: Floats, group: npt.NDArray[np.int64]
) -> dict[str, Floats]:
    """95 % interval of each measure by drawing groups of pairs with replacement."""
    rng, members = np.random.default_rng(1), [np.flatnonzero(group == one) for one in np.unique(group)]
    found: dict[str, list[float]] = {name: [] for name in measures}
    for _ in range(RESAMPLES):
        rows = np.concatenate([members[i] for i in rng.integers(0, len(members), len(members))])
        if same[rows].any() and not same[rows].all():
            for name, measure in measures.items():
                found[name].append(measure(same[rows], score[rows]))
    return {name: np.quantile(values, [0.025, 0.975]) for name, values in found.items()}


def unseen(
    found: pl.DataFrame, exact: pl.DataFrame, same: Truth, group: npt.NDArray[np.int64],
    more: training.Made | None, schema: str, repeat: int,
) -> tuple[Floats, Truth]:  # fmt: skip
    """Probability of each pair from a model that has not seen it, and whether it passes the threshold chosen on what that model saw."""
    given, said = np.zeros(found.height), np.zeros(found.height, bool)
    for train, test in StratifiedGroupKFold(5, shuffle=True, random_state=repeat).split(found.to_numpy(), same, group):
        extra = found.clear(), np.zeros(0, bool)
        if more is not None:
            tested = pl.concat([exact[test]["exact_1"], exact[test]["exact_2"]]).unique()
            free = ~(more.exact["exact_1"].is_in(tested.implode()) | more.exact["exact_2"].is_in(tested.implode())).fill_null(False)
            of = ((more.schema == schema) & free).to_numpy()
            extra = more.found.filter(of), more.same[of]
        fit = training.learned(found[train], same[train], group[train], extra)
        seen, given[test] = 1 / (1 + np.exp(-fit.logits(found[train]))), 1 / (1 + np.exp(-fit.logits(found[test])))
        said[test] = given[test] >= best(same[train], seen)[0]
    return given, said


def baselines(pairs: pl.DataFrame) -> dict[str, Floats]:
    """Scores of simple ways to compare names."""
    one, other = (pairs[f"exact_{side}"].fill_null("").to_list() for side in (1, 2))
    both = list(zip(one, other, strict=True))
    matrix = TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 4)).fit_transform(one + other)
    cosine = np.asarray(matrix[: len(one)].multiply(matrix[len(one) :]).sum(axis=1)).ravel()
    return {
        "exact normalised name": np.array([float(a == b) for a, b in both]),
        "Jaro-Winkler": np.array([JaroWinkler.similarity(a, b) for a, b in both]),
        "token_set_ratio": np.array([fuzz.token_set_ratio(a, b) / 100 for a, b in both]),
        "TF-IDF cosine": cosine,
    }


def _row(name: str, same: Truth, score: Floats) -> str:
    threshold, precision, recall, f1 = best(same, score)
    return (
        f"{name:<26}{threshold:>9.3f}{precision:>10.3f}{recall:>8.3f}{f1:>8.3f}"
        f"{average_precision_score(same, score):>9.3f}{precision_at(same, score, RECALL):>11.3f}"
    )


def _report(schema: str, pairs: pl.DataFrame, same: Truth, group: npt.NDArray[np.int64], runs: list[tuple[Floats, Truth]]) -> None:
    print(f"\n{schema}: {same.size} pairs, {int(same.sum())} the same, {np.unique(group).size} groups, {len(runs)} repeats")
    print(f"{'':<26}{'threshold':>9}{'precision':>10}{'recall':>8}{'F1':>8}{'avg.pr.':>9}{'P at R .85':>11}")
    for name, score in baselines(pairs).items():
        print(_row(name, same, score))
    for number, (score, _) in enumerate(runs, start=1):
        print(_row(f"this matcher, repeat {number}", same, score))
    mean = np.mean([score for score, _ in runs], axis=0)
    measures: dict[str, Callable[[Truth, Floats], float]] = {
        "F1 at its best threshold": lambda y, p: best(y, p)[3],
        "average precision": average_precision_score,
        "precision at recall 0.85": lambda y, p: precision_at(y, p, RECALL),
        "Brier score": brier_score_loss,
        **{
            f"precision in the top {n}": lambda y, p, n=n: float(y[np.argsort(-p, kind="stable")[:n]].mean())
            for n in CAPACITIES
            if n < same.size
        },
    }
    print("mean of the repeats, and 95 % interval by drawing groups of pairs again:")
    intervals = spread(measures, same, mean, group)
    for name, measure in measures.items():
        low, high = intervals[name]
        print(f"  {name:<28}{np.mean([measure(same, score) for score, _ in runs]):>7.3f}   {low:.3f} to {high:.3f}")
    chosen = np.mean([at_threshold(same, said) for _, said in runs], axis=0)
    print(f"  at a threshold chosen on the training folds: precision {chosen[0]:.3f}, recall {chosen[1]:.3f}, F1 {chosen[2]:.3f}")
    print("reliability (all repeats): said, found, pairs")
    score, truth = np.concatenate([score for score, _ in runs]), np.tile(same, len(runs))
    edges = np.linspace(0, 1, 11)
    for low, high in zip(edges[:-1], edges[1:], strict=True):
        inside = (score >= low) & (score < high)
        if inside.any():
            print(f"  {low:.1f} to {high:.1f}   {score[inside].mean():.3f}  {truth[inside].mean():.3f}  {inside.sum() / len(runs):.1f}")


def names_only(path: Path, lists: Path | None, repeats: int) -> None:
    """Prints the figures of each schema."""
    pairs, same = training.labelled(path)
    found, group, schema = compare.features(pairs), training.groups(pairs), pairs["schema_1"]
    more = training.made(lists) if lists else None
    for name in ("organisation", "person"):
        of = (schema == name).to_numpy()
        mine = pairs.filter(of)
        runs = [
            unseen(found.filter(of), mine.select("exact_1", "exact_2"), same[of], group[of], more, name, repeat)
            for repeat in range(repeats)
        ]
        _report(name, mine, same[of], group[of], runs)
    of = (schema == "vessel").to_numpy()
    print(f"\nvessel: {of.sum()} pairs are too few for figures; weighed as organisations are, with the shipped coefficients:")
    for row in probability.probabilities(pairs.filter(of)).with_columns(same=pl.Series(same[of])).iter_rows(named=True):
        print(f"  {row['probability']:.3f}  {'same' if row['same'] else 'other':<6} {row['name_1']} | {row['name_2']}")


def facilities(path: Path) -> None:
    """Prints what country and address add on facility pairs, the context weights learned on other folds."""
    table, same = training.facility_pairs(path)
    found = compare.features(table)
    fit = training.Fit(
        probability.coefficients()["schemas"]["organisation"]["start"], probability.coefficients()["schemas"]["organisation"]["terms"]
    )
    group, scores = training.groups(table), np.zeros(same.size)
    for train, test in StratifiedGroupKFold(5, shuffle=True, random_state=0).split(found.to_numpy(), same, group):
        weights = {term: entry["logits"] for term, entry in training.context(table[train], same[train], fit).items()}
        scores[test] = fit.logits(found[test]) + training.context_logits(table[test], found[test], weights)
    print(f"\nfacilities: {same.size} pairs with address and country, {int(same.sum())} the same")
    print(f"{'':<26}{'threshold':>9}{'precision':>10}{'recall':>8}{'F1':>8}{'avg.pr.':>9}{'P at R .85':>11}")
    print(_row("names alone", same, 1 / (1 + np.exp(-fit.logits(found)))))
    print(_row("names, country, address", same, 1 / (1 + np.exp(-scores))))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("pairs", type=Path)
    parser.add_argument("--osh", type=Path, help="facility pairs")
    parser.add_argument("--lists", type=Path, help="folder of public lists; without it no pairs are made up")
    parser.add_argument("--repeats", type=int, default=5)
    asked = parser.parse_args()
    names_only(asked.pairs, asked.lists, asked.repeats)
    if asked.osh:
        facilities(asked.osh)


if __name__ == "__main__":
    main()
