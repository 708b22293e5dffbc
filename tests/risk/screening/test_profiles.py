"""Profiles: complete, bilingual, never surer than the project is, and refused with the place where they are not complete."""

import shutil

import pytest
import yaml

from data import model
from data.screening import GroundKind
from risk.screening import profiles
from risk.screening.keys import Need

MARKS = ["from_memory", "secondary", "computed", "confirmed"]


def provisions(profile):
    """Every provision that a profile cites."""
    yield from profile.grounds
    yield from (ground.look_back for ground in profile.grounds if ground.look_back)
    yield from (ground.look_back.before for ground in profile.grounds if ground.look_back and ground.look_back.before)
    yield from (one for reach in profile.connected.values() for one in (reach, *reach.also))
    yield from (profile.self_cleaning, profile.proportionality, profile.prices)


@pytest.fixture
def written(tmp_path):
    """Writes a changed copy of a profile and reads it."""

    def change(edit, key="eu_2014_24"):
        entry = model.read_yaml(profiles.FOLDER / f"{key}.yml")
        edit(entry)
        path = tmp_path / "mine.yml"
        path.write_text(yaml.safe_dump(entry, allow_unicode=True), encoding="utf-8")
        return profiles.read(path)

    return change


@pytest.mark.parametrize("key", profiles.names())
def test_no_provision_is_surer_than_its_instrument(key):
    known = model.authorities()
    for one in provisions(profiles.load(key)):
        instrument = known[one.authority].certainty
        assert MARKS.index(one.certainty) <= MARKS.index(instrument), one
        assert one.certainty != "confirmed", f"{one}: nobody has read it in the official text"


@pytest.mark.parametrize("key", profiles.names())
def test_texts_differ_between_the_languages(key):
    profile = profiles.load(key)
    texts = [ground.title for ground in profile.grounds] + [ground.decided_by for ground in profile.grounds]
    texts += [profile.title, profile.limits, profile.self_cleaning.text, profile.proportionality.text, profile.prices.text]
    texts += [reach.text for first in profile.connected.values() for reach in (first, *first.also)]
    assert all(text.en != text.fr for text in texts)


@pytest.mark.parametrize("key", profiles.names())
def test_only_the_listed_way_leads_to_a_mandatory_ground(key):
    """Import orders touch no ground anywhere; nobody is excluded unheard."""
    for ground in profiles.load(key).grounds:
        kinds = {kind for facts in ground.facts for kind in facts.kinds}
        assert ground.kind == GroundKind.NONE or not kinds & {"import_prohibition", "export_control"}
        if ground.kind in (GroundKind.MANDATORY, GroundKind.DISCRETIONARY):
            assert Need.HEAR_TENDERER in ground.needs


def test_under_the_directive_nothing_but_a_conviction_is_mandatory():
    mandatory = [ground for ground in profiles.load("eu_2014_24").grounds if ground.kind == GroundKind.MANDATORY]
    assert {kind for ground in mandatory for facts in ground.facts for kind in facts.kinds} == {"conviction"}
    assert all(ground.look_back.years == 5 for ground in mandatory)


def test_a_new_profile_is_a_new_file(tmp_path, monkeypatch):
    shutil.copy(profiles.FOLDER / "eu_2014_24.yml", tmp_path / "fr_commande_publique.yml")
    monkeypatch.setattr(profiles, "FOLDER", tmp_path)
    assert profiles.names() == ["fr_commande_publique"]
    assert profiles.load("fr_commande_publique").key == "fr_commande_publique"
    profiles.load.cache_clear()


def test_an_unknown_profile_names_those_that_are_there():
    with pytest.raises(model.ModelError, match=r"no profile 'mars'.*eu_2014_24.*uk_procurement_act_2023"):
        profiles.load("mars")


@pytest.mark.parametrize(
    ("edit", "told"),
    [
        (lambda e: e.pop("self_cleaning"), "self_cleaning: Field required"),
        (lambda e: e["grounds"][0]["title"].pop("fr"), "grounds.0.title.fr: Field required"),
        (lambda e: e["grounds"][0].update(authority="nowhere"), "grounds.0.authority: .*nowhere.* data/authorities"),
        (lambda e: e["grounds"][0].update(certainty="unsure"), "grounds.0.certainty: .*unsure.*not used"),
        (lambda e: e["grounds"][0].update(needs=[]), "grounds.0: .*hear_tenderer.*heard"),
        (lambda e: e["grounds"][0]["facts"][0].update(kinds=["research"]), "grounds.0.facts.0: .*research.*adjudicated"),
        (lambda e: e["grounds"][0]["facts"][0].update(lists=["atlantis"]), "grounds.0.facts.0: .*atlantis.*data/vocabulary/list"),
        (lambda e: e["grounds"].pop(-2), "export_control x forced_labour"),
        (lambda e: e["grounds"].pop(), "grounds: lacks not_held_against"),
        (lambda e: e["connected"].pop("owner"), "connected: must speak of .*owner"),
        (lambda e: e["connected"].update(cousin=e["connected"]["owner"]), "connected: .*may speak of sister, .*nothing else"),
        (lambda e: e["prices"]["below_mean"].pop("reason"), "prices.below_mean.reason: Field required"),
        (lambda e: e["grounds"][1].update(matters=["human-traffic"]), "human-traffic: named twice"),
        (lambda e: e.update(score=1), "score: Extra inputs are not permitted"),
    ],
)
def test_an_incomplete_profile_is_refused_with_the_place(written, edit, told):
    with pytest.raises(model.ModelError, match=rf"mine\.yml: .*{told}"):
        written(edit)
