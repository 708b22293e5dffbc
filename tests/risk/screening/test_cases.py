"""The cases in cases/*.yml: what is known of a bidder, and what each profile lets a sheet say of it. Written to be read by a lawyer."""

from pathlib import Path

import pytest
import screened

from data import model
from data.procurement import Role
from risk.screening import profiles

CASES = [
    pytest.param(entry["profile"], case, id=f"{entry['profile']}: {case['case']}")
    for path in sorted((Path(__file__).parent / "cases").glob("*.yml"))
    for entry in [model.read_yaml(path)]
    for case in entry["cases"]
]
WITHIN = {True: True, False: False, "unknown": None}
ROLES = {"member": Role.MEMBER, "subcontractor": Role.SUBCONTRACTOR, "owner": "owner", "owned": "owned", "board": "board"}


def tender(case):
    """The tenderer of a case and what the lists hold about it, or about the party that stands in the role."""
    itself, role = screened.organisation(), case.get("role")
    other = screened.connected(role or "member", case.get("share"), case.get("is_control", False))
    declared = [screened.declares(one) for one in case.get("declares", [])]
    declared += [screened.declares(one, "no") for one in case.get("denies", [])]
    members = [other.organisation] if role == "member" else []
    subcontractors = [other.organisation] if role == "subcontractor" else []
    bidder = screened.tenderer(itself, declarations=declared, members=members, subcontractors=subcontractors)
    subject = other.organisation if role else itself
    hits = [(subject, screened.entry(**case["entry"]), screened.match(**case.get("match", {})))] if "entry" in case else []
    related = {screened.fingerprint(itself): [other]} if role in ("owner", "owned", "board") else {}
    return bidder, screened.evidence(hits, related=related)


@pytest.mark.parametrize(("profile", "case"), CASES)
def test_case(profile, case):
    bidder, found = tender(case)
    result, expected = screened.one(bidder, found, profile=profile), case["expect"]
    assert result.standing == expected["standing"]
    asked = {question.code for question in result.questions}
    assert set(expected.get("asks", [])) <= asked
    assert not set(expected.get("asks_not", [])) & asked
    assert set(expected.get("notes", [])) <= set(result.notes)
    assert bool(result.facts) == ("state" in expected)
    if not result.facts:
        return
    fact = next(fact for fact in result.facts if fact.entry is not None or "entry" not in case)
    assert fact.state == expected["state"]
    assert fact.organisation_id == expected.get("of", "t1")
    if case.get("role"):
        assert fact.role == ROLES[case["role"]]
        assert fact.connection.kind == case["role"]
    if "grounds" not in expected:
        return
    readings = {one.ground_id: one for one in fact.grounds}
    assert set(readings) == set(expected["grounds"])
    for ground_id, wanted in expected["grounds"].items():
        one = readings[ground_id]
        assert (one.kind, one.is_within_look_back) == (wanted["kind"], WITHIN[wanted["within"]])
        assert one.look_back_until == wanted.get("until", one.look_back_until)
        assert one.needs[0] == wanted.get("first", one.needs[0])
        assert set(wanted.get("needs", [])) <= set(one.needs)
        assert not set(wanted.get("needs_not", [])) & set(one.needs)


def test_every_profile_has_its_cases():
    assert {param.values[0] for param in CASES} == set(profiles.names())
