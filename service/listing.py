"""The commands that show what results stand on: runs, sources, quarantine, indicators, and where the warehouse is. They only read."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path
from typing import Any

import click
from rich.text import Text

from data import model
from service import inbox, render, results
from service.errors import Usage
from service.reading import Context, as_json, chosen, language, put_json, which_run
from service.render import plain_table
from service.warehouse import Row, opened
from service.words import Words
from service.workspace import find, ledger, run_entry

NEEDS_HELP = ("stale", "failed", "not_configured", "not_loaded")


@click.group(invoke_without_command=True)
@as_json
@click.pass_context
def runs(context: Context, is_json: bool) -> None:
    """The run ledger; `runs show ID` opens one entry."""
    if context.invoked_subcommand:
        return
    entries = ledger(find(context.obj))
    if is_json:
        put_json(entries)
        return
    if not entries:
        click.echo("No run yet. Next: deeptier run")
        return
    rows = [
        (
            entry["run_id"],
            str(entry.get("as_of", ""))[:10] + (" replay" if entry.get("is_replay") else ""),
            entry.get("status", ""),
            f"{_seconds(entry):.0f} s" if _seconds(entry) else "",
            entry.get("parties", ""),
            _quarantined(entry),
        )
        for entry in entries
    ]
    headings = [("Run", "left"), ("As of", "left"), ("Status", "left"), ("Time", "right"), ("Parties", "right"), ("Quarantined", "right")]
    out = render.console()
    out.print(plain_table(headings, rows))
    out.print(Text("One in full: deeptier runs show ID. Its results: deeptier scores --run ID", "dim"))


def _seconds(entry: Row) -> float:
    steps = entry.get("seconds")
    return float(sum(steps.values())) if isinstance(steps, dict) else float(steps or 0)


def _quarantined(entry: Row) -> int | str:
    found = entry.get("quarantined")
    return sum(int(row.get("rows", 0)) for row in found) if isinstance(found, list) else ""


@runs.command("show")
@click.argument("run_id")
@as_json
@click.pass_context
def runs_show(context: Context, run_id: str, is_json: bool) -> None:
    """One run: inputs with their hashes, versions, seed, counts and seconds."""
    entry = run_entry(find(context.obj), run_id)
    if is_json:
        put_json(entry)
        return
    out = render.console()
    for key, value in entry.items():
        if isinstance(value, dict) and value:
            out.print(Text(f"{key}:", "bold"))
            for name, item in value.items():
                short = (
                    item
                    if not isinstance(item, dict)
                    else ", ".join(f"{key} {part}" for key, part in item.items() if part not in (None, {}, ""))
                )
                out.print(Text(f"  {name}: {short}"))
        elif isinstance(value, list) and value:
            out.print(Text(f"{key}:", "bold"))
            for item in value:
                out.print(Text("  " + (", ".join(str(part) for part in item.values()) if isinstance(item, dict) else str(item))))
        elif value not in (None, "", {}, []):
            out.print(Text.assemble((f"{key}: ", "bold"), str(value)))


@click.command()
@which_run
@click.pass_context
def warehouse(context: Context, run_id: str | None) -> None:
    """The path of the published DuckDB file, and nothing else."""
    click.echo(chosen(context, run_id).path)


@click.command()
@as_json
@language
@click.pass_context
def sources(context: Context, is_json: bool, lang: str) -> None:
    """State and age of every source, and what to do for those that are not fresh."""
    at, words = chosen(context), Words(lang)
    with opened(at.path) as read:
        rows = results.sources(read)
    for row in rows:
        step = {"not_loaded": "load", "failed": "load", "stale": "fetch", "not_configured": "configure"}.get(row["state"])
        row["next_step"] = words(f"sources.next.{step}", id=row["source"]) if step else None
    if is_json:
        put_json(rows)
        return
    out = render.console()
    order = ("failed", "stale", "not_configured", "not_loaded", "shipped", "fresh")
    rows.sort(key=lambda row: (order.index(row["state"]) if row["state"] in order else 0, row["source"]))
    names = ("source", "state", "of", "age", "rows", "what")
    table = plain_table(
        [(words(f"sources.heading.{name}"), "right" if name in ("age", "rows") else "left") for name in names],
        [
            (
                row["source"],
                Text(words.get(f"sources.state.{row['state']}", row["state"]), render.STYLES.get(row["state"], "")),
                row["received_on"],
                words("sources.days", n=words.number(row["age_days"])) if row["age_days"] is not None else "",
                words.number(row["rows"] or 0),
                Text.assemble(words.of(row, "title"), (f"\n{row['licence']}" if row["licence"] else "", "dim")),
            )
            for row in rows
        ],
    )
    out.print(table)
    todo = [row for row in rows if row["state"] in NEEDS_HELP]
    if todo:
        out.print()
    for row in todo:
        # What to do for a source that was never loaded is all there is to say; a failure has its own message.
        said = "" if row["state"] == "not_loaded" else str(row["message"] or "").rstrip(".")
        render.paragraph(out, f"{row['source']}{words('common.colon')}" + ". ".join(part for part in (said, row["next_step"]) if part))


def show_quarantine(workspace: Path, table: str | None, is_json: bool) -> None:
    """Prints what is in quarantine, by table and reason, with examples and the next step."""
    name = table_name(table) if table else None
    rows = inbox.rows(workspace, name)
    rows = rows if is_json else render.printable(rows)
    if is_json:
        put_json(rows)
        return
    if not rows:
        click.echo("Nothing is in quarantine." if not name else f"Nothing of {name} is in quarantine.")
        return
    out = render.console()
    counts = Counter((row["table"], row["reason"]) for row in rows)
    for (kind, reason), count in sorted(counts.items(), key=lambda item: (str(item[0][0]), -item[1])):
        examples = [row for row in rows if (row["table"], row["reason"]) == (kind, reason)]
        out.print(Text.assemble((f"{kind}: {reason}", "bold"), f"  {count} row{'s' if count != 1 else ''}"))
        for row in examples[:3]:
            render.paragraph(out, _said(row), indent=2)
        if examples[0]["next_step"]:
            render.paragraph(out, f"Next: {examples[0]['next_step']}", "dim", indent=2)
    out.print()
    render.paragraph(
        out, "To correct them: deeptier quarantine --export FILE.xlsx, mend the cells, then: deeptier import TABLE FILE.xlsx", "dim"
    )


def _said(row: Row) -> str:
    """The message with file, line and column before it, where it does not say them itself."""
    said = str(row["message"] or row["reason"])
    if row["file"] and said.startswith(str(row["file"])):
        return said
    column = f'column "{row["column"]}"' if row["column"] else None
    place = ", ".join(str(part) for part in (row["file"], f"line {row['line']}" if row["line"] else None, column) if part)
    value = f"{row['value']!r} " if row["value"] is not None and str(row["value"]) not in said else ""
    return f"{place}: {value}{said}" if place else f"{value}{said}"


def table_name(text: str) -> str:
    """The upload table that a user means: its name, singular or plural, or a word of its title. Usage if there is none."""
    wanted = text.strip().lower().replace("-", "_").replace(" ", "_")
    tables = model.contracts("upload")
    by_word: dict[str, set[str]] = {}
    for table, contract in tables.items():
        titles = {title.lower().replace(" ", "_").replace("-", "_") for title in contract.title.values()}
        for name in {table, *titles, table.rsplit("_", 1)[-1]}:
            for form in (name, f"{name}s", f"{name[:-1]}ies" if name.endswith("y") else name):
                by_word.setdefault(form, set()).add(table)
    for word in ("supplier", "suppliers", "facility", "facilities", "buyers", "fournisseurs"):
        by_word[word] = {"party"}
    by_word["links"] = by_word["link"] = {"supply_link"}
    by_word["owners"] = {"ownership_link"}
    found = {wanted} if wanted in tables else by_word.get(wanted, set())
    if len(found) == 1:
        return next(iter(found))
    known = ", ".join(sorted(found or tables))
    raise Usage(f"TABLE {text}: {'several fit' if found else 'no such table'}. Next: one of {known}.")


@click.group()
def indicators() -> None:
    """The rules that read the evidence: list, show, new."""


def _indicators(context: Context, run_id: str | None = None) -> list[Row]:
    with opened(chosen(context, run_id).path) as read:
        return results.indicators(read)


@indicators.command("list")
@as_json
@language
@click.pass_context
def indicators_list(context: Context, is_json: bool, lang: str) -> None:
    """All indicators with class, severity and at how many parties each was found."""
    rows, words = _indicators(context), Words(lang)
    if is_json:
        put_json(rows)
        return
    names = ("group", "indicator", "kind", "severity", "found", "title")
    headings = [(words(f"indicator.heading.{name}"), "right" if name in ("severity", "found") else "left") for name in names]
    shown, last = [], None
    for row in rows:
        mark = f" ({row['lifecycle']})" if row["lifecycle"] != "stable" else ""
        group = row["group"] if row["group"] != last else ""
        shown.append((group, row["indicator"], row["evidence_class"], row["severity"], row["party_count"], words.of(row, "title") + mark))
        last = row["group"]
    render.console().print(plain_table(headings, shown))


@indicators.command("show")
@click.argument("indicator")
@as_json
@language
@click.pass_context
def indicators_show(context: Context, indicator: str, is_json: bool, lang: str) -> None:
    """One indicator: what it says, how it is computed, what it misses, on which authorities, with which remedy."""
    rows, words = _indicators(context), Words(lang)
    found = [row for row in rows if row["indicator"] == indicator]
    if not found:
        near = [row["indicator"] for row in rows if indicator.lower() in row["indicator"]]
        raise Usage(f"INDICATOR {indicator}: none of that id. Next: {', '.join(near[:6]) or '`deeptier indicators list`'}.")
    row = found[0]
    if is_json:
        put_json(row)
        return
    out = render.console()
    out.print(Text.assemble((words.of(row, "title"), "bold"), f"  {row['indicator']}"))
    about = words(
        "indicator.about",
        group=row["group"],
        kind=row["evidence_class"],
        severity=row["severity"],
        heads=words.listed([words(f"head.{head}") for head in row["heads"]]),
        lifecycle=words(f"indicator.{row['lifecycle']}"),
    )
    more = [words("indicator.ilo", n=", ".join(str(number) for number in row["ilo"]))] if row["ilo"] else []
    more += [words("indicator.credit", n=words.number(row["maximum_credit"], 2))] if row["maximum_credit"] else []
    render.paragraph(out, ", ".join([about, *more]), "dim")
    out.print()
    for part in re.split(r"\n(?=How it is computed:|Why it is a sign:|What it misses:|Exclusions:|$)", str(row["page"] or "")):
        render.paragraph(out, " ".join(part.split()))
    out.print()
    for name in ("thresholds", "cases"):
        if row.get(name):
            out.print(Text(words(f"indicator.{name}"), "bold"))
            for line in row[name]:
                render.paragraph(out, f"- {line}")
    for name in ("ask", "remedy"):
        render.paragraph(out, f"{words(f'indicator.{name}')} {words.of(row, name)}")
    out.print(Text(words("indicator.authorities"), "bold"))
    known = model.authorities()
    for entry in row["authorities"]:
        key, _, article = str(entry).partition(": ")
        authority = known.get(key)
        title = authority.title[words.language] if authority else key
        render.paragraph(out, f"- {title}, {article}")
        if authority and authority.url:
            out.print(Text(f"  {authority.url}", "dim"), soft_wrap=True)


COMMANDS: tuple[Any, ...] = (runs, warehouse, sources, indicators)
