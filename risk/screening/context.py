"""What is known of the goods and services asked for: how deep to ask, of every tenderer alike. Never a ground for or against a bidder.

Belongs here: category x origin against official lists of goods and orders for territories. Does not belong here: where a bidder is based,
which says nothing of where goods come from and is not read here.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

from data import model
from data.procurement import Process
from data.screening import ContextNote, Source
from risk.screening.keys import Context

ASKING = Path(__file__).with_name("asking.yml")
EVERYTHING = "*"


class Good(NamedTuple):
    """One row of an official list of goods, in the edition in force."""

    list_id: str
    edition: str
    good: str
    country: str
    hs: tuple[str, ...]
    is_forced_labour: bool
    is_child_labour: bool
    source: Source | None = None


class Ban(NamedTuple):
    """One order in force on goods of a territory."""

    ban_id: str
    authority: str
    product: str
    country: str
    subdivision: str | None
    hs: tuple[str, ...]
    status: str
    source: Source | None = None


@lru_cache
def asking() -> dict[str, Any]:
    """The numbers and categories of asking.yml. ModelError: one lacks its reason."""
    entry: dict[str, Any] = model.read_yaml(ASKING)
    for name, item in [*entry["limits"].items(), *((one["sector"], one) for one in entry["labour_intensive"])]:
        lacking = [key for key in ("reason", "since") if key not in item]
        if lacking:
            raise model.ModelError(f"{ASKING}: {name} lacks {', '.join(lacking)}. Every choice is argued.")
    return entry


def same_goods(hs: str, prefix: str) -> bool:
    """Whether the code falls under the other, or is too short to tell: a coarse code never looks safer."""
    return prefix == EVERYTHING or hs.startswith(prefix) or prefix.startswith(hs)


def headings(process: Process) -> list[str]:
    """The headings of the Harmonized System asked for, each once."""
    return sorted({code for item in process.items for code in item.hs})


def origins(process: Process) -> list[str]:
    """Countries of origin that offers state for goods. The bidder's own country is not one."""
    return sorted({country for tenderer in process.tenderers for bid in tenderer.bids for country in bid.countries_of_origin})


def listed(goods: Iterable[Good], codes: Sequence[str]) -> list[Good]:
    """Rows of the lists of goods that the codes fall under."""
    return [] if not codes else [good for good in goods if any(same_goods(code, prefix) for code in codes for prefix in good.hs)]


def labour_intensive(process: Process) -> list[str]:
    """Sectors of asking.yml that the tender falls under, by CPV or UNSPSC code or by its main category."""
    found = []
    for one in asking()["labour_intensive"]:
        codes = {str(scheme).casefold(): tuple(prefixes) for scheme, prefixes in one["codes"].items()}
        by_code = any(item.code and item.code.startswith(codes.get((item.scheme or "").casefold(), ())) for item in process.items)
        if by_code or (process.category and process.category == one.get("category")):
            found.append(str(one["sector"]))
    return found


def lists_of_profile(needed: Sequence[str], searched: Collection[str], old: Collection[str]) -> list[ContextNote]:
    """Which lists that the law names were not searched, or in an old copy only. `searched` holds the old ones too."""
    missing, aged = [name for name in needed if name not in searched], [name for name in needed if name in old]
    return [ContextNote(code=Context.LISTS_OF_PROFILE, values={"missing": missing, "old": aged})] if missing or aged else []


def notes(process: Process, rows: Sequence[Good], bans: Sequence[Ban]) -> list[ContextNote]:
    """The context of a process: listed goods by origin as offered, orders for territories, sectors where many are recruited.

    `rows`: the listed goods that its headings fall under."""
    codes, places = headings(process), origins(process)
    found = [ContextNote(code=Context.LABOUR_INTENSIVE, values={"sector": sector}) for sector in labour_intensive(process)]
    if places:
        found += [ContextNote(code=Context.LISTED_GOOD, values=_told(row), source=row.source) for row in rows if row.country in places]
    elif rows:
        found += [
            ContextNote(
                code=Context.LISTED_GOOD_ELSEWHERE,
                values={
                    "list_id": list_id, "edition": edition, "good": good,
                    "countries": sorted({row.country for row in rows if (row.list_id, row.edition, row.good) == (list_id, edition, good)}),
                },
                source=next(row.source for row in rows if (row.list_id, row.edition, row.good) == (list_id, edition, good)),
            )
            for list_id, edition, good in sorted({(row.list_id, row.edition, row.good) for row in rows})
        ]
    for ban in bans:
        is_here = ban.country in places if places else True
        if is_here and any(same_goods(code, prefix) for code in codes for prefix in ban.hs if prefix != EVERYTHING or places):
            values = {"authority": ban.authority, "product": ban.product, "country": ban.country, "subdivision": ban.subdivision}
            found.append(ContextNote(code=Context.IMPORT_BAN, values={**values, "status": ban.status}, source=ban.source))
    if process.items and not codes and process.category in (None, "goods"):
        found.append(ContextNote(code=Context.GOODS_NOT_CODED, values={"items": len(process.items)}))
    return found


def _told(row: Good) -> dict[str, Any]:
    return {
        "list_id": row.list_id, "edition": row.edition, "good": row.good, "country": row.country,
        "is_forced_labour": row.is_forced_labour, "is_child_labour": row.is_child_labour,
    }
