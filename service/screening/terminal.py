"""A screening in a terminal: what was read, who stands how, what was found, where it was looked for. Long lists are shortened and say so.

Belongs here: the order of that page. Does not belong here: wording of facts (facts, sheet), looks of tables (service/render).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any, TypeVar

from rich.console import Console
from rich.text import Text

from data.screening import Fact, FactState, ProcessResult, Screening, SearchedList, SearchState, Standing, TendererResult
from service.render import cut, paragraph, plain_table, printable
from service.screening import connections, facts, legal, spans
from service.screening import reading as readings
from service.screening.lists import hits, list_result, list_version, needed
from service.screening.lists import unsearched as of_reason
from service.screening.lots import labelled
from service.screening.sheet import has_own_title, is_by_hand, is_detailed, questions_to_all, title_of, weight
from service.screening.wording import Words

T = TypeVar("T")
# How many are shown; FULL: procedures shown whole.
REFUSALS, TENDERERS, PROCESSES, FULL, FACTS, CONNECTIONS, QUESTIONS = 5, 20, 20, 3, 12, 6, 5
LOT = 14
LAST_TO_READ = list(Standing).index(Standing.TO_CONFIRM)
TITLE = 70  # characters of a title in one line
STYLES = {"facts_found": "red", "matches_to_confirm": "yellow", "not_searched": "yellow"}


def say(out: Console, text: str, style: str = "", indent: int = 0) -> None:
    """A paragraph in which nothing from a file can move the cursor."""
    paragraph(out, printable(text), style, indent)


def _reading(out: Console, screening: Screening, words: Words, is_all: bool) -> None:
    reading = screening.reading
    kind = readings.kind(reading.kind, words)
    title = words("sheet.by_hand") if is_by_hand(screening) else words("terminal.read", file=reading.file, kind=kind)
    out.print(Text(printable(title), "bold"))
    tenderers = sum(len(process.tenderers) for process in reading.processes)
    lots = sum(len(process.lots) for process in reading.processes)
    parts = [words.count("terminal.processes", len(reading.processes)), words.count("summary.lots", lots)]
    parts += [words.count("summary.lead", tenderers), words.count("terminal.refused", len(reading.refusals))]
    say(out, ", ".join(parts) + ".")
    shown = reading.refusals if is_all else reading.refusals[:REFUSALS]
    for refusal in shown:
        value = f"{words('common.colon')}{spans.cut(spans.clean(refusal.value), words)}" if refusal.value else ""
        say(out, f"{facts.place(refusal.place, words)}{value}", indent=2)
        reason, step = readings.refusal(refusal, words)
        say(out, f"{reason} {words('terminal.next', text=step)}", "dim", 4)
    if len(shown) < len(reading.refusals):
        say(out, words("terminal.more_refusals", n=words.number(len(reading.refusals) - len(shown))), "dim", 2)
    if reading.ignored:
        say(out, words("unread.ignored", parts=words("common.semicolon").join(readings.ignored(reading, words))), "dim")


def _called(result: TendererResult, words: Words) -> str:
    one = result.tenderer.organisation
    told = spans.text_of(facts.name(one.name, words, one.country))
    return f"{told}, {words.count('summary.consortium', len(result.tenderer.members))}" if result.tenderer.is_consortium else told


def _table(out: Console, rows: list[TendererResult], words: Words, has_lots: bool) -> None:
    width = out.width - 18 - 24 - (LOT + 1 if has_lots else 0) - 3
    cells = []
    for result in rows:
        standing = words(f"standing.{result.standing.value}")
        low = (
            f"{words('common.semicolon')}{words('summary.price').lower()} {words('summary.price_low')}"
            if any(one.is_low for one in result.prices)
            else ""
        )
        lots = ", ".join(spans.clean(lot) for lot in result.tenderer.lot_ids) or "–"
        cells.append(
            [
                printable(cut(_called(result, words), 2 * width)),
                cut(words.country(result.tenderer.organisation.country), 18),
                *([printable(cut(lots, LOT))] if has_lots else []),
                Text(standing + low, STYLES.get(result.standing.value, "")),
            ]
        )
    titles = {words("summary.tenderer"): width, words("summary.country"): 18}
    widths = titles | ({words("summary.lot_column"): LOT} if has_lots else {}) | {words("summary.standing"): 24}
    out.print(plain_table([(title, "left") for title in widths], cells, widths))


def _title(fact: Fact, profile: str, words: Words) -> str:
    if fact.entry:
        return words.code("list", fact.entry.list_id)
    return legal.ground(legal.profile(profile), fact.declaration.matter, words) if fact.declaration else ""


def _fact(out: Console, fact: Fact, result: TendererResult, profile: str, words: Words) -> None:
    style = {"found": "red" if facts.is_ground(fact) else "", "declared": "red", "to_confirm": "yellow"}.get(fact.state.value, "dim")
    say(
        out,
        f"{_called(result, words)}{words('common.colon')}{_title(fact, profile, words)} ({words(f'fact_one.{fact.state.value}')})",
        style,
        2,
    )
    role = str(getattr(fact.role, "value", fact.role))
    if fact.match:
        ours, theirs = spans.text_of(facts.name(fact.match.our_name, words)), spans.text_of(facts.name(fact.match.listed_name, words))
        say(out, f"{words('terminal.ours')}{words('common.colon')}{ours} ({words.get(f'role.{role}', role)})", indent=4)
        say(out, f"{words('terminal.theirs')}{words('common.colon')}{theirs}", indent=4)
    told = []
    if fact.entry:
        told = [
            words.code("list_kind", fact.entry.kind),
            words.code("listing_subject", fact.entry.subject),
            *([spans.clean(fact.entry.programme)] if fact.entry.programme else []),
            facts.status(fact.entry, words),
        ]
    if fact.match:
        told.append(facts.confidence(fact.match, words))
    if fact.connection and connections.tells(fact.connection):
        told.append(connections.line(fact.connection, words))
    if fact.declaration and fact.declaration.text:
        told.append(spans.cut(spans.clean(fact.declaration.text), words))
    law = legal.profile(profile)
    say(out, words("common.semicolon").join(told), "dim", 4)
    touched = [f"{legal.ground(law, one.ground_id, words)} ({legal.cited(one.article, words)})" for one in fact.grounds]
    if touched:
        title = words("ground.title" if facts.is_ground(fact) else "ground.said")
        say(out, f"{title}{words('common.colon')}{words('common.semicolon').join(touched)}", "dim", 4)


def _briefly(out: Console, result: ProcessResult, screening: Screening, words: Words) -> None:
    """One line for a procedure without anything to read."""
    standing = Counter(row.standing for row in result.tenderers)
    told = [
        words("summary.count", standing=words(f"standing.{one.value}"), n=words.number(standing[one])) for one in Standing if standing[one]
    ]
    line = words("common.semicolon").join(told) or words("summary.no_tenderer")
    say(out, f"{_titled(result, screening, words, TITLE)}. {line}")


def _titled(result: ProcessResult, screening: Screening, words: Words, width: int) -> str:
    """Number and title of a procedure; once where they are the same."""
    title = cut(title_of(screening, result, words), width)
    return f"{result.process.process_id}{words('common.colon')}{title}" if has_own_title(screening, result, words) else title


def _process(out: Console, result: ProcessResult, screening: Screening, words: Words, is_all: bool) -> None:
    out.print()
    say(out, _titled(result, screening, words, 200), "bold")
    ordered = result.tenderers
    if not ordered:
        say(out, words("summary.no_tenderer"))
        return
    standing = Counter(row.standing for row in ordered)
    lines = [
        words("summary.count", standing=words(f"standing.{one.value}"), n=words.number(standing[one])) for one in Standing if standing[one]
    ]
    say(out, f"{words('common.semicolon').join(lines)}. {words('notice.order')}")
    if missing := needed(result, words):
        say(out, missing, "yellow")
    shown = ordered if is_all else _first(ordered, TENDERERS, lambda row: not is_detailed(row), is_detailed)
    _table(out, shown, words, has_lots=len(result.process.lots) > 1)
    if len(shown) < len(ordered):
        say(out, words("terminal.more_tenderers", n=words.number(len(ordered) - len(shown))), "dim")
    found = [(fact, row) for row in ordered for fact in row.facts if fact.state != FactState.DISMISSED]
    if found:
        say(out, words("terminal.facts_title"), "bold")
    for fact, row in found if is_all else _first(found, FACTS, lambda one: facts.STATES.index(one[0].state)):
        _fact(out, fact, row, screening.profile, words)
    if not is_all and len(found) > FACTS:
        say(out, words("terminal.more_facts", n=words.number(len(found) - FACTS)), "dim", 2)
    if dismissed := sum(fact.state == FactState.DISMISSED for row in ordered for fact in row.facts):
        say(out, words.count("fact.dismissed_count", dismissed), "dim")
    _connections(out, ordered, words, is_all)
    _questions(out, result, screening.profile, words, is_all)


def _first(found: list[T], number: int, rank: Callable[[T], int], is_kept: Callable[[T], bool] = lambda _: False) -> list[T]:
    """The first `number` by `rank`, and all that `is_kept`, in the order in which they came."""
    kept = set(sorted(range(len(found)), key=lambda at: rank(found[at]))[:number])
    return [one for at, one in enumerate(found) if at in kept or is_kept(one)]


def _connections(out: Console, ordered: list[TendererResult], words: Words, is_all: bool) -> None:
    """Who is connected to whom, one line a connection; the links stand in the sheet."""
    found = [(one, row) for row in ordered for one in row.connections]
    if found:
        say(out, words("connection.title"), "bold")
    for one, row in found if is_all else found[:CONNECTIONS]:
        say(out, f"{_called(row, words)}{words('common.colon')}{spans.text_of(connections.head(one, words))}", "dim", 2)
    if not is_all and len(found) > CONNECTIONS:
        say(out, words("terminal.more_connections", n=words.number(len(found) - CONNECTIONS)), "dim", 2)


def _questions(out: Console, result: ProcessResult, profile: str, words: Words, is_all: bool) -> None:
    law, ordered = legal.profile(profile), result.tenderers
    to_all = questions_to_all(result, law, words)
    if to_all:
        say(out, words("part.questions"), "bold")
    for one in to_all:
        say(out, one["text"], indent=2)
    asked: dict[str, list[str]] = {}
    for row in ordered:
        for one in row.questions:
            told = facts.question(one, row, law, words)
            names = asked.setdefault(told["text"], [])
            called = cut(spans.spoken(row.tenderer.organisation.name, words), 40)
            names += [called] if called not in names else []
    if asked:
        say(out, words("terminal.questions_title"), "bold")
    for text, names in list(asked.items()) if is_all else list(asked.items())[:QUESTIONS]:
        short = ", ".join(names[:2]) + (f" {words('common.more', n=words.number(len(names) - 2))}" if len(names) > 2 else "")
        whom = words("asking.everybody") if len(names) == len(ordered) > 1 else words("asking.some", names=short)
        say(out, f"{text} ({whom})" if len(ordered) > 1 else text, indent=2)
    if not is_all and len(asked) > QUESTIONS:
        say(out, words("terminal.more_questions", n=words.number(len(asked) - QUESTIONS)), "dim", 2)


def _lists(out: Console, screening: Screening, words: Words) -> None:
    out.print()
    say(out, words("terminal.lists_title"), "bold")
    if not screening.lists:
        say(out, words("searched.no_lists"))
        return
    found = hits([row for result in screening.results for row in result.tenderers])
    for state in SearchState:
        of_state = [one for one in screening.lists if one.state == state]
        if not of_state:
            continue
        if state == SearchState.NOT_SEARCHED:
            _unsearched(out, of_state, words)
            continue
        say(
            out,
            f"{words(f'searched.state.{state.value}')} ({words.number(len(of_state))})",
            "yellow" if state != SearchState.SEARCHED else "",
            2,
        )
        for one in of_state:
            told = [
                list_result(one, found.get(one.list_id), words),
                words.count("terminal.entries", one.entries),
                *list_version(one, words)[:1],
            ]
            say(out, f"{words.code('list', one.list_id)}{words('common.colon')}{words('common.semicolon').join(told)}", "dim", 4)


def _unsearched(out: Console, lists: list[SearchedList], words: Words) -> None:
    """Lists that were not searched, by the reason."""
    say(out, words.count("terminal.none_said", len(lists)), "yellow", 2)
    for found in of_reason(lists, words):
        say(out, f"{found['why']}{words('common.colon')}{words('common.semicolon').join(found['names'])}", "dim", 4)
    say(out, words("terminal.load"), "dim", 2)


def show(out: Console, screening: Screening, results: list[ProcessResult], words: Words, is_all: bool = False) -> None:
    """Prints the screening; `results`: the procedures asked for. Shortened unless `is_all`."""
    _reading(out, screening, words, is_all)
    ranked = sorted(results, key=reading_order)
    shown = ranked if is_all else ranked[:PROCESSES]
    full = shown if is_all or len(shown) <= FULL else [result for result in shown if any(is_detailed(row) for row in result.tenderers)]
    for result in full:
        _process(out, labelled(result, words), screening, words, is_all)
    brief = [result for result in shown if result not in full]
    if brief:
        out.print()
    for result in brief:
        _briefly(out, result, screening, words)
    if len(shown) < len(ranked):
        out.print()
        say(out, words("terminal.more_processes", n=words.number(len(ranked) - len(shown))), "dim")
    _lists(out, screening, words)


def reading_order(result: ProcessResult) -> tuple[Any, ...]:
    """Procedures with most to read first; else as the file has them."""
    is_low = any(check.is_low for row in result.tenderers for check in row.prices)
    best = min((weight(row) for row in result.tenderers), default=(len(Standing), 0, 0))
    return (best[0] if best[0] <= LAST_TO_READ or not is_low else LAST_TO_READ, *best[1:], -sum(map(is_detailed, result.tenderers)))
