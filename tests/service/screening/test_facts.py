"""What a sheet says of facts: status, look-back, what is no ground, natural persons, and what is not to be sent to anybody."""

# ruff: noqa: E501

import datetime as dt
import io
import re

import made_up_screening as made_up
import pytest
from rich.console import Console

from data import screening as sc
from service.screening import facts, legal, terminal
from service.screening.sheet import sheet
from service.screening.wording import Words

EN, FR = Words("en"), Words("fr")
LAW = legal.profile("eu_2014_24")
OLD = {"is_of_old_copy": True}
NAME = "Xinjiang Tianshan Cotton Textile Co., Ltd."
PERSON = made_up.organisation("9", "Maria Made-Up", "BRA", schema="person")


def changed(row, **changes):
    """A tenderer's result with another organisation or other fields."""
    one = changes.pop("organisation", None)
    found = {"tenderer": row.tenderer.model_copy(update={"organisation": one})} if one else {}
    return row.model_copy(update={**found, **changes})


def screened(*rows, **changes):
    """A screening of these tenderers; `changes` replace fields of its result."""
    made = made_up.screening()
    return made.model_copy(update={"results": [made.results[0].model_copy(update={"tenderers": list(rows), **changes})]})


def parts(made, words):
    return {part["key"]: part["is"] for part in sheet(made, made.results[0], words)["parts"]}


def printed(made, words):
    """What the terminal shows, all blanks alike."""
    out = Console(width=400, file=io.StringIO())
    terminal.show(out, made, made.results, words)
    return flat(out.file.getvalue())


def flat(text):
    return " ".join(text.split())


def reading(kind=sc.GroundKind.DISCRETIONARY, is_within=True, until=dt.date(2028, 2, 1), needs=()):
    return sc.GroundReading(
        ground_id="social_labour_obligations", kind=kind, article="art. 57(4)(a)", authority="eu_directive_2014_24",
        is_within_look_back=is_within, look_back_until=until, needs=list(needs),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "english", "french"),
    [
        (OLD, "in force in the copy of 28 June 2026, which is old: whether it still is, is not known", "en vigueur dans la copie du 28 juin 2026, ancienne\u00a0; on ignore si elle l’est encore"),
        (OLD | {"source": made_up.source("us_uflpa").model_copy(update={"received_on": None})}, "in force in a copy which is old", "en vigueur dans une copie ancienne"),
        ({"listed_on_basis": "observed"}, "first seen on 1 February 2023; date of listing not known", "vue pour la première fois le 1er février 2023\u00a0; date d’inscription inconnue"),
        ({"listed_on_basis": "stated"}, "listed 1 February 2023 (stated by the list)", "inscrite le 1er février 2023 (indiquée par la liste)"),
        ({"decided_on": dt.date(2022, 11, 3)}, "decided 3 November 2022", "décision du 3 novembre 2022"),
    ],
)  # fmt: skip
def test_the_status_of_an_entry_says_what_is_known_of_it(changes, english, french):
    entry = made_up.entry("us_uflpa", "import_prohibition", NAME, **changes)
    assert english in facts.status(entry, EN)
    assert french in facts.status(entry, FR)


def test_an_entry_that_ended_in_an_old_copy_has_ended():
    assert "in force in the copy" not in facts.status(made_up.entry("us_uflpa", "import_prohibition", NAME, is_in_force=False, **OLD), EN)


@pytest.mark.parametrize(
    ("one", "english"),
    [
        (reading(), "within, until 1 February 2028"),
        (reading(needs=["confirm_date_of_event"]), "within at most until 1 February 2028, counted from the list"),
        (reading(is_within=False, until=dt.date(2020, 1, 1)), "outside the maximum period since 1 January 2020, unless a final judgment set a longer one"),
        (reading(is_within=None, until=None), "a date is missing: ask"),
        (reading(is_within=None, until=None, needs=["earlier_regime"]), "an earlier regime may apply: see what to check"),
        (reading(until=None), "none: the ground counts no years"),
        (reading(kind=sc.GroundKind.NONE, until=None), "–"),
    ],
)  # fmt: skip
def test_the_look_back_as_the_directive_has_it(one, english):
    found = made_up.results()[0].facts[0].model_copy(update={"grounds": [one]})
    told = facts.fact(found, {}, LAW, EN)
    assert told["look_back_title"] == "Maximum period (art. 57(7))"
    assert told["grounds"][0]["look_back"] == english


def test_a_law_without_words_of_its_own_has_those_of_all():
    law = legal.profile("us_far_22_17_eo_13126")
    found = made_up.results()[0].facts[0].model_copy(update={"grounds": [reading(is_within=False, until=dt.date(2020, 1, 1))]})
    told = facts.fact(found, {}, law, EN)
    assert (told["look_back_title"], told["grounds"][0]["look_back"]) == ("Look-back", "outside, since 1 January 2020")
    replaced = {key: legal.need(legal.profile(key), "check_replacement", EN) for key in ("uk_procurement_act_2023", "eu_2014_24")}
    assert replaced["uk_procurement_act_2023"] == "The tenderer is first given the chance to replace it."
    assert replaced["eu_2014_24"] == EN("need.check_replacement")


def test_what_is_no_ground_is_not_headed_as_one(words):
    row = made_up.results()[0]
    fact = row.facts[0].model_copy(update={"grounds": [reading(kind=sc.GroundKind.NONE, is_within=None, until=None)]})
    made = screened(changed(row, facts=[fact], standing=sc.Standing.OTHER))
    told = parts(made, words)["tenderers"][0]
    assert told["means"] == [words("standing_means.other_facts")]
    assert told["groups"][0]["facts"][0]["ground_title"] == words("ground.said")
    assert flat(words("standing.other_facts")) in printed(made, words)
    assert flat(words("ground.title")) not in printed(made, words)


def test_the_question_about_a_price_tells_no_figure(words):
    made = made_up.screening()
    low = next(row for row in parts(made, words)["tenderers"] if any(price["is_low"] for price in row["prices"]))
    asked = low["questions"][0]["text"]
    assert re.findall(r"\d+", asked) == ["2"]  # the lot
    assert "%" not in asked


def test_questions_to_all_stand_before_the_tenderers(words):
    goods = sc.Question(code="trace_origin", values={"goods": ["Cotton"]})
    made = screened(*made_up.results(), questions=[goods, goods])
    view = sheet(made, made.results[0], words)
    assert [part["key"] for part in view["parts"]][:3] == ["summary", "questions", "tenderers"]
    assert [part["number"] for part in view["parts"]] == list(range(1, len(view["parts"]) + 1))
    (one,) = parts(made, words)["questions"]
    assert "(Cotton)" in one["text"]
    assert flat(one["text"]) in printed(made, words)
    assert "questions" not in parts(made_up.screening(), words)


def test_tenderers_stand_in_the_order_of_the_file(words):
    rows = made_up.results()
    made = screened(*reversed(rows))
    names = [flat(row.tenderer.organisation.name) for row in reversed(rows) if row.tenderer.organisation.name]
    shown = parts(made, words)
    of_lots = [[row["name"][0]["t"] for row in table["rows"]] for table in shown["summary"]["tables"]]
    of_parts = [[pieces["name"][0]["t"] for pieces in shown["tenderers"]], [row["name"][0]["t"] for row in shown["nothing"]["rows"]]]
    for found in (*of_lots, *of_parts):
        places = [names.index(one) for one in found if one in names]
        assert places == sorted(places)
    assert [len(found) > 1 for found in of_parts] == [True, True]
    text = printed(made, words)
    table = text[text.index(words("notice.order")) : text.index(words("terminal.facts_title"))]
    assert table.index(made_up.TYPST[:8]) < table.index(made_up.SCRIPT[:8]) < table.index(made_up.ZH[:4])


@pytest.mark.parametrize(
    ("missing", "old", "english"),
    [
        (["eu_fsf"], [], "Not searched, though this law calls for them: {eu_fsf}."),
        ([], ["un_sc"], "Called for by this law, and searched in an old copy: {un_sc}."),
        (["eu_fsf"], ["un_sc"], "Not searched, though this law calls for them: {eu_fsf}. In an old copy: {un_sc}."),
    ],
)  # fmt: skip
def test_lists_that_the_law_calls_for_and_that_were_not_searched_are_named_in_the_summary(missing, old, english):
    made = screened(*made_up.results(), context=[sc.ContextNote(code="lists_of_profile", values={"missing": missing, "old": old})])
    expected = english.format(**{key: EN.code("list", key) for key in ("eu_fsf", "un_sc")})
    shown = parts(made, EN)
    assert shown["summary"]["needed"] == expected
    assert shown["context"]["notes"] == []
    assert flat(expected) in printed(made, EN)
    assert parts(made_up.screening(), EN)["summary"]["needed"] == ""


def test_one_bidder_has_a_form_too(words):
    from service.screening.html import html

    made = screened(made_up.results()[0])
    text = html(sheet(made, made.results[0], words), words)
    for key in ("heard", "evidence", "self_cleaning", "proportionality"):
        assert text.count(f"<span>{words(f'decision.{key}')}</span>") == 1, key


def test_of_a_person_that_nobody_confirmed_only_a_question_is_shown(words):
    row = made_up.results()[1]
    (fact,) = row.facts
    entry = fact.entry.model_copy(update={"reason": "A reason of the list"})
    asked = row.questions[0].model_copy(
        update={"values": {**row.questions[0].values, "listing_id": entry.listing_id}, "organisation_id": "P-9"}
    )
    unsure = fact.model_copy(update={"organisation_id": "P-9", "entry": entry})
    sure = unsure.model_copy(update={"state": sc.FactState.FOUND, "match": fact.match.model_copy(update={"is_confirmed": True})})
    for one, is_told in ((unsure, False), (sure, True)):
        made = screened(changed(row, organisation=PERSON, facts=[one], questions=[asked]))
        view = sheet(made, made.results[0], words)
        (told,) = parts(made, words)["tenderers"][0]["groups"][0]["facts"]
        assert bool(told["compared"]) is is_told
        assert ("A reason of the list" in str(told["rows"])) is is_told
        assert words("notice.persons") in view["notice"]
    question = parts(made, words)["tenderers"][0]["questions"][0]["text"]
    assert entry.name not in question
    assert question.startswith({"en": "To rule out confusion of names", "fr": "Afin d’écarter toute homonymie"}[words.language])


def test_a_match_kept_from_every_ground_is_of_a_listed_person(words):
    row = made_up.results()[1]
    fact = row.facts[0].model_copy(update={"grounds": []})
    made = screened(changed(row, facts=[fact]))
    (told,) = parts(made, words)["tenderers"][0]["groups"][0]["facts"]
    assert (told["compared"], told["no_ground"]) == ([], words("ground.later"))
    assert words("notice.persons") in sheet(made, made.results[0], words)["notice"]


def test_an_organisation_that_nobody_confirmed_is_compared_in_the_open(view, words):
    told = {part["key"]: part["is"] for part in view["parts"]}["tenderers"][1]
    assert told["groups"][0]["facts"][0]["compared"]
    assert words("notice.persons") not in view["notice"]


def test_matches_that_were_dismissed_are_counted_and_not_named(words):
    made = made_up.screening()
    (group,) = [group for row in parts(made, words)["tenderers"] for group in row["groups"] if group["state"] == "dismissed"]
    assert (group["facts"], group["count"]) == ([], words.count("fact.dismissed_count", 1))
    assert "Armen Textil" not in str(parts(made, words))
    assert "Armen Textil" not in printed(made, words)
    assert flat(words.count("fact.dismissed_count", 1)) in printed(made, words)


def test_a_title_that_is_the_number_stands_once(words):
    made = made_up.nothing_found()
    process = made.results[0].process.model_copy(update={"process_id": "Road works 2026", "title": "Road works 2026"})
    made = made.model_copy(update={"results": [made.results[0].model_copy(update={"process": process})]})
    view = sheet(made, made.results[0], words)
    assert words("about.process") not in [label for label, _ in view["about"]]
    assert printed(made, words).count("Road works 2026") == 1


def test_a_profile_that_is_no_longer_there_is_said_to_be_lost(words):
    made = made_up.screening(profile="gone_2020")
    assert "gone_2020" in parts(made, words)["law"]["lost"]
