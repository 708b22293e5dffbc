"""One bidder asked about by hand.

Does not belong here: what a bidder is searched in (risk/screening).
"""

from __future__ import annotations

import hashlib
import json

import polars as pl

from data.procurement import Reading
from pipelines import numerals
from pipelines.procurement import rows
from pipelines.procurement.fields import printable
from pipelines.procurement.findings import Findings
from pipelines.procurement.identifiers import with_scheme
from pipelines.procurement.words import is_missing
from pipelines.refusal import Refused

FILE = "one bidder"


def one(
    *, name: str | None = None, country: str | None = None, identifiers: list[str] | None = None, address: str | None = None,
    lot: str | None = None, other_names: list[str] | None = None, tender: str | None = None, amount: str | float | None = None,
    currency: str | None = None, members: list[str] | None = None, hs: str | None = None,
) -> Reading:
    """The reading of one bidder. `identifiers` as `LEI:5493001KJTIIGC8Y1R12` or a number alone; `members` of a consortium by name.

    Raises Refused if there is neither name nor identifier. What cannot be read (a country, an amount) stands in the refusals.
    """
    findings = Findings(FILE)
    numbers = [with_scheme(text) for text in identifiers or [] if text.strip()]
    given = printable(name or "")
    if not (given and not is_missing(given)) and not numbers:
        raise Refused(FILE, "name_missing", "no name and no identifier of the bidder.", "Give the name, or an identifier such as LEI:...")
    price = _amount(amount, findings)
    others = [other for other in (printable(text) for text in other_names or []) if other]
    cells = {"name": given, "country": country, "address": address, "lot": lot, "tender_title": tender, "currency": currency, "hs": hs}
    if members:
        group = [rows.Row(None, {"name": printable(member), "consortium": given, "lot": lot}) for member in members]
        table = [rows.Row(None, {**cells, "consortium": given}, numbers, others, amount=price), *group]
    else:
        table = [rows.Row(None, cells, numbers, others, amount=price)]
    asked = json.dumps([cells, numbers, others, members, price], ensure_ascii=True, sort_keys=True, default=str)
    digest = hashlib.sha256(asked.encode()).hexdigest()
    process = rows.process(f"by-hand-{digest[:12]}", table, findings)
    return Reading(file=FILE, sha256=digest, kind=FILE, processes=[process], refusals=findings.refusals, ignored=dict(findings.ignored))


def _amount(amount: str | float | None, findings: Findings) -> float | None:
    if amount is None or amount == "":
        return None
    series = pl.Series([str(amount)])
    try:
        parsed = numerals.numbers(series)
    except numerals.UnclearColumn:
        findings.say("number_unreadable", (None, "amount"), amount)
        return None
    if parsed.values[0] is None:
        findings.say("number_unreadable", (None, "amount"), amount)
    return None if parsed.values[0] is None else float(parsed.values[0])
