"""Natural persons on a sheet: where one is named, and what stays hidden until it is certain that the entry is about it.

Belongs here: telling persons from organisations as far as the record goes. Does not belong here: matching (pipelines), wording (facts).
"""

from __future__ import annotations

from data.procurement import Organisation
from data.screening import Connection, Fact, FactState, ProcessResult, Question, TendererResult

PERSON = "person"
OF_PERSONS = ("board", "shared_director")  # connections that run through a natural person


def is_person(one: Organisation | None) -> bool:
    """Whether the file itself says that the bidder is a natural person."""
    return one is not None and one.schema_ == PERSON


def _through_person(tie: Connection | None) -> bool:
    return tie is not None and tie.kind in OF_PERSONS


def _is_namesake(found: Fact) -> bool:
    """Whether a match was kept from every ground: a listed person touches none before somebody is sure (risk/screening)."""
    return found.entry is not None and found.state == FactState.TO_CONFIRM and not found.grounds


def is_of_person(found: Fact, one: Organisation | None) -> bool:
    """Whether an entry is about a natural person: as the list says, else as the file or the connection says. `one`: whom it may name."""
    is_listed_person = getattr(found.entry, "entity_type", None) == PERSON  # screenings kept before do not say it of an entry
    return is_listed_person or _is_namesake(found) or is_person(one) or _through_person(found.connection)


def is_hidden(found: Fact, one: Organisation | None) -> bool:
    """Whether comparison and reason stay hidden: of a person, and nobody has confirmed that it is this one."""
    return found.match is not None and not found.match.is_confirmed and is_of_person(found, one)


def parties(result: TendererResult) -> dict[str, Organisation]:
    """organisation_id -> organisation, of a tenderer, its members and its subcontractors."""
    found = result.tenderer
    return {one.organisation_id: one for one in (*found.subcontractors, *found.members, found.organisation)}


def asks_person(asked: Question, result: TendererResult) -> bool:
    """Whether a question about a match concerns an entry of a natural person."""
    names, wanted = parties(result), asked.values.get("listing_id")
    about = [fact for fact in result.facts if fact.entry and wanted and fact.entry.listing_id == wanted]
    return is_person(names.get(asked.organisation_id or "")) or any(is_of_person(fact, names.get(fact.organisation_id)) for fact in about)


def are_named(result: ProcessResult) -> bool:
    """Whether the sheet of a tender names a natural person."""
    return any(
        any(is_person(one) for one in parties(row).values())
        or any(_through_person(tie) for tie in row.connections)
        or any(is_of_person(fact, None) for fact in row.facts if fact.state != FactState.DISMISSED)
        for row in result.tenderers
    )
