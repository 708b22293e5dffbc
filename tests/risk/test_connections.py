"""Connections of an organisation, and how each link is worded."""

from __future__ import annotations

import datetime as dt

import polars as pl
import pytest

from data.screening import Connection
from pipelines.derive import schema
from risk.connections import Link, connections, effective_words, group, links, sentence, share_words

DAY = dt.date(2026, 6, 30)
NAMES = {
    "O": "Invented Owner", "A": "Invented Holding", "B": "Invented Bidder", "C": "Invented Child", "S": "Invented Sister",
    "P": "Example Nobody",
}


def held(owner: str | None, owned: str, low: float | None = None, high: float | None = None, **more: object) -> Link:
    values = {"interest": "shareholding", "is_control": False, "is_indirect": False, "source": "GLEIF", "stated_on": DAY, **more}
    return Link(owner, owned, low=low, high=high, **values)  # type: ignore[arg-type]


def by_kind(every: list[Link], party: str = "B") -> dict[tuple[str, str], Connection]:
    return {(one.kind, one.name): one for _, one in connections(party, group(every), NAMES)}


def told(found: Connection, language: str = "en") -> list[str]:
    return [sentence(step, language) for step in found.steps]


def test_owners_owned_and_sisters_with_the_links_they_stand_on() -> None:
    every = [held("O", "A", 0.6, 0.6), held("A", "B", 0.5, 0.75), held("B", "C", interest="consolidation", is_control=True),
             held("A", "S", interest="consolidation", is_control=True), held("A", "B", interest="control", is_control=True)]
    found = by_kind(every)
    assert [kind for kind, _ in found] == ["owner", "owner", "owned", "sister"]
    owner, child, sister = found["owner", "Invented Owner"], found["owned", "Invented Child"], found["sister", "Invented Sister"]
    assert (owner.effective_share_min, owner.effective_share) == pytest.approx((0.3, 0.45))
    assert (owner.is_control, child.is_control, sister.is_control) == (True, True, True)  # 60 %, then control: at every link
    assert told(owner) == [
        "Invented Owner holds 60\u00a0% of Invented Holding (GLEIF, 2026-06-30)",
        "Invented Holding holds at least 50\u00a0% and at most 75\u00a0% of Invented Bidder (GLEIF, 2026-06-30)",
        "Invented Holding is stated to control Invented Bidder (GLEIF, 2026-06-30)",
    ]
    assert child.effective_share is None
    assert told(child) == ["Invented Bidder consolidates Invented Child in its accounts (GLEIF, 2026-06-30)"]
    assert sister.effective_share is None
    assert told(sister)[-1] == "Invented Holding consolidates Invented Sister in its accounts (GLEIF, 2026-06-30)"
    assert len(sister.steps) == 3  # by the nearest common controller


def test_an_owner_that_is_not_named_is_unknown_and_not_absent() -> None:
    every = [held("A", "B", interest="consolidation"), held(None, "A", interest="consolidation", unknown="natural_persons")]
    found = by_kind(every)
    assert told(found["owner_unknown", "Invented Holding"], "fr") == [
        "le registre ne nomme aucun détenteur de Invented Holding : contrôle par des personnes physiques, que le registre ne nomme pas ; "
        "le détenteur est inconnu (GLEIF, 2026-06-30)"
    ]


def test_what_is_held_through_others_is_counted_once() -> None:
    chain = [held("O", "A", 0.6, 0.6), held("A", "B", 0.5, 0.5)]
    stated = held("O", "B", 0.3, 0.3, is_indirect=True)
    assert by_kind([*chain, stated])["owner", "Invented Owner"].effective_share == pytest.approx(0.3)
    alone = by_kind([stated])["owner", "Invented Owner"]
    assert alone.effective_share == 0.3
    assert told(alone) == ["Invented Owner holds 30\u00a0% of Invented Bidder, through others (GLEIF, 2026-06-30)"]


def test_no_sister_without_common_control() -> None:
    every = [held("A", "B", 0.3, 0.3), held("A", "S", 0.9, 0.9)]
    assert set(by_kind(every)) == {("owner", "Invented Holding")}
    assert by_kind([]) == {}


def test_a_share_that_is_not_stated_leaves_the_effective_share_open() -> None:
    found = by_kind([held("A", "B"), held("P", "B", interest="board")])
    owner = found["owner", "Invented Holding"]
    assert owner.effective_share is None
    assert told(owner) == ["Invented Holding holds a share, not stated, of Invented Bidder (GLEIF, 2026-06-30)"]
    assert told(found["board", "Example Nobody"])[0].startswith("Example Nobody is stated to sit on the board of Invented Bidder")


def test_rings_and_groups_of_many_end() -> None:
    every = [held(str(n), str((n + 1) % 50), 0.9, 0.9) for n in range(50)] + [held("0", f"x{n}", 1.0, 1.0) for n in range(500)]
    found = [one for _, one in connections("0", group(every), {})]
    assert len([one for one in found if one.kind == "owner"]) == 49
    assert len([one for one in found if one.kind == "owned"]) == 549


@pytest.mark.parametrize(
    ("low", "high", "en", "fr"),
    [
        (0.51, 0.51, "51\u00a0%", "51\u00a0%"),
        (0.25, 0.5, "at least 25\u00a0% and at most 50\u00a0%", "au moins 25\u00a0% et au plus 50\u00a0%"),
        (0.255, None, "at least 25.5\u00a0%", "au moins 25,5\u00a0%"), (None, 0.25, "at most 25\u00a0%", "au plus 25\u00a0%"),
        (0.0, 0.0, "0\u00a0%", "0\u00a0%"), (None, None, "a share, not stated,", "une part, non indiquée,"),
    ],
)
def test_a_share_is_worded_as_far_as_it_is_known(low: float | None, high: float | None, en: str, fr: str) -> None:
    assert (share_words(low, high, "en"), share_words(low, high, "fr")) == (en, fr)


@pytest.mark.parametrize(
    ("low", "high", "en", "fr"),
    [
        (0.3, 0.45, "at least 30\u00a0% and at most 45\u00a0%", "au moins 30\u00a0% et au plus 45\u00a0%"),
        (0.357, 0.357, "at most 35.7\u00a0%", "au plus 35,7\u00a0%"), (None, 0.5, "at most 50\u00a0%", "au plus 50\u00a0%"),
        (0.25, None, "at least 25\u00a0%", "au moins 25\u00a0%"), (1.0, 1.0, "at least 100\u00a0%", "au moins 100\u00a0%"),
        (None, None, "not stated", "non indiquée"),
    ],
)
def test_an_effective_share_is_never_said_to_be_exact(low: float | None, high: float | None, en: str, fr: str) -> None:
    assert (effective_words(low, high, "en"), effective_words(low, high, "fr")) == (en, fr)


def test_each_connection_names_its_party_and_an_owner_that_is_not_named_none() -> None:
    every = [held("A", "B", 0.6, 0.6), held("A", "S", 0.9, 0.9), held(None, "B", unknown="no_lei"),
             held("B", "P", interest="shared_director")]
    found = {(party, one.kind) for party, one in connections("B", group(every), NAMES)}
    assert found == {("A", "owner"), ("S", "sister"), ("P", "shared_director"), (None, "owner_unknown")}


def test_every_kind_of_interest_has_words_in_both_languages() -> None:
    from data import model

    for interest in model.vocabulary("interest").codes:
        english, french = (sentence(held("O", "B", interest=interest).step(NAMES), language) for language in ("en", "fr"))
        assert "Invented Bidder" in english
        assert english != french


def test_links_of_people_and_of_registers_that_hold_on_the_day() -> None:
    record = {"record_id": "gleif:1", "register": "GLEIF", "owned_key": "B", "owner_key": "A", "interest": "consolidation"}
    ours = {"ownership_link_id": "gleif:1", "owner_id": "A", "owned_id": "B", "interest": "consolidation"}
    given = {"ownership_link_id": "mine", "owner_id": "O", "owned_id": "A", "share": 0.4, "source_type": "supplier_saq"}
    ended = {**given, "ownership_link_id": "old", "valid_to": dt.date(2020, 1, 1)}

    def frame(table: str, *rows: dict) -> pl.DataFrame:
        kinds = schema(table)
        return pl.DataFrame([{name: row.get(name) for name in kinds} for row in rows], schema=kinds)

    found = links(frame("ownership_link", ours, given, ended), frame("ownership_record", record), DAY)
    assert [(link.owner, link.owned, link.interest, link.low) for link in found] == [
        ("A", "B", "consolidation", None), ("O", "A", "shareholding", 0.4),
    ]
    assert sentence(found[1].step(NAMES), "en") == "Invented Owner holds 40\u00a0% of Invented Holding (the supplier itself)"
