"""Bands: thresholds, caps, what was not looked at, and how slowly they fall."""

import polars as pl
import pytest
from build import METHOD, context, score, sign

from risk import bands
from risk.score import leading, party_scores

FIELDS = {
    "party_id": "P",
    "raw_band": "high",
    "index_p80": 60.0,
    "override": None,
    "is_context_only": False,
    "is_linked_only": False,
}
NIGHT = {"party_id": "P", "band": "high", "runs_below": 0, "override": None}


def night(before, **now):
    """band and runs_below after one more run: `before` is the last published row."""
    frame = pl.LazyFrame([{**FIELDS, **now}], schema_overrides={"override": pl.String})
    previous = None if before is None else pl.LazyFrame([{**NIGHT, **before}], schema_overrides={"override": pl.String})
    row = bands.with_hysteresis(frame, previous, METHOD).collect().row(0, named=True)
    return row["band"], row["runs_below"]


def banded(index, covered, **more):
    fields = {"override": None, "floor_code": None, "is_context_only": False, "is_linked_only": False, **more}
    texts = {"override": pl.String, "floor_code": pl.String}
    frame = pl.LazyFrame([{"index_p80": index, "coverage": covered, **fields}], schema_overrides=texts)
    row = bands.band(frame, METHOD).collect().row(0, named=True)
    return row["raw_band"], row["band_label"]


@pytest.mark.parametrize(
    ("index", "covered", "band"),
    [
        (75.0, 0.0, "critical"), (74.9, 0.9, "high"), (50.0, 0.9, "high"), (25.0, 0.9, "elevated"), (10.0, 0.9, "moderate"),
        (9.9, 0.6, "low"), (9.9, 0.59, "moderate_unverified"), (9.9, 0.4, "moderate_unverified"), (9.9, 0.39, "insufficient"),
    ],
)
def test_thresholds_and_what_was_not_looked_at(index, covered, band):
    assert banded(index, covered)[0] == band


def test_no_own_evidence_is_capped_and_an_override_is_not():
    assert banded(90.0, 0.2, is_context_only=True) == ("high", "context_only")
    assert banded(90.0, 0.2, is_linked_only=True) == ("high", "linked")
    assert banded(90.0, 0.2, is_context_only=True, override="TERRITORY_BAN") == ("critical", "TERRITORY_BAN")


def test_a_band_rises_at_once():
    assert night({"band": "moderate"}, raw_band="critical", index_p80=80.0) == ("critical", 0)
    assert night({"band": "high", "runs_below": 1}, raw_band="critical", index_p80=80.0) == ("critical", 0)
    assert night({"band": "low"}, raw_band="insufficient", index_p80=5.0) == ("insufficient", 0)


def test_a_band_falls_after_two_runs_clearly_below():
    first = night({}, raw_band="elevated", index_p80=46.9)
    assert first == ("high", 1)
    assert night({"runs_below": first[1]}, raw_band="elevated", index_p80=46.9) == ("elevated", 0)


def test_within_three_points_it_does_not_fall_however_often():
    assert night({"runs_below": 1}, raw_band="elevated", index_p80=47.1) == ("high", 0)


def test_a_run_back_above_starts_the_count_again():
    assert night({"runs_below": 1}, raw_band="high", index_p80=55.0) == ("high", 0)
    assert night({"runs_below": 0}, raw_band="elevated", index_p80=40.0) == ("high", 1)


def test_a_delisting_takes_effect_the_same_night():
    """Without this, a party that an authority took off its list would stand as Critical for another night."""
    assert night({"band": "critical", "override": "LIST_FL"}, raw_band="moderate", index_p80=12.0) == ("moderate", 0)
    assert night({"band": "critical"}, raw_band="moderate", index_p80=12.0) == ("critical", 1)


def test_a_critical_band_is_never_held_by_what_cannot_be_critical():
    """An index above the threshold would otherwise hold the band for ever, since it never stands clearly below it."""
    for flag in ("is_context_only", "is_linked_only"):
        assert night({"band": "critical"}, raw_band="high", index_p80=80.0, **{flag: True}) == ("high", 0)
    assert night({"band": "critical"}, raw_band="high", index_p80=80.0) == ("high", 0)


def test_a_first_run_a_replay_and_a_new_party_take_the_band_as_it_is():
    assert night(None) == ("high", 0)
    assert night({"party_id": "Q"}) == ("high", 0)


def test_a_sign_of_the_other_head_is_evidence_about_the_party():
    rows = [*context(0.6, 0.7, 0.6, 0.6), sign("child", 0.2, 0.5)]
    lead = leading(score(rows, sector=0.6).scores).row(0, named=True)
    assert not lead["is_context_only"]
    assert leading(score(context(0.6, 0.7, 0.6, 0.6), sector=0.6).scores).row(0, named=True)["is_context_only"]


def test_of_two_heads_in_one_band_the_one_with_an_override_then_own_evidence_leads():
    base = {"party_id": "P", "raw_band": "critical", "is_context_only": False, "is_linked_only": False, "severity": 4}
    heads = [{**base, "head": "FL", "override": None, "logit": 5.0}, {**base, "head": "CL", "override": "CHILD_HAZ", "logit": 2.0}]
    assert leading(pl.DataFrame(heads)).row(0, named=True)["head"] == "CL"
    heads = [
        {**base, "head": "FL", "override": None, "logit": 5.0, "raw_band": "high", "is_context_only": True},
        {**base, "head": "CL", "override": None, "logit": 0.2, "raw_band": "high"},
    ]
    assert leading(pl.DataFrame(heads)).row(0, named=True)["head"] == "CL"


def test_a_held_band_carries_no_label_of_the_new_one():
    heads = score(context(0.6, 0.7, 0.6, 0.6), sector=0.6).scores
    previous = pl.LazyFrame([{**NIGHT, "band": "critical"}], schema_overrides={"override": pl.String})
    pending = pl.LazyFrame(schema={"party_id": pl.String, "match_confidence": pl.Float64})
    got = party_scores(heads, None, pending, previous, METHOD).row(0, named=True)
    assert got["band"] == got["raw_band"] != "critical"
