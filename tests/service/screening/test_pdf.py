"""The sheet as PDF: tagged, the same bytes each time, and every name readable in it."""

import io
import re

import made_up_screening as made_up
import pypdf
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_html import named

from service.errors import ServiceError
from service.screening import pdf as making
from service.screening.pdf import pdf
from service.screening.sheet import sheet
from service.screening.wording import Words


def text_of(content):
    """All letters of a PDF without blanks and the soft breaks of long words."""
    whole = "".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(content)).pages)
    return re.sub(r"[\s\u00ad\u200b\u2010-]+", "", whole)


def letters(text):
    return re.sub(r"[\s\u00ad\u200b\u2010-]+", "", text)


def test_names_and_sentences_can_be_extracted(view, words):
    found = text_of(pdf(view, words)[0])
    for name in (made_up.SCRIPT, made_up.FORMULA, made_up.TYPST, made_up.LONG, "Xinjiang Tianshan Cotton Textile Co., Ltd."):
        assert letters(name) in found, name
    for key in ("notice.nobody", "notice.absence", "part.searched", "why.not_loaded"):
        assert letters(words(key)) in found, key


def test_it_is_tagged_and_says_its_language_and_title(view, words):
    reader = pypdf.PdfReader(io.BytesIO(pdf(view, words)[0]))
    root = reader.trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"]
    assert "/StructTreeRoot" in root
    assert str(root["/Lang"]).startswith(words.language)
    assert reader.metadata.title == view["file_title"]
    assert b"pdfuaid" in reader.xmp_metadata.stream.get_data()


def test_the_same_screening_gives_the_same_bytes(view, words):
    assert pdf(view, words)[0] == pdf(view, words)[0]


def test_what_no_font_can_draw_stands_in_latin_letters_and_says_so():
    words, name = Words("en"), "\U00013080\U000130a7 𐎠𐎡"  # Egyptian hieroglyphs and Old Persian
    view = named(f"Firm {name}")
    content, missing = pdf(view, words)
    if not missing:
        pytest.skip("the fonts installed here have these scripts")
    found = text_of(content)
    assert letters("Firm") in found
    assert letters(words("sheet.original_not_printed")) in found


@given(st.text(min_size=1, max_size=40))
@settings(max_examples=25, deadline=None)
def test_any_name_makes_a_pdf(name):
    assert pdf(named(name), Words("fr"))[0].startswith(b"%PDF")


def test_a_compiler_that_refuses_is_told_with_a_next_step(view, words, monkeypatch):
    import typst

    def refuse(*_, **__):
        error = typst.TypstError("file not found")
        error.message = error.diagnostic = "file not found"
        raise error

    monkeypatch.setattr(typst, "compile", refuse)
    with pytest.raises(ServiceError, match="--format html"):
        pdf(view, words)


def test_the_compiler_names_the_characters_that_a_font_lacks():
    told = (
        r'error: PDF/UA-1 error: the text `"新"` could not be displayed with font `"A"` ... the text `"\u{1f600}"` could not be displayed'
    )
    assert making._lacking(told) == {"新", "\U0001f600"}


def test_a_long_tender_is_made(words):
    made = made_up.nothing_found(300)
    content, _ = pdf(sheet(made, made.results[0], words), words)
    assert letters("Firm number 299 Ltd") in text_of(content)
