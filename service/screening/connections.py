"""Who is connected to a tenderer, in words: shares as far as they are known, and each link with who states it.

Belongs here: the wording of a connection and its links as pieces of text. Does not belong here: walking links and the words for one
(risk/connections), what a connected party's facts mean in law (risk/screening).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from data.screening import Connection, Step
from risk.connections import effective_words, said, source_words
from service.screening import spans
from service.screening.spans import Span, name, plain
from service.screening.wording import Words

OWNING = ("owner", "owned")
NAMED = (*OWNING, "sister", "owner_unknown", "board", "shared_director")
ROWS, BRIEF = 20, 3  # connections of one tenderer that are shown; names in one line
OWNER, OWNED = "\ue000", "\ue001"  # stand for the names while a sentence is made, so that each name keeps its own language


def tells(found: Connection) -> bool:
    """Whether a connection says more than the part in which the party stands."""
    return found.kind in NAMED or bool(found.steps)


def shares(found: Connection, words: Words) -> list[str]:
    """What is known of the effective share, and whether there is control. A share only where one party owns the other."""
    told = []
    if found.kind in OWNING:
        share = effective_words(found.effective_share_min, found.effective_share, words.language)
        told.append(words("fact.share", share=words.set(share)))
    return [*told, words("fact.control")] if found.is_control and found.kind != "sister" else told


def step(one: Step, words: Words) -> list[Span]:
    """A holds 51 % of B (GLEIF, 30 June 2026)."""
    bare = one.model_copy(update={"owner": OWNER if one.owner else None, "owned": OWNED})
    text = words.set(said(bare, words.language))
    called = {OWNER: name(one.owner, words), OWNED: name(one.owned, words)}
    parts = [part for part in re.split(f"([{OWNER}{OWNED}])", text[:1].upper() + text[1:]) if part]
    pieces = [piece for part in parts for piece in called.get(part) or [plain(part)]]
    source = words.set(spans.clean(source_words(one.source, words.language)))
    told = [source, words.date(one.stated_on) if one.stated_on else ""]
    return [*pieces, plain(f" ({', '.join(part for part in told if part)})")] if any(told) else pieces


def connection(found: Connection, words: Words) -> list[Span]:
    """A connection with its share and, each on a line of its own, the links that it stands on."""
    pieces = [*head(found, words), *(piece for one in found.steps for piece in (spans.breaking(), *step(one, words)))]
    return pieces if found.steps or not found.source else [*pieces, plain(f" ({spans.clean(source_words(found.source, words.language))})")]


def line(found: Connection, words: Words) -> str:
    """A connection with its links in one line, for a terminal."""
    return words("common.semicolon").join(spans.text_of(part) for part in (head(found, words), *(step(one, words) for one in found.steps)))


def head(found: Connection, words: Words) -> list[Span]:
    """A connection without its links."""
    return [*name(found.name, words), plain("".join(f", {part}" for part in (role(found.kind, words), *shares(found, words))))]


def role(kind: str, words: Words) -> str:
    """In what part a connected party stands."""
    return words.get(f"role.{kind}", kind.replace("_", " "))


def table(found: Sequence[Connection], words: Words) -> dict[str, Any]:
    """The connections of one tenderer as rows, and how many more there are."""
    return {
        "rows": [
            {
                "name": name(one.name, words),
                "role": ", ".join([role(one.kind, words), *shares(one, words)]),
                "steps": [step(link, words) for link in one.steps],
            }
            for one in found[:ROWS]
        ],
        "more": words.count("connection.more", len(found) - ROWS) if len(found) > ROWS else "",
    }


def brief(found: Sequence[Connection], words: Words) -> str:
    """The first connections in one line, without their links."""
    told = [spans.text_of(head(one, words)) for one in found[:BRIEF]]
    told += [words("common.more", n=words.number(len(found) - BRIEF))] if len(found) > BRIEF else []
    return f"{words('connection.title')}{words('common.colon')}{words('common.semicolon').join(told)}" if told else ""
