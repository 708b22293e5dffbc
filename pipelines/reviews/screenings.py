"""What was screened, with what result, against which list versions: kept as it was said, and the pairs of bidders in it.

Belongs here: the tables screening and screening_result. Does not belong here: what a result means (data/screening.py).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from typing import Any

import sqlalchemy as sa

from data.screening import Screening
from pipelines.reviews import judgements
from pipelines.reviews.models import Screening as Made
from pipelines.reviews.models import ScreeningResult
from pipelines.reviews.pairs import bidder_key
from pipelines.workspace import WorkspaceError

CHUNK = 500
Row = dict[str, Any]


def add(connection: sa.Connection, screening: Screening) -> None:
    """Adds a screening and one row per tenderer. The same one again changes nothing; WorkspaceError for other content under its id."""
    versions = {
        name: getattr(screening, name) for name in ("schema_version", "profile_version", "matcher_version", "software_version", "mode")
    }
    row = {
        "id": screening.screening_id, "made_at": screening.made_at, "as_of": screening.as_of, "by": screening.by,
        "profile": screening.profile, "file": screening.reading.file, "file_sha256": screening.reading.sha256, "run_id": screening.run_id,
        "versions": versions, "lists": [one.model_dump(mode="json") for one in screening.lists],
        "reading": screening.reading.model_dump(mode="json", exclude={"processes", "file", "sha256"}),
    }
    before = connection.execute(sa.select(Made.__table__).where(Made.id == screening.screening_id)).mappings().first()
    if before is not None:
        if any(before[name] != value for name, value in row.items()):
            raise WorkspaceError(f"Screening {screening.screening_id} was recorded before, and differs. Next: screen anew, under a new id.")
        return
    connection.execute(sa.insert(Made), row)
    rows = list(_results(screening))
    for at in range(0, len(rows), CHUNK):
        connection.execute(sa.insert(ScreeningResult), rows[at : at + CHUNK])


def _results(screening: Screening) -> Iterator[Row]:
    position = 0
    for process in screening.results:
        for result in process.tenderers:
            position += 1
            written = result.model_dump(mode="json")
            tenderer, facts = written.pop("tenderer"), written.pop("facts")
            yield {
                "screening_id": screening.screening_id, "position": position, "process_id": process.process.process_id,
                "tenderer_key": bidder_key(tenderer["organisation"]), "tenderer_name": tenderer["organisation"]["name"],
                "standing": written.pop("standing"), "tenderer": tenderer, "facts": facts, "more": written,
                "match_count": sum(fact["match"] is not None for fact in facts),
            }


def between(connection: sa.Connection | None, first: dt.datetime, end: dt.datetime) -> Iterator[Row]:
    """Screenings made in [first, end), oldest first, each followed by its results: {"type": "screening" | "result", ...}."""
    if connection is None:
        return
    made = connection.execute(
        sa.select(Made.__table__).where(Made.made_at >= first, Made.made_at < end).order_by(Made.made_at, Made.id)
    ).mappings().all()
    for one in made:
        yield {"type": "screening", "screening_id": one["id"], **{name: value for name, value in one.items() if name != "id"}}
        query = sa.select(ScreeningResult.__table__).where(ScreeningResult.screening_id == one["id"]).order_by(ScreeningResult.position)
        for row in connection.execution_options(yield_per=CHUNK).execute(query).mappings():
            yield {"type": "result", **{name: value for name, value in row.items() if name != "id"}}


def organisations(tenderer: Mapping[str, Any]) -> dict[str, Row]:
    """organisation_id -> organisation of a stored tenderer: itself, its members and subcontractors."""
    named = (tenderer["organisation"], *tenderer["members"], *tenderer["subcontractors"])
    return {one["organisation_id"]: one for one in reversed(named)}


def subject(fact: Mapping[str, Any], known: Mapping[str, Row]) -> Row:
    """Who of a tender is held against the entry of `fact`: an organisation of the file, or an owner known by name alone."""
    connection = fact.get("connection")
    is_named = not connection or connection["kind"] in ("member", "subcontractor")
    found = known.get(fact["organisation_id"]) if is_named else None
    return found or {"name": fact["match"]["our_name"] if fact.get("match") else connection["name"] if connection else ""}


def pairs(connection: sa.Connection | None) -> Iterator[Row]:
    """Each pair of a bidder and an entry, as screened last: left_key, listing_id, left_facts, organisation, match, entry, screening_id.

    `left_facts`: the bidder in canonical form. One that reads otherwise in another tender is a question of its own, newest first.
    """
    if connection is None:
        return
    seen: set[tuple[str, str, str]] = set()
    query = (
        sa.select(ScreeningResult.tenderer, ScreeningResult.facts, Made.id, Made.made_at)
        .join(Made, Made.id == ScreeningResult.screening_id).where(ScreeningResult.match_count > 0)
        .order_by(Made.made_at.desc(), Made.id.desc(), ScreeningResult.position)
    )
    for row in connection.execution_options(yield_per=CHUNK).execute(query):
        known = organisations(row.tenderer)
        for fact in row.facts:
            if not fact["match"] or not fact["entry"]:
                continue
            organisation = subject(fact, known)
            pair = (bidder_key(organisation), fact["entry"]["listing_id"], judgements.canonical(judgements.side(organisation)))
            if pair not in seen:
                seen.add(pair)
                yield {
                    "left_key": pair[0], "listing_id": pair[1], "left_facts": pair[2], "organisation": organisation,
                    "match": fact["match"], "entry": fact["entry"], "screening_id": row.id,
                }
