"""US Consolidated Screening List, from a real sample and made-up files in the publisher's two forms."""

from __future__ import annotations

import datetime as dt
import json
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest

from data import model
from pipelines import registry, snapshot
from pipelines.records import Parsed
from pipelines.registry import Guards
from pipelines.sheets import ParseError

Parse = Callable[[str, dict[str, bytes]], Parsed]
MadeUp = Callable[[str], bytes]


def test_every_row_of_the_real_sample_is_accounted_for(real: Callable[..., Parsed]) -> None:
    parsed = real("us_csl", "listings/us_consolidated_screening_list_sample_2019.csv")
    frame = parsed.tables["listing"]
    assert dict(Counter(frame["list_id"])) == {
        "us_ofac_ssi": 26, "us_bis_entity_list": 22, "us_ofac_plc": 13, "us_itar_debarred": 10, "us_bis_denied_persons": 8,
        "us_bis_unverified": 4, "us_state_nonproliferation": 3, "us_ofac_capta": 1,
    }
    assert [reject.reason for reject in parsed.rejects] == ["28 rows of the SDN list, which the source us_ofac_sdn reads"]
    assert frame.height + 28 == 115  # rows of the file
    assert dict(Counter(frame["status"])) == {"active": 82, "expired": 5}
    assert frame["country"].null_count() == 23  # rows without an address that ends in a country
    assert frame.filter(pl.col("name") == "A. Leib Ltd.")["address"].to_list() == ["HA’Assif 19, Binyamina, IL"]  # a mark put right
    inmate = frame.row(by_predicate=pl.col("name") == "ADAM AL HERZ", named=True)
    assert (inmate["entity_type"], inmate["address"], inmate["status"], inmate["delisted_on"]) == (
        "person", None, "expired", dt.date(2026, 10, 13),
    )
    assert "INMATE" not in f"{frame.rows()} {parsed.rejects}"


def test_each_list_has_its_kind_and_none_is_scored() -> None:
    lists = {entry["list_id"] for entry in registry.source("us_csl").lookups["lists"].values() if entry["list_id"]}
    codes = model.vocabulary("list").codes
    assert {codes[name].values["kind"] for name in lists} == {"export_control", "sanctions"}
    assert not any(codes[name].values["is_scored"] or codes[name].values.get("override") for name in lists)


def test_rows_of_the_csv(parse: Parse, made_up: MadeUp) -> None:
    parsed = parse("us_csl", {"consolidated.csv": made_up("made_up_us_csl.csv")})
    rows = {row["name"]: row for row in parsed.tables["listing"].iter_rows(named=True)}
    optics = rows["Made-Up Optics Co., Ltd."]
    assert (optics["list_id"], optics["aliases"], optics["covers_subsidiaries"]) == (
        "us_bis_entity_list", ["Invented Optics", "Yuan?an Optics"], True,
    )
    assert optics["address"] == "1 Invented Road, Urumqi, CN | 2 Invented Road, Beijing, CN | 3 Invented Road, Shanghai, CN"  # two rows
    assert optics["status_note"] == "the publisher's file has ? where a character was lost"
    assert (rows["NOBODY INVENTED"]["status"], rows["MADE UP AIRLINES"]["status"]) == ("expired", "active")
    assert (rows["MADE UP AIRLINES"]["delisted_on"], rows["MADE UP AIRLINES"]["status_note"]) == (dt.date(2056, 6, 29), "ends 2056-06-29")
    assert rows["INVENTED TELECOM LIMITED"]["identifiers"] == ["LEI:529900T8BM49AURSDO55"]
    assert (rows["INVENTED STAR"]["entity_type"], rows["INVENTED STAR"]["identifiers"]) == ("vessel", ["IMO:9187629"])
    assert (rows["INVENTED INSTITUTE"]["listed_on"], rows["INVENTED INSTITUTE"]["listed_on_basis"]) == (dt.date(2026, 11, 1), "observed")
    assert [(reject.line, reject.column, reject.value, reject.is_row_kept) for reject in parsed.rejects] == [
        (7, "ids", "Star Number", True), (9, "source", "List of Inventions (LOI) - Department of Nothing", False),
        (10, "entity_type", "Robot", False), (11, "started", "05/19/1995", True), (1, "source", "Specially Designated Nationals", True),
    ]
    # 11 rows: 7 listings, one of them from two rows, one of SDN, two refused
    assert len(rows) + 1 + 1 + 2 == 11


def test_results_of_the_json(parse: Parse, made_up: MadeUp) -> None:
    parsed = parse("us_csl", {"consolidated.json": made_up("made_up_us_csl.json")})
    optics, bank = parsed.tables["listing"].iter_rows(named=True)
    assert (optics["address"], optics["country"], optics["url"]) == ("1 Invented Road; Unit 2, Urumqi, CN", "CHN", "https://example.org/el")
    assert (bank["listing_id"], bank["list_id"], bank["identifiers"]) == ("us_ofac_capta:15268", "us_ofac_capta", ["SWIFT:INVNXXBJ"])
    assert [(reject.line, reject.column) for reject in parsed.rejects] == [(1, "novelty")]
    in_csv = parse("us_csl", {"consolidated.csv": made_up("made_up_us_csl.csv")}).tables["listing"]
    assert optics["listing_id"] in in_csv["listing_id"].to_list()  # one key in both forms


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("consolidated.json", b'{"results": [{"source": "Entity List (EL)", "name": "MADE UP"}, {"sou', "not whole JSON"),
        ("consolidated.json", json.dumps({"total": 900, "results": [{"source": "Unverified", "name": "X"}]}).encode(), "1 of 900 results"),
        ("consolidated.json", b'{"message": "Access denied"}', "no results"),
        ("consolidated.json", b'{"results": ["MADE UP"]}', "of another form"),
        ("consolidated.csv", b"", "empty"),
        ("consolidated.csv", b"<html>Access denied</html>\n", "a web page"),
        ("consolidated.csv", b"id,address\n1,Nowhere\n", "lacks column source"),
    ],
)
def test_a_file_that_is_not_whole_or_another_is_refused(parse: Parse, name: str, content: bytes, message: str) -> None:
    with pytest.raises(ParseError, match=message):
        parse("us_csl", {name: content})


def test_a_csv_that_is_cut_short_is_refused(parse: Parse, made_up: MadeUp) -> None:
    with pytest.raises(ParseError, match="line 12: ends within a line"):
        parse("us_csl", {"consolidated.csv": made_up("made_up_us_csl.csv").rstrip()[:-60]})


def test_a_copy_that_shrinks_is_kept_and_not_used(tmp_path: Path) -> None:
    source = replace(registry.source("us_csl"), guards=Guards("listing", 1, 10000, 0.05))
    lines = ["source,name,start_date", *[f"Unverified List (UVL),Made-Up {number} Ltd,2020-01-01" for number in range(40)]]
    assert snapshot.archive(tmp_path, source, {"c.csv": "\n".join(lines).encode()}, dt.date(2026, 10, 1)).verdict == "good"
    judged = snapshot.archive(tmp_path, source, {"c.csv": "\n".join(lines[:30]).encode()}, dt.date(2026, 10, 2))
    assert (judged.verdict, judged.reason) == ("short", "29 rows of listing after 40: fell by more than 2")
