"""UN Security Council consolidated list: XML of individuals and entities, read without outside entities."""

from __future__ import annotations

from typing import Any
from xml.etree.ElementTree import Element  # types only; defusedxml reads
from xml.etree.ElementTree import ParseError as XmlError

from defusedxml import ElementTree
from defusedxml.common import DefusedXmlException

from pipelines.fetching import Http
from pipelines.records import Gather, Parsed, Record
from pipelines.registry import Source
from pipelines.sheets import ParseError, clean

NAMES = ("FIRST_NAME", "SECOND_NAME", "THIRD_NAME", "FOURTH_NAME")
ADDRESS = ("STREET", "CITY", "STATE_PROVINCE", "ZIP_CODE", "COUNTRY")
READ = {*NAMES, "NAME_ORIGINAL_SCRIPT", "UN_LIST_TYPE", "REFERENCE_NUMBER", "LISTED_ON", "NATIONALITY"}


def fetch(source: Source, http: Http) -> dict[str, bytes]:
    """The consolidated list as XML."""
    return {"consolidated.xml": http.get(source.url, source=source.id).content}


def _aliases(gather: Gather, record: Record, entry: Element) -> list[str]:
    known = gather.source.lookups["values"]["alias_quality"]
    names = [clean(entry.findtext("NAME_ORIGINAL_SCRIPT"))]
    for alias in entry.findall(f"{entry.tag}_ALIAS"):
        quality, name = (alias.findtext("QUALITY") or "").strip(), clean(alias.findtext("ALIAS_NAME"))
        if quality not in known:
            step = "Add it to lookups.values.alias_quality."
            gather.reject(record, "ALIAS", "a quality of alias that the source does not know", step, quality, is_row_kept=True)
        names.append(name if known.get(quality) else None)
    return list(dict.fromkeys(name for name in names if name))


def _listing(gather: Gather, record: Record, entry: Element) -> None:
    unknown = {child.tag for child in entry} - READ - set(gather.source.ignored) - {f"{entry.tag}_ALIAS", f"{entry.tag}_ADDRESS"}
    for tag in sorted(unknown):
        gather.reject(record, tag, "a field that the source does not know", "Read it, or ignore it by name.", is_row_kept=True)
    addresses = entry.findall(f"{entry.tag}_ADDRESS")
    written = [", ".join(text for text in (clean(a.findtext(tag)) for tag in ADDRESS) if text) for a in addresses]
    listed_on, reference = gather.day(record, "LISTED_ON"), record["REFERENCE_NUMBER"]
    if listed_on is None or reference is None:
        if record["LISTED_ON"] is None or reference is None:
            gather.reject(record, "REFERENCE_NUMBER", "no reference number or no date of listing", "Compare with the publisher's page.")
        return
    gather.keep(
        "listing", record, listing_id=f"un_sc:{reference}", list_id="un_sc", authority=gather.source.publisher, severity=4, status="active",
        name=" ".join(text for text in (record[tag] for tag in NAMES) if text), aliases=_aliases(gather, record, entry) or None,
        entity_type="person" if entry.tag == "INDIVIDUAL" else "organisation", country=gather.country(record, "COUNTRY", is_row_kept=True),
        place=next((city for a in addresses if (city := clean(a.findtext("CITY")))), None),
        address=" | ".join(w for w in written if w) or None,
        programme=record["UN_LIST_TYPE"], listed_on=listed_on, listed_on_basis="stated", url=gather.source.url,
    )


def parse(snapshot: Any) -> Parsed:
    """Listings of organisations and persons; `line` is the ordinal of the record in the file."""
    gather = Gather(snapshot)
    for name in snapshot.files:
        try:
            root = ElementTree.fromstring(snapshot.read(name), forbid_dtd=True)
        except (XmlError, DefusedXmlException) as error:
            raise ParseError(f"{name}: not safe or not whole XML ({type(error).__name__}: {error}). Get the file again.") from error
        part = gather.part(name)
        entries = [*root.findall("INDIVIDUALS/INDIVIDUAL"), *root.findall("ENTITIES/ENTITY")]
        if root.tag != "CONSOLIDATED_LIST" or not entries:
            raise ParseError(f"{name}: no CONSOLIDATED_LIST with individuals or entities. This is another file.")
        for ordinal, entry in enumerate(entries, 1):
            cells = {child.tag: clean(child.text) for child in entry if child.tag in READ}
            country = next((text for a in entry.findall(f"{entry.tag}_ADDRESS") if (text := clean(a.findtext("COUNTRY")))), None)
            _listing(gather, Record(part, name, ordinal, {**cells, "COUNTRY": country}), entry)
    return gather.parsed()
