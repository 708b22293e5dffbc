"""A made-up screening with everything a sheet may have to show. No real tender, firm or decision."""

# ruff: noqa: E501

from __future__ import annotations

import datetime as dt
from typing import Any

from data import procurement as pr
from data import screening as sc

AS_OF = dt.date(2026, 6, 30)
LONG = "Compagnie générale des textiles, filatures, teintureries et ateliers réunis " * 4
ZH, AR, HY = "新疆天山棉花纺织有限公司", "شركة النسيج المتحدة للملابس", "Հայկական տեքստիլ ՍՊԸ"
SCRIPT = '<script>alert("x")</script> & "Söhne"'
FORMULA = '=cmd|" /C calc"!A0'
TYPST = "#panic() = *Bold* $x$ [y] \\ @z"


def organisation(key: str, name: str, country: str | None = "VNM", **more: Any) -> pr.Organisation:
    place = pr.Place(file="tender.json", line=1, path=f"releases[0].parties[{key}]")
    return pr.Organisation(organisation_id=f"P-{key}", name=name, country=country, places=[place], **more)


def source(list_id: str, line: int = 12) -> sc.Source:
    return sc.Source(
        source=list_id, list_id=list_id, publisher="Issuing authority", licence="public domain", url="https://example.org/list",
        batch=3, received_on=dt.date(2026, 6, 28), file=f"{list_id}.csv", line=line,
    )  # fmt: skip


def entry(list_id: str, kind: str, name: str, *, is_in_force: bool = True, **more: Any) -> sc.Entry:
    return sc.Entry(
        **{
            "listing_id": f"{list_id}:{name[:8]}", "list_id": list_id, "kind": kind, "subject": "forced_labour", "name": name, "country": "CHN",
            "authority": "Issuing authority", "reason": "Goods made wholly or in part with forced labour", "listed_on": dt.date(2023, 2, 1),
            "status": "active" if is_in_force else "removed", "is_in_force": is_in_force, "source": source(list_id), **more,
        }
    )  # fmt: skip


def match(probability: float, ours: str, theirs: str, *, is_confirmed: bool = False, **more: Any) -> sc.Match:
    reasons = [
        sc.Compared(feature="agreed", ours=ours, theirs=theirs, logits=2.41),
        sc.Compared(feature="country", ours="CHN", theirs="CHN", logits=0.6),
        sc.Compared(feature="address", ours="12 Cotton Road, Ürümqi", theirs="8 Cotton Street, Aksu", logits=-0.83),
    ]
    return sc.Match(
        pair_id=f"{ours[:5]}|{theirs[:5]}", probability=probability, basis="name_country", our_name=ours, listed_name=theirs,
        is_confirmed=is_confirmed, reasons=reasons, **more,
    )  # fmt: skip


def grounds(is_within: bool | None = True) -> list[sc.GroundReading]:
    return [
        sc.GroundReading(
            ground_id="child_labour_trafficking_conviction", kind=sc.GroundKind.MANDATORY, article="art. 57(1)(f)", authority="eu_directive_2014_24",
            is_within_look_back=is_within, look_back_until=dt.date(2028, 2, 1) if is_within is not None else None, needs=["confirm_identity", "obtain_decision", "check_final", "hear_tenderer"],
        ),
        sc.GroundReading(
            ground_id="social_labour_obligations", kind=sc.GroundKind.DISCRETIONARY, article="art. 57(4)(a)", authority="eu_directive_2014_24",
            is_within_look_back=None, needs=["obtain_decision", "check_self_cleaning", "weigh_proportionality", "ask_date_of_event", "hear_tenderer"],
        ),
    ]  # fmt: skip


def results() -> list[sc.TendererResult]:
    cotton = organisation("1", ZH, "CHN", identifiers=[pr.Identifier(scheme="CN-USCI", id="91650100MA77XXXX1A", is_valid=False)],
                          other_names=["Xinjiang Tianshan Cotton Textile Co., Ltd."], address="12 Cotton Road, Ürümqi", locality="Ürümqi")  # fmt: skip
    united = organisation("2", AR, "EGY", identifiers=[pr.Identifier(scheme="EG-CR", id="4411")])
    member_a = organisation("3a", HY, "ARM", identifiers=[pr.Identifier(scheme="AM-TIN", id="01234567", is_valid=True)])
    member_b = organisation("3b", "Kelana Garments Sdn. Bhd.", "MYS")
    group = organisation("3", "Groupement Ararat–Kelana", None)
    listed = sc.Fact(
        organisation_id="P-1", role=pr.Role.TENDERER, state=sc.FactState.FOUND,
        entry=entry("us_uflpa", "import_prohibition", "Xinjiang Tianshan Cotton Textile Co., Ltd."),
        match=match(0.97, ZH, "Xinjiang Tianshan Cotton Textile Co., Ltd.", is_confirmed=True), grounds=grounds(),
    )  # fmt: skip
    owner = sc.Fact(
        organisation_id="P-1", role="owner", state=sc.FactState.FOUND, entry=entry("us_ofac_sdn", "sanctions", "Tianshan Holding", subject="sanctions"),
        match=match(0.95, "Tianshan Holding", "TIANSHAN HOLDING", is_confirmed=True),
        connection=sc.Connection(kind="owner", name="Tianshan Holding", effective_share=0.357, source="gleif",
                                 steps=[sc.Step(owner="Tianshan Holding", owned="Bosten Cotton", interest="shareholding", share_min=0.51, share_max=0.51,
                                                source="GLEIF", stated_on=AS_OF),
                                        sc.Step(owner="Bosten Cotton", owned=ZH, interest="shareholding", share_max=0.7,
                                                source="source_type:supplier_saq")]),
    )  # fmt: skip
    beside = [
        sc.Connection(kind="sister", name=AR, is_control=True, source="GLEIF", steps=[
            sc.Step(owner="Bosten Cotton", owned=AR, interest="consolidation", is_control=True, source="GLEIF", stated_on=AS_OF)]),
        sc.Connection(kind="owner_unknown", name="Bosten Cotton", source="GLEIF", steps=[
            sc.Step(owned="Bosten Cotton", interest="consolidation", source="GLEIF", stated_on=AS_OF, unknown_reason="natural_persons")]),
        sc.Connection(kind="owned", name=FORMULA, effective_share_min=0.3, effective_share=0.45, steps=[
            sc.Step(owner=ZH, owned=FORMULA, interest="shareholding", share_min=0.3, share_max=0.45, is_indirect=True, source="GLEIF")]),
    ]  # fmt: skip
    debarred = sc.Fact(
        organisation_id="P-1", role=pr.Role.TENDERER, state=sc.FactState.FOUND,
        entry=entry("wb_debarred", "debarment", "Xinjiang Tianshan Cotton Textile Co., Ltd.", expected_end_on=dt.date(2027, 12, 31)),
        match=match(0.97, ZH, "Xinjiang Tianshan Cotton Textile Co., Ltd.", is_confirmed=True),
    )  # fmt: skip
    unnamed = sc.Question(
        code="owner_unknown", values={"name": "Bosten Cotton", "reasons": ["natural_persons"], "register": "GLEIF"}, organisation_id="P-1"
    )
    possible = sc.Fact(
        organisation_id="P-2", role=pr.Role.TENDERER, state=sc.FactState.TO_CONFIRM,
        entry=entry("br_lista_suja", "administrative_decision", "United Textile for Garments", listed_on=None, reason=None),
        match=match(0.62, AR, "United Textile for Garments"), grounds=grounds(None),
    )  # fmt: skip
    ended = sc.Fact(
        organisation_id="P-3b", role=pr.Role.MEMBER, state=sc.FactState.ENDED,
        entry=entry("us_cbp_wro", "import_prohibition", "Kelana Garments", is_in_force=False, delisted_on=dt.date(2024, 9, 5)),
        match=match(0.93, "Kelana Garments Sdn. Bhd.", "Kelana Garments", is_confirmed=True),
    )  # fmt: skip
    dismissed = sc.Fact(
        organisation_id="P-3a", role=pr.Role.MEMBER, state=sc.FactState.DISMISSED, entry=entry("un_sc", "sanctions", "Armen Textil"),
        match=match(0.41, HY, "Armen Textil", judgement=sc.Judgement(judgement_id=4, verdict="different", by="The reviewer",
                    at=dt.datetime(2026, 5, 4, 9, tzinfo=dt.UTC), why="Another register number and another town.")),
    )  # fmt: skip
    declared = sc.Fact(
        organisation_id="P-4", role=pr.Role.TENDERER, state=sc.FactState.DECLARED, grounds=grounds()[1:],
        declaration=pr.Declaration(matter="labour_law", answer=pr.DeclarationState.YES, text="Fined in 2024 for unpaid overtime; paid back.",
                                   declared_on=dt.date(2026, 4, 2)),
    )  # fmt: skip
    low = sc.PriceCheck(lot_id="2", bid_id="B-5", value=pr.Money(amount=61000, currency="EUR"), compared_with=4, median=101500, mean=100250.5,
                        estimate=110000, below_mean=0.391, below_estimate=0.445, is_low=True, rule="abnormally_low")  # fmt: skip
    few = low.model_copy(update={"lot_id": "1", "bid_id": "B-1", "compared_with": 1, "is_low": None, "below_mean": None, "mean": None})
    about = {"list_id": "br_lista_suja", "listed_name": "United Textile for Garments"}
    ask = [
        sc.Question(code="confirm_match", values={**about, "lacking": ["address"], "probability": 0.62}, organisation_id="P-2"),
        sc.Question(code="recruitment", values={"sectors": ["garments"], "goods": [], "ask": ["agencies", "fees"]}, organisation_id="P-2"),
    ]
    explain = sc.Question(
        code="explain_price", values={"lot_id": "2", "below_mean": 0.391, "below_estimate": 0.445, "explain": ["labour_cost"]}
    )

    def made(
        one: pr.Organisation, standing: sc.Standing, lots: list[str], *, tenderer: dict[str, Any] | None = None, **more: Any
    ) -> sc.TendererResult:
        return sc.TendererResult(
            tenderer=pr.Tenderer(organisation=one, roles=[pr.Role.TENDERER], lot_ids=lots, **(tenderer or {})), standing=standing, **more
        )

    offer = pr.Bid(bid_id="B-5", lot_ids=["2"], value=pr.Money(amount=61000, currency="EUR"), submitted_on=dt.date(2026, 4, 2))
    return [
        made(cotton, sc.Standing.FACTS, ["1"], facts=[listed, owner, debarred], prices=[few], questions=[unnamed],
             connections=[owner.connection, *beside] if owner.connection else []),
        made(united, sc.Standing.TO_CONFIRM, ["1", "2"], facts=[possible], questions=ask),
        made(group, sc.Standing.ENDED_ONLY, ["2"], facts=[ended, dismissed],
             tenderer={"is_consortium": True, "members": [member_a, member_b], "subcontractors": [organisation("3c", FORMULA, "THA")]}),
        made(organisation("4", SCRIPT, "DEU"), sc.Standing.FACTS, ["2"], facts=[declared]),
        made(organisation("5", TYPST, "FRA"), sc.Standing.NOTHING_FOUND, ["2"], prices=[low], questions=[explain], tenderer={"bids": [offer]}),
        made(organisation("6", LONG, "FRA"), sc.Standing.NOTHING_FOUND, ["1"], questions=[ask[1]]),
        made(organisation("7", FORMULA, None), sc.Standing.NOTHING_FOUND, []),
        made(organisation("8", "", None), sc.Standing.NOT_SEARCHED, ["1"]),
    ]  # fmt: skip


LISTS = [
    sc.SearchedList(list_id="us_uflpa", source="us_uflpa", state=sc.SearchState.SEARCHED, entries=144, batch=3, sha256="ab" * 32,
                    received_on=dt.date(2026, 6, 28), newest_entry_on=dt.date(2025, 1, 15), age_days=2, licence="public domain"),
    sc.SearchedList(list_id="us_ofac_sdn", source="us_ofac_sdn", state=sc.SearchState.SEARCHED, entries=17512, received_on=dt.date(2026, 6, 29), age_days=1),
    sc.SearchedList(list_id="us_cbp_wro", source="us_cbp_wro", state=sc.SearchState.SEARCHED, entries=62, received_on=dt.date(2026, 6, 29), age_days=1),
    sc.SearchedList(list_id="un_sc", source="un_sc", state=sc.SearchState.SEARCHED, entries=1008, received_on=dt.date(2026, 6, 29), age_days=1),
    sc.SearchedList(list_id="br_lista_suja", source="br_lista_suja", state=sc.SearchState.STALE, entries=614, received_on=dt.date(2025, 10, 8), age_days=265, why="older_than_allowed"),
    sc.SearchedList(list_id="eu_fsf", source="eu_fsf", state=sc.SearchState.NOT_SEARCHED, why="not_loaded"),
]  # fmt: skip


def screening(**changes: Any) -> sc.Screening:
    """The made-up screening; `changes` replace fields of it."""
    found = results()
    process = pr.Process(
        process_id="ocds-made-up-0001", title="Work clothing for hospital staff, 2026–2029", buyer="Hôpitaux réunis", buyer_country="FRA",
        dated_on=dt.date(2026, 4, 3), value=pr.Money(amount=240000, currency="EUR"), category="goods",
        lots=[pr.Lot(lot_id="1", title="Cotton trousers"), pr.Lot(lot_id="2", title="Jackets", value=pr.Money(amount=110000, currency="EUR"))],
        items=[pr.Item(description="Trousers", scheme="CPV", code="18234000", lot_id="1", hs=["6203"])],
        tenderers=[row.tenderer for row in found], places=[pr.Place(file="tender.json", line=1, path="releases[0]")],
    )  # fmt: skip
    refusal = pr.Refusal(
        place=pr.Place(file="tender.json", line=1, path="releases[0].tender.tenderers[8].name"), value="N/A", reason="a word that stands for a missing name",
        next_step="Ask the tenderer for its legal name.",
    )  # fmt: skip
    context = [
        sc.ContextNote(
            code="listed_good",
            values={
                "list_id": "us_dol_tvpra",
                "edition": "2024",
                "good": "Cotton",
                "country": "CHN",
                "is_forced_labour": True,
                "is_child_labour": False,
            },
            source=source("us_dol_goods"),
        )
    ]
    whole = {
        "screening_id": "S-20260630-1", "made_at": dt.datetime(2026, 6, 30, 14, 5, tzinfo=dt.UTC), "as_of": AS_OF, "by": "The purchasing office",
        "profile": "eu_2014_24", "profile_version": "2026-06", "run_id": "20260630T023000", "matcher_version": "1", "software_version": "0.1.0",
        "reading": pr.Reading(file="tender.json", sha256="0f" * 32, kind="OCDS 1.1 release packages, 1", processes=[process],
                              refusals=[refusal, refusal.model_copy(update={"is_row_kept": True})], ignored={"the same release again": 2}),
        "lists": LISTS, "results": [sc.ProcessResult(process=process, tenderers=found, context=context)],
    }  # fmt: skip
    return sc.Screening(**{**whole, **changes})


def nothing_found(number: int = 1) -> sc.Screening:
    """A screening of `number` tenderers for whom nothing was found."""
    names = [organisation(f"n{at}", f"Firm number {at} Ltd", "GBR") for at in range(number)]
    rows = [
        sc.TendererResult(tenderer=pr.Tenderer(organisation=one, roles=[pr.Role.TENDERER]), standing=sc.Standing.NOTHING_FOUND)
        for one in names
    ]
    base = screening()
    process = base.results[0].process.model_copy(update={"lots": [], "tenderers": [row.tenderer for row in rows]})
    return screening(lists=LISTS[:1], results=[sc.ProcessResult(process=process, tenderers=rows)])
