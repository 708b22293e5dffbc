"""What a screening holds and never holds, whatever is found."""

import re

import pytest
import screened
from hypothesis import given, settings
from hypothesis import strategies as st

from data import screening as shapes
from data.procurement import Identifier
from data.screening import Connection, SearchState, Step
from risk.screening import profiles, questions, result
from risk.screening.bidder import fingerprint, is_comparable
from risk.screening.keys import Asked, Context, Need, Note

FORBIDDEN = re.compile(r"score|index|likelihood|band|risk|rank|priority|severity|rating|grade|verdict_on|exclude|compliant", re.IGNORECASE)
STATUSES = ("active", "narrowed", "revoked", "removed", "expired", "suspended")


def names_of(schema):
    """Every property name of a JSON schema."""
    found = set()
    for one in [schema, *schema.get("$defs", {}).values()]:
        found |= set(one.get("properties", {}))
    return found


def test_no_score_can_stand_in_a_screening():
    allowed = {"rank"}
    assert not {name for name in names_of(shapes.json_schema()) if FORBIDDEN.search(name)} - allowed


def test_no_key_speaks_of_a_score_or_a_decision():
    keys = [str(one) for kind in (Need, Asked, Note, Context) for one in kind]
    assert not [key for key in keys if FORBIDDEN.search(key)]
    assert len(keys) == len(set(keys))


@st.composite
def tenders(draw):
    """Bidders with entries of any kind, status and match."""
    size = draw(st.integers(1, 5))
    bidders = [screened.organisation(f"t{at}", f"Bidder number {at} Ltd") for at in range(size)]
    hits = []
    for at in range(draw(st.integers(0, 6))):
        kind = draw(st.sampled_from(sorted(screened.LISTS)))
        listed = screened.entry(
            kind, draw(st.sampled_from(["forced_labour", "fraud_corruption", "not_stated"])), f"e{at}", draw(st.sampled_from(STATUSES)),
            listed_on=draw(st.none() | st.dates(screened.dt.date(2010, 1, 1), screened.AS_OF)),
        )
        sure = draw(st.booleans())
        verdict = draw(st.sampled_from([None, "same", "different", "unsure"]))
        hits.append((draw(st.sampled_from(bidders)), listed, screened.match(0.95 if sure else 0.7, is_confirmed=sure, verdict=verdict)))
    return [screened.tenderer(one) for one in bidders], hits


@settings(max_examples=60, deadline=None)
@given(tenders(), st.randoms(use_true_random=False))
def test_the_order_of_tenderers_and_entries_is_irrelevant(tender, random):
    bidders, hits = tender
    first = screened.screen([screened.process(*bidders)], screened.evidence(hits))
    mixed, others = list(bidders), list(hits)
    random.shuffle(mixed)
    random.shuffle(others)
    second = screened.screen([screened.process(*mixed)], screened.evidence(others))

    def by_name(made):
        return {one.tenderer.organisation.name: one for one in made.results[0].tenderers}

    assert by_name(first) == by_name(second)


@settings(max_examples=60, deadline=None)
@given(tenders())
def test_an_unconfirmed_match_is_never_found(tender):
    bidders, hits = tender
    for one in screened.screen([screened.process(*bidders)], screened.evidence(hits)).results[0].tenderers:
        for fact in one.facts:
            if fact.state == "found":
                assert fact.match.is_confirmed or fact.match.judgement.verdict == "same"
                assert fact.match.judgement is None or fact.match.judgement.verdict == "same"
            if fact.state in ("ended", "dismissed"):
                assert fact.grounds == []
            assert fact.entry.kind not in ("research", "aggregated")


@settings(max_examples=60, deadline=None)
@given(tenders(), st.sampled_from(["us_bis_unverified", "eu_fsf", "us_sam_exclusions"]), st.sampled_from(list(SearchState)))
def test_another_list_never_takes_a_fact_away(tender, added, state):
    bidders, hits = tender
    lists = screened.searched("us_uflpa")
    before = screened.screen([screened.process(*bidders)], screened.evidence(hits, lists)).results[0].tenderers
    more = [*hits, (bidders[0].organisation, screened.entry("sanctions", "sanctions", "extra", list_id=added), screened.match())]
    after = screened.screen(
        [screened.process(*bidders)], screened.evidence(more, [*lists, *screened.searched(added, state=state)])
    ).results[0].tenderers
    for one, other in zip(before, after, strict=True):
        assert [fact for fact in other.facts if fact.entry.listing_id != "extra"] == one.facts


@settings(max_examples=60, deadline=None)
@given(tenders(), st.sampled_from([[], screened.searched("us_uflpa", state=SearchState.NOT_SEARCHED), screened.searched("opensanctions")]))
def test_where_no_list_of_decisions_was_searched_nothing_is_never_found(tender, lists):
    bidders, hits = tender
    made = screened.screen([screened.process(*bidders)], screened.evidence(hits, lists))
    assert "nothing_found" not in {one.standing for one in made.results[0].tenderers}


@pytest.mark.parametrize("name", ["", "   ", "N/A", "-", "…", "None"])
def test_a_name_that_cannot_be_compared_is_not_searched(name):
    bidder = screened.tenderer(screened.organisation(name=name))
    found = screened.one(bidder)
    assert (found.standing, found.notes) == ("not_searched", ["name_not_comparable"])


def test_a_valid_number_makes_a_nameless_bidder_comparable():
    assert is_comparable(screened.organisation(name="", numbers=[("LEI", "5493001KJTIIGC8Y1R12")]))


def test_a_stale_list_is_a_search_and_says_so():
    found = screened.one(screened.tenderer(), screened.evidence(lists=screened.searched("us_uflpa", state=SearchState.STALE)))
    assert found.standing == "nothing_found"


def test_a_consortium_whose_members_are_not_named_was_not_searched():
    found = screened.one(screened.tenderer(is_consortium=True))
    assert found.standing == "not_searched"
    assert "members_not_named" in found.notes
    assert found.questions[0].code == "consortium_members"


def test_a_consortium_stands_as_its_worst_member_and_the_fact_names_that_one():
    members = [screened.organisation("m1", "Good Member"), screened.organisation("m2", "Other Member")]
    listed = screened.entry(listed_on=screened.dt.date(2025, 5, 1))
    group = screened.tenderer(is_consortium=True, members=members)
    found = screened.one(group, screened.evidence([(members[1], listed, screened.match())]))
    assert found.standing == "facts_found"
    assert [(fact.organisation_id, fact.role) for fact in found.facts] == [("m2", "consortium_member")]


def test_a_member_without_a_name_keeps_the_consortium_from_being_searched():
    members = [screened.organisation("m1", "Good Member"), screened.organisation("m2", "")]
    assert screened.one(screened.tenderer(is_consortium=True, members=members)).standing == "not_searched"


def test_one_number_under_two_names_is_noted_on_both():
    number = [("GB-COH", "01234567")]
    named = [screened.organisation(f"t{at}", name, numbers=number) for at, name in enumerate(["Alpha Ltd", "Beta Ltd"])]
    bidders = [screened.tenderer(one) for one in named]
    notes = [one.notes for one in screened.screen([screened.process(*bidders)]).results[0].tenderers]
    assert notes == [["one_identifier_several_names"]] * 2


def test_an_unknown_matter_is_kept_as_the_bidders_word():
    found = screened.one(screened.tenderer(declarations=[screened.declares("something-else")]))
    assert (found.standing, found.facts[0].grounds) == ("facts_found", [])
    assert "matter_not_in_profile" in found.notes


def test_a_profile_whose_own_list_was_not_searched_says_so():
    bidder = screened.tenderer()
    lists = screened.searched("us_uflpa")
    assert "list_of_profile_not_searched" in screened.one(bidder, screened.evidence(lists=lists), profile="uk_procurement_act_2023").notes
    every = screened.searched("us_uflpa", *profiles.load("uk_procurement_act_2023").lists_needed)
    assert "list_of_profile_not_searched" not in screened.one(
        bidder, screened.evidence(lists=every), profile="uk_procurement_act_2023"
    ).notes


def test_few_questions_the_gravest_first():
    itself = screened.organisation()
    hits = [
        (itself, screened.entry("administrative_decision", "labour_law", f"e{at}"), screened.match(0.7, "name", is_confirmed=False))
        for at in range(12)
    ]
    bidder = screened.tenderer(itself, declarations=[screened.declares("human-traffic")], bids=[screened.bid(1.0)])
    found = screened.one(bidder, screened.evidence(hits))
    codes = [one.code for one in found.questions]
    assert len(found.facts) == 13
    assert len(codes) <= 8
    assert codes.count("confirm_match") == 3
    assert codes == sorted(codes, key=lambda code: questions.ORDER[Asked(code)])


def test_a_match_is_confirmed_by_what_the_bidder_has_not_given():
    itself = screened.organisation(country=None)
    listed = screened.entry(identifiers=["BR-CNPJ:12345678000195"])
    found = screened.one(screened.tenderer(itself), screened.evidence([(itself, listed, screened.match(0.7, "name", is_confirmed=False))]))
    values = found.questions[0].values
    assert values["lacking"] == ["identifier", "country", "address"]
    assert values["listed_identifiers"] == ["BR-CNPJ:12345678000195"]


def test_a_number_is_asked_for_once_and_of_a_person_only_to_tell_a_match_apart():
    itself, trader = screened.organisation(), screened.organisation(schema="person")
    unsure = screened.match(0.7, "name", is_confirmed=False)

    def codes(one, *hits):
        return [question.code for question in screened.one(screened.tenderer(one), screened.evidence(hits)).questions]

    assert codes(itself) == ["identifier"]
    assert codes(itself, (itself, screened.entry(), unsure)) == ["confirm_match"]
    assert codes(trader) == []
    assert codes(trader, (trader, screened.entry(), unsure)) == ["confirm_match"]


def test_an_aggregators_copy_about_an_owner_points_nowhere():
    itself, owner = screened.organisation(), screened.connected("owner", 0.9)
    found = screened.evidence(
        [(owner.organisation, screened.entry("aggregated"), screened.match())], related={fingerprint(itself): [owner]}
    )
    assert "check_issuing_list" not in {one.code for one in screened.one(screened.tenderer(itself), found).questions}


@pytest.mark.parametrize("kind", ["sister", "board", "shared_director"])
def test_what_is_found_of_any_connected_party_is_shown_and_held_against_nobody_where_the_law_does_not_say_so(kind):
    itself, other = screened.organisation(), screened.connected(kind, is_control=True)
    hits = [(other.organisation, screened.entry("conviction"), screened.match())]
    found = screened.evidence(hits, related={fingerprint(itself): [other]})
    for profile in (name for name in profiles.names() if kind not in profiles.load(name).connected):
        told = screened.one(screened.tenderer(itself), found, profile=profile)
        assert (told.standing, told.connections) == ("other_facts", [other.connection])
        assert [(one.ground_id, one.kind, one.needs) for fact in told.facts for one in fact.grounds] == [
            ("not_held_against", "no_ground", ["sanctions_reach"])
        ]


def test_a_sister_is_reached_where_the_profile_speaks_of_common_control():
    law = profiles.load("un_development_banks")
    law = law.model_copy(update={"connected": {**law.connected, "sister": law.connected["owner"]}})
    sister, listed = screened.connected("sister", is_control=True), screened.entry("debarment", list_id="wb_debarred")
    party = result.Party(sister.organisation, "sister", sister.connection)
    fact = result.listed_fact(party, listed, result.Hit("e1", screened.match()), law, screened.AS_OF, has_measures=False)
    assert {"check_affiliate_named", "check_control"} <= set(fact.grounds[0].needs)


def test_an_owner_that_no_register_names_is_asked_for_once_and_is_no_fact():
    itself = screened.organisation()
    steps = [Step(owned="Maple", interest="consolidation", unknown_reason=reason) for reason in ("no_lei", "natural_persons")]
    silent = result.Related(Connection(kind="owner_unknown", name="Maple", source="GLEIF", steps=steps), None)
    member = screened.organisation("m1", "Member")
    related = {fingerprint(itself): [silent], fingerprint(member): [silent]}
    told = screened.one(screened.tenderer(itself, members=[member]), screened.evidence(related=related))
    assert told.facts == []
    asked = [one.values for one in told.questions if one.code == "owner_unknown"]
    assert asked == [{"name": "Maple", "reasons": ["natural_persons", "no_lei"], "register": "GLEIF"}]


@pytest.mark.parametrize(
    ("match", "touches"),
    [
        (screened.match(0.85, "name", is_confirmed=False), False),
        (screened.match(0.85, "name", is_confirmed=False, verdict="unsure"), False),
        (screened.match(0.85, "name", verdict="same"), True),
        (screened.match(), True),
    ],
)
def test_a_listed_person_touches_no_ground_before_somebody_is_sure(match, touches):
    itself, listed = screened.organisation(), screened.entry()
    found = result.Evidence({"e1": listed}, {fingerprint(itself): [result.Hit("e1", match, is_person=True)]}, screened.searched())
    told = screened.one(screened.tenderer(itself), found)
    assert [bool(fact.grounds) for fact in told.facts] == [touches]
    assert told.standing == ("facts_found" if touches else "matches_to_confirm")
    assert ("confirm_match" in {one.code for one in told.questions}) is not touches


def test_a_fact_that_is_no_ground_stands_behind_a_match_to_confirm_and_before_what_has_ended():
    itself = screened.organisation()
    order, ended = screened.entry("import_prohibition"), screened.entry(listing_id="e2", status="removed")
    unsure = (itself, screened.entry(listing_id="e3"), screened.match(0.8, "name", is_confirmed=False))
    sure = (itself, screened.entry(listing_id="e4"), screened.match())
    hits = [(itself, order, screened.match()), (itself, ended, screened.match())]
    standings = [screened.one(screened.tenderer(itself), screened.evidence(found)).standing for found in
                 (hits[1:], hits, [*hits, unsure], [*hits, unsure, sure])]  # fmt: skip
    assert standings == ["ended_only", "other_facts", "matches_to_confirm", "facts_found"]


def test_the_same_inputs_give_the_same_screening():
    itself = screened.organisation()
    found = screened.evidence([(itself, screened.entry(), screened.match())])
    made = [screened.screen([screened.process(screened.tenderer(itself))], found) for _ in range(2)]
    assert made[0] == made[1]
    assert shapes.Screening.model_validate_json(made[0].model_dump_json()) == made[0]


def test_the_print_of_a_bidder_follows_its_facts_and_not_their_order():
    one = screened.organisation(other_names=["B", "A"])
    assert fingerprint(one) == fingerprint(one.model_copy(update={"other_names": ["A", "B"], "organisation_id": "else"}))
    numbered = one.model_copy(update={"identifiers": [Identifier(scheme="LEI", id="x", is_valid=True)]})
    assert fingerprint(one) != fingerprint(numbered)


def test_every_party_of_a_tenderer_is_searched_once():
    member, sub = screened.organisation("m1", "Member"), screened.organisation("s1", "Sub")
    owner = screened.connected("owner", 0.6)
    bidder = screened.tenderer(is_consortium=True, members=[member], subcontractors=[sub])
    found = list(result.parties(bidder, {fingerprint(member): [owner]}))
    assert [(one.organisation.organisation_id, str(one.role)) for one in found] == [
        ("t1", "tenderer"), ("m1", "consortium_member"), ("s1", "subcontractor"), ("other", "owner")
    ]
