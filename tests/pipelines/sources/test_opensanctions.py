"""OpenSanctions, from a real sample and made-up files in its two forms."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections import Counter
from collections.abc import Callable

import httpx
import pytest

from data import model
from pipelines import registry
from pipelines.fetching import Fetched, FetchError, Http
from pipelines.records import Parsed
from pipelines.sheets import ParseError

Parse = Callable[[str, dict[str, bytes]], Parsed]
MadeUp = Callable[[str], bytes]
ENTITIES = b'{"id": "NK-1", "schema": "Company", "properties": {"name": ["Made Up Ltd"], "topics": ["sanction"]}}\n'


def index(content: bytes, **about: object) -> bytes:
    resource = {
        "name": "entities.ftm.json", "url": "https://data.opensanctions.org/datasets/20261001/sanctions/entities.ftm.json",
        "checksum": hashlib.sha1(content, usedforsecurity=False).hexdigest(), "size": len(content),
    }
    return json.dumps({"version": "20261001", "result": "success", "resources": [resource], **about}).encode()


def test_every_entity_of_the_real_sample_is_accounted_for(real: Callable[..., Parsed]) -> None:
    parsed = real("opensanctions", "listings/ftm_sample_yente_zala_entities.ftm.json")
    frame = parsed.tables["listing"]
    assert parsed.rejects == []
    assert dict(Counter(frame["entity_type"])) == {"organisation": 7, "person": 6}
    # 91 records: 13 listings, 3 companies without a topic and one only linked to a listed one, and 74 that are no party
    assert frame.height + 3 + 1 + (41 + 14 + 11 + 4 + 3 + 1) == 91
    cst = next(row for row in frame.iter_rows(named=True) if row["name"] == "LLC CST")
    assert (cst["status"], cst["listed_on"], cst["delisted_on"]) == ("active", dt.date(2022, 3, 1), None)  # not 2021: that one ended
    assert cst["status_note"] == "ended: National Security and Defense Council UA-SA1644 2024-10-30"
    assert {"RU-INN:1841015504", "RU-OGRN:1101841007938", "OPENSANCTIONS:NK-YFPY6R4uKcoUo468NxpkCe"} <= set(cst["identifiers"])
    assert (cst["country"], cst["subject"], cst["certainty"]) == ("RUS", "sanctions", "secondary")
    persons = [row for row in frame.iter_rows(named=True) if row["entity_type"] == "person"]
    assert all(row["address"] is None for row in persons)
    assert not any(number in str(persons) for number in ("183116181362", "089132114", "1988-01-07"))  # tax number, passport, birth


def test_sanctions_are_joined_to_their_entity(parse: Parse, made_up: MadeUp) -> None:
    parsed = parse("opensanctions", {"entities.ftm.json": made_up("made_up_entities.ftm.json")})
    cotton, person, ship = parsed.tables["listing"].iter_rows(named=True)
    assert (cotton["name"], cotton["aliases"], cotton["country"]) == ("Invented Cotton Co.", ["Вымышленный хлопок"], "CHN")
    assert (cotton["subject"], cotton["severity"]) == ("forced_labour", 4)
    assert (cotton["programme"], cotton["authority"]) == ("XX-LAB", "Made-Up Customs")  # of what is in force
    assert (cotton["listed_on"], cotton["status"], cotton["status_note"]) == (
        dt.date(2022, 6, 21), "active", "ended: Made-Up Council 2018-02-01",
    )
    assert cotton["identifiers"][:3] == ["OPENSANCTIONS:NK-made-up-1", "OPENSANCTIONS:xx-old-id", "OPENSANCTIONS:NK-merged-before"]
    assert cotton["reason"] == "copied by OpenSanctions from made_up_list; made-up reason"
    assert (person["status"], person["delisted_on"], person["status_note"]) == ("expired", None, "ended: Made-Up Bank 2020-06")
    assert person["identifiers"] == ["OPENSANCTIONS:NK-made-up-2", "OPENSANCTIONS:xx-2"]
    assert (ship["entity_type"], ship["country"], ship["listed_on"], ship["listed_on_basis"]) == (
        "vessel", "PAN", dt.date(2023, 5, 1), "observed",
    )
    assert "prose about a person" not in str(parsed.tables["listing"].rows())


def test_a_bad_line_is_told_by_its_number_and_the_rest_loads(parse: Parse, made_up: MadeUp) -> None:
    parsed = parse("opensanctions", {"entities.ftm.json": made_up("made_up_entities.ftm.json")})
    assert [(reject.line, reject.column, reject.value, reject.is_row_kept) for reject in parsed.rejects] == [
        (6, "(row)", "Broken Line Ltd", False), (8, "property", "novelty", True), (10, "schema", "Gadget", True),
        (11, "(row)", None, False), (8, "topics", "new.topic", True),
    ]
    assert parsed.tables["listing"]["line"].to_list() == [3, 4, 8]


def test_targets_of_the_csv(parse: Parse, made_up: MadeUp) -> None:
    parsed = parse("opensanctions", {"targets.simple.csv": made_up("made_up_targets.simple.csv")})
    cotton, person = parsed.tables["listing"].iter_rows(named=True)  # an office holder without a sanction is passed over
    assert cotton["aliases"] == ["Вымышленный хлопок", "Invented; Cotton"]
    assert (cotton["programme"], cotton["authority"], cotton["country"]) == ("XX-LAB", "Made-Up List; Another List", "CHN")
    assert (person["address"], person["identifiers"]) == (None, ["OPENSANCTIONS:NK-made-up-2"])
    assert [(reject.line, reject.column, reject.value) for reject in parsed.rejects] == [(5, "schema", "Gadget")]


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({"entities.ftm.json": ENTITIES + ENTITIES[:60]}, "line 2: ends within a record"),
        ({"entities.ftm.json": b"<html>Access denied</html>\n"}, "none of its 1 lines is an entity"),
        ({"entities.ftm.json": ENTITIES.replace(b'["sanction"]', b'[{"id": "x"}]')}, "not targets.nested.json"),
        ({"targets.simple.csv": b"id,schema,name\nNK-1,Company,Made Up Ltd\n"}, "lacks column aliases"),
        ({"targets.simple.csv": b"id,schema,name\nNK-1,Com"}, "cut short"),
        ({"index.json": index(ENTITIES), "entities.ftm.json": ENTITIES * 2}, "not the file that its index speaks of"),
        ({"index.json": index(ENTITIES)}, "only an index"),
        ({"index.json": b"[]", "entities.ftm.json": ENTITIES}, "not the index of a dataset"),
    ],
)
def test_a_file_that_is_not_whole_or_another_is_refused(parse: Parse, files: dict[str, bytes], message: str) -> None:
    with pytest.raises(ParseError, match=message):
        parse("opensanctions", files)


def test_an_export_that_failed_is_told(parse: Parse) -> None:
    about = index(ENTITIES, result="failure", last_export="2026-09-01T00:00:00")
    parsed = parse("opensanctions", {"index.json": about, "entities.ftm.json": ENTITIES})
    assert parsed.tables["listing"].height == 1
    assert [reject.reason for reject in parsed.rejects] == ["the publisher's last export failed: the data are those of 2026-09-01T00:00:00"]


def client(answers: dict[str, bytes], asked: list[str], **options: int) -> Http:
    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request.url.path)
        return httpx.Response(200, content=answers[request.url.path.rpartition("/")[2]])

    return Http("ops@example.org", transport=httpx.MockTransport(answer), resolve=lambda host: ["93.184.216.34"], interval=0, **options)


def test_only_what_has_changed_is_asked_for() -> None:
    source, asked = registry.source("opensanctions"), list[str]()
    http = client({"index.json": index(ENTITIES), "entities.ftm.json": ENTITIES}, asked)
    files = source.fetch(http)
    assert files == {"index.json": index(ENTITIES), "entities.ftm.json": ENTITIES}
    address = "https://data.opensanctions.org/datasets/20261001/sanctions/entities.ftm.json"
    http.previous = {address: Fetched(ENTITIES, address, etag='"1"')}
    assert source.fetch(http) == files
    assert [path.rpartition("/")[2] for path in asked] == ["index.json", "entities.ftm.json", "index.json"]


@pytest.mark.parametrize(
    ("answers", "options", "message"),
    [
        ({"index.json": index(ENTITIES), "entities.ftm.json": ENTITIES[:-9]}, {}, "not the file that its index speaks of"),
        ({"index.json": b"<html>"}, {}, "not the index of a dataset"),
        ({"index.json": index(ENTITIES * 99)}, {"max_bytes": 5000}, "at most 5000 bytes"),
        ({"index.json": index(ENTITIES).replace(b"data.opensanctions.org", b"elsewhere.example")}, {}, "names none of"),
    ],
)
def test_a_broken_index_or_file_is_a_failure(answers: dict[str, bytes], options: dict[str, int], message: str) -> None:
    with pytest.raises(FetchError, match=message):
        registry.source("opensanctions").fetch(client(answers, [], **options))


def test_the_licence_is_told_and_nothing_is_shipped() -> None:
    source = registry.source("opensanctions")
    assert source.licence.startswith("CC BY-NC 4.0")
    assert (source.may_redistribute, source.shipped, source.is_opt_in) == (False, (), True)
    assert model.vocabulary("list").codes["opensanctions"].values["kind"] == "aggregated"
