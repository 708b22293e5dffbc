"""US SAM.gov exclusions, from a made-up extract in the publisher's form."""

from __future__ import annotations

import datetime as dt
import io
import json
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from pipelines import registry, snapshot
from pipelines.fetching import FetchError, Http
from pipelines.records import Parsed
from pipelines.registry import Guards
from pipelines.sheets import ParseError

Parse = Callable[[str, dict[str, bytes]], Parsed]
EXTRACT = "SAM_Exclusions_Public_Extract_V2_26322.ZIP"


@pytest.fixture
def extract(made_up: Callable[[str], bytes]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("SAM_Exclusions_Public_Extract_V2_26322.CSV", made_up("made_up_sam_extract.csv"))
    return stream.getvalue()


def test_every_row_is_a_listing_a_refusal_or_counted(parse: Parse, extract: bytes) -> None:
    parsed = parse("us_sam_exclusions", {EXTRACT: extract})
    found = {row["name"]: row for row in parsed.tables["listing"].iter_rows(named=True)}
    assert list(found) == ["INVENTED STAFFING, INC.", "MADE-UP PAINTING LLC", "EXAMPLE N NOBODY", "MADE-UP STAR"]
    staffing = found["INVENTED STAFFING, INC."]
    assert (staffing["subject"], staffing["severity"]) == ("human_trafficking", 4)
    assert staffing["aliases"] == ["INVENTED LABOR, INC.", "MADE UP STAFFING LLC"]
    assert staffing["identifiers"] == ["US-UEI:MADEUPUEI001", "US-CAGE:0MAD1"]
    assert staffing["reason"].endswith("; SAM number: S4MADEUP1")
    assert (staffing["listed_on"], staffing["delisted_on"], staffing["authority"]) == (dt.date(2024, 3, 4), dt.date(2028, 3, 3), "STATE")
    assert staffing["programme"] == "Reciprocal; Ineligible (Proceedings Completed)"
    assert (found["MADE-UP PAINTING LLC"]["subject"], found["MADE-UP PAINTING LLC"]["delisted_on"]) == ("labour_law", None)
    person = found["EXAMPLE N NOBODY"]
    assert (person["entity_type"], person["address"], person["subject"]) == ("person", "Tampa, FL, USA", None)
    assert (found["MADE-UP STAR"]["entity_type"], found["MADE-UP STAR"]["status"]) == ("vessel", "expired")
    repeated = next(reject for reject in parsed.rejects if reject.value == "Special Entity Designation")
    assert repeated.reason.startswith("2 rows repeat the lists of OFAC")
    assert {(reject.column, reject.value, reject.is_row_kept) for reject in parsed.rejects if reject is not repeated} == {
        ("also", "see other record", True), ("kind", "Spaceship", False),
    }
    assert not any(text in str(parsed.tables["listing"].rows()) for text in ("1234567890", "Private Street"))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"PK\x03\x04 cut short", "not readable as ZIP"),
        (b"Classification,Name\nFirm,X\n", "lacks column First"),
        (b"<html>Access denied</html>", "a page that blocks"),
    ],
)
def test_another_file_is_refused(parse: Parse, content: bytes, message: str) -> None:
    with pytest.raises(ParseError, match=message):
        parse("us_sam_exclusions", {"made_up.zip": content})


def test_a_file_saved_by_a_person_is_kept_and_a_short_one_is_not_used(tmp_path: Path, extract: bytes) -> None:
    saved = tmp_path / EXTRACT
    saved.write_bytes(extract)
    with pytest.raises(ParseError, match="4 rows of listing, fewer than the 70000 expected"):
        snapshot.add_file(tmp_path, registry.source("us_sam_exclusions"), saved)
    source = replace(registry.source("us_sam_exclusions"), guards=Guards("listing", 1))
    assert snapshot.add_file(tmp_path, source, saved, is_vouched=True).counts == {"listing": 4}


def test_the_newest_extract_is_asked_for() -> None:
    keys = ["Exclusions/Public V2/SAM_Exclusions_Public_Extract_V2_26321.ZIP", f"Exclusions/Public V2/{EXTRACT}", "Exclusions/readme.txt"]
    listing = {"_embedded": {"customS3ObjectSummaryList": [{"key": key} for key in keys]}}
    asked: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request.url.path)
        return httpx.Response(200, content=json.dumps(listing).encode() if request.url.path.endswith("listfiles") else b"data")

    def http() -> Http:
        return Http("ops@example.org", transport=httpx.MockTransport(answer), resolve=lambda host: ["93.184.216.34"], interval=0)

    assert registry.source("us_sam_exclusions").fetch(http()) == {EXTRACT: b"data"}
    assert asked[1].endswith(f"/download/Exclusions/Public V2/{EXTRACT}")
    listing["_embedded"]["customS3ObjectSummaryList"] = []
    with pytest.raises(FetchError, match="no dated ZIP among 0 files"):
        registry.source("us_sam_exclusions").fetch(http())
