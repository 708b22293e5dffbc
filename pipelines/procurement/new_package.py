"""A release package of OCDS 1.1 made of a table of bidders or one bidder by hand, so that its results can travel as OCDS too.

Belongs here: parties, tender, bids and lots in OCDS. Does not belong here: the results (export.py).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from data.procurement import Bid, Organisation, Process, Role, Tenderer
from data.screening import Screening
from pipelines.keys import slug

PREFIX = "ocds-000000"  # no registered prefix: the package is made here, and its publisher puts its own
_REPOSITORY = "https://raw.githubusercontent.com/open-contracting-extensions"
EXTENSIONS = [f"{_REPOSITORY}/ocds_{name}_extension/v1.1.5/extension.json" for name in ("bid", "lots")]
_ROLES = {Role.MEMBER: "consortiumMember"}


def package(screening: Screening, results: dict[str, dict[str, Any]], extension: str) -> dict[str, Any]:
    """The package of all processes of a screening, each with its `screening` object from `results` (by process)."""
    moment = screening.made_at.isoformat()
    return {
        "uri": f"urn:deeptier:screening:{screening.screening_id}", "version": "1.1", "extensions": [*EXTENSIONS, extension],
        "publishedDate": moment, "publisher": {"name": f"deeptier {screening.software_version}"},
        "releases": [_release(result.process, moment, screening.screening_id, results.get(result.process.process_id))
                     for result in screening.results],
    }  # fmt: skip


def _release(process: Process, moment: str, screening_id: str, result: dict[str, Any] | None) -> dict[str, Any]:
    ocid = f"{PREFIX}-{slug(process.process_id)}"
    buyer = {"id": "buyer", "name": process.buyer} if process.buyer else None
    tender = {
        "id": process.process_id, "title": process.title, "mainProcurementCategory": process.category, "value": _money(process.value),
        "procuringEntity": buyer, "lots": [_full({"id": lot.lot_id, "title": lot.title}) for lot in process.lots],
        "items": [_item(i, item) for i, item in enumerate(process.items, 1)],
        "tenderers": [_reference(each.organisation) for each in process.tenderers if Role.TENDERER in each.roles],
    }  # fmt: skip
    bids = [bid for number, each in enumerate(process.tenderers, 1) for bid in _bids(number, each)]
    return _full({
        "ocid": ocid, "id": f"{ocid}-{slug(screening_id)}", "date": moment, "tag": ["tender"], "initiationType": "tender",
        "parties": [*_parties(process.tenderers), *([{**buyer, "roles": ["buyer"]}] if buyer else [])], "buyer": buyer,
        "tender": _full(tender), "bids": {"details": bids} if bids else None, "screening": result,
    })  # fmt: skip


def _full(value: dict[str, Any]) -> dict[str, Any]:
    return {key: item for key, item in value.items() if item is not None and item != []}


def _money(value: Any) -> dict[str, Any] | None:
    return _full({"amount": value.amount, "currency": value.currency}) if value else None


def _item(number: int, item: Any) -> dict[str, Any]:
    kind = _full({"scheme": item.scheme, "id": item.code})
    return _full({"id": str(number), "description": item.description, "classification": kind or None, "relatedLot": item.lot_id})


def _reference(organisation: Organisation) -> dict[str, Any]:
    return _full({"id": organisation.organisation_id, "name": organisation.name or None})


def _parties(tenderers: list[Tenderer]) -> Iterator[dict[str, Any]]:
    """All organisations once, with every role they have."""
    roles: dict[str, list[str]] = {}
    known: dict[str, tuple[Organisation, list[Organisation]]] = {}
    for each in tenderers:
        own = [_ROLES.get(role, role.value) for role in each.roles]
        named = [(each.organisation, own), *((member, ["consortiumMember"]) for member in each.members)]
        named += [(sub, ["subcontractor"]) for sub in each.subcontractors]
        for organisation, parts in named:
            key = organisation.organisation_id
            known.setdefault(key, (organisation, each.members if organisation is each.organisation else []))
            roles[key] = list(dict.fromkeys([*roles.get(key, []), *parts]))
    for key, (organisation, members) in known.items():
        yield _party(organisation, roles[key], members)


def _party(organisation: Organisation, roles: list[str], members: list[Organisation]) -> dict[str, Any]:
    numbers = [_full({"scheme": number.scheme, "id": number.id}) for number in organisation.identifiers]
    address = _full({"streetAddress": organisation.address, "locality": organisation.locality, "region": organisation.subdivision,
                     "countryName": organisation.country})  # fmt: skip
    return _full({
        **_reference(organisation), "roles": roles, "identifier": numbers[0] if numbers else None, "additionalIdentifiers": numbers[1:],
        "otherNames": organisation.other_names, "address": address or None, "members": [_reference(member) for member in members],
    })  # fmt: skip


def _bids(number: int, tenderer: Tenderer) -> Iterator[dict[str, Any]]:
    subs = [{"id": str(i), "subcontractor": _reference(sub)} for i, sub in enumerate(tenderer.subcontractors, 1)]
    for i, bid in enumerate(tenderer.bids or ([Bid()] if subs else []), 1):
        yield _full({
            "id": bid.bid_id or f"{number}-{i}", "date": f"{bid.submitted_on.isoformat()}T00:00:00Z" if bid.submitted_on else None,
            "status": bid.status, "value": _money(bid.value), "tenderers": [_reference(tenderer.organisation)], "relatedLots": bid.lot_ids,
            "countriesOfOrigin": bid.countries_of_origin, "subcontracting": {"subcontracts": subs} if subs and i == 1 else None,
        })  # fmt: skip
