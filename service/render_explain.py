"""How an explanation looks: who, how likely, how grave, the waterfall, the evidence, what lies upstream, what to ask and do."""

from __future__ import annotations

from typing import Any

from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from risk import methodology
from service.render import STYLES, band_words, cut
from service.warehouse import Row
from service.words import Words

BAR = 22
SHOWN_EVIDENCE = 12


def _group(name: str | None, words: Words) -> str:
    group = methodology.load().groups.get(name or "")
    return (group.fr if words.language == "fr" else group.en) if group else (name or "")


def label(row: Row, words: Words) -> str:
    """What a reason is called."""
    title = words.of(row, "title") or str(row["code"])
    if row["kind"] == "context":
        term = words(f"term.{row['code']}")
        return words("waterfall.unknown_term", term=term) if row["state"] == "unknown" else term
    if row["kind"] == "floor":
        return words.get(f"floor.{row['code']}", str(row["code"]))
    if row["kind"] == "absence":
        return words("waterfall.absence", group=_group(row["group"] or row["code"], words))
    if row["kind"] == "opacity":
        return words.count("waterfall.opacity", int(row["detail"] or 0))
    if row["kind"] in ("mitigation", "good_faith"):
        return words(f"waterfall.{row['kind']}", title=title)
    return words(f"waterfall.{row['kind']}") if row["kind"] in ("intercept", "cap") else title


def bar(start: float, end: float, low: float, high: float, width: int = BAR) -> str:
    """The stretch from `start` to `end` on a scale from `low` to `high`: full blocks raise, light blocks lower."""
    scale = width / max(high - low, 1e-9)
    left, right = sorted((round((start - low) * scale), round((end - low) * scale)))
    left = min(left, width - 1)
    right = max(right, left + 1)
    return (" " * left + ("█" if end >= start else "░") * (right - left)).ljust(width)


def _about(row: Row, numbers: list[int], words: Words) -> str:
    """Date, kind of source, reliability, state and evidence of a reason."""
    parts = []
    if row["kind"] in ("sign", "good_faith", "mitigation"):
        parts.append(words.date(row["observed_on"]))
        parts.append(words.code("source_type", row["source_type"]))
        if row["reliability"] is not None and row["kind"] != "mitigation":
            parts.append(words("waterfall.reliability", r=words.number(row["reliability"], 2)))
        parts.append(words.get(f"state.{row['state']}", "") if row["kind"] != "mitigation" else "")
        if row["remedy_state"] and row["remedy_state"] != "open":
            parts.append(words("waterfall.remedy", state=words.code("remedy_state", row["remedy_state"])))
        if row["kind"] == "sign" and abs(row["logits"]) < 5e-4:
            parts.append(words("waterfall.no_weight"))
    if numbers:
        more = "…" if len(numbers) > 4 else ""
        parts.append("[" + ", ".join(str(number) for number in numbers[:4]) + more + "]")
    return ", ".join(part for part in parts if part)


def waterfall(found: dict[str, Any], words: Words, width: int) -> Text:
    """The reasons as aligned bars with what each adds, the running total, and the likelihood it means."""
    reasons = found["reasons"]
    by_code: dict[str, list[int]] = {}
    for row in found["evidence"]:
        for code in row["codes"]:
            by_code.setdefault(code, []).append(row["number"])
    ends = [row["running"] for row in reasons] or [0.0]
    low, high = min(ends) - 0.4, max(*ends, 0.0)
    name_width = width - BAR - 24
    text = Text()
    text.append(f"{'':{name_width}} {'':{BAR}} {words('waterfall.adds'):>6} {words('waterfall.running'):>7} {'%':>6}\n", "dim")
    before = low
    for row in reasons:
        drawn = bar(before, row["running"], low, high) if row["kind"] != "intercept" else bar(low, row["running"], low, high)
        before = row["running"]
        odds = words.number(100 * row["likelihood"], 1)
        style = "" if row["kind"] == "intercept" else "red" if row["logits"] > 0 else "green"
        text.append(f"{cut(label(row, words), name_width):{name_width}} ")
        text.append(drawn, style)
        text.append(f" {words.number(row['logits'], 2, row['kind'] != 'intercept'):>6} {words.number(row['running'], 2):>7} {odds:>6}\n")
        about = _about(row, by_code.get(row["code"], []) if row["kind"] not in ("intercept", "cap", "opacity", "floor") else [], words)
        if about:
            text.append(f"  {about}\n", "dim")
    final = found["score"]["likelihood"]
    text.append(
        f"{words('waterfall.total'):{name_width}} {'':{BAR}} {'':6} {words.number(found['logit'], 2):>7} {words.number(100 * final, 1):>6}",
        "bold",
    )
    return text


def _heading(out: Console, text: str) -> None:
    out.print()
    out.print(Text(text, "bold"))


def _line(out: Console, name: str, text: str, style: str = "") -> None:
    body = Text(text, style)
    lines = body.wrap(out, out.width - 16)
    for place, line in enumerate(lines):
        out.print(Text.assemble((f"{name if place == 0 else '':<15} ", "dim"), line))


def _item(out: Console, text: str | Text, style: str = "") -> None:
    out.print(Padding(Text(text, style) if isinstance(text, str) else text, (0, 0, 0, 2)))


def _header(out: Console, found: dict[str, Any], words: Words) -> None:
    party, score, run = found["party"], found["score"], found["run"]
    out.print(Text.assemble((party["name"], "bold"), f"  {party['party_id']}"))
    place = ", ".join(part for part in (party["place"], party["subdivision_name"], words.of(party, "country") or party["country"]) if part)
    facts = [words.code("party_kind", party["party_kind"]), words.code("sector", party["sector"]), place]
    if party["worker_count"] is not None:
        facts.append(words.count("explain.workers", party["worker_count"]))
    tiers = [
        words(
            f"explain.tier.{'one' if len(row['levels'] or []) < 2 else 'many'}",
            levels=words.listed([str(level) for level in row["levels"] or [row["tier"]]]),
            buyer=row["buyer"] or row["buyer_id"],
        )
        for row in found["tiers"]
    ]
    facts.append(words("explain.not_own_chain") if party["is_own_chain"] is False else "; ".join(tiers) or words("explain.no_tier"))
    out.print(Text(" · ".join(fact for fact in facts if fact), "dim"))
    run_text = words("explain.run", as_of=words.date(run["as_of"])) + (f" ({words('explain.replay')})" if run["is_replay"] else "")
    out.print(Text(f"{run_text} · {run['run_id']}", "dim"))
    out.print()
    band = words(
        "explain.band_line",
        band=band_words(score["band"], score["band_label"], words),
        head=words(f"head.{score['head']}"),
        index=words.number(score["index_p80"]),
    )
    if score["raw_band"] != score["band"]:
        band += f" ({words('explain.held', band=words('band.' + score['raw_band']))})"
    _line(out, words("explain.as_it_stands"), band, STYLES.get(score["band"], ""))
    for match in found["matches"][:3]:
        said = words(
            "explain.match",
            name=match["listed_name"],
            list=words.code("list", match["list_id"]),
            basis=words.code("match_basis", match["match_basis"]),
            confidence=words.number(match["match_confidence"], 2),
        )
        if score["if_confirmed_band"]:
            said = words(
                "explain.if_confirmed_text",
                band=words(f"band.{score['if_confirmed_band']}"),
                index=words.number(score["if_confirmed_index_p80"]),
                match=said,
            )
        _line(out, words("explain.if_confirmed"), said)


def _figures(out: Console, found: dict[str, Any], words: Words) -> None:
    score, other = found["score"], found["other_head"]
    _line(
        out,
        words("explain.likelihood"),
        words(
            "explain.likelihood_text",
            p=words.percent(score["likelihood"]),
            low=words.percent(score["p10"]),
            high=words.percent(score["p90"]),
            p80=words.percent(score["p80"]),
        ),
    )
    setter = found["severity_by"]
    why = words("explain.severity_context")
    if setter:
        key = "explain.severity_sign" if setter["severity"] >= score["severity"] else "explain.severity_wide"
        why = words(key, title=words.of(setter, "title") or setter["code"])
    _line(
        out,
        words("explain.severity"),
        words("explain.severity_text", s=score["severity"], meaning=words(f"severity.{score['severity']}"), why=why),
    )
    newest = words("explain.newest", date=words.date(score["newest_on"])) if score["newest_on"] else words("explain.no_newest")
    _line(
        out,
        words("explain.coverage"),
        words("explain.coverage_text", share=words.percent(score["coverage"], 0), grade=score["grade"], newest=newest),
    )
    if other["band"]:
        _line(
            out,
            words("explain.other_head"),
            words(
                "explain.other_text",
                head=words(f"head.{other['head']}"),
                band=words(f"band.{other['band']}"),
                index=words.number(other["index_p80"]),
                p=words.percent(other["likelihood"]),
                s=other["severity"],
                coverage=words.percent(other["coverage"], 0),
            ),
        )
    if found["hold"]:
        _line(out, words("explain.hold"), found["hold"]["text"], "bold")


def _evidence(out: Console, found: dict[str, Any], words: Words) -> None:
    _heading(out, words("explain.evidence"))
    rows = found["evidence"]
    for row in rows[:SHOWN_EVIDENCE]:
        where = f"{row['file'] or words('common.unknown')}, {words('explain.evidence_line', line=row['line'])}"
        date = words.date(row["observed_on"]) if row["observed_on"] else words("explain.received", date=words.date(row["received_on"]))
        who = " · ".join(part for part in dict.fromkeys((row["publisher"], row["source"])) if part)
        _item(out, f"[{row['number']}] {who} · {where} · {date}")
    if not rows:
        _item(out, words("explain.no_evidence"), "dim")
    if len(rows) > SHOWN_EVIDENCE:
        _item(out, words("explain.evidence_more", n=len(rows) - SHOWN_EVIDENCE, party=found["party"]["party_id"]), "dim")


def _upstream(out: Console, found: dict[str, Any], words: Words) -> None:
    up, path = found["upstream"], found["worst_path"]
    _heading(out, words("explain.upstream"))
    if not path and not (up["presence_upstream"] or up["unmapped_share"]):
        _item(out, words("explain.no_upstream"), "dim")
        return
    if up["share_exposed"] is not None:
        _item(
            out,
            words(
                "explain.upstream_text",
                share=words.percent(up["share_exposed"]),
                presence=words.percent(up["presence"]),
                upstream=words.percent(up["presence_upstream"]),
            ),
        )
    if (up["unmapped_share"] or 0) >= 0.005:
        _item(out, words("explain.unmapped", share=words.percent(up["unmapped_share"])))
    if path:
        _item(out, words("explain.path_title") + words("common.colon") + path["sentence"])
        if path["source_likelihood"] is not None and path["value"] is not None:
            _item(
                out, words("explain.path_value", source=words.percent(path["source_likelihood"]), value=words.percent(path["value"])), "dim"
            )


def _owners(out: Console, found: dict[str, Any], words: Words) -> None:
    if not found["owners"]:
        return
    _heading(out, words("explain.group"))
    for row in found["owners"]:
        share = f" ({words.percent(row['share'], 0)})" if row["share"] is not None else ""
        if row["interest"] in ("shared_director", "control") and not share:
            share = f" ({words.code('interest', row['interest'])})"
        text = words(f"explain.{row['side']}", name=row["name"], share=share, band=band_words(row["band"], row["band_label"], words))
        _item(out, words("explain.owner_ended", text=text, date=words.date(row["valid_to"])) if row["valid_to"] else text)
    if found["p_group"] is not None and found["p_group"] > found["score"]["likelihood"] + 0.005:
        _item(out, words("explain.p_group", p=words.percent(found["p_group"])))


def _work(out: Console, found: dict[str, Any], words: Words) -> None:
    _heading(out, words("explain.unknowns"))
    for place, row in enumerate(found["unknowns"], 1):
        value = words("explain.unknown_value", up=words.number(row["index_if_sign"]), down=words.number(row["index_if_clear"]))
        _item(out, Text.assemble(f"{place}. {row['ask']} ", (f"({value})", "dim")))
    if not found["unknowns"]:
        _item(out, words("explain.no_unknowns"), "dim")
    _heading(out, words("explain.actions"))
    for place, row in enumerate(found["actions"], 1):
        if row["is_last_resort"]:
            _item(out, words("explain.last_resort") + words("common.colon") + row["text"], "dim")
            continue
        key = "explain.action_today" if row["due_on"] == found["run"]["as_of"] else "explain.action_due"
        due = words(key, owner=row["owner"], date=words.date(row["due_on"]))
        _item(out, Text.assemble(f"{place}. {row['text']} ", (f"({due})", "dim")))
    out.print()
    out.print(Text(found["note"], "italic"))


def explanation(out: Console, found: dict[str, Any], words: Words) -> None:
    """Prints the whole explanation."""
    _header(out, found, words)
    _figures(out, found, words)
    _heading(out, words("explain.why"))
    out.print(waterfall(found, words, out.width))
    _evidence(out, found, words)
    _upstream(out, found, words)
    _owners(out, found, words)
    _work(out, found, words)
