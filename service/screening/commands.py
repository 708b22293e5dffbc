"""`deeptier screen`: the bidders of a tender, or one bidder, against the lists; decision sheets, JSON and OCDS as files.

Belongs here: options, and what is written where. Does not belong here: screening (behind the door), content and looks (sheet, html, pdf).
"""

from __future__ import annotations

import datetime as dt
import json
import os
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import click

from service import reading
from service.door import door
from service.errors import QUARANTINED, Refused, Usage
from service.workspace import find

FORMATS = ("html", "pdf", "json", "ocds")
OCDS_ENDINGS = (".json", ".jsonl", ".json.gz", ".jsonl.gz")
USUAL = ("html", "pdf", "json")
SHEETS = 50  # more procedures than these need --all or --process: a file may hold thousands
SAFE = re.compile(r"[^A-Za-z0-9._-]+")


def _schema(context: click.Context, _: click.Parameter, is_asked: bool) -> None:
    if is_asked and not context.resilient_parsing:
        from data.screening import json_schema

        click.echo(json.dumps(json_schema(), ensure_ascii=False, indent=1))
        context.exit()


def _profile(_: click.Context, __: click.Parameter, key: str) -> str:
    from risk.screening import profiles

    if key not in profiles.names():
        raise Usage(f"--profile {key}: no such profile. Profiles: {', '.join(profiles.names())}.")
    return key


@click.command()
@click.argument("file", metavar="[FILE]", required=False)
@click.option("--profile", default="eu_2014_24", metavar="KEY", show_default=True, callback=_profile,
              help="eu_2014_24, uk_procurement_act_2023, us_far_22_17_eo_13126 or un_development_banks.")  # fmt: skip
@click.option("--name", help="One bidder instead of a FILE: its name.")
@click.option("--country", metavar="ISO", help="Of the one bidder: country, ISO code.")
@click.option(
    "--id", "identifiers", multiple=True, metavar="SCHEME:NUMBER", help="Of the one bidder: a number of a register; may be repeated."
)
@click.option("--address", help="Of the one bidder: address.")
@click.option("--process", "wanted", multiple=True, metavar="ID", help="This procedure of the file alone; may be repeated.")
@click.option(
    "--out", "folder", type=click.Path(file_okay=False, path_type=Path), metavar="DIR", help="Folder for decision sheets and JSON."
)
@click.option("--format", "forms", multiple=True, type=click.Choice(FORMATS), help="What to write; HTML, PDF and JSON without it.")
@click.option("--as-of", type=click.DateTime(["%Y-%m-%d"]), metavar="DATE", help="Lists as they stood on this day.")
@click.option("--by", help="Who asks; it stands on the sheet and in the record.")
@click.option("--all", "is_all", is_flag=True, help="Nothing shortened; a sheet for every procedure.")
@click.option("--schema", is_flag=True, is_eager=True, expose_value=False, callback=_schema, help="Print the JSON Schema of the results.")
@reading.as_json
@reading.language
@click.pass_context
def screen(
    context: click.Context,
    file: str | None,
    profile: str,
    name: str | None,
    country: str | None,
    identifiers: tuple[str, ...],
    address: str | None,
    wanted: tuple[str, ...],
    folder: Path | None,
    forms: tuple[str, ...],
    as_of: dt.datetime | None,
    by: str | None,
    is_all: bool,
    is_json: bool,
    lang: str,
) -> None:
    """Screen the bidders of FILE (OCDS, CSV or XLSX), or one bidder by --name.

    Facts of authorities and the bidders' own declarations, with sources; nothing excludes anybody.
    """  # fmt: skip
    path = _file(file, name or "".join(identifiers))
    one = None if path else _one(name, country, identifiers, address)
    workspace = find(context.obj)
    found = door("screening").screen(workspace, path, profile, one=one, as_of=reading.day_to_score(as_of), by=by)
    door("reviewing").record(workspace, found)  # for judgements and the audit; the same screening again changes nothing
    results = _chosen(found, wanted)
    written = _write(found, results, folder, forms, lang, is_all, path) if folder or forms else []
    if is_json:
        click.echo(found.model_dump_json(by_alias=True, indent=1))
    else:
        _show(found, results, written, lang, is_all)
    is_lost = any(not refusal.is_row_kept for refusal in found.reading.refusals)
    if is_lost or any(one.standing == "not_searched" for result in found.results for one in result.tenderers):
        context.exit(QUARANTINED)


def _file(file: str | None, by_hand: str) -> Path | None:
    if (file is None) == (not by_hand):
        raise Usage("screen: name a FILE, or one bidder by --name or --id; one of the two. Next: deeptier screen --help")
    if file is None:
        return None
    path = Path(file).expanduser()
    if not path.is_file():
        raise Usage(f"FILE {file}: there is no such file. Next: check the path.")
    return path


def _one(name: str | None, country: str | None, identifiers: Iterable[str], address: str | None) -> dict[str, Any]:
    """The one bidder of the flags, as the reader of bidders takes it."""
    return {"name": name, "country": country, "identifiers": list(identifiers), "address": address}


def _chosen(found: Any, wanted: tuple[str, ...]) -> list[Any]:
    """The results of the procedures asked for, or all."""
    if not wanted:
        return list(found.results)
    known = {result.process.process_id: result for result in found.results}
    lost = [one for one in wanted if one not in known]
    if lost:
        some = ", ".join(list(known)[:5]) + (" …" if len(known) > 5 else "")
        raise Usage(f"--process {lost[0]}: the file has no such procedure. It has: {some}")
    return [known[one] for one in wanted]


def file_names(results: list[Any]) -> list[str]:
    """A file name for each procedure, without anything a disk could mistake; numbered where two would be the same."""
    names: list[str] = []
    seen: set[str] = set()
    for result in results:
        stem = SAFE.sub("-", result.process.process_id).strip("-.")[:80] or "procedure"
        name, number = stem, 1
        while name.casefold() in seen:
            number += 1
            name = f"{stem}-{number}"
        seen.add(name.casefold())
        names.append(name)
    return names


def _put(path: Path, content: bytes) -> Path:
    """Writes a file whole or not at all."""
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        part.write_bytes(content)
        part.replace(path)
    except OSError as error:
        raise Refused(f"{path} cannot be written: {error.strerror or error}. Next: with --out name a folder that is yours.") from error
    finally:
        part.unlink(missing_ok=True)
    return path


def _ocds(found: Any, file: Path | None, target: Path) -> Path:
    """The file with the results in it, as OCDS; JSON Lines stay JSON Lines, and what was compressed stays so."""
    ending = "".join(file.suffixes[-2:]).lower() if file else ""
    out = target / f"{_stem(file)}.ocds{ending if ending in OCDS_ENDINGS else '.json'}"
    door("screening").ocds(found, file, out)
    return out


def _write(
    found: Any, results: list[Any], folder: Path | None, forms: tuple[str, ...], lang: str, is_all: bool, file: Path | None
) -> list[Path]:
    from service.screening.html import html
    from service.screening.pdf import pdf
    from service.screening.sheet import sheet
    from service.screening.terminal import reading_order
    from service.screening.wording import Words

    words, wanted = Words(lang), forms or USUAL
    target = (folder or Path(f"screening-{SAFE.sub('-', found.screening_id)}")).absolute()
    try:
        target.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise Refused(f"{target} cannot be made: {error.strerror or error}. Next: with --out name a folder that is yours.") from error
    written = []
    if "ocds" in wanted:
        written.append(_ocds(found, file, target))
    ordered = sorted(results, key=reading_order)
    shown = ordered if is_all else ordered[:SHEETS]
    for result, name in zip(shown, file_names(shown), strict=True):
        if not {"html", "pdf"} & set(wanted):
            break
        view = sheet(found, result, words)
        if "html" in wanted:
            written.append(_put(target / f"{name}.{lang}.html", html(view, words).encode()))
        if "pdf" in wanted:
            written.append(_put(target / f"{name}.{lang}.pdf", pdf(view, words)[0]))
    if "json" in wanted:  # last, so that a folder with it is whole
        written.append(_put(target / f"{_stem(file)}.screening.json", found.model_dump_json(by_alias=True, indent=1).encode()))
    return written


def _stem(file: Path | None) -> str:
    """What the files about a whole screening are called by: the file that was read."""
    return SAFE.sub("-", file.name.split(".")[0]).strip("-.")[:80] or "tender" if file else "bidder"


def _show(found: Any, results: list[Any], written: list[Path], lang: str, is_all: bool) -> None:
    from service import render
    from service.screening import terminal
    from service.screening.wording import Words

    out, words = render.console(), Words(lang)
    terminal.show(out, found, results, words, is_all)
    out.print()
    if written:
        shown = ", ".join(path.name for path in written[:4]) + (" …" if len(written) > 4 else "")
        terminal.say(out, f"{words.count('terminal.written', len(written), folder=written[0].parent)}{words('common.colon')}{shown}")
        has_sheets = any(path.suffix in (".html", ".pdf") for path in written)
        if has_sheets and not is_all and len(results) > SHEETS:
            terminal.say(out, words("terminal.sheets_cut", n=words.number(SHEETS), total=words.number(len(results))))
    else:
        terminal.say(out, words("terminal.sheets_hint"))
    terminal.say(out, words("terminal.closing"), "bold")


COMMANDS = (screen,)
