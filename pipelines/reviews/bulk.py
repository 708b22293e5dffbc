"""Judgements in a file: the work list filled in by a person, or pairs named by their keys. Bad rows are refused, good ones load.

Belongs here: reading such a file and checking each row. Does not belong here: storing (log.py), splitting files (pipelines/reading.py).
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import re
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import polars as pl

from data import model
from pipelines import reading
from pipelines.refusal import Refused
from pipelines.reviews import judgements, worklist

COLUMNS = ("pair_id", "kind", "left_key", "right_key", "facts_hash", "verdict", "why", "by", "at")
LONGEST = 4000  # characters of a reason
LARGEST = 200_000_000  # bytes of a file: a million judgements; rows are held in memory, to load all or none
CLOCKS = dt.timedelta(minutes=5)  # by which two computers' clocks may differ
Row = dict[str, Any]


def verdict_named(text: str) -> str | None:
    """The verdict that a word of English or French means; None if it is none."""
    words: dict[str, str] = {}
    for code, entry in model.vocabulary("verdict").codes.items():
        words |= {judgements.folded(word): code for word in (code, entry.en, entry.fr, *entry.synonyms)}
    return words.get(judgements.folded(text))


def read(path: Path, limits: reading.Limits) -> tuple[list[Row], list[Row]]:
    """Rows of a CSV, XLSX, Parquet or JSON Lines file ({line} and COLUMNS, null for blank), and refusals of those that could not be split.

    Headings in any order and case; others are passed over. Refused, with nothing read, where no row can name its pair or its verdict.
    """
    if not path.is_file():
        raise Refused(str(path), "file_absent", "there is no such file.", "Check the name.")
    limits = dataclasses.replace(limits, file_bytes=min(limits.file_bytes, LARGEST))
    with tempfile.TemporaryDirectory() as work:
        raw = reading.read(path, Path(work), limits=limits)
        at: dict[str, str] = {}
        for place, heading in enumerate(raw.headings):
            name = re.sub(r"[\s-]+", "_", judgements.folded(heading))
            if name in COLUMNS:
                if name in at:
                    raise Refused(path.name, "heading_twice", f"the heading {name} stands twice.", "Remove one of the two columns.")
                at[name] = f"c{place}"
        lost = [name for name in ("verdict", "why") if name not in at]
        if lost or not ("pair_id" in at or {"left_key", "right_key"} <= set(at)):
            need = " and ".join([*lost, *([] if "pair_id" in at else ["pair_id (or left_key and right_key)"])])
            raise Refused(path.name, "columns", f"no column {need}.", "Export the list with `deeptier matches --out FILE` and fill it in.")
        rows = []
        for piece in raw.pieces(10_000, list(at.values())):
            for cells in piece.iter_rows(named=True):
                row = {name: _cell(cells[column]) for name, column in at.items()}
                rows.append({"line": cells["line"], **dict.fromkeys(COLUMNS), **row})
        torn = [{name: entry[name] for name in ("line", "column", "value", "message", "next_step")} for entry in raw.rejects.to_dicts()]
    return rows, torn


def _cell(text: str | None) -> str | None:
    """The text of a cell without the apostrophe that keeps spreadsheets from running it; None for blank."""
    bare = re.sub(r"^'(?=[=+\-@\t\r])", "", text) if text else None
    return bare.strip() or None if bare else None


def _moment(text: str) -> dt.datetime | None:
    """An ISO date or moment in UTC (one without a zone is taken as UTC); None if it is neither."""
    try:
        moment = dt.datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment.replace(tzinfo=dt.UTC) if moment.tzinfo is None else moment.astimezone(dt.UTC)


def key_of(row: Mapping[str, Any]) -> tuple[str, str, str] | None:
    """kind, left_key, right_key that a row names by keys; without a kind, a party and an entry of a list. None if it does not."""
    if not row["left_key"] or not row["right_key"]:
        return None
    return judgements.pair_key(judgements.folded(row["kind"] or "listing"), row["left_key"], row["right_key"])


def keys(rows: list[Row]) -> pl.DataFrame:
    """kind, left_key, right_key of the rows that name their pair by keys."""
    named = {key for row in rows if (key := key_of(row))}
    return pl.DataFrame(sorted(named), schema=dict.fromkeys(judgements.PAIR, pl.String), orient="row")


def check(rows: list[Row], known: Mapping[str, list[Row]], by: str, now: dt.datetime) -> tuple[list[Row], list[Row], int]:
    """Rows that can be recorded, refusals (line, column, value, message, next_step), and how many rows have no verdict yet.

    `known`: pair_id -> rows of the work list with kind, keys, state, facts_hash and facts, one per set of facts; which one is meant the
    row's facts_hash says. `by`: who judges where the row does not say.
    """
    good: list[Row] = []
    refused: list[Row] = []
    blank = 0
    for row in rows:
        if row["verdict"] is None and row["why"] is None:
            blank += 1
            continue
        fault = _fault(row, known, now)
        if fault:
            refused.append({"line": row["line"], **dict(zip(("column", "value", "message", "next_step"), fault, strict=True))})
            continue
        pair = _meant(row, known[_named(row)]) or known[_named(row)][0]  # a withdrawal is of the pair, whatever its facts
        good.append({
            **{name: pair[name] for name in (*judgements.PAIR, "facts_hash", "facts")}, "pair_id": _named(row), "line": row["line"],
            "verdict": verdict_named(row["verdict"]), "why": row["why"], "by": row["by"] or by,
            "at": _moment(row["at"]) if row["at"] else None,
        })
    return good, refused, blank


def _named(row: Mapping[str, Any]) -> str:
    key = key_of(row)
    return str(row["pair_id"] or (judgements.pair_id(*key) if key else ""))


def _meant(row: Row, pair: list[Row]) -> Row | None:
    """The row of the work list that a row of the file is about; None if none has its facts, or it names none and several may be meant."""
    if row["facts_hash"]:
        return next((one for one in pair if one["facts_hash"] == row["facts_hash"]), None)
    return worklist.meant(pair)


def _fault(row: Row, known: Mapping[str, list[Row]], now: dt.datetime) -> tuple[str, str | None, str, str] | None:
    """column, value, message and next step of what is wrong with a row."""
    key = key_of(row)
    name, verdict = _named(row), verdict_named(row["verdict"]) if row["verdict"] else None
    again = "Export the work list anew with `deeptier matches --out FILE`."
    if not name:
        return "pair_id", None, "the row names no pair.", "Fill in pair_id, or left_key and right_key."
    if row["pair_id"] and key and row["kind"] and judgements.pair_id(*key) != row["pair_id"]:
        return "pair_id", row["pair_id"], "pair_id and the keys beside it name two pairs.", "Leave one of the two blank."
    if name not in known:
        shown = row["pair_id"] or f"{row['left_key']}, {row['right_key']}"
        return "pair_id" if row["pair_id"] else "left_key", shown, "no such pair in the last run or in a screening.", again
    if verdict is None:
        said = "no such verdict." if row["verdict"] else "no verdict."
        return "verdict", row["verdict"], said, "Write same, different, unsure or withdrawn."
    if row["why"] is None:
        return "why", None, "a judgement without a reason is not kept.", "Say why in a few words."
    if len(row["why"]) > LONGEST:
        return "why", f"{row['why'][:60]}…", f"the reason is longer than {LONGEST} characters.", "Shorten it; refer to a file for the rest."
    if _meant(row, known[name]) is None:
        if row["facts_hash"]:
            return "facts_hash", row["facts_hash"], "a fact has changed since the file was exported.", f"{again} Look at the pair again."
        if verdict != judgements.WITHDRAWN:
            sets = len(known[name])
            return "facts_hash", None, f"the bidder reads differently in {sets} tenders.", f"{again} Fill in facts_hash as it stands there."
    if row["at"]:
        moment = _moment(row["at"])
        if moment is None:
            return "at", row["at"], "no date or time.", "Write it as 2026-06-30 or 2026-06-30T14:05:00Z, or leave it blank for now."
        if moment > now + CLOCKS:
            return "at", row["at"], "the day has not come.", "Write when it was decided, or leave it blank for now."
    return None
