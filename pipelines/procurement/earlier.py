"""Those whom a release of a process names and its merged release no longer does: nobody once named as a bidder drops out of a search.

Belongs here: comparing the merged release with each release by itself. Does not belong here: how releases are merged (merging.py), who
stands in one release (tenderers.py).
"""

from __future__ import annotations

from pipelines.procurement.fields import Node
from pipelines.procurement.findings import Findings
from pipelines.procurement.organisations import Directory, Entry
from pipelines.procurement.tenderers import Field, Stand


def add_missing(field: Field, releases: list[Node]) -> None:
    """Adds to `field`, which was read from the merged release, whoever stands in one of `releases` and not in it, with lots and offers.

    Each of them is told once. Names that only one of the releases has for an organisation are searched too.
    """
    standing = {id(entry) for stand in [*field.stands.values(), *field.joint] for entry in _all(stand)}
    for release in releases:
        quiet = Findings(field.findings.file)  # what is wrong with the release was told when it was merged, or no longer holds
        alone = Field(release, Directory(quiet), quiet)
        for entry in alone.directory.entries:
            field.directory.add_names(entry)
        for stand in [*alone.stands.values(), *alone.joint]:
            _add(field, stand, standing)


def _all(stand: Stand) -> list[Entry]:
    return [*([stand.entry] if stand.entry else []), *stand.members, *stand.subcontractors]


def _add(field: Field, stand: Stand, standing: set[int]) -> None:
    own = {id(entry): field.directory.adopted(entry) for entry in _all(stand)}
    missing = {id(entry): entry for entry in own.values() if id(entry) not in standing}
    if not missing:
        return
    standing |= set(missing)
    for lost in missing.values():
        at = lost.places[0] if lost.places else (None, "")
        field.findings.say("organisation_dropped", at, lost.names[0] if lost.names else lost.organisation_id)
    members, subcontractors = ([own[id(entry)] for entry in part] for part in (stand.members, stand.subcontractors))
    entry = own[id(stand.entry)] if stand.entry else None
    if entry is not None and id(entry) in field.stands:
        target = field.stands[id(entry)]
    else:
        target = Stand(entry, stand.roles, stand.lots, stand.bids, declarations=stand.declarations)
        if entry is None:
            field.joint.append(target)
        else:
            field.stands[id(entry)] = target
    target.members += [member for member in members if member not in target.members and member is not entry]
    target.subcontractors += [sub for sub in subcontractors if sub not in target.subcontractors]
