"""Small builders, so that each case of the scoring tests is a few lines."""

import datetime as dt
from pathlib import Path

import polars as pl

from indicators.registry import Indicator
from pipelines.derive import conform
from risk import frames, heads, methodology
from risk.coverage import coverage, group_coverage

AS_OF = dt.date(2026, 6, 30)
METHOD = methodology.load()
TEXT = {"en": "text", "fr": "texte"}


def spec(name, group, evidence_class="M", heads=("FL",), severity=2, credit=None):
    return Indicator(
        id=name,
        group_folder="made_up",
        rule=lambda: None,
        title=TEXT,
        subject="party",
        evidence_class=evidence_class,
        group=group,
        heads=heads,
        severity=severity,
        ilo=(),
        authorities=(),
        four_ps=(),
        remedy=TEXT,
        ask=TEXT,
        lifecycle="stable",
        maximum_credit=credit,
        inputs=(),
        docstring="",
        path=Path(f"{name}.py"),
    )


SPECS = {
    item.id: item
    for item in (
        spec("ctx_country_prior", "CTX_COUNTRY", "C", ("FL", "CL")),
        spec("goods", "CTX_GOODS", "C", ("FL", "CL"), 3),
        spec("migrants", "PROFILE", "C", ("FL", "CL")),
        spec("corridor", "PROFILE", "C", ("FL", "CL")),
        spec("fees", "RECRUIT_COST"),
        spec("months", "RECRUIT_COST"),
        spec("over_cap", "RECRUIT_COST", "S"),
        spec("licence", "AGENCY"),
        spec("documents", "COERCION", "S", severity=3),
        spec("deposit", "DEBT", "S", severity=3),
        spec("contract", "DECEPTION"),
        spec("violence", "VIOLENCE", "S", severity=4),
        spec("wages", "WAGE"),
        spec("hours", "HOURS"),
        spec("conditions", "CONDITIONS"),
        spec("child", "CHILD", "S", ("CL",), 3),
        spec("age", "CTX_CHILD", "W", ("CL",), 1),
        spec("pattern", "PATTERN", "K", severity=4),
        spec("listed", "ENTITY", "K", severity=4),
        spec("ent_owner_listed", "ENTITY", "M", severity=3),
        spec("state", "STATE", "K", severity=4),
        spec("measure", "MITIGATION", "G", credit=1.0),
        spec("remedy", "REMEDY", "REMEDY", ("FL", "CL")),
    )
}


def sign(indicator, v, r=0.9, party="P", **more):
    base = {
        "indicator": indicator,
        "party_id": party,
        "intensity": v,
        "reliability": r,
        "evidence_class": SPECS[indicator].evidence_class,
        "severity": SPECS[indicator].severity,
        "observed_on": dt.date(2026, 3, 1),
        "state": "open",
        "evidence": f"{indicator}-{party}",
    }
    return {**base, **more}


def context(country, goods, workers, sector, party="P", severity=3):
    rows = [sign("ctx_country_prior", country, 1.0, party), sign("goods", goods, 1.0, party, severity=severity)]
    return [*rows, sign("migrants", workers, 1.0, party), sign("corridor", workers, 1.0, party)]


def clean(*indicators, party="P", source="worker_survey", r=0.9, **more):
    return [sign(name, 0.0, r, party, source_type=source, **more) for name in indicators]


def finding_frame(rows):
    """Rows of the contract `finding`."""
    return conform("finding", pl.LazyFrame(rows, schema_overrides={"observed_on": pl.Date}, infer_schema_length=None)).drop("row_id")


def score(rows, sector=0.3, covered=None, dark=None, draws=0, specs=SPECS, own_chain=True, parties=None, expected=2):
    """Head scores of made-up parties; `covered` and `dark` set coverage by hand, else it is computed from the rows."""
    names = sorted(parties or {row["party_id"] for row in rows})
    party = conform(
        "party",
        pl.LazyFrame(
            {
                "party_id": names,
                "name": names,
                "sector": ["garments"] * len(names),
                "is_own_chain": [own_chain] * len(names),
            }
        ),
    ).with_columns(country=pl.lit(None, dtype=pl.String))
    finding = frames.reduce_findings(frames.by_head(finding_frame(rows), specs))
    share = pl.LazyFrame({"sector": ["garments"], "z_sector": [sector], "expected_severity": [expected]})
    groups = group_coverage(finding, specs, METHOD, AS_OF)
    found = coverage(party, groups, pl.LazyFrame(schema={"party_id": pl.String}), METHOD)
    if covered is not None:
        found = found.with_columns(coverage=pl.lit(covered), dark_group_count=pl.lit(dark or 0, dtype=pl.Int64))
    return heads.head_scores(heads.Inputs(finding, party, share, found), specs, METHOD, AS_OF, draws)


def one(result, head="FL", party="P"):
    return result.scores.filter((pl.col("head") == head) & (pl.col("party_id") == party)).row(0, named=True)
