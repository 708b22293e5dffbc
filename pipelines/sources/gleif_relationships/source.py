"""GLEIF Level 2: who consolidates whom, and why a parent is not named; Level 1 for the names. Millions of rows, read in batches."""

from __future__ import annotations

import json
from typing import Any

import polars as pl

from pipelines.fetching import FetchError, Http
from pipelines.records import PART, Parsed, Reject
from pipelines.registry import Source
from pipelines.sheets import ParseError
from pipelines.sources import _golden_copy as golden

REGISTER = "GLEIF"
LEI = r"^[0-9A-Z]{18}[0-9]{2}$"
PAGE = "https://search.gleif.org/#/record/"


def fetch(source: Source, http: Http) -> dict[str, bytes]:
    """The newest relationship records and reporting exceptions; Level 1 (names) is imported by hand."""
    files = {}
    for kind in ("rr", "repex"):
        answer = http.get(f"{source.url}/{kind}/latest", source=source.id)
        try:
            address = str(json.loads(answer.content)["data"]["full_file"]["csv"]["url"])
        except (ValueError, KeyError, TypeError) as error:
            raise FetchError(f"{source.id}: no address of the full {kind} file ({type(error).__name__}). Correct source.py.") from error
        files[f"{kind}.csv.zip"] = http.get(address, source=source.id).content
    return files


def _day(name: str) -> pl.Expr:
    return pl.col(name).str.slice(0, 10).str.to_date("%Y-%m-%d", strict=False)


def _mapped(values: dict[str, Any], column: str, place: int | None = None) -> pl.Expr:
    chosen = {word: value if place is None or value is None else value[place] for word, value in values.items()}
    kind = pl.Boolean() if any(isinstance(value, bool) for value in chosen.values()) else pl.String()
    return pl.col(column).replace_strict(chosen, default=None, return_dtype=kind)


def _relationships(frame: pl.DataFrame, source: Source, file: str, rejects: list[Reject]) -> pl.DataFrame:
    """Rows of ownership_record: the start node is the child, the end node the parent who consolidates it."""
    values = source.lookups["values"]
    kinds, states = list(values["kind"]), list(values["registration"])
    is_lei = pl.all_horizontal(pl.col("child", "parent").str.contains(LEI), pl.col("child_type", "parent_type") == "LEI")
    frame = golden.sift(frame, rejects, file, [
        ("kind", ~pl.col("kind").is_in(kinds), "a kind of relationship that the source does not know", "Add it to source.yml."),
        ("registration", ~pl.col("registration").is_in(states), "an unknown state of a record", "Add it to source.yml."),
        ("kind", _mapped(values["kind"], "kind", 0).is_null(), "a relationship of funds, which is no ownership: passed over", "Nothing."),
        ("registration", _mapped(values["registration"], "registration").is_null(), "struck out by the register: passed over", "Nothing."),
        ("child", ~is_lei, "no LEI at one of the ends", "Nothing: such an end cannot be found again."),
        ("child", pl.col("child") == pl.col("parent"), "an entity that is its own parent", "Nothing; ask GLEIF if it matters."),
    ])
    begun, ended = (  # the other periods are those of accounts
        pl.coalesce(pl.when(pl.col(f"period_{n}") == "RELATIONSHIP_PERIOD").then(_day(f"{side}_{n}")) for n in (1, 2, 3))
        for side in ("begun", "ended")
    )
    is_over = (pl.col("state") == "INACTIVE") | ~_mapped(values["registration"], "registration")
    short = pl.when(_mapped(values["kind"], "kind", 1)).then(pl.lit("ultimate")).otherwise(_mapped(values["kind"], "kind", 0))
    return frame.select(
        record_id=pl.concat_str([pl.lit("gleif"), "child", short, "parent"], separator=":"), register=pl.lit(REGISTER),
        owned_key=pl.lit("LEI:") + pl.col("child"), owner_key=pl.lit("LEI:") + pl.col("parent"),
        interest=_mapped(values["kind"], "kind", 0), is_control=pl.lit(True), is_indirect=_mapped(values["kind"], "kind", 1),
        valid_from=begun,
        valid_to=pl.coalesce(ended, pl.when(is_over).then(_day("updated"))), stated_on=_day("updated"), url=pl.lit(PAGE) + pl.col("child"),
        certainty=pl.lit(source.certainty), line="line",
    )


def _exceptions(frame: pl.DataFrame, source: Source, file: str, rejects: list[Reject]) -> pl.DataFrame:
    """Rows of ownership_record without an owner. The exception for the ultimate parent is kept where its reason is another."""
    reasons = source.lookups["values"]["reason"]
    first = pl.col("category").str.starts_with("DIRECT").any().over("child", "reason") & pl.col("category").str.starts_with("ULTIMATE")
    frame = golden.sift(frame, rejects, file, [
        ("reason", ~pl.col("reason").is_in(list(reasons)), "a reason that the source does not know", "Add it to source.yml."),
        ("child", ~pl.col("child").str.contains(LEI), "not an LEI", "Get the file again."),
        ("category", first, "says of the ultimate parent what is said of the direct one: passed over", "Nothing."),
    ])
    return frame.select(
        record_id=pl.concat_str([pl.lit("gleif"), "child", pl.lit("exception"), pl.col("category").str.slice(0, 8)], separator=":"),
        register=pl.lit(REGISTER), owned_key=pl.lit("LEI:") + pl.col("child"), owner_unknown=_mapped(reasons, "reason"),
        interest=pl.lit("consolidation"), is_indirect=pl.col("category").str.starts_with("ULTIMATE"), url=pl.lit(PAGE) + pl.col("child"),
        certainty=pl.lit(source.certainty), line="line",
    )


def _entities(frame: pl.DataFrame, source: Source, file: str, rejects: list[Reject]) -> pl.DataFrame:
    """Rows of registered_entity."""
    known = source.lookups["values"]["registration"]
    frame = golden.sift(frame, rejects, file, [
        ("name", pl.col("name").is_null(), "no name", "Get the file again."),
        ("registration", _mapped(known, "registration").is_null(), "struck out by the register: passed over", "Nothing."),
    ])
    number = pl.concat_str([pl.lit("GLEIF-"), "authority", pl.lit(":"), "number"])
    return frame.select(
        entity_key=pl.lit("LEI:") + pl.col("lei"), name="name", entity_type=pl.lit("organisation"),
        country=golden.country(pl.col("country")), lei="lei",
        identifiers=pl.concat_list(pl.lit("LEI:") + pl.col("lei"), number).list.drop_nulls(),
        is_identity_stale=pl.col("registration") != "ISSUED", register=pl.lit(REGISTER), stated_on=_day("updated"),
        certainty=pl.lit(source.certainty), line="line",
    )


def parse(snapshot: Any) -> Parsed:
    """Ownership records of the relationship and exception files, and the entities of Level 1 that stand in a relationship."""
    source, rejects = snapshot.source, list[Reject]()
    files = golden.files(snapshot)
    read = {"relationship": _relationships, "exception": _exceptions}
    records = [
        read[file.shape](golden.read(file, rejects), source, file.name, rejects).with_columns(pl.col("line") + part * PART)
        for part, file in enumerate(files) if file.shape in read
    ]
    if not any(file.shape == "relationship" for file in files):
        raise ParseError("no file of relationship records (rr) among these. Import rr, repex and Level 1 (lei2) together, as one copy.")
    found = golden.conformed("ownership_record", records, rejects, files[0].name)
    linked = found.filter(pl.col("owner_key").is_not_null())  # of the millions that only say why no parent is named, no name is kept
    wanted = pl.concat([linked["owned_key"], linked["owner_key"]]).unique().str.strip_prefix("LEI:")
    named = [
        _entities(golden.read(file, rejects, keep=("lei", wanted)), source, file.name, rejects).with_columns(pl.col("line") + part * PART)
        for part, file in enumerate(files) if file.shape == "entity"
    ]
    tables = {"ownership_record": found, "registered_entity": golden.conformed("registered_entity", named, rejects, files[0].name)}
    return Parsed(tables, rejects, tuple(file.name for file in files))
