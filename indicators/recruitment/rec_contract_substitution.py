"""rec_contract_substitution."""

import narwhals as nw

from indicators.expressions import among, clip01, graded, statement_columns
from indicators.registry import Frame, indicator


@indicator(
    title={"en": "Contract substitution or worse terms after recruitment", "fr": "Substitution de contrat ou conditions aggravées après le recrutement"},
    subject="party",
    evidence_class="M",
    group="DECEPTION",
    heads=("FL",),
    severity=2,
    ilo=(2,),
    authorities=[
        ("ilo_forced_labour_indicators_2012", "indicator 2"), ("ilo_fair_recruitment_2019", "general principle 8"), ("ilo_c097", "annexes I and II"),
        ("ilo_hshc_2012", "unfree recruitment: deceptive recruitment"),
    ],
    four_ps=["prevention", "protection"],
    remedy={
        "en": "Honour the better contract, pay the difference retroactively, and let workers leave with paid return if they wish.",
        "fr": "Respecter le contrat le plus favorable, payer rétroactivement la différence et laisser partir les travailleurs qui le souhaitent, retour payé.",
    },
    ask={
        "en": "Are wage, job, employer and hours those of the contract signed before departure, in a language the workers read?",
        "fr": "Le salaire, le poste, l'employeur et les horaires sont-ils ceux du contrat signé avant le départ, dans une langue que les travailleurs lisent ?",
    },
    lifecycle="stable",
)
def rec_contract_substitution(statement: Frame, *, thresholds) -> Frame:  # type: ignore[no-untyped-def]
    """Terms on arrival are worse than promised or signed before departure, or the contract is in no language the worker reads.

    How it is computed: a wage cut counts from 0 to 1 at a fifth of the promised wage; another job, employer or more hazardous work
    without free consent 0.8, no written contract 0.5, a contract in a foreign language 0.3; times the share factor. Strong evidence only
    with a wage cut of a fifth or more, or another employer or more hazardous work without free consent.
    Why it is a sign: deception at recruitment is one of the eleven ILO indicators; after the journey, refusing the new terms costs most.
    What it misses: promises made by word of mouth only; changes that workers were made to sign as agreed.
    Exclusions: currency movements and lawful taxes or social contributions, which are no cut; a wage above the promise.
    """
    cut, terms = nw.col("question") == "contract_wage_cut", nw.col("question") == "contract_terms"
    share_cut = nw.when(nw.col("answer_number") <= 1).then(nw.col("answer_number"))
    grade = nw.when(cut).then(clip01(share_cut / thresholds.full_wage_cut)).otherwise(among("answer", thresholds.intensity_by_answer))
    rows = statement.filter(cut | terms).with_columns(intensity=graded(grade))
    is_strong = (cut & (share_cut >= thresholds.full_wage_cut)) | (terms & nw.col("answer").is_in(list(thresholds.strong_answers)))
    return rows.select(
        *statement_columns(),
        nw.when(is_strong.fill_null(False)).then(nw.lit("S")).otherwise(nw.lit("M")).alias("evidence_class"),
        nw.when(cut).then(nw.concat_str([nw.lit("wage below promise by a share of"), share_cut.round(2).cast(nw.String)], separator=" ")).otherwise(
            nw.col("answer")).alias("detail"),
    )
