"""What each asset does, as plain functions of a run's store, so that they can be read and tested without the orchestrator.

Belongs here: reading and saving tables in the right order. Does not belong here: any rule, number or check.
"""

from __future__ import annotations

import datetime as dt
from functools import cache
from typing import Any

import narwhals as nw
import polars as pl

from dagster_project.store import INDEXES, RunStore
from data import model
from indicators import registry
from indicators.registry import Indicator
from pipelines import batches, reviews
from pipelines import core as core_tables
from pipelines.derive import conform
from pipelines.reviews import pairs as review_pairs
from risk import chain, coverage, explanation, frames, heads, methodology, score

# Inputs that are themselves made of findings: rules that read them run after the others.
SECOND = ("finding", "coverage")


def first_stage(spec: Indicator) -> bool:
    """Whether a rule reads core tables only."""
    return not set(SECOND) & set(spec.inputs)


def core(store: RunStore, staged: dict[str, pl.LazyFrame]) -> dict[str, int]:
    """Saves the core tables of a run; their numbers of rows."""
    built = core_tables.build(staged, store.as_of, judged(store, staged), store.workspace / INDEXES)
    counts = {name: store.save(f"core_{name}", frame) for name, frame in built.tables.items()}
    counts["unplaced"] = store.save("core_unplaced", built.unplaced)
    counts["party_alias"] = store.save("core_party_alias", built.alias)
    for name, frame in (("party_match", built.party_match), ("dismissed_match", built.dismissed), ("register_match", built.register_match)):
        counts[name] = store.save(name, frame)
    return counts


def judged(store: RunStore, staged: dict[str, pl.LazyFrame]) -> core_tables.Judged:
    """What people decided of pairs, as far as the facts are still those judged; pairs that are open again are noted once."""
    until = store.as_of if store.is_replay else None  # a replay knows what was judged by then
    stands = reviews.standing(store.workspace, until)
    parties = review_pairs.judged_parties(stands, staged["party"])
    listed = review_pairs.judged_listings(stands, staged["party"], staged["listing"])
    if not store.is_replay:
        again = [rows.select("judgement_id", "facts_hash", "is_open_again") for rows in (parties, listed)]
        reviews.note(store.workspace, store.run_id, pl.concat(again))
    store.facts["judgements"] = reviews.mark(store.workspace, until)
    return core_tables.Judged(parties.select("party_id", "other_id", "verdict"), listed.select("party_id", "listing_id", "verdict"))


def finding(store: RunStore, spec: Indicator) -> int:
    """Saves the findings of one indicator: one row per party and event, the strongest observation first."""
    tables = {name: nw.from_native(store.scan(name if name in SECOND else f"core_{name}")) for name in spec.inputs}
    rows = nw.to_native(registry.run(spec, tables, store.as_of))
    return store.save(f"finding_{spec.id}", frames.reduce_findings(rows))


def union(store: RunStore, specs: list[Indicator], table: str) -> int:
    """Saves the findings of several indicators as one table of the contract `finding`."""
    every = [conform("finding", store.scan(f"finding_{spec.id}")).drop("row_id") for spec in specs]
    return store.save(table, pl.concat(every))


def risk_coverage(store: RunStore) -> int:
    """Saves coverage per party and head, from the findings of the first stage."""
    specs, method = registry.load(), methodology.load()
    rows = frames.by_head(store.scan("finding"), specs)
    groups = coverage.group_coverage(rows, specs, method, store.as_of)
    migrants = coverage.without_migrants(store.scan("core_workforce"))
    return store.save("coverage", coverage.coverage(store.scan("core_party"), groups, migrants, method))


def inputs(store: RunStore) -> heads.Inputs:
    """What scoring reads."""
    second = [spec for spec in registry.load().values() if not first_stage(spec)]
    every = pl.concat([store.scan("finding"), *[conform("finding", store.scan(f"finding_{spec.id}")).drop("row_id") for spec in second]])
    return heads.Inputs(
        frames.by_head(every, registry.load()),
        store.scan("core_party"),
        store.scan("core_sector_share"),
        store.scan("coverage"),
    )


def risk_heads(store: RunStore) -> int:
    """Saves the likelihood of both heads with all its parts, and the reasons, which add up to it."""
    specs, method, read = registry.load(), methodology.load(), inputs(store)
    result = heads.head_scores(read, specs, method, store.as_of, store.draws)
    store.save("head_score", result.scores)
    store.save("reason", explanation.reasons(result, read.rows, method).sort("party_id", "head", "kind", "logits", "code"))
    confirmed = score.if_confirmed(read, specs, method, store.as_of, store.draws)
    store.save("head_score_if_confirmed", result.scores.clear() if confirmed is None else confirmed.scores)
    return result.scores.height


def risk_chain(store: RunStore, buyers: list[str]) -> dict[str, int]:
    """Saves tiers, share exposed, presence, worst paths and the reach of ownership."""
    tables = chain.follow(
        store.scan("core_party").collect(),
        store.scan("core_supply_link").collect(),
        store.scan("core_ownership_link").collect(),
        store.scan("core_party_product"),
        store.scan("head_score").select("party_id", "head", "likelihood", "is_state_imposed").collect(),
        buyers,
        methodology.load(),
    )
    return {name: store.save(name, frame) for name, frame in tables.items()}


def risk_score(store: RunStore, previous: pl.LazyFrame | None) -> int:
    """Saves one result per party: the leading head, its band, what lies upstream, and its place in the order of work."""
    method = methodology.load()
    confirmed = store.scan("head_score_if_confirmed").collect()
    pending = inputs(store).rows.filter(pl.col("state") == "pending_match").select("party_id", "match_confidence")
    scores = score.party_scores(store.scan("head_score").collect(), None if confirmed.is_empty() else confirmed, pending, previous, method)
    party = (
        store.scan("core_party")
        .collect()
        .select("party_id", "name", "party_kind", "country", "subdivision", "sector", "commodity_hs", "is_own_chain", "worker_count")
    )
    upstream = store.scan("upstream").collect()
    nearest = store.scan("tier").group_by("party_id").agg(tier=pl.col("tier").min(), buyer_count=pl.len().cast(pl.Int64)).collect()
    joined = party.join(scores, on="party_id").join(upstream, on="party_id", how="left").join(nearest, on="party_id", how="left")
    return store.save("score", score.priority(joined, method).sort("party_id"))


def _files_of(store: RunStore, batch: pl.Expr) -> pl.Expr:
    """The file that a batch was read from; null where it holds several."""

    @cache
    def file(number: int) -> str | None:
        files = (batches.about(store.workspace, number) or {}).get("files") or []
        return str(files[0]) if len(files) == 1 else None

    return batch.map_elements(file, return_dtype=pl.String)


def quarantine(store: RunStore, staged: pl.DataFrame) -> int:
    """Saves every row that did not load: those of uploads and sources, and those that refer to nobody."""
    unplaced = (
        store.scan("core_unplaced")
        .collect()
        .with_columns(
            batch=pl.col("row_id") // 2**32,
            line=pl.col("row_id") % 2**32,
            quarantined_on=pl.lit(store.as_of),
            source=pl.lit("core"),
            raw=pl.lit(None, dtype=pl.String),
            file=_files_of(store, pl.col("row_id") // 2**32),
        )
        .with_columns(
            message=pl.format(
                '{}line {}, column "{}": "{}": {}.', pl.concat_str("file", pl.lit(", ")).fill_null(""), "line", "column", "value", "reason"
            ),
            reason=pl.lit("unplaced"),
        )
    )
    shape = staged.schema
    rows = unplaced.select(
        [pl.col(name).cast(kind) if name in unplaced.columns else pl.lit(None, dtype=kind).alias(name) for name, kind in shape.items()]
    )
    return store.save("quarantine", pl.concat([staged, rows]))


def worked_cases(spec: Indicator) -> list[str]:
    """The cases of an indicator as sentences, where the project's tests are at hand."""
    path = registry.HERE.parent / "tests" / "indicators" / spec.group_folder / f"{spec.id}.yml"
    if not path.exists():
        return []
    answers = {"flagged": "a sign", "clear": "clear", "unknown": "unknown", "excluded": "excluded"}
    return [
        f"{case['name']}: {answers[case['kind']]}"
        + "".join(f", intensity {row['intensity']}" for row in case["then"][:1] if row.get("intensity") is not None)
        for case in model.read_yaml(path)["cases"]
    ]


def indicator_table(as_of: dt.date) -> pl.DataFrame:
    """What the results say of each indicator, so that a reader needs nothing but the warehouse."""
    rows: list[dict[str, Any]] = [
        {
            "indicator": spec.id,
            "group": spec.group,
            "evidence_class": spec.evidence_class,
            "heads": list(spec.heads),
            "severity": spec.severity,
            "ilo": list(spec.ilo),
            "lifecycle": spec.lifecycle,
            "title_en": spec.title["en"],
            "title_fr": spec.title["fr"],
            "ask_en": spec.ask["en"],
            "ask_fr": spec.ask["fr"],
            "remedy_en": spec.remedy["en"],
            "remedy_fr": spec.remedy["fr"],
            "authorities": [f"{key}: {article}" for key, article in spec.authorities],
            "four_ps": list(spec.four_ps),
            "maximum_credit": spec.maximum_credit,
            "page": spec.docstring,
            "thresholds": [
                f"{name}: {entry['description'].rstrip('.')} ({entry['unit']}): "
                + "; ".join(f"{value} from {date}" for date, value in sorted(entry["values"].items())) + f". {entry['reference']}"
                for name, entry in registry.read_thresholds(spec).items()
            ],
            "cases": worked_cases(spec),
        }
        for spec in registry.load().values()
    ]
    return pl.DataFrame(rows, infer_schema_length=None)
