"""The sheet as HTML: whole without anything from outside, readable by machines that read aloud, and no name becomes markup."""

import re

import lxml.html
import made_up_screening as made_up
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.screening.html import PAGES, html
from service.screening.sheet import ROWS_WHOLE, sheet
from service.screening.spans import clean
from service.screening.wording import Words


def page(view, words):
    return lxml.html.document_fromstring(html(view, words).encode(), parser=lxml.html.HTMLParser(encoding="utf-8"))


def named(name):
    """The sheet of one tenderer of this name."""
    made = made_up.nothing_found()
    row = made.results[0].tenderers[0]
    one = row.tenderer.organisation.model_copy(update={"name": name})
    row = row.model_copy(update={"tenderer": row.tenderer.model_copy(update={"organisation": one})})
    result = made.results[0].model_copy(update={"tenderers": [row], "process": made.results[0].process.model_copy(update={"title": name})})
    return sheet(made, result, Words("en"))


def test_names_never_become_markup(view, words):
    text = html(view, words)
    assert "<script" not in text
    found = page(view, words).text_content()
    for name in (made_up.SCRIPT, made_up.FORMULA, made_up.TYPST, made_up.LONG.strip()):
        assert " ".join(name.split()) in found


@given(st.text(min_size=1, max_size=60))
@settings(max_examples=60, deadline=None)
def test_any_name_is_shown_as_text_and_adds_no_element(name):
    words = Words("en")
    plain, other = page(named("Firm"), words), page(named(name), words)
    extra = {"span", "bdi"}  # Latin letters beside another script; "no name given"
    tags = [[one.tag for one in found.iter() if one.tag not in extra] for found in (plain, other)]
    assert tags[0] == tags[1]
    shown = other.xpath("//tbody/tr/th[@scope='row']")[0].text_content()
    assert clean(name) in shown or not clean(name)


def test_nothing_is_fetched_and_nothing_runs(view, words):
    found = page(view, words)
    policy = found.xpath("//meta[@http-equiv='Content-Security-Policy']/@content")[0]
    assert policy.startswith("default-src 'none'")
    assert found.xpath("//script|//link|//img|//iframe|//*[@src]|//*[@style]|//@*[starts-with(name(),'on')]") == []
    assert "url(" not in html(view, words)
    assert all(target.startswith(("#", "https://")) for target in found.xpath("//@href"))


def test_landmarks_headings_tables_and_languages(view, words):
    found = page(view, words)
    assert found.get("lang") == words.language
    assert [len(found.xpath(f"//{name}")) for name in ("header", "main", "nav", "footer", "h1")] == [1, 1, 1, 1, 1]
    levels = [int(one.tag[1]) for one in found.iter("h1", "h2", "h3", "h4", "h5")]
    assert all(after - before <= 1 for before, after in zip(levels, levels[1:], strict=False)), levels
    assert found.xpath("//th[not(@scope)]") == []
    assert all(table.xpath(".//th[@scope='col']") and table.xpath(".//th[@scope='row']") for table in found.xpath("//table"))
    ids = found.xpath("//@id")
    assert len(ids) == len(set(ids))
    assert {target[1:] for target in found.xpath("//a/@href") if target.startswith("#")} <= set(ids)
    assert {"zh", "ar", "hy"} <= set(found.xpath("//bdi/@lang"))
    assert set(found.xpath("//bdi[@lang='ar']/@dir")) == {"rtl"}


def luminance(colour):
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("name", ["ink", "soft", "mark", "blue"])
@pytest.mark.parametrize("ground", ["#ffffff", "tint"])
def test_every_colour_of_text_keeps_seven_to_one(name, ground):
    colours = dict(re.findall(r"--(\w+): (#[0-9a-f]{6})", (PAGES / "sheet.css").read_text(encoding="utf-8")))
    light, dark = luminance(colours.get(ground, ground)), luminance(colours[name])
    assert (light + 0.05) / (dark + 0.05) >= 7


def test_names_stand_in_their_own_script_and_in_latin_letters(view, words):
    found = page(view, words).text_content()
    for name, letters in ((made_up.ZH, "Xin Jiang Tian Shan"), (made_up.AR, "shrkh"), (made_up.HY, "Haykakan")):
        assert name in found
        assert letters in found


def test_the_sheet_says_what_it_is_not_before_anything_is_found(view, words):
    text = page(view, words).text_content()
    assert text.index(words("notice.nobody")) < text.index(words("part.summary"), text.index(words("notice.nobody")))
    for key in ("no_score", "absence", "hear", "context"):
        assert words(f"notice.{key}") in text
    assert words("fact.share", share={"en": "at most 35.7\u00a0%", "fr": "au plus 35,7\u00a0%"}[words.language]) in text


def test_nothing_found_is_never_called_clear(words):
    made = made_up.nothing_found()
    text = page(sheet(made, made.results[0], words), words).text_content()
    assert words("standing.nothing_found") in text
    assert words("notice.absence") in text
    assert not re.search(r"\bclear(ed)?\b|blanchi|sans risque|compliant|irréprochable", text, re.I)


def test_stale_and_unsearched_lists_are_named_with_the_reason(view, words):
    text = page(view, words).text_content()
    for key in ("searched.state.stale", "searched.unsearched", "why.older_than_allowed", "why.not_loaded"):
        assert words(key) in text


def test_a_tender_of_five_thousand_stays_one_table(words):
    made = made_up.nothing_found(5000)
    view = sheet(made, made.results[0], words)
    parts = {part["key"]: part["is"] for part in view["parts"]}
    assert "tenderers" not in parts
    assert len(parts["nothing"]["rows"]) == 5000
    assert len(parts["summary"]["tables"][0]["rows"]) <= ROWS_WHOLE
    assert words.number(5000) in parts["summary"]["tables"][0]["others"]


def test_the_same_screening_gives_the_same_text(view, words):
    again = made_up.screening()
    assert html(view, words) == html(sheet(again, again.results[0], words), words)
