"""Jurisdiction profiles: the grounds of a procurement law, what may touch them and how far they reach. One YAML per profile.

Belongs here: the shape of a profile, and refusing one that is incomplete. Does not belong here: how a fact is held against it (grounds.py).
"""

from __future__ import annotations

import datetime as dt
from functools import lru_cache
from pathlib import Path
from typing import Any

from pydantic import Field, ValidationError, field_validator, model_validator

from data import model
from data.procurement import Shape
from data.screening import Entry, GroundKind
from risk.screening.keys import Need

FOLDER = Path(__file__).parent.parent / "profiles"
CONNECTIONS = ("member", "subcontractor", "owner", "owned")
NOT_HELD = "not_held_against"  # the ground of kind no_ground by which an entry of a connected party is shown where no rule reaches it
BESIDE = ("sister", "board", "shared_director")  # held against nobody unless the law says so: a profile may speak of them


class Words(Shape):
    """A text in both languages."""

    en: str = Field(min_length=1)
    fr: str = Field(min_length=1)

    def label(self, language: str) -> str:
        return self.fr if language == "fr" else self.en


class Provision(Shape):
    """Where a rule stands, and how sure we are of it. `authority`: key of data/authorities."""

    article: str = Field(min_length=1)
    authority: str
    certainty: str

    @field_validator("authority")
    @classmethod
    def _known_authority(cls, value: str) -> str:
        if value not in model.authorities():
            raise ValueError(f"no instrument {value!r} in data/authorities. Add the file, or correct the key.")
        return value

    @field_validator("certainty")
    @classmethod
    def _known_certainty(cls, value: str) -> str:
        usable = [code for code in model.vocabulary("certainty").codes if code != "unsure"]
        if value not in usable:
            raise ValueError(f"{value!r} is not one of {', '.join(usable)}; what is unsure is not used.")
        return value


class Selector(Shape):
    """Which entries may touch a ground: kinds x subjects, in the lists named (none: all), with one of the words in the programme, or with
    none of them where the programme could not be read."""

    kinds: list[str] = Field(min_length=1)
    subjects: list[str] = Field(min_length=1)
    lists: list[str] = []
    programme_has: list[str] = []
    programme_has_none: list[str] = []

    @model_validator(mode="after")
    def _known(self) -> Selector:
        for name, codes in (("list_kind", self.kinds), ("listing_subject", self.subjects)):
            lost = [code for code in codes if code not in model.vocabulary(name).codes]
            if lost:
                raise ValueError(f"{', '.join(lost)}: not in data/vocabulary/{name}.yml.")
        strange = [name for name in self.lists if name not in model.vocabulary("list").codes]
        if strange:
            raise ValueError(f"{', '.join(strange)}: no such list in data/vocabulary/list.")
        barred = [kind for kind in self.kinds if not model.vocabulary("list_kind").codes[kind].values["is_adjudicated"]]
        if barred:
            raise ValueError(f"{', '.join(barred)}: nobody has decided; only adjudicated kinds may touch a ground.")
        return self

    def takes(self, entry: Entry) -> bool:
        """Whether the entry is one of those."""
        programme = (entry.programme or "").casefold()
        return (
            entry.kind in self.kinds
            and entry.subject in self.subjects
            and (not self.lists or entry.list_id in self.lists)
            and (not self.programme_has or any(word.casefold() in programme for word in self.programme_has))
            and not any(word.casefold() in programme for word in self.programme_has_none)
        )


class Before(Provision):
    """Events before `date` fall under an earlier regime, whose period is not known here."""

    date: dt.date
    text: Words


class LookBack(Provision):
    """How many years back a fact may be held, and from which event they count."""

    years: int = Field(ge=1, le=50)
    counts_from: Words
    before: Before | None = None


class Ground(Provision):
    """One ground, or one kind of fact of which the law makes none. `matters`: what a declaration calls it, beside its id."""

    id: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    title: Words
    kind: GroundKind
    decided_by: Words
    facts: list[Selector] = []
    matters: list[str] = []
    look_back: LookBack | None = None
    needs: list[Need] = []

    @model_validator(mode="after")
    def _has_checks(self) -> Ground:
        if self.kind in (GroundKind.MANDATORY, GroundKind.DISCRETIONARY) and Need.HEAR_TENDERER not in self.needs:
            raise ValueError("needs lacks hear_tenderer. Nobody is excluded without being heard.")
        return self


class Reach(Provision):
    """How far facts about a connected party are held against the tenderer: `kinds` of grounds, from `min_share` on where it owns."""

    kinds: list[GroundKind] = []
    only: list[str] = Field(default=[], description="Ids of grounds; empty: all of those kinds.")
    min_share: float | None = Field(default=None, ge=0, le=1)
    needs: list[Need] = []
    text: Words
    also: list[Reach] = Field(default=[], description="Rules of other instruments for the same connection.")


class SelfCleaning(Provision):
    """What an operator may show to stay in. `measures`: what a declaration calls each of them."""

    text: Words
    measures: dict[str, Words] = Field(min_length=1)


class Number(Shape):
    """A number that could be argued with."""

    value: float = Field(gt=0)
    reason: str = Field(min_length=1)
    citation: str = Field(min_length=1)
    since: dt.date


class Prices(Provision):
    """When an offer is low enough to ask for an explanation. Shares of 1."""

    rule: str
    text: Words
    least_other_offers: Number
    below_mean: Number
    below_estimate: Number


class Principle(Provision):
    """A rule that governs every step: proportionality, equal treatment."""

    text: Words


class CertifiedGoods(Provision):
    """A list of goods for whose products the law asks for a certification at offer."""

    list_id: str
    text: Words


class Profile(Shape):
    """One procurement law as far as screening goes. `lists_needed`: lists that this law itself names."""

    key: str
    title: Words
    version: str = Field(min_length=1)
    in_force_from: dt.date
    authorities: list[str] = Field(min_length=1)
    limits: Words = Field(description="What this profile does not know.")
    lists_needed: list[str] = []
    grounds: list[Ground] = Field(min_length=1)
    connected: dict[str, Reach]
    self_cleaning: SelfCleaning
    proportionality: Principle
    prices: Prices
    certified_goods: CertifiedGoods | None = None

    @model_validator(mode="after")
    def _complete(self) -> Profile:
        """Every adjudicated kind x subject is spoken of, every connection too, and nothing is named twice."""
        ids = [ground.id for ground in self.grounds]
        names = ids + [matter for ground in self.grounds for matter in ground.matters] + list(self.self_cleaning.measures)
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(f"{', '.join(twice)}: named twice among grounds, matters and measures.")
        adjudicated = [code for code, one in model.vocabulary("list_kind").codes.items() if one.values["is_adjudicated"]]
        told = {
            (kind, subject)
            for ground in self.grounds
            for facts in ground.facts
            if not facts.lists and not facts.programme_has and not facts.programme_has_none
            for kind in facts.kinds
            for subject in facts.subjects
        }
        pairs = [(kind, subject) for kind in adjudicated for subject in model.vocabulary("listing_subject").codes]
        silent = [f"{kind} x {subject}" for kind, subject in pairs if (kind, subject) not in told]
        if silent:
            raise ValueError(f"grounds: nothing is said of {', '.join(silent)}. Add a ground, or one of kind no_ground.")
        if not set(CONNECTIONS) <= set(self.connected) <= {*CONNECTIONS, *BESIDE}:
            raise ValueError(
                f"connected: must speak of {', '.join(CONNECTIONS)}, may speak of {', '.join(BESIDE)}, and of nothing else; no kinds says "
                "that the rule does not go there."
            )
        if {ground.id: ground.kind for ground in self.grounds}.get(NOT_HELD) != GroundKind.NONE:
            raise ValueError(f"grounds: lacks {NOT_HELD} of kind no_ground. Findings on a connected party are not passed over.")
        lost = [name for first in self.connected.values() for reach in (first, *first.also) for name in reach.only if name not in ids]
        unknown = [key for key in self.authorities if key not in model.authorities()]
        unknown += [name for name in self.lists_needed if name not in model.vocabulary("list").codes]
        if lost or unknown:
            raise ValueError(f"{', '.join(lost + unknown)}: no such ground, instrument or list.")
        return self

    def ground(self, ground_id: str) -> Ground:
        """The ground of this id; KeyError if there is none."""
        return {ground.id: ground for ground in self.grounds}[ground_id]

    def of_matter(self, matter: str) -> Ground | None:
        """The ground that a declaration names, by its id or another name of it."""
        wanted = matter.strip().casefold()
        return next((one for one in self.grounds if wanted in (one.id, *(name.casefold() for name in one.matters))), None)


def read(path: Path) -> Profile:
    """The profile in the file at `path`. ModelError: incomplete or wrong, with the place in the file and what to add."""
    entry: Any = model.read_yaml(path)
    if not isinstance(entry, dict):
        raise model.ModelError(f"{path}: must be a mapping with title, version, grounds. Start from another profile of the folder.")
    try:
        return Profile.model_validate({"key": path.stem, **entry})
    except ValidationError as error:
        faults = [f"{'.'.join(str(part) for part in one['loc']) or 'profile'}: {one['msg']}" for one in error.errors()]
        raise model.ModelError(f"{path}: {'; '.join(faults)}. A profile that is incomplete is not used.") from error


def names() -> list[str]:
    """The keys of the profiles that are there."""
    return sorted(path.stem for path in FOLDER.glob("*.yml"))


@lru_cache
def load(key: str) -> Profile:
    """The profile `key`. ModelError: no such profile, or an incomplete one."""
    if key not in names():
        raise model.ModelError(f"no profile {key!r}. Profiles: {', '.join(names())}; a new one is a file in {FOLDER}.")
    return read(FOLDER / f"{key}.yml")
