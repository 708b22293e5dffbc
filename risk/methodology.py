"""The numbers of the scoring rule, read from methodology.yml as they hold on a date."""

from __future__ import annotations

import datetime as dt
import hashlib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from data import model

PATH = Path(__file__).with_name("methodology.yml")
SECTIONS = (
    "prior",
    "weights",
    "evidence",
    "coverage",
    "opacity",
    "remedy",
    "mitigation",
    "floors",
    "severity",
    "bands",
    "draws",
    "custody",
    "tiers",
    "priority",
)


@dataclass(frozen=True)
class Group:
    """A dependence group of signs and how the rule reads it."""

    name: str
    en: str
    fr: str
    heads: tuple[str, ...]
    critical: bool
    strong_only: bool
    absence: bool
    migrants_only: bool


@dataclass(frozen=True)
class Methodology:
    """Values by dotted name, such as `evidence.rho`; `fingerprint` is the hash of the file."""

    version: str
    fingerprint: str
    values: dict[str, Any]
    groups: dict[str, Group]
    overrides: dict[str, dict[str, Any]]

    def __getitem__(self, name: str) -> Any:
        return self.values[name]

    def section(self, name: str) -> dict[str, Any]:
        """All values of one section, by their short name."""
        return {key.split(".", 1)[1]: value for key, value in self.values.items() if key.startswith(f"{name}.")}


@lru_cache
def load(path: Path = PATH) -> Methodology:
    """The methodology of `path`; a number without reason, citation or date does not load."""
    entry = model.read_yaml(path)
    values = {}
    for section in SECTIONS:
        for name, item in entry[section].items():
            lacking = [key for key in ("value", "reason", "citation", "since") if key not in item]
            if lacking or not isinstance(item["since"], dt.date):
                raise model.ModelError(f"{path}: {section}.{name} lacks {', '.join(lacking) or 'a date in since'}. Every number is argued.")
            values[f"{section}.{name}"] = item["value"]
    groups = {name: Group(name=name, **{**item, "heads": tuple(item["heads"])}) for name, item in entry["groups"].items()}
    return Methodology(entry["version"], hashlib.sha256(path.read_bytes()).hexdigest(), values, groups, entry["overrides"])
