"""wp_corridor_exposure."""

import datetime as dt

import narwhals as nw

from indicators.expressions import clip01, either_reliability, evidence, months_before
from indicators.registry import Frame, indicator

# from the exact corridor and channel to the origin as a whole
LEVELS = (("origin_country", "destination_country", "channel"), ("origin_country", "destination_country"), ("destination_country",), ("origin_country",))
CORRIDOR = ["origin_country", "destination_country", "channel"]
OBSERVATION = ["party_id", "basis", "source_type", "observed_on"]


@indicator(
    title={"en": "Recruitment through high-cost corridors", "fr": "Recrutement par des corridors à coût élevé"},
    subject="party",
    evidence_class="C",
    group="PROFILE",
    heads=("FL", "CL"),
    severity=1,
    ilo=(9,),
    authorities=[("sdg_10_7_1", "indicator 10.7.1"), ("ilo_p029", "art. 2(d)"), ("ilo_fair_recruitment_2019", "general principle 7")],
    four_ps=["prevention", "protection", "partnership"],
    remedy={
        "en": "Check first what the workers of these corridors paid and repay it; move recruitment to channels in which the employer pays. Nobody is turned away for where they come from.",
        "fr": "Vérifier d'abord ce que les travailleurs de ces corridors ont payé et le rembourser ; passer à des voies de recrutement où l'employeur paie. Nul n'est écarté en raison de son origine.",
    },
    ask={
        "en": "From which countries, through which channels and in what numbers were workers recruited?",
        "fr": "De quels pays, par quelles voies et en quel nombre les travailleurs ont-ils été recrutés ?",
    },
    lifecycle="stable",
)
def wp_corridor_exposure(workforce: Frame, recruitment_link: Frame, party: Frame, corridor_cost: Frame, *, as_of: dt.date, thresholds) -> Frame:  # type: ignore[no-untyped-def]
    """Workers were recruited through corridors and channels where recruitment is known to cost them months of earnings.

    How it is computed: the sum over corridors of share of workers x expected cost in months of earnings, divided by 4, at most 1. The cost
    is the mean of the published figures for origin, destination and channel; failing that for origin and destination, then for the
    destination, then for the origin to all destinations. Figures from memory only where there is no other. The workforce by origin and
    the recruitment links (the fullest layer of intermediaries of each chain) are two observations; each gives a row.
    Why it is a sign: a cost of months of earnings is paid from loans, and such debt is what ties workers to a job.
    What it misses: what these very workers paid; costs of recruitment inside a country (counted as 0); channels without a figure of their
    own. Corridor and channel are looked at, never nationality: state-to-state schemes cost little in the same corridor.
    Exclusions: single cases, upper reports, lawful amounts and repaid amounts; facts marked unsure; links that ended long ago.
    """
    place = party.select("party_id", nw.col("country").alias("party_country"), nw.col("worker_count").alias("party_workers"))
    counted = workforce.filter(~nw.col("worker_count").is_null()).with_columns(basis=nw.lit("workforce"))
    whole = counted.filter(nw.col("origin_country").is_null()).group_by(OBSERVATION).agg(nw.col("worker_count").max().alias("whole"))
    groups = workforce.filter(~nw.col("origin_country").is_null()).with_columns(basis=nw.lit("workforce"))
    groups = groups.join(place, on="party_id", how="left").join(whole, on=OBSERVATION, how="left")
    total = nw.max_horizontal(nw.coalesce("whole", "party_workers"), nw.col("worker_count").sum().over(*OBSERVATION))
    used = [*OBSERVATION, "reliability_adverse", "reliability_favourable"]
    groups = groups.with_columns(total=total.cast(nw.Float64), destination_country=nw.col("party_country"), last_row=nw.col("row_id"))
    groups = groups.with_columns(share=nw.when(nw.col("total") > 0).then(nw.col("worker_count") / nw.col("total")))
    is_current = nw.col("recruited_to").is_null() | (nw.col("recruited_to") >= months_before(as_of, thresholds.months_after_last_use))
    links = recruitment_link.filter(~nw.col("origin_country").is_null() & is_current).join(place, on="party_id", how="left").with_columns(
        basis=nw.lit("recruitment links"), observed_on=nw.col("observed_on").max().over("party_id", "source_type"),
        destination_country=nw.coalesce("destination_country", "party_country"), chain_id=nw.col("chain_id").fill_null(""),
        share=nw.coalesce(nw.col("worker_share"), nw.when(nw.col("party_workers") > 0).then(nw.col("worker_count") / nw.col("party_workers"))),
    ).group_by([*used, *CORRIDOR, "chain_id", "role"]).agg(
        nw.col("share").sum(), nw.col("share").count().alias("known"), nw.col("row_id").min(), nw.col("row_id").max().alias("last_row"),
    ).with_columns(share=nw.when(nw.col("known") > 0).then(nw.col("share"))).group_by([*used, *CORRIDOR, "chain_id"]).agg(
        nw.col("share").max(), nw.col("row_id").min(), nw.col("last_row").max(),
    )
    columns = [*used, *CORRIDOR, "share", "row_id", "last_row"]
    rows = nw.concat([groups.select(columns), links.select(columns)], how="vertical")
    costs = corridor_cost.filter(nw.col("stat").is_in(thresholds.statistics_used) & ~nw.col("months_of_earnings").is_null())
    names: list[str] = []
    for rank, certainties in enumerate(thresholds.certainties_in_order):
        sure = costs.filter(nw.col("certainty").is_in(certainties))
        for level in LEVELS:
            name = f"months_{rank}_{'_'.join(level)}"
            fitting = sure.filter(nw.col("destination_country").is_null()) if level == ("origin_country",) else sure
            found = fitting.group_by(list(level)).agg(nw.col("months_of_earnings").mean().alias(name), nw.col("row_id").max().alias(f"{name}_row"))
            rows, names = rows.join(found, on=list(level), how="left"), [*names, name]
    is_inside = nw.col("origin_country") == nw.col("destination_country")
    months = nw.when(is_inside).then(nw.lit(0.0)).otherwise(nw.coalesce(*names))
    cost_row = nw.when(~is_inside.fill_null(False)).then(nw.coalesce(*[f"{name}_row" for name in names]))
    excess = nw.max_horizontal(nw.col("share").sum().over(*OBSERVATION), nw.lit(1.0))
    sums = rows.with_columns(exposure=months * nw.col("share") / excess, cost_row=cost_row).group_by(used).agg(
        nw.col("exposure").sum(), nw.col("exposure").count().alias("known"), nw.len().alias("groups"),
        nw.col("row_id").min(), nw.col("last_row").max(), nw.col("cost_row").max(),
    )
    is_known = (nw.col("exposure") > 0) | (nw.col("known") == nw.col("groups"))
    return sums.with_columns(
        intensity=nw.when(is_known).then(clip01(nw.col("exposure") / thresholds.full_at_months)),
        last_row=nw.when(nw.col("last_row") != nw.col("row_id")).then(nw.col("last_row")),
    ).select(
        nw.col("party_id").alias("subject_id"), "intensity", either_reliability().alias("reliability"), "observed_on",
        nw.lit(None, dtype=nw.String).alias("event_id"), evidence("row_id", "last_row", "cost_row").alias("evidence"), "source_type",
        nw.col("basis").alias("detail"),
    )
