"""Blocking checks: every shared table against its contract, in Great Expectations, with the failing examples as metadata."""

from __future__ import annotations

import dagster as dg

from dagster_project.store import RunStore
from pipelines import validation

NAME = "contract"


def spec_for(table: str, asset: str) -> dg.AssetCheckSpec:
    """The check of `asset` against the contract of `table`; what depends on the asset waits for it."""
    return dg.AssetCheckSpec(NAME, asset=asset, blocking=True, description=f"Great Expectations from data/contracts/{table}.yml")


def checked(store: RunStore, table: str, saved: str, asset: str) -> dg.AssetCheckResult:
    """The result of that check over the saved table."""
    with store.timed("checks"):
        outcomes = validation.check(table, store.scan(saved))
    failed = [outcome for outcome in outcomes if not outcome.passed]
    store.facts.setdefault("checks", {})[table] = {"expectations": len(outcomes), "failed": [f"{o.expectation} {o.column}" for o in failed]}
    return dg.AssetCheckResult(
        passed=not any(outcome.severity == "critical" for outcome in failed),
        check_name=NAME,
        asset_key=asset,
        severity=dg.AssetCheckSeverity.ERROR,
        metadata={
            "expectations": len(outcomes),
            **{
                f"{o.expectation} {o.column}": f"{o.failing} rows fail, such as {', '.join(str(e['value']) for e in o.examples[:5])}"
                for o in failed
            },
        },
    )
