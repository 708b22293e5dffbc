"""Learning the coefficients from labelled pairs.

    python -m pipelines.resolution.training PAIRS.csv OSH.csv --lists DIR

PAIRS.csv: schema, name1, name2, is_match. OSH.csv: label (match, distinct) and name, address and country of both sides (a_, b_). DIR: the
public lists of corpus.py. Writes model/coefficients.yml and model/tokens.csv; the same input gives the same bytes.
Does not belong here: measuring (benchmarks/matching.py).
"""

from __future__ import annotations

import argparse
import datetime as dt
import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl
import yaml
from scipy.optimize import minimize
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedGroupKFold

from data import model
from pipelines import normalise
from pipelines.resolution import addresses, compare, corpus, examples, names, probability, vocabulary

Floats = npt.NDArray[np.float64]
SCHEMAS = {"person": "person", "vessel": "vessel"}
PRIORS = Path(__file__).parent / "model" / "priors.yml"
FOLDS = 5
SHARE = 0.25  # what all made-up pairs weigh beside the labelled ones, so that the hand-labelled policy rules
SPREAD = 1.0  # how far, in logits, the few facility pairs may draw a coefficient from its prior
STRENGTH = 5.0  # inverse of the penalty on squared coefficients
# Which way a term may speak; a term that learns the opposite from so few pairs is left out.
SIGNS = {
    "agreed_weight": 1, "agreed_cover": 1, "agreed_nothing": -1, "agreed_one_word": -1, "agreed_specific": 1, "edits": -1, "sound": 1,
    "rest": -1, "number": -1, "place_rest": -1, "initial": -1, "acronym": 1, "form": -1, "words": -1, "order": -1, "legal": -1,
}  # fmt: skip


@dataclass(frozen=True)
class Fit:
    """A model of names: `start` and the logits per unit of each term."""

    start: float
    terms: dict[str, float]

    def logits(self, found: pl.DataFrame) -> Floats:
        """Float64 logit of each row of compare.features."""
        return self.start + sum((weight * found[term].to_numpy() for term, weight in self.terms.items()), np.zeros(found.height))


def schema_of(word: str | None) -> str:
    """organisation, person or vessel of the free word for a schema."""
    return SCHEMAS.get((word or "").strip().lower(), "organisation")


def paired(one: pl.Series, other: pl.Series, schema: pl.Series) -> pl.DataFrame:
    """Both names of each pair prepared, columns with _1 and _2."""
    sides = [names.prepared(pl.DataFrame({"name": name, "schema": schema})) for name in (one, other)]
    return pl.concat([frame.select(pl.all().name.suffix(f"_{side}")) for side, frame in enumerate(sides, start=1)], how="horizontal")


def labelled(path: Path) -> tuple[pl.DataFrame, npt.NDArray[np.bool_]]:
    """The prepared pairs of PAIRS.csv and whether each is one party."""
    table = pl.read_csv(path, schema_overrides={"name1": pl.String, "name2": pl.String, "is_match": pl.String})
    schema = pl.Series([schema_of(word) for word in table["schema"]])
    return paired(table["name1"], table["name2"], schema), (table["is_match"].str.to_lowercase() == "true").to_numpy()


def groups(pairs: pl.DataFrame) -> npt.NDArray[np.int64]:
    """One number for all pairs that share a normalised name with one another, directly or through others."""
    nodes = pl.concat([pairs["exact_1"].fill_null(""), pairs["exact_2"].fill_null("")]).rank("dense").to_numpy().astype(np.int64) - 1
    one, other = nodes[: pairs.height], nodes[pairs.height :]
    graph = coo_matrix((np.ones(pairs.height), (one, other)), shape=(int(nodes.max()) + 1,) * 2)
    found: npt.NDArray[np.int64] = connected_components(graph, directed=False)[1][one]
    return found


def _sign(term: str) -> int:
    return SIGNS[max((name for name in SIGNS if term.startswith(name)), key=len)]


def fitted(found: pl.DataFrame, same: npt.NDArray[np.bool_], weight: Floats | None = None, strength: float = STRENGTH) -> Fit:
    """Regularised logistic regression on terms that speak the way they may (SIGNS); what priors.yml fixes of names is added to it."""
    fixed = {term: float(prior["logits"]) for term, prior in model.read_yaml(PRIORS).items() if prior.get("is_of_names")}
    terms = [term for term in found.columns if found[term].n_unique() > 1 and term not in fixed]
    while True:
        regression = LogisticRegression(C=strength, max_iter=200, solver="newton-cholesky").fit(
            found.select(terms).to_numpy(), same, sample_weight=weight
        )
        logits = regression.coef_[0]
        wrong = [term for term, value in zip(terms, logits, strict=True) if value * _sign(term) < 0]
        if not wrong:
            # so that matches stay where they were
            shift = sum(weight * float(found[term].to_numpy()[same].mean()) for term, weight in fixed.items())
            learned_terms = {term: float(value) for term, value in zip(terms, logits, strict=True)}
            return Fit(float(regression.intercept_[0]) - shift, learned_terms | fixed)
        worst = max(wrong, key=lambda term: abs(logits[terms.index(term)] * found[term].std()))
        terms.remove(worst)


def calibrated(fit: Fit, logits: Floats, same: npt.NDArray[np.bool_]) -> Fit:
    """The fit with slope and start such that logits of pairs it has not seen mean what they say (Platt), folded into the coefficients."""

    def loss(values: Floats) -> float:
        shifted = values[0] + values[1] * logits
        return float(np.sum(np.logaddexp(0, shifted) - same * shifted) + 2 * (values[1] - 1) ** 2 + 0.5 * values[0] ** 2)

    shift, slope = minimize(loss, np.array([0.0, 1.0]), method="L-BFGS-B", bounds=[(-3, 3), (0.3, 3)]).x
    return Fit(float(shift + slope * fit.start), {term: float(slope * value) for term, value in fit.terms.items()})


@dataclass(frozen=True)
class Made:
    """Pairs made from lists: features, truth, and the two normalised names that no test pair may share."""

    found: pl.DataFrame
    same: npt.NDArray[np.bool_]
    schema: pl.Series
    exact: pl.DataFrame


def made(folder: Path) -> Made:
    """The made-up pairs of examples.py from the lists in `folder`."""
    table = examples.examples(corpus.names(folder))
    pairs = paired(table["name_1"], table["name_2"], table["schema"])
    return Made(compare.features(pairs), table["is_match"].to_numpy(), table["schema"], pairs.select("exact_1", "exact_2"))


def learned(
    found: pl.DataFrame, same: npt.NDArray[np.bool_], group: npt.NDArray[np.int64], more: tuple[pl.DataFrame, npt.NDArray[np.bool_]]
) -> Fit:
    """Fit and calibration for one schema. `more`: made-up pairs, which weigh SHARE of the labelled ones and are not calibrated on."""
    both = pl.concat([found, more[0]])
    truth = np.concatenate([same, more[1]])

    def weight(rows: int) -> Floats:
        return np.concatenate([np.ones(rows), np.full(more[0].height, SHARE * rows / max(more[0].height, 1))])

    unseen = np.zeros(found.height)
    for train, test in StratifiedGroupKFold(FOLDS, shuffle=True, random_state=0).split(found.to_numpy(), same, group):
        rows = np.concatenate([train, np.arange(found.height, both.height)])
        unseen[test] = fitted(both[rows], truth[rows], weight(train.size)).logits(found[test])
    return calibrated(fitted(both, truth, weight(found.height)), unseen, same)


def facility_pairs(path: Path) -> tuple[pl.DataFrame, npt.NDArray[np.bool_]]:
    """The prepared pairs of OSH.csv with country and address, and whether each is one site."""
    table = pl.read_csv(path, infer_schema_length=0)
    pairs = paired(table["a_name"], table["b_name"], pl.Series(["organisation"] * table.height)).with_columns(
        country_1=normalise.countries(table["a_country"]), country_2=normalise.countries(table["b_country"]),
        address_1=table["a_address"], address_2=table["b_address"],
    )  # fmt: skip
    return pairs, (table["label"] == "match").to_numpy()


def _around(pairs: pl.DataFrame, found: pl.DataFrame) -> pl.DataFrame:
    return addresses.features(pairs, found["number_rest"] + found["number_edits"] > 0)


def context_logits(pairs: pl.DataFrame, found: pl.DataFrame, weights: dict[str, float]) -> Floats:
    """What country, place and address add to the logit of each pair."""
    around = _around(pairs, found)
    return sum((weights[term] * around[term].to_numpy() for term in addresses.CONTEXT), np.zeros(pairs.height))


def context(pairs: pl.DataFrame, same: npt.NDArray[np.bool_], fit: Fit) -> dict[str, dict[str, Any]]:
    """What country and address are worth, from facility pairs with the logit of the names held; near the prior where pairs say little."""
    found = compare.features(pairs)
    around = _around(pairs, found)
    priors = {term: prior for term, prior in model.read_yaml(PRIORS).items() if not prior.get("is_of_names")}
    terms = [term for term, prior in priors.items() if prior["is_learned"]]
    before = np.array([priors[term]["logits"] for term in terms])
    values, names_say = around.select(terms).to_numpy(), np.clip(fit.logits(found), -4, 4)

    def loss(weights: Floats) -> float:
        logit = names_say + values @ weights
        return float(np.sum(np.logaddexp(0, logit) - same * logit) + np.sum((weights - before) ** 2) / (2 * SPREAD**2))

    bounds = [(0, None) if weight > 0 else (None, 0) for weight in before]
    after = dict(zip(terms, minimize(loss, before, method="L-BFGS-B", bounds=bounds).x, strict=True))
    return {
        term: {
            "logits": _round(after.get(term, prior["logits"])),
            "prior": prior["logits"],
            "pairs": int(around[term].cast(pl.Boolean).sum()) if prior["is_learned"] else 0,
            "reason": prior["reason"],
        }
        for term, prior in priors.items()
    }


def _round(value: float) -> float:
    return round(float(value), 4)


def word_shares(listed: pl.DataFrame, least: int = 3) -> pl.DataFrame:
    """schema, word, per_million: in how many of a million entities a word stands; words of fewer than `least` are left out."""
    prepared = names.prepared(listed.select("entity", "name", "schema"))
    words = prepared.select("entity", "schema", word=pl.col("core").str.split(" ")).explode("word").drop_nulls("word").unique()
    size = prepared.group_by("schema").agg(size=pl.col("entity").n_unique())
    return (
        words.group_by("schema", "word").len()
        .filter(pl.col("len") >= least)
        .join(size, on="schema")
        .select("schema", "word", per_million=(pl.col("len") * 1_000_000 / pl.col("size")).round().cast(pl.Int64))
        .sort("schema", "word")
    )  # fmt: skip


def _stamp(inputs: list[tuple[str, Path, str]], on: str | None) -> dict[str, Any]:
    """What was learned from. The day is that of the last training from the same data, or today."""
    files = [
        {"what": what, "file": path.name, "sha256": hashlib.sha256(path.read_bytes()).hexdigest(), "licence": licence}
        for what, path, licence in inputs
    ]
    together = hashlib.sha256("".join(str(file["sha256"]) for file in files).encode()).hexdigest()
    before = model.read_yaml(probability.COEFFICIENTS)["learned_from"] if probability.COEFFICIENTS.exists() else {}
    day = on or (before.get("on") if before.get("sha256") == together else None) or dt.date.today().isoformat()
    return {"on": str(day), "sha256": together, "files": files}


def _term(fit: Fit) -> dict[str, Any]:
    return {"start": _round(fit.start), "terms": {term: _round(weight) for term, weight in fit.terms.items()}}


HEADER = """# Learned by pipelines/resolution/training.py; do not edit by hand. What each term measures is in MODEL_CARD.md.
# Logits (natural log of odds) per unit of the term; `start` is what a pair has before anything is compared. They add up to the logit.
# Vessels have too few labelled pairs to learn from and are weighed as organisations are.
"""


def train(pairs_file: Path, facilities: Path, lists: Path, on: str | None = None) -> None:
    """Writes model/tokens.csv and model/coefficients.yml."""
    listed = corpus.names(lists)
    word_shares(listed.filter(pl.col("list") != "un")).write_csv(vocabulary.TOKENS)
    vocabulary.renew()
    pairs, same = labelled(pairs_file)
    found, schema, group, more = compare.features(pairs), pairs["schema_1"], groups(pairs), made(lists)
    fits = {}
    for name in ("organisation", "person"):
        of, made_of = (schema == name).to_numpy(), (more.schema == name).to_numpy()
        fits[name] = learned(found.filter(of), same[of], group[of], (more.found.filter(made_of), more.same[made_of]))
    fits["vessel"] = fits["organisation"]
    inputs = [("name pairs", pairs_file, "MIT"), ("facility pairs", facilities, "MIT")]
    inputs += [("list", path, "US Government work or UN list; facts") for path in corpus.files(lists)]
    text = {
        "learned_from": _stamp(inputs, on),
        "schemas": {name: _term(fit) for name, fit in fits.items()},
        "context": context(*facility_pairs(facilities), fits["organisation"]),
    }
    probability.COEFFICIENTS.write_text(HEADER + yaml.safe_dump(text, sort_keys=False, allow_unicode=True, width=140), encoding="utf-8")
    probability.coefficients.cache_clear()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("pairs", type=Path)
    parser.add_argument("facilities", type=Path)
    parser.add_argument("--lists", type=Path, required=True)
    parser.add_argument("--on", help="day to write into the stamp, YYYY-MM-DD")
    asked = parser.parse_args()
    train(asked.pairs, asked.facilities, asked.lists, asked.on)


if __name__ == "__main__":
    main()
