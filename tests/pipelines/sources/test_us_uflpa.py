"""UFLPA Entity List, from a made-up page in the publisher's form."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest

from pipelines.records import Parsed
from pipelines.sheets import ParseError

Parse = Callable[[str, dict[str, bytes]], Parsed]


def test_sections_names_aliases_and_subsidiaries(parse: Parse, made_up: Callable[[str], bytes]) -> None:
    parsed = parse("us_uflpa", {"page.html": made_up("made_up_uflpa_page.html")})
    frame = parsed.tables["listing"]
    rows = {(row["name"], row["programme"]): row for row in frame.iter_rows(named=True)}
    assert set(rows) == {
        ("Made-Up Cotton Co., Ltd.", "UFLPA (i)"), ("Made-Up Cotton Co., Ltd.", "UFLPA (ii)"),
        ("Invented Silicon (Baotou) Co., Ltd.", "UFLPA (i)"), ("Invented Printer Co., Ltd.", "UFLPA (ii)"),
        ("Invented Ink Co., Ltd.", "UFLPA (ii)"), ("Invented Chip Co., Ltd.", "UFLPA (ii)"), ("Made Up Corps", "UFLPA (ii)"),
        ("Invented Food Co., Ltd.", "UFLPA (v)"), ("Made Up Wool Co., Ltd.", "UFLPA (v)"), ("Invented Yarn Co., Ltd.", "UFLPA (v)"),
    }
    cotton = rows["Made-Up Cotton Co., Ltd.", "UFLPA (i)"]
    assert cotton["aliases"] == ["Invented Cotton Co., Ltd.", "Made Up Fibre", "Yuan’an Cotton"]
    assert (cotton["listed_on"], cotton["country"], cotton["status"]) == (dt.date(2022, 6, 21), "CHN", "active")
    assert rows["Invented Food Co., Ltd.", "UFLPA (v)"]["aliases"] == ["Invented Oils", "Invented Cereals, Oils and Foods Co., Ltd."]
    assert rows["Made Up Wool Co., Ltd.", "UFLPA (v)"]["aliases"] == ["Invented Wool Co., Ltd.", "MU Wool"]
    assert rows["Made Up Corps", "UFLPA (ii)"]["aliases"] == ["MUCC"]
    assert rows["Invented Silicon (Baotou) Co., Ltd.", "UFLPA (i)"]["covers_subsidiaries"]
    assert [(reject.column, reject.value) for reject in parsed.rejects] == [
        ("name", "Invented Bracket Co., Ltd. (also known as Never Closed"), ("listed_on", "15 January 2025"),
    ]


PAGE = """<p><strong>Facilities, section <a href="#">2(d)(2)(B)(v)</a></strong></p>
<table><tr><td>Name of Entity</td><td>Effective Date\xa0</td></tr><tr><td>{}</td><td>June 21, 2022</td></tr></table>"""


@pytest.mark.parametrize(
    ("cell", "read"),
    [
        ("Invented Co., Ltd.*", [("Invented Co., Ltd.", None, False)]),
        ("Made-Up Co., Ltd. (and one alias: Made Up) and Subsidiaries", [("Made-Up Co., Ltd.", ["Made Up"], True)]),
        ("Made-Up Co., Ltd. (also known as A Co., Ltd.; and formerly known as B)", [("Made-Up Co., Ltd.", ["A Co., Ltd.", "B"], False)]),
        ("Made-Up Co., Ltd., and its subsidiary Invented Yarn Co., Ltd.",
         [("Invented Yarn Co., Ltd.", None, False), ("Made-Up Co., Ltd.", None, False)]),
        ("Made-Up Co., Ltd. (formerly Old Co., Ltd.)", []),
        ("Made-Up Co., Ltd. (also known as A, B, and C)", []),
        ("Made-Up Co., Ltd. (including one alias: A; and including one former name: B)", []),
    ],
)
def test_what_the_grammar_does_not_cover_goes_to_quarantine(
    parse: Parse, cell: str, read: list[tuple[str, list[str] | None, bool]],
) -> None:
    parsed = parse("us_uflpa", {"page.html": PAGE.format(cell).encode()})
    rows = parsed.tables["listing"].sort("name").select("name", "aliases", "covers_subsidiaries").rows()
    assert rows == read
    assert [reject.value for reject in parsed.rejects] == ([] if read else [cell])


@pytest.mark.parametrize(
    ("page", "message"),
    [
        (b"<html><p>Access denied</p></html>", "block page"),
        (b"<table><tr><th>Name of Entity</th><th>Effective Date</th></tr></table>", "no section of the law"),
    ],
)
def test_another_page_is_refused(parse: Parse, page: bytes, message: str) -> None:
    with pytest.raises(ParseError, match=message):
        parse("us_uflpa", {"page.html": page})
