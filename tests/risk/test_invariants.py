"""The invariants of the scoring rule, as properties over made-up findings."""

import datetime as dt

import pytest
from build import METHOD, SPECS, clean, context, one, score, sign
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

EVIDENCE = ("fees", "months", "over_cap", "licence", "documents", "deposit", "contract", "violence", "wages", "hours", "conditions")
unit = st.floats(0, 1).map(lambda value: round(value, 3))
contexts = st.tuples(unit, unit, unit)
signs = st.lists(
    st.builds(
        lambda name, v, r, months, source: sign(
            name, v, r, source_type=source, observed_on=dt.date(2026, 6, 1) - dt.timedelta(30 * months)
        ),
        st.sampled_from(EVIDENCE),
        unit,
        st.sampled_from([0.2, 0.5, 0.8, 0.9, 1.0]),
        st.integers(0, 60),
        st.sampled_from(["worker_survey", "supplier_saq", "media", "audit_unannounced"]),
    ),
    max_size=6,
)
calm = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
DRAWS = 64
TINY = 1e-9


def results(*cases, **options):
    """Scores of several variants of one party, computed together."""
    rows = [{**row, "party_id": f"P{number}"} for number, case in enumerate(cases) for row in case]
    found = score(rows, parties=[f"P{number}" for number in range(len(cases))], **options)
    return [one(found, party=f"P{number}") for number in range(len(cases))]


@calm
@given(contexts, signs, st.data())
def test_1_losing_a_favourable_answer_never_lowers_the_index(where, found, data):
    rows = context(*where, 0.5) + found
    clear = data.draw(st.lists(st.sampled_from(EVIDENCE), max_size=4, unique=True))
    with_answers, without, unknown = results(
        rows + clean(*clear), rows, rows + [{**row, "intensity": None} for row in clean(*clear)], draws=DRAWS
    )
    assert without["index_p80"] >= with_answers["index_p80"] - TINY
    assert unknown["index_p80"] >= with_answers["index_p80"] - TINY


@calm
@given(contexts, signs, signs)
def test_2_another_sign_never_lowers_the_likelihood(where, found, more):
    fewer, greater = results(context(*where, 0.5) + found, context(*where, 0.5) + found + [row for row in more if row["intensity"] > 0])
    assert greater["likelihood"] >= fewer["likelihood"] - TINY


@calm
@given(contexts, signs)
def test_2_mitigation_never_goes_below_the_floor(where, found):
    without, with_measure = results(context(*where, 0.5) + found, context(*where, 0.5) + found + [sign("measure", 1.0)])
    assert with_measure["likelihood"] <= without["likelihood"] + TINY
    assert with_measure["likelihood"] >= (with_measure["floor"] or 0) - TINY


@calm
@given(contexts, signs, st.integers(2, 5))
def test_3_copies_of_one_report_change_nothing(where, found, copies):
    rows = context(*where, 0.5) + [{**row, "event_id": f"E{number}"} for number, row in enumerate(found)]
    single, several = results(rows, rows + [{**row, "evidence": f"copy-{n}"} for n in range(copies) for row in rows if "event_id" in row])
    assert several["logit"] == pytest.approx(single["logit"], abs=1e-9)


@calm
@given(contexts, signs, st.randoms())
def test_5_order_changes_nothing(where, found, random):
    rows = context(*where, 0.5) + found
    mixed = list(rows)
    random.shuffle(mixed)
    first, second = score(rows, draws=DRAWS).scores, score(mixed, draws=DRAWS).scores
    assert first.equals(second)


def test_6_no_context_and_no_evidence_is_the_intercept():
    got = one(score(context(0, 0, 0, 0), sector=0.0, covered=1.0))
    assert got["logit"] == pytest.approx(METHOD["prior.intercept"])


@calm
@given(contexts, st.integers(0, 9))
def test_7_the_prior_cap_binds_and_opacity_stays_below_its_own(where, dark):
    got = one(score(context(*where, 1.0), sector=1.0, covered=0.3, dark=dark))
    assert 1 / (1 + 2.718281828459045 ** -got["logit_p0"]) <= 0.35 + 1e-12
    assert got["likelihood"] <= 0.5452
    assert got["raw_band"] != "critical"


def test_7_state_imposed_labour_is_exempt_from_the_cap():
    got = one(score([*context(1, 1, 1, 1), sign("state", 1.0, 1.0, override="TERRITORY_BAN")], sector=1.0))
    assert got["logit_p0"] == got["logit_uncapped"]
    assert got["raw_band"] == "critical"


@calm
@given(contexts, st.sampled_from(EVIDENCE), unit, st.sampled_from(["worker_verified", "monitored"]))
def test_9_a_party_that_finds_discloses_and_remedies_never_ranks_above_its_silent_twin(where, name, v, state):
    found = sign(name, v, 0.8, state="disclosed", severity=4, source_type="supplier_saq")
    remedy = sign("remedy", 0.35, 1.0, evidence_class="REMEDY", detail=name, state=state)
    silent, open_book = results(context(*where, 0.5), [*context(*where, 0.5), found, remedy], draws=DRAWS)
    assert open_book["index_p80"] <= silent["index_p80"] + TINY
    assert open_book["likelihood"] <= silent["likelihood"] + TINY


def test_spend_is_no_input():
    """Invariant 4 holds by construction: nothing that scoring reads has an amount, a volume or a leverage."""
    from risk.heads import Inputs

    assert set(Inputs.__dataclass_fields__) == {"rows", "party", "sector_share", "coverage"}


def test_a_match_that_nobody_confirmed_adds_nothing():
    rows = context(0.3, 0.3, 0.3, 0.3)
    without, pending = results(rows, [*rows, sign("listed", 1.0, 1.0, state="pending_match", override="LIST_FL", match_confidence=0.85)])
    assert pending["logit"] == pytest.approx(without["logit"])
    assert pending["override"] is None


def test_an_ended_listing_sets_no_floor_and_stays_visible():
    rows = context(0.3, 0.3, 0.3, 0.3)
    active, ended = results(
        [*rows, sign("listed", 1.0, 1.0, override="LIST_FL")], [*rows, sign("listed", 0.35, 1.0, evidence_class="M", state="ended")]
    )
    assert (active["raw_band"], active["override"]) == ("critical", "LIST_FL")
    assert ended["override"] is None
    assert 0 < ended["evidence_logits"] < active["evidence_logits"]


def test_a_listed_owner_is_no_evidence_of_the_party_itself():
    got = one(score([*context(1, 1, 1, 1), sign("ent_owner_listed", 0.9, 1.0, severity=3)], sector=1.0))
    assert (got["raw_band"], got["band_label"]) == ("high", "linked")


def test_opacity_is_for_parties_of_whom_data_can_be_asked():
    mine, public = one(score(context(0.5, 0.5, 0.5, 0.5))), one(score(context(0.5, 0.5, 0.5, 0.5), own_chain=False))
    assert (mine["opacity"], public["opacity"]) == (pytest.approx(0.8), 0.0)


def test_clean_words_of_the_supplier_itself_do_not_make_it_safe():
    said, asked = results(
        context(0.1, 0.1, 0.1, 0.1) + clean(*EVIDENCE, source="supplier_saq", r=0.2),
        context(0.1, 0.1, 0.1, 0.1) + clean(*EVIDENCE, source="worker_survey"),
    )
    assert said["raw_band"] == "insufficient"
    assert said["absence_logits"] == 0
    assert asked["raw_band"] == "low"


def test_nothing_unknown_is_low():
    assert one(score(context(0, 0, 0, 0), sector=0.0))["raw_band"] == "insufficient"


def test_old_adverse_evidence_counts_half_and_old_praise_nothing():
    old = dt.date(2023, 1, 1)
    fresh, aged = results(context(0, 0, 0, 0) + [sign("wages", 1.0)], context(0, 0, 0, 0) + [sign("wages", 1.0, observed_on=old)])
    assert aged["evidence_logits"] == pytest.approx(fresh["evidence_logits"] / 2)
    assert one(score(context(0, 0, 0, 0) + clean("wages", observed_on=old)))["absence_logits"] == 0


def test_specs_of_the_tests_are_of_known_groups():
    assert {spec.group for spec in SPECS.values()} - set(METHOD.groups) == {"CTX_COUNTRY", "CTX_GOODS", "PROFILE", "MITIGATION", "REMEDY"}


def test_2_an_older_graver_observation_does_not_hide_a_newer_one():
    """Old signs count half: 0.8 of two years and a half ago weighs less than 0.5 of last month, and both stay on record."""
    rows = [*context(0, 0, 0, 0), sign("wages", 1.0, 0.5)]
    newer, both = results(rows, [*rows, sign("wages", 1.0, 0.8, observed_on=dt.date(2023, 12, 1))])
    assert both["evidence_logits"] == pytest.approx(newer["evidence_logits"])


def test_2_a_second_small_sign_that_lights_a_dark_group_does_not_lower_the_likelihood():
    rows = [*context(0, 0, 0, 0), sign("fees", 0.3, 0.5)]
    one_sign, two_signs = results(rows, [*rows, sign("months", 0.3, 0.5), sign("over_cap", 0.1, 0.5)])
    assert two_signs["likelihood"] >= one_sign["likelihood"] - TINY


def remedy(state, multiplier, day, evidence="remedy"):
    return sign("remedy", multiplier, 1.0, evidence_class="REMEDY", detail="fees", state=state, observed_on=day, evidence=evidence)


def test_a_recurrence_undoes_a_remedy_that_another_source_confirmed():
    rows = [*context(0, 0, 0, 0), sign("fees", 1.0, observed_on=dt.date(2025, 1, 1))]
    verified = remedy("worker_verified", 0.35, dt.date(2025, 6, 1), "a")
    again = remedy("recurred", 1.0, dt.date(2026, 1, 1), "b")
    bare, remedied, recurred = results(rows, [*rows, verified], [*rows, verified, again])
    assert remedied["evidence_logits"] == pytest.approx(0.35 * bare["evidence_logits"])
    assert recurred["evidence_logits"] == pytest.approx(bare["evidence_logits"])


def test_a_remedy_of_before_the_finding_does_not_shut_out_one_of_after():
    rows = [*context(0, 0, 0, 0), sign("fees", 1.0, observed_on=dt.date(2025, 6, 1))]
    before, after = remedy("worker_verified", 0.35, dt.date(2025, 1, 1), "a"), remedy("delivered", 0.7, dt.date(2025, 9, 1), "b")
    bare, delivered = results(rows, [*rows, before, after])
    assert delivered["evidence_logits"] == pytest.approx(0.7 * bare["evidence_logits"])


def test_an_ended_listing_counts_as_the_entry_did_times_the_factor():
    (ended,) = results([*context(0, 0, 0, 0), sign("listed", 0.35, 1.0, evidence_class="S", state="ended")])
    assert ended["evidence_logits"] == pytest.approx(0.35 * METHOD["weights.K"])
    assert (ended["floor"], ended["is_context_only"]) == (None, True)


def test_a_sign_drawn_from_others_is_not_missing_from_anybody_s_coverage():
    from dataclasses import replace

    drawn = {**SPECS, "hours": replace(SPECS["hours"], inputs=("finding",)), "more": replace(SPECS["hours"], id="more")}
    got = one(score([*context(0, 0, 0, 0), *clean("wages")], specs=drawn))
    assert got["coverage"] == one(score([*context(0, 0, 0, 0), *clean("wages")]))["coverage"]


def test_a_confirmed_match_never_reads_lower_than_the_score_of_record():
    import polars as pl
    from build import AS_OF, finding_frame

    from pipelines.derive import conform
    from risk.coverage import coverage, group_coverage
    from risk.frames import by_head, reduce_findings
    from risk.heads import Inputs, head_scores
    from risk.score import if_confirmed

    names = [f"P{number}" for number in range(30)]
    rows = [sign("wages", 0.9, party=name) for name in names[1:]]
    rows += [row for name in names for row in context(0.2, 0.2, 0.2, 0.2, party=name)]
    rows.append(sign("listed", 0.01, 0.1, "P0", evidence_class="W", state="pending_match", match_confidence=0.8))
    finding = reduce_findings(by_head(finding_frame(rows), SPECS))
    party = conform("party", pl.LazyFrame({"party_id": names, "name": names, "sector": ["garments"] * 30, "country": ["BGD"] * 30}))
    share = pl.LazyFrame({"sector": ["garments"], "z_sector": [0.3], "expected_severity": [2]})
    covered = coverage(party, group_coverage(finding, SPECS, METHOD, AS_OF), pl.LazyFrame(schema={"party_id": pl.String}), METHOD)
    inputs = Inputs(finding, party, share, covered)
    record, confirmed = head_scores(inputs, SPECS, METHOD, AS_OF, DRAWS), if_confirmed(inputs, SPECS, METHOD, AS_OF, DRAWS)
    assert one(confirmed, party="P0")["index_p80"] >= one(record, party="P0")["index_p80"] - TINY
