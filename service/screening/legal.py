"""What a profile and the keys of a screening say, in words: grounds, articles, checks, questions, notes, context.

Belongs here: from a key to its text. Does not belong here: which key stands where (facts, sheet), what a key means in law (risk/screening).
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from typing import Any

from data import model
from data.screening import GroundReading
from risk.screening import profiles
from service.screening import spans
from service.screening.wording import Words, texts

COUNTRIES = ("country", "countries", "origin", "origins", "buyer_country")
SHARES = ("probability", "below_mean", "below_estimate")
VOCABULARIES = {"status": "listing_status", "kind": "list_kind", "subject": "listing_subject"}


def profile(key: str) -> profiles.Profile | None:
    """The profile `key`; None if it is no longer there, so that an old screening can still be shown."""
    try:
        return profiles.load(key)
    except model.ModelError:
        return None


def marked(text: str, certainty: str | None, words: Words) -> str:
    """`text`, and a mark where it was not checked against the text in force."""
    if certainty in (None, "confirmed"):
        return text
    return words("certainty.mark", text=text, certainty=words.code("certainty", certainty))


def authority(key: str, words: Words) -> str:
    """The title of an instrument, marked where it is not confirmed."""
    found = model.authorities().get(key)
    return marked(words.set(found.title[words.language]), found.certainty, words) if found else key


def ground(law: profiles.Profile | None, ground_id: str, words: Words) -> str:
    """The title of a ground, or of the matter that a declaration names; the key where the profile has none."""
    found = law.of_matter(ground_id) if law else None
    if found:
        return words.set(found.title.label(words.language))
    measure = law.self_cleaning.measures.get(ground_id) if law else None
    return words.set(measure.label(words.language)) if measure else spans.clean(ground_id.replace("_", " "))


def cited(text: str, words: Words) -> str:
    """An article as the language writes it."""
    return words.get(f"article.{text}", text)


def article(law: profiles.Profile | None, reading: GroundReading, words: Words) -> str:
    """Article and instrument, with the less certain mark of the two."""
    found = law.of_matter(reading.ground_id) if law else None
    instrument = model.authorities().get(reading.authority)
    title = words.set(instrument.title[words.language]) if instrument else reading.authority
    held = [reading.certainty or (found.certainty if found else None), instrument.certainty if instrument else None]
    doubts = [certainty for certainty in held if certainty not in (None, "confirmed")]
    return marked(f"{cited(reading.article, words)}, {title}", doubts[0] if doubts else None, words)


def counts_from(law: profiles.Profile | None, ground_id: str, words: Words) -> str:
    """From which event the look-back counts, or nothing."""
    found = law.of_matter(ground_id) if law else None
    if found is None or found.look_back is None:
        return ""
    return words(
        "ground.counts_from",
        event=words.set(found.look_back.counts_from.label(words.language)),
        article=cited(found.look_back.article, words),
    )


def decided_by(law: profiles.Profile | None, ground_id: str, words: Words) -> str:
    """Who can say that the ground is met, or nothing."""
    found = law.of_matter(ground_id) if law else None
    return words("ground.decided_by", who=words.set(found.decided_by.label(words.language))) if found else ""


def written(value: Any, words: Words, is_country: bool = False) -> str:
    """A value of a question, a note or the context, as the language writes it."""
    if isinstance(value, bool):
        return words(f"answer.{'yes' if value else 'no'}")
    if isinstance(value, int | float):
        return words.number(value, 0 if float(value).is_integer() else 1)
    if isinstance(value, dt.date):
        return words.date(value)
    if isinstance(value, list | tuple):
        return words.listed([written(item, words, is_country) for item in value])
    if value is None or value == "":
        return words("common.unknown")
    return words.country(str(value)) if is_country else spans.cut(spans.clean(str(value)), words)


def _labels(prefix: str, codes: list[str], words: Words) -> str:
    """Codes by their texts, else by the vocabulary of sectors, else as they are, in one line."""
    return words.listed([words.get(f"{prefix}.{code}", words.code("sector", code)) for code in codes])


def _spoken(key: str, value: Any, words: Words) -> str:
    if key in ("sector", "sectors", "lacking", "explain") and value:
        return _labels(key.removesuffix("s"), value if isinstance(value, list | tuple) else [value], words)
    if key == "reasons":
        return words.listed([words.code("unknown_owner", code) for code in value or []])
    if key == "list_id" and value:
        return words.code("goods_list" if value in model.vocabulary("goods_list").codes else "list", value)
    if key == "lot_id":
        return words("asking.lot", id=spans.clean(value)) if value else words("asking.whole")
    if key in SHARES and value is not None:
        return words.percent(value)
    return words.code(VOCABULARIES[key], value) if value and key in VOCABULARIES else written(value, words, key in COUNTRIES)


def _values(values: dict[str, Any], law: profiles.Profile | None, words: Words) -> dict[str, str]:
    """The values of a text, codes by their labels. One that was not given reads as not known, for no sheet may fail over it."""
    found = defaultdict[str, str](lambda: words("common.unknown"))
    found |= {key: _spoken(key, value, words) for key, value in values.items()}
    heads = [words(f"head.{head}") for head, key in (("FL", "is_forced_labour"), ("CL", "is_child_labour")) if values.get(key)]
    found["heads"] = words.listed(heads) if heads else words("common.unknown")
    if values.get("listed_name"):
        found["fact"] = words("asking.entry", name=found["listed_name"], list=found["list_id"])
    elif values.get("matter"):
        found["fact"] = words("asking.declared", matter=ground(law, values["matter"], words))
    found["lacking"] = found["lacking"] if values.get("lacking") else words("asking.lacking_nothing")
    found["what"] = words.listed([part for key in ("sectors", "goods") if values.get(key) for part in [found[key]]])
    return found


def text(kind: str, code: str, values: dict[str, Any], law: profiles.Profile | None, words: Words) -> str:
    """The text `<kind>.<code>` with its values; the code itself where a newer screening has one that is not known here."""
    return words.get(f"{kind}.{code}", code.replace("_", " ")).format_map(_values(values, law, words))


def need(law: profiles.Profile | None, code: str, words: Words) -> str:
    """What must be checked, in the words of the profile where it has its own."""
    return words.get(f"need_of.{law.key}.{code}" if law else "", text("need", code, {}, law, words))


def of_look_back(law: profiles.Profile | None, name: str) -> str:
    """The key of a text of the look-back: of the profile where it has its own, else that of all."""
    own = f"ground.of_profile.{law.key}.{name}" if law else ""
    return own if own in texts() else f"ground.{name}"


def told(key: str, words: Words) -> dict[str, Any]:
    """What a profile says of itself: self-cleaning, proportionality, connected persons, low offers, limits, each with its article."""
    law = profile(key)
    if law is None:
        return {"rows": [], "lost": words("law.lost", profile=key)}

    def said(label: str, article_of: str, certainty: str) -> str:
        return words("law.with_article", text=words.set(label), article=marked(cited(article_of, words), certainty, words))

    language = words.language
    rows = [[words("law.version"), law.version]]
    rows.append(
        [words("law.self_cleaning"), said(law.self_cleaning.text.label(language), law.self_cleaning.article, law.self_cleaning.certainty)]
    )
    rule = law.proportionality
    rows.append([words("law.proportionality"), said(rule.text.label(language), rule.article, rule.certainty)])
    for kind, reach in law.connected.items():
        title = f"{words('law.connected')} ({words(f'role.{kind}')})"
        rows += [[title, said(one.text.label(language), one.article, one.certainty)] for one in (reach, *reach.also)]
    rows.append([words("law.prices"), said(law.prices.text.label(language), law.prices.article, law.prices.certainty)])
    rows.append([words("law.limits"), words.set(law.limits.label(language))])
    return {"rows": [[label, [spans.plain(value)]] for label, value in rows], "lost": ""}
