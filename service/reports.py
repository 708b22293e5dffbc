"""What an import or a fetch did, in words."""

from __future__ import annotations

import dataclasses
import re
from typing import Any

import click

EXAMPLES = 3
OTHERS = {"rows_identical": "repeated", "rows_blank": "blank", "rows_passed_over": "passed over"}


def as_dictionary(report: Any) -> dict[str, Any]:
    """A report as a dictionary with stable keys."""
    if isinstance(report, dict):
        return report
    if dataclasses.is_dataclass(report) and not isinstance(report, type):
        return dataclasses.asdict(report)
    return dict(vars(report))


def quarantined(report: Any) -> int:
    """How many rows did not load, in the table asked for and in those that a mapping file fills beside it."""
    found = as_dictionary(report)
    number = found.get("rows_quarantined")
    return (number if isinstance(number, int) else 0) + sum(quarantined(more) for more in (found.get("extra") or {}).values())


def _counted(number: int) -> str:
    return f"{number:,} row{'' if number == 1 else 's'}"


def _example(entry: Any) -> str:
    if isinstance(entry, str):
        return entry
    row = as_dictionary(entry)
    return str(row.get("message") or ", ".join(str(value) for value in row.values() if value is not None))


def _reasons(report: dict[str, Any]) -> None:
    """Each reason with its count, examples and next step: reasons maps a reason to a count or to a dictionary of those."""
    for reason, entry in (report.get("reasons") or {}).items():
        about = entry if isinstance(entry, dict) else {"count": entry}
        count = about.get("count", about.get("rows", ""))
        click.echo(f"  {reason}: {_counted(int(count)) if str(count).isdigit() else count}")
        for example in list(about.get("examples") or [])[:EXAMPLES]:
            click.echo(f"    {_example(example)}")
        if about.get("next_step"):
            click.echo(f"    Next: {about['next_step']}")


def show(report: Any, is_dry_run: bool = False) -> None:
    """Prints what was read, the mapping used, what loaded and what did not, and why; then the same for further tables."""
    found = as_dictionary(report)
    _one(found, is_dry_run)
    for more in (found.get("extra") or {}).values():
        click.echo("")
        _one(as_dictionary(more), is_dry_run)
    waiting = quarantined(report)
    if is_dry_run:
        click.echo("Nothing was kept: a dry run.")
    elif waiting:
        click.echo("Next: deeptier quarantine, or deeptier quarantine --export FILE.xlsx to correct the rows and import them again.")
    else:
        click.echo("Next: deeptier run")


def _one(found: dict[str, Any], is_dry_run: bool) -> None:
    how = ", ".join(str(found[name]) for name in ("kind", "encoding") if found.get(name))
    delimiter = {"\t": "tab"}.get(found.get("delimiter") or "", found.get("delimiter"))
    how += f", delimiter {delimiter}" if delimiter else ""
    click.echo(f"{found['file']} -> {found['table']}" + (f" ({how})" if how else ""))
    mapping = found.get("mapping") or {}
    if mapping:
        width = min(max(len(str(heading)) for heading in mapping), 40)
        click.echo("Mapping used:")
        for heading, column in mapping.items():
            click.echo(f"  {heading!s:<{width}} -> {column}")
    if found.get("ignored"):
        click.echo(f"Ignored: {', '.join(str(name) for name in found['ignored'])}")
    for warning in found.get("warnings") or []:
        click.echo(f"Note: {warning}")
    parts = [f"{_counted(found['rows_read'])} read", f"{found['rows_loaded']:,} {'would load' if is_dry_run else 'loaded'}"]
    parts += [f"{found[name]:,} {said}" for name, said in OTHERS.items() if found.get(name)]
    click.echo(f"{', '.join(parts)}, {found['rows_quarantined']:,} quarantined.")
    _reasons(found)


def show_states(states: list[Any]) -> None:
    """Prints the state of sources after a fetch."""
    for state in states:
        found = as_dictionary(state)
        days, said = found.get("age_days"), str(found.get("message") or "")
        age = f", {days:,} day{'' if days == 1 else 's'} old" if days is not None else ""
        said = "" if re.fullmatch(r"[\d, ]+ days? old", said) else said  # the age again
        click.echo(f"{found.get('source', ''):<20} {found.get('state', '')}{age}  {said}".rstrip())
