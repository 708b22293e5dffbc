"""Optional values of a JSON object by a table: which key, what type, and what is told where a value is of another type.

A table is {our name: "type key"}, or "type key|other key" where publishers differ; the first key that is there counts. Every object that
`marked` made knows its own line and path, also after releases were merged. Does not belong here: what the values mean.
"""

from __future__ import annotations

import datetime as dt
import json
import math
import re
import unicodedata
from collections.abc import Callable
from typing import Any

from data.procurement import Money
from pipelines import normalise
from pipelines.procurement.findings import At, Findings
from pipelines.sheets import clean

AT = "\0at"  # key of (line, path); no text read from a file can be this key, since `marked` leaves it out
DEEPEST = 24
# Not read: persons to contact, papers, money already spent, history. Left out before releases are merged, to spare memory.
UNREAD = frozenset((
    "contactPoint", "contactPoints", "contactPerson", "documents", "milestones", "amendments", "amendment", "changes", "implementation",
    "transactions", "planning", "versionedRelease", "relatedProcesses", "participationFees", "committee", "budget", "packageInfo",
    "publisher", "links", "validationErrors",
))  # fmt: skip
LISTS = frozenset(("parties", "awards", "contracts", "tenderers", "suppliers", "subcontracts", "lots", "items", "members"))
SEPARATOR = "\0#"  # between an id and a number, where one list has the id twice
_PLAIN = re.compile(r"-?(0|[1-9]\d*)(\.\d+)?")
_DAY = re.compile(r"(\d{4})-(\d{2})-(\d{2})(?:$|[T ]\d)")
Node = dict[str, Any]
Table = dict[str, str]


def marked(value: Any, at: At, findings: Findings, depth: int = 0) -> Any:
    """A copy of `value` without what is not read, every object with its own line and path under AT.

    Ids that are no texts or numbers are left out, and an id that stands twice in a list is told apart, so that merging loses nothing. A
    single object where OCDS has a list becomes a list of one.
    """
    line, path = at
    if depth > DEEPEST and isinstance(value, dict | list):
        findings.say("nested_too_deep", at, once="nested_too_deep")
        return None
    if isinstance(value, dict):
        made = {}
        for key, item in value.items():
            if key in UNREAD or key == AT:
                continue
            inner = (line, f"{path}.{key}" if path else key)
            if key in LISTS and isinstance(item, dict):
                findings.say("list_expected", inner, _shown(item), once=re.sub(r"\[\d+\]", "[]", inner[1]))
                made[key] = [marked(item, inner, findings, depth + 1)]
            else:
                made[key] = marked(item, inner, findings, depth + 1)
        if "id" in made and (isinstance(made["id"], bool | dict | list | None) or not str(made["id"]).strip()):
            del made["id"]
        return {**made, AT: at}
    if isinstance(value, list):
        return _told_apart([marked(item, (line, f"{path}[{i}]"), findings, depth + 1) for i, item in enumerate(value)])
    return value


def _told_apart(items: list[Any]) -> list[Any]:
    """Objects of a list with one id and other content get ids of their own; those with the same content are one."""
    ids = [str(item["id"]) for item in items if isinstance(item, dict) and "id" in item]
    if len(set(ids)) == len(ids):
        return items
    seen: dict[str, list[str]] = {}
    kept = []
    for item in items:
        if isinstance(item, dict) and "id" in item:
            content, before = canonical(item), seen.setdefault(str(item["id"]), [])
            if content in before:
                continue
            if before:
                item = {**item, "id": f"{item['id']}{SEPARATOR}{len(before) + 1}"}  # noqa: PLW2901
            before.append(content)
        kept.append(item)
    return kept


def canonical(value: Any) -> str:
    """`value` as text that is the same for the same content, whatever its place."""
    return json.dumps(_bare(value), sort_keys=True, default=str)


def _bare(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _bare(item) for key, item in value.items() if key != AT}
    return [_bare(item) for item in value] if isinstance(value, list) else value


def at_of(node: Node, key: str = "") -> At:
    """Line and path of an object, or of a key in it."""
    line, path = node.get(AT, (None, ""))
    return line, f"{path}.{key}" if path and key else path or key


def printable(text: str) -> str | None:
    """`text` with single spaces, without control characters and lone surrogates; None when nothing is left."""
    sound = text.encode("utf-8", "replace").decode("utf-8")
    return clean("".join(" " if unicodedata.category(c) == "Cc" else c for c in sound) if not sound.isprintable() else sound)


# A reader gives (value, None), or (None or what could be read, code of what is wrong).
Read = tuple[Any, str | None]


def _text(value: Any) -> Read:
    if isinstance(value, str):
        return printable(value.split(SEPARATOR)[0]), None
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None, "wrong_type"
    return str(int(value)) if isinstance(value, int) or value.is_integer() else str(value), None


def _texts(value: Any) -> Read:
    items = value if isinstance(value, list) else [value]
    read = [_text(item) for item in items]
    return [text for text, _ in read if text], next((code for _, code in read if code), None)


def _number(value: Any) -> Read:
    if isinstance(value, str) and _PLAIN.fullmatch(value.strip()):
        value = value.strip()
    elif isinstance(value, str):
        return None, "number_unreadable" if value.strip() else None
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None, "wrong_type"
    try:
        number = float(value)
    except (OverflowError, ValueError):
        return None, "number_unreadable"
    return (number, None) if math.isfinite(number) else (None, "number_unreadable")


def _day(value: Any) -> Read:
    if not isinstance(value, str):
        return None, "date_unreadable"
    match = _DAY.match(value.strip())
    try:
        day = dt.date(*(int(part) for part in match.groups())) if match else None
    except ValueError:
        day = None
    if day is not None and 1900 <= day.year < 2200:
        return day, None
    return None, "date_unreadable" if value.strip() else None


def _flag(value: Any) -> Read:
    if isinstance(value, bool):
        return value, None
    read = normalise.boolean(str(value)) if isinstance(value, str | int) else None
    return read, None if read is not None else "declaration_unreadable"


def _object(value: Any) -> Read:
    return (value, None) if isinstance(value, dict) else (None, "wrong_type")


def _address(value: Any) -> Read:
    return (value, None) if isinstance(value, dict | str) else (None, "wrong_type")


def _objects(value: Any) -> Read:
    if not isinstance(value, list):
        return ([value], None) if isinstance(value, dict) else ([], "wrong_type")
    found = [item for item in value if isinstance(item, dict)]
    return found, None if len(found) == len(value) else "wrong_type"


READERS: dict[str, Callable[[Any], Read]] = {
    "text": _text, "texts": _texts, "number": _number, "day": _day, "flag": _flag, "object": _object, "objects": _objects,
    "address": _address,
}  # fmt: skip
_EMPTY: dict[str, Any] = {"texts": [], "objects": []}


def fetch(node: Node, table: Table, findings: Findings) -> dict[str, Any]:
    """The values of `node` by `table`; absent and blank ones are None, absent lists are empty."""
    made = {}
    for name, entry in table.items():
        kind, _, keys = entry.partition(" ")
        key = next((key for key in keys.split("|") if node.get(key) is not None), None)
        if key is None:
            made[name] = _EMPTY.get(kind)
            continue
        made[name], wrong = READERS[kind](node[key])
        if wrong:
            findings.say(wrong, at_of(node, key), _shown(node[key]))
    return made


def _shown(value: Any) -> str:
    if isinstance(value, dict | list):
        return f"{'an object' if isinstance(value, dict) else 'a list'} ({len(value)})"
    return str(value)


MONEY: Table = {"amount": "number amount", "currency": "text currency"}


def money(node: Node | None, findings: Findings) -> Money | None:
    """An OCDS value; None without an amount. An amount below zero is refused; an unknown currency leaves the amount without one."""
    if node is None:
        return None
    read = fetch(node, MONEY, findings)
    if read["amount"] is None:
        return None
    if read["amount"] < 0:
        findings.say("amount_negative", at_of(node, "amount"), read["amount"])
        return None
    currency = normalise.currency(read["currency"]) if read["currency"] else None
    if read["currency"] and currency is None:
        findings.say("currency_unknown", at_of(node, "currency"), read["currency"])
    return Money(amount=read["amount"], currency=currency)
