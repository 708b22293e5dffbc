"""What a file of bidders says: processes, lots, tenderers, offers, and what could not be used. Shapes and their meaning, no rules.

Belongs here: the one shape that every reader of tender files fills and every screening starts from. Does not belong here: how a file is
read (pipelines/procurement), what was found about a bidder (data/screening).
"""

from __future__ import annotations

import datetime as dt
from enum import StrEnum
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field


class Shape(BaseModel):
    """A frozen record that refuses fields it does not know."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Identifier(Shape):
    """A number of a register. `is_valid`: its check digit agrees; null where the scheme has none or is not known."""

    scheme: str | None = None
    id: str
    is_valid: bool | None = None


class Place(Shape):
    """A spot in a file: the file, its line or record (from 1) and the path inside it, as `tender.tenderers[2].name`."""

    file: str
    line: int | None = None
    path: str | None = None


class Refusal(Shape):
    """Something that could not be used, and what to do. `is_row_kept`: the record was still read, without the value."""

    place: Place
    value: str | None = None
    reason: str
    next_step: str
    is_row_kept: bool = False


class Money(Shape):
    """An amount in a currency (ISO 4217; null where the file names none)."""

    amount: float
    currency: str | None = None


class Bid(Shape):
    """One offer of a tenderer. `lot_ids` empty: for the whole tender."""

    bid_id: str | None = None
    lot_ids: list[str] = []
    value: Money | None = None
    status: str | None = None
    submitted_on: dt.date | None = None
    countries_of_origin: list[str] = Field(default=[], description="ISO 3166-1 alpha-3.")


class DeclarationState(StrEnum):
    """What a bidder says of a matter."""

    YES = "yes"
    NO = "no"


class Declaration(Shape):
    """What the bidder declares of itself: `matter` names an exclusion ground or a measure of self-cleaning of the profile."""

    matter: str
    answer: DeclarationState
    text: str | None = None
    declared_on: dt.date | None = None
    place: Place | None = None


class Organisation(Shape):
    """A tenderer, a member of a consortium, a subcontractor or a connected person, as the file names it."""

    organisation_id: str = Field(description="Identifier inside the process; made from name or identifier where the file has none.")
    name: str
    other_names: list[str] = []
    schema_: Annotated[str, Field(alias="schema", description="organisation or person")] = "organisation"
    identifiers: list[Identifier] = []
    country: str | None = Field(default=None, description="ISO 3166-1 alpha-3.")
    subdivision: str | None = None
    locality: str | None = None
    address: str | None = None
    places: list[Place] = Field(default=[], description="Where in the file the organisation is named.")

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True, serialize_by_alias=True)


class Role(StrEnum):
    """In what part an organisation stands in a process."""

    TENDERER = "tenderer"
    MEMBER = "consortium_member"
    SUBCONTRACTOR = "subcontractor"
    SUPPLIER = "supplier"  # award or contract


class Tenderer(Shape):
    """An organisation that bids, with its members and subcontractors. `is_consortium`: it is only a name for its members."""

    organisation: Organisation
    roles: list[Role]
    lot_ids: list[str] = Field(default=[], description="Lots it bids for or won; empty: the whole tender.")
    is_consortium: bool = False
    members: list[Organisation] = []
    subcontractors: list[Organisation] = []
    bids: list[Bid] = []
    declarations: list[Declaration] = []


class Lot(Shape):
    """A part of a tender."""

    lot_id: str
    title: str | None = None
    value: Money | None = Field(default=None, description="Estimated value.")


class Item(Shape):
    """Goods or services asked for. `scheme` CPV, UNSPSC, HS ...; `hs`: headings of the Harmonized System where a crosswalk knows them."""

    description: str | None = None
    scheme: str | None = None
    code: str | None = None
    lot_id: str | None = None
    hs: list[str] = []


class Process(Shape):
    """One contracting process: a tender, or one bidder asked about by hand."""

    process_id: str = Field(description="ocid, or the file's name and line.")
    title: str | None = None
    buyer: str | None = None
    buyer_country: str | None = None
    dated_on: dt.date | None = None
    value: Money | None = Field(default=None, description="Estimated value of the whole.")
    category: str | None = Field(default=None, description="goods, works or services")
    lots: list[Lot] = []
    items: list[Item] = []
    tenderers: list[Tenderer] = []
    release_ids: list[str] = []
    places: list[Place] = []


class Reading(Shape):
    """What a file gave. Nothing is lost: what is not in `processes` is in `refusals`, or counted in `ignored` by its reason."""

    file: str
    sha256: str
    kind: str = Field(description="What the file was taken for: `OCDS 1.1 release packages, 10`, `table of bidders` ...")
    processes: list[Process]
    refusals: list[Refusal] = []
    ignored: dict[str, int] = {}
