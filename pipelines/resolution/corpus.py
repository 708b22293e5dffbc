"""Names and aliases of the public lists that training learns word weights and more examples from.

Belongs here: OFAC's SDN list, the UN Security Council's list and the Consolidated Screening List, read as (entity, name, schema).
Does not belong here: the lists as sources of facts (pipelines/sources), the labelled pairs (training.py).
"""

from __future__ import annotations

import csv
import gzip
import io
from collections.abc import Iterator
from pathlib import Path

import polars as pl
from defusedxml import ElementTree

PATTERNS = ("ofac_sdn_20*.csv*", "ofac_sdn_alt_*.csv*", "un_sc_consolidated_*.xml*", "us_consolidated_screening_list*.csv")
_OFAC_KINDS = {"individual": "person", "vessel": "vessel", "aircraft": None}


def names(folder: Path) -> pl.DataFrame:
    """entity, name, schema, is_primary (False for an alias), list: every name once per entity, in the order of the files."""
    found: list[tuple[str, str, str, bool, str]] = []
    for path in files(folder):
        if path.name.startswith("ofac_sdn_20"):
            found += _ofac(path, next(iter(sorted(folder.glob("ofac_sdn_alt_*.csv*"))), None))
        elif path.name.startswith("un_"):
            found += _un(path)
        elif path.name.startswith("us_"):
            found += _csl(path)
    columns = {"entity": pl.String, "name": pl.String, "schema": pl.String, "is_primary": pl.Boolean, "list": pl.String}
    return pl.DataFrame(found, schema=columns, orient="row").unique(["entity", "name"], keep="first", maintain_order=True)


def files(folder: Path) -> list[Path]:
    """The lists in `folder` that are read."""
    return [path for pattern in PATTERNS for path in sorted(folder.glob(pattern))]


def _text(path: Path) -> str:
    raw = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    return raw.decode("utf-8", errors="replace").rstrip("\x1a\r\n")


def _ofac(path: Path, aliases: Path | None) -> Iterator[tuple[str, str, str, bool, str]]:
    kinds: dict[str, str] = {}
    for row in csv.reader(io.StringIO(_text(path))):
        if len(row) > 2:
            kind = _OFAC_KINDS.get(row[2].strip(), "organisation")
            if kind and row[0].strip().isdigit():
                kinds[row[0]] = kind
                yield f"ofac:{row[0]}", row[1], kind, True, "ofac"
    for row in csv.reader(io.StringIO(_text(aliases))) if aliases else ():
        if len(row) > 3 and row[0] in kinds and "weak" not in row[4].lower():
            yield f"ofac:{row[0]}", row[3], kinds[row[0]], False, "ofac"


def _un(path: Path) -> Iterator[tuple[str, str, str, bool, str]]:
    root = ElementTree.fromstring(_text(path).encode())
    for tag, schema in (("INDIVIDUAL", "person"), ("ENTITY", "organisation")):
        for node in root.iter(tag):
            entity = f"un:{node.findtext('DATAID')}"
            parts = [node.findtext(f"{order}_NAME") or "" for order in ("FIRST", "SECOND", "THIRD", "FOURTH")]
            name = " ".join(part.strip() for part in parts if part.strip())
            if name:
                yield entity, name, schema, True, "un"
            original = (node.findtext("NAME_ORIGINAL_SCRIPT") or "").strip()
            if original:
                yield entity, original, schema, False, "un"
            for alias in node.iter(f"{tag}_ALIAS"):
                text, quality = (alias.findtext("ALIAS_NAME") or "").strip(), (alias.findtext("QUALITY") or "").lower()
                if text and quality != "low":
                    yield entity, text, schema, False, "un"


def _csl(path: Path) -> Iterator[tuple[str, str, str, bool, str]]:
    for number, row in enumerate(csv.DictReader(io.StringIO(_text(path)))):
        schema = "vessel" if row.get("vessel_type") else "person" if row.get("dates_of_birth") else "organisation"
        for position, name in enumerate([row.get("name") or "", *(row.get("alt_names") or "").split(";")]):
            if name.strip():
                yield f"csl:{number}", name.strip(), schema, position == 0, "csl"
