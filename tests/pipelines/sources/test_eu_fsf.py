"""EU Financial Sanctions File, from made-up files in the publisher's two forms."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from pipelines import registry, snapshot
from pipelines.fetching import Http, KeyNeeded
from pipelines.records import Parsed
from pipelines.registry import Guards
from pipelines.sheets import ParseError

Parse = Callable[[str, dict[str, bytes]], Parsed]
MadeUp = Callable[[str], bytes]
ENTRY = (
    '<sanctionEntity euReferenceNumber="EU.{0}" designationDate="2024-01-01"><subjectType code="enterprise"/>{1}'
    '<nameAlias wholeName="Made-Up {0} Ltd" strong="true"/></sanctionEntity>'
)


def xml(*remarks: str) -> bytes:
    entries = "".join(ENTRY.format(number, remark) for number, remark in enumerate(remarks, 1))
    return f'<export xmlns="http://eu.europa.ec/fpi/fsd/export">{entries}</export>'.encode()


def test_entries_of_the_xml(parse: Parse, made_up: MadeUp) -> None:
    parsed = parse("eu_fsf", {"full.xml": made_up("made_up_eu_fsf.xml")})
    bureau, ship, person = parsed.tables["listing"].iter_rows(named=True)
    assert (bureau["name"], bureau["aliases"]) == ("Made-Up Security Bureau", ["Бюро Выдуманное", "Invented Bureau"])  # no weak alias
    assert (bureau["entity_type"], bureau["subject"], bureau["programme"]) == ("organisation", "human_rights", "HR")
    assert (bureau["country"], bureau["place"], bureau["identifiers"]) == ("CHN", "Urumqi", ["CN-REG:91650000MADEUP0000"])
    assert (bureau["listed_on"], bureau["reason"]) == (dt.date(2021, 3, 22), "2021/000 (OJ L0)")
    assert bureau["url"] == "https://eur-lex.europa.eu/made-up/1"
    assert (ship["entity_type"], ship["identifiers"], ship["programme"]) == ("vessel", ["IMO:9187629"], "PRK; UNLI")
    assert (ship["listed_on"], ship["listed_on_basis"]) == (dt.date(2018, 3, 3), "observed")  # the first act that names it
    assert (person["entity_type"], person["country"], person["identifiers"], person["address"]) == ("person", "RUS", None, None)
    assert [(reject.line, reject.column, reject.value) for reject in parsed.rejects] == [
        (1, "id_type", "starnumber"), (3, "regulation@novelty", None), (3, "designated", "2024-02-30"),
        (4, "entity_type", "flotilla"), (5, "name", None),
    ]
    assert "123456789" not in f"{parsed.tables['listing'].rows()} {parsed.rejects}"  # a passport
    assert "1960" not in f"{parsed.tables['listing'].rows()} {parsed.rejects}"


def test_lines_of_the_csv_are_joined(parse: Parse, made_up: MadeUp) -> None:
    parsed = parse("eu_fsf", {"full.csv": made_up("made_up_eu_fsf.csv")})
    bureau, person = parsed.tables["listing"].iter_rows(named=True)
    assert bureau["listing_id"] == "eu_fsf:EU.9001.11"
    assert (bureau["name"], bureau["aliases"]) == ("Made-Up Security Bureau", ["Бюро Выдуманное"])
    assert (bureau["address"], bureau["identifiers"]) == (
        "1 Invented Road; back door, 830000, Urumqi", ["CN-REG:91650000MADEUP0000"],
    )
    assert (person["entity_type"], person["country"], person["listed_on"]) == ("person", "RUS", dt.date(2024, 2, 23))
    assert [(reject.line, reject.column) for reject in parsed.rejects] == [(11, "logical")]  # nine lines: five, three, and a stray one


def test_both_forms_give_an_entry_the_same_key_and_subject(parse: Parse, made_up: MadeUp) -> None:
    columns = ("listing_id", "name", "entity_type", "country", "programme", "subject", "listed_on", "url")
    first = [parse("eu_fsf", {name: made_up(name)}).tables["listing"].select(columns).row(0)
             for name in ("made_up_eu_fsf.xml", "made_up_eu_fsf.csv")]
    assert first[0] == first[1]


@pytest.mark.parametrize(
    ("remark", "kind"),
    [
        ("Vessel (IMO number: 9187629)", "vessel"),
        ("IMO: 9187629", "vessel"),
        ("IMO number: 9187620", "organisation"),  # its check digit is wrong
        ("Owner of the ship Invented Star, IMO 9187629", "organisation"),
        ("Company IMO number: 9187629", "organisation"),
        ("", "organisation"),
    ],
)
def test_a_vessel_is_told_by_its_own_number(parse: Parse, remark: str, kind: str) -> None:
    found = parse("eu_fsf", {"full.xml": xml(f"<remark>{remark}</remark>")}).tables["listing"]
    assert found["entity_type"].to_list() == [kind]


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("full.xml", xml("")[:-30], "not whole XML after record 0"),
        ("full.xml", b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaa">]><export>&a;</export>', "DTDForbidden"),
        ("full.xml", b"<html><body>Access denied</body></html>", "begins with <html>"),
        ("full.xml", b'<export xmlns="http://eu.europa.ec/fpi/fsd/export"></export>', "no <sanctionEntity>"),
        ("full.csv", b"", "no table with semicolons"),
        ("full.csv", b"name;address\nMade-Up Ltd;Nowhere\n", "lacks column Entity_LogicalId"),
    ],
)
def test_a_file_that_is_not_whole_or_another_is_refused(parse: Parse, name: str, content: bytes, message: str) -> None:
    with pytest.raises(ParseError, match=message):
        parse("eu_fsf", {name: content})


def test_a_csv_that_is_cut_short_is_refused(parse: Parse, made_up: MadeUp) -> None:
    with pytest.raises(ParseError, match="line 11: ends within a line"):
        parse("eu_fsf", {"full.csv": made_up("made_up_eu_fsf.csv")[:-90]})


def test_a_copy_that_shrinks_is_kept_and_not_used(tmp_path: Path) -> None:
    source = replace(registry.source("eu_fsf"), guards=Guards("listing", 1, 10000, 0.05))
    whole, short = xml(*[""] * 40), xml(*[""] * 37)
    assert snapshot.archive(tmp_path, source, {"full.xml": whole}, dt.date(2026, 10, 1)).verdict == "good"
    judged = snapshot.archive(tmp_path, source, {"full.xml": short}, dt.date(2026, 10, 2))
    assert (judged.verdict, judged.reason) == ("short", "37 rows of listing after 40: fell by more than 2")
    assert snapshot.state(tmp_path, source, dt.date(2026, 10, 2)).batch == 1000


def test_the_token_is_an_operators_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return httpx.Response(200, content=b"data")

    source = registry.source("eu_fsf")
    http = Http("ops@example.org", transport=httpx.MockTransport(answer), resolve=lambda host: ["93.184.216.34"], interval=0)
    monkeypatch.delenv("DEEPTIER_EU_FSF_TOKEN", raising=False)
    with pytest.raises(KeyNeeded, match="DEEPTIER_EU_FSF_TOKEN"):
        source.fetch(http)
    assert asked == []
    monkeypatch.setenv("DEEPTIER_EU_FSF_TOKEN", "made-up")
    assert source.fetch(http) == {"eu_fsf.xml": b"data"}
    assert dict(asked[0].url.params) == {"token": "made-up"}
