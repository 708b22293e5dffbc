"""One merged release to one process: title, buyer, lots, items, category, and who stands in it.

Does not belong here: joining releases (merging.py), who stands how (tenderers.py).
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from data.procurement import Item, Lot, Place, Process
from pipelines.normalise import fold
from pipelines.procurement import categories, earlier
from pipelines.procurement.fields import Node, Table, at_of, fetch, money, printable
from pipelines.procurement.findings import Findings
from pipelines.procurement.merging import moment
from pipelines.procurement.organisations import Directory, Entry
from pipelines.procurement.tenderers import Field

RELEASE: Table = {"tender": "object tender", "title": "text title|name", "buyer": "object buyer", "awards": "objects awards",
                  "contracts": "objects contracts"}  # fmt: skip
TENDER: Table = {"title": "text title", "entity": "object procuringEntity", "value": "object value", "lots": "objects lots",
                 "items": "objects items", "category": "text mainProcurementCategory"}  # fmt: skip
LOT: Table = {"lot_id": "text id", "title": "text title|description", "value": "object value"}
ITEM: Table = {"description": "text description", "classification": "object classification", "more": "objects additionalClassifications",
               "lot_id": "text relatedLot"}  # fmt: skip
CLASSIFICATION: Table = {"scheme": "text scheme|schema", "code": "text id", "description": "text description"}
CATEGORIES = {"goods": "goods", "works": "works", "services": "services", "consultingservices": "services"}


def process(key: str, release: Node, releases: list[Node], findings: Findings, embedded: list[Node] | None = None) -> Process:
    """The process `key` from its merged release; `releases` are those it was merged from, oldest first.

    `embedded` are releases that a publisher has merged into one of them. Whoever bids in any of them all is in the process.
    """
    read = fetch(release, RELEASE, findings)
    tender_node = read["tender"]
    tender: dict[str, Any] = fetch(tender_node if tender_node is not None else {}, TENDER, findings)
    directory = Directory(findings)
    field = Field(release, directory, findings)
    earlier.add_missing(field, [*(embedded or []), *(releases if len(releases) > 1 else [])])
    tenderers = field.tenderers()
    buyer = _buyer(read["buyer"], tender["entity"], directory)
    directory.tell_names()
    lots = _lots(tender["lots"], findings)
    _tell_unknown_lots(field, {lot.lot_id for lot in lots}, findings)
    return Process(
        process_id=key, title=tender["title"] or read["title"], buyer=buyer.names[0] if buyer and buyer.names else None,
        buyer_country=buyer.country if buyer else None, dated_on=_dated_on(releases), value=money(tender["value"], findings),
        category=_category(tender["category"], tender_node, findings), lots=lots, items=_items(tender["items"], read, findings),
        tenderers=tenderers, release_ids=[name for node in releases if (name := printable(str(node.get("id", ""))))],
        places=[Place(file=findings.file, line=at_of(node)[0], path=at_of(node)[1] or None) for node in releases[:20]],
    )  # fmt: skip


def _buyer(buyer: Node | None, entity: Node | None, directory: Directory) -> Entry | None:
    """The buyer, else the procuring entity. Said to be missing by nobody: it is not screened."""
    for node in (buyer, entity):
        if node is not None and any(node.get(key) for key in ("id", "name", "identifier")):
            return directory.entry(node)
    return None


def _dated_on(releases: list[Node]) -> dt.date | None:
    moments = [found for found in (moment(node.get("date")) for node in releases) if found]
    return max(moments).date() if moments else None


def _category(text: str | None, tender: Node | None, findings: Findings) -> str | None:
    if text is None or tender is None:
        return None
    known = CATEGORIES.get(fold(text).replace(" ", ""))
    if known is None:
        findings.say("category_unknown", at_of(tender, "mainProcurementCategory"), text)
    return known


def _lots(nodes: list[Node], findings: Findings) -> list[Lot]:
    found: dict[str, Lot] = {}
    for node in nodes:
        read = fetch(node, LOT, findings)
        if read["lot_id"] is None:
            findings.say("lot_unknown", at_of(node), read["title"], kept=False)
        else:
            found.setdefault(read["lot_id"], Lot(**{**read, "value": money(read["value"], findings)}))
    return list(found.values())


def _tell_unknown_lots(field: Field, known: set[str], findings: Findings) -> None:
    told = set()
    for lot, node in field.lots if known else []:
        if lot not in known and lot not in told:
            told.add(lot)
            findings.say("lot_unknown", at_of(node), lot)


def _items(nodes: list[Node], read: dict[str, Any], findings: Findings) -> list[Item]:
    """Items of the tender; where it has none, those of awards, then contracts. The same item is listed once."""
    for part in ("awards", "contracts"):
        nodes = nodes or [item for node in read[part] for item in fetch(node, {"items": "objects items"}, findings)["items"]]
    found: dict[tuple[str | None, ...], Item] = {}
    for node in nodes:
        item = fetch(node, ITEM, findings)
        parts = ([item["classification"]] if item["classification"] else []) + item["more"]
        classes = [fetch(part, CLASSIFICATION, findings) for part in parts]
        first = classes[0] if classes else {"scheme": None, "code": None, "description": None}
        hs = next((hs for each in classes if (hs := categories.hs(each["scheme"], each["code"]))), [])
        text = item["description"] or first["description"]
        made = Item(description=text, scheme=first["scheme"], code=first["code"], lot_id=item["lot_id"], hs=hs)
        found.setdefault((made.scheme, made.code, made.description, made.lot_id), made)
    return list(found.values())
