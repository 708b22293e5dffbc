"""One tenderer as a sheet shows it: identity, facts with their grounds, prices, questions. Pieces of text and nothing else.

Belongs here: the order and wording of what a screening says of one tenderer. Does not belong here: what a fact means in law
(risk/screening), how pieces look (pages, terminal).
"""

from __future__ import annotations

import math
from typing import Any

from data.procurement import Bid, Organisation, Place, Tenderer
from data.screening import Compared, Entry, Fact, FactState, GroundKind, GroundReading, Match, PriceCheck, Question, TendererResult
from risk.screening.keys import Asked, Need
from risk.screening.profiles import Profile
from service.screening import connections, legal, persons, spans
from service.screening.spans import Span, foreign, name, plain
from service.screening.wording import Words

Law = Profile | None
Rows = list[list[Any]]  # [label, pieces]
OBSERVED = "observed"
STATES = (FactState.FOUND, FactState.DECLARED, FactState.TO_CONFIRM, FactState.ENDED, FactState.DISMISSED)


def joined(pieces: list[list[Span]], between: str) -> list[Span]:
    """Lists of pieces as one, with `between` among them."""
    found: list[Span] = []
    for at, part in enumerate(part for part in pieces if part):
        found += [plain(between), *part] if at else part
    return found


def rows(*pairs: tuple[str, list[Span] | str | None]) -> Rows:
    """The pairs that have a value."""
    return [[label, [plain(value)] if isinstance(value, str) else value] for label, value in pairs if value]


def place(at: Place, words: Words) -> str:
    """tender.json, line 3, releases[0].tender."""
    parts = [at.file, words("identity.line", n=words.number(at.line)) if at.line else None, at.path]
    return ", ".join(spans.cut(spans.clean(part), words) for part in parts if part)


def identifiers(one: Organisation, words: Words) -> list[Span]:
    """CN-USCI 9165 (check digit does not agree)."""
    found = []
    for number in one.identifiers:
        told = "" if number.is_valid is None else f" ({words('identity.valid' if number.is_valid else 'identity.invalid')})"
        scheme = [plain(f"{spans.clean(number.scheme)} ")] if number.scheme else []
        found.append([*scheme, foreign(number.id, words, kind="code"), plain(told)])
    return joined(found, words("common.semicolon"))


def organisation(one: Organisation, words: Words) -> dict[str, Any]:
    """A member or subcontractor as a row of a table."""
    return {
        "name": name(one.name, words, one.country),
        "country": words.country(one.country),
        "identifiers": identifiers(one, words) or [plain(words("identity.none"), "quiet")],
    }


def _bid(bid: Bid, words: Words) -> list[Span]:
    what = words.money(bid.value) if bid.value else words("common.unknown")
    lots = f" ({', '.join(words('summary.lot', id=spans.clean(lot)) for lot in bid.lot_ids)})" if bid.lot_ids else ""
    more = [words.date(bid.submitted_on) if bid.submitted_on else "", spans.clean(bid.status or "")]
    more.append(", ".join(words.country(code) for code in bid.countries_of_origin))
    return [plain(", ".join(text for text in (what + lots, *more) if text))]


def identity(tenderer: Tenderer, words: Words) -> Rows:
    """Label and value of what the file says of a tenderer."""
    one = tenderer.organisation
    colon = words("common.semicolon")
    address = [foreign(part, words, one.country) for part in (one.address, one.locality, one.subdivision) if part]
    lots = ", ".join(spans.clean(lot) for lot in tenderer.lot_ids) or words("summary.whole")
    return rows(
        (words("identity.other_names"), joined([name(other, words, one.country) for other in one.other_names], colon)),
        (words("identity.identifiers"), identifiers(one, words) or [plain(words("identity.none"), "quiet")]),
        (words("identity.country"), words.country(one.country)),
        (words("identity.address"), joined([[part] for part in address], ", ")),
        (words("identity.roles"), ", ".join(words(f"role.{role.value}") for role in tenderer.roles)),
        (words("identity.lots"), lots),
        (words("identity.bids"), joined([_bid(bid, words) for bid in tenderer.bids], colon)),
        (words("identity.place"), words("common.semicolon").join(place(at, words) for at in one.places[:3] if at.line or at.path)),
    )


def _source(entry: Entry, words: Words) -> list[Span]:
    at = entry.source
    parts = [spans.clean(at.publisher)]
    parts.append(words("fact.version", date=words.date(at.received_on)) if at.received_on else "")
    parts.append(words("fact.batch", n=at.batch) if at.batch is not None else "")
    parts.append(words("fact.row", file=at.file, line=words.number(at.line)) if at.file and at.line else at.file or "")
    parts.append(words("searched.licence", text=at.licence) if at.licence else "")
    found = [plain(", ".join(part for part in parts if part))]
    return [*found, plain(" "), {**plain(spans.clean(at.url), "link")}] if at.url else found


def status(entry: Entry, words: Words) -> str:
    """active, in force; listed 1 February 2023; ended 5 September 2024."""
    at = entry.source.received_on
    if entry.is_in_force and entry.is_of_old_copy:
        state = words("fact.in_force_old", date=words.date(at)) if at else words("fact.in_force_old_undated")
    else:
        state = words("fact.in_force" if entry.is_in_force else "fact.not_in_force", status=words.code("listing_status", entry.status))
    is_observed = entry.listed_on_basis == OBSERVED
    listed = words("fact.observed" if is_observed else "fact.listed_on", date=words.date(entry.listed_on))
    listed = listed if entry.listed_on else words("fact.date_unknown")
    decided = words("fact.decided_on", date=words.date(entry.decided_on)) if entry.decided_on else ""
    ended = words("fact.delisted_on", date=words.date(entry.delisted_on)) if entry.delisted_on else ""
    term = words("fact.expected_end_on", date=words.date(entry.expected_end_on)) if entry.expected_end_on else ""
    basis = words.code("date_basis", entry.listed_on_basis) if entry.listed_on_basis and entry.listed_on and not is_observed else ""
    return words("common.semicolon").join(part for part in (state, decided, listed + (f" ({basis})" if basis else ""), term, ended) if part)


def confidence(match: Match, words: Words) -> str:
    """same name and country; confidence 87 %; not confirmed."""
    judged = match.judgement
    by_person = judged is not None and judged.verdict == "same" and not judged.is_open_again
    state = words("fact.unconfirmed" if not match.is_confirmed else "fact.confirmed_person" if by_person else "fact.confirmed")
    shown = words.percent(math.floor(100 * match.probability) / 100, 0)  # cut: what is below 0.92 never reads as 92 %
    return words("fact.match_text", basis=words.code("match_basis", match.basis), p=shown, state=state)


def _judged(match: Match | None, words: Words) -> str | None:
    found = match.judgement if match else None
    if found is None:
        return None
    verdict, day = words.get(f"verdict.{found.verdict}", found.verdict), words.date(found.at.date())
    said = words("fact.judged_text", verdict=verdict, by=spans.clean(found.by), date=day, why=spans.clean(found.why))
    return said + (f" {words('fact.open_again')}" if found.is_open_again else "")


def _compared(reason: Compared, words: Words) -> dict[str, Any]:
    lean = "for" if reason.logits > 0.005 else "against" if reason.logits < -0.005 else "neutral"
    quiet = [plain("–", "quiet")]
    return {
        "feature": words.get(f"feature.{reason.feature}", reason.feature.replace("_", " ")),
        "ours": [foreign(reason.ours, words)] if reason.ours else quiet,
        "theirs": [foreign(reason.theirs, words)] if reason.theirs else quiet,
        "weight": words(f"fact.weight_{lean}", n=words.number(reason.logits, 1, sign=True)),
    }


def is_ground(found: Fact) -> bool:
    """Whether the profile makes a ground, or a condition of contract, of the fact."""
    return any(reading.kind != GroundKind.NONE for reading in found.grounds)


def _look_back(reading: GroundReading, law: Law, words: Words) -> str:
    if reading.kind == GroundKind.NONE:
        return "–"
    if reading.is_within_look_back is None:
        return words("ground.earlier" if Need.EARLIER_REGIME in reading.needs else "ground.unknown")
    key = "within" if reading.is_within_look_back else "outside"
    if reading.look_back_until is None:
        return words(f"ground.{key}_open")
    is_of_list = reading.is_within_look_back and Need.CONFIRM_DATE_OF_EVENT in reading.needs
    return words("ground.within_listed" if is_of_list else legal.of_look_back(law, key), date=words.date(reading.look_back_until))


def _ground(reading: GroundReading, law: Law, words: Words) -> dict[str, Any]:
    return {
        "title": legal.ground(law, reading.ground_id, words),
        "article": legal.article(law, reading, words),
        "kind": words(f"ground.kind.{reading.kind.value}"),
        "look_back": _look_back(reading, law, words),
        "decided_by": legal.decided_by(law, reading.ground_id, words),
        "counts_from": legal.counts_from(law, reading.ground_id, words),
        "needs": [legal.need(law, need, words) for need in reading.needs],
    }


def _reason(entry: Entry, is_hidden: bool, words: Words) -> list[Span] | None:
    if not entry.reason:
        return None
    return [plain(words("fact.reason_later"), "quiet")] if is_hidden else [foreign(entry.reason, words)]


def fact(found: Fact, names: dict[str, Organisation], law: Law, words: Words) -> dict[str, Any]:
    """A fact as title, labelled rows, comparisons and grounds. `names`: organisation_id -> organisation of the tenderer."""
    entry, match, declared, tie = found.entry, found.match, found.declaration, found.connection
    one = names.get(found.organisation_id)
    role = str(getattr(found.role, "value", found.role))
    whose = name(tie.name, words) if tie else name(one.name, words, one.country) if one else []
    about = [*whose, plain(f", {words.get(f'role.{role}', role.replace('_', ' '))}")] if whose else []
    is_hidden = persons.is_hidden(found, one)
    found_rows: Rows = rows((words("fact.about"), about))
    if entry:
        title = words.code("list", entry.list_id)
        found_rows += rows(
            (words("fact.listed_name"), name(entry.name, words, entry.country)),
            (
                words("identity.identifiers"),
                [plain(", ".join(spans.clean(one) for one in entry.identifiers), "code")] if entry.identifiers else None,
            ),
            (words("fact.kind"), words.code("list_kind", entry.kind)),
            (words("fact.subject"), words.code("listing_subject", entry.subject)),
            (words("fact.authority"), spans.clean(entry.authority)),
            (words("fact.programme"), [foreign(entry.programme, words)] if entry.programme else None),
            (words("fact.reason"), _reason(entry, is_hidden, words)),
            (words("fact.status"), status(entry, words)),
            (words("fact.match"), confidence(match, words) if match else None),
            (words("fact.judged"), _judged(match, words)),
            (words("fact.connection"), connections.connection(tie, words) if tie and connections.tells(tie) else None),
            (words("fact.source"), _source(entry, words)),
        )
    else:
        title = legal.ground(law, declared.matter, words) if declared else words(f"fact.{found.state.value}")
        found_rows += rows(
            (words("fact.answer"), words(f"answer.{declared.answer.value}") if declared else None),
            (words("fact.text"), [foreign(declared.text, words)] if declared and declared.text else None),
            (words("fact.declared_on"), words.date(declared.declared_on) if declared and declared.declared_on else None),
            (words("identity.place"), place(declared.place, words) if declared and declared.place else None),
        )
    return {
        "title": title,
        "state": found.state.value,
        "rows": found_rows,
        "compared": [_compared(reason, words) for reason in match.reasons] if match and not is_hidden else [],
        "ground_title": words("ground.title" if is_ground(found) else "ground.said"),
        "look_back_title": words(legal.of_look_back(law, "look_back")),
        "grounds": [_ground(reading, law, words) for reading in found.grounds],
        "no_ground": "" if found.grounds else words("ground.later" if is_hidden else "ground.none"),
    }


def _beside(share: float | None, words: Words) -> str:
    if share is None:
        return ""
    return words(f"price.{'below' if share > 0 else 'above' if share < 0 else 'level'}", p=words.percent(abs(share)))


def price(check: PriceCheck, words: Words) -> dict[str, Any]:
    """An offer beside the others, as cells of a row."""

    def money(amount: float | None, beside: float | None = None) -> str:
        if amount is None:
            return words("common.unknown")
        told = _beside(beside, words)
        return words.money(check.value.model_copy(update={"amount": amount})) + (f" ({told})" if told else "")

    return {
        "lot": words("summary.lot", id=spans.clean(check.lot_id)) if check.lot_id else words("summary.whole"),
        "offer": words.money(check.value),
        "compared": words.count("price.others", check.compared_with),
        "mean": money(check.mean, check.below_mean),
        "median": money(check.median),
        "estimate": money(check.estimate, check.below_estimate),
        "reading": words("price.unknown" if check.is_low is None else "price.low" if check.is_low else "price.not_low"),
        "is_low": bool(check.is_low),
    }


def question(asked: Question, result: TendererResult, law: Law, words: Words) -> dict[str, str]:
    """The question in words, and of whom it asks where that is not the tenderer itself."""
    one = persons.parties(result).get(asked.organisation_id or "")
    is_other = one is not None and one is not result.tenderer.organisation
    whom = words("asking.some", names=spans.spoken(one.name, words)) if one and is_other else ""
    if asked.code == Asked.CONFIRM_MATCH and persons.asks_person(asked, result):  # the entry itself is not told to a namesake
        values = {"lacking": asked.values.get("lacking") or ["names"]}
        return {"text": legal.text("question", "confirm_person", values, law, words), "whom": whom}
    return {"text": legal.text("question", asked.code, asked.values, law, words), "whom": whom}


def tenderer(result: TendererResult, law: Law, words: Words, searched: int) -> dict[str, Any]:
    """All that a sheet says of one tenderer. `searched`: number of the part that names the lists."""
    found, names = result.tenderer, persons.parties(result)
    is_low = any(check.is_low for check in result.prices)
    groups = []
    for state in STATES:
        of_state = [one for one in result.facts if one.state == state]
        is_told = state != FactState.DISMISSED  # of another party: how many, and no more
        count = "" if is_told else words.count("fact.dismissed_count", len(of_state))
        if of_state:
            told = [fact(one, names, law, words) for one in of_state if is_told]
            groups.append({"title": words(f"fact.{state.value}"), "state": state.value, "facts": told, "count": count})
    means = [words(f"standing_means.{result.standing.value}", part=searched)]
    return {
        "name": name(found.organisation.name, words, found.organisation.country),
        "standing": result.standing.value,
        "standing_text": words(f"standing.{result.standing.value}"),
        "means": means + ([words("standing_means.low_price")] if is_low else []),
        "consortium": words.count("summary.consortium", len(found.members)) if found.is_consortium else "",
        "identity": identity(found, words),
        "members": [organisation(one, words) for one in found.members],
        "subcontractors": [organisation(one, words) for one in found.subcontractors],
        "groups": groups,
        "connections": connections.table(result.connections, words),
        "prices": [price(check, words) for check in result.prices],
        "questions": [question(asked, result, law, words) for asked in result.questions],
        "notes": [legal.text("note", note, {}, law, words) for note in result.notes],
    }
