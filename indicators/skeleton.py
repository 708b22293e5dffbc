"""The skeleton of a new indicator, which says by its gaps what is still to be written. It loads only when nothing is missing."""

from __future__ import annotations

from pathlib import Path

RULE = '''"""{id}."""

import narwhals as nw

from indicators.expressions import evidence
from indicators.registry import Frame, indicator


@indicator(
    title={{"en": "", "fr": ""}},
    subject="party",
    evidence_class="M",
    group="",
    heads=("FL",),
    severity=2,
    ilo=(),
    authorities=[],
    four_ps=["prevention"],
    remedy={{"en": "", "fr": ""}},
    ask={{"en": "", "fr": ""}},
    lifecycle="experimental",
)
def {id}(statement: Frame, *, thresholds) -> Frame:  # type: ignore[no-untyped-def]
    """The condition in one sentence.

    How it is computed: the formula; null for what is not known.
    Why it is a sign: the reason, with its authority.
    What it misses: what the formula cannot see.
    Exclusions: what must not be flagged.
    """
    rows = statement.filter(nw.col("question") == "").with_columns(intensity=nw.lit(None).cast(nw.Float64))
    return rows.select(
        nw.col("party_id").alias("subject_id"), "intensity", nw.col("reliability_adverse").alias("reliability"), "observed_on", "event_id",
        evidence("row_id").alias("evidence"), "source_type",
    )
'''
THRESHOLDS = """# Every number that can be argued about: what it means, its unit, where it comes from, and from when it holds.
# name:
#   description:
#   unit:
#   reference:
#   values:
#     2019-01-01: 0.5
"""
CASES = """indicator: {id}
cases:
  - name: What a reader with no computer would call a sign
    kind: flagged
    given:
      statement: [{{party_id: P1, source_type: worker_survey, evidence_status: alleged, observed_on: 2026-02-01}}]
    then: [{{subject_id: P1, intensity: 1.0}}]
# kind: clear, unknown and excluded must follow.
"""


def write(identifier: str, root: Path) -> list[Path]:
    """Writes rule, thresholds and cases of GROUP/ID under `root` (the project); the files written. ValueError if the name is no name or
    is taken."""
    group, _, name = identifier.partition("/")
    if not (group.isidentifier() and name.isidentifier()):
        raise ValueError(
            f"{identifier!r} is not GROUP/ID. Give a folder and an id of letters, digits and underscores, such as recruitment/rec_deposit."
        )
    if any((root / "indicators").glob(f"*/{name}.py")):
        raise ValueError(f"{name} exists already. Choose another id, or edit the file that is there.")
    files = {
        root / "indicators" / group / f"{name}.py": RULE.format(id=name),
        root / "indicators" / group / f"{name}.yml": THRESHOLDS,
        root / "tests" / "indicators" / group / f"{name}.yml": CASES.format(id=name),
    }
    init = root / "indicators" / group / "__init__.py"
    if not init.exists():
        files[init] = ""
    for path, text in files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return list(files)
