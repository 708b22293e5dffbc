"""The decision sheet of one tender as parts, tables and pieces of text: the one content behind HTML and PDF.

Belongs here: which parts a sheet has, in which order, and what is shortened in a long one. Does not belong here: one tenderer (facts), how
parts look (pages), what is decided (nobody but the officer).
"""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter
from typing import Any

from data.screening import FactState, ProcessResult, Screening, SearchState, Standing, TendererResult
from risk.screening.keys import Context
from service.render import cut
from service.screening import connections, facts, legal, lists, persons, reading, spans
from service.screening.facts import Law, rows
from service.screening.lots import labelled
from service.screening.spans import foreign, name, plain
from service.screening.wording import Words

LOTS_APART = 12  # with more lots than these the summary is one table with a column for the lots
ROWS_WHOLE = 40  # a summary table with more tenderers than these shows those with something to read, and counts the others
REFUSALS = 50
SHORT = 60  # characters of a name inside a sentence
NAMED = 5  # names in front of a question before "and n more"
NOTICE = ("facts", "nobody", "no_score", "order", "absence", "match", "hear", "context")
SHOWN_AS_FACTS = (FactState.FOUND, FactState.DECLARED)
View = dict[str, Any]


def is_detailed(result: TendererResult) -> bool:
    """Whether a tenderer has a section of its own: a fact, a match, or a price to explain."""
    return bool(result.facts) or any(check.is_low for check in result.prices) or result.standing in (Standing.FACTS, Standing.TO_CONFIRM)


def is_by_hand(screening: Screening) -> bool:
    """Whether one bidder was asked about and no file read: the reader then names what it read in place of a file."""
    return screening.reading.file == screening.reading.kind


def title_of(screening: Screening, result: ProcessResult, words: Words) -> str:
    """The title of a tender, or what stands for one."""
    untitled = "sheet.by_hand" if is_by_hand(screening) else "sheet.untitled"
    coded = re.fullmatch(r"[\w.:/-]*", result.process.process_id)  # a code is no title; words in its place are
    named = "" if coded or is_by_hand(screening) else result.process.process_id
    return spans.clean(result.process.title or named) or words(untitled)


def has_own_title(screening: Screening, result: ProcessResult, words: Words) -> bool:
    """Whether a tender's title says more than its number does; a table of bidders has one column for both."""
    return title_of(screening, result, words).casefold() != spans.clean(result.process.process_id).casefold()


def _count(result: TendererResult, *states: FactState) -> int:
    return sum(fact.state in states for fact in result.facts)


def weight(result: TendererResult) -> tuple[int, int, int]:
    """How much there is to read of a tenderer, for the order of procedures. Tenderers stand in the order of the file."""
    return (list(Standing).index(result.standing), -_count(result, *SHOWN_AS_FACTS), -_count(result, FactState.TO_CONFIRM))


def _summary_row(result: TendererResult, at: int | None, words: Words) -> View:
    found = result.tenderer
    shown = [_count(result, FactState.FOUND), _count(result, FactState.DECLARED), _count(result, FactState.TO_CONFIRM)]
    shown.append(_count(result, FactState.ENDED, FactState.DISMISSED))
    return {
        "anchor": f"t{at}" if at else None,
        "name": name(found.organisation.name, words, found.organisation.country),
        "consortium": words.count("summary.consortium", len(found.members)) if found.is_consortium else "",
        "standing": result.standing.value,
        "standing_text": words(f"standing.{result.standing.value}"),
        "counts": [words.number(number) if number else "–" for number in shown],
        "price": words("summary.price_low") if any(check.is_low for check in result.prices) else "–",
        "lots": ", ".join(spans.clean(lot) for lot in found.lot_ids) or words("summary.whole"),
    }


def _table(title: str, rows_of: list[TendererResult], numbers: dict[int, int], parts: str, words: Words, has_lots: bool = False) -> View:
    shown = rows_of if len(rows_of) <= ROWS_WHOLE else [row for row in rows_of if is_detailed(row)]
    left = len(rows_of) - len(shown)
    return {
        "title": title,
        "rows": [_summary_row(row, numbers.get(id(row)), words) for row in shown],
        "others": words.count("summary.others", left, parts=parts) if left else "",
        "has_lots": has_lots,
    }


def _summary(result: ProcessResult, screening: Screening, numbers: dict[int, int], parts: str, words: Words) -> View:
    ordered = result.tenderers
    standing = Counter(row.standing for row in ordered)
    low = sum(any(check.is_low for check in row.prices) for row in ordered)
    states = Counter(one.state for one in screening.lists)
    lots = {lot.lot_id: lot.title for lot in result.process.lots}
    lots |= {lot: None for row in ordered for lot in row.tenderer.lot_ids if lot not in lots}
    tables = []
    if not lots or len(lots) > LOTS_APART:
        title = words("summary.all_lots" if lots else "summary.whole")
        tables = [_table(title, ordered, numbers, parts, words, has_lots=bool(lots))] if ordered else []
    else:
        for lot, title in lots.items():
            text = words("summary.lot_titled", id=spans.clean(lot), title=spans.clean(title)) if title else words("summary.lot", id=lot)
            of_lot = [row for row in ordered if lot in row.tenderer.lot_ids]
            tables += [_table(text, of_lot, numbers, parts, words)] if of_lot else []
        whole = [row for row in ordered if not row.tenderer.lot_ids]
        tables += [_table(words("summary.whole"), whole, numbers, parts, words)] if whole else []
    lead = words.count("summary.lead", len(ordered)) + (f", {words.count('summary.lots', len(lots))}" if lots else "")
    lines = [
        words("summary.count", standing=words(f"standing.{one.value}"), n=words.number(standing[one])) for one in Standing if standing[one]
    ]
    lines += [words("summary.low", n=words.number(low))] if low else []
    searched = {
        key: words.number(states[state])
        for key, state in (("searched", SearchState.SEARCHED), ("stale", SearchState.STALE), ("unsearched", SearchState.NOT_SEARCHED))
    }
    return {
        "lead": lead,
        "lines": lines,
        "lists": words("summary.lists", **searched),
        "needed": lists.needed(result, words),
        "tables": tables,
        "none": "" if ordered else words("summary.no_tenderer"),
    }


def questions_to_all(result: ProcessResult, law: Law, words: Words) -> list[View]:
    """The questions that every tenderer is asked alike, each once."""
    texts = dict.fromkeys(legal.text("question", one.code, one.values, law, words) for one in result.questions)
    return [{"text": text, "whom": ""} for text in texts]


def _asked(found: list[TendererResult], law: Law, words: Words) -> list[View]:
    """Distinct questions of tenderers that share one table, each with whom it is for."""
    by_text: dict[str, list[TendererResult]] = {}
    for result in found:
        for text in dict.fromkeys(legal.text("question", one.code, one.values, law, words) for one in result.questions):
            by_text.setdefault(text, []).append(result)
    told = []
    for text, of in by_text.items():
        names = [cut(spans.spoken(one.tenderer.organisation.name, words), SHORT) for one in of[:NAMED]]
        short = names + ([words("common.more", n=words.number(len(of) - NAMED))] if len(of) > NAMED else [])
        whom = words("asking.all") if len(of) == len(found) else words("asking.some", names=", ".join(short))
        told.append({"text": text, "whom": whom})
    return told


def _compact(found: list[TendererResult], standing: Standing, searched: int, law: Law, words: Words) -> View:
    listed = []
    for result in found:
        one = result.tenderer.organisation
        notes = [legal.text("note", note, {}, law, words) for note in result.notes]
        members = [spans.text_of(name(member.name, words)) for member in result.tenderer.members]
        notes += [line for line in [connections.brief(result.connections, words)] if line]
        if members:
            notes.insert(0, f"{words('identity.members')}{words('common.colon')}{', '.join(members)}")
        listed.append(
            {
                "name": name(one.name, words, one.country),
                "country": words.country(one.country),
                "identifiers": facts.identifiers(one, words) or [plain(words("identity.none"), "quiet")],
                "lots": ", ".join(spans.clean(lot) for lot in result.tenderer.lot_ids) or words("summary.whole"),
                "notes": notes,
            }
        )
    return {"lead": words(f"standing_means.{standing.value}", part=searched), "rows": listed, "questions": _asked(found, law, words)}


def _unread(screening: Screening, words: Words) -> View:
    read = screening.reading
    shown = read.refusals[:REFUSALS]
    refused = [
        {
            "place": facts.place(one.place, words),
            "value": [foreign(one.value, words, kind="code")] if one.value is not None else [plain("–", "quiet")],
            **dict(zip(("reason", "next"), reading.refusal(one, words), strict=True)),
            "kept": words("unread.kept" if one.is_row_kept else "unread.lost"),
        }
        for one in shown
    ]
    left = len(read.refusals) - len(refused)
    ignored = reading.ignored(read, words)
    lead = words("unread.lead" if refused or ignored else "unread.nothing", kind=reading.kind(read.kind, words))
    return {
        "lead": words("unread.by_hand") if is_by_hand(screening) else lead,
        "rows": refused,
        "more": words("unread.more", n=words.number(left)) if left else "",
        "ignored": words("unread.ignored", parts=words("common.semicolon").join(ignored)) if ignored else "",
        "language": words("unread.language") if any(reading.is_foreign(one, words) for one in shown) else "",
    }


def _context(result: ProcessResult, words: Words) -> View:
    notes = []
    for note in (one for one in result.context if one.code != Context.LISTS_OF_PROFILE):  # that one stands in the summary
        source = [plain(spans.clean(note.source.publisher))] if note.source else []
        if note.source and note.source.received_on:
            source.append(plain(f", {words('fact.version', date=words.date(note.source.received_on))}"))
        notes.append({"text": legal.text("context", note.code, note.values, None, words), "source": source})
    return {"lead": words("context_part.lead"), "notes": notes, "none": "" if notes else words("context_part.none")}


def _method(screening: Screening, words: Words) -> View:
    at = screening
    told = rows(
        (words("method.screening"), [plain(at.screening_id, "code")]),
        (words("method.run"), at.run_id or words("method.no_run")),
        (words("method.matcher"), at.matcher_version),
        (words("method.software"), f"deeptier {at.software_version}"),
        (words("method.profile"), f"{at.profile}, {at.profile_version}"),
        (words("method.schema"), at.schema_version),
        (words("method.sha"), [plain(at.reading.sha256, "code")]),
    )
    return {"lead": words("method.lead"), "rows": told, "confidence": words("method.confidence")}


def _about(screening: Screening, result: ProcessResult, words: Words) -> list[Any]:
    process, law = result.process, legal.profile(screening.profile)
    basis = [[plain(legal.authority(key, words)), spans.breaking()] for key in law.authorities] if law else []
    made = screening.made_at.astimezone(dt.UTC)
    return rows(
        (words("about.process"), [foreign(process.process_id, words)] if has_own_title(screening, result, words) else None),
        (words("about.buyer"), [foreign(process.buyer, words, process.buyer_country)] if process.buyer else None),
        (words("about.dated"), words.date(process.dated_on) if process.dated_on else None),
        (words("about.value"), words.money(process.value) if process.value else None),
        (words("about.category"), words.get(f"category.{process.category}", process.category) if process.category else None),
        (words("about.as_of"), words.date(screening.as_of)),
        (words("about.made"), words("about.made_at", date=words.date(made.date()), time=f"{made:%H:%M}")),
        (words("about.by"), spans.clean(screening.by or words("about.by_nobody"))),
        (words("about.profile"), words.set(law.title.label(words.language)) if law else screening.profile),
        (words("about.basis"), [piece for part in basis for piece in part][:-1]),
        (words("about.file"), None if is_by_hand(screening) else spans.clean(screening.reading.file)),
    )


def sheet(screening: Screening, result: ProcessResult, words: Words) -> View:
    """All that the sheet of one tender shows, in one language, as plain data; same screening, same view."""
    law, result = legal.profile(screening.profile), labelled(result, words)
    detailed = [row for row in result.tenderers if is_detailed(row)]
    rest = [row for row in result.tenderers if not is_detailed(row)]
    nothing = [row for row in rest if row.standing != Standing.NOT_SEARCHED]
    unsearched = [row for row in rest if row.standing == Standing.NOT_SEARCHED]
    there = [
        ("summary", True),
        ("questions", result.questions),
        ("tenderers", detailed),
        ("nothing", nothing),
        ("unsearched", unsearched),
        ("decision", True),
        ("context", True),
    ]
    keys = [key for key, is_there in there if is_there] + ["searched", "unread", "law", "method"]
    number = {key: at for at, key in enumerate(keys, 1)}
    numbers = {id(row): at for at, row in enumerate(detailed, 1)}
    parts = words.listed([str(number[key]) for key in ("nothing", "unsearched") if key in number])
    process = result.process
    title = title_of(screening, result, words)
    content: dict[str, Any] = {
        "summary": _summary(result, screening, numbers, parts, words),
        "questions": questions_to_all(result, law, words),
        "tenderers": [facts.tenderer(row, law, words, number["searched"]) for row in detailed],
        "nothing": _compact(nothing, Standing.NOTHING_FOUND, number["searched"], law, words),
        "unsearched": _compact(unsearched, Standing.NOT_SEARCHED, number["searched"], law, words),
        "decision": {},
        "context": _context(result, words),
        "searched": lists.searched(screening, result, words),
        "unread": _unread(screening, words),
        "law": legal.told(screening.profile, words),
        "method": _method(screening, words),
    }
    return {
        "lang": words.language,
        "title": [foreign(title, words, process.buyer_country)],
        "file_title": f"{words('sheet.kicker')}{words('common.colon')}{title}",
        "made_at": screening.made_at.astimezone(dt.UTC).isoformat(),
        "screening_id": screening.screening_id,
        "about": _about(screening, result, words),
        "notice": [words(f"notice.{key}") for key in (*NOTICE, *(["persons"] if persons.are_named(result) else []))],
        "parts": [{"key": key, "number": number[key], "title": words(f"part.{key}"), **({"is": content[key]})} for key in keys],
    }
