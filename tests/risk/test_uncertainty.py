"""How exact the 80th percentile is, measured; and that draws are the same for everybody."""

import numpy as np
import pytest
from build import METHOD, clean, context, one, score, sign
from scipy.stats import norm

from risk import uncertainty

CASE = [*context(0.4, 0.5, 0.3, 0.5), sign("wages", 0.6), sign("documents", 0.7, 0.5)]


def p80(draws, seed_of=METHOD):
    got = one(score(CASE, draws=draws))
    return np.log(got["p80"] / (1 - got["p80"]))


def test_the_80th_percentile_is_as_exact_as_the_methodology_says():
    """Against 65,536 draws: within 3 standard errors of 1.43 sd / sqrt(n), under an index point at a spread of half a logit."""
    truth, found = p80(2**16), p80(METHOD["draws.count"])
    spread = 0.5
    assert abs(found - truth) < 3 * 1.43 * spread / np.sqrt(METHOD["draws.count"])


def test_the_standard_error_of_an_order_statistic_is_the_one_the_methodology_states():
    n, sets = METHOD["draws.count"], 400
    values = np.sort(np.random.default_rng(1).standard_normal((sets, n)), axis=1)[:, uncertainty.rank_of(0.8, n)]
    assert values.std() == pytest.approx(np.sqrt(0.8 * 0.2) / norm.pdf(norm.ppf(0.8)) / np.sqrt(n), rel=0.15)
    assert values.std() == pytest.approx(1.43 / np.sqrt(n), rel=0.15)


def test_the_point_lies_within_its_interval():
    got = one(score(CASE, draws=1024))
    assert got["p10"] < got["p50"] < got["p80"] < got["p90"]
    assert got["p10"] < got["likelihood"] < got["p90"]


def test_a_party_draws_the_same_numbers_alone_and_in_company():
    alone = one(score(CASE, draws=256))
    others = [{**row, "party_id": "Q"} for row in [*context(0.9, 0.9, 0.9, 0.9), sign("violence", 1.0)]]
    among = one(score([*CASE, *others], draws=256))
    assert (alone["p10"], alone["p80"]) == (among["p10"], among["p80"])


def test_what_is_not_known_widens_the_interval():
    known = one(score(context(0.5, 0.4, 0.3, 0.5), sector=0.5, draws=1024))
    unknown = one(score(context(0.5, 0.4, 0.3, 0.5)[:1], sector=0.5, draws=1024))
    assert unknown["p90"] / (1 - unknown["p90"]) / (unknown["p10"] / (1 - unknown["p10"])) > known["p90"] / (1 - known["p90"]) / (
        known["p10"] / (1 - known["p10"])
    )


def test_asking_narrows_it():
    dark = one(score(context(0.5, 0.4, 0.3, 0.5), draws=1024))
    asked = one(
        score(context(0.5, 0.4, 0.3, 0.5) + clean("fees", "months", "over_cap", "licence", "documents", "wages", "hours"), draws=1024)
    )
    assert asked["p80"] < dark["p80"]


def test_ranks_of_percentiles():
    assert [uncertainty.rank_of(value, 10) for value in (0.1, 0.5, 0.8, 1.0)] == [0, 4, 7, 9]
