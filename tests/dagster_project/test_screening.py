"""`deeptier screen` on a small published warehouse: reading, matching, judgements and profiles together."""

import datetime as dt
import json

import polars as pl
import pytest
import warehouse_of as made
from warehouse_of import DAY

from dagster_project import screening, searched
from data import model
from pipelines.refusal import Refused
from pipelines.resolution.thresholds import threshold
from pipelines.reviews import log, pairs, record, screenings, store
from pipelines.workspace import Workspace, WorkspaceError
from risk.screening import context

CNPJ = "11.222.333/0001-81"
LISTINGS = [
    made.listing("br:1", "br_lista_suja", "Fazenda Boa Esperança Ltda", country="BRA", identifiers=["BR-CNPJ:11222333000181"]),
    made.listing("uflpa:1", "us_uflpa", "Northern Light Textile Company Limited", 2, 1001, country="CHN"),
    made.listing(
        "uflpa:2", "us_uflpa", "Golden River Silicon Co., Ltd.", 3, 1001, country="CHN", status="removed", delisted_on=dt.date(2026, 3, 1)
    ),
    made.listing("un:1", "un_sc", "Ibrahim Karimov Sadulla", 2, 1002, entity_type="person", country="UZB"),
]
STATES = [
    made.state("br_lista_suja"), made.state("us_uflpa", received_on=DAY - dt.timedelta(days=60)),
    made.state("un_sc", "stale", message="newest copy not used (too short)"),
    made.state("eu_fsf", "failed", None), made.state("us_cbp_wro", "not_loaded", None, "switched off in deeptier.yml"),
    made.state("us_ofac_sdn", "not_loaded", None, "not loaded"), made.state("eu_edes"), made.state("wb_debarred"),
]
BATCHES = [made.copy(1000, "br_lista_suja"), made.copy(1001, "us_uflpa", DAY - dt.timedelta(days=60)), made.copy(1002, "un_sc")]


@pytest.fixture(scope="module")
def workspace(tmp_path_factory):
    return made.publish(tmp_path_factory.mktemp("screening") / "w", LISTINGS, STATES, BATCHES)


@pytest.fixture
def mine(tmp_path):
    """A workspace of its own, for tests that judge."""
    return made.publish(tmp_path / "w", LISTINGS, STATES, BATCHES)


def ask(folder, profile="eu_2014_24", as_of=DAY, **bidder):
    """The screening of one bidder, and its only tenderer's result."""
    found = screening.screen(folder, None, profile, one=bidder, as_of=as_of, by="an officer")
    return found, found.results[0].tenderers[0]


def test_every_list_says_whether_it_was_searched_in_which_version_and_if_not_why(workspace):
    lists = {one.list_id: one for one in ask(workspace, name="Anyone at all Ltd")[0].lists}
    assert set(lists) == set(model.vocabulary("list").codes)
    told = {name: (one.state.value, one.why) for name, one in lists.items()}
    assert told["br_lista_suja"] == ("searched", None)
    assert told["us_uflpa"] == ("stale", "older_than_allowed")
    assert told["un_sc"] == ("stale", "last_good_copy")
    assert told["eu_fsf"] == ("not_searched", "failed")
    assert told["us_cbp_wro"] == ("not_searched", "switched_off")
    assert told["us_ofac_sdn"] == ("not_searched", "not_loaded")
    assert told["wb_debarred"] == ("not_searched", "empty")
    assert told["eu_edes"] == ("searched", None)  # its source says that it may be empty
    assert told["us_bis_entity_list"] == ("not_searched", "not_loaded")
    first = lists["br_lista_suja"]
    assert (first.batch, first.sha256, first.received_on, first.age_days, first.entries) == (1000, f"{1000:064x}", DAY, 0, 1)
    assert lists["us_uflpa"].age_days == 60


def test_a_list_without_a_source_is_not_configured(workspace, monkeypatch):
    monkeypatch.setattr(searched, "source_of", lambda list_id: None)
    lists = searched.searched(pl.DataFrame(LISTINGS), pl.DataFrame(STATES), {}, DAY)
    assert {(one.state, one.why) for one in lists} == {("not_searched", "not_configured")}


def test_the_same_number_is_found_and_leads_back_to_its_row(workspace):
    found, result = ask(workspace, name="Boa Esperanca", country="BR", identifiers=[f"BR-CNPJ:{CNPJ}"])
    fact = result.facts[0]
    assert (result.standing, fact.state, fact.match.basis, fact.match.is_confirmed) == ("facts_found", "found", "identifier", True)
    assert [(one.ground_id, one.kind) for one in fact.grounds] == [("social_labour_obligations", "discretionary")]
    at = fact.entry.source
    assert (at.file, at.line, at.batch, at.publisher) == ("br_lista_suja.csv", 2, 1000, "publisher of br_lista_suja")
    assert found.run_id == "20261120T023000000"
    assert found.by == "an officer"


def test_a_name_alone_is_never_confirmed_and_its_reasons_add_up(workspace):
    result = ask(workspace, name="Northern Light Textile Co Ltd", country="CN")[1]
    match = result.facts[0].match
    assert result.standing == "matches_to_confirm"
    assert match.probability < threshold("confirmed_from")
    assert 1 / (1 + 2.718281828459045 ** -sum(one.logits for one in match.reasons)) == pytest.approx(match.probability, abs=1e-6)


def test_nobody_of_that_name_is_nothing_found(workspace):
    assert ask(workspace, name="Bluebell Stationery plc", country="GB")[1].standing == "nothing_found"


def test_lists_are_those_of_the_day(workspace):
    bidder = {"name": "Golden River Silicon Co Ltd", "country": "CN"}
    assert [ask(workspace, as_of=day, **bidder)[1].standing for day in (DAY, dt.date(2025, 6, 1), dt.date(2024, 4, 30))] == [
        "ended_only", "matches_to_confirm", "nothing_found"
    ]


def test_a_bidder_that_may_be_a_person_is_compared_with_persons_and_confirmed_by_nothing_but_a_number(workspace):
    named = ask(workspace, name="Ibrahim Karimov Sadulla", country="UZ")[1]
    assert [(fact.entry.listing_id, fact.state, fact.match.is_confirmed) for fact in named.facts] == [("un:1", "to_confirm", False)]
    assert ask(workspace, name="Ibrahim Karimov Sadulla LLC", country="UZ")[1].facts == []


def test_a_namesake_of_a_listed_person_is_shown_only_where_the_name_is_close_and_without_address(tmp_path):
    person = {**LISTINGS[3], "address": "12 Hidden Lane, Tashkent"}
    folder = made.publish(tmp_path / "w", listings=[person], states=[made.state("un_sc")])
    found, result = ask(folder, name="Ibrahim Karimov Sadulla", country="UZ")
    assert [(fact.state, fact.grounds, fact.entry.address) for fact in result.facts] == [("to_confirm", [], None)]
    assert "Hidden Lane" not in found.model_dump_json()
    least = context.asking()["limits"]["person_by_name"]["value"]
    for name in ("Ibrahim Karimov", "Karimov Sadulla Akram", "Ibragim Karimow Sadula", "Sadulla Ibrahim"):
        low = screening.screen(folder, None, "eu_2014_24", one={"name": name, "country": "UZ"}, as_of=DAY, floor=0.05)
        assert all(fact.match.probability >= least for fact in low.results[0].tenderers[0].facts)


def test_a_hit_in_an_old_copy_says_so_first(workspace):
    fact = ask(workspace, name="Northern Light Textile Co Ltd", country="CN")[1].facts[0]
    assert fact.entry.is_of_old_copy
    assert [one.needs[0] for one in fact.grounds] == ["check_current_list"]
    fresh = ask(workspace, name="Boa Esperanca", country="BR", identifiers=[f"BR-CNPJ:{CNPJ}"])[1].facts[0]
    assert not fresh.entry.is_of_old_copy


def test_an_entry_past_the_end_that_its_source_reckons_is_to_be_confirmed(tmp_path):
    listed = {**LISTINGS[0], "decided_on": dt.date(2024, 3, 1), "expected_end_on": DAY}
    folder = made.publish(tmp_path / "w", listings=[listed], states=[made.state("br_lista_suja")])
    bidder = {"name": "Boa Esperanca", "country": "BR", "identifiers": [f"BR-CNPJ:{CNPJ}"]}
    told = [ask(folder, as_of=day, **bidder)[1].facts[0] for day in (DAY, DAY + dt.timedelta(days=1))]
    assert [(fact.state, fact.entry.status, fact.entry.expected_end_on) for fact in told] == [
        ("found", "active", DAY), ("to_confirm", "active", DAY)
    ]
    assert told[1].entry.decided_on == dt.date(2024, 3, 1)
    assert "term_over" in told[1].grounds[0].needs


def test_a_sole_trader_is_found_by_the_number_of_the_business(tmp_path):
    trader = {**LISTINGS[0], "entity_type": "person", "name": "Maria Boa Esperanca"}
    folder = made.publish(tmp_path / "w", listings=[trader], states=STATES)
    result = ask(folder, name="41.297.068 MARIA BOA ESPERANCA", country="BR", identifiers=[f"BR-CNPJ:{CNPJ}"])[1]
    assert [(fact.state, fact.match.basis) for fact in result.facts] == [("found", "identifier")]


def test_a_number_in_a_table_is_read_with_its_scheme(workspace, tmp_path):
    file = tmp_path / "bidders.csv"
    file.write_text(f"bidder,country,identifier\nBoa Esperanca,BR,BR-CNPJ:{CNPJ}\n", encoding="utf-8")
    (process,) = screening.screen(workspace, file, "eu_2014_24", as_of=DAY).results
    assert [fact.match.basis for fact in process.tenderers[0].facts] == ["identifier"]


def test_without_results_there_is_nothing_to_search(tmp_path):
    Workspace.create(tmp_path / "w")
    with pytest.raises(WorkspaceError, match=r"no published results.*deeptier run"):
        screening.screen(tmp_path / "w", None, "eu_2014_24", one={"name": "Anyone"})


def test_an_unknown_profile_and_a_bidder_without_a_name_are_refused(workspace):
    with pytest.raises(model.ModelError, match="no profile 'mars'"):
        screening.screen(workspace, None, "mars", one={"name": "Anyone"})
    with pytest.raises(model.ModelError, match=r"holds from 2025-02-24, and 2024-06-01 is before"):
        screening.screen(workspace, None, "uk_procurement_act_2023", one={"name": "Anyone"}, as_of=dt.date(2024, 6, 1))
    with pytest.raises(Refused, match="no name and no identifier"):
        screening.screen(workspace, None, "eu_2014_24", one={})


def test_a_warehouse_without_any_list_leaves_everybody_unsearched(tmp_path):
    folder = made.publish(tmp_path / "w", states=[made.state("us_uflpa", "not_loaded", None)])
    assert ask(folder, name="Bluebell Stationery plc")[1].standing == "not_searched"


def test_a_table_of_bidders(workspace, tmp_path):
    file = tmp_path / "bidders.csv"
    file.write_text("name,country,lot\nBluebell Stationery plc,GB,1\nNorthern Light Textile Company Limited,CN,2\n", encoding="utf-8")
    found = screening.screen(workspace, file, "uk_procurement_act_2023", as_of=DAY)
    standings = {one.tenderer.organisation.name: one.standing for one in found.results[0].tenderers}
    assert standings == {"Bluebell Stationery plc": "nothing_found", "Northern Light Textile Company Limited": "matches_to_confirm"}


def judge(folder, found, verdict):
    """A person judges every pair of a screening that was kept, as the work list shows it."""
    record(folder, found)
    with store.writing(folder) as connection:
        rows = list(screenings.pairs(connection))
        organisations = {row["left_key"]: row["organisation"] for row in rows}
        keys = pl.DataFrame({"left_key": [row["left_key"] for row in rows], "listing_id": [row["listing_id"] for row in rows]})
        hashed = pairs.bidder_pairs(keys, organisations, searched.opened(screening.published(folder), DAY).listing).to_dicts()
        judged = [{**row, "facts": json.loads(row["facts"]), "verdict": verdict, "by": "an officer", "why": "compared"} for row in hashed]
        log.add(connection, judged, dt.datetime.now(dt.UTC))


BIDDER = {"name": "Northern Light Textile Co Ltd", "country": "CN"}


@pytest.mark.parametrize(
    ("verdict", "standing"), [("different", "nothing_found"), ("same", "other_facts"), ("unsure", "matches_to_confirm")]
)
def test_a_judgement_holds_in_the_next_tender(mine, verdict, standing):
    judge(mine, ask(mine, **BIDDER)[0], verdict)
    result = ask(mine, tender="another tender", **BIDDER)[1]
    assert result.standing == standing
    assert result.facts[0].match.judgement.by == "an officer"


def test_a_judgement_opens_again_when_a_fact_changes(mine):
    judge(mine, ask(mine, **BIDDER)[0], "different")
    moved = ask(mine, address="1 Harbour Road, Ningbo", **BIDDER)[1]
    assert moved.standing == "matches_to_confirm"
    assert moved.facts[0].match.judgement.is_open_again
    assert ask(mine, **BIDDER)[1].standing == "nothing_found"


def test_a_confirmed_pair_is_no_longer_confirmed_when_a_fact_changes(mine):
    judge(mine, ask(mine, **BIDDER)[0], "same")
    moved = ask(mine, address="1 Harbour Road, Ningbo", **BIDDER)[1]
    assert moved.standing == "matches_to_confirm"
    assert moved.facts[0].match.is_confirmed is False


def owned(folder, share, is_control=None, **more):
    """A bidder that is owned, by way of another company, by the listed farm."""
    parties = [
        {"party_id": "a", "name": "Fazenda Boa Esperança Ltda", "country": "BRA", "tax_id": "11222333000181"},
        {"party_id": "b", "name": "Middle Holding SA", "country": "BRA"},
        {"party_id": "c", "name": "Sunrise Foods Ltd", "country": "GBR"},
    ]
    who = {"source_type": "supplier_saq"}
    links = [  # the bidder owns a hundredth of its owner's owner: a ring
        {"ownership_link_id": "1", "owner_id": "a", "owned_id": "b", "share": 0.8, "is_control": True, "row_id": 1000 << 32, **who},
        {"ownership_link_id": "2", "owner_id": "b", "owned_id": "c", "share": share, "is_control": is_control, "row_id": 1000 << 32, **who},
        {"ownership_link_id": "3", "owner_id": "c", "owned_id": "a", "share": 0.01, "row_id": 1000 << 32},
    ]
    return made.publish(folder, LISTINGS, STATES, BATCHES, parties, links, **more)


@pytest.mark.parametrize(
    ("share", "is_control", "effective", "is_held"),
    [(0.5, None, (0.4, 0.4), True), (0.2, None, (0.16, 0.16), False), (None, None, (None, 0.8), True), (0.2, True, (0.16, 0.16), True)],
)
def test_an_owner_counts_as_far_as_the_shares_multiply_and_is_always_shown(tmp_path, share, is_control, effective, is_held):
    result = ask(owned(tmp_path / "w", share, is_control), "uk_procurement_act_2023", name="Sunrise Foods Ltd", country="GB")[1]
    (owner,) = [fact for fact in result.facts if fact.connection.kind == "owner"]
    connection = owner.connection
    assert (connection.effective_share_min, connection.effective_share) == pytest.approx(effective)
    assert connection.is_control is bool(is_control)
    assert [(step.owner, step.owned, step.share_min) for step in connection.steps] == [
        ("Fazenda Boa Esperança Ltda", "Middle Holding SA", 0.8), ("Middle Holding SA", "Sunrise Foods Ltd", share)
    ]
    assert [one.ground_id for one in owner.grounds] == ["labour_market_misconduct" if is_held else "not_held_against"]


def test_under_the_directive_an_owners_decision_is_shown_and_not_held_against_the_bidder(tmp_path):
    result = ask(owned(tmp_path / "w", 1.0), name="Sunrise Foods Ltd", country="GB")[1]
    assert result.standing == "other_facts"
    assert {(one.ground_id, one.kind) for fact in result.facts for one in fact.grounds} == {("not_held_against", "no_ground")}


def test_what_registers_say_counts_beside_what_people_gave(tmp_path):
    said = {"register": "a register", "interest": "consolidation", "stated_on": DAY - dt.timedelta(days=30), "owned_key": "c"}
    records = [
        {**said, "record_id": "r:1", "owner_key": "b", "is_control": True},
        {**said, "record_id": "r:2", "owner_unknown": "natural_persons"},
        {**said, "record_id": "r:3", "owner_key": "a", "is_control": True, "stated_on": DAY + dt.timedelta(days=1)},
    ]  # fmt: skip
    folder = owned(tmp_path / "w", 0.2, records=records)
    result = ask(folder, "uk_procurement_act_2023", name="Sunrise Foods Ltd", country="GB")[1]
    owner = next(fact.connection for fact in result.facts if fact.connection.kind == "owner")
    assert owner.is_control  # by the register, though the share is small; what was said later than the day is not known on it
    assert [step.source for step in owner.steps] == ["source_type:supplier_saq", "a register", "source_type:supplier_saq"]
    assert {one.kind for one in result.connections} == {"owner", "owned", "owner_unknown"}
    question = next(one for one in result.questions if one.code == "owner_unknown")
    assert question.values == {"name": "Sunrise Foods Ltd", "reasons": ["natural_persons"], "register": "a register"}


def test_the_term_of_a_debarment_is_kept_until_it_ends(tmp_path):
    ends, entry = DAY + dt.timedelta(days=100), {"status": "active", "country": "GBR"}
    listings = [
        made.listing("wb:1", "wb_debarred", "Debarred Works Ltd", delisted_on=ends, **entry),
        made.listing("us:1", "us_uflpa", "Debarred Works Ltd", 3, delisted_on=ends, **entry),
    ]  # fmt: skip
    folder = made.publish(tmp_path / "w", listings, [made.state("wb_debarred"), made.state("us_uflpa")], [made.copy(1000, "wb_debarred")])

    def terms(day):
        facts = ask(folder, as_of=day, name="Debarred Works Ltd", country="GB")[1].facts
        return {fact.entry.list_id: (fact.entry.expected_end_on, fact.entry.delisted_on, fact.entry.status) for fact in facts}

    assert terms(DAY) == {"wb_debarred": (ends, None, "active"), "us_uflpa": (None, None, "active")}
    assert terms(ends)["wb_debarred"] == (None, ends, "expired")


def test_many_bidders_are_searched_at_once(workspace, tmp_path):
    names = [f"Company number {at} of the valley" for at in range(1500)]
    file = tmp_path / "bidders.csv"
    file.write_text("name,country\n" + "\n".join(f"{name},GB" for name in names) + "\nFazenda Boa Esperança Ltda,BR\n", encoding="utf-8")
    found = screening.screen(workspace, file, "eu_2014_24", as_of=DAY).results[0].tenderers
    assert len(found) == 1501
    assert [one.tenderer.organisation.name for one in found if one.facts] == ["Fazenda Boa Esperança Ltda"]


def test_a_judgement_about_an_owner_holds_too(tmp_path):
    folder = owned(tmp_path / "w", 0.9)
    bidder = {"profile": "uk_procurement_act_2023", "name": "Sunrise Foods Ltd", "country": "GB"}
    judge(folder, ask(folder, **bidder)[0], "different")
    result = ask(folder, **bidder)[1]
    assert {(fact.connection.kind, fact.state.value) for fact in result.facts} == {("owner", "dismissed"), ("owned", "dismissed")}
