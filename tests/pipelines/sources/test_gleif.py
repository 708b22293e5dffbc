"""GLEIF Level 2 and the names of Level 1, from made-up files in the golden copy's form."""

from __future__ import annotations

import datetime as dt
import io
import json
import zipfile
from collections.abc import Callable

import httpx
import pytest

from pipelines import registry
from pipelines.fetching import FetchError, Http
from pipelines.records import Parsed
from pipelines.sheets import ParseError

Parse = Callable[[str, dict[str, bytes]], Parsed]
MadeUp = Callable[[str], bytes]
SOURCE = "gleif_relationships"
CHILD, PARENT, GROUP = "LEI:MADEUPCHILD000000001", "LEI:MADEUPPARENT00000002", "LEI:MADEUPGROUP000000003"


def zipped(name: str, content: bytes) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, content)
    return stream.getvalue()


def test_links_exceptions_and_names(parse: Parse, made_up: MadeUp) -> None:
    files = {f"{name}.csv.zip": zipped(f"{name}.csv", made_up(f"made_up_gleif_{name}.csv")) for name in ("rr", "repex", "level_1")}
    parsed = parse(SOURCE, files)
    records = {row["record_id"]: row for row in parsed.tables["ownership_record"].iter_rows(named=True)}
    direct = records["gleif:MADEUPCHILD000000001:consolidation:MADEUPPARENT00000002"]
    assert (direct["owned_key"], direct["owner_key"], direct["is_control"], direct["is_indirect"]) == (CHILD, PARENT, True, False)
    assert (direct["share_min"], direct["share_max"]) == (None, None)  # 100 % of consolidation is no share
    assert (direct["valid_from"], direct["valid_to"], direct["stated_on"]) == (dt.date(2019, 5, 1), None, dt.date(2026, 6, 30))
    assert records["gleif:MADEUPCHILD000000001:ultimate:MADEUPGROUP000000003"]["is_indirect"]
    assert records["gleif:MADEUPPARENT00000002:consolidation:MADEUPGROUP000000003"]["valid_to"] == dt.date(2025, 3, 1)
    unnamed = {(row["owned_key"], row["owner_unknown"]) for row in records.values() if row["owner_key"] is None}
    assert unnamed == {(GROUP, "natural_persons"), ("LEI:MADEUPCHILD000000005", "no_lei"), ("LEI:MADEUPCHILD000000005", "non_public")}
    entities = {row["entity_key"]: row for row in parsed.tables["registered_entity"].iter_rows(named=True)}
    assert set(entities) == {CHILD, PARENT, GROUP}
    parent = entities[PARENT]
    assert (parent["name"], parent["country"], parent["is_identity_stale"]) == ("Invented Parent SA", "FRA", True)
    assert entities[CHILD]["identifiers"] == ["LEI:MADEUPCHILD000000001", "GLEIF-RA000585:01234567"]
    counted = sum(int(reject.reason.split()[0]) for reject in parsed.rejects)
    assert len(records) + len(entities) + counted == 8 + 5 + 4
    assert {reject.column for reject in parsed.rejects} == {"kind", "registration", "child", "record_id", "category", "reason", "(row)"}


def test_json_form_says_the_same(parse: Parse, made_up: MadeUp) -> None:
    frame = parse(SOURCE, {"rr.json": made_up("made_up_gleif_rr.json")}).tables["ownership_record"]
    row = frame.row(0, named=True)
    assert (frame.height, row["owner_key"], row["valid_from"], row["stated_on"]) == (1, PARENT, dt.date(2019, 5, 1), dt.date(2026, 6, 30))


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({"repex": "made_up_gleif_repex.csv"}, "no file of relationship records"),
        ({"rr": b"a,b\n1,2\n"}, "no file of the golden copy"),
        ({"rr": b"PK\x03\x04"}, "not readable as ZIP"),
        ({"rr": b'{"relations": [{"RelationshipRecord"'}, "not whole JSON"),
        ({"rr": b"[" * 100_000}, "nested more than 40 deep"),
    ],
)
def test_another_file_is_refused(parse: Parse, made_up: MadeUp, files: dict[str, str | bytes], message: str) -> None:
    with pytest.raises(ParseError, match=message):
        parse(SOURCE, {name: content if isinstance(content, bytes) else made_up(content) for name, content in files.items()})


def test_headings_without_a_row_and_a_broken_line(parse: Parse, made_up: MadeUp) -> None:
    lines = made_up("made_up_gleif_rr.csv").splitlines(keepends=True)
    with pytest.raises(ParseError, match="headings and no row"):
        parse(SOURCE, {"rr": lines[0]})
    parsed = parse(SOURCE, {"rr": lines[0] + lines[1] + b'"too","few"\n'})
    assert parsed.tables["ownership_record"].height == 1
    assert [reject.reason for reject in parsed.rejects] == ["2 cells instead of 15"]


def test_the_newest_files_are_asked_for() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        found = {"data": {"full_file": {"csv": {"url": "https://goldencopy.example.org/file.csv.zip"}}}}
        return httpx.Response(200, content=json.dumps(found).encode() if request.url.path.endswith("latest") else b"data")

    def http(reply: Callable[[httpx.Request], httpx.Response]) -> Http:
        return Http("ops@example.org", transport=httpx.MockTransport(reply), resolve=lambda host: ["93.184.216.34"], interval=0)

    assert registry.source(SOURCE).fetch(http(answer)) == {"rr.csv.zip": b"data", "repex.csv.zip": b"data"}
    with pytest.raises(FetchError, match="no address of the full rr file"):
        registry.source(SOURCE).fetch(http(lambda request: httpx.Response(200, content=b"{}")))
