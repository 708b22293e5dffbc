"""US CBP orders: one import ban per row, and a listing for every producer or vessel that the order names."""

from __future__ import annotations

import re
from typing import Any

from pipelines import entity_names, keys
from pipelines.fetching import Http, one_link
from pipelines.records import Gather, Parsed, Record
from pipelines.registry import Source

VESSEL = re.compile(r"^fishing vessel:\s+(?P<name>.+)$", re.IGNORECASE)
FLEET = re.compile(r"^fishing vessels owned by\s+(?P<name>.+?)\.?$", re.IGNORECASE)
PROGRAMME = {"wro": "Withhold-release order", "finding": "Finding"}
AUTHORITY = "US Customs and Border Protection"


def fetch(source: Source, http: Http) -> dict[str, bytes]:
    """The one data-set CSV that the stable page links (its name changes with every issue)."""
    page = http.get(source.url, source=source.id)
    link = one_link(page, source.id, words=("Withhold|Withold", "Dataset"), ending=".csv")
    return {link.rsplit("/", 1)[-1]: http.get(link, source=source.id).content}


def parties(source: Source, cell: str) -> tuple[str | None, list[dict[str, Any]]]:
    """Scope of the order and the parties that its entity `cell` names; scope None when neither lookup nor grammar knows the cell."""
    known = source.lookups["entities"].get(cell)
    if known:
        return known.get("scope", "producer"), known.get("parties", [])
    if match := VESSEL.match(cell):
        return "vessel", [{"name": match["name"], "entity_type": "vessel"}]
    if match := FLEET.match(cell):
        return "vessel", [{"name": match["name"] + ("." if match["name"].endswith(("Ltd", "Inc", "Co")) else "")}]
    entries = entity_names.read_order(cell)
    return ("producer" if entries else None), [entry.__dict__ for entry in entries or []]


def _order(gather: Gather, record: Record) -> None:
    since, country, cell = gather.day(record, "since"), gather.country(record), record["entity"]
    instrument, status = gather.word(record, "instrument"), gather.word(record, "status")
    if since is None or instrument is None or status is None or cell is None:
        if record["since"] is None or cell is None:
            gather.reject(record, "since" if record["since"] is None else "entity", "an order without date or entity",
                          "Compare with the publisher's page.")
        return
    scope, named = parties(gather.source, cell)
    place = gather.source.lookups["entities"].get(cell, {}).get("subdivision")
    if scope is None:
        # the ISO day protects the listings of this order from being taken for removed
        step = "Add the cell to lookups.entities after reading the order; until then the ban holds, but names no party."
        gather.reject(record, "entity", f"an entity cell that is not known (order of {since})", step, is_row_kept=True)
    goods = gather.source.lookups["goods"].get(record["product"] or "", {})
    if not goods:
        gather.reject(record, "product", "goods without HS codes", "Add them to lookups.goods.", is_row_kept=True)
    is_place = scope in ("territory", "artisanal")
    producer = None if is_place else (m["name"] if (m := VESSEL.match(cell)) else cell)
    common: dict[str, Any] = {"status": status, "status_note": record["status"], "authority": AUTHORITY}
    gather.keep(
        "import_ban", record, ban_id=keys.ban_key("us_cbp", instrument, since, producer, place or country), instrument=instrument,
        product=record["product"] or f"not stated in this copy ({record['industry'] or 'no industry'})", hs=goods.get("hs"),
        downstream_hs=goods.get("downstream_hs"), country=country, subdivision=place, scope=scope or "producer", producer=producer,
        since=since, legal_basis="us_tariff_act_307", note=record["remarks"], **common,
    )
    url = record["url"] if (record["url"] or "").startswith("http") else None
    for party in named:
        gather.keep(
            "listing", record, listing_id=keys.listing_key("us_cbp_wro", party["name"], PROGRAMME[instrument], since), list_id="us_cbp_wro",
            name=party["name"], aliases=list(party.get("aliases", ())) or None, entity_type=party.get("entity_type", "organisation"),
            country=party.get("country", country), programme=PROGRAMME[instrument], url=url, listed_on=since, listed_on_basis="stated",
            covered_hs=None if "*" in goods.get("hs", []) else goods.get("hs"), severity=4,
            covers_subsidiaries=party.get("covers_subsidiaries", False), **common,
        )


def _superseded(gather: Gather) -> None:
    """An order that a Finding against the same producer followed stands as active on the list; it is superseded from then on."""
    findings = [row for row in gather.rows("listing") if row["programme"] == PROGRAMME["finding"]]
    for row in gather.rows("listing"):
        later = [f["listed_on"] for f in findings if keys.slug(f["name"]) == keys.slug(row["name"]) and f["listed_on"] > row["listed_on"]]
        if row["programme"] != PROGRAMME["wro"] or row["status"] != "active" or not later:
            continue
        note = f"{row['status_note']}; a Finding followed on {min(later)}"
        row.update(status="superseded", status_note=note, delisted_on=min(later))
        for ban in gather.rows("import_ban"):
            if ban["line"] == row["line"]:
                ban.update(status="superseded", status_note=note, until=min(later))


def parse(snapshot: Any) -> Parsed:
    """import_ban and listing of the CSV."""
    gather = Gather(snapshot)
    for table in gather.tables():
        for record in gather.records(table)[1]:
            _order(gather, record)
    _superseded(gather)
    return gather.parsed()
