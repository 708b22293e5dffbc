"""How tables look in a terminal: calm, within its width (100 columns where there is none). Decides nothing."""

from __future__ import annotations

import os
import re
import sys
import textwrap
from collections.abc import Iterable
from typing import Any, TextIO

from rich.console import Console
from rich.table import Table
from rich.text import Text

from service.results import BANDS
from service.warehouse import Row
from service.words import Words

WIDTH = 100
STYLES = {
    "critical": "bold red",
    "high": "red",
    "elevated": "yellow",
    "moderate": "",
    "moderate_unverified": "",
    "insufficient": "dim",
    "low": "green",
    "failed": "red",
    "stale": "yellow",
    "not_loaded": "yellow",
    "not_configured": "yellow",
    "shipped": "",
    "fresh": "green",
}


def console(stream: TextIO | None = None) -> Console:
    """A console on standard output, or `stream`. Piped output is plain and 100 columns wide."""
    out = stream or sys.stdout
    if hasattr(out, "reconfigure"):
        out.reconfigure(errors="replace")
    is_terminal = out.isatty()
    width = None if is_terminal and "COLUMNS" not in os.environ else int(os.environ.get("COLUMNS") or WIDTH)
    found = Console(file=out, width=width, highlight=False, soft_wrap=False, emoji=False, markup=False)
    return found if found.width <= 140 else Console(file=out, width=140, highlight=False, emoji=False, markup=False)


CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


def printable(value: Any) -> Any:
    """`value` with the control characters of its texts replaced: a name in a file never moves the cursor or recolours a terminal."""
    if isinstance(value, str):
        return CONTROL.sub("\ufffd", value)
    if isinstance(value, dict):
        return {key: printable(item) for key, item in value.items()}
    return [printable(item) for item in value] if isinstance(value, list | tuple) else value


def cut(text: str, width: int) -> str:
    """`text` in at most `width` characters, cut at a word where one ends near."""
    if len(text) <= width:
        return text
    short = text[: width - 1]
    space = short.rfind(" ")
    return (short[:space] if space > width * 0.6 else short).rstrip(" ,;:(–-") + "…"


def band_words(band: str | None, label: str | None, words: Words) -> str:
    """High (context-only): the band and what it rests on."""
    name = words(f"band.{band}") if band else words("explain.not_scored")
    return f"{name} ({words.get(f'label.{label}', label)})" if label else name


def paragraph(out: Console, text: str, style: str = "", indent: int = 0) -> None:
    """Prints `text` wrapped at blanks; a hard blank, as before a French colon or a per-cent sign, never breaks."""
    for line in textwrap.wrap(text, out.width - indent, break_on_hyphens=False, break_long_words=False) or [""]:
        out.print(Text(" " * indent + line, style), soft_wrap=True)


def plain_table(headings: Iterable[tuple[str, str]], rows: Iterable[Iterable[Any]], widths: dict[str, int] | None = None) -> Table:
    """A table with headings (text, left|right); `widths` fixes columns by heading."""
    table = Table(box=None, pad_edge=False, padding=(0, 1, 0, 0), header_style="bold", show_edge=False)
    for heading, side in headings:
        fixed = (widths or {}).get(heading)
        table.add_column(heading, justify="right" if side == "right" else "left", width=fixed, overflow="fold")
    for row in rows:
        table.add_row(*[cell if isinstance(cell, Text) else "" if cell is None else str(cell) for cell in row])
    return table


def _reason(row: Row, terms: dict[str, list[str]], words: Words) -> str:
    if row["reason_kind"] in ("sign", "good_faith"):
        return words.of(row, "reason") or str(row["reason_code"])
    if row.get("pending_list"):
        return words("scores.pending", list=words.code("list", row["pending_list"]))
    context = terms.get(row["party_id"])
    return words("scores.context", terms=words.listed(context)) if context else words("scores.none")


def scores(rows: list[Row], terms: dict[str, list[str]], countries: dict[str, Row], words: Words, width: int) -> Table:
    """The scored list, two lines per party. `terms`: party_id -> its known context terms; `countries`: country -> its names."""
    band_width, id_width, what_width, odds_width = 15, 12, 17, 15
    party = max(width - band_width - 6 - id_width - what_width - odds_width - 5, 20)
    table = Table(box=None, pad_edge=False, padding=(0, 1, 0, 0), header_style="bold", show_edge=False)
    table.add_column(words("scores.band"), width=band_width)
    table.add_column(words("scores.index"), width=6, justify="right")
    table.add_column(words("scores.id"), width=id_width, overflow="fold")
    table.add_column(words("scores.party"), width=party, overflow="ellipsis")
    table.add_column(words("scores.what"), width=what_width)
    table.add_column(words("scores.likelihood"), width=odds_width)
    for row in rows:
        style = STYLES.get(row["band"], "")
        label = f"({words.get('label.' + row['band_label'], row['band_label'])})" if row["band_label"] else ""
        what = words.code("sector", row["sector"]) or words.code("party_kind", row["party_kind"])
        kind = (
            words.code("party_kind", row["party_kind"])
            if row["party_kind"] in ("mine", "vessel", "trader", "pool", "owner", "buyer")
            else what
        )
        where = words.of(countries.get(row["country"] or "", {}), "name") or row["country"] or words("common.unknown")
        tier = words("scores.tier", n=", ".join(str(level) for level in row["levels"])) if row["levels"] else ""
        band = Text(cut(words(f"band.{row['band']}"), band_width if label else 2 * band_width), style)
        odds = words.interval(row["likelihood"], row["p10"], row["p90"])
        table.add_row(
            Text.assemble(band, "\n" if label else "", (cut(label, band_width + 2), "dim")),
            words.index(row["index_p80"]),
            Text.assemble(row["party_id"], "\n" if tier else "", (tier, "dim")),
            Text.assemble(
                (cut(row["name"], party), "bold" if row["band"] == "critical" else ""),
                "\n",
                (cut(_reason(row, terms, words), party), "dim"),
            ),
            Text.assemble(cut(kind, what_width), "\n", (cut(where, what_width), "dim")),
            Text.assemble(odds, "\n", (words("scores.severity_grade", s=row["severity"], grade=row["grade"]), "dim")),
        )
    return table


def band_line(counts: list[Row], words: Words) -> str:
    """150 parties: 4 critical, 31 high (22 by context alone) ..."""
    parts = []
    for row in sorted(counts, key=lambda row: BANDS.index(row["band"])):
        if row["n"]:
            name = words(f"band.{row['band']}")
            alone = (
                words(f"scores.context_{'all' if row['context_only'] == row['n'] else 'count'}", n=words.number(row["context_only"]))
                if row["context_only"]
                else ""
            )
            parts.append(f"{name[0].lower() + name[1:]} {words.number(row['n'])}" + (f" ({alone})" if alone else ""))
    number = sum(row["n"] for row in counts)
    total = words("scores.bands_one") if number == 1 else words("scores.bands", n=words.number(number))
    return f"{total}{words('common.colon')}{', '.join(parts)}."


def source_line(states: list[Row], words: Words) -> str:
    """Which sources are stale, failed, shipped or not loaded, in one line."""
    by_state: dict[str, list[str]] = {}
    for row in states:
        by_state.setdefault(row["state"], []).append(row["source"])
    if set(by_state) <= {"fresh"}:
        return words("sources.all_fresh", n=len(states))
    parts = []
    for state in ("failed", "stale", "not_configured", "not_loaded", "shipped", "fresh"):
        found = by_state.get(state, [])
        if found:
            names = ", ".join(found[:4]) + (", …" if len(found) > 4 else "")
            parts.append(words(f"sources.{state}", n=len(found), names=names))
    return words("sources.line", parts=words("common.semicolon").join(parts))
