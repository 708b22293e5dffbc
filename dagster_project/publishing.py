"""What a warehouse holds: results, reasons, findings, core tables and the addresses of every source row."""

from __future__ import annotations

from pathlib import Path

from dagster_project import inputs, steps
from dagster_project.store import RunStore
from indicators import registry

RESULTS = (
    "score",
    "head_score",
    "reason",
    "coverage",
    "tier",
    "path_step",
    "remainder",
    "quarantine",
    "batch",
    "source_state",
    "indicator",
    "party_match",
    "dismissed_match",
    "register_match",
)
EVIDENCE = """
SELECT r.party_id, r.head, r.kind, r.code, r.detail, r.observed_on, w.row_id, w.row_id >> 32 AS batch, w.row_id & 4294967295 AS line,
       b.source, b.title, b.publisher, b.table_name, b.file, b.received_on, b.vintage, b.licence, b.url
FROM (SELECT *, unnest(string_split(trim(evidence), ' ')) AS address FROM reason WHERE evidence IS NOT NULL AND trim(evidence) <> '') r
CROSS JOIN LATERAL (SELECT try_cast(address AS BIGINT) AS row_id) w
LEFT JOIN batch b ON b.batch = w.row_id >> 32
"""


def publish(store: RunStore, core: list[str]) -> Path:
    """Saves what is left to save, builds the warehouse and moves the pointer."""
    specs = registry.load()
    store.save("indicator", steps.indicator_table(store.as_of))
    store.save("batch", inputs.batch_table(store))
    store.save("source_state", inputs.source_states(store))
    steps.quarantine(store, inputs.quarantined(store))
    inputs.describe_run(store)
    tables = {name: [name] for name in [*RESULTS, *core]} | {
        "finding": [f"finding_{name}" for name in specs],
        "party_alias": ["core_party_alias"],
    }
    return store.publish(tables, {"evidence": EVIDENCE})
