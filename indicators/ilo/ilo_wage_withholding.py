"""ilo_wage_withholding."""

import narwhals as nw

from indicators.expressions import among, graded, ramp, statement_columns
from indicators.registry import Frame, indicator


@indicator(
    title={"en": "Withholding of wages", "fr": "Rétention de salaires"},
    subject="party",
    evidence_class="M",
    group="WAGE",
    heads=("FL",),
    severity=3,
    ilo=(8,),
    authorities=[
        ("ilo_c095", "arts 8 to 12"), ("ilo_forced_labour_indicators_2012", "indicator 8"),
        ("ilo_hshc_2012", "impossibility of leaving: forced to stay longer than agreed while waiting for wages due"),
    ],
    four_ps=["prevention", "protection"],
    remedy={
        "en": "Pay arrears with interest and return what was kept back; the buyer settles its own invoices sooner and, where the supplier is short of cash, pays wages through an escrow account.",
        "fr": "Payer les arriérés avec intérêts et restituer les sommes retenues ; l'acheteur règle plus tôt ses propres factures et, si la trésorerie du fournisseur manque, fait verser les salaires par un compte séquestre.",
    },
    ask={
        "en": "How late are wages, what is deducted, and is any pay kept back until the end of the contract?",
        "fr": "Avec quel retard les salaires sont-ils payés, que retient-on, et une part du salaire est-elle gardée jusqu'à la fin du contrat ?",
    },
    lifecycle="stable",
)
def ilo_wage_withholding(statement: Frame, *, thresholds) -> Frame:  # type: ignore[no-untyped-def]
    """Wages are unpaid, late, unlawfully deducted or kept back in a way that ties workers to the job.

    How it is computed: lateness from 0 at 7 days to 1 at 60 (90th percentile); unlawful deductions up to 1 at a fifth of pay; pay kept
    back to stop workers leaving 0.8; two months unpaid 1, less than that as lateness of as many days; times the share factor. Pay kept
    back, or two months unpaid, is strong evidence.
    Why it is a sign: workers who wait for wages due cannot leave without losing them.
    What it misses: false payslips, unpaid overtime, savings schemes that workers are said to have chosen.
    Exclusions: delays of a week or less. Late payment by the buyer can be the cause and is shown as the buyer's own practice.
    """
    number = nw.col("answer_number")
    late = ramp(number, thresholds.late_clear_days, thresholds.late_full_days)
    as_days = ramp(number * thresholds.days_per_month, thresholds.late_clear_days, thresholds.late_full_days)
    unpaid = nw.when(number >= thresholds.unpaid_full_months).then(nw.lit(1.0)).otherwise(as_days)
    grade_by_question = {
        "wages_days_late": late, "wages_unlawful_deductions": nw.when(number <= 1).then(ramp(number, 0.0, thresholds.deduction_full_share)),
        "wages_months_unpaid": unpaid, "wages_retention": among("answer", thresholds.retention_by_answer),
    }
    grade = nw.lit(None)
    for question, value in grade_by_question.items():
        grade = nw.when(nw.col("question") == question).then(value).otherwise(grade)
    rows = statement.filter(nw.col("question").is_in(list(grade_by_question))).with_columns(intensity=graded(grade), grade=grade)
    is_kept = (nw.col("question") == "wages_retention") & (nw.col("grade") > 0)
    is_long = (nw.col("question") == "wages_months_unpaid") & (number >= thresholds.unpaid_full_months)
    return rows.select(
        *statement_columns(),
        nw.when((is_kept | is_long).fill_null(False)).then(nw.lit("S")).otherwise(nw.lit("M")).alias("evidence_class"),
        nw.concat_str([nw.col("question"), nw.coalesce(nw.col("answer"), number.cast(nw.String))], separator=": ", ignore_nulls=True).alias("detail"),
    )
