"""The asset graph, derived from the registries: a source, table or indicator that is added appears here by itself.

raw_<source> -> staged_<source>__<table> -> core_<table> -> finding_<indicator> -> risk_<step> -> published. Assets hand each other no
data: each reads and writes the run's Parquet through the run store, so that a step can be looked at and run again.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

import dagster as dg
import polars as pl

from dagster_project import inputs, steps
from dagster_project.checks import checked, spec_for
from dagster_project.publishing import publish
from dagster_project.resources import Run
from data import model
from indicators import registry as indicators
from pipelines import core as core_tables
from pipelines import registry as sources

CORE = tuple(
    sorted(
        {
            *core_tables.FACTS,
            "party",
            "recruitment_agency",
            "supply_link",
            "ownership_link",
            "recruitment_link",
            "recruitment_payment",
            "workforce",
            "mitigation",
            "purchase_order",
            "agency_licence",
            "statement",
            "party_product",
            "listing",
            "import_ban",
            "listing_match",
            "material_origin",
        }
    )
)


def _source_assets(source: sources.Source) -> dg.AssetsDefinition:
    """raw_<source> and its staged tables. A source that fails is served from its last good copy and says so; it never stops a run."""
    raw = dg.AssetKey(f"raw_{source.id}")
    tables = {table: dg.AssetKey(f"staged_{source.id}__{table}") for table in source.tables}
    outs = {
        "raw": dg.AssetOut(key=raw, description=source.summary, group_name="sources"),
        **{table: dg.AssetOut(key=key, group_name="sources") for table, key in tables.items()},
    }

    @dg.multi_asset(name=f"source_{source.id}", outs=outs, internal_asset_deps={"raw": set(), **{table: {raw} for table in tables}})
    def source_asset(run: Run) -> Iterator[dg.Output[None]]:
        counts, state = inputs.stage_source(run.begin(f"source {source.id}"), source)
        yield dg.Output(None, output_name="raw", metadata={"state": state.state, "message": state.message or ""})
        for table in tables:
            yield dg.Output(None, output_name=table, metadata={"rows": counts[table]})

    return source_asset


def _upload_asset(table: str) -> dg.AssetsDefinition:
    @dg.asset(name=f"staged_upload__{table}", group_name="uploads", description=model.contract(table).meaning)
    def upload_asset(run: Run) -> dg.MaterializeResult[None]:
        return dg.MaterializeResult(metadata={"rows": inputs.stage_upload(run.begin(f"upload {table}"), table)})

    return upload_asset


def _core_asset(staged: list[dg.AssetKey]) -> dg.AssetsDefinition:
    """All core tables in one step: they are resolved against one another."""
    outs = {table: dg.AssetOut(key=f"core_{table}", group_name="core", description=model.contract(table).meaning) for table in CORE}
    checks = [spec_for(table, f"core_{table}") for table in CORE]

    @dg.multi_asset(name="core", outs=outs, deps=staged, check_specs=checks)
    def core(run: Run) -> Iterator[Any]:
        store = run.begin("core tables")
        with store.timed("core"):
            counts = steps.core(store, inputs.staged(store))
        store.facts["rows"] = counts
        for table in CORE:
            yield dg.Output(None, output_name=table, metadata={"rows": counts[table]})
            yield checked(store, table, f"core_{table}", f"core_{table}")

    return core


def _finding_asset(spec: indicators.Indicator) -> dg.AssetsDefinition:
    deps = [f"risk_{name}" if name in steps.SECOND else f"core_{name}" for name in spec.inputs]

    @dg.asset(name=f"finding_{spec.id}", group_name=spec.group_folder, deps=deps, description=spec.title["en"])
    def finding(run: Run) -> dg.MaterializeResult[None]:
        store = run.begin(f"indicator {spec.id}")
        with store.timed(f"finding_{spec.id}"):
            return dg.MaterializeResult(metadata={"rows": steps.finding(store, spec)})

    return finding


def build() -> list[dg.AssetsDefinition]:
    """All assets of the graph."""
    found = indicators.load()
    first = [spec for spec in found.values() if steps.first_stage(spec)]
    second = [spec for spec in found.values() if not steps.first_stage(spec)]
    staging = [_source_assets(source) for source in sources.sources().values()]
    uploads = [_upload_asset(table) for table in model.contracts("upload")]
    staged = [key for asset in [*staging, *uploads] for key in asset.keys if key.path[-1].startswith("staged_")]

    @dg.asset(group_name="risk", deps=[f"finding_{spec.id}" for spec in first], check_specs=[spec_for("finding", "risk_finding")])
    def risk_finding(run: Run) -> Iterator[Any]:
        """What the indicators that read core tables say, in one table."""
        store = run.begin("risk finding")
        with store.timed("risk_finding"):
            rows = steps.union(store, first, "finding")
        yield dg.MaterializeResult(metadata={"rows": rows})
        yield checked(store, "finding", "finding", "risk_finding")

    @dg.asset(group_name="risk", deps=["risk_finding", "core_workforce"], check_specs=[spec_for("coverage", "risk_coverage")])
    def risk_coverage(run: Run) -> Iterator[Any]:
        """How much of the critical evidence was observed."""
        store = run.begin("risk coverage")
        with store.timed("risk_coverage"):
            rows = steps.risk_coverage(store)
        yield dg.MaterializeResult(metadata={"rows": rows})
        yield checked(store, "coverage", "coverage", "risk_coverage")

    @dg.asset(group_name="risk", deps=["risk_coverage", *[f"finding_{spec.id}" for spec in second], "core_party", "core_sector_share"])
    def risk_heads(run: Run) -> dg.MaterializeResult[None]:
        """Likelihood of both heads, with every part of it, and the reasons."""
        store = run.begin("risk heads")
        with store.timed("risk_heads"):
            return dg.MaterializeResult(metadata={"rows": steps.risk_heads(store)})

    @dg.asset(group_name="risk", deps=["risk_heads", "core_supply_link", "core_ownership_link", "core_party_product"])
    def risk_chain(run: Run) -> dg.MaterializeResult[None]:
        """Tiers, share exposed, presence, worst paths, ownership."""
        store = run.begin("risk chain")
        with store.timed("risk_chain"):
            return dg.MaterializeResult(metadata=dict(steps.risk_chain(store, inputs.buyers(store))))

    @dg.asset(group_name="risk", deps=["risk_chain"], check_specs=[spec_for("score", "risk_score")])
    def risk_score(run: Run) -> Iterator[Any]:
        """One result per party."""
        store = run.begin("risk score")
        with store.timed("risk_score"):
            rows = steps.risk_score(store, inputs.previous_bands(store))
        yield dg.MaterializeResult(metadata={"rows": rows})
        yield checked(store, "score", "score", "risk_score")

    @dg.asset(group_name="published", deps=["risk_score", *[f"core_{table}" for table in CORE]])
    def published(run: Run) -> dg.MaterializeResult[None]:
        """The immutable warehouse of the run; the pointer moves last."""
        store = run.begin("published")
        with store.timed("published"):
            path = publish(store, [f"core_{table}" for table in CORE])
        store.facts["finished"] = dt.datetime.now(dt.UTC).isoformat(timespec="seconds")
        store.write_ledger("published")
        store.tidy(inputs.settings(store).keep_warehouses)
        return dg.MaterializeResult(
            metadata={"warehouse": path.name, "parties": pl.scan_parquet(store.path("score")).select(pl.len()).collect().item()}
        )

    return [
        *staging,
        *uploads,
        _core_asset(staged),
        *[_finding_asset(spec) for spec in found.values()],
        risk_finding,
        risk_coverage,
        risk_heads,
        risk_chain,
        risk_score,
        published,
    ]
