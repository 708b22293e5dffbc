"""The decision sheet as PDF: tagged for readers of the screen (PDF/UA-1), the same bytes for the same sheet and fonts.

Belongs here: filling the template, and what to do where a font lacks a script. Does not belong here: content (sheet), looks
(pages/sheet.typ).
"""

from __future__ import annotations

import datetime as dt
import json
import re
from typing import Any

from service.errors import ServiceError
from service.screening.html import PAGES
from service.screening.sheet import View
from service.screening.wording import Words, texts

TEMPLATE = "sheet.typ"
# Every letter of a sheet that may lack a font, alone: a long sheet is not set twice to learn which.
LETTERS = b'#set document(title: "letters")\n#set text(lang: "en")\n= a\n#for one in sys.inputs.letters.codepoints() [#one ]'
ROUNDS = 4  # beside others a letter may still lack what it has alone
LACKING = re.compile(r'the text `"((?:[^"\\]|\\.)+)"` could not be displayed')


def _lacking(diagnostic: str) -> set[str]:
    """The characters that no font at hand can draw, as the compiler names them."""
    found: set[str] = set()
    for text in LACKING.findall(diagnostic):
        found |= set(re.sub(r"\\u\{([0-9a-fA-F]+)\}", lambda code: chr(int(code[1], 16)), text).replace('\\"', '"').replace("\\\\", "\\"))
    return found


def missing(text: str) -> set[str]:
    """The characters of `text` that no installed font has."""
    import typst

    letters = "".join(sorted({letter for letter in text if not letter.isascii()}))
    try:
        typst.compile(LETTERS, sys_inputs={"letters": letters}, format="pdf", pdf_standards=["ua-1"])
    except typst.TypstError as error:
        return _lacking(str(error.diagnostic))
    return set()


def pdf(view: View, words: Words) -> tuple[bytes, list[str]]:
    """The sheet as PDF, and the characters that no installed font has: names in those scripts stand in Latin letters, and say so.

    ServiceError if the compiler refuses for any other reason.
    """
    import typst

    made: dict[str, Any] = {**view, "words": {key: words.set(entry[words.language]) for key, entry in texts().items()}}
    made["words"]["common.semicolon"] = words("common.semicolon")
    lost = missing(json.dumps(made, ensure_ascii=False))
    at = int(dt.datetime.fromisoformat(view["made_at"]).timestamp())
    for _ in range(ROUNDS):
        inputs = {"sheet": json.dumps({**made, "missing": sorted(lost)}, ensure_ascii=False)}
        try:
            found = typst.compile(
                str(PAGES / TEMPLATE), root=str(PAGES), sys_inputs=inputs, format="pdf", pdf_standards=["ua-1"], timestamp=at
            )
        except typst.TypstError as error:
            more = _lacking(str(error.diagnostic)) - lost
            if not more:
                raise ServiceError(f"the PDF cannot be made: {error.message}. Next: take --format html, and report it.") from error
            lost |= more
        else:
            return bytes(found), sorted(lost)
    raise ServiceError("the PDF cannot be made: the fonts at hand lack too many characters. Next: install fonts, or take --format html.")
