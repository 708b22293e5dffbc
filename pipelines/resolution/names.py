"""Names made comparable: case, accents, script, punctuation, legal forms, abbreviations, numbers and titles, for whole columns at once.

Belongs here: `prepared`, from a name as written to the words that are compared. The words themselves are in legal_forms.yml and words.yml,
and what each weighs in model/tokens.csv. Does not belong here: comparing two names (alignment.py, compare.py).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache, lru_cache

import polars as pl
from anyascii import anyascii

from pipelines.resolution import vocabulary

LONGEST = 2_000  # characters of a name that are compared
_INITIALS = re.compile(r"\b([a-z]) (?=[a-z]\b)")
_POINTED = re.compile(r"\b[a-z](?:\. ?[a-z])+\b\.?(?![a-z])")
# Scripts that write a syllable, a word or a consonant alone with each sign, so that one sign is much of a name.
_DENSE = r"[\p{Arabic}\p{Hebrew}\p{Hangul}\p{Han}\p{Hiragana}\p{Katakana}]"
_LEGAL = 0.1  # of what a word tells, a legal form tells
_KEPT = r"[^a-z0-9]+"


def _latin(name: pl.Expr) -> pl.Expr:
    """In Latin letters without accents. Python is called once per distinct name that is not ASCII."""
    native = vocabulary.native()
    ours = name.str.replace_many(list(native), list(native.values()), leftmost=True)
    return ours.map_batches(_transliterated, return_dtype=pl.String)


def _transliterated(names: pl.Series) -> pl.Series:
    distinct = names.drop_nulls().unique()
    spoken = pl.Series([anyascii(name) for name in distinct], dtype=pl.String)
    return names.replace_strict(distinct, spoken, return_dtype=pl.String) if distinct.len() else names


def _by_name(text: pl.Series, needed: str, change: Callable[[str], str]) -> pl.Series:
    """`change` applied to the texts in which `needed` is found."""
    found = text.str.contains(needed).fill_null(False)
    if not found.any():
        return text
    return text.scatter(found.arg_true(), pl.Series([change(value) for value in text.filter(found)], dtype=pl.String))


def _without_points(text: pl.Series) -> pl.Series:
    """`V L.P.` as `V LP`, `S. A. de C.V.` as `SA de CV`; text in lower case."""
    return _by_name(text, r"\b[a-z]\. ?[a-z]\b", lambda value: _POINTED.sub(lambda found: re.sub(r"[. ]", "", found[0]) + " ", value))


def _drawn_together(text: pl.Series) -> pl.Series:
    """`s a de c v` as `sa de cv`."""
    return _by_name(text, r"\b[a-z] [a-z]\b", lambda value: _INITIALS.sub(r"\1", value))


def _words(name: pl.Expr) -> pl.Expr:
    """Words of ASCII letters and digits, one space apart."""
    text = name.str.replace_all(r"['’]s\b", "").str.replace_all(r"['’`´\"]", "").str.replace_all(r"\b([a-z])/([a-z])\b", "$1$2")
    text = text.str.replace_all("&", " and ", literal=True).str.replace_all("%", " percent ", literal=True)
    return text.str.replace_all(_KEPT, " ").str.strip_chars()


@cache
def _phrases(table: Callable[[], dict[str, str]]) -> tuple[pl.Expr, pl.Expr]:
    """What is replaced and by what, longest first."""
    known = table()
    phrases = sorted(known, key=lambda phrase: (-phrase.count(" "), -len(phrase), phrase))
    sides = (phrases, [known[phrase] for phrase in phrases])
    before, after = (pl.lit(pl.Series([[" " + text.replace(" ", "  ") + " " for text in side]])) for side in sides)
    return before, after


def _spelt(text: pl.Expr, table: Callable[[], dict[str, str]]) -> pl.Expr:
    """Every phrase of `table` replaced by its one spelling, longest first; only whole words."""
    wide = pl.lit("  ") + text.str.replace_all(" ", "  ", literal=True) + pl.lit("  ")
    return wide.str.replace_many(*_phrases(table), leftmost=True).str.replace_all(r"\s+", " ").str.strip_chars()


def _joined(words: pl.Expr) -> pl.Expr:
    return words.list.join(" ")


def _kept(words: pl.Expr, kept: pl.Expr, least: int = 1) -> pl.Expr:
    """The words that pass, or all of them where fewer than `least` would be left."""
    fewer = words.list.filter(kept)
    return pl.when(fewer.list.len() >= least).then(fewer).otherwise(words)


def _organisations(frame: pl.DataFrame) -> pl.DataFrame:
    frame = frame.with_columns(n_text=_drawn_together(frame["n_text"]))
    ordinal = pl.col("n_text").str.replace_all(r"\b(\d+)(?:st|nd|rd|th)\b", "$1").str.replace_all(r"\b0+(\d)", "$1")
    form = pl.element().str.starts_with("#")
    ordinal = ordinal.str.replace_all(r"\b(\w{4,})(?:skiy|skaya|skoe|skoye|skogo)\b", "$1")  # Muromskiy, of Murom
    words = _spelt(_spelt(ordinal, vocabulary.legal_forms), vocabulary.organisation_words).str.split(" ")
    frame = frame.with_columns(n_all=words)
    without = _kept(pl.col("n_all"), ~form)
    frame = frame.with_columns(
        n_legal=pl.col("n_all").list.filter(form).list.unique().list.sort(),
        n_words=_kept(without, ~pl.element().is_in(list(vocabulary.noise()))).list.eval(pl.element().str.strip_prefix("#")),
    )
    return frame.with_columns(
        exact=_joined(pl.col("n_all").list.filter(~pl.element().is_in(["the", "and"]))).str.replace_all("#", "", literal=True)
    )


def _persons(frame: pl.DataFrame) -> pl.DataFrame:
    words = pl.col("n_text").str.split(" ")
    forms = list(vocabulary.forms_no_person_has())
    frame = frame.with_columns(n_all=_kept(words, ~pl.element().is_in(forms)))
    names = _kept(pl.col("n_all"), ~pl.element().is_in(list(vocabulary.titles())), least=2)
    return frame.with_columns(
        n_legal=pl.lit([], dtype=pl.List(pl.String)),
        n_words=names,
        exact=_joined(pl.col("n_all")),
    )


def _vessels(frame: pl.DataFrame) -> pl.DataFrame:
    frame = frame.with_columns(n_text=_drawn_together(frame["n_text"]))
    words = _spelt(pl.col("n_text").str.replace_all(r"\b0+(\d)", "$1"), vocabulary.numbers).str.split(" ")
    names = _kept(words, ~pl.element().is_in(list(vocabulary.vessel_prefixes())))
    return frame.with_columns(n_all=words, n_legal=pl.lit([], dtype=pl.List(pl.String)), n_words=names, exact=_joined(words))


_BY_SCHEMA = {"organisation": _organisations, "person": _persons, "vessel": _vessels}


def prepared(frame: pl.DataFrame) -> pl.DataFrame:
    """`frame` with names made comparable; same height and order, other columns kept.

    In: `name` String; `schema` String, one of organisation, person, vessel. Added: `exact` String, the whole name without case, accents,
    script and punctuation, legal forms and abbreviations spelt one way, null where nothing is left; `core` String, its words without
    legal form, title and words that name nothing, in order (as `exact` where nothing else is left); and what comparison needs:
    `n_joined`, `n_core` (the words drawn together, of all and of the core), `n_also` (each word in the first of its forms, as Bill ->
    william), `n_kinds` (a sign for each word: its kind and weight), `n_sound` (consonants by their sound), `n_legal` (codes of legal
    forms, sorted, one space apart), `n_dense` (Boolean: written in a script whose signs each hold much of a name), `n_info` (Float64, bits:
    what the words tell together, vocabulary.information).
    ValueError: a schema that is not known. Names beyond 2,000 characters are compared by their first 2,000.
    """
    unknown = set(frame["schema"].unique()) - set(_BY_SCHEMA)
    if unknown:
        raise ValueError(f"schema {sorted(map(str, unknown))} is not known; it is organisation, person or vessel.")
    keys = frame.select("name", "schema")
    distinct = keys.unique(maintain_order=True)
    held = [schema for schema in _BY_SCHEMA if schema in distinct["schema"]] or ["organisation"]
    parts = [_finished(_BY_SCHEMA[schema](_basic(distinct.filter(pl.col("schema") == schema), schema)), schema) for schema in held]
    done = pl.concat(parts)
    return frame.join(done, on=["name", "schema"], how="left", nulls_equal=True, maintain_order="left")


def _basic(names: pl.DataFrame, schema: str) -> pl.DataFrame:
    """`n_text`: the words of each name in Latin letters."""
    name = pl.col("name").str.slice(0, LONGEST)
    plain = name.str.contains(r"^[\x00-\x7F]*$")
    names = names.with_columns(n_plain=plain)
    parts = [
        names.filter(pl.col("n_plain")).with_columns(n_text=name),
        names.filter(~pl.col("n_plain")).with_columns(n_text=_latin(name.str.normalize("NFKC"))),
        names.filter(pl.col("n_plain").is_null()).with_columns(n_text=pl.lit(None, dtype=pl.String)),
    ]
    text = pl.concat(parts).drop("n_plain")
    if schema == "person":  # "Putin, Vladimir" as "Vladimir Putin"
        turned = pl.col("n_text").str.replace(r"^([^,]+),([^,]+)$", "$2 $1")
        text = text.with_columns(n_text=turned)
    text = text.with_columns(pl.col("n_text").str.to_lowercase())
    if schema != "person":
        text = text.with_columns(n_text=_without_points(text["n_text"]))
    words = _words(pl.col("n_text"))
    text = text.with_columns(n_dense=pl.col("name").str.contains(_DENSE))
    return text.with_columns(n_text=pl.when(words.str.len_bytes() > 0).then(words))


def _finished(frame: pl.DataFrame, schema: str) -> pl.DataFrame:
    core = pl.col("n_words")
    frame = frame.with_columns(core=_joined(core), n_joined=pl.col("n_text").str.replace_all(" ", "", literal=True))
    words = frame.select(word=pl.col("n_words").explode(empty_as_null=True)).drop_nulls().unique()
    legal = frame.select(word=pl.col("n_legal").explode(empty_as_null=True)).drop_nulls().unique()
    kinds = vocabulary.kinds(words["word"], schema)
    also = core
    if schema == "person":  # a given name stands first; further on, `ben` is no Benjamin but a particle
        forms, particles = vocabulary.other_forms(), vocabulary.particle_forms()
        also = pl.concat_list(
            core.list.head(1).list.eval(pl.element().replace(forms)),
            core.list.slice(1).list.eval(pl.element().replace(particles).replace(forms)),
        )
    empty = pl.col("n_text").is_null() | (pl.col("core").str.len_bytes() == 0)
    frame = frame.with_columns(
        n_core=pl.col("core").str.replace_all(" ", "", literal=True),
        n_also=also.list.join(" "),
        n_kinds=core.list.eval(pl.element().replace_strict(words["word"], kinds, default="9", return_dtype=pl.String)).list.join(""),
        n_info=_told(core, words["word"], schema) + _LEGAL * _told(pl.col("n_legal"), legal["word"], schema),
        n_legal=pl.col("n_legal").list.eval(pl.element().str.strip_prefix("#")).list.join(" "),
        exact=pl.when(pl.col("exact").str.len_bytes() > 0).then("exact").otherwise("n_text"),
    )
    frame = frame.with_columns(n_sound=sound(pl.col("n_core")))
    columns = ("exact", "core", "n_joined", "n_core", "n_also", "n_kinds", "n_sound", "n_legal", "n_dense", "n_info")
    return frame.select("name", "schema", *(pl.when(~empty).then(pl.col(name)).alias(name) for name in columns))


def _told(words: pl.Expr, distinct: pl.Series, schema: str) -> pl.Expr:
    """Bits that the words of each row tell."""
    bits = pl.Series([vocabulary.information(word, schema) for word in distinct], dtype=pl.Float64)
    return words.list.eval(pl.element().replace_strict(distinct, bits, default=0.0, return_dtype=pl.Float64)).list.sum()


@lru_cache
def _sounds() -> tuple[tuple[list[str], list[str]], ...]:
    spoken = {
        "s": ("tsch", "sch", "sh", "ch", "zh", "ts", "tz", "dj", "dz", "ce", "ci"),
        "f": ("ph",), "k": ("kh", "gh", "ck", "qu"), "t": ("th",), "d": ("dh",), "ks": ("x",),
    }  # fmt: skip
    pairs = {written: sound for sound, forms in spoken.items() for written in forms}
    single = {"c": "k", "q": "k", "g": "k", "j": "s", "z": "s", "d": "t", "v": "f", "b": "p", **dict.fromkeys("aeiouyhw", "")}
    double = {letter * count: letter for letter in "klmnprstfx" for count in (4, 3, 2)}
    return tuple((list(table), list(table.values())) for table in (dict(sorted(pairs.items(), key=lambda p: -len(p[0]))), single, double))


def sound(joined: pl.Expr) -> pl.Expr:
    """The consonants by their sound, so that spellings of one pronunciation in other languages come out alike."""
    joined = joined.str.replace(r"^x", "s")  # Xi, Hsi
    for before, after in _sounds():
        joined = joined.str.replace_many(before, after, leftmost=True)
    return joined
