"""Small made-up tenders and lists for the tests of screening."""

import datetime as dt

from data.procurement import Bid, Declaration, Identifier, Money, Organisation, Process, Reading, Role, Tenderer
from data.screening import Connection, Entry, Judgement, Match, SearchedList, SearchState, Source
from risk.screening import profiles, result
from risk.screening.bidder import fingerprint

AS_OF = dt.date(2026, 11, 22)
MADE = result.Made("s1", dt.datetime(2026, 11, 22, 9, tzinfo=dt.UTC), "m1", "0.1.0")
LISTS = {  # one list of each kind, so that a case need name the kind alone
    "conviction": "uk_debarment", "administrative_decision": "br_lista_suja", "debarment": "wb_debarred", "import_prohibition": "us_uflpa",
    "sanctions": "us_ofac_sdn", "export_control": "us_bis_entity_list", "aggregated": "opensanctions", "research": "opensanctions",
}


def organisation(key="t1", name="Maple Leaf Textiles Ltd", country="GBR", numbers=(), **more):
    """An organisation; `numbers` are valid identifiers."""
    identifiers = [Identifier(scheme=scheme, id=number, is_valid=True) for scheme, number in numbers]
    return Organisation(organisation_id=key, name=name, country=country, identifiers=identifiers, **more)


def tenderer(one=None, **more):
    return Tenderer(organisation=one or organisation(), roles=more.pop("roles", [Role.TENDERER]), **more)


def bid(amount, currency="EUR", **more):
    return Bid(value=None if amount is None else Money(amount=amount, currency=currency), **more)


def process(*tenderers, **more):
    return Process(process_id="p1", tenderers=list(tenderers), **more)


def entry(kind="administrative_decision", subject="labour_law", listing_id="e1", status="active", **more):
    """An entry of the list that has entries of this kind, on a date if one is given."""
    list_id = more.pop("list_id", LISTS[kind])
    source = Source(source=list_id, list_id=list_id, publisher="a publisher")
    return Entry(
        listing_id=listing_id, list_id=list_id, kind=kind, subject=subject, name="Maple Leaf Textiles", authority="an authority",
        status=status, is_in_force=status in ("active", "narrowed"), source=source,
        **more,
    )


def match(probability=0.99, basis="identifier", is_confirmed=True, verdict=None, is_open_again=False):
    decided = None
    if verdict is not None:
        decided = Judgement(judgement_id=1, verdict=verdict, by="an officer", at=MADE.made_at, why="compared", is_open_again=is_open_again)
    return Match(
        pair_id="pair", probability=probability, basis=basis, our_name="Maple Leaf Textiles Ltd", listed_name="Maple Leaf Textiles",
        is_confirmed=is_confirmed, judgement=decided,
    )


def searched(*list_ids, state=SearchState.SEARCHED):
    every = {*LISTS.values(), *(name for key in profiles.names() for name in profiles.load(key).lists_needed)}
    return [SearchedList(list_id=name, source=name, state=state, entries=10) for name in list_ids or sorted(every)]


def declares(matter, answer="yes", **more):
    return Declaration(matter=matter, answer=answer, **more)


def connected(kind, share=None, is_control=False):
    """A connected party of its own name and the connection to it."""
    party = organisation("other", "Northern Holding plc")
    return result.Related(Connection(kind=kind, name=party.name, effective_share=share, is_control=is_control), party)


def evidence(hits=(), lists=None, **more):
    """`hits`: (organisation, entry, match)."""
    found = {}
    for one, listed, sure in hits:
        found.setdefault(fingerprint(one), []).append(result.Hit(listed.listing_id, sure))
    return result.Evidence({listed.listing_id: listed for _, listed, _ in hits}, found, searched() if lists is None else lists, **more)


def screen(processes, found=None, profile="eu_2014_24", as_of=AS_OF):
    reading = Reading(file="tender.json", sha256="0" * 64, kind="made up", processes=processes)
    return result.screen(reading, found or evidence(), profiles.load(profile), as_of, MADE)


def one(bidder, found=None, **more):
    """The result of a tender with one tenderer."""
    return screen([process(bidder)], found, **more).results[0].tenderers[0]
