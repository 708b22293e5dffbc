"""The test vectors T1 to T11 of the scoring rule, as amended: deterministic, default numbers, no draws."""

import polars as pl
import pytest
from build import METHOD, SPECS, clean, context, finding_frame, one, score, sign, spec

from risk.explanation import reasons
from risk.frames import by_head

STRONG = [
    sign("months", 1.0, evidence_class="S", severity=3),
    sign("fees", 1.0),
    sign("over_cap", 0.8),
    sign("documents", 0.7),
]
PAPER = {**SPECS, "measure": spec("measure", "MITIGATION", "G", credit=1.2)}
REMEDIED = [sign("remedy", 0.35, 1.0, evidence_class="REMEDY", detail=row["indicator"], state="worker_verified") for row in STRONG]
GLOVES = context(0.45, 0.8, 0.8, 0.8)
LOOKED = clean("fees", "months", "over_cap", "licence", "wages", "hours")
PRESS = [sign("wages", 0.6, 0.5, event_id="E1", evidence=str(copy), severity=2) for copy in range(3)]
BICYCLE = [
    sign("months", 1.0, 0.5, evidence_class="S", severity=3),
    sign("fees", 1.0, 0.5),
    sign("deposit", 0.8, 0.5),
]

VECTORS = {
    # name: (rows, sector, coverage, dark groups, specs, expected severity | p0, sum E, sum A, O, M, p, S, index, band, label)
    "T1": (context(0.1, 0.1, 0.1, 0.1, severity=1), 0.1, 0.7, 0, SPECS, 1, (0.017, 0, 0, 0, 0, 0.017, 1, 0.9, "low", None)),
    "T2": (context(0.55, 0.7, 0.3, 0.6), 0.6, 0.2, 6, SPECS, 3, (0.186, 0, 0, 0.8, 0, 0.337, 3, 46.1, "elevated", "context_only")),
    "T3": (context(0.55, 0.7, 0.3, 0.6) + LOOKED, 0.6, 0.65, 0, SPECS, 3, (0.186, 0, -0.94, 0, 0, 0.082, 3, 12.0, "moderate", None)),
    "T4": (
        context(0.55, 0.7, 0.3, 0.6) + LOOKED + [sign("measure", 1.0)],
        0.6,
        0.65,
        0,
        SPECS,
        3,
        (0.186, 0, -0.94, 0, 1.0, 0.032, 3, 4.7, "low", None),
    ),
    "T5": (GLOVES + STRONG, 0.8, 0.7, 0, SPECS, 3, (0.337, 3.92, 0, 0, 0, 0.962, 3, 99.3, "critical", None)),
    "T6": (GLOVES + STRONG + [sign("measure", 1.0)], 0.8, 0.7, 0, PAPER, 3, (0.337, 3.92, 0, 0, 0, 0.962, 3, 99.3, "critical", None)),
    "T7": (
        GLOVES + STRONG + REMEDIED + [sign("measure", 0.8 / 1.2)],
        0.8,
        0.7,
        0,
        PAPER,
        3,
        (0.337, 1.37, 0, 0, 0.8, 0.474, 3, 61.8, "high", None),
    ),
    "T8": (context(0.3, 0.2, 0.2, 0.3) + PRESS, 0.3, 0.5, 0, SPECS, 2, (0.038, 0.33, 0, 0, 0, 0.052, 2, 5.2, "moderate_unverified", None)),
    "T9": (
        context(0.2, 0.2, 0.2, 0.2) + [sign("violence", 1.0), sign("pattern", 1.0, 1.0, override="FL_PATTERN")],
        0.2,
        0.7,
        0,
        SPECS,
        3,
        (0.030, 2.07, 0, 0, 0, 0.800, 4, 98.2, "critical", "FL_PATTERN"),
    ),
    "T10": (context(1, 1, 1, 1, severity=4), 1.0, 0.3, 4, SPECS, 4, (0.350, 0, 0, 0.8, 0, 0.545, 3, 69.3, "high", "context_only")),
    "T11": (context(0.25, 0.1, 0.8, 0.5) + BICYCLE, 0.5, 0.7, 0, SPECS, 3, (0.067, 2.15, 0, 0, 0, 0.382, 3, 51.4, "high", None)),
}


@pytest.mark.parametrize("name", VECTORS)
def test_vector(name):
    rows, sector, covered, dark, specs, expected, want = VECTORS[name]
    got = one(score(rows, sector=sector, covered=covered, dark=dark, specs=specs, expected=expected))
    p0, evidence, absence, opacity, mitigation, p, severity, index, band, label = want
    prior = 1 / (1 + 2.718281828459045 ** -got["logit_p0"])
    assert prior == pytest.approx(p0, abs=0.001)
    assert got["evidence_logits"] == pytest.approx(evidence, abs=0.005)
    assert got["absence_logits"] == pytest.approx(absence, abs=0.005)
    assert got["opacity"] == pytest.approx(opacity)
    assert -got["mitigation_logits"] == pytest.approx(mitigation)
    assert got["likelihood"] == pytest.approx(p, abs=0.002)
    assert got["severity"] == severity
    assert got["index"] == got["index_p80"] == pytest.approx(index, abs=0.3)
    assert (got["raw_band"], got["band_label"]) == (band, label)


@pytest.mark.parametrize("name", VECTORS)
def test_reasons_add_up(name):
    rows, sector, covered, dark, specs, expected, _ = VECTORS[name]
    result = score(rows, sector=sector, covered=covered, dark=dark, specs=specs, expected=expected)
    total = reasons(result, by_head(finding_frame(rows), specs), METHOD).group_by("party_id", "head").agg(pl.col("logits").sum()).collect()
    both = result.scores.join(total, on=["party_id", "head"], suffix="_sum")
    assert both["logits"].to_list() == pytest.approx(both["logit"].to_list(), abs=1e-9)
