"""Stable keys of entries whose publisher gives none: the same entry has the same key in every copy, and in the shipped tables."""

from __future__ import annotations

import datetime as dt
import hashlib
import re
import unicodedata

LONGEST = 60
# What stands after the first name of an order's entity cell; it is reworded from one copy to the next.
TAIL = re.compile(
    r"(,?\s+a/k/a\s|;|,?\s+and\s+(its|their|subsidiaries)\b|\s+\((subsidiaries|collectively)\b).*$", re.IGNORECASE | re.DOTALL
)
LEAD = re.compile(r"^fishing vessels?(\s+owned by|:)\s+", re.IGNORECASE)


def slug(text: str) -> str:
    """`text` in lower-case ASCII words joined by hyphens, at most 60 characters; a hash is added where something was lost."""
    folded = unicodedata.normalize("NFKD", text.casefold())
    plain = "".join(char for char in folded if not unicodedata.combining(char))
    words = re.sub(r"[^a-z0-9]+", "-", re.sub(r"['’ʼ`.]", "", plain)).strip("-")
    has_other_script = any(char.isalpha() and not char.isascii() for char in plain)
    if len(words) <= LONGEST and not has_other_script:
        return words
    return f"{words[:LONGEST].strip('-')}-{hashlib.sha256(folded.encode()).hexdigest()[:8]}".strip("-")


def _joined(*parts: str | dt.date | None) -> str:
    return ":".join(part.isoformat() if isinstance(part, dt.date) else part for part in parts if part)


def listing_key(list_id: str, name: str, programme: str | None = None, listed_on: dt.date | None = None, *more: str | None) -> str:
    """Key of an entry of `list_id`: `more` are further values that tell two entries of one name and day apart (a place, a year).

    Only their hash is in the key: they may hold numbers of persons.
    """
    extra = hashlib.sha256("|".join(value or "" for value in more).encode()).hexdigest()[:12] if any(more) else None
    return _joined(list_id, slug(programme) if programme else None, listed_on or "undated", slug(name), extra)


def ban_key(list_id: str, instrument: str, since: dt.date, producer: str | None, territory: str | None) -> str:
    """Key of an order: by the first producer or vessel named, else by `territory` (ISO 3166 code)."""
    subject = slug(LEAD.sub("", TAIL.sub("", producer.strip()))) if producer else (territory or "world").lower()
    return _joined(list_id, instrument, since, subject)
