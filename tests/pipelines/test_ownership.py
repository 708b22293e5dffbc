"""What registers of owners add to a workspace: only what is connected, and nobody twice."""

from __future__ import annotations

import datetime as dt
from typing import Any

import polars as pl

from pipelines import ownership
from pipelines.derive import schema

DAY = dt.date(2026, 9, 1)


def lei(letter: str) -> str:
    return f"MADEUP{letter * 12}00"


def frame(table: str, *rows: dict[str, Any]) -> pl.LazyFrame:
    kinds = schema(table)
    numbered = [{"row_id": n, **row} for n, row in enumerate(rows, 1)]
    return pl.LazyFrame([{name: row.get(name) for name in kinds} for row in numbered], schema=kinds)


def record(owner: str | None, owned: str, **more: Any) -> dict[str, Any]:
    values = {"interest": "consolidation", "is_control": True, "is_indirect": False, "register": "GLEIF", "stated_on": dt.date(2026, 1, 1)}
    return {"record_id": f"{owner}>{owned}:{more.get('is_indirect')}", "owner_key": owner, "owned_key": owned, **values, **more}


def entity(key: str, name: str, **more: Any) -> dict[str, Any]:
    return {"entity_key": key, "name": name, "entity_type": "organisation", "register": "GLEIF", **more}


def connected(parties: list[dict[str, Any]], records: list[dict[str, Any]], entities: list[dict[str, Any]], **more: Any) -> dict[str, Any]:
    staged = {
        "party": frame("party", *parties), "ownership_record": frame("ownership_record", *records),
        "registered_entity": frame("registered_entity", *entities), **more,
    }
    return {name: table.collect() for name, table in ownership.connect(staged, DAY).items()}


def pairs(found: dict[str, Any]) -> set[tuple[str, str]]:
    return set(found["ownership_link"].select("owner_id", "owned_id").iter_rows())


def test_only_what_is_connected_comes_in_and_known_parties_keep_their_ids() -> None:
    group, sister, child, other = (f"LEI:{lei(letter)}" for letter in "GSCX")
    found = connected(
        [{"party_id": "me", "name": "Invented Bidder", "lei": lei("B")}, {"party_id": "child", "name": "Invented Child", "lei": lei("C")}],
        [record(group, f"LEI:{lei('B')}"), record(group, sister), record(f"LEI:{lei('B')}", child), record(other, f"LEI:{lei('Y')}")],
        [entity(group, "Invented Group", country="CHE"), entity(other, "Nobody's Owner")],
    )
    assert pairs(found) == {(group, "me"), (group, sister), ("me", "child")}
    added = found["party"].filter(~pl.col("is_own_chain"))
    assert added.select("party_id", "name", "country", "party_kind").rows() == [
        (group, "Invented Group", "CHE", "owner"), (sister, sister, None, "owner"),
    ]
    assert set(found["registered_entity"]["entity_key"]) == {group}
    assert found["ownership_record"].height == 3
    assert found["ownership_link"]["share"].null_count() == 3  # consolidation is no share


def test_a_party_is_found_by_another_identifier_of_the_register_but_not_by_a_shared_one() -> None:
    firm, owner = "GB-COH:01234567", "NL-KVK:99999999"
    records = [record(owner, firm, interest="shareholding", share_min=0.25, share_max=0.5, is_control=None)]
    named = [entity(firm, "Invented Works", identifiers=[firm], country="GBR"), entity(owner, "Invented Holding", country="NLD")]
    by_register = connected([{"party_id": "p", "name": "Works", "registry_id": "gb-coh:01234567"}], records, named)
    assert by_register["ownership_link"].select("owner_id", "owned_id", "share", "is_control").rows() == [(owner, "p", 0.25, None)]
    by_number = connected([{"party_id": "p", "name": "Works", "tax_id": "01234567", "country": "GBR"}], records, named)
    assert pairs(by_number) == {(owner, "p")}
    elsewhere = connected([{"party_id": "p", "name": "Works", "tax_id": "01234567", "country": "USA"}], records, named)
    assert pairs(elsewhere) == set()
    twice = [*named, entity("X:01234567", "Another", identifiers=["X:01234567"], country="GBR")]
    assert pairs(connected([{"party_id": "p", "name": "Works", "tax_id": "01234567", "country": "GBR"}], records, twice)) == set()


def test_persons_and_unnamed_owners_are_kept_as_records_and_become_no_parties() -> None:
    firm, person = f"LEI:{lei('B')}", "BODS:nobody"
    found = connected(
        [{"party_id": "me", "name": "Invented Bidder", "lei": lei("B")}],
        [record(person, firm, interest="shareholding"), record(None, firm, owner_unknown="natural_persons")],
        [entity(person, "Example Nobody", entity_type="person")],
    )
    assert (found["party"]["party_id"].to_list(), found["ownership_link"].height) == (["me"], 0)
    assert found["ownership_record"].select("owner_key", "owned_key", "owner_unknown").rows() == [
        (person, "me", None), (None, "me", "natural_persons"),
    ]


def test_ultimate_parents_count_where_no_direct_one_is_named_and_ended_links_do_not() -> None:
    firm, parent, top = (f"LEI:{lei(letter)}" for letter in "BPT")
    party = [{"party_id": "me", "name": "Invented Bidder", "lei": lei("B")}]
    ultimate = record(top, firm, is_indirect=True)
    assert pairs(connected(party, [record(parent, firm), ultimate], [])) == {(parent, "me")}
    assert pairs(connected(party, [record(None, firm, owner_unknown="no_lei"), ultimate], [])) == {(top, "me")}
    ended = record(parent, firm, valid_to=dt.date(2026, 8, 1))
    found = connected(party, [ended], [])
    assert (found["ownership_link"].height, found["ownership_record"].height) == (0, 1)
    later = record(parent, firm, stated_on=dt.date(2026, 10, 1))  # not known yet
    assert connected(party, [later], [])["ownership_record"].height == 0


def test_without_registers_everything_stays_as_it_is() -> None:
    given = frame("ownership_link", {"ownership_link_id": "x", "owner_id": "a", "owned_id": "b"})
    found = connected([{"party_id": "a", "name": "A"}], [], [], ownership_link=given)
    assert found["party"].height == 1
    assert found["ownership_link"].equals(given.collect())


def test_rings_end_and_chains_are_followed_as_far_as_is_said() -> None:
    ring = [record(f"LEI:{lei(chr(65 + n))}", f"LEI:{lei(chr(65 + (n + 1) % 20))}") for n in range(20)]
    found = connected([{"party_id": "me", "name": "Invented Bidder", "lei": lei("A")}], ring, [])
    assert found["ownership_record"].height == 2 * ownership.LEVELS
