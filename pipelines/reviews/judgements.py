"""What people decided of pairs of records, bound to the facts they saw: which facts count, and which judgement stands.

A judgement is about identity. So the facts are what tells one organisation from another: names, place, identifiers. Why and how an entry
is listed, its status, dates and programme, row numbers and probabilities are no part of them: a change there opens nothing again.

Belongs here: pure rules. Does not belong here: storing (store.py), finding the pairs of a run (pairs.py).
"""

from __future__ import annotations

import hashlib
import json
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

KINDS = ("listing", "party", "agency", "bidder")
WITHDRAWN = "withdrawn"
TEXTS = ("name", "country", "subdivision", "place", "address", "schema")
SETS = ("aliases", "identifiers")
OWN_IDENTIFIERS = ("lei", "duns", "tax_id", "registry_id")
PAIR = ("kind", "left_key", "right_key")
# One judgement as the store has it; `at` is when the person decided, `recorded_at` when it was taken in (both UTC).
JUDGEMENT: dict[str, Any] = {
    "judgement_id": pl.Int64, "kind": pl.String, "left_key": pl.String, "right_key": pl.String, "facts_hash": pl.String,
    "verdict": pl.String, "by": pl.String, "at": pl.Datetime("us", "UTC"), "why": pl.String,
}
ANSWER: dict[str, Any] = {
    "verdict": pl.String, "is_open_again": pl.Boolean, "earlier_verdict": pl.String, "judgement_id": pl.Int64, "by": pl.String,
    "at": pl.Datetime("us", "UTC"), "why": pl.String,
}
Facts = dict[str, dict[str, Any]]
_CANONICAL = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode


def pair_key(kind: str, left_key: str, right_key: str) -> tuple[str, str, str]:
    """The pair in its one order: two parties are the same pair whichever is named first."""
    return (kind, *sorted((left_key, right_key))) if kind == "party" else (kind, left_key, right_key)  # type: ignore[return-value]


def pair_id(kind: str, left_key: str, right_key: str) -> str:
    """A short name of the pair that stays the same for ever: "p" and 14 hexadecimal digits, never a number to a spreadsheet."""
    text = _CANONICAL(pair_key(kind, left_key, right_key))
    return "p" + hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()[:14]


def shown(value: object) -> str | None:
    """`value` as text in one Unicode form with single blanks; None for blank."""
    if value is None:
        return None
    text = value if isinstance(value, str) else str(value)
    return " ".join((text if text.isascii() else unicodedata.normalize("NFC", text)).split()) or None


def folded(text: str) -> str:
    """What of a text counts: not case, blanks or Unicode form. Publishers reissue lists in capitals; that makes nobody another."""
    if text.isascii():
        return " ".join(text.lower().split())
    return " ".join(unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold()).split())


def _identifier(value: Any, scheme: str | None = None) -> str | None:
    """SCHEME:ID in capitals, the number without blanks and punctuation; None where no letter or digit is left."""
    if isinstance(value, Mapping):
        value, scheme = value.get("id"), value.get("scheme") or scheme
    head, colon, tail = str(value or "").partition(":")
    scheme, number = (head, tail) if colon else (scheme or "", head)
    number = re.sub(r"[\W_]+", "", unicodedata.normalize("NFKC", number)).upper()
    return f"{shown(scheme) or ''}:{number}".upper().lstrip(":") if number else None


def _distinct(values: Iterable[str | None], but: str | None = None) -> list[str]:
    """Each value once, in an order of its own; of several spellings that count as one, always the same is kept."""
    given = sorted(value for value in values if value)
    if not given:
        return []
    left_out = folded(but) if but else None
    found: dict[str, str] = {}
    for value in given:
        found.setdefault(folded(value), value)
    return [found[key] for key in sorted(found) if key != left_out]


def side(row: Mapping[str, Any]) -> dict[str, Any]:
    """The facts of one record, whichever table it comes from: a party, an agency, an entry of a list or an organisation of a tender.

    name, country, subdivision, place, address, schema: text or None. aliases, identifiers (SCHEME:ID): lists in an order of their own.
    """
    texts = {name: shown(row.get(name)) for name in TEXTS}
    texts["place"] = texts["place"] or shown(row.get("locality"))
    kind = row.get("entity_type") or ("vessel" if row.get("party_kind") == "vessel" else "organisation")
    texts["schema"] = texts["schema"] or shown(row.get("schema_")) or str(kind)
    names = [shown(alias) for alias in (*(row.get("aliases") or ()), *(row.get("other_names") or ()))]
    own = [_identifier(row.get(name), name) for name in OWN_IDENTIFIERS if row.get(name)]
    own += [_identifier(row["licence_no"], "licence")] if row.get("licence_no") else []
    identifiers = [*(_identifier(value) for value in row.get("identifiers") or ()), *own]
    return {**texts, "aliases": _distinct(names, texts["name"]), "identifiers": _distinct(identifiers)}


def facts(left: Mapping[str, Any], right: Mapping[str, Any]) -> Facts:
    """What is judged when `left` is held against `right`: the identity of each, as it reads."""
    return {"left": side(left), "right": side(right)}


def canonical(one: Mapping[str, Any]) -> str:
    """One side as JSON in which only what counts differs."""
    counted = {
        name: sorted({folded(item) for item in value}) if isinstance(value, list) else None if value is None else folded(value)
        for name, value in one.items()
    }
    return _CANONICAL(counted)


def hash_of(left: str, right: str) -> str:
    """SHA-256 of two sides in canonical form."""
    return hashlib.sha256(f'{{"left":{left},"right":{right}}}'.encode(errors="surrogatepass")).hexdigest()


def facts_hash(judged_facts: Facts) -> str:
    """SHA-256 of the facts. Order of aliases, case, blanks and Unicode form do not change it; any other character of a fact does."""
    return hash_of(canonical(judged_facts["left"]), canonical(judged_facts["right"]))


@dataclass(frozen=True)
class Compared:
    """Fields of two sides that agree, that differ, and that one side or both leave open."""

    agrees: list[str]
    differs: list[str]
    unknown: list[str]


def compare(judged_facts: Facts) -> Compared:
    """Where the sides agree: any name of one equals any of the other, places contain one another, any identifier is shared."""
    left, right = judged_facts["left"], judged_facts["right"]
    answers: dict[str, bool | None] = {}
    names = [{folded(name) for name in (one["name"], *one["aliases"]) if name} for one in (left, right)]
    answers["name"] = bool(names[0] & names[1]) if all(names) else None
    for name in ("country", "subdivision", "place", "address", "schema"):
        ours, theirs = (folded(one[name] or "") for one in (left, right))
        near = name in ("place", "address")
        answers[name] = (ours == theirs or (near and (ours in theirs or theirs in ours))) if ours and theirs else None
    numbers: list[dict[str, set[str]]] = [{}, {}]
    for found, one in zip(numbers, (left, right), strict=True):
        for value in one["identifiers"]:
            scheme, _, number = value.rpartition(":")
            found.setdefault(scheme, set()).add(number)
    shared = set().union(*numbers[0].values()) & set().union(*numbers[1].values())
    answers["identifiers"] = True if shared else False if set(numbers[0]) & set(numbers[1]) - {""} else None
    return Compared(*([name for name, answer in answers.items() if answer is wanted] for wanted in (True, False, None)))


@dataclass(frozen=True)
class State:
    """How a pair stands. `verdict` None: nothing holds. `judgement`: what stands, also where a changed fact opened it again."""

    verdict: str | None = None
    is_open_again: bool = False
    judgement: Mapping[str, Any] | None = None


def state(judgements: Sequence[Mapping[str, Any]], current_hash: str) -> State:
    """How a pair stands whose `judgements` (verdict, facts_hash), in the order they were recorded, are all that was ever said of it.

    "withdrawn" takes the last one back. Of those left the newest that was said of the current facts applies, whatever was said of other
    facts since: a bidder has one address in one tender and another in the next. If there is none, the pair is open again, and the
    newest of all is its earlier verdict.
    """
    standing: list[Mapping[str, Any]] = []
    for judgement in judgements:
        if judgement["verdict"] != WITHDRAWN:
            standing.append(judgement)
        elif standing:
            standing.pop()
    if not standing:
        return State()
    applies = next((one for one in reversed(standing) if one["facts_hash"] == current_hash), None)
    return State(applies["verdict"], False, applies) if applies else State(None, True, standing[-1])


def standing(judgements: pl.DataFrame) -> pl.DataFrame:
    """The judgements that stand, in JUDGEMENT columns, oldest first; `judgements` are all of them. A pair with none has no row.

    Of each pair and each facts_hash the newest that was not taken back: what was said of some facts says nothing of others.
    """
    step = pl.when(pl.col("verdict") == WITHDRAWN).then(-1).otherwise(1)
    run = step.cum_sum().over(PAIR, order_by="judgement_id")
    rows = judgements.with_columns(run=run)
    # A withdrawal too many (two people at once) takes nothing back: the count starts anew from the lowest point.
    lowest = pl.min_horizontal(pl.col("run").cum_min().over(PAIR, order_by="judgement_id"), 0)
    rows = rows.with_columns(depth=pl.col("run") - lowest)
    # A judgement is left while the stack never sinks below it again.
    kept = pl.col("depth") == pl.col("depth").cum_min(reverse=True).over(PAIR, order_by="judgement_id")
    left = rows.filter(kept & (pl.col("verdict") != WITHDRAWN)).sort("judgement_id")
    return left.unique([*PAIR, "facts_hash"], keep="last", maintain_order=True).select(list(JUDGEMENT))


def judged(pairs: pl.DataFrame, stands: pl.DataFrame) -> pl.DataFrame:
    """`pairs` (kind, left_key, right_key, facts_hash and more) with the ANSWER columns from `stands` (see standing), order kept.

    verdict: what holds, null where nothing does. is_open_again: judged, but never of these facts; earlier_verdict, by, at
    and why say what was judged: of these facts, else last.
    """
    applies = stands.select(*PAIR, "facts_hash", _applies="judgement_id")
    newest = stands.group_by(PAIR).agg(_newest=pl.col("judgement_id").max())
    said = stands.select("judgement_id", "by", "at", "why", earlier_verdict="verdict")
    joined = (
        pairs.join(applies, on=[*PAIR, "facts_hash"], how="left", maintain_order="left")
        .join(newest, on=PAIR, how="left", maintain_order="left")
        .with_columns(judgement_id=pl.coalesce("_applies", "_newest"))
        .join(said, on="judgement_id", how="left", maintain_order="left")
    )
    holds = pl.col("_applies").is_not_null()
    answered = joined.with_columns(
        verdict=pl.when(holds).then("earlier_verdict"), is_open_again=pl.col("judgement_id").is_not_null() & ~holds
    )
    return answered.select(*pairs.columns, *ANSWER)
