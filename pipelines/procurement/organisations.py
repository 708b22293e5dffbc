"""Organisations of one process: parties, and whatever refers to them, resolved to one entry each.

An organisation is known by its id, else by its identifier in a register, else by its name. One entry holds all names it goes by. Does not
belong here: in what part it stands (tenderers.py).
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field
from typing import Any

from data.procurement import Identifier, Organisation, Place
from pipelines import normalise
from pipelines.procurement.fields import Node, Table, at_of, fetch, printable
from pipelines.procurement.findings import At, Findings
from pipelines.procurement.identifiers import identifier, scheme_country
from pipelines.procurement.words import is_missing, is_missing_id, is_missing_number, key_of

LONGEST_NAME = 500
_MOST_PLACES = 20
_MOST_NAMES = 10  # names of one organisation that a remark lists
_LONGEST_SHOWN = 80  # letters of each of them
ORGANISATION: Table = {
    "id": "text id", "name": "text name", "identifier": "object identifier", "more": "objects additionalIdentifiers",
    "address": "address address", "roles": "texts roles", "others": "texts otherNames|alternateNames|aliases",
}  # fmt: skip
NUMBER: Table = {"scheme": "text scheme", "id": "text id"}
LEGAL_NAME: Table = {"name": "text legalName"}
ADDRESS: Table = {"street": "text streetAddress|street|description", "locality": "text locality|city|town", "region": "text region",
                  "post_code": "text postalCode", "country": "text countryName|country|countryCode|countryId"}  # fmt: skip
# name_hy, nameHy, legalName_ru, legalNameRu, name_en-GB ...
_LOCAL = re.compile(r"(?:name|legalName)(?:_[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8})*|[A-Z][a-z])")


@dataclass(eq=False)
class Entry:
    """One organisation of a process while it is read. `names` keeps the order of their worth: name, legal name, other languages."""

    id: str | None
    names: list[str] = field(default_factory=list)
    keys: set[str] = field(default_factory=set)
    identifiers: list[Identifier] = field(default_factory=list)
    roles: list[str] = field(default_factory=list)
    country: str | None = None
    subdivision: str | None = None
    locality: str | None = None
    address: str | None = None
    places: list[At] = field(default_factory=list)
    missing: tuple[str, At, str | None] | None = None
    differ: list[str] = field(default_factory=list)  # names given beside the first for the same id or number
    differ_at: At | None = None

    def add(self, names: list[str]) -> list[str]:
        """Adds names that are new; gives those."""
        new = []
        for name in names:
            if key_of(name) not in self.keys:
                self.keys.add(key_of(name))
                self.names.append(name)
                new.append(name)
        return new

    @property
    def organisation_id(self) -> str:
        if self.id:
            return self.id
        if self.identifiers:
            return "-".join(filter(None, (self.identifiers[0].scheme, self.identifiers[0].id)))
        return "name-" + hashlib.sha256(key_of(self.names[0]).encode()).hexdigest()[:12]


class Directory:
    """All organisations of one process."""

    def __init__(self, findings: Findings) -> None:
        self.findings = findings
        self.entries: list[Entry] = []
        self._by_id: dict[str, Entry] = {}
        self._by_number: dict[tuple[str, str], Entry] = {}
        self._by_name: dict[str, list[Entry]] = {}

    def entry(self, node: Node) -> Entry | None:
        """The organisation that `node` is or refers to; None, with a refusal, if it says neither who nor what."""
        read = fetch(node, ORGANISATION, self.findings)
        names, missing = self._names(node, read)
        numbers = self._identifiers(node, read)
        own_id = read["id"] if read["id"] and not is_missing_id(read["id"]) else None
        if not (own_id or numbers or names):
            self.findings.say("organisation_empty", at_of(node), missing[2] if missing else read["id"], kept=False)
            return None
        found = self._known(own_id, numbers, names)
        if found is None:
            found = Entry(own_id)
            self.entries.append(found)
            found.add(names)
        elif (new := found.add(names)) and len(found.keys) > len(new) and read["name"] in new:
            self._two_names(found, at_of(node, "name"), new)
        self._fill(found, node, read, numbers)
        if missing and not found.names:
            found.missing = found.missing or missing
        self._index(found, own_id)
        return found

    def adopted(self, other: Entry) -> Entry:
        """The organisation that an entry of another directory is; it becomes one of these if it is not known here."""
        found = self._known(other.id, other.identifiers, other.names)
        if found is None:
            self.entries.append(other)
            self._index(other, other.id)
        return found or other

    def add_names(self, other: Entry) -> None:
        """Names that another release has for an organisation: the newest wins, and the others are searched too."""
        found = self._known(other.id, other.identifiers, other.names)
        if found and found is not other and (new := found.add(other.names)) and len(found.keys) > len(new):
            if other.names[0] in new:
                line, path = other.places[0] if other.places else (None, "")
                self._two_names(found, (line, f"{path}.name" if path else "name"), new)
            self._index(found, found.id)

    def _two_names(self, found: Entry, at: At, new: list[str]) -> None:
        found.differ_at = found.differ_at or at
        found.differ += new

    def tell_names(self) -> None:
        """Tells organisations that go by several names, with all of them; of a long list the first and how many more there are."""
        for entry in self.entries:
            if entry.differ_at:
                names = [entry.names[0], *entry.differ]
                shown = " | ".join(_shortened(name) for name in names[:_MOST_NAMES])
                more = f" | … (+{len(names) - _MOST_NAMES})" if len(names) > _MOST_NAMES else ""
                value = f"{_shortened(entry.organisation_id)}: {shown}{more}"
                self.findings.say("one_id_two_names", entry.differ_at, value, whole=True)

    def _known(self, own_id: str | None, numbers: list[Identifier], names: list[str]) -> Entry | None:
        if own_id in self._by_id:
            return self._by_id[own_id]
        for number in numbers:
            found = self._by_number.get(_number_key(number))
            if found and not (own_id and found.id):
                return found
        # By name alone where one side has no id and one side no number: nothing then speaks against it.
        same = [entry for entry in self._by_name.get(key_of(names[0]), []) if not (own_id and entry.id)] if names else []
        return same[0] if len(same) == 1 and not (numbers and same[0].identifiers) else None

    def _names(self, node: Node, read: dict[str, Any]) -> tuple[list[str], tuple[str, At, str | None] | None]:
        """Names in the order of their worth, and (code, place, value) of what stood in the place of the first."""
        legal = fetch(read["identifier"], LEGAL_NAME, self.findings)["name"] if read["identifier"] else None
        inner = [node, *([read["identifier"]] if read["identifier"] else [])]
        local = [printable(v) for part in inner for k, v in sorted(part.items()) if isinstance(v, str) and _LOCAL.fullmatch(k)]
        given = [name for name in (read["name"], legal, *local, *read["others"]) if name]
        names = list(dict.fromkeys(name for name in given if not is_missing(name)))
        lost = next((name for name in given if is_missing(name)), None)
        missing = ("name_placeholder" if lost else "name_missing", at_of(node, "name"), lost)
        for name in names:
            if "�" in name:
                self.findings.say("characters_lost", at_of(node, "name"), name)
                break
        return [self._cut(name, node) for name in names], missing

    def _cut(self, name: str, node: Node) -> str:
        if len(name) <= LONGEST_NAME:
            return name
        self.findings.say("name_too_long", at_of(node, "name"), name, whole=True)
        return name[:LONGEST_NAME].strip()

    def _identifiers(self, node: Node, read: dict[str, Any]) -> list[Identifier]:
        found: dict[tuple[str, str], Identifier] = {}
        for part in ([read["identifier"]] if read["identifier"] else []) + read["more"]:
            values = fetch(part, NUMBER, self.findings)
            if values["id"] and is_missing_number(values["id"]):
                self.findings.say("identifier_placeholder", at_of(part, "id"), values["id"])
            elif values["id"]:
                made = identifier(values["scheme"], values["id"])
                found.setdefault(_number_key(made), made)
        return list(found.values())

    def _fill(self, found: Entry, node: Node, read: dict[str, Any], numbers: list[Identifier]) -> None:
        known = {_number_key(number) for number in found.identifiers}
        found.identifiers += [number for number in numbers if _number_key(number) not in known]
        found.roles += [role for role in read["roles"] if role not in found.roles]
        if len(found.places) < _MOST_PLACES and at_of(node) not in found.places:
            found.places.append(at_of(node))
        if read["address"] and not found.address and not found.locality:
            self._address(found, read["address"])
        if found.country is None:
            found.country = next(filter(None, (scheme_country(number.scheme) for number in found.identifiers)), None)

    def _address(self, found: Entry, node: Node | str) -> None:
        if isinstance(node, str):
            found.address = printable(node)
            return
        values = {k: v if v and not is_missing(v) else None for k, v in fetch(node, ADDRESS, self.findings).items()}
        if values["country"]:
            found.country = normalise.country(values["country"])
            if found.country is None:
                self.findings.say("country_unknown", at_of(node, "country"), values["country"])
        found.locality = values["locality"]
        found.subdivision = normalise.subdivision(values["region"], found.country) if values["region"] and found.country else None
        region = values["region"] if not found.subdivision else None
        found.address = ", ".join(filter(None, (values["street"], values["post_code"], region))) or None

    def _index(self, found: Entry, own_id: str | None) -> None:
        found.id = found.id or own_id
        if own_id:
            self._by_id.setdefault(own_id, found)
        for number in found.identifiers:
            self._by_number.setdefault(_number_key(number), found)
        for key in found.keys:
            if found not in self._by_name.setdefault(key, []):
                self._by_name[key].append(found)

    def named(self, name: str) -> Entry | None:
        """The one organisation of that name."""
        same = self._by_name.get(key_of(name), [])
        return same[0] if len(same) == 1 else None

    def finished(self, entry: Entry) -> Organisation:
        """The organisation as it is handed on; what it lacks is told."""
        if entry.missing and not entry.names:
            code, at, value = entry.missing
            self.findings.say(code, at, value)
            entry.missing = None
        return Organisation(
            organisation_id=entry.organisation_id, name=entry.names[0] if entry.names else "", other_names=entry.names[1:],
            identifiers=entry.identifiers, country=entry.country, subdivision=entry.subdivision, locality=entry.locality,
            address=entry.address, places=[Place(file=self.findings.file, line=line, path=path or None) for line, path in entry.places],
        )

    def tell_same_names(self, entries: list[Entry]) -> None:
        """Tells names that stand under two ids."""
        first: dict[str, Entry] = {}
        for entry in entries:
            other = first.setdefault(key_of(entry.names[0]), entry) if entry.names else entry
            if other is not entry:
                value = f"{entry.names[0]}: {other.organisation_id} | {entry.organisation_id}"
                self.findings.say("one_name_two_ids", entry.places[0] if entry.places else (None, ""), value)


def _number_key(number: Identifier) -> tuple[str, str]:
    return key_of(number.scheme or ""), key_of(number.id)


def _shortened(name: str) -> str:
    return name if len(name) <= _LONGEST_SHOWN else name[:_LONGEST_SHOWN] + "…"
