"""Ownership statements in the Beneficial Ownership Data Standard: 0.4, and the older forms 0.2 and 0.3."""

from __future__ import annotations

import datetime as dt
from typing import Any

from pipelines.fetching import ByHand, Http
from pipelines.normalise import country
from pipelines.records import Gather, Parsed, Record, read_day
from pipelines.registry import Source
from pipelines.sheets import clean
from pipelines.sources import _statements as statements
from pipelines.sources._statements import Statement


def fetch(source: Source, http: Http) -> dict[str, bytes]:
    """Each register has its own address and terms: a person chooses and brings the file."""
    raise ByHand(source.id)


def _entity(gather: Gather, record: Record, one: Statement, key: str) -> None:
    """Of a person only the name and the nationality are kept."""
    body, is_person = one.body, one.kind == "person"
    names = [entry.get("fullName") for entry in body.get("names") or [] if isinstance(entry, dict)] if is_person else [body.get("name")]
    every = [name for text in (*names, *(body.get("alternateNames") or [])) if isinstance(text, str) and (name := clean(text))]
    if not every:
        gather.reject(record, "name", "no name: anonymous, or unknown to the register", "Nothing: links to it show its record.")
        return
    places = body.get("nationalities") if is_person else [body.get("jurisdiction") or body.get("incorporatedInJurisdiction")]
    code = next((str(place.get("code") or "") for place in places or [] if isinstance(place, dict)), "")
    numbers = statements.identifiers(gather.source, body)
    gather.keep(
        "registered_entity", record, entity_key=key, name=every[0], aliases=list(dict.fromkeys(every[1:])) or None,
        country=country(code[:2]), entity_type="person" if is_person else "organisation",
        subdivision=code if len(code) > 3 and code[2] == "-" else None,
        lei=next((number.removeprefix("LEI:") for number in numbers if number.startswith("LEI:")), None),
        identifiers=None if is_person else numbers or None, register=one.register, stated_on=one.stated_on,
    )


def _share(interest: dict[str, Any]) -> tuple[float | None, float | None]:
    """Least and greatest share of 1; a stated number is of a hundred. None where none is stated or it makes no sense."""
    share = interest.get("share")
    if not isinstance(share, dict):
        return None, None
    exact = statements.number(share.get("exact"))
    low, high = ((share.get(f"exclusive{side}"), share.get(side.casefold())) for side in ("Minimum", "Maximum"))
    least, most = (
        statements.number(bound if inclusive is None and not isinstance(bound, bool) else inclusive) for bound, inclusive in (low, high)
    )
    found = [None if value is None else value / 100 for value in ((exact, exact) if exact is not None else (least, most))]
    is_sane = all(value is None or 0 <= value <= 1 for value in found) and (None in found or found[0] <= found[1])  # type: ignore[operator]
    return (found[0], found[1]) if is_sane else (None, None)


def _day(value: Any) -> dt.date | None:
    return read_day(str(value or "")[:10], "ymd")


def _records(gather: Gather, record: Record, one: Statement, keys: dict[str, str]) -> None:
    """One row for each interest; a relationship without any says that there is one and not which."""
    values = gather.source.lookups["values"]
    owner, unknown = statements.owner(one)
    reason = None if owner else values["unknown"].get(statements.word(unknown), "not_stated")
    ended = (one.stated_on or _day(gather.snapshot.retrieved_on)) if one.is_closed else None
    for n, interest in enumerate(entry for entry in one.body.get("interests") or [{}] if isinstance(entry, dict)):
        word = statements.word(interest.get("type"))
        kind = values["interest"].get(word) if word else "not_stated"
        if kind is None:
            step = "Add it to lookups.values.interest; until then the kind is not stated."
            what = "a kind of interest that the source does not know"
            gather.reject(record, "interests", what, step, str(interest["type"]), is_row_kept=True)
        least, most = _share(interest)
        if interest.get("share") and least is None and most is None:
            gather.reject(record, "share", "no share between 0 and 100", "Ask the register.", str(interest["share"]), is_row_kept=True)
        subject, level = statements.subject(one), interest.get("directOrIndirect") or interest.get("interestLevel")
        gather.keep(
            "ownership_record", record, record_id=f"bods:{one.key}:{n}", register=one.register,
            owned_key=keys.get(subject, f"BODS:{subject}"), owner_key=keys.get(owner, f"BODS:{owner}") if owner else None,
            owner_unknown=reason, interest=kind or "not_stated",
            is_control=True if kind in values["control"] else None, share_min=least, share_max=most,
            is_indirect={"indirect": True, "direct": False}.get(str(level)), valid_from=_day(interest.get("startDate")),
            valid_to=_day(interest.get("endDate")) or ended, stated_on=one.stated_on, url=one.url,
        )


def parse(snapshot: Any) -> Parsed:
    """Entities, persons and ownership records of the latest statement of each record; `line` is the n-th statement of the file."""
    gather = Gather(snapshot)
    latest = statements.latest(gather)
    keys = {one.key: statements.key(gather.source, one) for _, one in latest if one.kind != "relationship"}
    kept = set[str]()
    for record, one in latest:
        if one.kind == "relationship":
            _records(gather, record, one, keys)
        elif keys[one.key] in kept:
            what = "another record of the same organisation"
            gather.reject(record, "statement", what, "Nothing: one name is kept.", keys[one.key])
        else:
            kept.add(keys[one.key])
            _entity(gather, record, one, keys[one.key])
    return gather.parsed()
