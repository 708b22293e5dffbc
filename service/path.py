"""The worst path upstream, step by step and as a sentence."""

from __future__ import annotations

from typing import Any

from service.warehouse import Row, Warehouse
from service.words import Words


def steps(warehouse: Warehouse, party_id: str) -> list[Row]:
    """Links from the party up to the source of its worst path, as the run published them: who supplies, what, under which custody."""
    if not warehouse.has("path_step"):
        return []
    return warehouse.rows(
        """
        SELECT l.buyer_id, l.supplier_id, l.row_id AS link_row_id, l.commodity_hs, l.share, l.custody,
               h.text_en AS goods_en, h.text_fr AS goods_fr, s.name, s.country, s.likelihood,
               c.name_en AS country_en, c.name_fr AS country_fr,
               d.name AS region
        FROM (SELECT unnest(path) AS link_row_id, generate_subscripts(path, 1) AS place FROM path_step WHERE party_id = ?) p
        JOIN core_supply_link l ON l.row_id = p.link_row_id
        LEFT JOIN score s ON s.party_id = l.supplier_id LEFT JOIN core_country c ON c.country = s.country
        LEFT JOIN core_subdivision d ON d.subdivision = s.subdivision
        LEFT JOIN core_hs_heading h ON h.hs = (SELECT max(hs) FROM core_hs_heading WHERE starts_with(l.commodity_hs, hs))
        ORDER BY p.place
        """,
        [party_id],
    )


def _where(row: Row, words: Words) -> str:
    place = ", ".join(part for part in (row.get("region"), words.of(row, "country") or row.get("country")) if part)
    return f"{row['name'] or row['supplier_id']}" + (f" ({place})" if place else "")


def _goods(row: Row, words: Words) -> str:
    goods = words.of(row, "goods") or row["commodity_hs"] or words("explain.unknown_goods")
    first = goods[0].lower() + goods[1:] if goods[1:2].islower() else goods
    return words("explain.path_goods", goods=first, custody=words.code("custody", row["custody"] or "unknown"))


def sentence(links: list[Row], name: str, words: Words) -> str:
    """The path as a sentence, from the source down to the party called `name`."""
    if not links:
        return ""
    downward = list(reversed(links))
    takers = [_where(row, words) for row in downward[1:]] + [name]
    parts = [words("explain.path_first", source=_where(downward[0], words), goods=_goods(downward[0], words), party=takers[0])]
    for place, (row, taker) in enumerate(zip(downward[1:], takers[1:], strict=True), 2):
        key = "explain.path_last" if place == len(downward) and len(downward) > 2 else "explain.path_next"
        parts.append(words(key, goods=_goods(row, words), party=taker))
    if len(parts) > 2:
        return ", ".join(parts[:-1]) + f", {parts[-1]}."
    return ", ".join(parts) + "."


def worst_path(warehouse: Warehouse, score: Row, words: Words) -> dict[str, Any] | None:
    """steps (from the party up), sentence, value and the likelihood at the source; None where nothing upstream is known."""
    links = steps(warehouse, score["party_id"])
    if not links:
        return None
    kept = ("supplier_id", "name", "country", "region", "commodity_hs", "share", "custody", "likelihood", "link_row_id")
    return {
        "steps": [{name: row[name] for name in kept} for row in links],
        "sentence": sentence(links, score["name"], words),
        "value": score.get("worst_value"),
        "source_id": links[-1]["supplier_id"],
        "source_likelihood": links[-1]["likelihood"],
    }
