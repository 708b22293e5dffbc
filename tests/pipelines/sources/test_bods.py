"""Ownership statements: 0.4 from a made-up file, 0.2 from files converted from GLEIF."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.records import Parsed
from pipelines.sheets import ParseError
from pipelines.sources import _statements as statements
from pipelines.sources.bods import source as bods  # type: ignore[import-not-found]

Parse = Callable[[str, dict[str, bytes]], Parsed]
MadeUp = Callable[[str], bytes]


def test_latest_statement_ranges_unknown_and_closed(parse: Parse, made_up: MadeUp) -> None:
    parsed = parse("bods", {"made_up.json": made_up("made_up_bods_0_4.json")})
    records = {row["record_id"]: row for row in parsed.tables["ownership_record"].iter_rows(named=True)}
    shares = records["bods:made-up-link-1:0"]  # the statement of 2026, which replaced 60 %
    assert (shares["owned_key"], shares["owner_key"]) == ("LEI:MADEUPCHILD000000001", "NL-KVK:99999999")
    assert (shares["share_min"], shares["share_max"], shares["stated_on"]) == (0.5, 0.75, dt.date(2026, 1, 1))
    assert (records["bods:made-up-link-1:1"]["interest"], records["bods:made-up-link-1:1"]["is_control"]) == ("control", True)
    assert (records["bods:made-up-link-2:0"]["share_min"], records["bods:made-up-link-2:0"]["owner_key"]) == (None, "BODS:made-up-person")
    closed = records["bods:made-up-link-4:0"]
    assert (closed["valid_to"], closed["interest"]) == (dt.date(2026, 2, 1), "not_stated")
    unknown = records["bods:made-up-link-3:0"]
    assert (unknown["owner_key"], unknown["owner_unknown"], unknown["interest"]) == (None, "not_provided", "not_stated")
    entities = {row["entity_key"]: row for row in parsed.tables["registered_entity"].iter_rows(named=True)}
    assert entities["LEI:MADEUPCHILD000000001"]["identifiers"] == ["GB-COH:01234567", "LEI:MADEUPCHILD000000001"]
    person = entities["BODS:made-up-person"]
    assert (person["entity_type"], person["name"], person["country"], person["identifiers"]) == ("person", "Example Nobody", "NLD", None)
    assert not any(text in str(parsed) for text in ("1970-01-01", "PRIVATE-1"))
    assert [(reject.column, reject.line) for reject in parsed.rejects] == [("(row)", 9), ("statement", 5), ("share", 6), ("interests", 8)]


def test_the_older_form_of_real_files(real: Callable[..., Parsed]) -> None:
    parsed = real("bods", "suppliers/gleif_bods_lei-data-out.json", "suppliers/gleif_bods_rr-data-out.json")
    assert {table: frame.height for table, frame in parsed.tables.items()} == {"ownership_record": 10, "registered_entity": 5}
    assert parsed.rejects == []
    entity, record = (parsed.tables[table].row(0, named=True) for table in ("registered_entity", "ownership_record"))
    assert (entity["entity_key"], entity["country"], entity["subdivision"]) == ("LEI:001GPB6A9XPE8XJICC14", "USA", "US-MA")
    assert (record["interest"], record["is_control"], record["register"]) == ("control", True, "GLEIF")
    assert (record["stated_on"], record["valid_from"]) == (dt.date(2023, 5, 18), dt.date(2012, 11, 29))
    assert parsed.tables["ownership_record"]["is_indirect"].sum() == 1


def test_older_statements_name_what_they_replace_and_why_nobody_is_named(parse: Parse) -> None:
    def link(key: str, party: dict[str, Any], **more: Any) -> dict[str, Any]:
        return {"statementID": key, "statementType": "ownershipOrControlStatement", "statementDate": "2021-01-01",
                "subject": {"describedByEntityStatement": "firm"}, "interestedParty": party, **more}

    shares = {"type": "shareholding", "share": {"minimum": 25, "exclusiveMinimum": True, "maximum": 50}}
    lines = [
        link("a", {"describedByPersonStatement": "p"}, interests=[shares]),
        link("b", {"describedByPersonStatement": "p"}, interests=[{"type": "voting-rights"}], replacesStatements=["a"]),
        link("c", {"unspecified": {"reason": "no-beneficial-owners"}}),
        {"statementID": "p", "statementType": "personStatement", "personType": "anonymousPerson"},
    ]
    parsed = parse("bods", {"made_up.jsonl": "\n".join(json.dumps(line) for line in lines).encode()})
    found = parsed.tables["ownership_record"].select("record_id", "owner_key", "owner_unknown", "interest").rows()
    assert found == [("bods:b:0", "BODS:p", None, "voting_rights"), ("bods:c:0", None, "none_declared", "not_stated")]
    assert [(reject.line, reject.column) for reject in parsed.rejects] == [(1, "statement"), (4, "name")]


@pytest.mark.parametrize(
    ("content", "message"),
    [(b"name,share\n", "neither a JSON array"), (b"[]", "no statement in it"), (b'[{"statementId": "x"}, {', "not whole JSON"),
     (b'{"statementId": "x"}\n{"sta', "statement 2: not whole JSON"), (b"[" * 100_000, "not whole JSON")],
)
def test_another_file_is_refused(parse: Parse, content: bytes, message: str) -> None:
    with pytest.raises(ParseError, match=message):
        parse("bods", {"made_up.json": content})


@pytest.mark.parametrize(
    ("share", "expected"),
    [({"exact": 51}, (0.51, 0.51)), ({"minimum": 25, "maximum": 50}, (0.25, 0.5)), ({"exclusiveMinimum": 75, "maximum": 100}, (0.75, 1.0)),
     ({"minimum": 25}, (0.25, None)), ({"exact": "12.5"}, (0.125, 0.125)), ({"exact": 101}, (None, None)),
     ({"minimum": 25, "exclusiveMinimum": True}, (0.25, None)), ({"minimum": 60, "maximum": 40}, (None, None)),
     ({}, (None, None)), (None, (None, None)), ({"exact": float("nan")}, (None, None))],
)
def test_shares_are_of_one(share: Any, expected: tuple[float | None, float | None]) -> None:
    assert bods._share({"share": share}) == expected


FIELDS = ["statementId", "recordId", "recordType", "recordDetails", "statementType", "statementID", "publicationDetails", "source"]


@settings(deadline=None)
@given(st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=9) | st.sampled_from(["entity", "relationship", "entityStatement"]),
    lambda inner: st.dictionaries(st.sampled_from(FIELDS), inner),
))
def test_any_object_is_a_statement_or_is_not(value: Any) -> None:
    item = value if isinstance(value, dict) else {"statementId": value}
    one = statements._statement(item)
    assert one is None or (one.key and one.kind in ("entity", "person", "relationship"))
