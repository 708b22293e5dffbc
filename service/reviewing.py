"""The commands with which people judge pairs and export the audit trail: matches, judge, judgements, audit.

Belongs here: options, and how answers are shown. Does not belong here: any rule, and opening a database (dagster_project/reviewing.py).
"""

from __future__ import annotations

import datetime as dt
import getpass
import sys
from pathlib import Path
from typing import Any, cast

import click

from data import model
from service import render, render_review
from service.door import door
from service.errors import QUARANTINED, Usage
from service.reading import Context, as_json, language, put_json
from service.render_review import moment, say
from service.warehouse import Row
from service.words import Words
from service.workspace import POINTER, find
from service.workspace import results as published

STATES = tuple(model.vocabulary("review_state").codes)
WAITING = tuple(code for code, entry in model.vocabulary("review_state").codes.items() if entry.values["waits"])
VERDICTS = tuple(model.vocabulary("verdict").codes)
EARLIEST = dt.date(2000, 1, 1)
file_in = click.Path(dir_okay=False, path_type=Path)


def _doing() -> Any:
    return door("reviewing")


def _writable(out: Path) -> Path:
    if not out.absolute().parent.is_dir():
        raise Usage(f"--out {out}: there is no folder {out.parent}. Next: make it, or name another.")
    return out


@click.command()
@click.option("--state", "states", multiple=True, type=click.Choice([*STATES, "all"]), help="May be repeated. Default: what waits.")
@click.option("--list", "list_id", metavar="LIST", help="Pairs with entries of this list, such as us_uflpa.")
@click.option("--limit", type=click.IntRange(0), default=25, show_default=True, help="Pairs shown; 0 shows all.")
@click.option("--out", type=file_in, metavar="FILE", help="Write the pairs as CSV or XLSX to fill in: verdict, why, by.")
@as_json
@language
@click.pass_context
def matches(
    context: Context, states: tuple[str, ...], list_id: str | None, limit: int, out: Path | None, is_json: bool, lang: str
) -> None:
    """Pairs of records that may be one and wait for a person, the ones that matter most first."""
    workspace, words = find(context.obj), Words(lang)
    at = published(workspace)
    if list_id is not None and list_id not in (known := model.vocabulary("list").codes):
        raise Usage(f"--list {list_id}: no such list. Next: one of {', '.join(known)}.")
    if out is not None and out.suffix.lower() not in (".csv", ".xlsx"):
        raise Usage(f"--out {out}: a work list is .csv or .xlsx. Next: name it so.")
    is_set = context.get_parameter_source("limit") is not click.core.ParameterSource.DEFAULT
    wanted = () if "all" in states else states or WAITING
    shown = limit if is_set or not (out or is_json) else 0
    rows, counts = _doing().matches(workspace, at.path, wanted, list_id, shown or None)
    if out is not None:
        made = _doing().export(rows, _writable(out))
        click.echo(say(words, "matches.written", file=out, n=made))
    if is_json:
        put_json({"run_id": at.run_id, "as_of": at.as_of, "counts": counts, "pairs": rows})
    if out is not None or is_json:
        return
    console = render.console()
    console.print(say(words, "matches.title", run=at.run_id), style="bold")
    states_shown = [
        say(words, "matches.counts", n=words.number(counts[state]), state=words.code("review_state", state))
        for state in STATES if counts.get(state)
    ]
    if states_shown:
        render.paragraph(console, ", ".join(states_shown), "dim")
    if not rows:
        render.paragraph(console, say(words, "matches.none"))
        return
    for row in render.printable(rows):
        console.print()
        render_review.pair(console, row, words)
    console.print()
    hidden = sum(counts.get(state, 0) for state in (wanted or STATES)) - len(rows)
    if hidden > 0:
        render.paragraph(console, say(words, "matches.more", n=words.number(hidden)), "dim")
    render.paragraph(console, say(words, "matches.next"), "dim")


def _person(given: str | None) -> str:
    """Who judges: --by, else the account that runs the command."""
    if given is not None:
        if not given.strip():
            raise Usage("--by is blank. Next: name who judges.")
        return " ".join(given.split())
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError) as error:
        raise Usage("This account has no name. Next: say who judges with --by NAME.") from error


def _one(rows: list[Row], text: str, is_any: bool = True) -> Row:
    """The row that PAIR_ID names; `is_any`: whichever of its facts, as what is asked is of the pair."""
    if len({row["pair_id"] for row in rows}) == 1:
        if found := _doing().meant(rows, is_any):
            return cast(Row, found)
        names = ", ".join(render_review.name_of(row) for row in rows[:5])
        raise Usage(f"PAIR_ID {text}: the bidder reads differently in {len(rows)} tenders. Next: one of {names}.")
    if not rows:
        raise Usage(f"PAIR_ID {text}: no such pair in the last run, in a screening or among the judgements. Next: `deeptier matches`.")
    raise Usage(f"PAIR_ID {text}: {len(rows)} pairs begin so. Next: one of {', '.join(sorted({row['pair_id'] for row in rows})[:5])}.")


@click.command()
@click.argument("pair_id", required=False)
@click.argument("verdict", required=False, metavar="[same|different|unsure|withdraw]")
@click.option("--why", help="The reason; it is kept with the judgement.")
@click.option("--by", metavar="NAME", help="Who judges; the account that runs the command without it.")
@click.option("--file", "file", type=file_in, metavar="FILE", help="Judgements in a CSV or XLSX file, as `matches --out` writes it.")
@click.option("--dry-run", is_flag=True, help="With --file: say what would happen, and keep nothing.")
@as_json
@language
@click.pass_context
def judge(
    context: Context, pair_id: str | None, verdict: str | None, why: str | None, by: str | None, file: Path | None, dry_run: bool,
    is_json: bool, lang: str,
) -> None:
    """Say whether the two records of PAIR_ID are the same. It stays so on every run until a fact of them changes.

    `withdraw` takes the last judgement back, so that the one before it stands again. Nothing is ever erased: `deeptier judgements`.
    """
    workspace, words = find(context.obj), Words(lang)
    if file is not None:
        if pair_id or verdict or why:
            raise Usage("judge --file: pair, verdict and reason are in the file. Next: leave them out.")
        _judge_file(context, workspace, file, _person(by), dry_run, is_json, words)
        return
    code = _verdict(verdict)
    if not pair_id or code is None:
        raise Usage("judge: PAIR_ID and same, different, unsure or withdraw are needed. Next: `deeptier matches` lists the pairs.")
    if dry_run:
        raise Usage("--dry-run goes with --file.")
    if not (why or "").strip():
        raise Usage("--why is needed: a judgement without a reason is not kept. Next: --why \"other address, other register number\".")
    who = _person(by)
    is_blind = code == "withdrawn" and not (workspace / "published" / POINTER).exists()  # what was said can be taken back at any time
    pair = _one(_doing().find(workspace, None if is_blind else published(workspace).path, pair_id), pair_id, code == "withdrawn")
    name = pair["pair_id"]
    if pair["is_gone"] and code != "withdrawn":
        raise Usage(f"PAIR_ID {name}: one of its records is no longer there, so its facts cannot be judged. Next: withdraw, or leave it.")
    answer = _doing().judge(workspace, pair, code, " ".join((why or "").split()), who)
    if answer["outcome"] == "nothing_to_withdraw":
        raise Usage(f"PAIR_ID {name}: no judgement stands that could be withdrawn. Next: `deeptier judgements {name}`.")
    if is_json:
        put_json(answer)
        return
    console = render.console()
    left, right = (pair["facts"][end]["name"] or "" for end in ("left", "right"))
    key = "again" if answer["outcome"] == "again" else "withdrawn" if code == "withdrawn" else "recorded"
    said = {"pair": name, "verdict": words.code("verdict", code), "by": who, "left": left, "right": right}
    render.paragraph(console, say(words, f"judge.{key}", **render.printable(said)))
    if key == "withdrawn":
        stands = render.printable(answer["stands"])
        held = stands and {**stands, "verdict": words.code("verdict", stands["verdict"]), "at": moment(stands["at"])}
        render.paragraph(console, say(words, "judge.back", **held) if held else say(words, "judge.open"))
    if key != "again":
        is_bidder = pair["kind"] == "bidder"
        render.paragraph(console, render_review.counts_from(is_bidder, not is_bidder, words), "dim")


def _verdict(text: str | None) -> str | None:
    """The verdict that a word in English or French means."""
    wanted = (text or "").strip().casefold()
    for code, entry in model.vocabulary("verdict").codes.items():
        if wanted in (code, entry.en, entry.fr, *entry.synonyms):
            return code
    if text:
        raise Usage(f"{text}: no such verdict. Next: same, different, unsure, or withdraw to take the last judgement back.")
    return None


def _judge_file(context: Context, workspace: Path, file: Path, who: str, dry_run: bool, is_json: bool, words: Words) -> None:
    report = _doing().judge_file(workspace, published(workspace).path, file, who, dry_run)
    if is_json:
        put_json(report)
    else:
        console = render.console()
        render_review.loaded(console, report, who, words)
        if report["recorded"] and not dry_run:
            others = report["recorded"] - report["of_bidders"]
            render.paragraph(console, render_review.counts_from(report["of_bidders"], others, words), "dim")
    if report["refused"]:
        context.exit(QUARANTINED)


@click.command()
@click.argument("pair_id", required=False)
@click.option("--limit", type=click.IntRange(0), default=25, show_default=True, help="Judgements shown, the newest; 0 shows all.")
@as_json
@language
@click.pass_context
def judgements(context: Context, pair_id: str | None, limit: int, is_json: bool, lang: str) -> None:
    """Who judged what, when, why and on which facts: of PAIR_ID, or of all pairs. Withdrawn ones stay."""
    workspace, words = find(context.obj), Words(lang)
    pair = _one(_doing().find(workspace, None, pair_id), pair_id) if pair_id else None
    rows = _doing().history(workspace, pair, None if pair else limit or None)
    if is_json:
        put_json(rows)
        return
    console = render.console()
    if not rows:
        render.paragraph(console, say(words, "history.none"))
    for row in render.printable(rows):
        render_review.judgement(console, row, words)
    if not pair and limit and len(rows) == limit:
        render.paragraph(console, say(words, "history.more", n=limit), "dim")


@click.command()
@click.option("--from", "first", required=True, type=click.DateTime(["%Y-%m-%d"]), metavar="DATE", help="First day (UTC).")
@click.option("--to", "last", required=True, type=click.DateTime(["%Y-%m-%d"]), metavar="DATE", help="Last day (UTC), included.")
@click.option("--format", "form", type=click.Choice(["jsonl", "csv"]), default="jsonl", show_default=True)
@click.option("--out", type=click.Path(path_type=Path), metavar="PATH", help="A file; for CSV a new folder, or a .zip file.")
@language
@click.pass_context
def audit(context: Context, first: dt.datetime, last: dt.datetime, form: str, out: Path | None, lang: str) -> None:
    """Which list versions were live, what was screened with what result, and what was judged, between two days.

    JSON Lines: one object per line, with its type. CSV: a file per type. The same days give the same bytes while nothing is added.
    """
    workspace, words = find(context.obj), Words(lang)
    begin, end = first.date(), last.date()
    if end < begin or begin < EARLIEST:
        raise Usage(f"--from {begin} --to {end}: name two days from {EARLIEST} on, the earlier one first.")
    if form == "csv" and out is None:
        raise Usage("--format csv is several files. Next: name a new folder or a .zip file with --out.")
    if out is not None and out.is_dir() and (form == "jsonl" or any(out.iterdir())):
        wanted = "file" if form == "jsonl" else "folder or a .zip file"
        raise Usage(f"--out {out}: there is a folder of this name. Next: name a new {wanted}.")
    counts = _doing().audit(workspace, begin, end, form, _writable(out) if out else None, sys.stdout.buffer)
    days = {"first": begin.isoformat(), "last": end.isoformat()}
    said = say(words, "audit.counts", **days, **counts) if any(counts.values()) else say(words, "audit.empty", **days)
    click.echo(f"{out}: {said}" if out else said, err=True)


COMMANDS: tuple[Any, ...] = (matches, judge, judgements, audit)
