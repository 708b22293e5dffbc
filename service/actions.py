"""What to do: the remedies of the signs, workers first, with an owner and a day. Leaving is never first."""

from __future__ import annotations

import datetime as dt
from typing import Any

from risk import methodology
from service.warehouse import Row
from service.words import Words

DAYS = {"critical": 0, "high": 30, "elevated": 90, "moderate": 365, "moderate_unverified": 90, "insufficient": 90, "low": 365}
MATCH_WORKING_DAYS = 2
HURT = ("VIOLENCE", "COERCION", "DEBT", "CHILD", "PATTERN")


def hold(score: Row, words: Words) -> dict[str, Any] | None:
    """The legal hold that an override asks for, with what releases it; None where there is none."""
    rule = methodology.load().overrides.get(score.get("override") or "")
    if not rule or not rule["legal_hold"]:
        return None
    release = words.get(f"release.{score['override']}", rule["release"])
    return {"override": score["override"], "text": words("explain.hold_text", release=release), "release": release}


def working_days(day: dt.date, count: int) -> dt.date:
    """`day` and `count` working days, Saturdays and Sundays left out."""
    while count:
        day += dt.timedelta(days=1)
        count -= day.weekday() < 5
    return day


def actions(
    score: Row, reasons: list[Row], matches: list[Row], asked: list[dict[str, Any]], as_of: dt.date, words: Words
) -> list[dict[str, Any]]:
    """Actions in order: key, text, owner, due_on, is_last_resort. What protects workers comes first, the last resort last."""
    due = as_of + dt.timedelta(days=DAYS[score["band"]])
    found: list[dict[str, Any]] = []

    def add(key: str, text: str, on: dt.date | None = due, last: bool = False) -> None:
        found.append({"key": key, "text": text, "owner": words("action.owner"), "due_on": on, "is_last_resort": last})

    signs = [row for row in reasons if row["kind"] in ("sign", "good_faith") and row["state"] != "ended" and row["remedy_en"]]
    own = [row for row in signs if row["group"] not in ("OPACITY", "PURCHASING", "ENTITY")]
    if any(row["group"] == "CHILD" for row in own):
        add("child", words("action.child"))
    elif any(row["group"] in HURT for row in own):
        add("hear", words("action.hear"))
    # A remedy that is done and checked needs none of its own.
    unfinished = [row for row in signs if row["remedy_state"] not in ("worker_verified", "monitored")]
    unfinished.sort(
        key=lambda row: (row["group"] in ("ENTITY", "PURCHASING", "OPACITY"), -(row["severity"] or 0), -row["logits"], row["code"])
    )
    texts: set[str] = set()
    for row in unfinished:
        text = words.of(row, "remedy")
        if text not in texts and len(texts) < 5:
            texts.add(text)
            add(row["code"], text)
    if any(row["group"] == "PURCHASING" for row in signs):
        add("own_practice", words("action.own_practice"))
    if matches:
        add("confirm_match", words("action.confirm_match"), working_days(as_of, MATCH_WORKING_DAYS))
    if score["is_linked_only"]:
        add("linked", words("action.linked"))
    elif score["is_context_only"] and score["band"] in ("critical", "high", "elevated", "moderate"):
        add("ask_workers", words("action.ask_workers"))
    if asked and score["is_own_chain"] is not False and score["grade"] in ("C", "D"):
        add("ask_data", words("action.ask_data"))
    if (score.get("presence_upstream") or 0) >= 0.5 and not own:
        add("upstream", words("action.upstream"))
    if not found:
        add("monitor", words("action.monitor"), as_of + dt.timedelta(days=DAYS["low"]))
    if (own or score.get("override")) and score["band"] in ("critical", "high"):
        add("last_resort", words("action.last_resort"), None, True)
    return found
