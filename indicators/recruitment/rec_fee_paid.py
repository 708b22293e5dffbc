"""rec_fee_paid."""

import narwhals as nw

from indicators.expressions import among, clip01, counted_or_stated, evidence, greatest, statement_columns
from indicators.recruitment import _payments as pay
from indicators.registry import Frame, indicator


@indicator(
    title={"en": "Recruitment fees or related costs charged to workers", "fr": "Frais de recrutement ou coûts connexes mis à la charge des travailleurs"},
    subject="party",
    evidence_class="M",
    group="RECRUIT_COST",
    heads=("FL",),
    severity=2,
    ilo=(9, 1, 2),
    authorities=[
        ("ilo_fair_recruitment_2019", "general principle 7 and part II"), ("ilo_c181", "art. 7(1)"), ("ilo_p029", "art. 2(d)"),
        ("unodc_ctoc_cop_res_10_3", "para. 13(j)"),
    ],
    four_ps=["prevention", "protection", "partnership"],
    remedy={
        "en": "Repay every affected worker, former ones too where they can be reached, at documented or corridor cost with interest, in few instalments and without dismissal or retaliation; then adopt the Employer Pays Principle and write into the agency contracts that the employer pays.",
        "fr": "Rembourser chaque travailleur concerné, y compris les anciens s'ils peuvent être joints, au coût documenté ou à celui du corridor, avec intérêts, en peu de versements et sans licenciement ni représailles ; puis adopter le principe de l'employeur-payeur et inscrire dans les contrats d'agence que l'employeur paie.",
    },
    ask={
        "en": "Did workers pay anything to be recruited, at any stage? How many were asked, how many paid, what and to whom?",
        "fr": "Des travailleurs ont-ils payé quoi que ce soit pour être recrutés, à un moment quelconque ? Combien ont été interrogés, combien ont payé, quoi et à qui ?",
    },
    lifecycle="stable",
)
def rec_fee_paid(recruitment_payment: Frame, statement: Frame, *, as_of, thresholds) -> Frame:  # type: ignore[no-untyped-def]
    """Workers bore a recruitment fee or a related cost, in any amount and at any stage, wage deductions included.

    How it is computed: the share of workers asked who paid, over 0.5, at least 0.3. Illegitimate costs and deposits give at least 0.8.
    Where workers paid and the counts are not known: 0.5 if alleged, 0.7 if corroborated, 1 if decided or admitted; a payment recorded
    without counts follows its source. A cost repaid in full stays on record here; its remedy is counted elsewhere.
    Why it is a sign: under the ILO definition of 2019 workers bear no recruitment cost; those who do start the job in debt.
    What it misses: workers coached to say "nothing", memory, costs paid by the family. Legal in some countries up to a cap: a standard
    is breached, not always a law.
    Exclusions: costs borne by others are clear only where ten workers or more say so to an independent source; else nobody was asked.
    """
    least = thresholds.least_share_intensity
    answered = statement.filter(nw.col("question") == "recruitment_fees")
    is_yes, share = nw.col("answer").is_in(["yes", "illegitimate"]), nw.col("affirmed_share")
    is_clear = nw.col("is_worker_sourced") & (nw.col("workers_asked") >= thresholds.least_asked)
    counted = nw.when((share > 0) | is_yes).then(greatest([clip01(share / thresholds.full_at_share), nw.lit(least)])).otherwise(
        nw.when((share <= 0) & is_clear).then(nw.lit(0.0)))
    said = nw.when(share.is_null() & ~is_yes.fill_null(False)).then(nw.lit(None)).otherwise(counted_or_stated(counted))
    illegitimate = nw.when(nw.col("answer") == "illegitimate").then(nw.lit(thresholds.illegitimate_least))
    statements = answered.with_columns(intensity=greatest([said, illegitimate]))
    paid_share = nw.when(nw.col("workers_asked") > 0).then(nw.col("worker_count") / nw.col("workers_asked"))
    uncounted = among("source_type", thresholds.uncounted_by_source)
    by_count = nw.when(paid_share.is_null()).then(uncounted).otherwise(greatest([clip01(paid_share / thresholds.full_at_share), nw.lit(least)]))
    charged = nw.when(nw.col("is_illegitimate")).then(greatest([by_count, nw.lit(thresholds.illegitimate_least)])).otherwise(by_count)
    payments = pay.marked(recruitment_payment, as_of, thresholds.least_asked).with_columns(
        intensity=nw.when(nw.col("is_borne")).then(charged).otherwise(nw.when(nw.col("is_clear")).then(nw.lit(0.0))),
        evidence=evidence("row_id"), detail=pay.repaid_detail(nw.when(nw.col("is_borne")).then(nw.col("cost_item"))),
        affected_share=nw.when(nw.col("is_borne")).then(clip01(paid_share)),
    )
    columns = [*pay.columns(), nw.col("affected_share")]
    return nw.concat([payments.select(*columns), statements.select(*statement_columns(), nw.col("answer").alias("detail"))], how="diagonal")
