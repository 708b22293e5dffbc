"""How an explanation looks: who, how likely, how grave, the waterfall, the evidence, what lies upstream, what to ask and do."""

from __future__ import annotations

import textwrap
from typing import Any

from rich.console import Console
from rich.text import Text

from service.render import STYLES, band_words, cut, paragraph
from service.render_waterfall import waterfall
from service.words import Words

SHOWN_EVIDENCE = 18
LONGEST_NAME = 200


def _heading(out: Console, text: str) -> None:
    out.print()
    out.print(Text(text, "bold"))


def _wrapped(out: Console, first: str, body: str, tail: str = "", style: str = "", label: str = "") -> None:
    """`body` and a dim `tail`, wrapped under one another after `first`; a hard blank never breaks. `label` styles what stands first."""
    text = f"{body} {tail}" if tail else body
    lines = textwrap.wrap(text, out.width - len(first), break_on_hyphens=False) or [""]
    used = 0
    for place, line in enumerate(lines):
        shown = Text(line, style)
        if tail and used + len(line) > len(body):
            shown.stylize("dim", max(len(body) - used, 0))
        used += len(line) + 1
        out.print(Text.assemble((first if place == 0 else " " * len(first), label), shown), soft_wrap=True)


def _line(out: Console, name: str, text: str, style: str = "") -> None:
    _wrapped(out, f"{name:<15} ", text, style=style, label="dim")


def _item(out: Console, text: str, tail: str = "", style: str = "", first: str = "  ") -> None:
    _wrapped(out, first, text, tail, style)


def _header(out: Console, found: dict[str, Any], words: Words) -> None:
    party, score, run = found["party"], found["score"], found["run"]
    out.print(Text.assemble((cut(party["name"], LONGEST_NAME), "bold"), f"  {party['party_id']}"))
    place = ", ".join(part for part in (party["place"], party["subdivision_name"], words.of(party, "country") or party["country"]) if part)
    facts = [words.code("party_kind", party["party_kind"]), words.code("sector", party["sector"]), place]
    if party["worker_count"] is not None:
        facts.append(words.count("explain.workers", party["worker_count"]))
    buyers: dict[tuple[int, ...], list[str]] = {}
    for row in found["tiers"]:
        buyers.setdefault(tuple(row["levels"] or [row["tier"]]), []).append(row["buyer"] or row["buyer_id"])
    tiers = [
        words(
            f"explain.tier.{'one' if len(levels) == 1 else 'many'}",
            levels=words.listed([str(level) for level in levels]),
            buyer=words.listed(names),
        )
        for levels, names in buyers.items()
    ]
    seen = words("common.semicolon").join(tiers) or words("explain.no_tier")
    facts.append(words("explain.not_own_chain") if party["is_own_chain"] is False else seen)
    paragraph(out, " · ".join(fact for fact in facts if fact), "dim")
    run_text = words("explain.run", as_of=words.date(run["as_of"])) + (f" ({words('explain.replay')})" if run["is_replay"] else "")
    out.print(Text(f"{run_text} · {run['run_id']}", "dim"))
    out.print()
    band = words(
        "explain.band_line",
        band=band_words(score["band"], score["band_label"], words),
        head=words(f"head.{score['head']}"),
        index=words.index(score["index_p80"]),
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
                index=words.index(score["if_confirmed_index_p80"]),
                match=said,
            )
        _line(out, words("explain.if_confirmed"), said)


def _figures(out: Console, found: dict[str, Any], words: Words) -> None:
    score, other = found["score"], found["other_head"]
    low, high = words.percent(score["p10"]), words.percent(score["p90"])
    key = "explain.likelihood_narrow" if low == high else "explain.likelihood_text"
    text = words(key, p=words.percent(score["likelihood"]), low=low, high=high, p80=words.percent(score["p80"]))
    _line(out, words("explain.likelihood"), text)
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
                index=words.index(other["index_p80"]),
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
        date = words.date(row["observed_on"])
        if not row["observed_on"]:
            date = words("explain.received", date=words.date(row["received_on"] or row["vintage"]))
            date = date if row["received_on"] else words("explain.edition", date=words.date(row["vintage"]))
        names = (words("explain.your_upload"),) if row["source"] == "upload" else (row["publisher"], row["source"])
        who = " · ".join(part for part in dict.fromkeys(names) if part)
        _item(out, f"{who} · {where} · {date}", first=f"{'[' + str(row['number']) + ']':>5} ")
    if not rows:
        _item(out, words("explain.no_evidence"), style="dim")
    if len(rows) > SHOWN_EVIDENCE:
        _item(out, words("explain.evidence_more", n=len(rows) - SHOWN_EVIDENCE, party=found["party"]["party_id"]), style="dim")


def _upstream(out: Console, found: dict[str, Any], words: Words) -> None:
    up, path = found["upstream"], found["worst_path"]
    _heading(out, words("explain.upstream"))
    if not path and not (up["presence_upstream"] or up["unmapped_share"]):
        _item(out, words("explain.no_upstream"), style="dim")
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
                out,
                words("explain.path_value", source=words.percent(path["source_likelihood"]), value=words.percent(path["value"])),
                style="dim",
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


def _due(action: dict[str, Any], found: dict[str, Any], words: Words) -> str:
    """Who acts, and by when."""
    key = "explain.action_today" if action["due_on"] == found["run"]["as_of"] else "explain.action_due"
    return words(key, owner=action["owner"], date=words.date(action["due_on"]))


def _work(out: Console, found: dict[str, Any], words: Words) -> None:
    _heading(out, words("explain.unknowns", now=words.index(found["score"]["index"])))
    for place, row in enumerate(found["unknowns"], 1):
        value = words("explain.unknown_value", up=words.index(row["index_if_sign"]), down=words.index(row["index_if_clear"]))
        _item(out, row["ask"], f"({value})", first=f"{place:>3}. ")
    if not found["unknowns"]:
        _item(out, words("explain.no_unknowns"), style="dim")
    days = {row["due_on"] for row in found["actions"] if not row["is_last_resort"]}
    common = _due(found["actions"][0], found, words) if len(days) == 1 else ""
    _heading(out, words("explain.actions") + (f" ({common})" if common else ""))
    for place, row in enumerate(found["actions"], 1):
        if row["is_last_resort"]:
            _item(out, words("explain.last_resort") + words("common.colon") + row["text"], style="dim", first="     ")
        else:
            _item(out, row["text"], "" if common else f"({_due(row, found, words)})", first=f"{place:>3}. ")
    out.print()
    _item(out, found["note"], style="italic", first="")


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
