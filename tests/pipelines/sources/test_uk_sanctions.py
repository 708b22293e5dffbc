"""UK Sanctions List, from made-up files in the publisher's two forms."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from pipelines import registry, snapshot, staged
from pipelines.records import Parsed
from pipelines.registry import Guards
from pipelines.sheets import ParseError

Parse = Callable[[str, dict[str, bytes]], Parsed]
MadeUp = Callable[[str], bytes]


def test_lines_of_the_csv_are_grouped_by_unique_id(parse: Parse, made_up: MadeUp) -> None:
    parsed = parse("uk_sanctions", {"list.csv": made_up("made_up_uk_sanctions.csv")})
    boats, person, ship, atlantis = parsed.tables["listing"].iter_rows(named=True)
    assert (boats["listing_id"], boats["name"]) == ("uk_sanctions:MAD0001", "MADE UP BOATS CO LTD")
    assert boats["aliases"] == ["Made Up Marine", "Made Up Boat Works", "Oddly Graded Boats", "虚构船舶有限公司"]  # no weak alias
    assert (boats["subject"], boats["listed_on"], boats["country"]) == ("human_trafficking", dt.date(2025, 7, 23), "CHN")
    assert boats["address"] == "1 Invented Road, Weihai, 264200, China | 2 Invented Road, Hong Kong"
    assert boats["identifiers"] == ["RU-INN:7700000001", "REG:1027700000002"]
    assert boats["reason"] == "Asset freeze; Director Disqualification Sanction. Made-up supplier of boats & engines."
    assert (ship["entity_type"], ship["identifiers"], ship["subject"]) == ("vessel", ["IMO:9187629"], "sanctions")
    assert (atlantis["country"], atlantis["listed_on"], atlantis["status_note"]) == (None, None, "designated 31/31/2024 (not a date)")
    assert [(reject.line, reject.column, reject.value, reject.is_row_kept) for reject in parsed.rejects] == [
        (13, "id", None, False), (3, "strength", "So-so", True), (11, "entity_type", "Balloon", False),
        (12, "designated", "31/31/2024", True), (12, "country", "Atlantis", True), (12, "numbers", "not known", True),
    ]
    assert (person["entity_type"], person["subject"], person["country"]) == ("person", "human_rights", "CHN")


def test_of_a_person_only_what_matching_needs_is_kept(parse: Parse, made_up: MadeUp) -> None:
    parsed = parse("uk_sanctions", {"list.csv": made_up("made_up_uk_sanctions.csv")})
    person = parsed.tables["listing"].row(1, named=True)
    assert (person["name"], person["address"], person["place"], person["identifiers"]) == ("Nobody At All INVENTED", None, None, None)
    assert person["reason"] == "Asset freeze; Travel Ban"
    assert not any(text in f"{person} {parsed.rejects}" for text in ("1960", "P000", "said to have done"))


@pytest.mark.parametrize(
    ("told", "day", "note"),
    [
        ("23/07/2025", dt.date(2025, 7, 23), None),
        ("dd/mm/2021", None, "designated dd/mm/2021 (day not stated)"),
        ("dd/07/2021", None, "designated dd/07/2021 (day not stated)"),
        ("00/00/2021", None, "designated 00/00/2021 (day not stated)"),
        ("", None, "day of designation not stated"),
    ],
)
def test_no_day_is_made_up(parse: Parse, made_up: MadeUp, told: str, day: dt.date | None, note: str | None) -> None:
    content = made_up("made_up_uk_sanctions.csv").replace(b"23/07/2025", told.encode())
    row = parse("uk_sanctions", {"list.csv": content}).tables["listing"].row(0, named=True)
    assert (row["listed_on"], row["status_note"]) == (day, note)


def test_entries_of_the_xml(parse: Parse, made_up: MadeUp) -> None:
    parsed = parse("uk_sanctions", {"list.xml": made_up("made_up_uk_sanctions.xml")})
    boats, ship = parsed.tables["listing"].iter_rows(named=True)
    assert (boats["name"], boats["aliases"]) == ("MADE UP BOATS CO LTD", ["Made Up Marine", "虚构船舶有限公司"])
    assert (boats["subject"], boats["place"], boats["identifiers"]) == ("human_trafficking", "Weihai", ["REG:BR-990011"])
    assert boats["reason"] == "Asset freeze; Director Disqualification Sanction. Made-up supplier of boats."
    assert (ship["listing_id"], ship["entity_type"], ship["identifiers"]) == ("uk_sanctions:MAD0003", "vessel", ["IMO:9187629"])
    assert [(reject.line, reject.column) for reject in parsed.rejects] == [(1, "Novelty"), (3, "id")]


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("list.csv", b"Report Date: 05-Oct-2026\nGroup ID,Name 6,Regime\n1,MADE UP,Syria\n", "no heading Unique ID"),
        ("list.csv", b"Report Date: 05-Oct-2026\nUnique ID,Name 6\nMAD0001,MADE UP\n", "lacks column Name 1"),
        ("list.csv", b"<!DOCTYPE html><html><p>Not found</p></html>", "DTDForbidden|begins with <html>"),
        ("list.xml", b"<Designations><Designation><UniqueID>MAD0001</UniqueID>", "not whole XML"),
        ("list.xml", b'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/hostname">]><Designations>&a;</Designations>', "DTDForbidden"),
        ("list.xml", b"<CONSOLIDATED_LIST/>", "begins with <CONSOLIDATED_LIST>"),
    ],
)
def test_a_file_that_is_not_whole_or_another_is_refused(parse: Parse, name: str, content: bytes, message: str) -> None:
    with pytest.raises(ParseError, match=message):
        parse("uk_sanctions", {name: content})


def test_a_csv_that_is_cut_short_is_refused(parse: Parse, made_up: MadeUp) -> None:
    with pytest.raises(ParseError, match="ends within a line"):
        parse("uk_sanctions", {"list.csv": made_up("made_up_uk_sanctions.csv")[:-40]})


def test_a_designation_that_is_gone_is_shown_as_removed(tmp_path: Path, made_up: MadeUp) -> None:
    source = replace(registry.source("uk_sanctions"), guards=Guards("listing", 1, 9000, 0.6))
    whole = made_up("made_up_uk_sanctions.csv")
    kept = b"\n".join(line for line in whole.split(b"\n") if b"MAD0003" not in line)
    for day, content in ((1, whole), (8, kept)):
        assert snapshot.archive(tmp_path, source, {"list.csv": content}, dt.date(2026, 10, day)).verdict == "good"
    found = staged.stage_source(source, tmp_path, dt.date(2026, 10, 9)).tables["listing"]
    status = dict(found.select("listing_id", "status").iter_rows())
    assert (status["uk_sanctions:MAD0003"], status["uk_sanctions:MAD0001"]) == ("removed", "active")
    ship = next(row for row in found.iter_rows(named=True) if row["listing_id"] == "uk_sanctions:MAD0003")
    assert ship["delisted_on"] == dt.date(2026, 10, 8)
