"""Texts of screening: whole in both languages, one for every key that a screening may carry, and never a verdict."""

# ruff: noqa: E501

import re
from pathlib import Path

import pytest
from test_cli import FORBIDDEN

from data import model
from data.procurement import DeclarationState, Role
from data.screening import FactState, GroundKind, SearchState, Standing
from pipelines.resolution.probability import GROUPS
from risk.screening import context, profiles
from risk.screening.keys import Asked, Context, Need, Note, Stale, Unsearched
from service import words as shared
from service.screening import wording

ROOT = Path(__file__).resolve().parents[3]
PAGES = [ROOT / "service" / "pages" / name for name in ("sheet.html.j2", "sheet.typ")]
SCORES = re.compile(r"\bscor\w*|\brat(?:ed|ing)s?\b|\brank\w*|\bnot(?:e|ation) (?:de|globale)|\bclassement|\bcotation", re.I)
CLEARED = re.compile(r"\bclear(?:ed)?\b|\bblanchi|\bindemne|\bsans risque|\birréprochable|\brien à signaler", re.I)


def known():
    return {**shared.texts(), **wording.texts()}


def test_every_text_is_in_both_languages_with_the_same_blanks():
    blanks = re.compile(r"\{(\w+)\}")
    for key, entry in wording.texts().items():
        assert set(blanks.findall(entry["en"])) == set(blanks.findall(entry["fr"])), key
        assert all(text.strip() for text in entry.values()), key


def test_no_text_passes_a_verdict_or_speaks_of_scores():
    for key, entry in wording.texts().items():
        for text in entry.values():
            assert key.startswith("article.") or not FORBIDDEN.search(text), (key, text)  # a law is cited by its own words
            assert not CLEARED.search(text), (key, text)
            assert key == "notice.no_score" or not SCORES.search(text), (key, text)


def test_french_puts_its_blanks_before_double_signs():
    for key, entry in wording.texts().items():
        assert not re.search(r"[^\s\u202f\u00a0][;?!»]", entry["fr"]), (key, entry["fr"])
        assert "'" not in wording.Words("fr").set(entry["fr"]), key


@pytest.mark.parametrize(
    ("prefix", "codes"),
    [
        ("question", Asked), ("need", Need), ("note", Note), ("context", Context), ("why", [*Unsearched, *Stale]), ("standing", Standing),
        ("standing_means", Standing), ("fact", FactState), ("fact_one", FactState), ("role", [*Role, *profiles.CONNECTIONS]),
        ("ground.kind", GroundKind), ("searched.state", SearchState), ("searched.hit", FactState), ("answer", DeclarationState),
        ("verdict", ["same", "different", "unsure"]), ("feature", ["start", "ceiling", *GROUPS]), ("lacking", ["identifier", "country", "address"]),
    ],
)  # fmt: skip
def test_every_code_of_a_screening_has_a_text(prefix, codes):
    assert [code for code in codes if f"{prefix}.{code}" not in wording.texts()] == []


def test_every_sector_that_is_asked_about_has_a_name():
    named = set(model.vocabulary("sector").codes) | {key.removeprefix("sector.") for key in wording.texts()}
    assert {one["sector"] for one in context.asking()["labour_intensive"]} <= named


def test_every_check_of_every_profile_has_a_text():
    for key in profiles.names():
        law = profiles.load(key)
        needs = {need for one in (*law.grounds, *law.connected.values()) for need in one.needs}
        assert {need for need in needs if f"need.{need}" not in wording.texts()} == set(), key


def test_every_text_that_code_and_pages_name_exists():
    sources = [*(ROOT / "service" / "screening").glob("*.py"), *PAGES]
    called = re.compile(r'(?:words(?:\.count)?|\bw|w\.at)\(\s*"([a-z_.A-Z]+)"')
    for path in sources:
        for key in set(called.findall(path.read_text(encoding="utf-8"))):
            assert key.endswith(".") or key in known() or f"{key}.one" in known(), (path.name, key)


@pytest.mark.parametrize(
    ("text", "country", "language"),
    [
        ("Kelana", "MYS", None), ("Đặng Thị", "VNM", None), ("新疆", "CHN", "zh"), ("トヨタ", "JPN", "ja"), ("股份", "JPN", "ja"), ("شركة", "EGY", "ar"),
        ("شرکت", "IRN", "fa"), ("شركة", None, "und-Arab"), ("Հայկական", None, "hy"), ("Завод", "UKR", "uk"), ("Завод", None, "und-Cyrl"), ("삼성", "KOR", "ko"),
    ],
)  # fmt: skip
def test_the_language_of_a_name_is_told_only_where_it_is_known(text, country, language):
    assert wording.language_of(text, country) == language


def test_every_article_of_every_profile_is_written_as_french_writes_it():
    english = re.compile(r"\b(?:and|with|to|none|of|last|recital|annex|s|ss|para|Schedule|\w+ary)\b\.? |\((?:[a-z]+ [a-z]+.*)\)$")
    for key in profiles.names():
        law = profiles.load(key)
        provisions = [*law.grounds, law.self_cleaning, law.proportionality, law.prices]
        provisions += [one for reach in law.connected.values() for one in (reach, *reach.also)]
        provisions += [one.look_back for one in law.grounds if one.look_back]
        left = {one.article for one in provisions if english.search(one.article) and f"article.{one.article}" not in wording.texts()}
        assert left == set(), key
