"""Screens the bidders of a file: facts with the grounds they may touch, prices to explain, questions, and where it was looked.

Belongs here: putting together what a tenderer's result holds, and its standing. Does not belong here: reading files and matching names
(pipelines), opening the warehouse (dagster_project), words (service). Strict mode: adjudicated facts and the bidder's own declarations; no
score, and nothing that excludes anybody.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import NamedTuple

from data import model
from data.procurement import Declaration, DeclarationState, Organisation, Process, Reading, Role, Tenderer
from data.screening import (
    Connection,
    Entry,
    Fact,
    FactState,
    GroundKind,
    Match,
    ProcessResult,
    Question,
    Screening,
    SearchedList,
    SearchState,
    Standing,
    TendererResult,
)
from risk.screening import context, grounds, prices, questions
from risk.screening.bidder import canonical, fingerprint, is_comparable, plain
from risk.screening.context import Ban, Good
from risk.screening.keys import Asked, Note
from risk.screening.profiles import Profile

AGGREGATED = "aggregated"
SAME, DIFFERENT = "same", "different"
ORDER = (FactState.FOUND, FactState.DECLARED, FactState.TO_CONFIRM, FactState.ENDED, FactState.DISMISSED)


class Hit(NamedTuple):
    """An entry that may name an organisation. `is_person`: the entry is about a person."""

    listing_id: str
    match: Match
    is_person: bool = False


class Related(NamedTuple):
    """A party connected to an organisation, itself searched in the lists; None where no party is known that could be."""

    connection: Connection
    organisation: Organisation | None


@dataclass(frozen=True)
class Evidence:
    """What was found, before anything is judged. `hits` and `related` by `bidder.fingerprint` of the organisation."""

    entries: Mapping[str, Entry]
    hits: Mapping[str, Sequence[Hit]]
    lists: Sequence[SearchedList]
    related: Mapping[str, Sequence[Related]] = field(default_factory=dict)
    goods: Sequence[Good] = ()
    bans: Sequence[Ban] = ()


@dataclass(frozen=True)
class Made:
    """Who made a screening, when and with what."""

    screening_id: str
    made_at: dt.datetime
    matcher_version: str
    software_version: str
    run_id: str | None = None
    by: str | None = None


class Party(NamedTuple):
    """An organisation whose facts bear on a tenderer. `connection` null: the tenderer itself."""

    organisation: Organisation
    role: Role | str
    connection: Connection | None


def adjudicated(kind: str, list_id: str) -> bool:
    """Whether entries of this kind record a decision, unless the list says of itself that its entries do not."""
    known, one = model.vocabulary("list_kind").codes.get(kind), model.vocabulary("list").codes.get(list_id)
    is_decided = one is None or one.values.get("is_adjudicated", True)
    return known is not None and bool(known.values["is_adjudicated"]) and bool(is_decided)


def is_searched(lists: Iterable[SearchedList]) -> bool:
    """Whether any list of decisions was searched; copies of aggregators do not make a search."""
    codes = model.vocabulary("list").codes
    return any(
        one.state != SearchState.NOT_SEARCHED and one.list_id in codes and adjudicated(codes[one.list_id].values["kind"], one.list_id)
        for one in lists
    )


def parties(tenderer: Tenderer, related: Mapping[str, Sequence[Related]]) -> Iterator[Party]:
    """The tenderer, its members and subcontractors, and the parties connected to itself and its members."""
    itself = tenderer.roles[0] if tenderer.roles else Role.TENDERER
    yield Party(tenderer.organisation, itself, None)
    own = [tenderer.organisation]
    for member in tenderer.members:
        own.append(member)
        yield Party(member, Role.MEMBER, Connection(kind="member", name=member.name))
    for subcontractor in tenderer.subcontractors:
        yield Party(subcontractor, Role.SUBCONTRACTOR, Connection(kind="subcontractor", name=subcontractor.name))
    for organisation in own:
        for one in related.get(fingerprint(organisation), ()):
            if one.organisation is not None:
                yield Party(one.organisation, one.connection.kind, one.connection)


def connected(tenderer: Tenderer, related: Mapping[str, Sequence[Related]]) -> list[Connection]:
    """Who is connected to the tenderer and its members on record, whether or not anything was found about them."""
    own = dict.fromkeys(fingerprint(one) for one in (tenderer.organisation, *tenderer.members))
    return [one.connection for print_of in own for one in related.get(print_of, ())]


def state_of(entry: Entry, match: Match) -> FactState:
    """How an entry stands: a person's word first, then whether it is in force, then how sure the match is."""
    judgement = match.judgement if match.judgement is not None and not match.judgement.is_open_again else None
    if judgement is not None and judgement.verdict == DIFFERENT:
        return FactState.DISMISSED
    if not entry.is_in_force:
        return FactState.ENDED
    if judgement is not None:
        return FactState.FOUND if judgement.verdict == SAME else FactState.TO_CONFIRM
    return FactState.FOUND if match.is_confirmed else FactState.TO_CONFIRM


def listed_fact(party: Party, entry: Entry, hit: Hit, profile: Profile, as_of: dt.date, has_measures: bool) -> Fact:
    """An entry about a party as a fact. Ended entries touch no ground, nor does a listed person of whom nobody is sure yet.

    An entry past the end of its term is to be confirmed, however sure the match.
    """
    match, state = hit.match, state_of(entry, hit.match)
    readings = grounds.held_against(grounds.of_entry(entry, profile, as_of), party.connection, profile)
    is_namesake = hit.is_person and state == FactState.TO_CONFIRM
    counts = state in (FactState.FOUND, FactState.TO_CONFIRM) and not is_namesake
    held = grounds.of_list(grounds.checked(readings, match, state, has_measures), entry, as_of) if counts else []
    if state == FactState.FOUND and grounds.is_term_over(entry, as_of):
        state = FactState.TO_CONFIRM
    return Fact(
        organisation_id=party.organisation.organisation_id, role=party.role, state=state, entry=entry, match=match,
        connection=party.connection, grounds=held,
    )


def declared_fact(tenderer: Tenderer, declaration: Declaration, profile: Profile, as_of: dt.date, has_measures: bool) -> Fact:
    """What the bidder says of itself, as a fact. A measure of self-cleaning touches no ground: it answers one."""
    readings = grounds.of_declaration(declaration, profile, as_of)
    role = tenderer.roles[0] if tenderer.roles else Role.TENDERER
    return Fact(
        organisation_id=tenderer.organisation.organisation_id, role=role, state=FactState.DECLARED, declaration=declaration,
        grounds=grounds.checked(readings, None, FactState.DECLARED, has_measures),
    )


def is_measure(declaration: Declaration | None, profile: Profile) -> bool:
    """Whether it declares a measure of self-cleaning of the profile."""
    return declaration is not None and declaration.matter.strip().casefold() in profile.self_cleaning.measures


def is_beside(fact: Fact) -> bool:
    """Whether the profile makes no ground of the fact, and says so."""
    return bool(fact.grounds) and all(one.kind == GroundKind.NONE for one in fact.grounds)


def standing(facts: Sequence[Fact], tenderer: Tenderer, lists: Sequence[SearchedList], profile: Profile) -> Standing:
    """The worst that the facts say; nothing found only where every name was really searched in some list of decisions."""
    said = [fact for fact in facts if not is_measure(fact.declaration, profile)]
    states = {fact.state for fact in said}
    sure = [fact for fact in said if fact.state in (FactState.FOUND, FactState.DECLARED)]
    if not all(is_beside(fact) for fact in sure):
        return Standing.FACTS
    if FactState.TO_CONFIRM in states:
        return Standing.TO_CONFIRM
    if sure:
        return Standing.OTHER
    if FactState.ENDED in states:
        return Standing.ENDED_ONLY
    named = tenderer.members if tenderer.is_consortium else [tenderer.organisation, *tenderer.members]
    is_whole = bool(named) and all(is_comparable(one) for one in named)
    return Standing.NOTHING_FOUND if is_whole and is_searched(lists) else Standing.NOT_SEARCHED


def one_identifier_several_names(process: Process) -> set[str]:
    """Valid identifiers under which the process names organisations by different names."""
    names: dict[str, set[str]] = {}
    for tenderer in process.tenderers:
        for organisation in (tenderer.organisation, *tenderer.members):
            for identifier in organisation.identifiers:
                if identifier.is_valid is not False:
                    names.setdefault(canonical(identifier), set()).add(plain(organisation.name))
    return {identifier for identifier, found in names.items() if len(found) > 1}


def notes_on(tenderer: Tenderer, facts: Sequence[Fact], evidence: Evidence, profile: Profile, shared: set[str]) -> list[Note]:
    """What must be known of how the tenderer was screened."""
    own = [tenderer.organisation, *tenderer.members]
    denied = {
        ground.id
        for one in tenderer.declarations
        if one.answer == DeclarationState.NO and (ground := profile.of_matter(one.matter)) is not None
    }
    found_facts = [fact for fact in facts if fact.state == FactState.FOUND]
    held = {one.ground_id for fact in found_facts for one in fact.grounds if one.is_within_look_back is not False}
    fresh = {one.list_id for one in evidence.lists if one.state == SearchState.SEARCHED}
    found = {
        Note.NAME_NOT_COMPARABLE: not all(is_comparable(one) for one in own),
        Note.MEMBERS_NOT_NAMED: tenderer.is_consortium and not tenderer.members,
        Note.ONE_IDENTIFIER_SEVERAL_NAMES: any(canonical(identifier) in shared for one in own for identifier in one.identifiers),
        Note.MATTER_NOT_IN_PROFILE: any(
            profile.of_matter(one.matter) is None and not is_measure(one, profile) for one in tenderer.declarations
        ),
        Note.DECLARATION_OPPOSED_BY_FACT: bool(denied & held),
        Note.LIST_OF_PROFILE_NOT_SEARCHED: any(name not in fresh for name in profile.lists_needed),
    }
    return [note for note, holds in found.items() if holds]


def tenderer_result(tenderer: Tenderer, evidence: Evidence, profile: Profile, as_of: dt.date) -> tuple[list[Fact], list[Question]]:
    """Facts about a tenderer and its connected parties, the worst first, and the questions they give rise to."""
    has_measures = any(is_measure(one, profile) and one.answer == DeclarationState.YES for one in tenderer.declarations)
    facts: list[tuple[Fact, Organisation]] = []
    asked: list[Question] = []
    for party in parties(tenderer, evidence.related):
        for hit in evidence.hits.get(fingerprint(party.organisation), ()):
            entry = evidence.entries[hit.listing_id]
            if adjudicated(entry.kind, entry.list_id):
                facts.append((listed_fact(party, entry, hit, profile, as_of, has_measures), party.organisation))
            elif entry.kind == AGGREGATED and party.connection is None and state_of(entry, hit.match) in ORDER[:3]:
                asked.append(questions.of_pointer(party.organisation, entry, hit.match))
    facts += [
        (declared_fact(tenderer, one, profile, as_of, has_measures), tenderer.organisation)
        for one in tenderer.declarations
        if one.answer == DeclarationState.YES
    ]
    facts.sort(key=lambda pair: _rank(pair[0]))
    asked += [one for fact, whose in facts if not is_measure(fact.declaration, profile) for one in questions.of_fact(fact, whose)]
    return [fact for fact, _ in facts], asked


def _rank(fact: Fact) -> tuple[int, int, float, str, str]:
    kinds = [questions.GRAVE.index(one.kind) for one in fact.grounds if one.kind in questions.GRAVE]
    probability = fact.match.probability if fact.match is not None else 1.0
    name = fact.entry.listing_id if fact.entry is not None else fact.declaration.matter if fact.declaration is not None else ""
    return ORDER.index(fact.state), min(kinds, default=len(questions.GRAVE)), -probability, fact.organisation_id, name


def process_result(process: Process, evidence: Evidence, goods: Sequence[Good], profile: Profile, as_of: dt.date) -> ProcessResult:
    """The result of each tenderer of a process, in the order of the file, and the context kept apart. `goods`: those listed."""
    sectors = context.labour_intensive(process)
    checks, price_notes = prices.checks(process, profile)
    shared, results = one_identifier_several_names(process), []
    for place, tenderer in enumerate(process.tenderers):
        facts, asked = tenderer_result(tenderer, evidence, profile, as_of)
        offers = checks.get(place, [])
        who = tenderer.organisation.organisation_id
        notes = [*notes_on(tenderer, facts, evidence, profile, shared), *price_notes.get(place, [])]
        stands = standing(facts, tenderer, evidence.lists, profile)
        if any(one.code == Asked.CHECK_ISSUING_LIST for one in asked):
            notes.append(Note.POINTER_ONLY)
        connections = connected(tenderer, evidence.related)
        asked += [*questions.of_gaps(tenderer), *questions.of_owners(connections, who), *questions.of_prices(offers, who)]
        results.append(
            TendererResult(
                tenderer=tenderer, standing=stands, facts=facts, connections=connections, prices=offers,
                questions=questions.ranked(asked), notes=[str(note) for note in notes],
            )
        )
    searched = {one.list_id for one in evidence.lists if one.state != SearchState.NOT_SEARCHED}
    old = {one.list_id for one in evidence.lists if one.state == SearchState.STALE}
    told = [*context.lists_of_profile(profile.lists_needed, searched, old), *context.notes(process, goods, evidence.bans)]
    alike = questions.of_process(goods, sectors, profile)
    return ProcessResult(process=process, tenderers=results, questions=alike, context=told)


def screen(reading: Reading, evidence: Evidence, profile: Profile, as_of: dt.date, made: Made) -> Screening:
    """The screening of all processes of a file on a day, by one profile. Pure: the same inputs give the same result."""
    goods = cache(lambda codes: context.listed(evidence.goods, codes))
    results = [process_result(one, evidence, goods(tuple(context.headings(one))), profile, as_of) for one in reading.processes]
    return Screening(
        screening_id=made.screening_id, made_at=made.made_at, as_of=as_of, by=made.by, profile=profile.key, profile_version=profile.version,
        run_id=made.run_id, matcher_version=made.matcher_version, software_version=made.software_version, reading=reading,
        lists=list(evidence.lists), results=results,
    )
