"""US DOL findings on the worst forms of child labour: the app's workbook, or its sheets as CSV."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

from pipelines.fetching import ByHand, Http
from pipelines.records import Gather, Parsed, Record
from pipelines.registry import Source

PUBLICATION = "US Department of Labor, Findings on the Worst Forms of Child Labor {}"
NOTES = re.compile(r"\s*[†‡*]*\s*(\([\d,\s]*\))?\s*$")  # footnote marks: "106 (5)", "14‡ (58)", "Unknown (6)"
# "7.5 (673,949)": share and number of children
PERCENT = re.compile(r"^(\d+(?:\.\d+)?)(?:\s*[†‡*]?\s*\(\s*(?:[\d,]+|Unavailable)\))?[†‡*]?$")


def fetch(source: Source, http: Http) -> dict[str, bytes]:
    """The publisher offers no file."""
    raise ByHand(source.id)


class _Reader:
    def __init__(self, gather: Gather) -> None:
        self.gather, self.values = gather, gather.source.lookups["values"]

    def keep(self, record: Record, fact: str, value: float | None, text: str | None = None) -> None:
        """Adds a fact of the record's country and edition."""
        country, edition = self.gather.country(record), record["edition"]
        if country is None or edition is None:
            return
        published = self.values["published"].get(edition)
        if published is None:
            self.gather.reject(record, "edition", "edition not known", "Add its day of publication to lookups.values.published.")
            return
        self.gather.keep(
            "country_fact", record, country=country, fact=fact, value=value, text=text, edition=edition,
            source_key=PUBLICATION.format(edition), published_on=dt.date.fromisoformat(published),
        )

    def fact(self, record: Record) -> str | None:
        """Our fact of a record's line, None when it is left out; the sub-line decides where there is one."""
        entity = record["entity"]
        if entity in self.values["entity"]["regional"]:
            return None
        if entity is not None and entity not in self.values["entity"]["national"]:
            self.gather.reject(record, "entity", "a region that the source does not know", "Add it to lookups.values.entity.")
            return None
        name = "part" if record["part"] else "item"
        if record[name] not in self.values["item"]:
            self.gather.reject(record, name, "a line that the source does not know", "Add it to lookups.values.item.")
        return self.values["item"].get(record[name] or "") or None

    def number(self, record: Record, column: str, share: bool = False) -> float | None:
        """A count without its footnotes, or a percentage as a share of 1; None when the report says nothing."""
        stated = record[column] or ""
        bare = NOTES.sub("", stated)
        if not bare or bare in self.values["nothing_said"]:
            return None
        match = PERCENT.match(stated) if share else re.match(r"^(\d[\d,]*(?:\.\d+)?)$", bare)
        if match is None:
            self.gather.reject(record, column, "not a number", "Correct the value, or leave the line out.")
            return None
        return round(float(match[1].replace(",", "")) / (100 if share else 1), 6)


def _assessment(reader: _Reader, record: Record) -> None:
    level = (record["level"] or "").split(" – ")[0]
    known = reader.values["level"]
    if level not in known:
        reader.gather.reject(record, "level", "a level that the source does not know", "Add it to lookups.values.level.")
    elif known[level] != "":
        reader.keep(record, "dol_assessment", known[level], record["level"])


def _statistics(reader: _Reader, record: Record) -> None:
    fact = reader.fact(record)
    share = reader.number(record, "value", share=True) if fact else None
    if fact and share is not None:
        reader.keep(record, fact, share, f"ages {record['age'].replace(' to ', '-')}" if record["age"] else None)


def _ratification(reader: _Reader, record: Record) -> None:
    fact, answer = reader.fact(record), reader.values["answer"].get(record["value"] or "N/A")
    if answer is None:
        reader.gather.reject(record, "value", "neither yes nor no", "Add the word to lookups.values.answer.")
    elif fact and answer != "":
        # The year is not given; only the Palermo Protocol's code knows 1 for "year unknown".
        has_no_year = answer == 1 and fact != "ratified_palermo"
        reader.keep(record, fact, None if has_no_year else answer, "ratified; the report gives no year" if has_no_year else None)


def _law(reader: _Reader, record: Record) -> None:
    fact, answer = reader.fact(record), reader.values["answer"].get(record["meets"] or "N/A")
    if fact is None:
        return
    if answer is None:
        reader.gather.reject(record, "meets", "neither yes nor no", "Add the word to lookups.values.answer.", is_row_kept=True)
    standard = fact if fact == "law_hazard_list" else reader.values["meets"].get(fact)
    if standard and answer in (0, 1):
        reader.keep(record, standard, answer)
    age = reader.number(record, "age") if fact != "law_hazard_list" else None
    if age is not None:
        reader.keep(record, fact, age)


def _enforcement(reader: _Reader, record: Record) -> None:
    fact = reader.fact(record)
    number = reader.number(record, "value") if fact else None
    if fact and number is not None:
        reader.keep(record, fact, number)


READERS = {
    "assessment": _assessment, "statistics": _statistics, "ratification": _ratification, "law": _law, "enforcement": _enforcement,
}


def parse(snapshot: Any) -> Parsed:
    """One row per country and fact of the edition."""
    gather = Gather(snapshot)
    reader = _Reader(gather)
    for table in gather.tables():
        if table.file.rpartition(": ")[2] in snapshot.source.lookups["ignored_sheets"]:
            continue
        shape, records = gather.records(table)
        for record in records:
            READERS[shape](reader, record)
    return gather.parsed()
