"""Where it was looked: each list in its version, and what came of it. A list that was not searched is never read as one without a match.

Belongs here: wording of lists. Does not belong here: what was found (facts).
"""

from __future__ import annotations

from collections import Counter
from typing import Any

from data.screening import FactState, ProcessResult, Screening, SearchedList, SearchState, TendererResult
from risk.screening.keys import Context
from service.screening import spans
from service.screening.wording import Words


def hits(tenderers: list[TendererResult]) -> dict[str, Counter[FactState]]:
    """list_id -> how many facts of each state come from it."""
    found: dict[str, Counter[FactState]] = {}
    for result in tenderers:
        for fact in result.facts:
            if fact.entry:
                found.setdefault(fact.entry.list_id, Counter())[fact.state] += 1
    return found


def list_result(one: SearchedList, found: Counter[FactState] | None, words: Words) -> str:
    """What became of a list, in words: hits by state, nothing found, or not searched; and why, where that needs saying."""
    why = [words.get(f"why.{one.why}", spans.clean(one.why))] if one.why else []
    if one.state == SearchState.NOT_SEARCHED:
        told = [words("searched.not_searched")]
    elif found:
        told = [words(f"searched.hit.{state.value}", n=words.number(found[state])) for state in FactState if found[state]]
    else:
        told = [words("searched.nothing_stale" if one.state == SearchState.STALE else "searched.nothing")]
    return words("common.semicolon").join([*told, *why])


def list_version(one: SearchedList, words: Words) -> list[str]:
    """Version, newest entry and age of a list."""
    told = [words("searched.received", date=words.date(one.received_on))] if one.received_on else []
    told += [words("fact.batch", n=words.number(one.batch))] if one.batch is not None else []
    told += [words.count("searched.age", one.age_days)] if one.age_days is not None else []
    told += [words("searched.newest", date=words.date(one.newest_entry_on))] if one.newest_entry_on else []
    return told or [words("searched.not_known")]


def needed(result: ProcessResult, words: Words) -> str:
    """Which lists that the profile calls for were not searched, or in an old copy; nothing where each was."""
    found = next((note.values for note in result.context if note.code == Context.LISTS_OF_PROFILE), {})
    names = {key: words("common.semicolon").join(words.code("list", one) for one in found.get(key) or []) for key in ("missing", "old")}
    given = [key for key, text in names.items() if text]
    return words("context.lists_of_profile" + (f"_{given[0]}" if len(given) == 1 else ""), **names) if given else ""


def unsearched(lists: list[SearchedList], words: Words) -> list[dict[str, Any]]:
    """Lists that were not searched, by the reason."""
    found: dict[str, list[str]] = {}
    for one in lists:
        if one.state == SearchState.NOT_SEARCHED:
            found.setdefault(words.get(f"why.{one.why}", one.why or words("common.unknown")), []).append(words.code("list", one.list_id))
    return [{"why": why, "names": names} for why, names in found.items()]


def searched(screening: Screening, result: ProcessResult, words: Words) -> dict[str, Any]:
    """Every list that was searched, with its version and result; then those that were not, and why."""
    found, order = hits(result.tenderers), list(SearchState)
    listed = [
        {
            "list": words.code("list", one.list_id),
            "state": one.state.value,
            "state_text": words(f"searched.state.{one.state.value}"),
            "version": words("common.semicolon").join(list_version(one, words)),
            "licence": words("searched.licence", text=spans.clean(one.licence)) if one.licence else "",
            "sha256": one.sha256 or "",
            "entries": words.number(one.entries),
            "result": list_result(one, found.get(one.list_id), words),
        }
        for one in sorted(screening.lists, key=lambda one: order.index(one.state))
        if one.state != SearchState.NOT_SEARCHED
    ]
    lead = words("searched.lead" if listed else "searched.no_lists")
    return {"lead": lead, "rows": listed, "unsearched": unsearched(screening.lists, words)}
