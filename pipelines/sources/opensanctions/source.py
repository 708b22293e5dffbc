"""OpenSanctions: entries that an aggregator copies from many lists. The issuing list decides; each entry here points to it."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any
from urllib.parse import urlsplit

from pipelines import listed
from pipelines.fetching import FetchError, Http
from pipelines.records import Gather, Parsed, Record, read_day
from pipelines.registry import Source
from pipelines.sheets import ParseError
from pipelines.sources.opensanctions import forms
from pipelines.sources.opensanctions.forms import Entry

LONGEST = 600  # characters of what is copied; the whole stands at the issuing list
GRAVE = ("forced_labour", "child_labour", "human_trafficking")
URL = "https://www.opensanctions.org/entities/{}/"
INDEX = "index.json"
# Ids of the aggregator are made from numbers of registers; a person's own number is not kept.
PERSONAL_ID = re.compile(r"(?:^|-)(?:inn|cpf|ssn|snils|curp|pesel|dni|nin|passport)-|-\d{9,}$", re.IGNORECASE)
REGISTERS = ("ext_", "ann_")  # datasets that only add facts, and list nobody


def fetch(source: Source, http: Http) -> dict[str, bytes]:
    """The index, and the first file of it that is not too large; what has not changed since the last copy is not asked for again."""
    about = http.get(f"{source.url}{INDEX}", source=source.id)
    try:
        files = {one["name"]: one for one in forms.index(about.content, INDEX)["resources"]}
        fitting = (files[name] for name in source.lookups["files"] if name in files)
        chosen = next((one for one in fitting if int(one.get("size") or 0) <= http.max_bytes), None)
        if chosen is None or urlsplit(chosen["url"]).hostname != urlsplit(source.url).hostname:
            known = ", ".join(source.lookups["files"])
            raise FetchError(f"{source.id}: the index names none of {known} at the publisher that is at most {http.max_bytes} bytes long.")
        known_copy = http.previous.get(chosen["url"])
        copy = known_copy or http.get(chosen["url"], source=source.id)
        http.log[chosen["url"]] = copy
        forms.check(copy.content, chosen["name"], chosen)
    except ParseError as error:
        raise FetchError(f"{source.id}: {error}") from error
    return {INDEX: about.content, chosen["name"]: copy.content}


def _is_over(text: str, today: dt.date) -> bool:
    """Whether a date, a month or a year, as far as it is stated, is past."""
    return bool(text) and today.isoformat()[:len(text)] > text


def _ended(gather: Gather, sanction: Entry) -> bool:
    words = gather.source.lookups["ended"]
    return any(status.casefold() in words for status in sanction["status"]) or (
        bool(sanction["endDate"]) and all(_is_over(text[:10], gather.snapshot.retrieved_on) for text in sanction["endDate"])
    )


def _days(sanctions: list[Entry], *names: str) -> list[dt.date]:
    """The days that the sanctions state, each under the first of `names` that it has."""
    texts = (text for one in sanctions for text in next((one[name] for name in names if one[name]), []))
    return [day for text in texts if (day := read_day(text[:10], "ymd"))]


def _time(gather: Gather, entry: Entry) -> dict[str, Any]:
    """Status and dates of an entry from its sanctions: it is in force while one of them is; an ended one stays in the note."""
    over = [one for one in entry["sanctions"] if _ended(gather, one)]
    running = [one for one in entry["sanctions"] if one not in over]
    told = running or over
    begun, ends = _days(told, "startDate", "listingDate"), _days(told, "endDate")
    seen = read_day(entry["first_seen"], "ymd") or gather.snapshot.retrieved_on
    notes = (" ".join(["ended:", *one["authority"][:1], *one["programId"][:1], "/".join(one["endDate"])]).strip() for one in over)
    is_over = bool(over) and not running
    open_ended = any(not one["endDate"] for one in running)
    return {
        "status": "expired" if is_over else "active", "listed_on": min(begun) if begun else seen,
        "listed_on_basis": "stated" if begun else "observed", "delisted_on": max(ends) if ends and not open_ended else None,
        "status_note": listed.joined(notes, 300),
    }


def _subject(gather: Gather, record: Record, entry: Entry, seen: set[str]) -> str | None:
    """What the entry is about by its topics; None when none of them tells of an entry in a list."""
    known = gather.source.lookups["topics"]
    for topic in entry["properties"].get("topics", []):
        if topic not in known and topic not in seen:
            seen.add(topic)
            gather.reject(record, "topics", "a topic that the source does not know", "Add it to lookups.topics.", topic, is_row_kept=True)
    return next((subject for topic, subject in known.items() if subject and topic in entry["properties"].get("topics", [])), None)


def _country(gather: Gather, record: Record, entry: Entry) -> str | None:
    """The first country stated; of a region such as ua-cri the country that ISO 3166 puts it in."""
    codes = (code.partition("-")[0] for name in ("country", "jurisdiction", "flag") for code in entry["properties"].get(name, []))
    return next(iter(listed.countries(gather, record, codes)), None)


def _listing(gather: Gather, record: Record, entry: Entry, seen: set[str]) -> None:
    subject, kind = _subject(gather, record, entry, seen), gather.source.lookups["values"]["entity_type"].get(entry["schema"])
    if entry["told"] is None and subject is None:
        return
    if kind is None:
        step = "Add it to lookups.values.entity_type."
        gather.reject(record, "schema", "a kind of record that the source does not know", step, entry["schema"])
    if not kind:
        return
    properties, sanctions = entry["properties"], [one for one in entry["sanctions"] if not _ended(gather, one)] or entry["sanctions"]
    names = list(dict.fromkeys(text for name in forms.NAMES for text in properties.get(name, [])))
    main = entry["caption"] if entry["caption"] in names else (names[0] if names else entry["caption"])
    if not entry["id"] or not main:
        gather.reject(record, "name", "no id or no name", "Compare with the publisher's page.")
        return
    is_person = kind == "person"
    schemes = {} if is_person else gather.source.lookups["identifiers"]
    numbers = [f"{schemes[name]}:{text.removeprefix('IMO').strip()}" for name in schemes for text in properties.get(name, [])]
    ids = [one for one in dict.fromkeys([entry["id"], *entry["referents"]]) if not (is_person and PERSONAL_ID.search(one))]
    lists = [name for name in entry["datasets"] if not name.startswith(REGISTERS)]
    copied = [f"copied by OpenSanctions from {', '.join(lists)}"] if lists else []
    reasons = [] if is_person else [entry["told"], *(text for one in sanctions for text in one["reason"])]
    programmes = (text[:100] for one in sanctions for text in one["programId"] or one["program"])
    authorities = [text for one in sanctions for text in one["authority"]]
    gather.keep(
        "listing", record, listing_id=f"opensanctions:{entry['id']}", list_id="opensanctions", name=main,
        aliases=[name for name in names if name != main] or None, entity_type=kind, country=_country(gather, record, entry),
        address=None if is_person else listed.joined(properties.get("address", []), LONGEST, " | "),
        identifiers=[f"OPENSANCTIONS:{one}" for one in ids] + list(dict.fromkeys(numbers)) or None,
        programme=listed.joined(programmes, 300), subject=subject or "not_stated",
        authority=listed.joined(authorities or lists, 300) or "not stated", severity=4 if subject in GRAVE else 1,
        reason=listed.joined([*copied, *reasons], LONGEST), url=URL.format(entry["id"]), **_time(gather, entry),
    )


def parse(snapshot: Any) -> Parsed:
    """Listings of organisations, vessels and persons; `line` is that of the JSON lines or of the CSV."""
    gather, seen = Gather(snapshot), set[str]()
    about = {name: forms.index(snapshot.read(name), name) for name in snapshot.files if name.endswith(INDEX)}
    for name in (one for one in snapshot.files if one not in about):
        for told in about.values():
            forms.check(snapshot.read(name), name, next((one for one in told["resources"] if one["name"] == name), {}))
            if told.get("result") == "failure":
                reason = f"the publisher's last export failed: the data are those of {told.get('last_export')}"
                gather.reject(Record(0, name, 1, {}), "result", reason, "Look again tomorrow.", "failure", is_row_kept=True)
        is_csv = name.casefold().removesuffix(".gz").endswith(".csv")
        for record, entry in forms.read_simple(gather, name) if is_csv else forms.read_lines(gather, name):
            _listing(gather, record, entry, seen)
    if not gather.parts:
        raise ParseError("only an index, and no file with entities. Import entities.ftm.json or targets.simple.csv with it.")
    return gather.parsed()
