"""From the code of an item (CPV, UNSPSC, HS) to headings of the Harmonized System, to show what is known of such goods.

The crosswalk is data/vocabulary/goods_category.yml; it knows the goods that lists of goods name, and nothing else: an item without
headings is unknown, not harmless. Does not belong here: what is known of a heading.
"""

from __future__ import annotations

import re
from functools import lru_cache

from data import model
from pipelines import normalise

_SCHEMES = {
    "cpv": re.compile(r"cpv", re.IGNORECASE),
    # the catalogue of Paraguay says of itself that it is based on UNSPSC
    "unspsc": re.compile(r"unspsc|\bonu\b|contrataciones p.blicas del paraguay", re.IGNORECASE),
    "hs": re.compile(r"^(hs|sh|harmoni[sz]ed|cn|hts|ncm|taric)\b", re.IGNORECASE),
}


def scheme(text: str | None) -> str | None:
    """cpv, unspsc or hs for the name of a scheme as publishers write it (CPV-AM, UNSPSC, "basado en UNSPSC"); None for others."""
    return next((name for name, pattern in _SCHEMES.items() if text and pattern.search(text.strip())), None)


@lru_cache
def _prefixes() -> dict[str, dict[str, tuple[str, ...]]]:
    """scheme -> prefix of digits -> HS headings."""
    found: dict[str, dict[str, tuple[str, ...]]] = {"cpv": {}, "unspsc": {}}
    for code in model.vocabulary("goods_category").codes.values():
        for name, prefixes in found.items():
            for prefix in code.values.get(name) or []:
                known = prefixes.get(prefix, ())
                prefixes[prefix] = tuple(dict.fromkeys((*known, *code.values["hs"])))
    return found


@lru_cache(maxsize=50_000)
def _of(name: str, code: str) -> tuple[str, ...]:
    digits = re.match(r"\d*", re.sub(r"[\s.]", "", code))
    text = digits[0] if digits else ""
    known = _prefixes()[name]
    return next((known[text[:size]] for size in range(len(text), 1, -1) if text[:size] in known), ())


def hs(scheme_name: str | None, code: str | None) -> list[str]:
    """HS headings (2 to 6 digits) of an item's code, by the longest prefix that is known; empty if none is."""
    name = scheme(scheme_name)
    if name is None or not code:
        return []
    if name == "hs":
        read = normalise.hs_code(code)
        return [read] if read else []
    return list(_of(name, code))
