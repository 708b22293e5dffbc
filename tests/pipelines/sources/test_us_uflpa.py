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
