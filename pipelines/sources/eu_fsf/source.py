"""EU consolidated list of financial sanctions: the Financial Sanctions File, as XML or as CSV."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

from stdnum import imo

from pipelines import listed
from pipelines.fetching import Http
from pipelines.records import Gather, Parsed, Record, read_day
from pipelines.registry import Source
from pipelines.sources.eu_fsf.forms import Entry, read_csv, read_xml

# A grading of a name is a clause of its own remark; the same words within a sentence speak of somebody else.
WEAK = re.compile(r"(?:^|;)[\s(\"'‘]*low?\s+quality", re.IGNORECASE)
FORMER = re.compile(r"(?:^|;)[\s(\"'‘]*(?:formerly known as|former name|f\.k\.a|maiden name)", re.IGNORECASE)
SHIP = re.compile(r"\bIMO(?:\s+(?:ship|vessel))?(?:\s+(?:identification\s+)?(?:number|no\.?))?\s*[:\s]\s*(\d{7})\b", re.IGNORECASE)
NOT_THE_SHIP = re.compile(r"\b(?:company|owner|operator|manager|owned)\b[^;.]{0,40}$", re.IGNORECASE)


def fetch(source: Source, http: Http) -> dict[str, bytes]:
    """The XML file; the token is sent as the publisher wants it. KeyNeeded while the operator has set none."""
    got = http.get(source.url, source=source.id, key_variable=source.key_variable, key_parameter="token")
    return {"eu_fsf.xml": got.content}


def _names(entry: Entry) -> list[str]:
    """The main name, then the aliases that may be compared: low-quality ones are too common."""
    graded = [(name, bool(FORMER.search(remark or ""))) for name, _, remark, is_strong in entry["names"]
              if name and is_strong and not WEAK.search(remark or "")]
    english = {name for name, language, *_ in entry["names"] if language in (None, "EN")}
    graded.sort(key=lambda one: (one[1], one[0] not in english))  # stable: the file's order within each
    return list(dict.fromkeys(name for name, _ in graded))


def _ships(entry: Entry) -> list[str]:
    """IMO numbers of the entry itself, from its remarks: the file has no type for vessels."""
    text = " ; ".join([entry["remark"], *(remark or "" for _, _, remark, _ in entry["names"])])
    found = [match[1] for match in SHIP.finditer(text) if not NOT_THE_SHIP.search(text[:match.start()]) and imo.is_valid(match[1])]
    return list(dict.fromkeys(found))


def _numbers(gather: Gather, record: Record, entry: Entry) -> list[str]:
    """Numbers of registers as SCHEME:ID, the country before the scheme where it is stated."""
    known, found = gather.source.lookups["values"]["id_type"], []
    for kind, number, country in entry["numbers"]:
        if kind is not None and kind not in known:
            step = "Add it to lookups.values.id_type."
            gather.reject(record, "id_type", "a type of document that the source does not know", step, kind, is_row_kept=True)
        scheme = known.get(kind)
        if scheme and number:
            is_national = country not in (None, "00") and scheme in ("REG", "TAX", "ID")
            found.append(f"{country}-{scheme}:{number}" if is_national else f"{scheme}:{number}")
    return found


def _listed_on(gather: Gather, record: Record, entry: Entry) -> tuple[dt.date | None, str]:
    """The day of designation; where none is stated, the first act that names the entry shows that it stood by then."""
    designated = listed.day(gather, record, "designated", entry["designated"])
    if designated is not None:
        return designated, "stated"
    acts = [day for _, _, text, _ in entry["acts"] if (day := read_day(text, gather.source.date_order))]
    return min([*acts, gather.snapshot.retrieved_on]), "observed"


def _listing(gather: Gather, record: Record, entry: Entry) -> None:
    names, kind = _names(entry), gather.source.lookups["values"]["entity_type"].get(entry["entity_type"])
    if kind is None:
        gather.reject(record, "entity_type", "a type that the source does not know", "Add it to lookups.values.entity_type.")
        return
    if not names:
        every = [name for name, *_ in entry["names"] if name]
        if not every:
            gather.reject(record, "name", "no name", "Compare with the publisher's file.")
            return
        names = every[:1]  # every name is graded low: the first one still names the entry
    ships = _ships(entry) if kind == "organisation" else []
    addresses = [", ".join(text for text in parts[:3] if text) for parts in entry["addresses"]]
    codes = [parts[3] for parts in entry["addresses"]] + [code for (code,) in entry["citizenships"]]
    countries = listed.countries(gather, record, codes)
    programmes = list(dict.fromkeys(programme for programme, *_ in entry["acts"] if programme))
    subjects = [gather.source.lookups["subjects"][programme] for programme in programmes if programme in gather.source.lookups["subjects"]]
    listed_on, basis = _listed_on(gather, record, entry)
    acts = list(dict.fromkeys(title for _, title, *_ in entry["acts"] if title))
    numbers = [*(f"IMO:{number}" for number in ships), *_numbers(gather, record, entry)] if kind != "person" else []
    gather.keep(
        "listing", record, listing_id=f"eu_fsf:{entry['id']}", list_id="eu_fsf", name=names[0], aliases=names[1:] or None,
        entity_type="vessel" if ships else kind, country=countries[0] if countries else None,
        place=next((parts[2] for parts in entry["addresses"] if parts[2]), None) if kind != "person" else None,
        address=" | ".join(text for text in addresses if text) or None if kind != "person" else None,
        identifiers=list(dict.fromkeys(numbers)) or None, programme="; ".join(programmes) or None,
        subject=subjects[0] if subjects else "sanctions", authority=gather.source.publisher, listed_on=listed_on, listed_on_basis=basis,
        status="active", severity=4, reason="; ".join(acts) or None,
        url=next((url for *_, url in entry["acts"] if url), None) or "https://www.sanctionsmap.eu",
    )


def parse(snapshot: Any) -> Parsed:
    """Listings of organisations, vessels and persons; `line` is the CSV's line or the ordinal of the record in the XML."""
    gather = Gather(snapshot)
    for name in snapshot.files:
        is_xml = snapshot.read(name).lstrip(b"\xef\xbb\xbf \r\n\t").startswith(b"<")
        for record, entry in read_xml(gather, name) if is_xml else read_csv(gather, name):
            _listing(gather, record, entry)
    return gather.parsed()
