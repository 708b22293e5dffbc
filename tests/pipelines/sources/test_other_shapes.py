"""Shapes and damage that the real files at hand do not show."""

from __future__ import annotations

import datetime as dt
import gzip
import io
from collections.abc import Callable

import openpyxl
import pytest

from pipelines.records import Parsed
from pipelines.sheets import ParseError

Parse = Callable[[str, dict[str, bytes]], Parsed]
SDN = b'1,"MADE UP LINES",-0- ,"GLOMAG] [SDGT",-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,"LEI 529900T8BM49AURSDO55."\r\n'
SHIP = b'2,"INVENTED STAR","vessel","DPRK",-0- ,"AB1",-0- ,-0- ,-0- ,"Panama",-0- ,"Vessel Registration Identification IMO 9187629."\r\n'
UN = (
    '<CONSOLIDATED_LIST dateGenerated="2026-01-01T00:00:00Z"><INDIVIDUALS></INDIVIDUALS><ENTITIES>{}</ENTITIES></CONSOLIDATED_LIST>'
)
ENTITY = (
    "<ENTITY><FIRST_NAME>MADE UP</FIRST_NAME><REFERENCE_NUMBER>XXe.001</REFERENCE_NUMBER>"
    "<LISTED_ON>2015-04-07-04:00</LISTED_ON>{}</ENTITY>"
)
BOMB = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]><CONSOLIDATED_LIST>&b;</CONSOLIDATED_LIST>'


def workbook(*rows: list[object]) -> bytes:
    book, out = openpyxl.Workbook(), io.BytesIO()
    for row in rows:
        book.worksheets[0].append(row)
    book.save(out)
    return out.getvalue()


def test_register_of_employers_in_the_publishers_form(parse: Parse, made_up: Callable[[str], bytes]) -> None:
    parsed = parse("br_lista_suja", {"cadastro.csv": made_up("made_up_lista_suja.csv")})
    rows = {row["name"]: row for row in parsed.tables["listing"].iter_rows(named=True)}
    assert set(rows) == {"FAZENDA INVENTADA LTDA", "PESSOA INVENTADA", "EMPRESA ENCERRADA SA", "ACORDO INVENTADO LTDA"}
    farm = rows["FAZENDA INVENTADA LTDA"]
    assert (farm["listed_on"], farm["status"], farm["place"], farm["subdivision"]) == (
        dt.date(2024, 11, 11), "active", "CIDADE INVENTADA", "BR-MG",
    )
    assert farm["identifiers"] == ["BR-CNPJ:12345678000195"]
    assert (rows["EMPRESA ENCERRADA SA"]["status"], rows["EMPRESA ENCERRADA SA"]["delisted_on"]) == ("removed", dt.date(2024, 5, 10))
    assert rows["PESSOA INVENTADA"]["entity_type"] == "person"
    assert rows["ACORDO INVENTADO LTDA"]["programme"] == "conduct agreement"
    assert [(reject.line, reject.value) for reject in parsed.rejects] == [(7, "05/13/2024")]
    # The term is two years from the last inclusion; one taken off has none. The decision's day is the list's own.
    assert (farm["expected_end_on"], rows["EMPRESA ENCERRADA SA"]["expected_end_on"]) == (dt.date(2026, 11, 11), None)
    assert all(row["decided_on"] is not None and f"{row['decided_on']:%d/%m/%Y}" in row["reason"] for row in rows.values())


def test_a_day_of_decision_that_is_none_keeps_the_row(parse: Parse) -> None:
    header = "section,id,year,uf,employer,cnpj_cpf,id_type,establishment,workers,cnae,decision_date,inclusion_date"
    row = "I CADASTRO DE EMPREGADORES,1,2023,PA,FAZENDA INVENTADA LTDA,,,SITIO C,3,0151-2/01,soon,29/02/2024"
    parsed = parse("br_lista_suja", {"x.csv": f"{header}\n{row}".encode()})
    kept = parsed.tables["listing"].select("decided_on", "listed_on", "expected_end_on").rows()
    assert kept == [(None, dt.date(2024, 2, 29), dt.date(2026, 2, 28))]
    assert [(reject.column, reject.value, reject.is_row_kept) for reject in parsed.rejects] == [("decided", "soon", True)]


def test_numbers_of_persons_are_kept_nowhere(parse: Parse) -> None:
    header = "section,id,year,uf,employer,cnpj_cpf,id_type,establishment,workers,cnae,decision_date,inclusion_date"
    row = "I CADASTRO DE EMPREGADORES,{},2023,PA,PESSOA INVENTADA,123.456.789-09,CPF,SITIO C,3,0151-2/01,01/03/2024,{}"
    parsed = parse("br_lista_suja", {"x.csv": "\n".join([header, row.format(1, "05/10/2024"), row.format(2, "no date")]).encode()})
    assert parsed.tables["listing"].select("entity_type", "identifiers").rows() == [("person", None)]
    kept = f"{parsed.tables['listing'].rows()} {parsed.rejects}"
    assert "456" not in kept
    assert "***" in parsed.rejects[0].record


def test_list_of_goods_as_workbook(parse: Parse) -> None:
    header = ["Country/Area", "Good", "Child Labor", "Forced Labor"]
    content = workbook(header, ["Ghana", "Cocoa", "X", None], ["Atlantis", "Gold", "X", "?"])
    parsed = parse("us_dol_goods", {"list-of-goods-2024.xlsx": content})
    assert parsed.tables["listed_good"].select("country", "good", "edition", "is_child_labour", "is_forced_labour").rows() == [
        ("GHA", "Cocoa", "2024", True, False),
    ]
    assert [(reject.line, reject.column, reject.value) for reject in parsed.rejects] == [(3, "country", "Atlantis")]
    with pytest.raises(ParseError, match="edition"):
        parse("us_dol_goods", {"goods.xlsx": content})
    with pytest.raises(ParseError, match="XLSX"):
        parse("us_dol_goods", {"goods-2024.xlsx": content[:200]})


def test_tiers_by_template(parse: Parse) -> None:
    text = b"iso3,edition,tier\nIDN,2025,2W\nLBY,2025,S\nMYS,2025,4\nTHA,1066,2\n"
    parsed = parse("us_tip_tiers", {"tip.csv": text})
    assert parsed.tables["country_fact"].select("country", "value", "text").rows() == [("IDN", 2.5, None), ("LBY", None, "S")]
    assert [(reject.line, reject.column) for reject in parsed.rejects] == [(4, "tier"), (5, "edition")]


def test_sanctions_list_keeps_all_programmes_and_needs_its_end(parse: Parse) -> None:
    frame = parse("us_ofac_sdn", {"SDN.CSV": SDN + SHIP + b"\x1a"}).tables["listing"]
    assert frame["programme"].to_list() == ["GLOMAG; SDGT", "DPRK"]
    assert [list(numbers) for numbers in frame["identifiers"]] == [["LEI:529900T8BM49AURSDO55"], ["IMO:9187629"]]
    assert frame["entity_type"].to_list() == ["organisation", "vessel"]
    with pytest.raises(ParseError, match="cut short"):
        parse("us_ofac_sdn", {"SDN.CSV": SDN})
    with pytest.raises(ParseError, match="no SDN file"):
        parse("us_ofac_sdn", {"ALT.CSV": b'1,2,"aka","X",-0- \r\n\x1a'})


def test_un_list_dates_with_zone_and_unknown_fields(parse: Parse) -> None:
    alias = "<ENTITY_ALIAS><QUALITY>Sort of</QUALITY><ALIAS_NAME>M U</ALIAS_NAME></ENTITY_ALIAS><NOVELTY>1</NOVELTY>"
    parsed = parse("un_sc", {"x.xml": UN.format(ENTITY.format(alias)).encode()})
    assert parsed.tables["listing"].select("listing_id", "listed_on").rows() == [("un_sc:XXe.001", dt.date(2015, 4, 7))]
    assert [(reject.column, reject.is_row_kept) for reject in parsed.rejects] == [("NOVELTY", True), ("ALIAS", True)]


@pytest.mark.parametrize("content", [BOMB, b"<CONSOLIDATED_LIST><ENTITIES>", b"<other/>"], ids=["entity bomb", "cut short", "another file"])
def test_unsafe_or_broken_xml_is_refused(parse: Parse, content: bytes) -> None:
    with pytest.raises(ParseError):
        parse("un_sc", {"x.xml": content})


def test_truncated_gzip_is_refused(parse: Parse) -> None:
    with pytest.raises(ParseError, match="cut short or damaged"):
        parse("in_brick_kilns", {"kilns.csv.gz": gzip.compress(b"x" * 5000)[:-20]})


def test_wrong_encoding_is_refused(parse: Parse) -> None:
    with pytest.raises(ParseError, match="not in utf-8"):
        parse("tied_visa", {"x.csv": "iso3,país\n".encode("windows-1252")})


def test_characters_lost_before_saving_are_raised(parse: Parse) -> None:
    text = "agency_name,rl_no,address\nMade Up �verseas,0001,Dhaka\nInvented Travels,RL-22,Dhaka\n"
    parsed = parse("bd_bmet_agencies", {"bmet-2026-10-01.csv": text.encode()})
    assert parsed.tables["agency_licence"].select("licence_no", "status", "status_on").rows() == [("0022", "valid", dt.date(2026, 10, 1))]
    assert [reject.line for reject in parsed.rejects] == [2]


def test_visa_codes_outside_the_scale_are_raised(parse: Parse) -> None:
    header = "iso3,snapshot,F1_single_employer_tying,F2_consent_to_leave,F3_exit_or_absconding_offence,confidence"
    parsed = parse("tied_visa", {"x.csv": f"{header}\nQAT,end-2024,0.7,0,1,high\nOMN,2024,1,1,1,high\n".encode()})
    facts = parsed.tables["country_fact"].select("fact", "value").sort("fact").rows()
    assert facts == [("tied_visa_consent", 0.0), ("tied_visa_exit", 1.0)]
    assert [(reject.line, reject.column) for reject in parsed.rejects] == [(2, "tied_visa_employer"), (3, "snapshot")]


def test_kilns_outside_the_country_are_raised(parse: Parse) -> None:
    header = "Establishment year,District,State/UT,Latitude,Longitude"
    parsed = parse("in_brick_kilns", {"x.csv": f"{header}\n0,Sikar,Rajasthan,27.6,75.5\n20010101,Sikar,Rajasthan,75.5,27.6\n".encode()})
    assert parsed.tables["brick_kiln"].select("subdivision", "established_on").rows() == [("IN-RJ", None)]
    assert [reject.line for reject in parsed.rejects] == [3]
