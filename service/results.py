"""Questions to the published results: the scored list with its filters, and the state of the sources behind it."""

# ruff: noqa: S608  (SQL is put together from this module's own words; what a user types is always a bound value)

from __future__ import annotations

import re
from dataclasses import asdict, dataclass, fields
from typing import Any

from service.errors import Usage
from service.warehouse import Row, Warehouse

BANDS = ("critical", "high", "elevated", "moderate", "moderate_unverified", "insufficient", "low")  # the gravest first
RANK = "CASE s.band " + " ".join(f"WHEN '{band}' THEN {rank}" for rank, band in enumerate(BANDS)) + f" ELSE {len(BANDS)} END"
# Inside a band by override, severity, then logit: the index saturates and would tie the worst.
INSIDE = "(s.override IS NULL), s.severity DESC, s.logit DESC, s.party_id"
ORDERS = {
    "band": f"{RANK}, {INSIDE}",
    "priority": f"s.priority DESC NULLS LAST, {RANK}, {INSIDE}",
    "index": f"s.index_p80 DESC, {INSIDE}",
    "name": "strip_accents(lower(s.name)), s.party_id",
}
MATCHES = """
SELECT m.party_id, arg_max(m.list_id, m.match_confidence) AS pending_list FROM core_listing_match m WHERE NOT m.is_confirmed GROUP BY 1
"""


@dataclass(frozen=True)
class Filters:
    """What part of the scored list is wanted; None and () mean no restriction."""

    tier: int | None = None
    band: tuple[str, ...] = ()
    country: str | None = None
    commodity: str | None = None
    sector: str | None = None
    buyer: str | None = None
    party: str | None = None
    are_buyers_left_out: bool = False  # those from whom tiers are counted: a list of suppliers is asked for

    def given(self) -> dict[str, Any]:
        """The restrictions that were asked for."""
        return {key: value for key, value in asdict(self).items() if value not in (None, (), False) and key != "are_buyers_left_out"}


def country_code(warehouse: Warehouse, text: str) -> str:
    """ISO 3166-1 alpha-3 of a code or name in English or French; Usage if it is none."""
    found = (
        warehouse.one(
            "SELECT country FROM core_country WHERE upper(?) IN (country, alpha_2) OR "
            "strip_accents(lower(?)) IN (strip_accents(lower(name_en)), strip_accents(lower(coalesce(name_fr, '')))) LIMIT 1",
            [text, text],
        )
        if warehouse.has("core_country")
        else None
    )
    if found:
        return str(found["country"])
    if re.fullmatch(r"[A-Za-z]{3}", text):
        return text.upper()
    raise Usage(f"--country {text}: no such country. Next: use an ISO 3166 code (MYS or MY) or a name in English or French.")


def where(warehouse: Warehouse, filters: Filters) -> tuple[str, list[Any]]:
    """The condition on `score s` for the filters, and its values."""
    parts: list[str] = []
    values: list[Any] = []
    if filters.tier is not None or filters.buyer:
        inner = ["TRUE"]
        inside: list[Any] = []
        if filters.tier is not None:
            inner.append("list_contains(t.levels, ?)")
            inside.append(filters.tier)
        if filters.buyer:
            if not warehouse.one("SELECT 1 FROM tier WHERE buyer_id = ? LIMIT 1", [filters.buyer]):
                known = [row["buyer_id"] for row in warehouse.rows("SELECT DISTINCT buyer_id FROM tier ORDER BY 1 LIMIT 10")]
                raise Usage(f"--buyer {filters.buyer}: no tiers were found from it. Known: {', '.join(known) or 'none'}.")
            inner.append("t.buyer_id = ?")
            inside.append(filters.buyer)
        parts.append(f"s.party_id IN (SELECT t.party_id FROM tier t WHERE {' AND '.join(inner)})")
        values += inside
    if filters.band:
        parts.append(f"s.band IN ({', '.join('?' * len(filters.band))})")
        values += filters.band
    if filters.country:
        parts.append("s.country = ?")
        values.append(country_code(warehouse, filters.country))
    if filters.commodity:
        digits = re.sub(r"[\s.]", "", filters.commodity)
        if not re.fullmatch(r"\d{2}|\d{4}|\d{6}", digits):
            raise Usage(f"--commodity {filters.commodity}: an HS code has 2, 4 or 6 digits, such as 1801.")
        parts.append("EXISTS (SELECT 1 FROM (SELECT unnest(s.commodity_hs) AS hs) WHERE starts_with(hs, ?))")
        values.append(digits)
    if filters.sector:
        parts.append("s.sector = ?")
        values.append(filters.sector)
    if filters.party:
        parts.append("s.party_id = ?")
        values.append(filters.party)
    if filters.are_buyers_left_out:
        parts.append("s.party_id NOT IN (SELECT buyer_id FROM tier)")
    return " AND ".join(parts) or "TRUE", values


def scores(warehouse: Warehouse, filters: Filters, sort: str = "band", limit: int | None = None) -> list[Row]:
    """Scored parties in order, each with its weightiest reason (kind, code, group) and the tier as seen from the buyer asked for."""
    condition, values = where(warehouse, filters)
    seen = "t.party_id = s.party_id" + (" AND t.buyer_id = ?" if filters.buyer else "")
    tiers = f"(SELECT list_sort(list_distinct(flatten(list(t.levels)))) FROM tier t WHERE {seen})"
    pending = MATCHES if warehouse.has("core_listing_match") else "SELECT NULL AS party_id, NULL AS pending_list WHERE FALSE"
    return warehouse.rows(
        f"""
        WITH chosen AS (SELECT s.* FROM score s WHERE {condition} ORDER BY {ORDERS[sort]} {f"LIMIT {int(limit)}" if limit else ""}),
        best AS (
            SELECT r.party_id, r.kind, r.code, r."group" AS reason_group, row_number() OVER (
                PARTITION BY r.party_id ORDER BY
                CASE WHEN r.kind = 'sign' AND r.logits > 0 THEN 0 WHEN r.kind = 'good_faith' THEN 1 WHEN r.kind = 'sign' THEN 2 ELSE 3 END,
                r.logits DESC, r.code
            ) AS place
            FROM reason r JOIN chosen s ON s.party_id = r.party_id AND s.head = r.head
            WHERE r.kind IN ('sign', 'good_faith') OR (r.kind = 'context' AND r.logits > 0)
        )
        SELECT s.*, {tiers} AS levels, b.kind AS reason_kind, b.code AS reason_code, b.reason_group,
               i.title_en AS reason_en, i.title_fr AS reason_fr, m.pending_list
        FROM chosen s LEFT JOIN best b ON b.party_id = s.party_id AND b.place = 1
        LEFT JOIN indicator i ON i.indicator = b.code
        LEFT JOIN ({pending}) m ON m.party_id = s.party_id
        ORDER BY {ORDERS[sort]}
        """,
        [*values, *([filters.buyer] if filters.buyer else [])],
    )


def band_counts(warehouse: Warehouse, filters: Filters) -> list[Row]:
    """band, n and how many of them by context alone; the gravest band first. Bands without a party are there with 0."""
    condition, values = where(warehouse, filters)
    found = warehouse.rows(
        f"SELECT s.band, count(*) AS n, count(*) FILTER (s.band_label = 'context_only') AS context_only FROM score s "
        f"WHERE {condition} GROUP BY 1",
        values,
    )
    by_band = {row["band"]: row for row in found}
    return [by_band.get(band, {"band": band, "n": 0, "context_only": 0}) for band in BANDS]


def sources(warehouse: Warehouse) -> list[Row]:
    """State of every source in the run, with the licence of its newest copy."""
    licence = "SELECT source, arg_max(licence, batch) AS licence, arg_max(publisher, batch) AS publisher FROM batch GROUP BY 1"
    return warehouse.rows(
        f"SELECT t.*, b.licence, b.publisher FROM source_state t LEFT JOIN ({licence}) b USING (source) ORDER BY t.source"
    )


def indicators(warehouse: Warehouse) -> list[Row]:
    """All indicators, by group and id, with how many parties each one was found at."""
    return warehouse.rows(
        """
        SELECT i.*, coalesce(f.found, 0) AS party_count
        FROM indicator i LEFT JOIN (SELECT indicator, count(DISTINCT party_id) AS found FROM finding
        WHERE intensity > 0 AND state <> 'pending_match'
        GROUP BY 1) f USING (indicator) ORDER BY i."group", i.indicator
        """
    )


def quarantine(warehouse: Warehouse, table: str | None = None) -> list[Row]:
    """Rows that did not load, as of the run."""
    condition = 'WHERE "table" = ?' if table else ""
    return warehouse.rows(f'SELECT * FROM quarantine {condition} ORDER BY "table", file, line, "column"', [table] if table else [])


def names() -> tuple[str, ...]:
    """The filters by name."""
    return tuple(field.name for field in fields(Filters) if field.name != "are_buyers_left_out")
