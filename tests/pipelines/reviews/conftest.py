import datetime as dt
import json

import polars as pl
import pytest

from data.procurement import Identifier, Organisation, Process, Reading, Refusal, Role, Tenderer
from data.screening import (
    Connection,
    Entry,
    Fact,
    FactState,
    Match,
    ProcessResult,
    Screening,
    SearchedList,
    Source,
    Standing,
    TendererResult,
)
from pipelines.reviews import log, store
from pipelines.workspace import Workspace

NOW = dt.datetime(2026, 7, 1, 12, 0, tzinfo=dt.UTC)


@pytest.fixture(autouse=True)
def _no_other_store(monkeypatch):
    monkeypatch.delenv(store.VARIABLE, raising=False)


@pytest.fixture
def folder(tmp_path):
    """An empty workspace."""
    return Workspace.create(tmp_path / "w").path


@pytest.fixture
def say(folder):
    """Records a judgement of a pair (a row of pairs.listing_pairs and the like)."""

    def record(pair, verdict, why="other place", by="ana", now=NOW):
        row = {**pair, "facts": json.loads(pair["facts"]), "verdict": verdict, "why": why, "by": by}
        with store.writing(folder) as connection:
            return log.add(connection, [row], now)

    return record


@pytest.fixture
def party():
    return pl.DataFrame({
        "party_id": ["P-1", "P-2"], "name": ["Kelana Textiles", "Zhong Mill"], "country": ["MYS", "CHN"], "place": ["Shah Alam", None],
        "lei": [None, "5493001KJTIIGC8Y1R12"], "row_id": [1, 2],
    })


@pytest.fixture
def listing():
    return pl.DataFrame({
        "listing_id": ["L-1", "L-2"], "list_id": ["us_uflpa", "us_cbp_wro"], "name": ["KELANA TEXTILES", "Zhong Mill Co"],
        "aliases": [["Kelana", "Kelana Tex"], None], "entity_type": ["organisation", "organisation"], "country": ["MYS", "CHN"],
        "place": ["Klang", None], "identifiers": [None, ["LEI:5493001KJTIIGC8Y1R12"]], "status": ["active", "removed"],
        "programme": ["a", "b"], "row_id": [10, 11],
    }, schema_overrides={"place": pl.String, "aliases": pl.List(pl.String), "identifiers": pl.List(pl.String)})


@pytest.fixture
def matches():
    return pl.DataFrame({
        "party_id": ["P-1", "P-2"], "listing_id": ["L-1", "L-2"], "match_confidence": [0.7, 0.99],
        "match_basis": ["name_country", "identifier"], "is_confirmed": [False, True],
    })


KELANA = Organisation(organisation_id="o1", name="Kelana Textiles", country="MYS", identifiers=[Identifier(scheme="MY-SSM", id="77 12")])
MEMBER = Organisation(organisation_id="o3", name="Zhong Mill", country="CHN", other_names=["Zhong"])


def match(name):
    return Match(
        pair_id="as shown", probability=0.7, basis="name_country", our_name=name, listed_name=name.upper(), is_confirmed=False
    )


def entry(listing_id, name):
    source = Source(source="us_uflpa", list_id="us_uflpa", publisher="DHS")
    return Entry(
        listing_id=listing_id, list_id="us_uflpa", kind="import_prohibition", subject="forced_labour", name=name, authority="DHS",
        status="active", is_in_force=True, source=source,
    )


def screening(screening_id="S-1", made_at=dt.datetime(2026, 7, 1, 9, 30, tzinfo=dt.UTC), **more):
    """A screening of one tender: a bidder, a consortium with a member and an owner, and one of whom nothing was found."""
    one = Fact(
        organisation_id="o1", role=Role.TENDERER, state=FactState.TO_CONFIRM, entry=entry("L-1", "KELANA TEXTILES"),
        match=match("Kelana Textiles"),
    )
    member = Fact(
        organisation_id="o3", role=Role.MEMBER, state=FactState.TO_CONFIRM, entry=entry("L-2", "ZHONG MILL CO"), match=match("Zhong Mill"),
        connection=Connection(kind="member", name="Zhong Mill"),
    )
    owner = Fact(
        organisation_id="o2", role="owner", state=FactState.TO_CONFIRM, entry=entry("L-2", "ZHONG MILL CO"), match=match("Zhong Holding"),
        connection=Connection(kind="owner", name="Zhong Holding"),
    )
    consortium = Organisation(organisation_id="o2", name="=JV Kelana & Zhong")
    tenderers = [
        TendererResult(tenderer=Tenderer(organisation=KELANA, roles=[Role.TENDERER]), standing=Standing.TO_CONFIRM, facts=[one]),
        TendererResult(
            tenderer=Tenderer(organisation=consortium, roles=[Role.TENDERER], is_consortium=True, members=[MEMBER]),
            standing=Standing.TO_CONFIRM, facts=[member, owner],
        ),
        TendererResult(
            tenderer=Tenderer(organisation=Organisation(organisation_id="o4", name="Nobody Ltd"), roles=[Role.TENDERER]),
            standing=Standing.NOTHING_FOUND,
        ),
    ]
    refusal = Refusal(place={"file": "t.json", "line": 3}, value="N/A", reason="no name", next_step="Name it.")
    values = {
        "screening_id": screening_id, "made_at": made_at, "as_of": made_at.date(), "by": "ana", "profile": "eu_2014_24",
        "profile_version": "1", "run_id": "20260701T000000000", "matcher_version": "m1", "software_version": "0.1.0",
        "reading": Reading(file="t.json", sha256="a" * 64, kind="OCDS 1.1", processes=[], refusals=[refusal]),
        "lists": [SearchedList(list_id="us_uflpa", source="us_uflpa", state="searched", entries=2, batch=1003, sha256="b" * 64)],
        "results": [ProcessResult(process=Process(process_id="ocds-1"), tenderers=tenderers)],
    }
    return Screening(**{**values, **more})


@pytest.fixture
def screened():
    """Makes a screening; its values can be replaced."""
    return screening
