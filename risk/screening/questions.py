"""What to ask a tenderer: few questions, the gravest first, each tied to the fact or the gap that it comes from.

Belongs here: which questions a result gives rise to, and which are left out where there are many. Does not belong here: their wording
(service), the facts themselves (result.py). Questions on goods and sectors are put to every tenderer alike.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from data.procurement import Organisation, Tenderer
from data.screening import Connection, Entry, Fact, FactState, GroundKind, Match, PriceCheck, Question
from risk.screening import context
from risk.screening.context import Good
from risk.screening.keys import Asked, Need
from risk.screening.profiles import Profile

ORDER = {code: place for place, code in enumerate(Asked)}
GRAVE = (GroundKind.MANDATORY, GroundKind.DISCRETIONARY, GroundKind.CONTRACT)
PERSON = "person"
UNNAMED = "owner_unknown"
LISTINGS_THAT_RUN_OUT = ("removed", "expired")


def _asked(code: Asked, organisation_id: str | None = None, **values: Any) -> Question:
    return Question(code=code, values=values, organisation_id=organisation_id)


def _about(fact: Fact) -> dict[str, Any]:
    """What names the fact: list and listed name, or what is declared."""
    if fact.entry is not None:
        return {"list_id": fact.entry.list_id, "listing_id": fact.entry.listing_id, "listed_name": fact.entry.name}
    return {"matter": fact.declaration.matter if fact.declaration else None}


def lacking(organisation: Organisation) -> list[str]:
    """What would tell the organisation from its namesakes and is not given."""
    given = {
        "identifier": any(one.is_valid is not False for one in organisation.identifiers),
        "country": organisation.country is not None,
        "address": bool(organisation.address or organisation.locality),
    }
    return [name for name, is_there in given.items() if not is_there]


def is_needed(fact: Fact, need: Need) -> bool:
    """Whether a reading of the fact says that this must be checked."""
    return any(need in one.needs for one in fact.grounds)


def of_fact(fact: Fact, organisation: Organisation) -> list[Question]:
    """Questions about one fact."""
    about, who = _about(fact), fact.organisation_id
    open_years = [one.ground_id for one in fact.grounds if one.is_within_look_back is None and Need.ASK_DATE_OF_EVENT in one.needs]
    grave = [one.ground_id for one in fact.grounds if one.kind in GRAVE and one.is_within_look_back is not False]
    found: list[Question] = []
    is_open = not fact.grounds or is_needed(fact, Need.CONFIRM_IDENTITY)
    if fact.state == FactState.TO_CONFIRM and fact.match is not None and is_open:
        theirs = fact.entry.identifiers if fact.entry is not None else []
        values = {"probability": fact.match.probability, "lacking": lacking(organisation), "listed_identifiers": theirs}
        found.append(_asked(Asked.CONFIRM_MATCH, who, **about, **values))
    if fact.entry is not None and fact.match is not None and fact.match.is_confirmed and is_needed(fact, Need.TERM_OVER):
        found.append(_asked(Asked.STILL_LISTED, who, **about, expected_end_on=fact.entry.expected_end_on))
    if fact.state in (FactState.FOUND, FactState.DECLARED):
        if open_years:
            found.append(_asked(Asked.DATE_OF_EVENT, who, **about, grounds=open_years))
        found.append(_asked(Asked.EXPLAIN_FACT, who, **about, grounds=grave))
    entry = fact.entry
    has_run_out = entry is not None and entry.status in LISTINGS_THAT_RUN_OUT and fact.match is not None and fact.match.is_confirmed
    if fact.state == FactState.ENDED and entry is not None and has_run_out:
        found.append(_asked(Asked.ENDED_ENTRY, who, **about, status=entry.status, ended_on=entry.delisted_on))
    return found


def of_pointer(organisation: Organisation, entry: Entry, match: Match) -> Question:
    """An aggregator's copy is no fact: look into the list that issued it."""
    return _asked(
        Asked.CHECK_ISSUING_LIST, organisation.organisation_id, list_id=entry.list_id, listing_id=entry.listing_id, listed_name=entry.name,
        programme=entry.programme, authority=entry.authority, probability=match.probability,
    )


def is_asked_for_number(organisation: Organisation) -> bool:
    """Whether to ask for a number of a register. A person's own number is asked for only where a match must be told apart."""
    return organisation.schema_ != PERSON and "identifier" in lacking(organisation)


def of_gaps(tenderer: Tenderer) -> list[Question]:
    """Questions from what the file does not say of the tenderer and its members."""
    found = []
    if tenderer.is_consortium and not tenderer.members:
        found.append(_asked(Asked.CONSORTIUM_MEMBERS, tenderer.organisation.organisation_id))
    named = tenderer.members or ([] if tenderer.is_consortium else [tenderer.organisation])
    found += [_asked(Asked.IDENTIFIER, one.organisation_id, lacking=lacking(one)) for one in named if is_asked_for_number(one)]
    return found


def of_owners(connections: Iterable[Connection], organisation_id: str) -> list[Question]:
    """Who owns an organisation of which a register names no owner: a gap and no fact. Asked once of each organisation."""
    silent = {one.name: one for one in connections if one.kind == UNNAMED}
    return [
        _asked(
            Asked.OWNER_UNKNOWN, organisation_id, name=name, reasons=sorted({step.unknown_reason or "not_stated" for step in one.steps}),
            register=one.source,
        )
        for name, one in silent.items()
    ]


def of_prices(prices: Iterable[PriceCheck], organisation_id: str) -> list[Question]:
    """Ask for the explanation of a low offer: labour cost, recruitment cost, subcontracted work."""
    return [
        _asked(
            Asked.EXPLAIN_PRICE, organisation_id, lot_id=one.lot_id, bid_id=one.bid_id, below_mean=one.below_mean,
            below_estimate=one.below_estimate, explain=["labour_cost", "recruitment_cost", "subcontracting"],
        )
        for one in prices
        if one.is_low
    ]


def of_process(rows: Sequence[Good], sectors: Sequence[str], profile: Profile) -> list[Question]:
    """Questions that the goods and sectors of the tender give rise to: the same for every tenderer, whatever its offer says of origin.

    `rows`: the listed goods that the tender falls under."""
    found = []
    if rows:
        found.append(_asked(Asked.TRACE_ORIGIN, goods=sorted({row.good for row in rows})))
    certified = [] if profile.certified_goods is None else [row for row in rows if row.list_id == profile.certified_goods.list_id]
    if certified:
        goods, countries = sorted({row.good for row in certified}), sorted({row.country for row in certified})
        found.append(_asked(Asked.CERTIFY_GOODS, goods=goods, countries=countries))
    if sectors:
        found.append(_asked(Asked.RECRUITMENT, sectors=list(sectors), ask=["agencies", "fees"]))
    return found


def ranked(found: Iterable[Question]) -> list[Question]:
    """The gravest questions, no more than asking.yml allows in all and of one kind."""
    limits = context.asking()["limits"]
    asked = list(found)
    # A number that is asked for to confirm a match is not asked for twice.
    numbers = {one.organisation_id for one in asked if one.code == Asked.CONFIRM_MATCH and "identifier" in one.values["lacking"]}
    left = [one for one in asked if one.code != Asked.IDENTIFIER or one.organisation_id not in numbers]
    seen: Counter[str] = Counter()
    kept = []
    for one in sorted(left, key=lambda question: ORDER[Asked(question.code)]):
        seen[one.code] += 1
        if seen[one.code] <= limits["of_one_kind"]["value"]:
            kept.append(one)
    return kept[: limits["questions"]["value"]]
