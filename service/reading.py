"""The commands that only read what was published. They answer within a second: nothing heavy is imported here."""

from __future__ import annotations

import datetime as dt
import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from service import explain as explaining
from service import exports, queries, render, results
from service.errors import Usage
from service.results import BANDS, Filters
from service.warehouse import Row, opened
from service.words import LANGUAGES, Words
from service.workspace import Results, find
from service.workspace import results as published

Context = click.Context
EARLIEST = dt.date(2000, 1, 1)
language = click.option(
    "--lang", type=click.Choice(LANGUAGES), default="en", envvar="DEEPTIER_LANG", show_default=True, help="Language of the texts."
)
as_json = click.option("--json", "is_json", is_flag=True, help="JSON with stable keys, for scripts.")
which_run = click.option("--run", "run_id", metavar="ID", help="Results of this run instead of the latest.")
which_day = click.option("--as-of", type=click.DateTime(["%Y-%m-%d"]), metavar="DATE", help="Newest results scored as of this day.")


def filtered(command: Any) -> Any:
    """Adds the options that restrict the list of parties."""
    for option in reversed(
        (
            click.option("--tier", type=click.IntRange(0), help="Parties at this tier, on any path."),
            click.option("--band", multiple=True, type=click.Choice(BANDS, case_sensitive=False), help="This band; may be repeated."),
            click.option("--country", metavar="ISO", help="Country: ISO code or name."),
            click.option("--commodity", metavar="HS", help="Makers of goods under this HS code (2, 4 or 6 digits)."),
            click.option("--sector", help="Line of business, such as garments."),
            click.option("--buyer", metavar="ID", help="Parties in the chain of this buyer, with tiers as seen from it."),
            click.option("--party", metavar="ID", help="This party alone."),
        )
    ):
        command = option(command)
    return command


def put_json(value: Any) -> None:
    """Prints `value` as JSON."""
    click.echo(json.dumps(value, ensure_ascii=False, indent=1, default=exports.json_default))


def chosen(context: Context, run_id: str | None = None, as_of: dt.datetime | None = None) -> Results:
    """The results that the options name."""
    if run_id and as_of:
        raise Usage("--run and --as-of both name results; give one of them.")
    return published(find(context.obj), run_id, as_of.date() if as_of else None)


def day_to_score(as_of: dt.datetime | None) -> dt.date | None:
    """The day of --as-of. Usage for one that has not come, or lies before any source."""
    day = as_of.date() if as_of else None
    if day and not EARLIEST <= day <= dt.date.today():
        raise Usage(f"--as-of {day}: name a day from {EARLIEST} to today; results are never scored ahead of time.")
    return day


def _filters(given: dict[str, Any]) -> Filters:
    return Filters(
        **{name: given.get(name) for name in results.names() if name != "band"},
        band=tuple(band.lower() for band in given.get("band") or ()),
    )


def known_terms(warehouse: Any, rows: list[Row], words: Words) -> dict[str, list[str]]:
    """party_id -> names of its known context terms, the weightiest first, for parties without a sign of their own."""
    wanted = [row["party_id"] for row in rows if row["reason_kind"] == "context"]
    found = (
        warehouse.rows(
            "SELECT r.party_id, r.code FROM reason r JOIN score s ON s.party_id = r.party_id AND s.head = r.head WHERE r.kind = 'context' "
            "AND r.state = 'known' AND r.logits > 0.2 AND list_contains(?, r.party_id) ORDER BY r.party_id, r.logits DESC",
            [wanted],
        )
        if wanted
        else []
    )
    terms: dict[str, list[str]] = {}
    for row in found:
        name = words(f"term.{row['code']}")
        terms.setdefault(row["party_id"], []).append(name[0].lower() + name[1:])
    return {party: names[:2] for party, names in terms.items()}


def show_scores(at: Results, filters: Filters, sort: str, limit: int, words: Words) -> None:
    """Prints the scored table with its two closing lines."""
    with opened(at.path) as warehouse:
        rows = results.scores(warehouse, filters, sort, limit or None)
        counts, everyone = results.band_counts(warehouse, filters), results.band_counts(warehouse, Filters())
        states = results.sources(warehouse)
        terms = known_terms(warehouse, rows, words)
        countries = (
            {row["country"]: row for row in warehouse.rows("SELECT country, name_en, name_fr FROM core_country")}
            if warehouse.has("core_country")
            else {}
        )
    out = render.console()
    out.print(words("scores.title", as_of=words.date(at.as_of)) + (f" ({words('explain.replay')})" if at.is_replay else ""), style="bold")
    if not rows:
        asked = ", ".join(f"--{name} {' '.join(value) if isinstance(value, tuple) else value}" for name, value in filters.given().items())
        total = sum(row["n"] for row in everyone)
        out.print(words("scores.empty", filters=asked, n=words.number(total)) if asked and total else words("scores.nothing"))
    else:
        out.print()
        out.print(render.scores(render.printable(rows), terms, countries, words, out.width))
        out.print()
        hidden = sum(row["n"] for row in counts) - len(rows)
        if hidden > 0:
            render.paragraph(out, words("scores.more", n=words.number(hidden)), "dim")
        render.paragraph(out, render.band_line(counts, words))
    render.paragraph(out, render.source_line(states, words))
    if rows:
        render.paragraph(out, words("scores.legend"), "dim")


@click.command()
@filtered
@click.option("--limit", type=click.IntRange(0), default=25, show_default=True, help="Parties shown; 0 shows all.")
@click.option(
    "--sort", type=click.Choice(list(results.ORDERS)), default="band", show_default=True, help="Band, then override, severity and logit."
)
@click.option("--buyers", "with_buyers", is_flag=True, help="Show the buyers too, from whom tiers are counted.")
@which_run
@which_day
@as_json
@language
@click.pass_context
def scores(
    context: Context, limit: int, sort: str, with_buyers: bool, run_id: str | None, as_of: dt.datetime | None, is_json: bool, lang: str,
    **given: Any,
) -> None:
    """The scored list, the gravest first, each party with its weightiest reason."""
    at, filters = chosen(context, run_id, as_of), replace(_filters(given), are_buyers_left_out=not with_buyers)
    if not is_json:
        show_scores(at, filters, sort, limit, Words(lang))
        return
    is_set = context.get_parameter_source("limit") is not click.core.ParameterSource.DEFAULT
    with opened(at.path) as warehouse:
        rows = results.scores(warehouse, filters, sort, limit if is_set else None)
        counts = results.band_counts(warehouse, filters)
        states = results.sources(warehouse)
    put_json(
        {
            "run": {"run_id": at.run_id, "as_of": at.as_of, "is_replay": at.is_replay},
            "filters": filters.given(),
            "count": sum(row["n"] for row in counts),
            "bands": {row["band"]: row["n"] for row in counts},
            "parties": rows,
            "sources": states,
        }
    )


@click.command()
@click.argument("party", nargs=-1, required=True)
@which_run
@which_day
@as_json
@language
@click.pass_context
def explain(context: Context, party: tuple[str, ...], run_id: str | None, as_of: dt.datetime | None, is_json: bool, lang: str) -> None:
    """Why PARTY (its id, its name or a part of it) stands where it stands, what to ask and what to do."""
    from service import render_explain

    at, words, text = chosen(context, run_id, as_of), Words(lang), " ".join(party)
    with opened(at.path) as warehouse:
        found = explaining.find(warehouse, text)
        if len(found) > 1:
            if is_json:
                put_json({"candidates": found})
            else:
                click.echo(words("explain.several", n=f"{min(len(found), 20)}{'+' if len(found) > 20 else ''}", text=text))
                for row in render.printable(found[:20]):
                    click.echo(f"  {row['party_id']:<16} {row['name']} ({render.band_words(row['band'], row['band_label'], words)})")
            context.exit(2)
        explained = explaining.explain(warehouse, at, found[0]["party_id"], words)
    if is_json:
        put_json(explained)
    else:
        render_explain.explanation(render.console(), render.printable(explained), words)


@click.command()
@click.argument("what", type=click.Choice(list(exports.SORTED)))
@click.option("--format", "form", type=click.Choice(exports.FORMATS), default="csv", show_default=True)
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="File to write; standard output without it.")
@click.option("--indicator", metavar="ID", help="Findings or evidence of this indicator.")
@filtered
@which_run
@which_day
@click.pass_context
def export(
    context: Context,
    what: str,
    form: str,
    out: Path | None,
    indicator: str | None,
    run_id: str | None,
    as_of: dt.datetime | None,
    **given: Any,
) -> None:
    """Scores, findings or evidence rows as a file; the same results give the same bytes."""
    if indicator and what == "scores":
        raise Usage("--indicator restricts findings and evidence; a score has many indicators.")
    if out is None and form in ("xlsx", "parquet") and sys.stdout.isatty():
        raise Usage(f"--format {form} is no text for a terminal. Next: name a file with --out.")
    at = chosen(context, run_id, as_of)
    exports.export(at.path, what, form, out.absolute() if out else None, sys.stdout.buffer, _filters(given), indicator)
    if out:
        click.echo(f"{out}: written.", err=True)


@click.command("sql")
@click.argument("query")
@click.option("--limit", type=click.IntRange(1), default=queries.LIMIT, show_default=True, help="Rows shown.")
@click.option("--csv", "is_csv", is_flag=True, help="CSV.")
@as_json
@which_run
@click.pass_context
def sql(context: Context, query: str, limit: int, is_csv: bool, is_json: bool, run_id: str | None) -> None:
    """A read-only SQL query on the published tables, such as "select band, count(*) from score group by 1"."""
    at = chosen(context, run_id)
    answer = queries.ask(at.path, query, limit)
    if is_json:
        put_json([dict(zip(answer.names, row, strict=True)) for row in answer.rows])
    elif is_csv:
        exports.write_csv(answer.names, iter(answer.rows), sys.stdout.buffer)
    else:
        out = render.console()
        out.print(render.plain_table([(name, "left") for name in answer.names], render.printable(answer.rows)))
    if answer.is_cut:
        click.echo(f"Only the first {limit} rows; --limit N shows more.", err=True)


COMMANDS = (scores, explain, export, sql)
