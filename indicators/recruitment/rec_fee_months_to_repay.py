"""rec_fee_months_to_repay."""

import narwhals as nw

from indicators.expressions import greatest, ramp
from indicators.recruitment import _payments as pay
from indicators.registry import Frame, indicator


@indicator(
    title={"en": "Months of wages needed to repay recruitment costs", "fr": "Mois de salaire nécessaires pour rembourser les frais de recrutement"},
    subject="party",
    evidence_class="M",
    group="RECRUIT_COST",
    heads=("FL",),
    severity=2,
    ilo=(9,),
    authorities=[("sdg_10_7_1", "indicator 10.7.1"), ("ilo_fair_recruitment_2019", "part II"), ("ilo_hshc_2012", "unfree recruitment: recruitment linked to debt")],
    four_ps=["prevention", "protection"],
    remedy={
        "en": "Debt relief first: the employer settles outstanding recruitment loans, stops payroll deductions for lenders and refinances without charge while the repayment of costs runs.",
        "fr": "D'abord l'allègement de la dette : l'employeur règle les prêts de recrutement en cours, cesse les retenues sur salaire au profit des prêteurs et refinance sans frais pendant le remboursement des coûts.",
    },
    ask={
        "en": "What did a worker bear in all, what is the monthly wage of the first months, and on what terms was money borrowed?",
        "fr": "Combien un travailleur a-t-il supporté au total, quel est le salaire mensuel des premiers mois, et à quelles conditions a-t-il emprunté ?",
    },
    lifecycle="stable",
)
def rec_fee_months_to_repay(recruitment_payment: Frame, *, as_of, thresholds) -> Frame:  # type: ignore[no-untyped-def]
    """The recruitment cost that workers still bear takes months of their wages, or a loan that cannot be repaid in the contract.

    How it is computed: per cohort, the items workers bore, less repayments they confirmed, over the monthly wage: 0 at a quarter month,
    1 at three months. A loan served with half of the wage that outlasts the contract, or whose interest eats the instalment, gives 1.
    From three months on, or if the loan can never be repaid, it is strong evidence. Clear only where the fee or the total is known.
    Why it is a sign: it is the ratio of SDG indicator 10.7.1; those who owe months of wages cannot afford to leave or to complain.
    What it misses: items nobody stated, family loans, wages told with overtime included; a loan without a stated rate counts as free of interest.
    Exclusions: amounts repaid and confirmed by the workers; repayments that only the employer reports are not deducted.
    """
    payments = pay.marked(recruitment_payment, as_of, thresholds.least_asked)
    back = nw.when(nw.col("is_repaid_confirmed")).then(nw.col("repaid")).otherwise(nw.lit(0.0))
    is_total = nw.col("cost_item") == "total"
    rows = pay.charged(payments).with_columns(wage=pay.wage()).with_columns(
        *pay.item_ids(), months=(nw.col("amount") - back).clip(lower_bound=0.0) / nw.col("wage"), back=back / nw.col("wage"),
        loan=nw.col("loan_amount") / nw.col("wage"), is_telling=is_total | (nw.col("cost_item") == "fee"),
    ).with_columns(
        whole=nw.when(is_total).then(nw.col("months")), parts=nw.when(~is_total).then(nw.col("months")), is_lacking=nw.col("months").is_null(),
    )
    sums = rows.group_by(*pay.COHORT).agg(
        nw.col("whole", "loan", "loan_rate_month", "contract_months", "reliability_adverse", "reliability_favourable").max(),
        nw.col("observed_on", "worker_count", "is_telling", "is_lacking").max(),
        nw.col("parts", "back").sum(), nw.col("months").count().alias("known"), nw.col("is_repaid").min(), nw.col("event_id").min(), *pay.ids(),
    ).with_columns(
        months=nw.when(nw.col("known") > 0).then(greatest([nw.col("whole"), nw.col("parts")])),
        loan=(nw.col("loan") - nw.col("back")).clip(lower_bound=0.0), rate=nw.col("loan_rate_month").fill_null(0.0),
    ).with_columns(eaten=nw.col("rate") * nw.col("loan") / thresholds.repaid_share)
    interest = -(1 - nw.col("eaten")).clip(lower_bound=1e-9).log() / (1 + nw.col("rate")).log()
    term = nw.when(nw.col("rate") > 0).then(interest).otherwise(nw.col("loan") / thresholds.repaid_share)
    is_endless = (nw.col("eaten") >= 1).fill_null(False)
    outlasts = nw.when(is_endless | (term > nw.col("contract_months")).fill_null(False)).then(nw.lit(1.0))
    value = greatest([ramp(nw.col("months"), thresholds.clear_months, thresholds.full_months), outlasts])
    is_heavy = is_endless | (nw.col("months") >= thresholds.full_months).fill_null(False)
    spoken = [nw.col("months").round(1).cast(nw.String), nw.lit("months of wages"), nw.when(is_endless).then(nw.lit("and a loan without end"))]
    found = pay.group_evidence(sums).with_columns(
        intensity=nw.when((value > 0) | (nw.col("is_telling") & ~nw.col("is_lacking"))).then(value),
        detail=pay.repaid_detail(nw.concat_str(spoken, separator=" ", ignore_nulls=True)),
        evidence_class=nw.when(is_heavy).then(nw.lit("S")).otherwise(nw.lit("M")), severity=nw.when(is_heavy).then(nw.lit(3)).otherwise(nw.lit(2)),
    )
    return pay.with_not_borne(found, payments, ("fee", "total"), "evidence_class", "severity")
