"""Which questions are worth asking: what the answer would change in the index, a sign weighted with its likelihood, a clear answer with
the rest. Nothing is scored here; the numbers are those of the methodology."""

from __future__ import annotations

import math
from typing import Any

from risk import methodology
from risk.methodology import Methodology
from service.warehouse import Row, Warehouse
from service.words import Words

MOST = 10
RELIABILITY = 0.9  # of the answer: workers asked by somebody independent
TERM_QUESTIONS = {"country": "ctx_country_prior", "goods": "ctx_listed_goods_pair", "workers": "wp_migrant_share"}


def index_of(logit: float, severity: int, method: Methodology) -> float:
    """The index of a logit at a severity, 0 to 100."""
    return float(100 * (1 - (1 - 1 / (1 + math.exp(-logit))) ** method["severity.gamma"][severity]))


def clear_credit(group: methodology.Group, method: Methodology) -> float:
    """Logits (<= 0) that a clear answer to the whole group earns."""
    if not group.absence:
        return 0.0
    rate = method["evidence.false_positive_rate_strong" if group.strong_only else "evidence.false_positive_rate"]
    return float(0.5 * math.log((1 - method["evidence.sensitivity"]) / (1 - rate)))


def _relief(dark: int, method: Methodology) -> float:
    """Logits (<= 0) by which opacity falls when one group more is known."""
    per, cap = method["opacity.per_dark_group"], method["opacity.cap"]
    return float(min(max(dark - 1, 0) * per, cap) - min(dark * per, cap))


def _open_questions(warehouse: Warehouse, party_id: str, head: str) -> list[Row]:
    return warehouse.rows(
        """
        SELECT i.* FROM indicator i WHERE list_contains(i.heads, ?) AND i.lifecycle = 'stable' AND NOT EXISTS (
            SELECT 1 FROM finding f WHERE f.indicator = i.indicator AND f.party_id = ?
            AND (f.intensity IS NOT NULL OR f.state = 'not_applicable')
        ) ORDER BY i.indicator
        """,
        [head, party_id],
    )


def _has_no_migrants(warehouse: Warehouse, party_id: str) -> bool:
    sql = "SELECT 1 FROM finding WHERE party_id = ? AND indicator = 'wp_migrant_share' AND intensity = 0"
    return warehouse.one(sql, [party_id]) is not None


def unknowns(warehouse: Warehouse, score: Row, parts: Row, reasons: list[Row], words: Words) -> list[dict[str, Any]]:
    """At most ten questions, the most telling first: indicator, title, ask, index_if_sign, index_if_clear, value (index points)."""
    method = methodology.load()
    party_id, head, severity = score["party_id"], score["head"], int(score["severity"])
    rows = {row["indicator"]: row for row in _open_questions(warehouse, party_id, head)}
    logit, floor = score["logit"], parts.get("floor")
    before = parts.get("logit_before_floor")
    base = logit if before is None else before
    least = -math.inf if floor is None else math.log(floor / (1 - floor))
    now = index_of(logit, severity, method)
    taken = {row["group"] for row in reasons if row["kind"] == "sign" and row["logits"] > 0}
    room = min(method["evidence.absence_floor"] - sum(row["logits"] for row in reasons if row["kind"] == "absence"), 0.0)
    no_migrants = _has_no_migrants(warehouse, party_id)
    unread = {
        group: sum(
            method[f"weights.{row['evidence_class']}"] for row in rows.values() if row["group"] == group and row["evidence_class"] in "SMW"
        )
        for group in {row["group"] for row in rows.values()}
    }
    found = []

    def add(row: Row, up: float, down: float, gravest: int) -> None:
        if_sign, if_clear = index_of(max(up, least, logit), gravest, method), index_of(max(down, least), severity, method)
        chance = 1 / (1 + math.exp(-logit))
        value = chance * max(if_sign - now, 0) + (1 - chance) * max(now - if_clear, 0)
        found.append(
            {
                "indicator": row["indicator"],
                "title": words.of(row, "title"),
                "ask": words.of(row, "ask"),
                "index_if_sign": round(if_sign, 1),
                "index_if_clear": round(min(if_clear, now), 1),
                "value": round(value, 2),
            }
        )

    for row in rows.values():
        group = method.groups.get(row["group"])
        # Lists are looked up and patterns made of other answers: what is asked are the groups that coverage counts.
        if group is None or not group.critical or row["evidence_class"] not in ("S", "M", "W") or (group.migrants_only and no_migrants):
            continue
        weight = method[f"weights.{row['evidence_class']}"]
        damping = method["evidence.rho"] if row["group"] in taken else 1.0
        up = base + damping * weight * RELIABILITY
        # An open strong sign sets the floor, whatever else is known.
        if row["evidence_class"] == "S":
            up = max(up, math.log(method["floors.open_strong"] / (1 - method["floors.open_strong"])))
        part = weight / unread[row["group"]]
        credit = 0.0 if row["group"] in taken else max(clear_credit(group, method), room) * part
        relief = _relief(int(score["dark_group_count"] or 0), method) * part if group.critical and parts.get("opacity") else 0.0
        add(row, up, base + credit + relief, max(severity, int(row["severity"] or 1)))
    for term, indicator in TERM_QUESTIONS.items():
        if indicator in rows and parts.get(f"is_known_{term}") is False:
            slope, z = method[f"prior.{term}"], parts[f"z_{term}"]
            cap = math.log(method["prior.cap"] / (1 - method["prior.cap"]))
            prior = min(parts["logit_uncapped"] + slope * (1 - z), cap) - parts["logit_p0"]
            add(rows[indicator], base + max(prior, 0.0), base + min(parts["logit_uncapped"] - slope * z, cap) - parts["logit_p0"], severity)
    found.sort(key=lambda entry: (-entry["value"], entry["indicator"]))
    return [entry for entry in found if entry["value"] > 0.005][:MOST]
