"""Debarment lists of development banks and of the EU, from made-up files in the publishers' forms."""

from __future__ import annotations

import datetime as dt
import io
import json
from collections.abc import Callable

import httpx
import openpyxl
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines import registry
from pipelines.fetching import ByHand, Http
from pipelines.records import Parsed
from pipelines.sheets import ParseError
from pipelines.sources import _development_banks as banks

Parse = Callable[[str, dict[str, bytes]], Parsed]
MadeUp = Callable[[str], bytes]


def rows(parsed: Parsed) -> dict[str, dict]:
    return {row["name"]: row for row in parsed.tables["listing"].iter_rows(named=True)}


def refused(parsed: Parsed) -> list[tuple[str, bool]]:
    return [(reject.column, reject.is_row_kept) for reject in parsed.rejects]


def test_world_bank_names_ends_and_subjects(parse: Parse, made_up: MadeUp) -> None:
    parsed = parse("wb_debarred", {"made_up.json": made_up("made_up_wb_debarred.json")})
    found = rows(parsed)
    road = found["INVENTED ROADS CO., LTD."]
    assert road["aliases"] == ["INVENTED ROAD GROUP", "MADE UP ROADS CO., LTD."]
    assert (road["listed_on"], road["delisted_on"], road["status"]) == (dt.date(2021, 1, 5), None, "active")
    assert road["reason"].startswith("Fraudulent & corrupt practice; name as printed: INVENTED ROADS CO., LTD. (A.K.A.")
    assert (road["country"], road["address"], road["subject"], road["line"]) == ("CHN", "1 Nowhere Street, Beijing", "fraud_corruption", 1)
    person = found["NOBODY EXAMPLE"]  # coercion of bidders is no labour matter
    assert (person["entity_type"], person["status"], person["subject"]) == ("person", "expired", "fraud_corruption")
    assert (person["delisted_on"], person["status_note"]) == (dt.date(2025, 2, 10), "from 2022-02-10, until 2025-02-10")
    bridge = found["MADE-UP BRIDGES S.A."]
    assert (bridge["aliases"], bridge["programme"], bridge["subject"]) == (["INVENTED BRIDGES S.A."], "cross-debarment", None)
    bracket = found["INVENTED BRACKET LTD (A.K.A. NEVER CLOSED"]  # counts under the whole cell
    assert (bracket["status"], bracket["subject"], bracket["severity"]) == ("active", "forced_labour", 4)
    assert refused(parsed) == [("name", True), ("from", True), ("country", True), ("name", False), ("listing_id", False)]
    assert len(found) + sum(not kept for _, kept in refused(parsed)) == 6


def test_asian_bank_words_for_no_end_and_new_fields(parse: Parse, made_up: MadeUp) -> None:
    parsed = parse("adb_sanctions", {"page_001.json": made_up("made_up_adb_page.json")})
    found = rows(parsed)
    culvert = found["Invented Culvert Company Limited"]
    assert (culvert["aliases"], culvert["programme"]) == (["Made-Up Culvert", "ICC"], "Debarred")
    assert (culvert["listed_on"], culvert["delisted_on"], culvert["status"]) == (dt.date(2023, 4, 1), dt.date(2027, 3, 31), "active")
    assert (found["Example Nobody"]["entity_type"], found["Example Nobody"]["country"]) == ("person", None)
    assert found["Example Nobody"]["status_note"] == "from 2020-01-12, no end: Indefinite"
    consortium = found["Invented Consortium"]  # an end that cannot be read lowers nothing
    assert (consortium["status"], consortium["delisted_on"]) == ("active", None)
    assert consortium["status_note"] == "from 2024-02-01, no end stated"
    assert refused(parsed) == [("newField", True), ("until", True), ("kind", True)]


def test_african_bank_reads_the_table_of_a_saved_page(parse: Parse, made_up: MadeUp) -> None:
    found = rows(parse("afdb_debarred", {"page.html": made_up("made_up_afdb_page.html")}))
    firm, person = found["Société Inventée de Forage"], found["Personne Inventée"]
    assert (firm["aliases"], firm["country"], firm["status"], firm["listed_on"]) == (["SIF"], "CIV", "active", dt.date(2023, 3, 15))
    assert (person["entity_type"], person["status"], person["programme"]) == ("person", "expired", "cross-debarment")


def test_ebrd_names_the_institution_that_decided_first(parse: Parse, made_up: MadeUp) -> None:
    parsed = parse("ebrd_ineligible", {"page_001.json": made_up("made_up_ebrd_page.json")})
    turbine = rows(parsed)["Invented Turbines d.o.o."]
    assert turbine["address"] == "4 Nowhere Square, Belgrade, Serbia"
    assert turbine["reason"] == "Fraudulent Practice; originating institution: World Bank Group; notice effective at EBRD: 20-07-2022"
    assert (turbine["listed_on"], turbine["delisted_on"]) == (dt.date(2022, 6, 3), dt.date(2030, 6, 2))
    assert turbine["aliases"] == ["Made-Up Turbines"]
    assert (rows(parsed)["Example Person"]["status"], parsed.rejects) == ("expired", [])


def test_edes_case_and_empty_answer(parse: Parse, made_up: MadeUp) -> None:
    parsed = parse("eu_edes", {"saved.txt": made_up("made_up_edes_answer.txt")})
    case = rows(parsed)["Invented Consulting SA"]
    assert (case["aliases"], case["subject"], case["severity"]) == (["Made-Up Consulting"], "child_labour", 3)
    assert case["reason"].startswith("Child labour or other offences concerning trafficking in human beings")
    assert (case["listed_on"], case["delisted_on"]) == (dt.date(2024, 1, 1), dt.date(2030, 1, 1))  # midnight in Brussels
    empty = parse("eu_edes", {"page_001.json": b'{"content": [], "totalElements": 0}'})
    assert (empty.tables["listing"].height, empty.rejects) == (0, [])


def test_export_of_the_inter_american_report_has_titles_above_its_headings(parse: Parse) -> None:
    book = openpyxl.Workbook()
    for row in (
        ["Applied filters: none"], [],
        ["Title", "Entity", "Nationality", "Country", "From", "To", "Grounds", "Source", "IDB Sanction Type", "IDB Sanction Source",
         "Other name"],
        ["Constructora Inventada S.A.", "Firm", "Honduras", "Honduras", dt.datetime(2022, 5, 1), "Ongoing", "Collusive practice", "IDB",
         "Debarment", "Sanctions Committee", "CISA"],
        ["Made-up note at the end"],
    ):
        book.active.append(row)
    stream = io.BytesIO()
    book.save(stream)
    parsed = parse("iadb_sanctions", {"made_up_export.xlsx": stream.getvalue()})
    firm = rows(parsed)["Constructora Inventada S.A."]
    assert (firm["listed_on"], firm["aliases"], firm["country"], firm["line"]) == (dt.date(2022, 5, 1), ["CISA"], "HND", 4)
    assert firm["reason"] == "Collusive practice; source: IDB; sanction source: Sanctions Committee"
    assert refused(parsed) == [("name", False)]
    with pytest.raises(ByHand):
        registry.source("iadb_sanctions").fetch(Http("x"))


@pytest.mark.parametrize(
    ("source_id", "content", "message"),
    [
        ("wb_debarred", b'{"response": {"ZPROCSUPP": [{"SUPP_ID": 1', "not whole JSON"),
        ("wb_debarred", b'{"response": {}}', "no list response.ZPROCSUPP"),
        ("wb_debarred", b'{"response": {"ZPROCSUPP": [7]}}', "entry 1 of response.ZPROCSUPP is no object"),
        ("wb_debarred", b'{"response": {"ZPROCSUPP": [{"SUPP_NAME": "x"}]}}', "lacks column SUPP_ID"),
        ("wb_debarred", b"\xff\xfe\x00{", "not in utf-8"),
        ("afdb_debarred", b"<html><p>Just a moment...</p></html>", "a page that blocks"),
        ("afdb_debarred", b"PK\x03\x04broken", "not readable as ZIP"),
        ("eu_edes", b"[" * 100_000, "not whole JSON"),
        ("adb_sanctions", b"name,country\nx,y\n", "lacks column"),
    ],
)
def test_another_file_is_refused(parse: Parse, source_id: str, content: bytes, message: str) -> None:
    with pytest.raises(ParseError, match=message):
        parse(source_id, {"made_up.json" if content[:1] in b"{[\xff" else "made_up.dat": content})


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("FOO S.A. (FORMERLY KNOWN AS BAR S.A.) (ALSO KNOWN AS BAZ)", ("FOO S.A.", ["BAR S.A.", "BAZ"])),
        ("Omega (Zambia) Ltd. (D/B/A Omega, d/b/a OZ)", ("Omega (Zambia) Ltd.", ["Omega", "OZ"])),
        ("ROAD (GROUP) CO., LTD (also known as A CO., LTD., B CO., LTD)", ("ROAD (GROUP) CO., LTD", ["A CO., LTD.", "B CO., LTD"])),
        ("PT. A, TBK also doing business as PT B", ("PT. A, TBK", ["PT B"])),
        ("Ann A. K. Abdul", ("Ann A. K. Abdul", [])),
        ("CONSTRUCTORA S/A *1,*2", ("CONSTRUCTORA S/A", [])),
        ("K.A. Group", ("K.A. Group", [])),
        ("X (a/k/a Y", None),
        ("AKA Construction", None),
    ],
)
def test_grammar_of_names(cell: str, expected: tuple[str, list[str]] | None) -> None:
    name, aliases, is_covered = banks.names(cell)
    assert ((name, aliases) if is_covered else None) == expected
    assert is_covered or (name, aliases) == (cell, [])


@settings(deadline=None)
@given(st.text(max_size=200))
def test_no_cell_is_lost_or_breaks_the_grammar(cell: str) -> None:
    name, aliases, _ = banks.names(cell)
    assert bool(name) == bool(banks.plain(cell))
    assert all(aliases)
    assert len(set(aliases)) == len(aliases)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Coercive practice", "fraud_corruption"), ("fraud, and forced labour on site", "forced_labour"),
        ("Trafficking in persons", "human_trafficking"), ("Drug trafficking", None), ("Procurement Guidelines 1.14(a)(ii)", None),
        (None, None),
    ],
)
def test_subject_is_what_the_list_says(text: str | None, expected: str | None) -> None:
    assert banks.subject(text) == expected


def test_pages_of_the_asian_bank_are_asked_at_the_public_address() -> None:
    asked: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(f"{request.headers['host']}{request.url.path}?{request.url.query.decode()}")
        following = "http://internal.example:80/published-list?page=2" if len(asked) == 1 else None
        return httpx.Response(200, content=json.dumps({"data": [], "links": {"next": following}}).encode())

    http = Http("ops@example.org", transport=httpx.MockTransport(answer), resolve=lambda host: ["93.184.216.34"], interval=0)
    assert list(registry.source("adb_sanctions").fetch(http)) == ["page_001.json", "page_002.json"]
    assert asked[1] == "apim.adb.org/sanctions/lists/v1/published-list?page=2"


@pytest.mark.parametrize("source_id", ["wb_debarred", "adb_sanctions", "afdb_debarred", "ebrd_ineligible", "iadb_sanctions", "eu_edes"])
def test_rows_fit_the_contract(parse: Parse, made_up: MadeUp, source_id: str) -> None:
    columns = {}
    for shape, spelt in registry.source(source_id).lookups["columns"].items():
        columns[shape] = [heading if isinstance(heading, str) else heading[0] for heading in spelt.values()]
    for headings in columns.values():
        line = ["Firm" if "ind" in h or h in ("Type", "Entity", "entityType", "projectNoticeType") else "Made Up Ltd" for h in headings]
        parsed = parse(source_id, {"made_up.csv": ("\n".join([",".join(headings), ",".join(line)])).encode()})
        assert parsed.tables["listing"].select(pl.col("list_id").unique()).to_series().to_list() == [source_id]
