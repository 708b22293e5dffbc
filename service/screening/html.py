"""The decision sheet as one HTML file: no script, nothing fetched, every text escaped.

Belongs here: filling the template. Does not belong here: content (sheet), looks (pages/sheet.css).
"""

from __future__ import annotations

import base64
import hashlib
from functools import lru_cache
from pathlib import Path

import jinja2

from service.screening.sheet import View
from service.screening.wording import Words

PAGES = Path(__file__).parents[1] / "pages"


@lru_cache
def environment() -> jinja2.Environment:
    """Templates of the pages: all escaped, and a value that is not there is an error and not a blank."""
    loader = jinja2.FileSystemLoader(PAGES)
    return jinja2.Environment(loader=loader, autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True)


def html(view: View, words: Words) -> str:
    """The sheet as HTML. Same view, same text."""
    style = (PAGES / "sheet.css").read_text(encoding="utf-8")
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    return environment().get_template("sheet.html.j2").render(**view, w=words, style=style, style_hash=digest)
