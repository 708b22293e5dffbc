"""rec_fee_over_cap."""

import narwhals as nw

from indicators.expressions import clip01, greatest
from indicators.recruitment import _fee_law as law
from indicators.recruitment import _payments as pay
from indicators.registry import Frame, indicator


@indicator(
    title={"en": "Recruitment costs above what the law lets workers be charged", "fr": "Frais de recrutement au-delà de ce que la loi permet de faire payer aux travailleurs"},
    subject="party",
    evidence_class="S",
    group="RECRUIT_COST",
    heads=("FL",),
    severity=2,
    ilo=(9, 2),
    authorities=[("ilo_c181", "art. 7"), ("ilo_fair_recruitment_2019", "part II, definition of recruitment fees and related costs")],
    four_ps=["prevention", "prosecution", "protection"],
    remedy={
        "en": "Repay every affected worker first; use the competent licensing authority where that is safe for workers; suspend new hiring through the agency, not the existing contracts, until it is put right.",
        "fr": "Rembourser d'abord chaque travailleur concerné ; saisir l'autorité de délivrance des licences si cela est sans danger pour les travailleurs ; suspendre les nouveaux recrutements par l'agence, non les contrats en cours, jusqu'à la mise en règle.",
    },
    ask={
        "en": "What did each cohort pay, item by item, when, in what currency, and what was the contract wage?",
        "fr": "Qu'a payé chaque cohorte, poste par poste, quand, dans quelle monnaie, et quel était le salaire prévu au contrat ?",
    },
    lifecycle="stable",
)
def rec_fee_over_cap(recruitment_payment: Frame, fee_law: Frame, exchange_rate: Frame, *, as_of, thresholds) -> Frame:  # type: ignore[no-untyped-def]
    """Workers bore more than the law of the country of origin or of destination lets be charged to them.

    How it is computed: for each cohort and each side, the most specific law in force on the day of payment. A cap on the service charge
    or placement fee is compared with the fee alone, a cap on all costs with every item but the exempt ones. A cap per year or month of
    contract is multiplied by the length, a begun period in full; length unknown: only what it can never exceed. Where nothing may be charged,
    any payment gives 0.6, rising with the months of wage it took. Above a cap, 0.4 plus 0.6 x excess / the greater of the cap and a
    quarter of the monthly wage. The greater of the two sides counts. Clear only where both sides are known and nothing exceeds them.
    Why it is a sign: costs beyond the law push workers into debt, and show that someone in the chain is ready to break the law.
    What it misses: items not stated; caps that fall from year to year; provincial law; laws in conflict.
    Exclusions: laws not checked at the source, fees set by a scheme and countries without a clear rule (unknown, never clear); receipts
    for exactly the cap, which are given whatever was paid; costs borne by others, which are clear only where ten workers or more say so.
    """
    payments = law.with_corridor(pay.marked(recruitment_payment, as_of, thresholds.least_asked))
    rows = law.compared(pay.charged(payments).with_columns(wage=pay.wage()), fee_law, exchange_rate)
    is_total = nw.col("cost_item") == "total"
    sums = rows.with_columns(
        *pay.item_ids(), whole=nw.when(is_total).then(nw.col("paid")), parts=nw.when(~is_total).then(nw.col("paid")),
        is_lacking=nw.col("is_counted") & nw.col("paid").is_null(),
        is_receipt_only=nw.col("has_receipt").fill_null(False) & ~nw.col("is_worker_sourced"),
    ).group_by(*pay.COHORT, "side", "fee_law_id").agg(
        nw.col("whole", "cap", "wage_unit", "reliability_adverse", "reliability_favourable", "observed_on", "worker_count").max(),
        nw.col("is_counted", "is_telling", "is_lacking", "is_receipt_only", "is_ceiling", "law", "article").max(),
        nw.col("parts").sum(), nw.col("is_repaid").min(), nw.col("event_id").min(), *pay.ids(),
    ).with_columns(paid=greatest([nw.col("whole"), nw.col("parts")])).with_columns(excess=nw.col("paid") - nw.col("cap"))
    base = greatest([nw.col("cap"), thresholds.least_wage_share * nw.col("wage_unit")])
    above = clip01(thresholds.above_cap_least + (1 - thresholds.above_cap_least) * nw.col("excess") / base)
    unlawful = greatest([clip01(nw.col("paid") / nw.col("wage_unit")), nw.lit(thresholds.prohibited_least)])
    is_within = ~nw.col("is_ceiling") & nw.col("is_telling") & ~nw.col("is_lacking") & ~(nw.col("is_receipt_only") & (nw.col("excess") == 0))
    capped = nw.when(nw.col("excess") > 0).then(above).otherwise(nw.when(is_within).then(nw.lit(0.0)))
    value = nw.when(nw.col("cap") <= 0).then(unlawful).otherwise(capped)
    sides = pay.group_evidence(sums).with_columns(v=nw.when(nw.col("is_counted") & ~nw.col("cap").is_null()).then(value))
    is_unsettled = nw.col("v").is_null().max().over(*pay.COHORT)
    words = [nw.lit("above the law of"), nw.col("side"), nw.lit("-"), nw.col("law"), nw.col("article")]
    found = sides.with_columns(
        intensity=nw.when((nw.col("v") > 0) | ~is_unsettled).then(nw.col("v")),
        detail=pay.repaid_detail(nw.when(nw.col("v") > 0).then(nw.concat_str(words, separator=" ", ignore_nulls=True))),
    )
    return pay.with_not_borne(found, payments, ("fee", "total"))
