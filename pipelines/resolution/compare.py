"""What two prepared names have in common and in what they differ, as numbers: the features of the model.

Belongs here: `features`, one column per feature, symmetric in the two sides, the same for a pair wherever it stands.
Does not belong here: what a feature is worth (model/coefficients.yml, probability.py).
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import numpy.typing as npt
import polars as pl
from rapidfuzz import process
from rapidfuzz.distance import OSA

from pipelines.resolution import vocabulary
from pipelines.resolution.alignment import aligned

_FAR = 3  # edits beyond which two whole names are only far apart
_BLOCK = 200_000  # pairs compared at once
SOUNDS = 4  # consonants from which on an equal sound is no accident
# Edits by sound in what finds no partner, as a share of its letters, up to which it may be the same said otherwise: what a word costs of
# which every letter is exchanged for one that sounds alike (edits.py). Consonants alone agree by chance: Jiangxi JHT, Zhaoyuan Castte.
NEAR = 0.6
SLIP = 0.25  # of the letters that name, beyond which it takes more than a slip (Al Hanan and Al Hayat: 0.4)
BITS = 20.0  # in common that bring half of what specificity can add: two rare words, or three of middling length that many names hold
SHORT = 4  # letters of a name in which every one counts
HEARD = 1.4  # edits that an edit by sound stands for: a doubled letter or a vowel of like sound is less than a whole one
ACRONYM = 0.5  # of a word on either side: letters that fit leave much open
NOTHING = {
    "rest_both": 1,
    "rest_less": 2,
    "rest_more": 1,
    "rest_second": 1,
    "rest_further": 3,
    "agreed_cover": 0,
    "agreed_nothing": 1,
    "agreed_specific": -1,
    "sound_same": 0,
}
Floats = npt.NDArray[np.float64]


def _distance(one: pl.Series, other: pl.Series, needed: npt.NDArray[np.bool_]) -> Floats:
    """Edits between whole texts where needed and possible within `_FAR`; one more than that otherwise."""
    found = np.full(len(one), _FAR + 1.0)
    lengths = (one.str.len_bytes().cast(pl.Int64) - other.str.len_bytes().cast(pl.Int64)).abs() <= _FAR
    at = np.flatnonzero(needed & lengths.fill_null(False).to_numpy())
    if at.size:
        found[at] = process.cpdist(
            one.gather(at).to_list(), other.gather(at).to_list(), scorer=OSA.distance, score_cutoff=_FAR, dtype=np.float32, workers=-1
        )
    return found


def _aligned(pairs: pl.DataFrame) -> dict[str, Floats]:
    """The sums of alignment.aligned. The two names go in alphabetical order, so that the sides cannot matter."""
    core, joined = ([pl.col(f"{name}_{side}").fill_null("") for side in (1, 2)] for name in ("core", "n_joined"))
    turn = (core[0] > core[1]) | ((core[0] == core[1]) & (joined[0] > joined[1]))
    columns = ("core", "n_also", "n_kinds")
    sides = pairs.select(
        *(pl.when(turn).then(f"{name}_2").otherwise(f"{name}_1").alias(f"{name}_1") for name in columns),
        *(pl.when(turn).then(f"{name}_1").otherwise(f"{name}_2").alias(f"{name}_2") for name in columns),
    )
    return aligned(sides)


def _legal(pairs: pl.DataFrame) -> Floats:
    """1 where both names have a legal form and the families have nothing in common."""
    one, other = (pairs[f"n_legal_{side}"].fill_null("") for side in (1, 2))
    found = np.zeros(pairs.height)
    at = np.flatnonzero(((one != "") & (other != "")).to_numpy())
    held = [[_families(text) for text in side.gather(at).to_list()] for side in (one, other)]
    found[at] = [not ours & theirs if ours and theirs else 0 for ours, theirs in zip(*held, strict=True)]
    return found


@lru_cache(maxsize=10_000)
def _families(codes: str) -> frozenset[str]:
    """Families of legal forms that say something."""
    return frozenset(vocabulary.families().get(code, "any") for code in codes.split()) - {"any"}


def features(pairs: pl.DataFrame) -> pl.DataFrame:
    """Float64 features of the names of each pair (see model/MODEL_CARD.md); in: columns of names.prepared with _1 and _2."""
    blocks = [_features(block) for block in pairs.iter_slices(_BLOCK)]
    return pl.concat(blocks) if blocks else _features(pairs)


def _features(pairs: pl.DataFrame) -> pl.DataFrame:
    found = _aligned(pairs)
    numbers = found["number_1"] + found["number_2"]
    letters = found["letters_1"] + found["letters_2"]
    differ = found["edits"] + letters > 0
    whole = np.where(differ, _FAR + 1.0, 0)
    for column in ("n_joined", "n_core"):
        whole = np.minimum(whole, _distance(pairs[f"{column}_1"], pairs[f"{column}_2"], differ & (whole > 0)))
    sounds = pl.col("n_sound_1").str.len_bytes().fill_null(0)
    known = pairs.select(
        sound=(pl.col("n_sound_1") == pl.col("n_sound_2")).fill_null(False) & (sounds > 0), is_long=sounds >= SOUNDS,
        dense_1=pl.col("n_dense_1").fill_null(False), dense_2=pl.col("n_dense_2").fill_null(False),
        told_1=pl.col("n_info_1").fill_null(0), told_2=pl.col("n_info_2").fill_null(0), is_firm=pl.col("schema_1") != "person",
        unknown=pl.col("core_1").is_null() | pl.col("core_2").is_null(),
    )  # fmt: skip
    sound, is_long, *written, told_1, told_2, firm, unknown = (column.to_numpy() for column in known.get_columns())
    length = np.maximum(np.minimum(found["named_1"], found["named_2"]), 1)  # letters of what a firm does make no slip smaller
    # Words torn apart or run together leave rests that are none: then the whole names, without spaces, say what differs.
    near = (found["apart"] <= NEAR) | (np.minimum(found["letters_1"], found["letters_2"]) == 0)
    as_whole = (whole <= 3) & (whole < found["edits"] + letters) & ((numbers == 0) | (whole == 0)) & (near | (whole == 0))
    # Mao Tse-tung and Mao Zedong: consonants that sound alike, in words that no edit brings together
    scripts = written[0] | written[1]
    sound = sound & ((found["apart"] <= NEAR) | scripts)
    held = (found["agreed_words"] > 0) | scripts
    as_heard = sound & held & ~as_whole & (found["letters_1"] * found["letters_2"] > 0) & is_long
    by_edits, as_whole = as_whole, as_whole | as_heard
    # an initial stands for a given name; in the name of a firm (P & G) it fits many words, as an acronym does
    letters_only = np.minimum(found["acronym"] + np.where(firm, found["initials"], 0), 1)
    rest = [
        np.where(
            as_whole,
            0,
            found[f"rest_{side}"]
            + 0.7 * found[f"generic_{side}"]
            + 0.8 * found[f"place_{side}"]
            + found[f"number_{side}"]
            + ACRONYM * letters_only,
        )
        for side in (1, 2)
    ]
    initial = [np.where(as_whole, 0, found[f"initial_{side}"]) for side in (1, 2)]
    # `A. Khan` and `Omar Khan`: an initial without partner meets a word or another initial without partner
    against = np.minimum(initial[0], rest[1] + initial[1]) + np.minimum(initial[1], rest[0])
    edits = np.where(by_edits, whole, np.where(as_heard, 2, found["edits"]))
    heard = np.where(by_edits, 0.9 * whole, np.where(as_heard, 1.5, found["sound_edits"]))
    # a name in Arabic letters has no vowels to hold against one in Latin letters
    alike = sound & (written[0] != written[1])
    edits, heard = np.where(alike, np.minimum(edits, 2), edits), np.where(alike, np.minimum(heard, 1.5), heard)
    edits = np.minimum(edits, HEARD * heard)
    dense = written[0] & written[1]
    conflict = _legal(pairs)
    less, more = np.minimum(*rest), np.maximum(*rest)
    agreed = np.where(as_whole, np.maximum(found["agreed"], 1), found["agreed"])
    weight = found["rest_weight_1"] + found["rest_weight_2"]
    one_word = np.minimum(found["words_1"], found["words_2"]) <= 1
    turned = np.where(by_edits & (whole < 1), 0, found["turned"])
    share = np.minimum(edits / length, 0.5)
    cover = agreed / (agreed + np.where(as_whole, 0, weight) + 0.01)
    told_by_both = np.minimum(told_1, told_2) * cover - (told_1 + told_2) / 2 * (1 - cover)
    beyond = np.clip(np.maximum(edits - found["number_edits"], 0) / length - SLIP, 0, SLIP) / SLIP
    table: dict[str, npt.ArrayLike] = {
        "edits_first": np.minimum(edits, 1), "edits_second": np.clip(edits - 1, 0, 1), "edits_third": np.clip(edits - 2, 0, 1),
        "edits_further": np.clip(edits - 3, 0, 4), "edits_share": share, "edits_heard": np.minimum(heard, 6),
        "edits_beyond": beyond, "edits_worst": np.minimum(np.where(as_whole, edits / length, found["worst"]), 0.6),
        "edits_first_letter": np.where(as_whole, 0, np.minimum(found["first_letters"], 2)),
        "edits_short": np.where(length <= SHORT, np.minimum(edits, 2), 0), "edits_dense": np.where(dense, np.minimum(edits, 3), 0),
        "sound_same": sound,
        "rest_both": less > 0, "rest_less": np.minimum(less, 2),
        "rest_more": np.minimum(more, 1), "rest_second": np.clip(more - 1, 0, 1), "rest_further": np.clip(more - 2, 0, 3),
        "agreed_cover": cover, "agreed_specific": told_by_both / (np.abs(told_by_both) + BITS),
        "number_rest": np.where(as_whole, 0, np.minimum(numbers, 1)), "number_edits": np.minimum(found["number_edits"], 1),
        "place_rest": np.where(as_whole, 0, np.minimum(found["place_1"] + found["place_2"], 2)),
        "initial_stands": np.minimum(found["initials"], 2), "initial_against": np.minimum(against, 2),
        "initial_extra": np.minimum(initial[0] + initial[1], 2) - np.minimum(against, 2),
        "acronym_stands": np.minimum(found["acronym"], 1), "form_other": np.minimum(found["other_form"], 2),
        "words_merged": np.minimum(found["merged"], 1),
        "order_turned": turned, "legal_conflict": conflict, "agreed_weight": np.log1p(agreed), "agreed_nothing": found["agreed_words"] == 0,
        "agreed_one_word": one_word,
    }  # fmt: skip
    for name, value in NOTHING.items():  # a name that cannot be compared agrees in nothing
        table[name] = np.where(unknown, value, table[name])
    return pl.from_numpy(np.column_stack([np.asarray(values, np.float64) for values in table.values()]), schema=list(table))
