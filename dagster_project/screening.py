"""`deeptier screen`: reads a file of bidders, searches the published lists for everybody named in it, and has the findings judged.

Belongs here: bringing reading, matching, human judgements and profiles together. Does not belong here: any of their rules.
"""

from __future__ import annotations

import datetime as dt
import importlib.metadata
import json
import math
import uuid
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import polars as pl

from dagster_project import connected
from dagster_project import searched as lists_of
from dagster_project.searched import Lists
from dagster_project.store import INDEXES, published
from data import model
from data.procurement import Organisation, Reading
from data.screening import Compared, Judgement, Match, Screening
from pipelines.resolution.thresholds import threshold
from risk.screening import context, profiles, result
from risk.screening.bidder import fingerprint, is_comparable
from risk.screening.grounds import BY_NUMBER
from risk.screening.result import Evidence, Hit, Made

PERSON = "person"
CEILING = "ceiling"
WHERE = ("address", "place", "place_rest")  # of what was compared: tells where somebody lives
QUERY: dict[str, Any] = {
    "key": pl.String, "schema": pl.String, "name": pl.String, "aliases": pl.List(pl.String), "country": pl.String, "place": pl.String,
    "address": pl.String, "identifiers": pl.List(pl.String),
}


def screen(
    folder: Path,
    file: Path | None,
    profile: str,
    *,
    one: Mapping[str, Any] | None = None,
    as_of: dt.date | None = None,
    by: str | None = None,
    floor: float | None = None,
) -> Screening:
    """Screens the bidders of `file`, or the one bidder described by `one` (arguments of `pipelines.procurement.one`), by a profile.

    as_of: lists as they stood on that day (today). by: who asked. floor: least probability of a match that is shown (pipelines/
    resolution/thresholds.yml). Raises ModelError (no such profile, or not in force on the day), WorkspaceError (nothing published yet),
    and what reading the file raises.
    """
    law, day = profiles.load(profile), as_of or dt.date.today()
    if day < law.in_force_from:
        raise model.ModelError(f"{profile} holds from {law.in_force_from}, and {day} is before. Give a later day, or another profile.")
    lists = lists_of.opened(published_in(folder), day)
    reading = read(file, one)
    evidence = gather(folder, lists, reading, floor)
    return result.screen(reading, evidence, law, day, made(lists, by))


def read(file: Path | None, one: Mapping[str, Any] | None = None) -> Reading:
    """The bidders of a file (OCDS or a table), or one bidder by hand."""
    from pipelines import procurement

    return procurement.one(**(one or {})) if file is None else procurement.read(file)


def ocds(screening: Screening, file: Path | None, out: Path) -> None:
    """Writes `file` (a new package for other input) with the results in it, as OCDS."""
    from pipelines.procurement import export

    export.with_results(file, screening, out)


def published_in(folder: Path) -> Path:
    """The warehouse published last in `folder`; WorkspaceError where there is none."""
    from pipelines.workspace import WorkspaceError

    path = published(folder)
    if path is None:
        raise WorkspaceError(f"{folder} has no published results, so there is no list to search. Next: `deeptier run`, then screen again.")
    return path


def made(lists: Lists, by: str | None) -> Made:
    """Who makes this screening, now, and with which versions."""
    from pipelines.resolution import probability

    now = dt.datetime.now(dt.UTC)
    return Made(
        screening_id=f"{now:%Y%m%dT%H%M%S}-{uuid.uuid4().hex[:8]}", made_at=now, by=by, run_id=lists.path.stem.removeprefix("warehouse-"),
        matcher_version=probability.version(), software_version=importlib.metadata.version("deeptier"),
    )


def everybody(reading: Reading) -> Iterator[Organisation]:
    """Every organisation of the file that is compared with the lists."""
    for process in reading.processes:
        for tenderer in process.tenderers:
            yield from (tenderer.organisation, *tenderer.members, *tenderer.subcontractors)


def gather(folder: Path, lists: Lists, reading: Reading, floor: float | None = None) -> Evidence:
    """What the lists hold about everybody named in the file and the parties connected to them, with what people have judged."""
    limits = context.asking()["limits"]
    named = {fingerprint(one): one for one in everybody(reading)}
    related = connected.connections(named.values(), lists.network)
    parties = [one.organisation for found in related.values() for one in found if one.organisation is not None]
    owners = {fingerprint(one): one for one in parties}
    least = threshold("listing_floor") if floor is None else floor
    everyone = {**owners, **named}
    found = search(folder, lists, everyone.values(), least, int(limits["entries_of_one_name"]["value"]))
    persons = set(lists.listing.filter(pl.col("entity_type") == PERSON)["listing_id"])
    is_namesake = pl.col("listing_id").is_in(list(persons)) & (pl.col("basis") != BY_NUMBER)
    found = found.filter(~is_namesake | (pl.col("probability") >= limits["person_by_name"]["value"]))
    answers = judged(folder, lists, found, everyone, set(named))
    hits: dict[str, list[Hit]] = defaultdict(list)
    for row in found.iter_rows(named=True):
        key = row["query_key"]
        is_person = row["listing_id"] in persons
        hits[key].append(Hit(row["listing_id"], match(row, answers.get((key, row["listing_id"])), is_person), is_person))
    sure = {one.listing_id for every in hits.values() for one in every if one.match.is_confirmed}
    entries = {
        name: entry.model_copy(update={"address": None}) if name in persons - sure else entry  # of a namesake no address is passed on
        for name, entry in lists_of.entries(lists, found["listing_id"]).items()
    }
    return Evidence(entries, dict(hits), lists.lists, related, lists.goods, lists.bans)


@lru_cache(maxsize=2)
def _index(path: Path, folder: Path) -> Any:
    """The index of all names that the warehouse at `path` lists, kept in `folder` for the next process."""
    from pipelines.resolution import index

    return index.opened(lists_of.all_listings(path), folder)


def search(folder: Path, lists: Lists, organisations: Iterable[Organisation], floor: float, limit: int) -> pl.DataFrame:
    """Possible matches: query_key (fingerprint), listing_id, our_name, listed_name, probability, basis and what explains it.

    Entries that were not known on the day are left out. A listed person is confirmed by a number alone.
    """
    from pipelines.resolution import index, probability

    asked = {fingerprint(one): one for one in organisations if is_comparable(one)}
    queries = as_persons_too(pl.DataFrame([query(key, one) for key, one in sorted(asked.items())], schema=QUERY))
    found = index.search(_index(lists.path, folder / INDEXES), queries, floor, limit)
    shown = probability.capped(pl.col("probability"), pl.col("basis"))
    known = pl.col("listing_id").is_in(lists.listing["listing_id"].implode())
    found = found.filter((shown >= floor) & known).with_columns(probability=shown)
    return found.sort("probability", descending=True).unique(["query_key", "listing_id"], keep="first", maintain_order=True)


def as_persons_too(queries: pl.DataFrame) -> pl.DataFrame:
    """`queries`, and once more as persons those that may be one: tender files rarely say that a bidder is a person.

    A name without legal form and numbers, of two to five words, may be a sole trader's; registers put the trader's number before it.
    """
    from pipelines.resolution import names

    bare = queries.filter(pl.col("schema") == "organisation").with_columns(name=pl.col("name").str.replace(r"^[\d./\s-]+", ""))
    words = pl.col("core").str.split(" ").list.len().is_between(2, 5) & ~pl.col("core").str.contains(r"\d")
    may_be = names.prepared(bare).select((pl.col("n_legal").fill_null("") == "") & words).to_series().fill_null(False)
    return pl.concat([queries, bare.filter(may_be).with_columns(schema=pl.lit(PERSON))])


def query(key: str, one: Organisation) -> dict[str, Any]:
    """The row (columns QUERY) by which an index is asked for an organisation. A number whose check digit is wrong is left out."""
    numbers = [f"{number.scheme}:{number.id}" if number.scheme else number.id for number in one.identifiers if number.is_valid is not False]
    return {
        "key": key, "schema": one.schema_, "name": one.name, "aliases": one.other_names, "country": one.country, "place": one.locality,
        "address": one.address, "identifiers": numbers,
    }


def judged(
    folder: Path, lists: Lists, found: pl.DataFrame, organisations: Mapping[str, Organisation], named: set[str]
) -> dict[tuple[str, str], dict[str, Any]]:
    """By fingerprint and entry: `pair_id`, and what a person decided of the pair.

    The pair is bound to what stays the same in the next tender (identifier, else name and country), the facts to what was compared. An
    owner is known to a later reader by its name alone, so its name alone is what is judged.
    """
    from pipelines import reviews
    from pipelines.reviews import judgements, pairs

    if found.is_empty():
        return {}
    rows = found.select("query_key", "listing_id", "our_name").rows()
    who = {
        (key, name): organisations[key].model_dump(mode="json") if key in named else {"name": name} for key, _, name in rows
    }
    print_of = {json.dumps(key): one for key, one in who.items()}
    matches = pl.DataFrame({"left_key": [json.dumps((key, name)) for key, _, name in rows], "listing_id": [row[1] for row in rows]})
    hashed = pairs.bidder_pairs(matches, print_of, lists.listing)
    keyed = hashed.with_columns(asked="left_key", left_key=pl.Series([pairs.bidder_key(print_of[key]) for key in hashed["left_key"]]))
    answers = reviews.judged(folder, keyed)
    return {
        (json.loads(row["asked"])[0], row["right_key"]): {
            **row, "pair_id": judgements.pair_id("bidder", row["left_key"], row["right_key"])
        }
        for row in answers.iter_rows(named=True)
    }


def judgement(answer: Mapping[str, Any] | None) -> Judgement | None:
    """What a person decided of a pair, or None."""
    if answer is None or answer["judgement_id"] is None:
        return None
    return Judgement(
        judgement_id=answer["judgement_id"], verdict=answer["verdict"] or answer["earlier_verdict"], by=answer["by"], at=answer["at"],
        why=answer["why"], is_open_again=bool(answer["is_open_again"]),
    )


def reasons(row: dict[str, Any]) -> list[Compared]:
    """What was compared and what each added; where the ceiling of a name alone lowers the sum, that too."""
    from pipelines.resolution import probability

    told = probability.explained(row)
    lowered = math.log(row["probability"] / (1 - row["probability"])) - math.fsum(one.logits for one in told)
    return [*told, Compared(feature=CEILING, logits=lowered)] if lowered < -1e-9 else told


def without_address(told: Iterable[Compared]) -> list[Compared]:
    """What was compared, without where the listed party is."""
    return [one.model_copy(update={"theirs": None}) if one.feature in WHERE else one for one in told]


def match(row: dict[str, Any], answer: Mapping[str, Any] | None, is_person: bool) -> Match:
    """How sure the pair is. Confirmed: sure enough and by more than a name, or a person said so; a person by a number only."""
    decided = judgement(answer)
    codes = model.vocabulary("match_basis").codes
    is_confirming = row["basis"] in codes and bool(codes[row["basis"]].values["is_confirming"])
    is_sure = row["probability"] >= threshold("confirmed_from") and is_confirming and (not is_person or row["basis"] == BY_NUMBER)
    is_judged = decided is not None and decided.verdict == result.SAME and not decided.is_open_again
    is_confirmed, told = is_sure or is_judged, reasons(row)
    return Match(
        pair_id=answer["pair_id"] if answer else f"{row['query_key']}:{row['listing_id']}", probability=row["probability"],
        basis=row["basis"], our_name=row["our_name"], listed_name=row["listed_name"], is_confirmed=is_confirmed,
        reasons=without_address(told) if is_person and not is_confirmed else told, judgement=decided,
    )
