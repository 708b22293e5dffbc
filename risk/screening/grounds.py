"""Holds a fact against the grounds of a profile: which it may touch, within which years, and what must be checked first.

Belongs here: reading one entry or declaration by the profile. Does not belong here: what stands in a law (risk/profiles), standings
(result.py). Nothing here decides: a reading says which ground to look at, never that it is met.
"""

from __future__ import annotations

import datetime as dt

from data.procurement import Declaration
from data.screening import Connection, Entry, FactState, GroundKind, GroundReading, Match
from risk.screening.keys import Need
from risk.screening.profiles import NOT_HELD, Ground, LookBack, Profile, Reach

STATED = "stated"
BY_NUMBER = "identifier"
OWNING = ("owner", "owned")


def years_after(day: dt.date, years: int) -> dt.date:
    """The same day so many years later; 29 February becomes 28 February."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return day.replace(year=day.year + years, day=28)


def within(look_back: LookBack | None, day: dt.date | None, is_stated: bool, as_of: dt.date) -> tuple[bool | None, dt.date | None]:
    """Whether a fact is within the look-back, and the last day of it; null where the date is not known.

    `day` is that of the list, or of the decision where the list gives it. A list follows the decision, so a day beyond the look-back is
    beyond for certain, stated or observed; a day within it stands in for the decision's where the list states it, and says nothing where
    it was only observed.
    """
    if look_back is None:
        return True, None
    if day is None:
        return None, None
    until = years_after(day, look_back.years)
    if as_of > until:
        return False, until
    return (True, until) if is_stated else (None, None)


def reading(ground: Ground, day: dt.date | None, is_stated: bool, as_of: dt.date) -> GroundReading:
    """A fact of that day held against one ground."""
    is_within, until = within(ground.look_back, day, is_stated, as_of)
    needs = list(ground.needs)
    before = ground.look_back.before if ground.look_back is not None else None
    if is_within and before is not None and day is not None and day < before.date:
        is_within = None
        needs.append(Need.EARLIER_REGIME)
    elif is_within is None:
        needs.append(Need.ASK_DATE_OF_EVENT)
    elif is_within and until is not None:
        needs.append(Need.CONFIRM_DATE_OF_EVENT)
    return GroundReading(
        ground_id=ground.id, kind=ground.kind, article=ground.article, authority=ground.authority, certainty=ground.certainty,
        is_within_look_back=is_within, look_back_until=until, needs=[str(need) for need in needs],
    )


def of_entry(entry: Entry, profile: Profile, as_of: dt.date) -> list[GroundReading]:
    """The grounds that an entry may touch. Those that say `no ground` stand only where no other does."""
    touched = [ground for ground in profile.grounds if any(facts.takes(entry) for facts in ground.facts)]
    strong = [ground for ground in touched if ground.kind != GroundKind.NONE]
    day = entry.decided_on or entry.listed_on  # years count from a decision rather than from its entry into a list
    is_stated = entry.decided_on is not None or (entry.listed_on_basis or STATED) == STATED
    return [reading(ground, day, is_stated, as_of) for ground in strong or touched]


def of_declaration(declaration: Declaration, profile: Profile, as_of: dt.date) -> list[GroundReading]:
    """The ground that a bidder says applies to it. The day on which it says so is not that of the event."""
    ground = profile.of_matter(declaration.matter)
    return [] if ground is None else [reading(ground, None, False, as_of)]


def reach_of(connection: Connection | None, profile: Profile) -> Reach | None:
    """The rule for a connected party; None for the tenderer itself, and for a connection that the law does not speak of."""
    return None if connection is None else profile.connected.get(connection.kind)


def is_reached(connection: Connection, reach: Reach) -> bool:
    """Whether the rule goes as far as this party. A share that is not known is asked, not taken for a small one; control needs none."""
    if connection.kind not in OWNING or reach.min_share is None or connection.effective_share is None or connection.is_control:
        return bool(reach.kinds)
    return bool(reach.kinds) and connection.effective_share >= reach.min_share


def held_against(readings: list[GroundReading], connection: Connection | None, profile: Profile) -> list[GroundReading]:
    """The readings of a party's fact as far as they may be held against the tenderer that it is connected to.

    Where no rule reaches it, one reading says so: what is found of a connected party is never passed over in silence.
    """
    if connection is None:
        return readings
    first = reach_of(connection, profile)
    reaches = [] if first is None else [one for one in (first, *first.also) if is_reached(connection, one)]
    kept = [
        with_needs(one, [str(need) for need in reach.needs])
        for reach in reaches
        for one in readings
        if one.kind in reach.kinds and (not reach.only or one.ground_id in reach.only)
    ]
    return kept or [reading(profile.ground(NOT_HELD), None, False, dt.date.max)]


def with_needs(one: GroundReading, needs: list[str], first: bool = False) -> GroundReading:
    """The reading with more to check, each said once."""
    every = [*needs, *one.needs] if first else [*one.needs, *needs]
    return one.model_copy(update={"needs": list(dict.fromkeys(every))})


def is_term_over(entry: Entry, as_of: dt.date) -> bool:
    """Whether the entry is in force by its list and past the end of its term: whether it still stands is then unknown."""
    return entry.is_in_force and entry.expected_end_on is not None and as_of > entry.expected_end_on


def of_list(readings: list[GroundReading], entry: Entry, as_of: dt.date) -> list[GroundReading]:
    """The readings with what the state of the list adds, first: an old copy, a term that is over."""
    needs = [str(Need.CHECK_CURRENT_LIST)] if entry.is_of_old_copy else []
    needs += [str(Need.TERM_OVER)] if is_term_over(entry, as_of) else []
    return [with_needs(one, needs, first=True) for one in readings] if needs else readings


def checked(readings: list[GroundReading], match: Match | None, state: FactState, has_measures: bool) -> list[GroundReading]:
    """The readings with what the match and the bidder's own measures add: identity first, unless a number or a person settles it."""
    settled = match is None or match.basis == BY_NUMBER or (match.judgement is not None and match.judgement.verdict == "same")
    identity = [str(Need.CONFIRM_IDENTITY)] if state == FactState.TO_CONFIRM or not settled else []
    found = []
    for one in readings:
        measures = has_measures and one.kind in (GroundKind.MANDATORY, GroundKind.DISCRETIONARY, GroundKind.CONTRACT)
        more = with_needs(one, identity, first=True) if identity else one
        found.append(with_needs(more, [str(Need.ASSESS_DECLARED_MEASURES)]) if measures else more)
    return found
