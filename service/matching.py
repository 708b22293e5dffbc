"""`deeptier match` and `deeptier match-pairs`: the matcher at work on one name, or on a file of pairs.

Belongs here: options, and how answers are shown. Does not belong here: comparing (behind the door).
"""

from __future__ import annotations

import itertools
import json
from pathlib import Path
from typing import Any

import click
from rich.padding import Padding
from rich.text import Text

from service import exports, render
from service.door import door
from service.reading import Context, as_json, language, put_json
from service.render import CONTROL, plain_table
from service.screening.wording import Words
from service.workspace import find

SCHEMAS = ("organisation", "person", "vessel")
PAIRS_SHOWN = 40


@click.command()
@click.argument("name")
@click.option("--schema", type=click.Choice(SCHEMAS), default="organisation", show_default=True, help="What the name is of.")
@click.option("--country", metavar="ISO", help="Where the party is: ISO code or name.")
@click.option("--address", help="Its address.")
@click.option("--id", "identifiers", multiple=True, metavar="SCHEME:NUMBER", help="A number of a register; may be repeated.")
@click.option("--floor", type=click.FloatRange(0, 1), default=0.3, show_default=True, help="Least confidence of a match that is shown.")
@click.option("--limit", type=click.IntRange(1), default=10, show_default=True, help="Matches shown.")
@as_json
@language
@click.pass_context
def match(
    context: Context, name: str, schema: str, country: str | None, address: str | None, identifiers: tuple[str, ...], floor: float,
    limit: int, is_json: bool, lang: str,
) -> None:
    """Entries of lists and parties of the workspace that may be NAME, with what each comparison adds."""
    asked = {"name": name, "country": country, "address": address, "identifiers": list(identifiers), "schema": schema}
    found = door("matching").match(find(context.obj), asked, floor, limit)
    if is_json:
        put_json(found)
        return
    words, out = Words(lang), render.console()
    searched = [entry for entry in found["lists"] if entry["state"] != "not_searched"]
    left_out = [entry for entry in found["lists"] if entry["state"] == "not_searched"]
    entries = sum(entry["entries"] for entry in searched)
    out.print(Text(words("match.compared", entries=words.number(entries), lists=len(searched), parties=words.number(found["parties"]))))
    if left_out:
        out.print(Text(words("match.not_searched", n=words.number(len(left_out))), "dim"))
    if not found["matches"]:
        out.print(Text(words("match.none", floor=words.number(floor, 2))))
    for row in found["matches"]:
        out.print()
        out.print(Text.assemble((words.number(row["match"]["probability"], 3), "bold"), "  ", (_safe(row["match"]["listed_name"]), "bold")))
        out.print(Padding(Text(f"{_where(row, words)}\n{words.code('match_basis', row['match']['basis'])}"), (0, 0, 0, 7)))
        out.print(Padding(Text(_reasons(row["match"]["reasons"], words), "dim"), (0, 0, 0, 7)))
    out.print()
    out.print(Text(words("match.closing"), "dim"))


def _safe(text: str) -> str:
    return CONTROL.sub("", text)


def _where(row: dict[str, Any], words: Words) -> str:
    if row["kind"] == "party":
        parts = [words("match.party", id=row["id"]), row["country"]]
    else:
        known = "seen" if row["listed_on_basis"] == "observed" else "since"
        dates = words(f"match.{known}", on=words.date(row["listed_on"])) if row["listed_on"] else words("common.undated")
        parts = [words.code("list", row["list_id"]), row["id"], row["country"], f"{words.code('listing_status', row['status'])}, {dates}"]
    return _safe(" · ".join(part for part in parts if part))


def _reasons(reasons: list[dict[str, Any]], words: Words) -> str:
    """Each comparison with what it adds to the log-odds: words in common +4.2 (hetian taida)."""
    told = []
    for reason in reasons:
        text = f"{words.get('feature.' + reason['feature'], reason['feature'])} {words.number(reason['logits'], 1, sign=True)}"
        sides = [side for side in (reason["ours"], reason["theirs"]) if side]
        told.append(f"{text} ({_safe(' | '.join(dict.fromkeys(sides)))})" if sides else text)
    return " · ".join(told)


@click.command("match-pairs")
@click.argument("file", type=click.Path(path_type=Path))
@as_json
@language
def match_pairs(file: Path, is_json: bool, lang: str) -> None:
    """How likely the two names in each row of FILE are one party, and why.

    Columns name1, name2, schema; optional country, address, identifiers of each side (country1, country2 ...).
    """
    answers = door("matching").match_pairs(file)
    rows = itertools.chain(list(itertools.islice(answers, 1)), answers)  # a file that cannot be read says so before anything is printed
    if is_json:  # a row at a time, so that a long file never stands in memory
        click.echo("[", nl=False)
        for number, row in enumerate(rows):
            click.echo(("," if number else "") + "\n" + json.dumps(row, ensure_ascii=False, default=exports.json_default), nl=False)
        click.echo("\n]")
        return
    words, out, table, total = Words(lang), render.console(), [], 0
    for row in rows:
        total += 1
        if total <= PAIRS_SHOWN:
            shown = "" if row["probability"] is None else words.number(row["probability"], 3)
            why = _reasons(row["reasons"][1:4], words) or _safe(" ".join(row["notes"]))
            table.append((row["line"], _safe(row["name1"] or ""), _safe(row["name2"] or ""), shown, why))
    headings = [(words(f"match.{key}"), side) for key, side in
                (("line", "right"), ("name1", "left"), ("name2", "left"), ("probability", "right"), ("why", "left"))]  # fmt: skip
    out.print(plain_table(headings, table))
    if total > PAIRS_SHOWN:
        out.print(Text(words("match.more", n=words.number(total - PAIRS_SHOWN)), "dim"))


COMMANDS = (match, match_pairs)
