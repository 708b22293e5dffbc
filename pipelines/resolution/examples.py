"""More pairs to learn from, made from the public lists: names as they are misspelt, aliases, and neighbours that are other entities.

What counts as the same follows the hand-labelled pairs: one or two wrong letters in a name of some length, another order, another
spelling of the legal form do not make another party; another distinguishing word, an added word, place or number, another kind of legal
form do. Does not belong here: reading the lists (corpus.py), fitting (training.py). Seeded: the same lists give the same pairs.
"""

from __future__ import annotations

import random
import string
from collections.abc import Callable, Iterator

import numpy as np
import polars as pl
from rapidfuzz import fuzz, process
from rapidfuzz.distance import OSA
from sklearn.feature_extraction.text import TfidfVectorizer
from sparse_dot_topn import sp_matmul_topn

from pipelines.resolution import names as name_column
from pipelines.resolution import vocabulary

PER_KIND = 150  # pairs of each kind and schema
SEED = 20260701
_SLIP = 0.25  # of the letters of the shorter name: beyond it two names of two entities differ in more than a slip
_OTHERS = 400  # names whose words are looked through for one of like sound
_OTHER_WORD = 0.3  # the same for one word
_FAR = 0.7  # and from here on nobody would take one for the other
_ALIKE = 80.0  # token_set_ratio from which on an alias is the same name written otherwise
_FORMS = {
    "private": ("Limited", "Ltd", "LLC", "GmbH", "Pvt Ltd", "S.R.L."),
    "public": ("PLC", "JSC", "S.A.", "AG", "OJSC", "Public Joint Stock Company"),
    "association": ("e.V.", "Association sans but lucratif", "ANO"),
}
_TITLES = ("Dr.", "Mr", "Haji", "General", "Shaikh", "Professor")
Change = Callable[[list[str], random.Random, list[list[str]]], tuple[list[str], list[str]] | None]


def _typo(word: str, rng: random.Random) -> str:
    at = rng.randrange(1, max(2, len(word)))
    letter = rng.choice(string.ascii_lowercase)
    kinds = (
        word[:at] + letter + word[at:],
        word[:at] + word[at + 1 :],
        word[:at] + letter + word[at + 1 :],
        word[: at - 1] + word[at - 1 : at + 1][::-1] + word[at + 1 :],
    )
    return rng.choice(kinds)


def _misspelt(times: int) -> Change:
    def change(words: list[str], rng: random.Random, _: list[list[str]]) -> tuple[list[str], list[str]] | None:
        if len("".join(words)) < 6 + 4 * times or not any(len(word) > 4 for word in words):
            return None
        other = list(words)
        for _time in range(times):
            at = rng.choice([i for i, word in enumerate(other) if len(word) > 3])
            other[at] = _typo(other[at], rng)
        return words, other

    return change


def _run_together(words: list[str], rng: random.Random, _: list[list[str]]) -> tuple[list[str], list[str]] | None:
    if len(words) < 2:
        return None
    at = rng.randrange(len(words) - 1)
    return words, [*words[:at], words[at] + words[at + 1], *words[at + 2 :]]


def _torn(words: list[str], rng: random.Random, _: list[list[str]]) -> tuple[list[str], list[str]] | None:
    long = [i for i, word in enumerate(words) if len(word) > 5]
    if not long:
        return None
    at = rng.choice(long)
    cut = rng.randrange(2, len(words[at]) - 2)
    return words, [*words[:at], words[at][:cut], words[at][cut:], *words[at + 1 :]]


def _turned(words: list[str], rng: random.Random, _: list[list[str]]) -> tuple[list[str], list[str]] | None:
    return (words, [words[-1], *words[:-1]]) if len(words) > 1 else None


def _same_form(words: list[str], rng: random.Random, _: list[list[str]]) -> tuple[list[str], list[str]] | None:
    one, other = rng.sample(_FORMS[rng.choice(sorted(_FORMS))], 2)
    return [*words, one], rng.choice(([*words, other], list(words)))


def _other_form(words: list[str], rng: random.Random, _: list[list[str]]) -> tuple[list[str], list[str]] | None:
    one, other = rng.sample(sorted(_FORMS), 2)
    return [*words, rng.choice(_FORMS[one])], [*words, rng.choice(_FORMS[other])]


def _initial(words: list[str], rng: random.Random, _: list[list[str]]) -> tuple[list[str], list[str]] | None:
    return (words, [words[0][0], *words[1:]]) if len(words) > 1 and len(words[0]) > 2 else None


def _added_initial(words: list[str], rng: random.Random, _: list[list[str]]) -> tuple[list[str], list[str]] | None:
    return (words, [words[0], rng.choice(string.ascii_lowercase), *words[1:]]) if len(words) > 1 else None


def _only_initials(words: list[str], rng: random.Random, _: list[list[str]]) -> tuple[list[str], list[str]] | None:
    return (words, [word[0] for word in words]) if len(words) > 1 else None


def _wrong_initial(words: list[str], rng: random.Random, _: list[list[str]]) -> tuple[list[str], list[str]] | None:
    letter = rng.choice([letter for letter in string.ascii_lowercase if letter not in {word[0] for word in words}])
    return (words, [letter, *words[1:]]) if len(words) > 1 and len(words[0]) > 2 else None


def _titled(words: list[str], rng: random.Random, _: list[list[str]]) -> tuple[list[str], list[str]] | None:
    return (words, [rng.choice(_TITLES), *words]) if len(words) > 1 else None


def _without_middle(words: list[str], rng: random.Random, _: list[list[str]]) -> tuple[list[str], list[str]] | None:
    return (words, [words[0], *words[2:]]) if len(words) > 2 else None


def _exchanged(words: list[str], rng: random.Random, all_names: list[list[str]]) -> tuple[list[str], list[str]] | None:
    """One word is another name's word at the same place."""
    at = rng.randrange(len(words))
    other = rng.choice(all_names)
    new = other[min(at, len(other) - 1)]
    if len(words) < 2 or new in words or OSA.distance(new, words[at]) < 3 or min(len(new), len(words[at])) < 3:
        return None
    return words, [*words[:at], new, *words[at + 1 :]]


def _one_word(one: str, other: str) -> bool:
    """Forms of one given name, one legal form or one trade."""
    tables = (vocabulary.other_forms(), vocabulary.organisation_words(), vocabulary.legal_forms())
    return any(table.get(one, one) == table.get(other, other) for table in tables)


def _like_sounding(words: list[str], rng: random.Random, all_names: list[list[str]]) -> tuple[list[str], list[str]] | None:
    """One word is the nearest of other names' words that differs in more than a slip."""
    long = [i for i, word in enumerate(words) if len(word) > 3 and word not in vocabulary.generic()]
    if not long:
        return None
    at = rng.choice(long)
    others = {word for other in rng.sample(all_names, min(_OTHERS, len(all_names))) for word in other} - set(words) - vocabulary.generic()
    apart = {word: OSA.distance(word, words[at]) / min(len(word), len(words[at])) for word in others if len(word) > 3}
    near = sorted((share, word) for word, share in apart.items() if _OTHER_WORD < share < _FAR and not _one_word(word, words[at]))
    return (words, [*words[:at], near[0][1], *words[at + 1 :]]) if near else None


def _added(words: list[str], rng: random.Random, all_names: list[list[str]]) -> tuple[list[str], list[str]] | None:
    known = vocabulary.words()
    new = rng.choice((rng.choice(rng.choice(all_names)), rng.choice(known["place"]), rng.choice(known["generic"])))
    at = rng.randrange(1, len(words) + 1)
    return (words, [*words[:at], new, *words[at:]]) if new not in words and len(new) > 3 else None


def _numbered(words: list[str], rng: random.Random, _: list[list[str]]) -> tuple[list[str], list[str]] | None:
    return words, [*words, rng.choice(("2", "3", "II", "III", "No. 4", "17", "Unit 6"))]


_ORGANISATION: tuple[tuple[str, bool, Change], ...] = (
    ("typo", True, _misspelt(1)), ("two typos", True, _misspelt(2)), ("run together", True, _run_together), ("torn apart", True, _torn),
    ("same form", True, _same_form), ("other form", False, _other_form), ("word exchanged", False, _exchanged),
    ("like word exchanged", False, _like_sounding), ("word added", False, _added), ("number added", False, _numbered),
)  # fmt: skip
_PERSON: tuple[tuple[str, bool, Change], ...] = (
    ("typo", True, _misspelt(1)), ("two typos", True, _misspelt(2)), ("run together", True, _run_together), ("torn apart", True, _torn),
    ("turned", True, _turned), ("initial", True, _initial), ("initial added", True, _added_initial),
    ("initials alone", False, _only_initials), ("other initial", False, _wrong_initial), ("title", True, _titled),
    ("without middle name", True, _without_middle), ("word exchanged", False, _exchanged),
)  # fmt: skip
KINDS = {"organisation": _ORGANISATION, "person": _PERSON}


def examples(listed: pl.DataFrame) -> pl.DataFrame:
    """name_1, name_2, schema, is_match, kind: pairs made from `listed` (corpus.names)."""
    found: list[tuple[str, str, str, bool, str]] = []
    for schema, kinds in KINDS.items():
        table = listed.filter(pl.col("schema") == schema)
        if table.is_empty():
            continue
        first = table.filter("is_primary")
        split = first["name"].str.replace_all(r"[^\p{L}\p{N}' -]", " ").str.to_lowercase().str.split(" ")
        plain = [[word for word in words if word] for words in split.to_list()]
        plain = [words for words in plain if words and all(word.isascii() for word in words)]
        for kind, is_match, change in kinds:
            rng = random.Random(f"{SEED} {schema} {kind}")  # noqa: S311  (repeatable, not secret)
            found += [(one, other, schema, is_match, kind) for one, other in _changed(plain, change, rng)]
        found += [(one, other, schema, True, "alias") for one, other in _aliases(table)]
        found += [(one, other, schema, False, "neighbour") for one, other in _neighbours(first)]
        if schema == "organisation":  # two persons often bear one name in two spellings, which would teach the contrary
            found += [(one, other, schema, False, "neighbour by sound") for one, other in _sounding(first)]
    columns = {"name_1": pl.String, "name_2": pl.String, "schema": pl.String, "is_match": pl.Boolean, "kind": pl.String}
    return pl.DataFrame(found, schema=columns, orient="row")


def _changed(plain: list[list[str]], change: Change, rng: random.Random) -> Iterator[tuple[str, str]]:
    made = 0
    for words in rng.sample(plain, len(plain)):
        pair = change(words, rng, plain)
        if pair and pair[0] != pair[1]:
            yield " ".join(pair[0]), " ".join(pair[1])
            made += 1
        if made == PER_KIND:
            return


def _aliases(table: pl.DataFrame) -> list[tuple[str, str]]:
    """Aliases that are the name written otherwise; aliases that share nothing with it teach nothing."""
    first = table.filter("is_primary").select("entity", one="name")
    pairs = table.filter(~pl.col("is_primary")).join(first, on="entity").select("one", other="name")
    like = process.cpdist(pairs["one"].to_list(), pairs["other"].to_list(), scorer=fuzz.token_set_ratio, processor=str.lower)
    kept = pairs.filter(pl.Series(like >= _ALIKE) & pl.Series(like < 100))
    return list(kept.sample(min(2 * PER_KIND, kept.height), seed=SEED).iter_rows())


def _neighbours(first: pl.DataFrame) -> list[tuple[str, str]]:
    """Each entity's nearest name among other entities of one list, unless the two are but a spelling apart."""
    first = first.filter(pl.col("list") == "ofac")
    names = first["name"].to_list()
    matrix = TfidfVectorizer(analyzer="char_wb", ngram_range=(3, 3), dtype=np.float32).fit_transform(map(str.lower, names)).tocsr()
    near = sp_matmul_topn(matrix, matrix.T.tocsr(), top_n=3, threshold=0.5).tocoo()
    pairs = [
        (names[i], names[j])
        for i, j in sorted(zip(near.row.tolist(), near.col.tolist(), strict=True))
        if i < j and OSA.distance(names[i].lower(), names[j].lower()) > 4 and fuzz.token_sort_ratio(names[i].lower(), names[j].lower()) < 90
    ]
    return random.Random(SEED).sample(pairs, min(2 * PER_KIND, len(pairs)))  # noqa: S311  (repeatable, not secret)


def _sounding(first: pl.DataFrame) -> list[tuple[str, str]]:
    """Entities of one list that sound nearest, in as many distinguishing words, and whose letters differ in more than a slip."""
    known = name_column.prepared(first.filter(pl.col("list") == "ofac").select("name", "schema")).drop_nulls("core")
    named = pl.col("core").str.split(" ").list.filter(~pl.element().is_in(list(vocabulary.generic())))
    known = known.unique("core", keep="first", maintain_order=True).with_columns(number=named.list.len(), text=named.list.join(""))
    known = known.with_columns(sound=name_column.sound(pl.col("text"))).filter(pl.col("sound").str.len_bytes() > 1)
    texts, number, written = (known[column].to_list() for column in ("text", "number", "name"))
    matrix = TfidfVectorizer(analyzer="char_wb", ngram_range=(1, 3), dtype=np.float32).fit_transform(known["sound"].to_list()).tocsr()
    near = sp_matmul_topn(matrix, matrix.T.tocsr(), top_n=10, threshold=0.5).tocoo()
    pairs = []
    for _, i, j in sorted(zip((-near.data.round(4)).tolist(), near.row.tolist(), near.col.tolist(), strict=True)):
        apart = OSA.distance(texts[i], texts[j]) / min(len(texts[i]), len(texts[j]))
        if i < j and number[i] == number[j] and _SLIP <= apart < _FAR:
            pairs.append((written[i], written[j]))
    return pairs[: 2 * PER_KIND]
