"""deeptier on the command line. What acts is reached through service/door, and only inside the commands that act."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any

import click

from service import listing, matching, reading, reviewing
from service.door import operations
from service.errors import EXIT_CODES, QUARANTINED, RUN_FAILED, UNEXPECTED, Usage, exit_code_of, of_disk
from service.screening import commands as screening
from service.workspace import demo_folder, find, locate

EPILOG = "Exit codes: " + "; ".join(f"{code} {meaning}" for code, meaning in EXIT_CODES.items()) + "."


class Shown(click.ClickException):
    """An error in one line: cause and next step."""

    def __init__(self, message: str, exit_code: int) -> None:
        super().__init__(message)
        self.exit_code = exit_code  # type: ignore[misc]

    def show(self, file: Any = None) -> None:
        click.echo(f"deeptier: {self.message}", file=file, err=file is None)


class Calm(click.Group):
    """A group whose commands end with one clear line and a meaningful exit code, never with a traceback."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except (click.ClickException, click.exceptions.Exit, click.Abort, BrokenPipeError):
            raise
        except Exception as error:
            if ctx.params.get("debug"):
                raise
            code = exit_code_of(error)
            disk = None if isinstance(getattr(error, "exit_code", None), int) else of_disk(error)
            said = disk or " ".join(str(error).split()) or type(error).__name__
            if code == UNEXPECTED:
                said = f"unexpected {type(error).__name__}: {said.rstrip('.')}. Next: `deeptier --debug ...` shows where; please report it."
            raise Shown(said, code) from error


@click.group(cls=Calm, epilog=EPILOG, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.option(
    "--workspace", metavar="DIR", help="Workspace; else $DEEPTIER_WORKSPACE, else the current folder if it is one, else the demo's."
)
@click.option("--debug", is_flag=True, help="Show where an error comes from.")
@click.version_option(package_name="deeptier", prog_name="deeptier")
@click.pass_context
def cli(context: click.Context, workspace: str | None, debug: bool) -> None:
    """Every supplier tier, scored for forced labour and child labour, every number explained."""
    context.obj = workspace


for command in (*reading.COMMANDS, *listing.COMMANDS, *matching.COMMANDS, *screening.COMMANDS, *reviewing.COMMANDS):
    cli.add_command(command)


class Steps:
    """A progress line per run: which step, how many of how many. Plain lines where there is no terminal."""

    def __init__(self) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

        out = Console(stderr=True, emoji=False)
        columns = (TextColumn("{task.description:<42.42}"), BarColumn(24), MofNCompleteColumn(), TimeElapsedColumn())
        self.progress = Progress(*columns, console=out, transient=True, disable=not out.is_terminal)
        self.task = self.progress.add_task("starting", total=None)

    def __enter__(self) -> Steps:
        self.progress.start()
        return self

    def __call__(self, step: str, done: int = 0, total: int | None = None) -> None:
        self.progress.update(self.task, description=step, completed=done, total=total)

    def __exit__(self, *_: object) -> None:
        self.progress.stop()


@cli.command()
@click.argument("folder", metavar="DIR", type=click.Path(file_okay=False, path_type=Path))
def init(folder: Path) -> None:
    """Make a workspace in DIR: settings, upload templates, data dictionary."""
    made = operations().init(folder)
    click.echo(f"{made or folder}: workspace made. Fill the files in templates/, then: deeptier --workspace {folder} import parties FILE")


@cli.command("import", options_metavar="[OPTIONS]")
@click.argument("table", metavar="TABLE")
@click.argument("file", metavar="FILE")
@click.argument("more", metavar="", nargs=-1)
@click.option(
    "--map", "mapping", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="Mapping file: which heading fills which column."
)
@click.option("--dry-run", is_flag=True, help="Say what would happen, and keep nothing.")
@click.option("--seen-on", type=click.DateTime(["%Y-%m-%d"]), metavar="DATE", help="For a source: the day on which the file was saved.")
@click.option("--vouched", is_flag=True, help="For a source: you vouch that a copy with unusually few rows is whole.")
@reading.as_json
@click.pass_context
def import_(
    context: click.Context, table: str, file: str, more: tuple[str, ...], mapping: Path | None, dry_run: bool,
    seen_on: dt.datetime | None, vouched: bool, is_json: bool,
) -> None:
    """Import a CSV, XLSX, Parquet or JSON Lines FILE into TABLE (parties, supply-links, payments ...).

    `import source SOURCE_ID FILE...` takes a publisher's file or files that you saved yourself.
    """
    workspace = find(context.obj)
    if table == "source":
        if not more:
            raise Usage("import source: SOURCE_ID and FILE are needed. Next: `deeptier sources` lists the ids.")
        day = seen_on.date() if seen_on else None
        state = operations().import_source(workspace, file, [_file(name) for name in more], day, vouched)
        _show_states([state], is_json)
        if not is_json:
            click.echo(("" if day else "Taken as saved today; if earlier, import it with --seen-on DATE. ") + "Next: deeptier run")
        return
    if more:
        raise Usage(f"import: TABLE and FILE are enough; {more[0]} is one word too many. Quote names with blanks.")
    report = operations().import_file(workspace, listing.table_name(table), _file(file), mapping, **({"dry_run": True} if dry_run else {}))
    from service import reports

    if is_json:
        reading.put_json(reports.as_dictionary(report))
    else:
        reports.show(report, dry_run)
    if reports.quarantined(report):
        context.exit(QUARANTINED)


def _file(text: str) -> Path:
    path = Path(text).expanduser()
    if not path.is_file():
        raise Usage(f"FILE {text}: there is no such file. Next: check the path.")
    return path


def _show_states(states: list[Any], is_json: bool) -> None:
    from service import reports

    if is_json:
        reading.put_json([reports.as_dictionary(state) for state in states])
    else:
        reports.show_states(states)


@cli.command()
@click.argument("source", nargs=-1)
@reading.as_json
@click.pass_context
def fetch(context: click.Context, source: tuple[str, ...], is_json: bool) -> None:
    """Ask the publishers for new copies of SOURCE (all without one). A source that fails keeps its last good copy."""
    states = operations().fetch(find(context.obj), list(source))
    _show_states(states, is_json)
    if any(getattr(state, "state", None) == "failed" for state in states):
        context.exit(RUN_FAILED)


def _finished(context: click.Context, workspace: Path, result: Any, is_json: bool) -> None:
    """Says what came of a run; exit code 5 if it failed."""
    if is_json:
        click.echo(
            json.dumps(
                {
                    "run_id": result.run_id,
                    "status": result.status,
                    "warehouse": str(result.warehouse) if result.warehouse else None,
                    "seconds": round(result.seconds, 1),
                    "problems": list(result.problems),
                },
                ensure_ascii=False,
                indent=1,
            )
        )
    for problem in result.problems if not is_json else ():
        click.echo(f"  {problem}", err=True)
    if result.status != "published":
        click.echo(f"deeptier: run {result.run_id} failed; the last results stay. Next: deeptier runs show {result.run_id}", err=True)
        context.exit(RUN_FAILED)


@cli.command()
@click.option(
    "--as-of", type=click.DateTime(["%Y-%m-%d"]), metavar="DATE", help="Use only what was known on this day; the latest results stay."
)
@click.option("--draws", type=click.IntRange(0), help="Draws of the interval; 0 is the point estimate alone.")
@reading.as_json
@reading.language
@click.pass_context
def run(context: click.Context, as_of: dt.datetime | None, draws: int | None, is_json: bool, lang: str) -> None:
    """Score everything, as every night: sources, uploads, indicators, risk, publication."""
    workspace, day = find(context.obj), reading.day_to_score(as_of)
    with Steps() as steps:
        result = operations().run(workspace, day, draws, steps)
    _finished(context, workspace, result, is_json)
    if not is_json:
        _summary(workspace, result, lang)


def _summary(workspace: Path, result: Any, lang: str) -> None:
    from service import render, results
    from service.results import Filters
    from service.warehouse import opened
    from service.words import Words

    words = Words(lang)
    with opened(Path(result.warehouse)) as warehouse:
        out = render.console()
        render.paragraph(out, render.band_line(results.band_counts(warehouse, Filters()), words))
        render.paragraph(out, render.source_line(results.sources(warehouse), words))
    click.echo(f"Run {result.run_id}, {result.seconds:.0f} s. Next: deeptier scores --run {result.run_id}, deeptier explain PARTY")


@cli.command()
@reading.language
@click.pass_context
def demo(context: click.Context, lang: str) -> None:
    """Make the demo's workspace from the made-up chain, run on it, and show the scored table."""
    from service.results import Filters
    from service.workspace import results as published

    folder = locate(context.obj) if context.obj else demo_folder()
    with Steps() as steps:
        result = operations().demo(folder, steps)
    _finished(context, folder, result, False)
    from service.words import Words

    reading.show_scores(published(folder), Filters(are_buyers_left_out=True), "band", 25, Words(lang))
    at = "" if folder == demo_folder() else f"--workspace {folder} "
    click.echo(f"\nMade-up data. Results are in {folder}. Next: deeptier {at}explain GAR-MY-05, or your own: deeptier init DIR")


@cli.command()
@click.option("--table", help="Rows of this table alone.")
@click.option(
    "--export",
    "target",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Write the rows to correct and import again.",
)
@reading.as_json
@click.pass_context
def quarantine(context: click.Context, table: str | None, target: Path | None, is_json: bool) -> None:
    """Rows that did not load: file, line, column, value, reason and next step."""
    workspace = find(context.obj)
    if target is None:
        listing.show_quarantine(workspace, table, is_json)
        return
    made = operations().export_quarantine(workspace, target, listing.table_name(table) if table else None)
    click.echo(
        f"{target}: {made} rows written. Next: correct them, then: deeptier import TABLE {target}"
        if isinstance(made, int)
        else f"{target}: written."
    )


@cli.command()
@click.option("--port", type=click.IntRange(1, 65535), default=3000, show_default=True)
@click.pass_context
def dagster(context: click.Context, port: int) -> None:
    """Open the orchestrator's pages on the workspace."""
    context.exit(operations().dagster_ui(find(context.obj), port))


@listing.indicators.command("new")
@click.argument("identifier", metavar="GROUP/ID")
@click.option("--directory", type=click.Path(file_okay=False, path_type=Path), help="Root of the project; the checkout by default.")
def indicators_new(identifier: str, directory: Path | None) -> None:
    """Write the skeleton of an indicator: rule, thresholds and cases. Nothing shared is edited."""
    if identifier.count("/") != 1:
        raise Usage(f"GROUP/ID {identifier}: name a group and an id, such as recruitment/rec_my_rule.")
    made = operations().new_indicator(identifier, directory or Path(__file__).resolve().parents[1])
    for path in made if isinstance(made, list | tuple) else [made]:
        click.echo(path)


def main() -> None:
    """The entry point of `deeptier`."""
    cli(prog_name="deeptier")


if __name__ == "__main__":
    main()
