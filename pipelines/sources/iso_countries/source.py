"""ISO 3166: countries and subdivisions from two files of the Datasets project."""

from __future__ import annotations

from typing import Any

from pipelines.fetching import Http
from pipelines.records import Gather, Parsed
from pipelines.registry import Source


def fetch(source: Source, http: Http) -> dict[str, bytes]:
    """Both files."""
    second = source.lookups["subdivisions_url"]
    return {url.rsplit("/", 1)[-1]: http.get(url, source=source.id).content for url in (source.url, second)}


def parse(snapshot: Any) -> Parsed:
    """Countries by alpha-3, subdivisions by ISO 3166-2."""
    gather = Gather(snapshot)
    for table in gather.tables():
        shape, records = gather.records(table)
        for record in records:
            if shape == "country":
                gather.keep(shape, record, **record.cells)
                continue
            country, code = gather.country(record), record["code"]
            if country is None or code is None:
                continue
            gather.keep(
                shape, record, subdivision=f"{record['country']}-{code}", country=country, name=record["name"],
                subdivision_type=record["kind"],
            )
    return gather.parsed()
