"""What an OCDS file says of bidders is read whole: packages of every kind, organisations, joint bids, lots, offers, declarations."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable
from typing import Any

import pytest

from data.procurement import DeclarationState, Reading, Role, Tenderer

Read = Callable[..., Reading]
ALPHA = {"id": "A", "name": "Alpha Ltd", "roles": ["tenderer"]}
RELEASE = {"ocid": "ocds-x-1", "id": "1", "date": "2024-01-01T00:00:00Z", "tag": ["tender"], "parties": [ALPHA], "tender": {"id": "T"}}


def tenderers(reading: Reading) -> dict[str, Tenderer]:
    """All tenderers by name."""
    return {each.organisation.name: each for process in reading.processes for each in process.tenderers}


def reasons(reading: Reading) -> set[str]:
    return {refusal.reason for refusal in reading.refusals}


PACKAGES: list[tuple[str, Any, str]] = [
    ("release package", {"version": "1.1", "releases": [RELEASE]}, "OCDS 1.1 release package, 1"),
    ("two packages in one file", f"{json.dumps({'releases': [RELEASE]}, indent=1)}\n{json.dumps({'releases': []}, indent=1)}",
     "OCDS 1.1 release packages, 2"),
    ("record package with compiled release", {"records": [{"ocid": "ocds-x-1", "compiledRelease": RELEASE}]}, "OCDS 1.1 record package, 1"),
    ("record package with releases", {"records": [{"ocid": "ocds-x-1", "releases": [RELEASE]}]}, "OCDS 1.1 record package, 1"),
    ("bare record", {"compiledRelease": RELEASE, "releases": [RELEASE]}, "OCDS 1.1 record without package, 1"),
    ("bare release", RELEASE, "OCDS 1.1 release without package, 1"),
    ("bare list", [RELEASE], "OCDS 1.1 release without package, 1"),
    ("compiled releases by line", f"{json.dumps({**RELEASE, 'tag': ['compiled']})}\n\n", "OCDS 1.1 compiled release without package, 1"),
    ("lines of a list", f"[\n{json.dumps(RELEASE)},\n]", "OCDS 1.1 release without package, 1"),
]  # fmt: skip


@pytest.mark.parametrize(("content", "kind"), [case[1:] for case in PACKAGES], ids=[case[0] for case in PACKAGES])
@pytest.mark.parametrize("name", ["tender.json", "tender.jsonl.gz"])
def test_releases_are_found_in_whatever_they_are_packed(read: Read, content: Any, kind: str, name: str) -> None:
    reading = read(content, name)
    assert reading.kind == kind
    assert [process.process_id for process in reading.processes] == ["ocds-x-1"]
    assert list(tenderers(reading)) == ["Alpha Ltd"]
    assert not reading.refusals


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_encodings_of_json_are_told_by_the_bytes(read: Read, encoding: str) -> None:
    text = json.dumps({**RELEASE, "parties": [{**ALPHA, "name": "Société Łódź"}]}, ensure_ascii=False)
    assert list(tenderers(read(text.encode(encoding)))) == ["Société Łódź"]


def test_latin_1_is_read_and_told_or_read_as_stated(read: Read) -> None:
    raw = json.dumps({**RELEASE, "parties": [{**ALPHA, "name": "Société Générale"}]}, ensure_ascii=False).encode("latin-1")
    guessed, stated = read(raw), read(raw, encoding="latin-1")
    assert list(tenderers(guessed)) == list(tenderers(stated)) == ["Société Générale"]
    assert [(r.reason, r.value) for r in guessed.refusals] == [("the file is not UTF-8; it was read in another encoding", "cp1252")]
    assert not stated.refusals


def test_releases_of_a_process_are_merged_and_repeats_counted(read: Read) -> None:
    older = {**RELEASE, "tender": {"id": "T", "title": "Old", "value": {"amount": 5, "currency": "EUR"}}}
    newer = {**RELEASE, "id": "2", "date": "2024-02-01T00:00:00+01:00", "parties": [{"id": "B", "name": "Beta", "roles": ["tenderer"]}],
             "tender": {"id": "T", "title": "New"}}  # fmt: skip
    process = (reading := read({"releases": [newer, older, newer]})).processes[0]
    assert (process.title, process.value and process.value.amount, process.dated_on) == ("New", 5, dt.date(2024, 1, 31))
    assert set(tenderers(reading)) == {"Alpha Ltd", "Beta"}
    assert process.release_ids == ["1", "2"]
    assert reading.ignored == {"the same release again": 1}


def test_a_name_that_a_newer_release_replaces_is_still_searched(read: Read) -> None:
    renamed = {**RELEASE, "id": "2", "date": "2024-03-01", "parties": [{**ALPHA, "name": "Omega Holding"}]}
    organisation = tenderers(read([RELEASE, renamed]))["Omega Holding"].organisation
    assert organisation.other_names == ["Alpha Ltd"]


DROPPED = "named in another release of the process and no longer in the merged one; searched all the same"


def process_of(number: int, **parts: Any) -> dict[str, Any]:
    return {"ocid": "o", "id": str(number), "date": f"2024-0{number}-01", "tag": ["tender"], **parts}


def tendered(*names: str) -> dict[str, Any]:
    return {"tender": {"tenderers": [{"name": name} for name in names]}}


SUPPLIED = {"awards": [{"id": "w", "suppliers": [{"name": "Alpha"}]}]}
OFFERED = {"bids": {"details": [{"id": "b", "tenderers": [{"name": "Alpha"}], "value": {"amount": 9, "currency": "EUR"}}]}}
DROPS: list[tuple[str, dict[str, Any], dict[str, Any], str | None, bool]] = [
    ("declared 1.1 merges", tendered("Alpha"), tendered("Beta"), "1.1", False),
    ("declared 1.0 replaces", tendered("Alpha"), tendered("Beta"), "1.0.3", True),
    ("nothing declared", tendered("Alpha"), tendered("Beta"), None, True),
    ("a list that is taken back", tendered("Alpha"), {"tender": None, **tendered("Beta")}, "1.0", True),
    ("a supplier", SUPPLIED, {"awards": [{"id": "w", "suppliers": [{"name": "Beta"}]}]}, None, True),
    ("an offer of releases that do not fit", {"x": {"y": 1}, **OFFERED}, {"x": [{"id": 1}], **tendered("Beta")}, "1.1", True),
    ("a role", {"parties": [{"id": "A", "name": "Alpha", "roles": ["tenderer"]}]},
     {"parties": [{"id": "A", "roles": ["payee"]}], **tendered("Beta")}, "1.1", True),
]  # fmt: skip


@pytest.mark.parametrize(("older", "newer", "version", "is_told"), [case[1:] for case in DROPS], ids=[case[0] for case in DROPS])
def test_nobody_named_in_an_earlier_release_drops_out(
    read: Read, older: dict[str, Any], newer: dict[str, Any], version: str | None, is_told: bool
) -> None:
    stated = {"version": version} if version else {}
    reading = read({**stated, "releases": [process_of(1, **older), process_of(2, **newer)]})
    assert set(tenderers(reading)) == {"Alpha", "Beta"}
    assert [(r.value, r.is_row_kept) for r in reading.refusals if r.reason == DROPPED] == [("Alpha", True)] * is_told
    assert len(tenderers(reading)["Alpha"].bids) == ("bids" in older)
    if version:
        assert reading.kind == f"OCDS {version[:3]} release package, 1"


@pytest.mark.parametrize("has_ocid", [True, False])
def test_whoever_a_compiled_release_leaves_out_is_read_from_the_releases_beside_it(read: Read, has_ocid: bool) -> None:
    record: dict[str, Any] = {"compiledRelease": process_of(2, **tendered("Beta")), "releases": [process_of(1, **tendered("Alpha"))]}
    if not has_ocid:
        del record["compiledRelease"]["ocid"]
    reading = read({"version": "1.1", "records": [record]})
    assert set(tenderers(reading)) == {"Alpha", "Beta"}
    assert DROPPED in reasons(reading)
    assert reading.processes[0].release_ids == ["2"]


def test_members_and_subcontractors_of_an_earlier_release_stay_with_their_group(read: Read) -> None:
    group = {"name": "North Consortium", "members": [{"name": "Alpha"}]}
    older = process_of(1, x={"y": 1}, tender={"tenderers": [group]}, bids={"details": [
        {"id": "b", "tenderers": [{"name": "Beta"}, {"name": "Gamma"}]}]})  # fmt: skip
    newer = process_of(2, x=[{"id": 1}], **tendered("Beta", "North Consortium"))  # the two do not fit together
    found = tenderers(read([older, newer]))
    assert [member.name for member in found["North Consortium"].members] == ["Alpha"]
    assert [member.name for member in found["Beta / Gamma"].members] == ["Beta", "Gamma"]


@pytest.mark.parametrize(("names", "shown"), [
    (["Foo Ltd", "Bar GmbH", "Baz SA"], "A: Foo Ltd | Bar GmbH | Baz SA"),
    ([f"Firm {i}" for i in range(13)], "A: " + " | ".join(f"Firm {i}" for i in range(10)) + " | … (+3)"),
    (["Firm " * 20 + "Ltd", "Bar"], "A: " + "Firm " * 16 + "… | Bar"),
])  # fmt: skip
def test_all_names_of_one_id_are_told(read: Read, names: list[str], shown: str) -> None:
    reading = read({**RELEASE, "parties": [{**ALPHA, "name": name} for name in names]})
    assert [refusal.value for refusal in reading.refusals] == [shown]
    assert tenderers(reading)[names[0]].organisation.other_names == names[1:]


def test_names_stand_in_any_field_and_language(read: Read) -> None:
    party = {"id": "A", "roles": ["tenderer"], "nameHy": "Ալֆա ՍՊԸ", "identifier": {"legalName": "Alfa LLC", "legalName_ru": "Альфа ООО"},
             "name": "Alfa"}  # fmt: skip
    reading = read({**RELEASE, "parties": [party], "tender": {"tenderers": [{"id": "A", "name": "Ալֆա ՍՊԸ"}]}})
    organisation = tenderers(reading)["Alfa"].organisation
    assert organisation.other_names == ["Alfa LLC", "Ալֆա ՍՊԸ", "Альфа ООО"]
    assert not reading.refusals
    alone = {"tenderers": [{"identifier": {"legalName": "普羅文化股份有限公司", "id": "53374962"}}]}
    assert tenderers(read({"ocid": "o", "tender": alone}))["普羅文化股份有限公司"].organisation.organisation_id == "53374962"


def test_identifiers_countries_and_addresses(read: Read) -> None:
    party = {**ALPHA, "identifier": {"scheme": "lei", "id": "5493001KJTIIGC8Y1R12"},
             "additionalIdentifiers": [{"scheme": "XI-LEI", "id": "5493001KJTIIGC8Y1R13"}, {"scheme": "FR-RCS", "id": "null"}],
             "address": {"countryName": " France ", "region": "Île-de-France", "streetAddress": "1 rue X", "locality": "N/A"},
             "contactPoint": {"name": "Jane Doe", "email": "jane@example.org"}}  # fmt: skip
    reading = read({**RELEASE, "parties": [party]})
    organisation = tenderers(reading)["Alpha Ltd"].organisation
    assert [(i.scheme, i.is_valid) for i in organisation.identifiers] == [("XI-LEI", True), ("XI-LEI", False)]
    assert (organisation.country, organisation.subdivision) == ("FRA", "FR-IDF")
    assert (organisation.locality, organisation.address) == (None, "1 rue X")
    assert reasons(reading) == {"a word that stands for a missing identifier"}
    assert "jane" not in reading.model_dump_json().lower()  # persons to contact are not read


@pytest.mark.parametrize(("scheme", "country"), [("AM-TIN", "ARM"), ("GB-COH", "GBR"), ("XI-PB", None), ("Registre", None)])
def test_a_register_tells_the_country_where_the_address_does_not(read: Read, scheme: str, country: str | None) -> None:
    reading = read({**RELEASE, "parties": [{**ALPHA, "identifier": {"scheme": scheme, "id": "02704268"}}]})
    assert tenderers(reading)["Alpha Ltd"].organisation.country == country


@pytest.mark.parametrize("word", ["N/A", "-", "none", "Ninguno", "s/n", "xxx", "test", "TBD", "無", "не указано", "  ", "0", "…"])
def test_words_for_a_missing_name_keep_the_row_while_an_identifier_remains(read: Read, word: str) -> None:
    named = {"tenderers": [{"name": word, "identifier": {"scheme": "BR-CNPJ", "id": "00.000.000/0001-91"}}, {"name": word}]}
    reading = read({"ocid": "o", "tender": named})
    kept = reading.processes[0].tenderers
    assert [(each.organisation.name, each.organisation.organisation_id) for each in kept] == [("", "BR-CNPJ-00.000.000/0001-91")]
    told = {(r.place.path, r.is_row_kept) for r in reading.refusals}
    assert told == {("tender.tenderers[0].name", True), ("tender.tenderers[1]", False)}


def test_ids_of_the_file_are_ids_whatever_they_look_like(read: Read) -> None:
    parties = [{"id": i, "name": f"Firm {i}", "roles": ["tenderer"]} for i in (0, "11", "supplier")]
    assert [t.organisation.organisation_id for t in read({**RELEASE, "parties": parties}).processes[0].tenderers] == ["0", "11", "supplier"]


def test_one_id_with_two_names_is_one_organisation_and_both_are_searched(read: Read) -> None:
    reading = read({**RELEASE, "parties": [ALPHA, {**ALPHA, "name": "Zeta SA"}]})
    assert tenderers(reading)["Alpha Ltd"].organisation.other_names == ["Zeta SA"]
    (refusal,) = reading.refusals
    assert (refusal.place.path, refusal.value, refusal.is_row_kept) == ("parties[1].name", "A: Alpha Ltd | Zeta SA", True)


def test_one_name_under_two_ids_stays_two_organisations(read: Read) -> None:
    reading = read({**RELEASE, "parties": [ALPHA, {**ALPHA, "id": "B", "name": "ALPHA LTD."}]})
    assert [each.organisation.organisation_id for each in reading.processes[0].tenderers] == ["A", "B"]
    assert reasons(reading) == {"one name stands under two identifiers; each is searched apart"}


def test_several_tenderers_of_one_bid_stand_as_one_group(read: Read) -> None:
    beta = {"id": "B", "name": "Beta", "roles": ["tenderer"]}
    bid = {"id": "b", "tenderers": [{"id": "A"}, {"id": "B"}], "value": {"amount": 9, "currency": "EUR"}}
    gamma = {"id": "c", "tenderers": [{"id": "A"}]}  # Alpha bids alone too
    award = {"id": "w", "suppliers": [{"id": "B"}], "relatedLots": ["1"]}
    reading = read({**RELEASE, "parties": [ALPHA, beta], "bids": {"details": [bid, gamma]}, "awards": [award]})
    group, alone = tenderers(reading)["Alpha Ltd / Beta"], tenderers(reading)["Alpha Ltd"]
    assert (group.is_consortium, [m.organisation_id for m in group.members], len(group.bids)) == (True, ["A", "B"], 1)
    assert (group.roles, group.lot_ids) == ([Role.TENDERER, Role.SUPPLIER], ["1"])  # what is awarded to a member is the group's
    assert len(alone.bids) == 1
    assert len(tenderers(reading)) == 2


@pytest.mark.parametrize("parties", [
    [{"id": "C", "name": "North Consortium", "roles": ["tenderer"], "members": [{"id": "A"}, {"id": "B"}]}],
    [{"id": "C", "name": "North Consortium", "roles": ["tenderer"]}],
])
def test_members_are_read_from_structure(read: Read, parties: list[dict[str, Any]]) -> None:
    upward = {} if "members" in parties[0] else {"memberOf": {"id": "C"}}
    members = [{"id": i, "name": f"Member {i}", "roles": ["tenderer"], **upward} for i in "AB"]
    reading = read({**RELEASE, "parties": [*parties, *members]})
    (group,) = reading.processes[0].tenderers
    assert (group.is_consortium, [member.name for member in group.members]) == (True, ["Member A", "Member B"])
    assert not reading.refusals


@pytest.mark.parametrize("name", [
    "CONSORCIO SIEMENS - RIEDER", "UTE Acciona", "Groupement Dupont / Durand", "JV of A and B", "Bietergemeinschaft Nord", "АБ консорциум",
])
def test_a_name_of_a_group_is_never_taken_apart(read: Read, name: str) -> None:
    reading = read({"ocid": "o", "tender": {"tenderers": [{"name": name}]}})
    (tenderer,) = reading.processes[0].tenderers
    assert (tenderer.organisation.name, tenderer.members, tenderer.is_consortium) == (name, [], False)
    assert reasons(reading) == {"the name suggests a group of companies, and the file names no members"}


@pytest.mark.parametrize("name", ["Margento Ltd", "Argenta Bank", "Groupe Dupont", "Utensil Co", "Jvari Foods"])
def test_other_names_are_not_taken_for_groups(read: Read, name: str) -> None:
    assert not read({"ocid": "o", "tender": {"tenderers": [{"name": name}]}}).refusals


def test_subcontractors_stand_with_the_tenderer_they_work_for(read: Read) -> None:
    parties = [ALPHA, *({"id": i, "name": f"Sub {i}", "roles": ["subcontractor"]} for i in "STU")]
    bid = {"id": "b", "tenderers": [{"id": "A"}], "subcontracting": {"subcontracts": [{"id": "1", "subcontractor": {"id": "S"}}]}}
    award = {"id": "w", "suppliers": [{"id": "A"}],
             "subcontracting": {"subcontracts": [{"id": "1", "subcontractors": [{"id": "T"}], "tenderers": [{"id": "A"}]}]}}  # fmt: skip
    found = tenderers(read({**RELEASE, "parties": parties, "bids": {"details": [bid]}, "awards": [award]}))
    assert [sub.name for sub in found["Alpha Ltd"].subcontractors] == ["Sub S", "Sub T"]
    assert found["Sub U"].roles == [Role.SUBCONTRACTOR]  # named by its role alone: whose it is, is not said
    assert set(found) == {"Alpha Ltd", "Sub U"}


def test_lots_and_offers(read: Read) -> None:
    tender = {"lots": [{"id": 1, "title": "One", "value": {"amount": "100", "currency": "EUR"}}, {"id": "2"}],
              "items": [{"id": "i", "relatedLot": "1", "classification": {"scheme": "CPV", "id": "18100000-0", "description": "Workwear"}}],
              "mainProcurementCategory": "goods"}  # fmt: skip
    bids = [{"id": "b", "date": "2024-03-01T10:00:00Z", "status": "valid", "relatedLots": ["1"], "countriesOfOrigin": ["MM", "Narnia"],
             "value": {"amount": 80.5, "currency": "EUR"}, "tenderers": [{"id": "A"}]},
            {"id": "c", "relatedLot": "7", "value": {"amount": -1}, "tenderers": [{"id": "A"}]}]  # fmt: skip
    award = {"id": "w", "suppliers": [{"id": "A"}], "relatedLots": [{"lotId": "2"}]}
    reading = read({**RELEASE, "tender": tender, "bids": {"details": bids}, "awards": [award]})
    process, alpha = reading.processes[0], tenderers(reading)["Alpha Ltd"]
    assert [(lot.lot_id, lot.title, lot.value and lot.value.amount) for lot in process.lots] == [("1", "One", 100), ("2", None, None)]
    assert [(item.scheme, item.code, item.lot_id, item.hs) for item in process.items] == [("CPV", "18100000-0", "1", ["61", "62"])]
    assert (process.category, alpha.lot_ids) == ("goods", ["1", "7", "2"])
    first, second = alpha.bids
    assert (first.submitted_on, first.status, first.countries_of_origin, first.value and first.value.amount) == (
        dt.date(2024, 3, 1), "valid", ["MMR"], 80.5)  # fmt: skip
    assert (second.lot_ids, second.value) == (["7"], None)
    assert {(r.place.path, r.value) for r in reading.refusals} == {
        ("bids.details[0].countriesOfOrigin", "Narnia"), ("bids.details[1].value.amount", "-1.0"), ("bids.details[1]", "7"),
    }  # fmt: skip


def test_declarations_answer_exclusion_grounds(read: Read) -> None:
    tender = {"exclusionGrounds": {"criteria": [{"id": "r1", "type": "child-labour", "description": "Child labour"}]},
              "criteria": [{"id": "c", "title": "Turnover", "requirementGroups": [{"id": "g", "requirements": [{"id": "r2"}]}]},
                           {"id": "x", "classification": {"id": "CRITERION.EXCLUSION.HUMAN_TRAFFICKING"}, "title": "Trafficking",
                            "requirementGroups": [{"id": "g", "requirements": [{"id": "r3", "title": "Convicted?"}]}]}]}  # fmt: skip
    answers = [{"id": str(i), "requirement": {"id": f"r{i}"}, "value": value} for i, value in ((1, False), (2, True), (3, "yes"))]
    unclear = {"id": "4", "requirement": {"id": "r1"}, "value": "see annex"}
    bid = {"id": "b", "date": "2024-03-01", "tenderers": [{"id": "A"}], "requirementResponses": [*answers, unclear]}
    reading = read({**RELEASE, "tender": tender, "bids": {"details": [bid]}})
    first, second = tenderers(reading)["Alpha Ltd"].declarations
    assert (first.matter, first.answer, first.text, first.declared_on) == (
        "child-labour", DeclarationState.NO, "Child labour", dt.date(2024, 3, 1))  # fmt: skip
    assert (second.matter, second.answer, second.text) == ("CRITERION.EXCLUSION.HUMAN_TRAFFICKING", DeclarationState.YES, "Convicted?")
    assert second.place
    assert second.place.path == "bids.details[0].requirementResponses[2]"
    assert (reasons(reading), reading.ignored) == ({"neither yes nor no"}, {"responses to criteria that are no exclusion grounds": 1})


def test_embedded_organisations_of_1_0_are_one_by_their_number(read: Read) -> None:
    supplier = {"name": "Rieder", "identifier": {"scheme": "PY-RUC", "id": "80002612-8"}}
    release = {"ocid": "o", "awards": {"suppliers": [supplier], "items": [{"suppliers": supplier}]}, "contracts": [{"suppliers": supplier}]}
    (tenderer,) = read(release).processes[0].tenderers
    assert (tenderer.organisation.organisation_id, tenderer.roles) == ("PY-RUC-80002612-8", [Role.SUPPLIER])
    assert len(tenderer.organisation.places) == 3
