"""What a screening of bidders is made of: what was found, where it was looked for. Shapes and their meaning, no rules.

Belongs here: the one shape that judging, pages, files and the audit share, and the JSON schema of the results.
Does not belong here: how a file is read (pipelines/procurement), what a fact means in law (risk/screening), how it is shown (service).
"""

from __future__ import annotations

import datetime as dt
from enum import StrEnum
from typing import Any

from pydantic import Field

from data.procurement import Declaration, Money, Process, Reading, Role, Shape, Tenderer

SCHEMA_VERSION = "1.0"


class Judgement(Shape):
    """What a person decided of a pair, bound to the facts that were judged."""

    judgement_id: int
    verdict: str = Field(description="same, different or unsure")
    by: str
    at: dt.datetime
    why: str
    is_open_again: bool = Field(default=False, description="A fact has changed since: the pair waits for a new decision.")


class Compared(Shape):
    """One comparison behind a match, with what it adds to the logit of its probability."""

    feature: str
    ours: str | None = None
    theirs: str | None = None
    logits: float


class Match(Shape):
    """How sure it is that an entry names the organisation. Never above 0.92 for a name alone."""

    pair_id: str
    probability: float
    basis: str = Field(description="Code of the vocabulary match_basis.")
    our_name: str
    listed_name: str
    is_confirmed: bool
    reasons: list[Compared] = []
    judgement: Judgement | None = None


class Source(Shape):
    """Where an entry can be read: list, version and row."""

    source: str
    list_id: str
    publisher: str
    licence: str | None = None
    url: str | None = None
    batch: int | None = None
    received_on: dt.date | None = None
    file: str | None = None
    line: int | None = None


class Entry(Shape):
    """An entry of a list, as the list has it on the day of screening."""

    listing_id: str
    list_id: str
    kind: str = Field(description="Code of the vocabulary list_kind.")
    subject: str = Field(description="Code of the vocabulary listing_subject.")
    name: str
    entity_type: str = Field(default="organisation", description="Code of the vocabulary entity_type.")
    country: str | None = None
    address: str | None = None
    identifiers: list[str] = Field(default=[], description="SCHEME:ID as the list gives them.")
    programme: str | None = None
    authority: str
    reason: str | None = None
    decided_on: dt.date | None = Field(default=None, description="Day of the decision behind the entry, where the list gives it.")
    listed_on: dt.date | None = None
    listed_on_basis: str | None = None
    delisted_on: dt.date | None = None
    expected_end_on: dt.date | None = Field(default=None, description="End of the term: as stated, or by the rule of the list.")
    status: str = Field(description="Code of the vocabulary listing_status.")
    is_in_force: bool
    is_of_old_copy: bool = Field(default=False, description="The copy is older than its source allows; it may have ended since.")
    source: Source


class Step(Shape):
    """One link of a connection, with what its source states and nothing beyond. Shares of 1; null where none is stated."""

    owner: str | None = Field(default=None, description="Name of the owner; null where none is named.")
    owned: str
    interest: str = Field(description="Code of the vocabulary interest.")
    share_min: float | None = None
    share_max: float | None = None
    is_control: bool = False
    is_indirect: bool = Field(default=False, description="Held through others, who may or may not be on record.")
    source: str | None = Field(default=None, description="The register, or `source_type:` and a code of the vocabulary source_type.")
    stated_on: dt.date | None = None
    unknown_reason: str | None = Field(default=None, description="Code of the vocabulary unknown_owner, where no owner is named.")


class Connection(Shape):
    """How another party is connected to the organisation. The effective share is that of all chains of shareholdings on record together."""

    kind: str = Field(description="owner, owned, sister, owner_unknown, board, shared_director, member, subcontractor")
    name: str = Field(description="The party; for owner_unknown the organisation whose owner is not named.")
    effective_share: float | None = Field(default=None, description="At most this share of 1; null where the links leave it open.")
    effective_share_min: float | None = Field(default=None, description="At least this share of 1; null where nothing is known at least.")
    is_control: bool = Field(default=False, description="At every link of a chain control is stated, or more than half held.")
    steps: list[Step] = Field(default=[], description="The links of the strongest chains.")
    source: str | None = Field(default=None, description="The sources of the steps, each once.")


class GroundKind(StrEnum):
    """What a ground lets, or makes, the buyer do. None of them is done by this software."""

    MANDATORY = "mandatory"
    DISCRETIONARY = "discretionary"
    CONTRACT = "contract_condition"
    NONE = "no_ground"


class GroundReading(Shape):
    """A fact held against one ground of the profile. `is_within_look_back` null: a date is missing, so it must be asked; true without
    `look_back_until`: the ground counts no years."""

    ground_id: str
    kind: GroundKind
    article: str
    authority: str = Field(description="Key of data/authorities.")
    certainty: str | None = Field(default=None, description="Code of the vocabulary certainty: how sure we are of the article.")
    is_within_look_back: bool | None = None
    look_back_until: dt.date | None = None
    needs: list[str] = Field(default=[], description="Keys of texts: what must be checked before the ground can be said to be met.")


class FactState(StrEnum):
    """How a fact stands."""

    FOUND = "found"  # a confirmed match to an entry in force
    TO_CONFIRM = "to_confirm"  # a possible match; a person decides
    ENDED = "ended"  # revoked, removed, expired: shown and not counted
    DISMISSED = "dismissed"  # a person judged it another party
    DECLARED = "declared"  # the bidder says so itself


class Fact(Shape):
    """An adjudicated fact or a declaration about one organisation, with the grounds it may touch."""

    organisation_id: str
    role: Role | str
    state: FactState
    entry: Entry | None = None
    declaration: Declaration | None = None
    match: Match | None = None
    connection: Connection | None = None
    grounds: list[GroundReading] = []


class ContextNote(Shape):
    """What is known of a category of goods or a country: how deep to ask. Never a ground for or against a bidder."""

    code: str
    values: dict[str, Any] = {}
    source: Source | None = None


class PriceCheck(Shape):
    """Whether an offer is low beside the others. A low price asks for an explanation; it proves nothing."""

    lot_id: str | None = None
    bid_id: str | None = None
    value: Money
    compared_with: int = Field(description="Other offers in the same currency.")
    median: float | None = None
    mean: float | None = None
    estimate: float | None = None
    below_mean: float | None = Field(default=None, description="Share of the mean of the other offers by which it lies below.")
    below_estimate: float | None = None
    is_low: bool | None = Field(default=None, description="Null: too few offers to say.")
    rule: str = Field(description="Key of the rule in the profile.")


class Question(Shape):
    """Something to ask, of whom, and which fact or gap it comes from."""

    code: str
    values: dict[str, Any] = {}
    organisation_id: str | None = None


class SearchState(StrEnum):
    """What became of a list. An unsearched list is never read as clear."""

    SEARCHED = "searched"
    STALE = "stale"  # searched in a copy older than the source's limit
    NOT_SEARCHED = "not_searched"


class SearchedList(Shape):
    """One list in one version, and how far it was searched."""

    list_id: str
    source: str
    state: SearchState
    why: str | None = None
    entries: int = 0
    batch: int | None = None
    sha256: str | None = None
    received_on: dt.date | None = None
    newest_entry_on: dt.date | None = None
    age_days: int | None = None
    licence: str | None = None


class Standing(StrEnum):
    """What a screening says of a tenderer, worst first. None of them is a decision."""

    FACTS = "facts_found"
    TO_CONFIRM = "matches_to_confirm"
    OTHER = "other_facts"  # entries in force, none of which the profile makes a ground
    ENDED_ONLY = "ended_only"
    NOTHING_FOUND = "nothing_found"
    NOT_SEARCHED = "not_searched"  # no name that can be compared, or no list at hand


class TendererResult(Shape):
    """All that strict mode may say of one tenderer: facts, its own words, prices to explain, questions."""

    tenderer: Tenderer
    standing: Standing
    facts: list[Fact] = []
    connections: list[Connection] = Field(default=[], description="Who is connected to it and its members on record. No ground by itself.")
    prices: list[PriceCheck] = []
    questions: list[Question] = []
    notes: list[str] = Field(default=[], description="Keys of texts: blank name, one id with two names ...")


class ProcessResult(Shape):
    """A process with the result of each tenderer, and the context of its category, kept apart."""

    process: Process
    tenderers: list[TendererResult]
    questions: list[Question] = Field(default=[], description="For every tenderer alike.")
    context: list[ContextNote] = []


class Screening(Shape):
    """One screening: what was asked, where it was looked for, what came of it."""

    schema_version: str = SCHEMA_VERSION
    screening_id: str
    made_at: dt.datetime
    as_of: dt.date
    by: str | None = None
    profile: str = Field(description="Key of risk/profiles.")
    profile_version: str
    mode: str = "strict"
    run_id: str | None = Field(default=None, description="The published run whose lists were searched.")
    matcher_version: str
    software_version: str
    reading: Reading
    lists: list[SearchedList]
    results: list[ProcessResult]


def json_schema() -> dict[str, Any]:
    """The JSON Schema (draft 2020-12) of a screening."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **Screening.model_json_schema(by_alias=True, mode="serialization"),
    }
