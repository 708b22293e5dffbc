"""UK Sanctions List: one listing per Unique ID, from the CSV or the XML."""

from __future__ import annotations

import datetime as dt
import html
import re
from typing import Any

from pipelines import listed
from pipelines.fetching import Http
from pipelines.records import Gather, Parsed, Record
from pipelines.registry import Source
from pipelines.sheets import clean
from pipelines.sources.uk_sanctions.forms import Entry, read_csv, read_xml

LONGEST = 1000  # characters of a statement of reasons; the whole stands at the publisher's
IMO = re.compile(r"(?<!\d)(\d{7})(?!\d)")
NUMBER = re.compile(r"[A-Z0-9](?:[A-Z0-9./-]*\d){3,}[A-Z0-9./-]*", re.IGNORECASE)  # at least four digits: a word or a count is no number
SCHEMES = re.compile(r"\b(?P<scheme>INN|OGRN|LEI|USCC)\b", re.IGNORECASE)
PARTIAL = re.compile(r"^(?:(?:dd|00)/(?:mm|00|\d{1,2})|\d{1,2}/(?:mm|00))/\d{4}$", re.IGNORECASE)
URL = "https://www.gov.uk/government/publications/the-uk-sanctions-list"


def fetch(source: Source, http: Http) -> dict[str, bytes]:
    """The CSV at its stable address."""
    return {"UK-Sanctions-List.csv": http.get(source.url, source=source.id).content}


def _names(gather: Gather, record: Record, entry: Entry) -> list[str]:
    """The main name, then the aliases that may be compared, then the names in other scripts."""
    words, main, others = gather.source.lookups["values"], [], []
    for name, kind, strength in entry["names"]:
        is_main, is_strong = words["name_type"].get((kind or "alias").casefold()), words["alias_strength"].get((strength or "").casefold())
        if is_main is None:
            gather.reject(record, "name_type", "a type of name that the source does not know", "Add it to lookups.values.name_type.", kind,
                          is_row_kept=True)
        if is_strong is None and strength is not None:
            step = "Add it to lookups.values.alias_strength."
            gather.reject(record, "strength", "a strength of alias that the source does not know", step, strength, is_row_kept=True)
        if is_main:
            main.append(name)
        elif is_strong is not False:
            others.append(name)
    weak = [name for name, *_ in entry["names"]] if not main and not others else []
    return list(dict.fromkeys([*main, *others, *weak[:1], *entry["non_latin"]]))


def _designated(gather: Gather, record: Record, entry: Entry) -> tuple[dt.date | None, str | None]:
    """The day of designation; where only a part is stated no day is made up, and the words are kept."""
    text = entry["designated"]
    if text is None or PARTIAL.match(text):
        return None, f"designated {text} (day not stated)" if text else "day of designation not stated"
    day = listed.day(gather, record, "designated", text)
    return day, None if day else f"designated {text} (not a date)"


def _numbers(gather: Gather, record: Record, entry: Entry) -> list[str]:
    found = [f"IMO:{number}" for cell in entry["imo"] for number in IMO.findall(cell)]
    for cell in entry["numbers"]:
        numbers = [(match[0].strip("./-"), SCHEMES.search(cell[:match.start()][-12:])) for match in NUMBER.finditer(cell)]
        if not numbers:
            step = "Look at the cell; nothing is lost but a number to match by."
            gather.reject(record, "numbers", "no number in it", step, cell, is_row_kept=True)
        schemes = {"INN": "RU-INN", "OGRN": "RU-OGRN", "LEI": "LEI", "USCC": "CN-USCC"}
        found += [f"{schemes[named['scheme'].upper()] if named else 'REG'}:{number}" for number, named in numbers]
    return list(dict.fromkeys(found))


def _subject(gather: Gather, regime: str | None) -> str:
    return next((subject for words, subject in gather.source.lookups["subjects"].items() if words in (regime or "")), "sanctions")


def _reason(entry: Entry, is_person: bool) -> str | None:
    imposed = "; ".join(dict.fromkeys(text.strip() for text in (entry["imposed"] or "").split("|") if text.strip()))
    told = re.sub(r"<[^>]+>", " ", html.unescape(entry["reason"] or "")) if not is_person else ""
    ship = "; ".join(f"{what} {text}" for what, part in (("owner or operator", "owner"), ("flag", "flag")) for text in entry[part])
    return listed.joined((imposed, ship, clean(told)), LONGEST, ". ")


def _listing(gather: Gather, record: Record, entry: Entry) -> None:
    names = _names(gather, record, entry)
    kind = gather.source.lookups["values"]["entity_type"].get((entry["entity_type"] or "").casefold())
    if kind is None:
        step = "Add it to lookups.values.entity_type."
        gather.reject(record, "entity_type", "a type that the source does not know", step, entry["entity_type"])
        return
    if not names:
        gather.reject(record, "id", "no name", "Compare with the publisher's file.", entry["id"])
        return
    listed_on, note = _designated(gather, record, entry)
    nationalities = [part.strip() for cell in entry["nationality"] for part in re.split(r"[,;|]|\(\d+\)", cell) if part.strip()]
    countries = listed.countries(gather, record, [country for _, country, _ in entry["addresses"]] + nationalities)
    is_person = kind == "person"
    gather.keep(
        "listing", record, listing_id=f"uk_sanctions:{entry['id']}", list_id="uk_sanctions", name=names[0], aliases=names[1:] or None,
        entity_type=kind, country=countries[0] if countries else None,
        place=None if is_person else next((town for *_, town in entry["addresses"] if town), None),
        address=None if is_person else " | ".join(", ".join(text for text in one[:2] if text) for one in entry["addresses"]) or None,
        identifiers=None if is_person else _numbers(gather, record, entry) or None, programme=entry["regime"],
        subject=_subject(gather, entry["regime"]), authority=gather.source.publisher, listed_on=listed_on, listed_on_basis="stated",
        status="active", status_note=note, severity=4, reason=_reason(entry, is_person), url=URL,
    )


def parse(snapshot: Any) -> Parsed:
    """Listings of entities, ships and persons; `line` is the first line of the entry in the CSV, or its ordinal in the XML."""
    gather = Gather(snapshot)
    for name in snapshot.files:
        is_xml = name.casefold().removesuffix(".gz").endswith(".xml") or snapshot.read(name).lstrip(b"\xef\xbb\xbf \r\n\t").startswith(b"<")
        for record, entry in read_xml(gather, name) if is_xml else read_csv(gather, name):
            _listing(gather, record, entry)
    return gather.parsed()
