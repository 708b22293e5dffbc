"""Numbers of registers: one scheme and one spelling for each, and whether the check digit agrees.

Belongs here: LEI, tax and company numbers under the scheme codes of org-id.guide, DUNS, IMO. Check digits are python-stdnum's.
Does not belong here: what a shared number means for a match (probability.py).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any

import polars as pl
import pycountry
from stdnum import get_cc_module, imo, lei

from data import model
from data.procurement import Identifier
from pipelines import normalise

UNKNOWN = "?"  # scheme of a number of which nothing more is said
_SPLIT = re.compile(r"^\s*([A-Za-z][A-Za-z0-9_. -]{1,24}?)\s*:\s*(.+)$")
_PLACEHOLDERS = frozenset({"NA", "NONE", "NULL", "UNKNOWN", "TBD", "XXX", "NIL", "TEST", "PENDING"})


@lru_cache
def schemes() -> dict[str, dict[str, Any]]:
    """From identifier_schemes.yml: `names` it goes by, `check` (country and module of python-stdnum), `is_single`, `root` of the number."""
    found: dict[str, dict[str, Any]] = model.read_yaml(Path(__file__).with_name("identifier_schemes.yml"))
    return found


@lru_cache
def _names() -> dict[str, str]:
    return {_key(name): code for code, entry in schemes().items() for name in (code, *entry.get("names", []))}


def _key(name: str) -> str:
    return re.sub(r"[^A-Z0-9]", "", name.upper())


@lru_cache
def _check(code: str) -> Callable[[str], bool] | None:
    named = schemes().get(code, {}).get("check")
    if named is None:
        return None
    if named in ("lei", "imo"):
        check: Callable[[str], bool] = {"lei": lei, "imo": imo}[named].is_valid
        return check
    country, name = named.split(".")
    module = get_cc_module(country, name)
    found: Callable[[str], bool] | None = module.is_valid if module else None
    return found


@lru_cache
def _alpha_2(country: str | None) -> str | None:
    entry = pycountry.countries.get(alpha_3=normalise.country(country) or "") if country else None
    return str(entry.alpha_2) if entry else None


def _scheme(name: str | None, country: str | None, value: str) -> str:
    """The code of a scheme; a plain `VAT` or `TIN` needs the country; a number that is a valid LEI needs nothing."""
    key = _key(name or "")
    if key in _names():
        return _names()[key]
    two = _alpha_2(country)
    if two and key:
        for candidate in (f"{two}{key}", f"{two}TAX" if key in ("TAX", "TAXID", "TIN", "TAXIDENTIFICATIONNUMBER") else ""):
            if candidate in _names():
                return _names()[candidate]
    if not key and len(value) == 20 and lei.is_valid(value):
        return "LEI"
    if not key and two and f"{two}TAX" in _names():
        code = _names()[f"{two}TAX"]
        check = _check(code)
        if check is not None and _holds(check, value):
            return code
    if re.fullmatch(r"[A-Z]{2}[A-Z0-9]{1,20}", key) and name and re.match(r"^[A-Za-z]{2}[-_]", name):
        return name.upper().replace("_", "-").strip()
    return key or UNKNOWN


def _holds(check: Callable[[str], bool], value: str) -> bool:
    try:
        return bool(check(value))
    except Exception:  # a number that a checker cannot read is not valid
        return False


@lru_cache(maxsize=100_000)
def normal(value: str, country: str | None = None, scheme: str | None = None) -> Identifier:
    """The number under its scheme's code, without spaces and signs. `is_valid`: null where the scheme has no check digit or is not known.

    In: a bare number, or `SCHEME:ID`; `country` a code or name, which says what a plain `VAT` or `TIN` is. ValueError: nothing to compare.
    """
    if scheme is None and (split := _SPLIT.match(value)):
        scheme, value = split[1], split[2]
    number = _key(value)
    if not number or number in _PLACEHOLDERS or set(number) <= {"0"} or (len(set(number)) == 1 and len(number) > 3):
        raise ValueError(f"{value!r} is no identifier: nothing of it can be compared.")
    code = _scheme(scheme, country, number)
    entry = schemes().get(code, {})
    prefix = entry.get("prefix")
    if prefix and number.startswith(prefix) and len(number) > len(prefix) + 4:
        number = number.removeprefix(prefix)
    if (width := entry.get("width")) and number.isdigit():
        number = number.zfill(width)
    check = _check(code)
    is_valid = _holds(check, (prefix or "") + number if entry.get("check_with_prefix") else number) if check else None
    return Identifier(scheme=code, id=number, is_valid=is_valid)


def key(identifier: Identifier) -> str:
    """`SCHEME:ID`, the text two parties' numbers are joined on."""
    return f"{identifier.scheme or UNKNOWN}:{identifier.id}"


def _key_of(value: str, country: str | None, scheme: str | None) -> tuple[str | None, bool | None, str | None]:
    try:
        found = normal(value, country, scheme)
    except ValueError:
        return None, None, None
    root = schemes().get(found.scheme or "", {}).get("root")
    single = schemes().get(found.scheme or "", {}).get("is_single", False)
    owner = f"{found.scheme}:{found.id[:root] if root else found.id}" if single else None
    return key(found), found.is_valid, owner


def keys(frame: pl.DataFrame) -> pl.DataFrame:
    """`frame` with `key` String (`BR-CNPJ:...`; null where nothing can be compared), `is_valid` Boolean|null and `owner` String|null.

    In: `identifier` String (a number, or `SCHEME:ID`), optional `country` and `scheme`. `owner` is the part of a number of which a
    party has only one (the first eight digits of a CNPJ): two that differ under one scheme are two parties. Same height and order.
    """
    asked = frame.select(
        "identifier",
        *(pl.col(name) if name in frame.columns else pl.lit(None, dtype=pl.String).alias(name) for name in ("country", "scheme")),
    )
    distinct = asked.unique(maintain_order=True)
    found = [(None, None, None) if row[0] is None else _key_of(*row) for row in distinct.iter_rows()]
    table = pl.DataFrame(found, schema={"key": pl.String, "is_valid": pl.Boolean, "owner": pl.String}, orient="row")
    known = pl.concat([distinct, table], how="horizontal")
    joined = asked.join(known, on=["identifier", "country", "scheme"], how="left", nulls_equal=True, maintain_order="left")
    return frame.with_columns(joined.select("key", "is_valid", "owner").get_columns())
