"""Owners and subsidiaries: who is taken for whom, rings, shares along the way."""

import datetime as dt

import polars as pl
import pytest
import warehouse_of as made
from warehouse_of import DAY

from dagster_project import connected
from data.procurement import Identifier, Organisation
from risk.screening.bidder import fingerprint

LEI = "5493001KJTIIGC8Y1R12"
PARTIES = [
    {"party_id": "top", "name": "Top Holding", "country": "GBR"},
    {"party_id": "mid", "name": "Middle Holding", "country": "GBR", "lei": LEI},
    {"party_id": "low", "name": "Low Works Ltd", "country": "GBR"},
    {"party_id": "twin-1", "name": "Twin Trading", "country": "GBR"},
    {"party_id": "twin-2", "name": "TWIN TRADING", "country": "GBR"},
]


def link(owner, owned, share=None, is_control=None, **more):
    return {"ownership_link_id": f"{owner}>{owned}", "owner_id": owner, "owned_id": owned, "share": share, "is_control": is_control,
            "row_id": 1000 << 32, **more}  # fmt: skip


CHAIN = [link("top", "mid", 0.5, True), link("mid", "low", 0.5), link("low", "top", 0.1), link("top", "twin-1", 1.0)]


def found(one, links=CHAIN, as_of=DAY, records=(), alias=()):
    """(kind, name, at least, at most, is_control) of every party connected to the organisation."""
    among = connected.network(
        made.frame("party", PARTIES), made.frame("ownership_link", links), made.frame("ownership_record", records),
        made.frame("registered_entity", [{"entity_key": "P:1", "name": "A Person"}]),
        pl.DataFrame(list(alias), schema={"party_id": pl.String, "master_id": pl.String}, orient="row"), as_of,
    )  # fmt: skip
    related = connected.connections([one], among).get(fingerprint(one), [])
    assert {r.connection.kind for r in related if r.organisation is None} <= {"owner", "owner_unknown"}
    told = [r.connection for r in related]
    return {(c.kind, c.name, c.effective_share_min, c.effective_share, c.is_control) for c in told}


def bidder(name, country="GBR", *numbers):
    return Organisation(organisation_id="t", name=name, country=country, identifiers=list(numbers))


def test_shares_multiply_control_needs_every_link_and_a_ring_ends():
    assert found(bidder("Low Works Ltd")) == {
        ("owner", "Middle Holding", 0.5, 0.5, False), ("owner", "Top Holding", 0.25, 0.25, False),
        ("owned", "Top Holding", 0.1, 0.1, False), ("owned", "Middle Holding", 0.05, 0.05, False),
        ("owned", "Twin Trading", 0.1, 0.1, False),
    }  # fmt: skip


def test_a_share_that_is_not_known_leaves_only_its_bounds():
    kinds = found(bidder("Low Works Ltd"), [link("top", "mid"), link("mid", "low", 0.5)])
    assert kinds == {("owner", "Middle Holding", 0.5, 0.5, False), ("owner", "Top Holding", None, 0.5, False)}


def test_registers_give_ranges_sisters_persons_and_owners_that_they_do_not_name():
    fixed = {"register": "a register", "interest": "shareholding", "stated_on": DAY}
    records = [
        {**fixed, "record_id": "1", "owned_key": "low", "owner_key": "old-mid", "share_min": 0.5, "share_max": 0.75, "is_control": True},
        {**fixed, "record_id": "2", "owned_key": "twin-2", "owner_key": "mid", "is_control": True},
        {**fixed, "record_id": "3", "owned_key": "low", "owner_key": "P:1", "share_min": 0.25, "share_max": 0.5},
        {**fixed, "record_id": "4", "owned_key": "mid", "owner_unknown": "natural_persons"},
    ]
    assert found(bidder("Low Works Ltd"), [], records=records, alias=[("old-mid", "mid")]) == {
        ("owner", "Middle Holding", 0.5, 0.75, True), ("owner", "A Person", 0.25, 0.5, False),
        ("sister", "TWIN TRADING", None, None, True), ("owner_unknown", "Middle Holding", None, None, False),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("one", "is_known"),
    [
        (bidder("Another name", "FRA", Identifier(scheme="LEI", id=LEI, is_valid=True)), True),
        (bidder("Another name", "FRA", Identifier(scheme="LEI", id=LEI, is_valid=False)), False),
        (bidder("middle  HOLDING"), True),
        (bidder("Middle Holding", "FRA"), False),
        (bidder("Middle Holding", None), False),
        (bidder("Twin Trading"), False),  # two parties of one name: which of them it is, nobody has said
    ],
)
def test_a_bidder_is_taken_for_a_party_by_number_or_else_by_its_only_namesake_of_the_country(one, is_known):
    assert bool(found(one)) == is_known


def test_only_links_of_the_day_count():
    ended = [link("top", "low", 1.0, valid_to=DAY)]
    later = [link("top", "low", 1.0, valid_from=DAY + dt.timedelta(days=1))]
    held = [link("top", "low", 1.0, valid_from=DAY, valid_to=DAY + dt.timedelta(days=1))]
    assert [bool(found(bidder("Low Works Ltd"), links)) for links in (ended, later, held)] == [False, False, True]


def test_no_links_connect_nobody():
    assert found(bidder("Low Works Ltd"), []) == set()
