"""US DOL lists of goods: TVPRA editions as CSV or XLSX, and the list under Executive Order 13126 (XLS)."""

from __future__ import annotations

import datetime as dt
import re
from functools import lru_cache
from typing import Any

from data import model
from pipelines.fetching import Http, one_link
from pipelines.records import Gather, Parsed, Record
from pipelines.registry import Source
from pipelines.sheets import ParseError, csv_lines

YEAR = re.compile(r"(?<!\d)20[12]\d(?!\d)")


def fetch(source: Source, http: Http) -> dict[str, bytes]:
    """The XLSX behind the one Excel link of the list's page; its name holds the edition's year."""
    link = one_link(http.get(source.url, source=source.id), source.id, words=(source.link_text or "",), ending=".xlsx")
    return {link.rsplit("/", 1)[-1]: http.get(link, source=source.id).content}


@lru_cache
def _codes() -> dict[str, list[str]]:
    """HS prefixes by good, from our reference table."""
    found: dict[str, list[str]] = {}
    for _, cells in csv_lines(model.references()["good_hs"].path.read_text(encoding="utf-8"), ",")[1:]:
        found.setdefault(cells[0], []).append(cells[1])
    return found


def _edition(name: str) -> str:
    years = set(YEAR.findall(name))
    if len(years) != 1:
        raise ParseError(f"{name}: no column tells the edition. Put its year, and no other, into the file's name (goods-2026.xlsx).")
    return str(years.pop())


def _mark(gather: Gather, record: Record, column: str) -> bool:
    value = record[column]
    known: dict[str, bool] = gather.source.lookups["values"]["mark"]
    if value is not None and value not in known:
        gather.reject(record, column, "not a mark that is known", "Add it to lookups.values.mark.", is_row_kept=True)
    return known.get(value or "", False)


def _row(gather: Gather, record: Record, shape: str, edition: str, list_id: str) -> None:
    values = gather.source.lookups["values"]
    country, name = gather.country(record), record["good"]
    if country is None or name is None:
        return
    good = values["good"].get(f"{country}: {name}", values["good"].get(name, name))
    published = values["published"][list_id].get(edition)
    if published is None:
        gather.reject(record, "edition", "edition not known", "Add its day of publication to lookups.values.published.", edition)
        return
    error = gather.source.lookups["not_listed"].get(f"{edition}: {country}: {good}")
    if error:
        gather.reject(record, "good", error, "Nothing.")
        return
    if good not in _codes() and good not in gather.source.lookups["no_codes"]:
        gather.reject(record, "good", "no HS codes for this good", "Add them to data/reference/good_hs.csv.", is_row_kept=True)
    child, forced = _mark(gather, record, "child"), _mark(gather, record, "forced")
    by_input = _mark(gather, record, "input_child"), _mark(gather, record, "input_forced")
    is_downstream = not (child or forced) and (any(by_input) or _mark(gather, record, "via_inputs"))
    if is_downstream and not any(by_input):
        step = "Nothing: the rows of this edition that are shipped say it."
        gather.reject(record, "via_inputs", "listed by an input, but not whether for child or for forced labour", step)
        return
    flags: dict[str, Any] = {"is_child_labour": child, "is_forced_labour": forced, "is_downstream": is_downstream}
    if is_downstream:
        flags |= {"is_child_labour": by_input[0], "is_forced_labour": by_input[1]}
    is_order = shape == "executive_order"
    gather.keep(
        "listed_good", record, list_id=list_id, edition=edition, good=good, country=country, hs=_codes().get(good),
        published_on=dt.date.fromisoformat(published), is_forced_child_labour=is_order or _mark(gather, record, "forced_child"), **flags,
    )


def parse(snapshot: Any) -> Parsed:
    """One row per country and good of each edition in the snapshot."""
    gather = Gather(snapshot)
    for table in gather.tables():
        shape, records = gather.records(table)
        list_id = "us_dol_eo13126" if shape == "executive_order" else "us_dol_tvpra"
        of_file = None if shape == "list_with_inputs" else _edition(table.file)
        for record in records:
            stated = record["edition"] or ""
            edition = of_file or snapshot.source.lookups["values"]["edition"].get(stated, stated)
            _row(gather, record, shape, edition, list_id)
    return gather.parsed()
