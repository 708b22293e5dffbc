"""UK debarment list, from a made-up page that holds what the Act says an entry holds."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest

from pipelines import registry
from pipelines.fetching import ByHand, Http
from pipelines.records import Parsed
from pipelines.sheets import ParseError

Parse = Callable[[str, dict[str, bytes]], Parsed]


def test_excluded_and_excludable_are_told_apart(parse: Parse, made_up: Callable[[str], bytes]) -> None:
    parsed = parse("uk_debarment", {"page.html": made_up("made_up_uk_debarment_page.html")})
    found = {row["name"]: row for row in parsed.tables["listing"].iter_rows(named=True)}
    care, cleaning, catering = (found[f"{name} Ltd"] for name in ("Invented Care", "Made-Up Cleaning", "Invented Catering"))
    assert (care["programme"], care["subject"], care["severity"]) == ("excluded (mandatory ground)", "forced_labour", 4)
    assert (care["aliases"], care["identifiers"]) == (["Made-Up Care Ltd"], ["GB-COH:01234567"])
    assert (care["status"], care["status_note"]) == ("active", "Excluded; from 2026-10-01, until 2031-09-30")
    assert (cleaning["programme"], cleaning["subject"], cleaning["severity"]) == ("excludable (discretionary ground)", "labour_law", 3)
    assert (cleaning["identifiers"], cleaning["delisted_on"]) == (["GB-COH:SC123456"], dt.date(2029, 10, 1))
    assert (catering["status"], catering["programme"], catering["subject"]) == ("removed", None, None)
    assert [(reject.column, reject.value, reject.is_row_kept) for reject in parsed.rejects] == [("status", "Paused", False)]


def test_a_list_without_entries_is_an_answer_and_another_page_is_not(parse: Parse) -> None:
    headings = "".join(f"<th>{text}</th>" for text in ("Supplier", "Status", "Exclusion grounds", "End date"))
    empty = parse("uk_debarment", {"page.html": f"<table><tr>{headings}</tr></table>".encode()})
    assert (empty.tables["listing"].height, empty.rejects) == (0, [])
    with pytest.raises(ParseError, match="no table with the headings"):
        parse("uk_debarment", {"page.html": b"<html><p>There are no suppliers on the list.</p></html>"})
    with pytest.raises(ByHand, match="deeptier import source uk_debarment FILE"):
        registry.source("uk_debarment").fetch(Http("x"))
