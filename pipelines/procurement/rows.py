"""Bidders given row by row (a table, or one by hand) put into the form of an OCDS release, so that the same reading follows.

Belongs here: what a row means. Does not belong here: reading files (bidders.py), checking names and numbers (organisations.py).
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import Any

from data.procurement import Process
from pipelines.normalise import fold
from pipelines.procurement import processes
from pipelines.procurement.fields import AT, Node
from pipelines.procurement.findings import Findings
from pipelines.procurement.words import is_missing, key_of

# Words for the part of an organisation, folded and without spaces.
ROLES = {
    "member": "member", "consortiummember": "member", "partner": "member", "membre": "member", "membredugroupement": "member",
    "cotraitant": "member", "miembro": "member", "miembrodelconsorcio": "member", "subcontractor": "subcontractor",
    "soustraitant": "subcontractor", "subcontratista": "subcontractor", "supplier": "supplier", "awarded": "supplier", "winner": "supplier",
    "fournisseur": "supplier", "attributaire": "supplier", "titulaire": "supplier", "proveedor": "supplier", "adjudicatario": "supplier",
    "tenderer": "tenderer", "bidder": "tenderer", "lead": "tenderer", "soumissionnaire": "tenderer", "candidat": "tenderer",
    "mandataire": "tenderer", "licitante": "tenderer", "oferente": "tenderer", "licitador": "tenderer",
}  # fmt: skip


@dataclass(frozen=True)
class Row:
    """One bidder: `cells` by the names of bidder_columns.yml, texts as written; `numbers` are (register, number)."""

    line: int | None
    cells: dict[str, str | None]
    numbers: list[tuple[str | None, str]] = field(default_factory=list)
    other_names: list[str] = field(default_factory=list)
    amount: float | None = None
    estimate: float | None = None
    date: dt.date | None = None

    def __getitem__(self, name: str) -> str | None:
        return self.cells.get(name)


def organisation(row: Row) -> Node:
    """The bidder of a row as an OCDS organisation."""
    at = (row.line, "")
    numbers = [{"scheme": scheme, "id": number, AT: (row.line, "identifier")} for scheme, number in row.numbers]
    address = {"streetAddress": row["address"], "locality": row["locality"], "region": row["region"], "postalCode": row["postal_code"],
               "countryName": row["country"], AT: (row.line, "address")}  # fmt: skip
    others = [*split(row["other_name"]), *split(row["local_name"]), *row.other_names]
    return {"name": row["name"], "otherNames": others, "additionalIdentifiers": numbers,
            "address": address if any(v for k, v in address.items() if k != AT) else None, AT: at}  # fmt: skip


def split(cell: str | None) -> list[str]:
    """The parts of a cell that may name several, with semicolons or bars between."""
    return [part.strip() for part in (cell or "").replace("|", ";").split(";") if part.strip()]


def process(key: str, rows: list[Row], findings: Findings) -> Process:
    """The process `key` of its rows. Rows of one consortium are its members; a subcontractor stands with the tenderer it names."""
    release = _release(key, rows, findings)
    return processes.process(key, release, [release], findings)


def _release(key: str, rows: list[Row], findings: Findings) -> Node:
    first = rows[0]
    bids: list[Node] = []
    parties: list[Node] = []
    awards: list[Node] = []
    contracts: list[Node] = []
    tenderers: list[Node] = []
    groups: dict[str, Node] = {}
    joint: dict[tuple[str, str], Node] = {}
    names = {key_of(name) for row in rows for name in (row["name"], row["consortium"]) if name}
    for row in rows:
        node, role = organisation(row), _role(row, findings)
        if row["subcontractor_of"] or role == "subcontractor":
            _subcontractor(row, node, names, contracts, parties, findings)
            continue
        stands = node
        if row["consortium"] and not is_missing(row["consortium"]):
            group = groups.setdefault(key_of(row["consortium"]), {"name": row["consortium"], "members": [], AT: (row.line, "consortium")})
            stands = group
            if row["name"] and key_of(row["name"]) == key_of(row["consortium"]):
                group.update({key: value for key, value in node.items() if key not in ("name", AT)})
            else:
                group["members"].append(node)
        elif role == "member":
            parties.append({**node, "roles": ["consortiumMember"]})
            continue
        tenderers.append(stands)
        if role == "supplier":
            awards.append({"suppliers": [stands], "relatedLots": split(row["lot"]), AT: (row.line, "")})
        if stands is not node:
            _joint_bid(row, stands, joint, bids)
        elif row.amount is not None or row.date or row["status"] or row["lot"]:
            bids.append(_bid(row, stands))
    buyer = next((row["buyer"] for row in rows if row["buyer"]), None)
    tender = {
        "title": next((row["tender_title"] for row in rows if row["tender_title"]), None), "lots": _lots(rows), "items": _items(rows),
        "tenderers": tenderers, "mainProcurementCategory": next((row["category"] for row in rows if row["category"]), None),
        "value": {"amount": first.estimate, "currency": first["currency"], AT: (first.line, "estimate")} if first.estimate else None,
        AT: (first.line, ""),
    }  # fmt: skip
    return {
        "ocid": key, "tender": tender, "bids": {"details": bids, AT: (first.line, "")}, "parties": parties, "awards": awards,
        "contracts": contracts, "buyer": {"name": buyer, AT: (first.line, "buyer")} if buyer else None, AT: (first.line, ""),
    }  # fmt: skip


def _role(row: Row, findings: Findings) -> str | None:
    if row["role"] is None:
        return None
    role = ROLES.get(fold(row["role"]).replace(" ", ""))
    if role is None:
        findings.say("wrong_type", (row.line, "role"), row["role"])
    return role


def _subcontractor(row: Row, node: Node, names: set[str], contracts: list[Node], parties: list[Node], findings: Findings) -> None:
    prime = row["subcontractor_of"]
    if prime and key_of(prime) in names:
        subcontract = {"subcontractor": node, "tenderers": [{"name": prime, AT: (row.line, "subcontractor_of")}], AT: (row.line, "")}
        contracts.append({"subcontracting": {"subcontracts": [subcontract], AT: (row.line, "")}, AT: (row.line, "")})
        return
    if prime:
        findings.say("prime_unknown", (row.line, "subcontractor_of"), prime)
    parties.append({**node, "roles": ["subcontractor"]})


def _bid(row: Row, stands: Node) -> Node:
    value = {"amount": row.amount, "currency": row["currency"], AT: (row.line, "amount")} if row.amount is not None else None
    return {"tenderers": [stands], "value": value, "status": row["status"], "date": row.date.isoformat() if row.date else None,
            "relatedLots": split(row["lot"]), "countriesOfOrigin": split(row["origin"]), AT: (row.line, "")}  # fmt: skip


def _joint_bid(row: Row, group: Node, joint: dict[tuple[str, str], Node], bids: list[Node]) -> None:
    """Rows of a group's members speak of one offer per lot: it is added once, and again where a row states another price."""
    key, made = (key_of(group["name"]), row["lot"] or ""), _bid(row, group)
    before = joint.get(key)
    if before is None or (before["value"] and made["value"] and before["value"]["amount"] != made["value"]["amount"]):
        joint[key] = made
        bids.append(made)
    elif made["value"]:
        before["value"] = made["value"]


def _lots(rows: list[Row]) -> list[Node]:
    found: dict[str, Node] = {}
    for row in rows:
        lots = split(row["lot"])
        for lot in lots:
            found.setdefault(lot, {"id": lot, "title": row["lot_title"] if len(lots) == 1 else None, AT: (row.line, "lot")})
    return list(found.values())


def _items(rows: list[Row]) -> list[Node]:
    found: list[Node] = []
    for row in rows:
        listed = [(scheme, code) for scheme in ("cpv", "unspsc", "hs") for code in split(row[scheme])]
        codes: list[dict[str, Any]] = [{"scheme": scheme.upper(), "id": code, AT: (row.line, scheme)} for scheme, code in listed]
        lot = next(iter(split(row["lot"])), None)
        for code in codes or ([{}] if row["item"] else []):
            found.append({"description": row["item"], "classification": code or None, "relatedLot": lot, AT: (row.line, "item")})
    return found
