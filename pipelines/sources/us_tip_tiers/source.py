"""TIP Report tiers: our upload template, and two shapes in which researchers keep them."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

from pipelines.fetching import ByHand, Http
from pipelines.records import Gather, Parsed
from pipelines.registry import Source
from pipelines.sheets import ParseError

YEAR = re.compile(r"(?<!\d)20\d\d(?!\d)")


def fetch(source: Source, http: Http) -> dict[str, bytes]:
    """The publisher offers no file."""
    raise ByHand(source.id)


def parse(snapshot: Any) -> Parsed:
    """One row per country and edition; tier 2 Watch List is 2.5, a special case has text S and no value."""
    gather = Gather(snapshot)
    published = snapshot.source.lookups["values"]["published"]
    for table in gather.tables():
        shape, records = gather.records(table)
        years = set(YEAR.findall(table.file))
        if shape == "list" and len(years) != 1:
            raise ParseError(f"{table.file}: no column tells the edition. Put its year, and no other, into the file's name (tip-2026.csv).")
        for record in records:
            edition = years.copy().pop() if shape == "list" else record["edition"] or ""
            tier, country = gather.word(record, "tier"), gather.country(record)
            if tier in (None, "") or country is None:
                continue
            if edition not in published:
                gather.reject(record, "edition", "edition not known", "Add its day of publication to lookups.values.published.", edition)
                continue
            gather.keep(
                "country_fact", record, country=country, fact="tip_tier", value=None if tier == "S" else float(tier),
                # our template is copied from the report; the other shapes are others' copies
                certainty=snapshot.certainty if shape == "template" else "secondary",
                text="S" if tier == "S" else None, edition=edition, published_on=dt.date.fromisoformat(published[edition]),
                source_key="US Department of State, Trafficking in Persons Report",
            )
    return gather.parsed()
