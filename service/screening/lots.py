"""Lots as a reader names them: a short number as it stands, a long code by the lot's title.

Belongs here: the names of lots. Does not belong here: anything that is kept; JSON and OCDS hold the codes of the file.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import Any

from data.screening import ProcessResult, Question, TendererResult
from service.render import cut
from service.screening import spans
from service.screening.wording import Words

SAID = re.compile(r"^(?:lot|lote|los)\b[\s:.°n#-]*", re.IGNORECASE)  # the word that the page says itself
SHORT, TITLE = 12, 60  # characters of a code that can be said aloud, and of a title in its place


def labels(result: ProcessResult, words: Words) -> dict[str, str]:
    """lot_id -> its label, each label once."""
    titles = {lot.lot_id: spans.clean(lot.title or "") for lot in result.process.lots}
    often = Counter(titles.values())
    found = {}
    for lot_id, title in titles.items():
        if len(lot_id) <= SHORT or not title:
            found[lot_id] = cut(SAID.sub("", spans.clean(lot_id)) or lot_id, TITLE)
        else:
            short = words("summary.quoted", text=cut(title, TITLE))
            found[lot_id] = short if often[title] == 1 else f"{short} ({spans.clean(lot_id)[:8]})"
    return found


def labelled(result: ProcessResult, words: Words) -> ProcessResult:
    """The result with its lots named by their labels, for pages only."""
    known = labels(result, words)
    if all(code == label for code, label in known.items()):
        return result

    def named(codes: list[str]) -> list[str]:
        return [known.get(code, code) for code in codes]

    def joined(codes: str | None) -> str | None:
        return ", ".join(named(codes.split(", "))) if codes else codes

    def values(given: dict[str, Any]) -> dict[str, Any]:
        return {**given, "lot_id": joined(given["lot_id"])} if given.get("lot_id") else given

    def questions(found: list[Question]) -> list[Question]:
        return [asked.model_copy(update={"values": values(asked.values)}) for asked in found]

    def row(one: TendererResult) -> TendererResult:
        bids = [bid.model_copy(update={"lot_ids": named(bid.lot_ids)}) for bid in one.tenderer.bids]
        tenderer = one.tenderer.model_copy(update={"lot_ids": named(one.tenderer.lot_ids), "bids": bids})
        prices = [check.model_copy(update={"lot_id": joined(check.lot_id)}) for check in one.prices]
        return one.model_copy(update={"tenderer": tenderer, "prices": prices, "questions": questions(one.questions)})

    lots = [
        lot.model_copy(update={"lot_id": known[lot.lot_id], "title": None if known[lot.lot_id] != lot.lot_id else lot.title})
        for lot in result.process.lots
    ]
    process = result.process.model_copy(update={"lots": lots})
    rows = [row(one) for one in result.tenderers]
    return result.model_copy(update={"process": process, "tenderers": rows, "questions": questions(result.questions)})
