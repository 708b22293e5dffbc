"""Several tables from one file: a mapping file's `tables:`, each with a template per column.

    tables:
      - table: party
        columns: {party_id: "mill-{slug(mill_name, province)}", name: "{mill_name}", party_kind: facility}
      - table: ownership_link
        columns: {owner_id: "group-{slug(parent_company)}", owned_id: "company-{slug(mill_company)}"}
        unless_equal: [parent_company, mill_company]

{heading} stands for the cell, {slug(heading, ...)} for an identifier made from cells, other text for itself. Rows in which a required
column comes out blank, or in which the two headings of `unless_equal` hold the same, are passed over and counted.
"""

from __future__ import annotations

from typing import Any

from data import model
from pipelines.mapping import Mapping
from pipelines.refusal import Refused

_KEYS = {"table", "columns", "unless_equal"}


def targets(stated: Mapping, table: str, file: str) -> list[tuple[str, Mapping]]:
    """The tables a file fills, each with its mapping: `table` alone, or those under `tables:`. Raises Refused if one is not understood."""
    if not stated.tables:
        return [(table, stated)]
    return [_target(entry, stated, file) for entry in stated.tables]


def _target(entry: Any, stated: Mapping, file: str) -> tuple[str, Mapping]:
    allowed = "Each entry of tables: has table, columns (column: template) and perhaps unless_equal: [heading, heading]."
    if not isinstance(entry, dict) or not set(entry) <= _KEYS or not isinstance(entry.get("columns"), dict):
        raise Refused(file, "mapping", "an entry of tables: is not understood.", allowed)
    if entry.get("table") not in model.contracts("upload"):
        raise Refused(file, "mapping", f"no table {entry.get('table')!r}.", f"Tables: {', '.join(model.contracts('upload'))}.")
    unequal = entry.get("unless_equal")
    if unequal is not None and (not isinstance(unequal, list) or len(unequal) != 2):
        raise Refused(file, "mapping", "unless_equal does not name two headings.", allowed)
    templates = {str(k): str(v).lower() if isinstance(v, bool) else str(v) for k, v in entry["columns"].items()}
    rule = Mapping(
        templates=templates, unless_equal=(str(unequal[0]), str(unequal[1])) if unequal else None, values=stated.values,
        date_order=stated.date_order, decimal=stated.decimal, encoding=stated.encoding, delimiter=stated.delimiter, sheet=stated.sheet,
    )
    return str(entry["table"]), rule
