"""Staged rows of all sources -> the core tables that the indicators read, as they were known on a date.

Belongs here: cutting to the date, resolving ids, uniting uploads with public registers, and saying which rows cannot be placed.
Does not belong here: any judgement (see indicators) and any reading of files (see uploads, sources).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from data import model
from pipelines import ownership
from pipelines.derive import conform, derive
from pipelines.origin import material_origin
from pipelines.resolution import listings, registers
from pipelines.resolution.resolve import resolve

RAISING = ["active", "narrowed"]
# Tables that a rule may read without any resolving: facts of public sources.
FACTS = (
    "listed_good",
    "country_fact",
    "fee_law",
    "corridor_cost",
    "hotspot",
    "priority_sector",
    "mine_visit",
    "brick_kiln",
    "exchange_rate",
    "sector_share",
    "country",
    "subdivision",
    "hs_heading",
    "good_hs",
    "licence_status_word",
    "ownership_record",
    "registered_entity",
)


@dataclass(frozen=True)
class Core:
    """The core tables by name, and what a person should see besides.

    `unplaced`: rows that could not be placed (table, row_id, column, value, reason, next_step). `alias`: party_id, master_id, basis,
    probability of parties that were drawn into another. `party_match`: pairs of parties that may be one (resolve.REVIEW). `dismissed`:
    matches to listings that a person judged to be another party. `register_match`: how rows of registers found their agency, or may
    (registers.MATCHED).
    """

    tables: dict[str, pl.LazyFrame]
    unplaced: pl.DataFrame
    alias: pl.DataFrame
    party_match: pl.DataFrame
    dismissed: pl.DataFrame
    register_match: pl.DataFrame


@dataclass(frozen=True)
class Judged:
    """What people decided of pairs: `parties` party_id, other_id, verdict; `listings` party_id, listing_id, verdict. None: nothing."""

    parties: pl.DataFrame | None = None
    listings: pl.DataFrame | None = None


NOTHING_JUDGED = Judged()
# Where a row carries no date of its own, the event tells when it could be known at the earliest.
KNOWN_BY = {"recruitment_payment": "paid_on", "recruitment_link": "recruited_from", "agency_licence": "valid_from"}


def cut(table: str, frame: pl.LazyFrame, as_of: dt.date) -> pl.LazyFrame:
    """Rows that could be known on `as_of`; an undated row counts at every date."""
    known_on = model.contract(table).known_on
    return frame if known_on is None else frame.filter(pl.col(known_on).is_null() | (pl.col(known_on) <= as_of))


def on_date(table: str, frame: pl.LazyFrame, as_of: dt.date) -> pl.LazyFrame:
    """Listings and orders with the status that held on `as_of`: an end that came later is not known yet.

    The end of a debarment's term is set by the decision itself, so of an entry in force it is kept as `expected_end_on`. Of another list a
    source may give that end by the list's rule: it is kept as given, past or not, and ends nothing by itself.
    """
    end = {"listing": "delisted_on", "import_ban": "until"}[table]
    is_listing, frame = table == "listing", cut(table, frame, as_of)
    if is_listing:  # a term that an earlier day kept comes to its end; a warehouse of before terms were kept has no such column
        kept = pl.col("expected_end_on") if "expected_end_on" in frame.collect_schema() else pl.lit(None, dtype=pl.Date)
        terms = [code for code, one in model.vocabulary("list").codes.items() if one.values["kind"] == "debarment"]
        is_debarment = pl.col("list_id").is_in(terms)
        by_rule = pl.when(~is_debarment).then(kept)
        frame = frame.with_columns(pl.coalesce(end, pl.when(is_debarment).then(kept)).alias(end))
    later = (pl.col(end) > as_of).fill_null(False)
    over = (pl.col(end) <= as_of).fill_null(False) & pl.col("status").is_in(RAISING)  # a stated end that has come since the copy was seen
    status = pl.when(later).then(pl.lit("active")).when(over).then(pl.lit("expired")).otherwise("status")
    columns = {"status": status, end: pl.when(~later).then(pl.col(end))}
    if is_listing:
        is_term = later & pl.col("status").is_in(RAISING) & is_debarment
        columns["expected_end_on"] = pl.when(is_term).then(pl.col(end)).otherwise(by_rule)
    return frame.with_columns(**columns)


def _unplaced(frame: pl.LazyFrame, table: str, column: str, reason: str, next_step: str) -> pl.LazyFrame:
    text = {"table": table, "column": column, "reason": reason, "next_step": next_step}
    return frame.select("row_id", value=pl.col(column).cast(pl.String)).with_columns(
        **{name: pl.lit(value) for name, value in text.items()}
    )


class Placing:
    """Replaces ids by those of the resolved parties and sets aside the rows that refer to nobody."""

    def __init__(self, alias: pl.DataFrame, agencies: pl.DataFrame) -> None:
        self.known = {"party": alias.select("party_id", "master_id").lazy(), "recruitment_agency": agencies.lazy()}
        self.set_aside: list[pl.LazyFrame] = []

    def place(self, table: str, frame: pl.LazyFrame) -> pl.LazyFrame:
        for column in model.contract(table).columns.values():
            if column.references is None:
                continue
            known = self.known[column.references].rename({self.known[column.references].collect_schema().names()[0]: column.name})
            joined = frame.join(known, on=column.name, how="left")
            lost = joined.filter(pl.col(column.name).is_not_null() & pl.col("master_id").is_null())
            self.set_aside.append(
                _unplaced(
                    lost,
                    table,
                    column.name,
                    f"no {column.references.replace('_', ' ')} has this id",
                    f"Import the {column.references.replace('_', ' ')}, or correct the id and import the row again.",
                )
            )
            kept = joined.filter(pl.col(column.name).is_null() | pl.col("master_id").is_not_null())
            frame = kept.with_columns(pl.col("master_id").alias(column.name)).drop("master_id")
        return frame

    def loops(self, table: str, frame: pl.LazyFrame, left: str, right: str) -> pl.LazyFrame:
        """Sets aside links from a party to itself, which resolving can reveal."""
        same = pl.col(left) == pl.col(right)
        self.set_aside.append(
            _unplaced(
                frame.filter(same),
                table,
                left,
                "both ends are the same party once duplicates are resolved",
                "Check which of the two parties is meant.",
            )
        )
        return frame.filter(~same)


def party_product(party: pl.LazyFrame, link: pl.LazyFrame) -> pl.LazyFrame:
    """What parties make: their own HS codes and those of the links in which they sell."""
    own = (
        party.select("party_id", hs=pl.col("commodity_hs"), observed_on="observed_on", row_id="row_id")
        .explode("hs")
        .with_columns(custody=pl.lit(None, dtype=pl.String), is_origin_proven=pl.lit(None, dtype=pl.Boolean))
    )
    sold = link.select(
        party_id="supplier_id",
        hs="commodity_hs",
        observed_on="observed_on",
        row_id="row_id",
        custody="custody",
        is_origin_proven="is_origin_proven",
    )
    both = (
        pl.concat([own, sold.select(own.collect_schema().names())])
        .drop_nulls("hs")
        .group_by("party_id", "hs")
        .agg(
            pl.col("row_id").min(),
            pl.col("observed_on").max(),
            pl.col("custody").min(),
            pl.col("is_origin_proven").all(ignore_nulls=False),
        )
    )
    return derive("party_product", conform("party_product", both.join(party.select("party_id", "country", "subdivision"), on="party_id")))


def statement(assessment: pl.LazyFrame, case_report: pl.LazyFrame) -> pl.LazyFrame:
    """Coded facts of assessments and of cases and reports, in one table."""
    asked = assessment.select(pl.all().exclude("assessed_on"), observed_on="assessed_on")
    told = case_report.with_columns(observed_on=pl.coalesce("occurred_on", "published_on"))
    return derive("statement", pl.concat([conform("statement", asked), conform("statement", told)])).filter(
        pl.col("question").is_not_null()
    )


def _shares_from_values(link: pl.LazyFrame) -> pl.LazyFrame:
    """Where a buyer states values (or masses) and no share at all, its links take their part of what it states."""
    stated = pl.col("share").is_not_null().any().over("buyer_id")
    size = pl.coalesce("value_amount", "volume_kg")
    alike = (pl.col("value_amount").is_not_null().all() & (pl.col("currency").n_unique() == 1)).over("buyer_id") | pl.col(
        "volume_kg"
    ).is_not_null().all().over("buyer_id")
    total = size.sum().over("buyer_id")
    return link.with_columns(
        share=pl.when(~stated & alike & (total > 0)).then(size / total).otherwise("share"), is_share_relative=~stated & alike & (total > 0)
    )


def _of_masters(judged: pl.DataFrame | None, alias: pl.DataFrame) -> pl.DataFrame | None:
    """Judgements of a party that was drawn into another are about that other."""
    if judged is None:
        return None
    masters = judged.join(alias.select("party_id", "master_id"), on="party_id", how="left", maintain_order="left")
    return masters.with_columns(party_id=pl.coalesce("master_id", "party_id")).drop("master_id")


def build(staged: Mapping[str, pl.LazyFrame], as_of: dt.date, judged: Judged = NOTHING_JUDGED, folder: Path | None = None) -> Core:
    """All core tables from the staged ones (contract columns and row_id), as they were known on `as_of`.

    `folder` keeps the index of listed names from one run to the next.
    """

    staged = ownership.connect(staged, as_of)

    def table(name: str) -> pl.LazyFrame:
        rows = conform(name, staged.get(name, pl.LazyFrame()))
        if name in KNOWN_BY:
            known_on = str(model.contract(name).known_on)
            rows = rows.with_columns(pl.coalesce(known_on, KNOWN_BY[name]).alias(known_on))
        return cut(name, rows, as_of)

    every = table("party").collect()
    resolved = resolve(every.lazy(), judged.parties)
    alias = resolved.alias
    masters = alias.filter(pl.col("party_id") == pl.col("master_id")).select("party_id")
    party = every.join(masters, on="party_id").lazy()
    agency = table("recruitment_agency").unique("agency_id", keep="last", maintain_order=True).collect()
    placing = Placing(alias, agency.select("agency_id", master_id="agency_id"))
    links = placing.place("supply_link", table("supply_link").filter(pl.col("ended_on").is_null() | (pl.col("ended_on") > as_of)))
    links = placing.loops("supply_link", links, "buyer_id", "supplier_id").collect().lazy()
    owned = placing.place("ownership_link", table("ownership_link").filter(pl.col("valid_to").is_null() | (pl.col("valid_to") > as_of)))
    tables: dict[str, pl.LazyFrame] = {name: derive(name, table(name)) for name in FACTS}
    tables |= {name: on_date(name, conform(name, staged.get(name, pl.LazyFrame())), as_of) for name in ("listing", "import_ban")}
    tables["party"] = party
    tables["recruitment_agency"] = agency.lazy()
    tables["supply_link"] = derive("supply_link", _shares_from_values(links))
    tables["ownership_link"] = derive("ownership_link", placing.loops("ownership_link", owned, "owner_id", "owned_id"))
    for name in ("recruitment_link", "recruitment_payment", "workforce", "mitigation", "purchase_order"):
        tables[name] = derive(name, placing.place(name, table(name)))
    country = party.select("party_id", party_country="country")
    for name in ("recruitment_link", "recruitment_payment"):
        tables[name] = (
            tables[name]
            .join(country, on="party_id", how="left")
            .with_columns(destination_country=pl.coalesce("destination_country", "party_country"))
            .drop("party_country")
        )
    tables["recruitment_payment"] = tables["recruitment_payment"].with_columns(
        **{
            name: pl.when(pl.col("reimbursed_on").is_null() | (pl.col("reimbursed_on") <= as_of)).then(pl.col(name))
            for name in ("reimbursed_amount", "is_reimbursement_verified")
        }
    )
    licensed = registers.licensed(placing.place("agency_licence", table("agency_licence")).collect(), agency)
    tables["agency_licence"] = licensed.licence.lazy()
    tables["statement"] = statement(placing.place("assessment", table("assessment")), placing.place("case_report", table("case_report")))
    tables["party_product"] = party_product(party, links)
    for name in ("recruitment_payment", "party_product", "statement", "workforce"):
        tables[name] = tables[name].collect().lazy()
    matched = listings.match(party, tables["party_product"], tables["listing"], _of_masters(judged.listings, alias), folder)
    tables["listing_match"] = matched.match.lazy()
    tables["material_origin"] = material_origin(party, tables["party_product"], links, tables["statement"], tables["import_ban"]).lazy()
    unplaced = pl.concat([frame.collect() for frame in placing.set_aside]).sort("row_id")
    drawn = alias.filter(pl.col("party_id") != pl.col("master_id"))
    return Core(tables, unplaced, drawn, resolved.to_review, matched.dismissed, licensed.matched)
