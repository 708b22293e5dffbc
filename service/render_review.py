"""How pairs, judgements and refused rows look in a terminal, in English and French (reviewing.yml). Decides nothing."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

from rich.text import Text

from service import render
from service.warehouse import Row
from service.words import Words, texts

OWN = Path(__file__).with_name("reviewing.yml")
REFUSED = 50  # rows shown; --json has them all


def say(words: Words, key: str, **values: Any) -> str:
    """The text of `key` (group.name) of reviewing.yml, filled in."""
    return words.set(texts(OWN)[key][words.language].format(**values))


def moment(value: dt.datetime | None) -> str:
    """2026-06-30 14:05 UTC; blank for none."""
    return f"{value:%Y-%m-%d %H:%M} UTC" if value else ""


def side(facts: Row) -> str:
    """What is known of one record, in a line."""
    parts = [facts["name"], *(f"({name})" for name in facts["aliases"][:3]), facts["address"] or facts["place"], facts["subdivision"]]
    more = [facts["country"], ", ".join(facts["identifiers"][:4]), facts["schema"] if facts["schema"] != "organisation" else None]
    return " · ".join(str(part) for part in (*parts, *more) if part)


def name_of(row: Row) -> str:
    """How `deeptier judge` is told of the pair: its id, and the beginning of its facts_hash where it was screened with several."""
    return f"{row['pair_id']}:{row['facts_hash'][:8]}" if row["fact_sets"] > 1 else str(row["pair_id"])


def pair(out: Any, row: Row, words: Words) -> None:
    """One pair: both sides, what agrees and differs, what was said before."""
    sure = words.percent(row["confidence"]) if row["confidence"] is not None else None
    head = [
        words.code("review_state", row["state"]),
        say(words, "matches.confidence", p=sure) if sure else say(words, "matches.named"),
        words.code("match_basis", row["basis"]),
        words.code("list", row["list_id"]),
        words.code("listing_status", row["status"]),
        say(words, "matches.priority", n=words.number(row["priority"], 2)) if row["priority"] is not None else "",
    ]
    out.print(Text.assemble((name_of(row), "bold"), "  " + ", ".join(part for part in head if part)))
    names = ("matches.bidder" if row["kind"] == "bidder" else "matches.ours", "matches.listed" if row["list_id"] else "matches.other")
    for name, end in zip(names, ("left", "right"), strict=True):
        key = row[f"{end}_key"] if row["kind"] != "bidder" or end == "right" else ""
        render.paragraph(out, f"{say(words, name)}{words('common.colon')}{side(row['facts'][end])} {f'[{key}]' if key else ''}", indent=2)
    parts = [
        say(words, f"matches.{name}", fields=", ".join(say(words, f"field.{field}") for field in row[name]))
        for name in ("agrees", "differs", "unknown") if row[name]
    ]
    render.paragraph(out, words("common.semicolon").join(parts), "dim", indent=2)
    if row["judgement_id"] is not None:
        since = say(words, "matches.since", at=moment(row["open_since"]), run=row["opened_by_run"]) if row["open_since"] else ""
        verdict = words.code("verdict", row["earlier_verdict"])
        text = say(
            words, "matches.again" if row["is_open_again"] else "matches.held", since=f" {since.strip()}" if since else "",
            verdict=verdict, by=row["by"], at=moment(row["at"]), why=row["why"],
        )
        render.paragraph(out, text, "yellow" if row["is_open_again"] else "", indent=2)


def counts_from(bidders: int, others: int, words: Words) -> str:
    """From when judgements count: on `bidders` at the next screening, on `others` from the next run on."""
    if bidders and others:
        return say(words, "judge.counts_mixed", bidders=words.number(bidders), others=words.number(others))
    return say(words, f"judge.counts_{'screening' if bidders else 'run'}_{'one' if bidders + others == 1 else 'many'}")


def judgement(out: Any, row: Row, words: Words) -> None:
    """One entry of the history: what was said, by whom, when, why, and the facts it was said of."""
    state = f"  ({say(words, 'history.stands')})" if row["stands"] else ""
    head = f"{row['pair_id']}  {moment(row['at'])}  {words.code('verdict', row['verdict'])}"
    out.print(Text.assemble((head, "bold"), f"  {row['by']}{state}"))
    render.paragraph(out, row["why"], indent=2)
    for end in ("left", "right"):
        render.paragraph(out, f"{side(row['facts'][end])} [{row[f'{end}_key']}]", "dim", indent=2)


def loaded(out: Any, report: Row, who: str, words: Words) -> None:
    """What became of a file of judgements: counts, and each refused row with its line and the next step."""
    numbers = {name: words.number(report[name]) for name in ("rows", "recorded", "again", "blank")}
    key = "judge.dry" if report["dry_run"] else "judge.file"
    render.paragraph(out, say(words, key, file=report["file"], refused=words.number(len(report["refused"])), **numbers))
    for fault in render.printable(report["refused"][:REFUSED]):
        value = f" {fault['value']!r}" if fault["value"] else ""
        said = str(fault["message"]).removeprefix(f"{report['file']}, ")
        place = "" if said.startswith("line ") else f"line {fault['line']}, {fault['column']}{value}: "
        render.paragraph(out, f"{place}{said} {fault['next_step']}", indent=2)
    if len(report["refused"]) > REFUSED:
        render.paragraph(out, words("common.more", n=words.number(len(report["refused"]) - REFUSED)), indent=2)
    render.paragraph(out, say(words, "judge.signed", by=who), "dim")
