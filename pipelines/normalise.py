"""One reading of countries, regions, currencies, HS codes, LEIs, code lists and yes/no, for uploads and sources alike.

Every function takes and returns polars Series of the same length; what is not understood becomes null, so that the caller can say
which value was refused. Work is done once per distinct value. `dates` and `numbers`, which need the whole column, come from numerals.py.
"""

from __future__ import annotations

import gettext
import re
import unicodedata
from collections.abc import Callable, Iterable
from functools import lru_cache

import polars as pl
import pycountry

from data import model
from pipelines.numerals import Parsed as Parsed
from pipelines.numerals import UnclearColumn as UnclearColumn
from pipelines.numerals import dates as dates
from pipelines.numerals import numbers as numbers

_LETTERS = str.maketrans(
    {"œ": "oe", "æ": "ae", "ø": "o", "ł": "l", "đ": "d", "ð": "d", "ı": "i", "ə": "e", "&": " and ", "'": " ", "’": " "}
)
_ARTICLES = ("the ", "la ", "le ", "les ", "l ")
# Words for the kind of a region, dropped only when the name as written is not known.
_REGION_WORDS = frozenset(
    """
    the of de la du des del d province provincia provinsi provinces prov state estado etat states region regiao regional
    departement department departamento governorate gouvernorat muhafazah district distrito oblast krai kray republic respublika
    prefecture county voivodeship wojewodztwo municipality municipio special sheng shi zizhiqu sar autonomous autonoma territory
    federal wilaya emirate canton division capital changwat uyghur uygur zhuang zhuangzu hui huizu rayon kabupaten
    """.split()  # noqa: SIM905  (a list of words reads better so)
)
_YES = frozenset(("yes", "y", "oui", "o", "true", "vrai", "t", "1", "x", "ja", "si"))
_NO = frozenset(("no", "n", "non", "false", "faux", "f", "0", "nein"))


def fold(text: str) -> str:
    """`text` without accents, case and punctuation, words one space apart: the key under which names are compared."""
    plain = unicodedata.normalize("NFKD", text.casefold().translate(_LETTERS))
    kept = "".join(c if c.isalnum() else " " for c in plain if not unicodedata.combining(c))
    return " ".join(kept.translate(_LETTERS).split())


def by_distinct(series: pl.Series, read: Callable[[str], str | None]) -> pl.Series:
    """`read` applied once per distinct text of `series`; String, null where `read` gives None."""
    text = series.cast(pl.String)
    distinct = text.drop_nulls().unique()
    found = [read(value) for value in distinct]
    return text.replace_strict(distinct, pl.Series(found, dtype=pl.String), default=None, return_dtype=pl.String).alias(series.name)


def _french(domain: str) -> Callable[[str], str]:
    return gettext.translation(domain, pycountry.LOCALES_DIR, languages=["fr"], fallback=True).gettext


def _names(vocabulary: str) -> Iterable[tuple[str, str]]:
    for code in model.vocabulary(vocabulary).codes.values():
        yield from ((name, code.code) for name in (code.code, code.en, code.fr, *code.synonyms))


@lru_cache
def _country_names() -> dict[str, str]:
    french = _french("iso3166-1")
    known: dict[str, str] = {}
    for name, code in _names("country_name"):
        known.setdefault(fold(name), code)
    countries = sorted(pycountry.countries, key=lambda c: str(c.alpha_3))
    for entry in countries:
        known |= {entry.alpha_2.casefold(): entry.alpha_3, entry.alpha_3.casefold(): entry.alpha_3, entry.numeric: entry.alpha_3}
    for translate in (str, french):  # English names win over French ones
        for entry in countries:
            for kind in ("name", "official_name", "common_name"):
                name = translate(getattr(entry, kind, "") or "")
                turned = " ".join(reversed(name.split(", ", 1)))  # "Tanzania, United Republic of"
                for key in filter(None, (fold(name), fold(turned))):
                    known.setdefault(key, entry.alpha_3)
    return known


def country(text: str) -> str | None:
    """ISO 3166-1 alpha-3 of a code or a name in English or French; null if unknown or unclear ('Korea')."""
    key = fold(text)
    if key.isdigit():
        key = key.zfill(3)  # spreadsheets drop the leading zeros of numeric codes
    known = _country_names()
    if key in known:
        return known[key]
    bare = next((key.removeprefix(article) for article in _ARTICLES if key.startswith(article)), key)
    return known.get(bare) or known.get(key.replace(" ", "")) if bare else None


def countries(series: pl.Series) -> pl.Series:
    """ISO 3166-1 alpha-3 codes (and XKX) of codes or names; null where not understood."""
    return by_distinct(series, country)


@lru_cache
def _subdivision_names() -> tuple[frozenset[str], dict[tuple[str, str], str | None]]:
    """All codes, and (alpha-2, folded name) -> code, None where two regions of one country share the name."""
    french = _french("iso3166-2")
    known: dict[tuple[str, str], str | None] = {}
    rank: dict[tuple[str, str], int] = {}

    def add(alpha_2: str, key: str, code: str, weight: int) -> None:
        place = (alpha_2, key)
        if not key or rank.get(place, 9) < weight or known.get(place) == code:
            return
        known[place] = None if rank.get(place) == weight else code
        rank[place] = weight

    for name, code in _names("subdivision_name"):
        add(code[:2], fold(name), code, 0)
    entries = sorted(pycountry.subdivisions, key=lambda s: str(s.code))
    for entry in entries:
        add(entry.country_code, fold(entry.code.split("-", 1)[1]), entry.code, 1)
        names = [part for text in {entry.name, french(entry.name)} for part in (text, *re.split(r"[\[\](/]", text))]
        nested = 4 if entry.type == "Geographical unit" else 3 if entry.parent_code else 2  # a region wins over its own parts
        for name in names:
            add(entry.country_code, fold(name), entry.code, nested)
            add(entry.country_code, _bare(name), entry.code, nested + 3)
    return frozenset(entry.code for entry in entries), known


def _bare(name: str) -> str:
    return " ".join(word for word in fold(name).split() if word not in _REGION_WORDS)


@lru_cache(maxsize=100_000)
def subdivision(text: str, iso3: str | None) -> str | None:
    """ISO 3166-2 code of a code or name within country `iso3`; without a country only a full code ('CN-XJ') is understood."""
    codes, names = _subdivision_names()
    found = pycountry.countries.get(alpha_3=iso3) if iso3 else None
    alpha_2 = found.alpha_2 if found else None
    code = text.strip().upper().replace("_", "-")
    if code in codes:
        return code if iso3 is None or code[:2] == alpha_2 else None
    if alpha_2 is None:
        return None
    return names.get((alpha_2, fold(text))) or names.get((alpha_2, _bare(text)))


def subdivisions(series: pl.Series, country: pl.Series) -> pl.Series:
    """ISO 3166-2 codes of `series`, each read within the alpha-3 `country` beside it; null where not understood."""
    pairs = pl.DataFrame({"text": series.cast(pl.String), "iso3": country.cast(pl.String)})
    distinct = pairs.drop_nulls("text").unique()
    codes = [subdivision(text, iso3) for text, iso3 in distinct.rows()]
    distinct = distinct.with_columns(pl.Series("code", codes, dtype=pl.String))
    return pairs.join(distinct, on=["text", "iso3"], how="left", nulls_equal=True, maintain_order="left")["code"].alias(series.name)


@lru_cache
def _currency_names() -> dict[str, str]:
    french = _french("iso4217")
    known = {"€": "EUR", "us$": "USD", "usd$": "USD", "₹": "INR", "৳": "BDT", "₱": "PHP", "₫": "VND", "฿": "THB"}
    entries = [c for c in pycountry.currencies if c.alpha_3 not in ("XXX", "XTS")]
    known |= {c.alpha_3.casefold(): c.alpha_3 for c in entries}
    for c in entries:
        for name in (c.name, french(c.name)):
            known.setdefault(fold(name), c.alpha_3)
    return known


def currency(text: str) -> str | None:
    """ISO 4217 code of a code, a full name or a sign that stands for one currency alone ('$' does not)."""
    known = _currency_names()
    return known.get(text.strip().casefold()) or known.get(fold(text))


def currencies(series: pl.Series) -> pl.Series:
    """ISO 4217 codes; null where not understood."""
    return by_distinct(series, currency)


@lru_cache(maxsize=100_000)
def hs_code(text: str) -> str | None:
    """HS code of 2, 4 or 6 digits: dots and spaces out, national digits cut, zeros lost in a spreadsheet restored."""
    value = re.sub(r"^(hs|sh|hts|cn)\s*:?\s*", "", text.strip(), flags=re.IGNORECASE)
    if re.fullmatch(r"\d{3,4}\.\d", value):
        value += "0"  # 1511.90 kept as the number 1511.9
    value = re.sub(r"[\s.\-]", "", value)
    if not re.fullmatch(r"[0-9]{1,10}", value):
        return None
    value = (value.zfill(len(value) + len(value) % 2))[:6]
    return value if 1 <= int(value[:2]) <= 97 and value[:2] != "77" else None  # chapter 77 is reserved, 98 and 99 are national


def hs_codes(series: pl.Series) -> pl.Series:
    """HS codes of 2, 4 or 6 digits; null where not one."""
    return by_distinct(series, hs_code)


def hs_list(text: str) -> list[str] | None:
    """The HS codes of a cell that may name several (semicolons, commas, bars or line breaks between); None if one is not a code."""
    parts = [part for part in re.split(r"[;,|\n]", text) if part.strip()]
    found = [hs_code(part) for part in parts]
    return None if not parts or None in found else list(dict.fromkeys(code for code in found if code))


def lei(text: str) -> str | None:
    """A Legal Entity Identifier in capitals if its check digits hold (ISO 17442, ISO 7064 mod 97-10)."""
    code = re.sub(r"[\s\-]", "", text).upper()
    valid = re.fullmatch(r"[A-Z0-9]{18}[0-9]{2}", code) and int("".join(str(int(c, 36)) for c in code)) % 97 == 1
    return code if valid else None


def leis(series: pl.Series) -> pl.Series:
    """Valid LEIs; null where the check digits fail."""
    return by_distinct(series, lei)


def boolean(text: str) -> bool | None:
    """Yes or no in English, French, as 1 and 0, or as a cross for yes."""
    key = fold(text)
    return True if key in _YES or text.strip() in ("✓", "✔") else False if key in _NO else None


def booleans(series: pl.Series) -> pl.Series:
    """Boolean; null where neither yes nor no is meant."""
    return by_distinct(series, lambda text: {True: "1", False: "0", None: None}[boolean(text)]) == "1"


@lru_cache
def code_names(vocabulary: str) -> dict[str, str]:
    """Folded code, label and synonym -> code in force; a code wins over a label, a label over a synonym."""
    entries = model.vocabulary(vocabulary).codes.values()
    known: dict[str, str] = {}
    for names in (lambda c: (c.code,), lambda c: (c.en, c.fr), lambda c: c.synonyms):
        for entry in entries:
            for name in names(entry):
                known.setdefault(fold(str(name)), entry.replaced_by or entry.code)
    return known


def codes(series: pl.Series, vocabulary: str) -> pl.Series:
    """Codes of `vocabulary`, from code, label in English or French, or synonym; null where none."""
    known = code_names(vocabulary)
    return by_distinct(series, lambda text: known.get(fold(text)))
