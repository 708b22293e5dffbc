"""Who bids in a process, and how: tenderers, joint bids, members, subcontractors, suppliers, with their lots and offers.

Groups are read from structure alone: a bid with several tenderers, or members that the file names. A name is never taken apart. Does not
belong here: names and numbers of organisations (organisations.py), declarations (declarations.py).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from data.procurement import Bid, Declaration, Organisation, Role, Tenderer
from pipelines import normalise
from pipelines.procurement.declarations import Grounds
from pipelines.procurement.fields import AT, Node, Table, at_of, fetch, money, printable
from pipelines.procurement.findings import Findings
from pipelines.procurement.organisations import Directory, Entry
from pipelines.procurement.words import key_of, suggests_group

# Roles of parties that put an organisation into the list, by the words that publishers use.
ROLES = {
    "tenderer": Role.TENDERER, "bidder": Role.TENDERER, "leadtenderer": Role.TENDERER, "supplier": Role.SUPPLIER,
    "subcontractor": Role.SUBCONTRACTOR, "consortiummember": Role.MEMBER, "groupmember": Role.MEMBER,
}  # fmt: skip
BID: Table = {"bid_id": "text id", "value": "object value", "status": "text status", "date": "day date", "lots": "texts relatedLots",
              "lot": "text relatedLot", "countries": "texts countriesOfOrigin|countryOfOrigin", "tenderers": "objects tenderers",
              "responses": "objects requirementResponses", "subcontracting": "object subcontracting"}  # fmt: skip
AWARD: Table = {"id": "text id", "award_id": "text awardID", "lot": "text relatedLot", "suppliers": "objects suppliers",
                "items": "objects items", "subcontracting": "object subcontracting"}  # fmt: skip
SUBCONTRACT: Table = {"one": "object subcontractor", "several": "objects subcontractors", "tenderers": "objects tenderers"}
MEMBERS: Table = {"members": "objects members|consortiumMembers|memberOrganizations", "of": "objects memberOf|consortium"}


@dataclass(eq=False)
class Stand:
    """An organisation in its part, while the process is read. `members` and `subcontractors` are entries of the directory."""

    entry: Entry | None  # None: a joint bid, which has no name of its own
    roles: list[Role] = field(default_factory=list)
    lots: list[str] = field(default_factory=list)
    bids: list[Bid] = field(default_factory=list)
    members: list[Entry] = field(default_factory=list)
    subcontractors: list[Entry] = field(default_factory=list)
    declarations: list[Declaration] = field(default_factory=list)

    def take(self, role: Role | None = None, lots: list[str] | None = None) -> None:
        self.roles += [role] if role and role not in self.roles else []
        self.lots += [lot for lot in lots or [] if lot not in self.lots]


class Field:
    """All who stand in one process."""

    def __init__(self, release: Node, directory: Directory, findings: Findings) -> None:
        self.directory, self.findings = directory, findings
        self.stands: dict[int, Stand] = {}  # by id() of the entry, in the order of the file
        self.joint: list[Stand] = []
        self.lots: list[tuple[str, Node]] = []  # lots referred to, with where
        parts = fetch(release, {"parties": "objects parties", "tender": "object tender", "awards": "objects awards",
                                "contracts": "objects contracts"}, findings)  # fmt: skip
        self.grounds = Grounds(parts["tender"], findings)
        parties = [(node, directory.entry(node)) for node in parts["parties"]]
        for node in fetch(parts["tender"], {"tenderers": "objects tenderers"}, findings)["tenderers"] if parts["tender"] else []:
            self._stand(node, Role.TENDERER)
        for node in self._bids(release):
            self._bid(node)
        awarded = {}
        for node in parts["awards"]:
            read = self._award(node)
            awarded[read["id"]] = read["lots"]
        for node in parts["contracts"]:
            self._award(node, awarded)
        self._roles([(node, entry) for node, entry in parties if entry])
        for node, entry in parties:
            if entry:
                self._membership(node, entry)

    def _bids(self, release: Node) -> list[Node]:
        bids = release.get("bids")
        if isinstance(bids, dict):
            found: list[Node] = fetch(bids, {"details": "objects details"}, self.findings)["details"]
            return found
        return [bid for bid in bids if isinstance(bid, dict)] if isinstance(bids, list) else []

    def _at(self, entry: Entry) -> Stand:
        return self.stands.setdefault(id(entry), Stand(entry))

    def _stand(self, node: Node, role: Role, lots: list[str] | None = None) -> Stand | None:
        entry = self.directory.entry(node)
        if entry is None:
            return None
        stand = self._at(entry)
        stand.take(role, lots)
        self._membership(node, entry)
        return stand

    def _lots(self, node: Node, single: str | None) -> list[str]:
        """Lots that an object names, as texts or as objects with an id."""
        several = node.get("relatedLots")
        items = several if isinstance(several, list) else [several]
        ids = [item.get("id") or item.get("lotId") if isinstance(item, dict) else item for item in items]
        found = [printable(str(item)) for item in [single, *ids] if isinstance(item, str | int) and not isinstance(item, bool)]
        lots = list(dict.fromkeys(lot for lot in found if lot))
        self.lots += [(lot, node) for lot in lots]
        return lots

    def _bid(self, node: Node) -> None:
        table = {name: entry for name, entry in BID.items() if name != "lots"}
        read = fetch(node, table, self.findings)
        lots = self._lots(node, read["lot"])
        named = [(reference, self.directory.entry(reference)) for reference in read["tenderers"]]
        entries = list({id(entry): entry for _, entry in named if entry}.values())
        if not entries:
            if not read["tenderers"]:
                self.findings.say("organisation_empty", at_of(node, "tenderers"), read["bid_id"], kept=False)
            return
        for reference, entry in named:
            if entry:
                self._membership(reference, entry)
        stand = self._at(entries[0]) if len(entries) == 1 else self._together(entries)
        stand.take(Role.TENDERER, lots)
        countries = [(text, normalise.country(text)) for text in read["countries"]]
        for text, iso3 in countries:
            if iso3 is None:
                self.findings.say("country_unknown", at_of(node, "countriesOfOrigin"), text)
        stand.bids.append(Bid(
            bid_id=read["bid_id"], lot_ids=lots, value=money(read["value"], self.findings), status=read["status"],
            submitted_on=read["date"], countries_of_origin=[iso3 for _, iso3 in countries if iso3],
        ))  # fmt: skip
        self._subcontracts(read["subcontracting"], [stand])
        for tenderer, declaration in self.grounds.declared(read["responses"], read["date"]):
            own = self.directory.entry(tenderer) if tenderer else None
            (self._at(own) if own and id(own) in self.stands else stand).declarations.append(declaration)

    def _together(self, entries: list[Entry]) -> Stand:
        """The group that makes a joint bid: one that the file names with these members, or one without a name of its own."""
        ids = {id(entry) for entry in entries}
        for stand in [*self.stands.values(), *self.joint]:
            whole = {id(member) for member in stand.members} | ({id(stand.entry)} if stand.entry else set())
            if stand.members and ids <= whole:
                return stand
        self.joint.append(Stand(None, members=entries))
        return self.joint[-1]

    def _award(self, node: Node, awarded: dict[str | None, list[str]] | None = None) -> dict[str, Any]:
        read = fetch(node, AWARD, self.findings)
        read["lots"] = self._lots(node, read["lot"]) or (awarded or {}).get(read["award_id"], [])
        nodes = [*read["suppliers"]]
        for item in read["items"]:
            named = fetch(item, {"lot": "text relatedLot", "suppliers": "objects suppliers"}, self.findings)
            nodes += named["suppliers"]
            if named["lot"] and named["lot"] not in read["lots"]:
                read["lots"] = [*read["lots"], *self._lots(item, named["lot"])]
        stands = [stand for stand in (self._stand(supplier, Role.SUPPLIER, read["lots"]) for supplier in nodes) if stand]
        self._subcontracts(read["subcontracting"], stands)
        return read

    def _subcontracts(self, node: Node | None, stands: list[Stand]) -> None:
        """Subcontractors of those who stand, or of the tenderers that a subcontract names."""
        if node is None:
            return
        read = fetch(node, {"subcontracts": "objects subcontracts", "direct": "objects subcontractors"}, self.findings)
        for contract in [*read["subcontracts"], *[{"subcontractor": direct, AT: at_of(direct)} for direct in read["direct"]]]:
            named = fetch(contract, SUBCONTRACT, self.findings)
            primes = [self._at(entry) for entry in (self.directory.entry(n) for n in named["tenderers"]) if entry] or stands
            for sub in [*([named["one"]] if named["one"] else []), *named["several"]]:
                entry = self.directory.entry(sub)
                if entry is None:
                    continue
                for prime in primes:
                    if entry not in prime.subcontractors:
                        prime.subcontractors.append(entry)
                if not primes:
                    self._at(entry).take(Role.SUBCONTRACTOR)

    def _roles(self, parties: list[tuple[Node, Entry]]) -> None:
        """Parties that stand by their role alone."""
        under = {id(entry) for stand in [*self.stands.values(), *self.joint] for entry in (*stand.members, *stand.subcontractors)}
        for _, entry in parties:
            roles = [ROLES[key] for role in entry.roles if (key := key_of(role)) in ROLES]
            if roles and (id(entry) not in under or id(entry) in self.stands):
                for role in roles:
                    self._at(entry).take(role)

    def _membership(self, node: Node, entry: Entry) -> None:
        """Members that an organisation names, or groups that it says it is in."""
        read = fetch(node, MEMBERS, self.findings)
        groups = [(entry, self.directory.entry(member)) for member in read["members"]]
        groups += [(group, entry) for group in (self.directory.entry(of) for of in read["of"]) if group]
        for group, member in groups:
            if member and member is not group and member not in self._at(group).members:
                self._at(group).members.append(member)

    def tenderers(self) -> list[Tenderer]:
        """All who stand, in the order of the file. A member without an offer of its own stands with its group alone."""
        stands = [*self.stands.values(), *self.joint]
        groups = {id(member): stand for stand in stands for member in stand.members}
        kept = []
        for stand in stands:
            group = groups.get(id(stand.entry))
            if group is not None and group is not stand and not stand.bids and not stand.members:
                for role in stand.roles:
                    group.take(role if role is not Role.MEMBER else None, stand.lots)
                group.declarations += stand.declarations
                group.subcontractors += [sub for sub in stand.subcontractors if sub not in group.subcontractors]
            else:
                kept.append(stand)
        self.directory.tell_same_names([stand.entry for stand in kept if stand.entry])
        return [self._finished(stand) for stand in kept]

    def _finished(self, stand: Stand) -> Tenderer:
        members = [self.directory.finished(member) for member in stand.members]
        organisation = self.directory.finished(stand.entry) if stand.entry else _joined(members)
        if not members and suggests_group(organisation.name):
            at = stand.entry.places[0] if stand.entry and stand.entry.places else (None, "")
            self.findings.say("group_without_members", at, organisation.name)
        return Tenderer(
            organisation=organisation, roles=stand.roles or [Role.TENDERER], lot_ids=stand.lots, is_consortium=bool(members),
            members=members, subcontractors=[self.directory.finished(sub) for sub in stand.subcontractors], bids=stand.bids,
            declarations=stand.declarations,
        )  # fmt: skip


def _joined(members: list[Organisation]) -> Organisation:
    """The name under which members that bid together are shown."""
    return Organisation(
        organisation_id="joint:" + "+".join(sorted(member.organisation_id for member in members)),
        name=" / ".join(member.name or member.organisation_id for member in members),
        places=[place for member in members for place in member.places][:20],
    )
