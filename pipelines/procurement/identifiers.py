"""Numbers of registers: the register's code, the check digit where one is known, and the country that a register belongs to.

Does not belong here: comparing identifiers (pipelines/resolution).
"""

from __future__ import annotations

import importlib
import re
from functools import lru_cache
from typing import Any

from data import model
from data.procurement import Identifier
from pipelines import normalise
from pipelines.normalise import fold

_ORG_ID = re.compile(r"([A-Z]{2})-[A-Z0-9]+")  # org-id.guide: country, then register
_WITH_SCHEME = re.compile(r"\s*([^:=]{2,80}?)\s*[:=]\s*(\S.*)")


def with_scheme(text: str) -> tuple[str | None, str]:
    """Scheme and number of `LEI:5493...`; no scheme where the text is a number alone."""
    match = _WITH_SCHEME.fullmatch(text)
    return (match[1], match[2].strip()) if match and not fold(match[1]).isdigit() else (None, text.strip())


def identifier(scheme: str | None, number: str) -> Identifier:
    """An identifier with the register's code where it is known, else the scheme as written."""
    code = normalise.code_names("identifier_scheme").get(fold(scheme)) if scheme else None
    return Identifier(scheme=code or scheme, id=number, is_valid=_is_valid(code, number) if code else None)


@lru_cache
def _check(code: str) -> Any:
    name = model.vocabulary("identifier_scheme").codes[code].values.get("check")
    return importlib.import_module(f"stdnum.{name}") if name else None


def _is_valid(code: str, number: str) -> bool | None:
    check = _check(code)
    return None if check is None else bool(check.is_valid(number))


@lru_cache(maxsize=10_000)
def scheme_country(scheme: str | None) -> str | None:
    """ISO 3166-1 alpha-3 of the country whose register it is: by the vocabulary, or the first letters of an org-id code."""
    if scheme is None:
        return None
    known = model.vocabulary("identifier_scheme").codes.get(scheme)
    if known is not None:
        return known.values.get("country")
    match = _ORG_ID.fullmatch(scheme.strip())
    return normalise.country(match[1]) if match else None
