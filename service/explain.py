"""Why a party stands where it stands: everything `deeptier explain` shows, as one dictionary with stable keys. Shows nothing itself."""

# ruff: noqa: S608  (SQL is put together from this module's own words; what a user types is always a bound value)

from __future__ import annotations

import math
import re
from typing import Any

from service import actions, path, unknowns
from service.errors import Usage
from service.warehouse import Row, Warehouse
from service.words import Words
from service.workspace import Results

KINDS = ("intercept", "context", "cap", "sign", "good_faith", "absence", "opacity", "mitigation", "floor")
ROWS_PER_REASON = 3
OTHER = {"FL": "CL", "CL": "FL"}
FOLDED = "strip_accents(lower({}))"


def find(warehouse: Warehouse, text: str, limit: int = 20) -> list[Row]:
    """Parties by id, else by exact name, else by a part of name or id: party_id, name, party_kind, country, band."""
    shown = "party_id, name, party_kind, country, band, band_label, index_p80"
    name, ident, wanted = FOLDED.format("name"), FOLDED.format("party_id"), FOLDED.format("?")
    conditions = ("party_id = ?", f"{ident} = {wanted}", f"{name} = {wanted}", f"contains({name}, {wanted}) OR contains({ident}, {wanted})")
    for condition in conditions:
        values = [text] * condition.count("?")
        found = warehouse.rows(f"SELECT {shown} FROM score WHERE {condition} ORDER BY index_p80 DESC, party_id LIMIT {limit + 1}", values)
        if found:
            return found
    words = [word for word in re.split(r"\W+", text) if len(word) > 2]
    near = (
        warehouse.rows(f"SELECT {shown} FROM score ORDER BY jaro_winkler_similarity({name}, {wanted}) DESC, party_id LIMIT 3", [text])
        if words
        else []
    )
    hint = "; ".join(f"{row['name']} ({row['party_id']})" for row in near)
    raise Usage(f"No scored party is named “{text}”. Next: `deeptier scores` lists them" + (f". Nearest: {hint}." if hint else "."))


def likelihood(logit: float) -> float:
    """1 / (1 + exp(-logit))."""
    return 1 / (1 + math.exp(-logit))


def waterfall(warehouse: Warehouse, party_id: str, head: str) -> list[Row]:
    """The reasons in reading order with `running`, the total so far in logits, and `likelihood`, what it means. The last is the score."""
    rows = warehouse.rows(
        """
        SELECT r.*, i.title_en, i.title_fr, i.remedy_en, i.remedy_fr FROM reason r LEFT JOIN indicator i ON i.indicator = r.code
        WHERE r.party_id = ? AND r.head = ?
        """,
        [party_id, head],
    )
    rows.sort(key=lambda row: (KINDS.index(row["kind"]), -abs(row["logits"]), row["code"] or ""))
    total = 0.0
    for row in rows:
        total += row["logits"]
        row["running"], row["likelihood"] = total, likelihood(total)
    return rows


def evidence(warehouse: Warehouse, party_id: str, head: str, reasons: list[Row]) -> list[Row]:
    """The source rows behind the reasons: publisher, file, line, date, numbered in the order in which a reader needs them.

    Signs before measures before context; of every reason the first three rows come before the rest of any.
    """
    rows = warehouse.rows(
        """
        SELECT e.row_id, any_value(e.source) AS source, any_value(e.publisher) AS publisher, any_value(e.file) AS file,
               any_value(e.line) AS line, any_value(e.received_on) AS received_on, any_value(e.vintage) AS vintage,
               max(e.observed_on) AS observed_on, list_sort(list_distinct(list(e.code))) AS codes
        FROM evidence e WHERE e.party_id = ? AND e.head = ? AND e.row_id IS NOT NULL GROUP BY e.row_id ORDER BY e.row_id
        """,
        [party_id, head],
    )
    order = ("sign", "good_faith", "floor", "mitigation", "absence", "opacity", "context")
    ranked = sorted((row for row in reasons if row["kind"] in order), key=lambda row: (order.index(row["kind"]), -abs(row["logits"])))
    first: list[Row] = []
    for reason in ranked:
        first += [row for row in [row for row in rows if reason["code"] in row["codes"]][:ROWS_PER_REASON] if row not in first]
    return [{"number": number, **row} for number, row in enumerate([*first, *(row for row in rows if row not in first)], 1)]


def _place(warehouse: Warehouse, party_id: str) -> Row:
    has_place = warehouse.has("core_party", "place")
    found = warehouse.one(
        f"""
        SELECT {"p.place" if has_place else "NULL AS place"}, s.country, s.subdivision, c.name_en AS country_en, c.name_fr AS country_fr,
               d.name AS subdivision_name
        FROM score s LEFT JOIN core_party p USING (party_id) LEFT JOIN core_country c ON c.country = s.country
        LEFT JOIN core_subdivision d ON d.subdivision = s.subdivision WHERE s.party_id = ?
        """,
        [party_id],
    )
    return found or {}


def _tiers(warehouse: Warehouse, party_id: str) -> list[Row]:
    return warehouse.rows(
        "SELECT t.buyer_id, s.name AS buyer, t.tier, t.levels FROM tier t LEFT JOIN score s ON s.party_id = t.buyer_id "
        "WHERE t.party_id = ? ORDER BY t.tier, t.buyer_id LIMIT 6",
        [party_id],
    )


def _matches(warehouse: Warehouse, party_id: str) -> list[Row]:
    if not warehouse.has("core_listing_match"):
        return []
    return warehouse.rows(
        "SELECT listing_id, list_id, listed_name, match_basis, match_confidence, status FROM core_listing_match "
        "WHERE party_id = ? AND NOT is_confirmed ORDER BY match_confidence DESC, listing_id LIMIT 5",
        [party_id],
    )


def _owners(warehouse: Warehouse, party_id: str) -> list[Row]:
    if not warehouse.has("core_ownership_link"):
        return []
    return warehouse.rows(
        """
        SELECT CASE WHEN o.owned_id = ? THEN 'owner' ELSE 'owned' END AS side, s.party_id, coalesce(s.name, CASE WHEN o.owned_id = ?
               THEN o.owner_id ELSE o.owned_id END) AS name, o.share, o.is_control, o.interest, o.valid_to, s.band, s.band_label
        FROM core_ownership_link o LEFT JOIN score s ON s.party_id = CASE WHEN o.owned_id = ? THEN o.owner_id ELSE o.owned_id END
        WHERE o.owned_id = ? OR o.owner_id = ? ORDER BY 1 DESC, o.share DESC NULLS LAST, name LIMIT 12
        """,
        [party_id] * 5,
    )


def _severity_by(reasons: list[Row], score: Row) -> Row | None:
    """The sign that sets the severity: the gravest that is not over; None where the context does."""
    signs = [
        row
        for row in reasons
        if row["kind"] == "sign" and row["state"] != "ended" and row["evidence_class"] in ("S", "M", "K") and row["severity"]
    ]
    if score["is_context_only"] or not signs:
        return None
    return max(signs, key=lambda row: (row["severity"], row["logits"]))


def explain(warehouse: Warehouse, results: Results, party_id: str, words: Words) -> dict[str, Any]:
    """Everything about one party. Texts are in the language of `words`; keys and codes never change with it."""
    score = warehouse.one("SELECT * FROM score WHERE party_id = ?", [party_id])
    if score is None:
        raise Usage(f"{party_id} was not scored in this run. Next: `deeptier scores` lists the parties.")
    head = score["head"]
    parts = warehouse.one("SELECT * FROM head_score WHERE party_id = ? AND head = ?", [party_id, head]) or {}
    reasons = waterfall(warehouse, party_id, head)
    matches = _matches(warehouse, party_id)
    asked = unknowns.unknowns(warehouse, score, parts, reasons, words)
    return {
        "run": {"run_id": results.run_id, "as_of": results.as_of, "is_replay": results.is_replay},
        "party": {
            **{name: score[name] for name in ("party_id", "name", "party_kind", "sector", "worker_count", "is_own_chain", "commodity_hs")},
            **_place(warehouse, party_id),
        },
        "tiers": _tiers(warehouse, party_id),
        "score": score,
        "other_head": {
            "head": OTHER[head],
            **{name: score.get(f"{OTHER[head].lower()}_{name}") for name in ("band", "likelihood", "index_p80", "severity", "coverage")},
        },
        "severity_by": _severity_by(reasons, score),
        "matches": matches,
        "reasons": reasons,
        "logit": parts.get("logit", score["logit"]),
        "evidence": evidence(warehouse, party_id, head, reasons),
        "upstream": {
            name: score.get(name)
            for name in ("share_exposed", "presence", "presence_upstream", "worst_value", "worst_source_id", "unmapped_share")
        },
        "worst_path": path.worst_path(warehouse, score, words),
        "owners": _owners(warehouse, party_id),
        "p_group": score.get("p_group"),
        "unknowns": asked,
        "actions": actions.actions(score, [*reasons, *waterfall(warehouse, party_id, OTHER[head])], matches, asked, results.as_of, words),
        "hold": actions.hold(score, words),
        "note": words("explain.note"),
    }
