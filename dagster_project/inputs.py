"""What a run starts from: staged tables of sources and uploads, their states and addresses, and the results of the run before."""

from __future__ import annotations

import datetime as dt
import hashlib
import importlib.metadata
from typing import Any

import duckdb
import polars as pl

from dagster_project.store import RunStore
from data import model
from pipelines import quarantine as quarantines
from pipelines import registry, uploads
from pipelines import staged as staging
from pipelines.derive import schema
from pipelines.registry import Source
from pipelines.snapshot import SourceState
from pipelines.workspace import Settings, Workspace
from risk import methodology


def stage_source(store: RunStore, source: Source) -> tuple[dict[str, int], SourceState]:
    """Saves the staged tables of a source; rows by table, and the source's state.

    Every copy counts, whenever it was seen: its rows carry their own dates, and the core is cut to the run's day.
    """
    with store.timed("sources"):
        wanted = settings(store).sources.get(source.id)
        if wanted or (wanted is None and not source.is_opt_in):
            found = staging.stage_source(source, store.workspace)
        else:
            found = staging.Staged(
                {table: pl.DataFrame(schema=schema(table)) for table in source.tables}, pl.DataFrame(schema=staging.REJECT_SCHEMA),
                SourceState(source.id, "not_loaded", "switched off in deeptier.yml") if wanted is False else opt_in(source),
            )
    counts = {table: store.save(f"staged_{source.id}__{table}", frame) for table, frame in found.tables.items()}
    store.facts.setdefault("sources", {})[source.id] = {**found.state.__dict__, "rows": sum(counts.values())}
    store.facts.setdefault("refused", {})[source.id] = found.quarantine
    return counts, found.state


def opt_in(source: Source) -> SourceState:
    """The state of a source that the operator has not taken in: its terms are told first."""
    way = f"If they allow your use, write `sources: {{{source.id}: true}}` in deeptier.yml"
    return SourceState(source.id, "not_configured", f"not taken in unless you say so. Terms: {source.licence}. {way}.")


def stage_upload(store: RunStore, table: str) -> int:
    """Saves all rows that were imported into a table, the newest import winning per key."""
    with store.timed("uploads"):
        return store.save(f"staged_upload__{table}", uploads.staged(Workspace.open(store.workspace), table))


def staged(store: RunStore) -> dict[str, pl.LazyFrame]:
    """Staged tables by contract: uploads and every source that fills them."""
    found: dict[str, list[pl.LazyFrame]] = {}
    for table in model.contracts("upload"):
        found.setdefault(table, []).append(store.scan(f"staged_upload__{table}"))
    for source in registry.sources().values():
        for table in source.tables:
            found.setdefault(table, []).append(store.scan(f"staged_{source.id}__{table}"))
    return {table: pl.concat(frames) for table, frames in found.items()}


def settings(store: RunStore) -> Settings:
    """The workspace's settings as they stand now."""
    return Workspace.open(store.workspace).settings


def buyers(store: RunStore) -> list[str]:
    """The buyers from whom tiers are counted, as the settings name them."""
    return list(settings(store).buyers)


def previous_bands(store: RunStore) -> pl.LazyFrame | None:
    """party_id, band, runs_below, override of the run published last; None for a first run, a replay, or results of another method."""
    path = store.previous()
    if path is None:
        return None
    with duckdb.connect(str(path), read_only=True) as connection:
        return connection.sql("SELECT party_id, band, runs_below, override FROM score").pl().lazy()


def quarantined(store: RunStore) -> pl.DataFrame:
    """Rows of uploads and sources that did not load, in the shape of `pipelines.quarantine`."""
    rows = quarantines.entries(Workspace.open(store.workspace))
    refused = store.facts.pop("refused", {})
    extra = [
        frame.select(
            [
                pl.lit(source).alias("source")
                if name == "source"
                else (pl.col(name).cast(kind) if name in frame.columns else pl.lit(None, dtype=kind).alias(name))
                for name, kind in rows.schema.items()
            ]
        ).with_columns(message=pl.col("reason"))
        for source, frame in refused.items()
    ]
    return pl.concat([rows, *extra])


def batch_table(store: RunStore) -> pl.DataFrame:
    """batch, source, title, publisher, table_name, file, sha256, received_on, vintage, licence, url, state: what row addresses refer to."""
    states = store.facts["sources"]
    rows: list[dict[str, Any]] = []
    for name, reference in model.references().items():
        source = registry.sources()[reference.source]
        rows.append(
            {
                "batch": staging.reference_batch(name),
                "source": source.id,
                "title": source.title["en"],
                "publisher": reference.publisher,
                "table_name": reference.table,
                "file": reference.path.name,
                "sha256": hashlib.sha256(reference.path.read_bytes()).hexdigest(),
                "vintage": reference.vintage,
                "licence": reference.licence,
                "url": source.url,
                "state": "shipped",
            }
        )
    for source in registry.sources().values():
        for copy in staging.snapshot.snapshots(store.workspace, source):
            rows.append(
                {
                    "batch": copy.batch,
                    "source": source.id,
                    "title": source.title["en"],
                    "publisher": source.publisher,
                    "table_name": ", ".join(source.tables),
                    "file": ", ".join(copy.files),
                    "sha256": ", ".join(copy.sha256.values()),
                    "received_on": copy.retrieved_on,
                    "licence": source.licence,
                    "url": copy.url,
                    "state": states[source.id]["state"],
                }
            )
    for report in uploads.reports(Workspace.open(store.workspace)):
        rows.append(
            {
                "batch": report.batch,
                "source": "upload",
                "title": "Upload",
                "publisher": "you",
                "table_name": report.table,
                "file": report.file,
                "sha256": report.sha256,
                "received_on": dt.date.fromisoformat(report.imported_on[:10]),
                "state": "upload",
            }
        )
    kinds: dict[str, Any] = {
        "batch": pl.Int64,
        "source": pl.String,
        "title": pl.String,
        "publisher": pl.String,
        "table_name": pl.String,
        "file": pl.String,
        "sha256": pl.String,
        "received_on": pl.Date,
        "vintage": pl.Date,
        "licence": pl.String,
        "url": pl.String,
        "state": pl.String,
    }
    return pl.DataFrame(rows, schema=kinds).sort("batch")


def source_states(store: RunStore) -> pl.DataFrame:
    """source, title_en, title_fr, state, received_on, age_days, message, rows: what each source was served from."""
    known = registry.sources()
    rows = [
        {
            "source": name,
            "title_en": known[name].title["en"],
            "title_fr": known[name].title["fr"],
            "state": entry["state"],
            "received_on": entry["served_on"],
            "age_days": entry["age_days"],
            "message": entry["message"],
            "rows": entry["rows"],
        }
        for name, entry in store.facts["sources"].items()
    ]
    kinds: dict[str, Any] = {
        "source": pl.String,
        "title_en": pl.String,
        "title_fr": pl.String,
        "state": pl.String,
        "received_on": pl.Date,
        "age_days": pl.Int64,
        "message": pl.String,
        "rows": pl.Int64,
    }
    return pl.DataFrame(rows, schema=kinds).sort("source")


def describe_run(store: RunStore) -> None:
    """Puts inputs, versions and counts into the run's facts, for the ledger."""
    method = methodology.load()
    rows = store.scan("quarantine").group_by("table", "reason").agg(n=pl.len()).sort("table", "reason").collect()
    store.facts |= {
        "versions": {
            "deeptier": importlib.metadata.version("deeptier"),
            "methodology": method.version,
            "methodology_sha256": method.fingerprint,
            "polars": pl.__version__,
            "duckdb": duckdb.__version__,
        },
        "seed": method["draws.seed"],
        "draws": method["draws.count"] if store.draws is None else store.draws,
        "batches": {
            str(row["batch"]): row["sha256"] or row["vintage"]
            for row in store.scan("batch").select("batch", "sha256", "vintage").collect().to_dicts()
        },
        "quarantined": [{"table": row["table"], "reason": row["reason"], "rows": row["n"]} for row in rows.to_dicts()],
        "parties": store.scan("score").select(pl.len()).collect().item(),
        "bands": dict(store.scan("score").group_by("band").agg(n=pl.len()).sort("band").collect().iter_rows()),
    }
