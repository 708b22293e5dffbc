"""rec_debt_bondage."""

import narwhals as nw

from indicators.expressions import among, evidence, statement_columns
from indicators.recruitment import _payments as pay
from indicators.registry import Frame, indicator


@indicator(
    title={"en": "Debt bondage", "fr": "Servitude pour dettes"},
    subject="party",
    evidence_class="S",
    group="DEBT",
    heads=("FL",),
    severity=3,
    ilo=(9,),
    authorities=[
        ("ilo_c029", "art. 2(1)"), ("un_slavery_supplementary_1956", "art. 1(a)"), ("ilo_forced_labour_indicators_2012", "indicator 9"),
        ("ilo_hshc_2012", "impossibility of leaving: work for an indeterminate period to repay a debt"),
    ],
    four_ps=["prevention", "prosecution", "protection"],
    remedy={
        "en": "Cancel or take over the debt and return deposits at once, guarantee that workers may leave and go home, support survivors, and refer to the competent authority with their consent.",
        "fr": "Annuler ou reprendre la dette et restituer immédiatement les cautions, garantir la possibilité de partir et le retour au pays, soutenir les victimes et saisir l'autorité compétente avec leur accord.",
    },
    ask={
        "en": "Do workers owe money, or have they lodged a deposit, to the employer, the recruiter or a linked lender, and could they leave all the same?",
        "fr": "Des travailleurs doivent-ils de l'argent, ou ont-ils versé une caution, à l'employeur, au recruteur ou à un prêteur lié, et pourraient-ils partir malgré tout ?",
    },
    lifecycle="stable",
)
def rec_debt_bondage(statement: Frame, recruitment_payment: Frame, *, as_of, thresholds) -> Frame:  # type: ignore[no-untyped-def]
    """Workers cannot leave because of a debt, deposit or penalty that the employer, the recruiter or a lender holds over them.

    How it is computed: a debt controlled by employer, recruiter or linked lender gives 1 where leaving is not possible and 0.6 where it
    is; an inflated or inherited debt 0.9; a deposit, bond or penalty for leaving 0.8, whoever holds it; a heavy debt outside their
    control 0.4; no such debt 0. Severity is 4 where workers cannot leave, else 3. A recorded deposit borne by workers gives 0.8.
    Why it is a sign: bondage by debt is forced labour under Convention 29 and a practice similar to slavery under the 1956 Convention.
    What it misses: debts to relatives or village lenders who are linked to the recruiter; debts that workers are ashamed to speak of.
    Exclusions: ordinary advances and loans that do not keep anyone from leaving; deposits that an employer pays to an authority.
    """
    said = statement.filter(nw.col("question") == "debt_control").with_columns(intensity=among("answer", thresholds.intensity_by_answer))
    is_bound = nw.col("answer").is_in(list(thresholds.cannot_leave_answers)).fill_null(False)
    statements = said.select(
        *statement_columns(), nw.when(is_bound).then(nw.lit(4)).otherwise(nw.lit(3)).alias("severity"), nw.col("answer").alias("detail"),
    )
    payments = pay.marked(recruitment_payment, as_of)
    deposits = payments.filter(nw.col("is_borne") & (nw.col("cost_item") == "deposit")).with_columns(
        intensity=nw.lit(thresholds.deposit), evidence=evidence("row_id"), detail=pay.repaid_detail(nw.lit("deposit borne by workers")),
    )
    return nw.concat([statements, deposits.select(*pay.columns())], how="diagonal")
