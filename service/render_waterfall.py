"""How the reasons look: aligned bars that start where the last one ended, what each adds, and the running total."""

from __future__ import annotations

import textwrap
from typing import Any

from rich.text import Text

from risk import methodology
from service.render import cut
from service.warehouse import Row
from service.words import Words

BAR = 22


def _group(name: str | None, words: Words) -> str:
    group = methodology.load().groups.get(name or "")
    return (group.fr if words.language == "fr" else group.en) if group else (name or "")


def label(row: Row, words: Words) -> str:
    """What a reason is called."""
    title = words.of(row, "title") or str(row["code"])
    if row["kind"] == "context":
        term = words(f"term.{row['code']}")
        if row["state"] == "unknown":
            return words("waterfall.unknown_term", term=term)
        said = _detail(row, words) if row["code"] == "goods" else ""
        return f"{term}{words('common.colon')}{said}" if said else term
    if row["kind"] == "floor":
        return words.get(f"floor.{row['code']}", str(row["code"]))
    if row["kind"] == "absence":
        return words("waterfall.absence", group=_group(row["group"] or row["code"], words))
    if row["kind"] == "opacity":
        return words.count("waterfall.opacity", int(row["detail"] or 0))
    if row["kind"] in ("mitigation", "good_faith"):
        return words(f"waterfall.{row['kind']}", title=title)
    return words(f"waterfall.{row['kind']}") if row["kind"] in ("intercept", "cap") else title


def bar(start: float, end: float, low: float, high: float, width: int = BAR) -> str:
    """The stretch from `start` to `end` on a scale from `low` to `high`: full blocks raise, light blocks lower."""
    scale = width / max(high - low, 1e-9)
    left, right = sorted((round((start - low) * scale), round((end - low) * scale)))
    left = min(left, width - 1)
    right = max(right, left + 1)
    return (" " * left + ("█" if end >= start else "░") * (right - left)).ljust(width)


def _refs(numbers: list[int]) -> str:
    """[1, 2]: numbers of evidence rows."""
    return "[" + ", ".join(str(number) for number in numbers[:3]) + (", …" if len(numbers) > 3 else "") + "]"


def _detail(row: Row, words: Words) -> str:
    """What was found, in the words of the finding, which are English; a bare yes says nothing."""
    said = str(row["detail"] or "").replace("_", " ")
    return said if words.language == "en" and said not in ("yes", "no") else ""


def _about(row: Row, numbers: list[int], words: Words) -> str:
    """Date, kind of source, reliability, state and evidence of a reason."""
    parts = []
    if row["kind"] in ("sign", "good_faith", "mitigation"):
        parts.append(_detail(row, words))
        parts.append(words.date(row["observed_on"]))
        parts.append(words.code("source_type", row["source_type"]))
        if row["reliability"] is not None and row["kind"] != "mitigation":
            parts.append(words("waterfall.reliability", r=words.number(row["reliability"], 2)))
        parts.append(words.get(f"state.{row['state']}", "") if row["kind"] != "mitigation" else "")
        if row["remedy_state"] and row["remedy_state"] != "open":
            parts.append(words("waterfall.remedy", state=words.code("remedy_state", row["remedy_state"])))
        if row["kind"] == "sign" and abs(row["logits"]) < 5e-4:
            parts.append(words("waterfall.no_weight"))
    if numbers:
        parts.append(_refs(numbers))
    return ", ".join(part for part in parts if part)


def waterfall(found: dict[str, Any], words: Words, width: int) -> Text:
    """The reasons as aligned bars with what each adds, the running total, and the likelihood it means."""
    reasons = found["reasons"]
    by_code: dict[str, list[int]] = {}
    for row in found["evidence"]:
        for code in row["codes"]:
            by_code.setdefault(code, []).append(row["number"])
    ends = [row["running"] for row in reasons] or [0.0]
    low, high = min(ends) - 0.4, max(*ends, 0.0)
    name_width = width - BAR - 24
    text = Text()
    text.append(f"{'':{name_width}} {'':{BAR}} {words('waterfall.adds'):>6} {words('waterfall.running'):>7} {'%':>6}\n", "dim")
    before = low
    for row in reasons:
        drawn = bar(before, row["running"], low, high) if row["kind"] != "intercept" else bar(low, row["running"], low, high)
        before = row["running"]
        odds = words.hundredths(row["likelihood"], 1)
        style = "" if row["kind"] == "intercept" else "red" if row["logits"] > 0 else "green"
        numbers = by_code.get(row["code"], []) if row["kind"] not in ("intercept", "cap", "opacity", "floor") else []
        refs = f" {_refs(numbers)}" if numbers and row["kind"] == "context" else ""
        text.append(f"{cut(label(row, words), name_width - len(refs)) + refs:{name_width}} ")
        text.append(drawn, style)
        text.append(f" {words.number(row['logits'], 2, row['kind'] != 'intercept'):>6} {words.number(row['running'], 2):>7} {odds:>6}\n")
        for line in textwrap.wrap(_about(row, [] if refs else numbers, words), width - 2, break_on_hyphens=False):
            text.append(f"  {line}\n", "dim")
    final = found["score"]["likelihood"]
    text.append(
        f"{words('waterfall.total'):{name_width}} {'':{BAR}} {'':6} {words.number(found['logit'], 2):>7} {words.hundredths(final, 1):>6}",
        "bold",
    )
    return text
