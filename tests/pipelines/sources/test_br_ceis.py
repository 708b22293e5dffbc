"""Brazil's CEIS and CNEP, from a made-up file in the publisher's form."""

from __future__ import annotations

import datetime as dt
import io
import zipfile
from collections.abc import Callable

import httpx
import pytest

from pipelines import registry
from pipelines.fetching import FetchError, Http
from pipelines.records import Parsed
from pipelines.sheets import ParseError

Parse = Callable[[str, dict[str, bytes]], Parsed]


def test_sanctions_of_companies_and_persons(parse: Parse, made_up: Callable[[str], bytes]) -> None:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("20261001_CEIS.csv", made_up("made_up_ceis.csv").decode().encode("windows-1252"))
    parsed = parse("br_ceis_cnep", {"20261001_ceis.zip": stream.getvalue()})
    found = {row["name"]: row for row in parsed.tables["listing"].iter_rows(named=True)}
    firm, person, farm = found["CONSTRUTORA INVENTADA LTDA"], found["PESSOA INVENTADA"], found["FAZENDA INVENTADA SA"]
    assert (firm["identifiers"], firm["aliases"]) == (["BR-CNPJ:00000000000191"], ["CONSTRUTORA INVENTADA", "INVENTADA OBRAS"])
    assert (firm["programme"], firm["authority"], firm["subdivision"]) == ("CEIS; Suspensão", "Prefeitura Inventada", "BR-SP")
    assert (firm["listed_on"], firm["delisted_on"], firm["status"]) == (dt.date(2024, 2, 1), dt.date(2027, 1, 31), "active")
    assert firm["reason"] == "LEI 14133 - ART. 156; process: 1/2024; scope: Todas as Esferas em todos os Poderes"
    assert (person["entity_type"], person["identifiers"], person["status"]) == ("person", None, "active")
    assert person["status_note"] == "from 2020-02-01, end: see the decision"
    assert (farm["status"], farm["subject"], farm["severity"]) == ("expired", "forced_labour", 4)
    assert [(reject.column, reject.line) for reject in parsed.rejects] == [("listing_id", 3)]
    assert "921012" not in str(parsed)


@pytest.mark.parametrize(
    ("content", "message"),
    [(b"PK\x03\x04", "not readable as ZIP"), (b"a;b\n1;2\n", "lacks column CADASTRO"), (b"<html>403</html>", "blocks")],
)
def test_another_file_is_refused(parse: Parse, content: bytes, message: str) -> None:
    with pytest.raises(ParseError, match=message):
        parse("br_ceis_cnep", {"made_up.zip": content})


def test_the_day_of_the_last_edition_is_read_from_the_page() -> None:
    pages = {"ceis": b'arquivos.push({"ano" : "2026", "mes" : "10", "dia" : "2"});', "cnep": b"nothing"}

    def answer(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, content=pages.get(request.url.path.rpartition("/")[2], b"data"))

    def http() -> Http:
        return Http("ops@example.org", transport=httpx.MockTransport(answer), resolve=lambda host: ["93.184.216.34"], interval=0)

    with pytest.raises(FetchError, match="no day of the last edition on the page of cnep"):
        registry.source("br_ceis_cnep").fetch(http())
    pages["cnep"] = pages["ceis"]
    assert registry.source("br_ceis_cnep").fetch(http()) == {"20261002_ceis.zip": b"data", "20261002_cnep.zip": b"data"}
