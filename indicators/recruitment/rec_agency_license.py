"""rec_agency_license."""

import narwhals as nw

from indicators.expressions import among, either_reliability, evidence
from indicators.registry import Frame, indicator

LICENSED = ("valid", "expired")


@indicator(
    title={"en": "Recruitment agency without a valid licence", "fr": "Agence de recrutement sans licence valide"},
    subject="party",
    evidence_class="M",
    group="AGENCY",
    heads=("FL",),
    severity=2,
    ilo=(1, 2),
    authorities=[("ilo_c181", "arts 3 and 8"), ("ilo_fair_recruitment_2019", "operational guidelines on licensing and registration"), ("unodc_ctoc_cop_res_10_3", "para. 13(j)")],
    four_ps=["prevention", "prosecution", "partnership"],
    remedy={
        "en": "Keep the workers in post and check what that cohort paid; then replace the agency through a responsible-recruitment tender.",
        "fr": "Maintenir les travailleurs en poste et vérifier ce que cette cohorte a payé ; puis remplacer l'agence au moyen d'un appel d'offres de recrutement responsable.",
    },
    ask={
        "en": "Which licence did each agency hold on the dates of recruitment? Please send the number, the authority and a dated extract of the register.",
        "fr": "Quelle licence chaque agence détenait-elle aux dates du recrutement ? Merci d'envoyer le numéro, l'autorité et un extrait daté du registre.",
    },
    lifecycle="stable",
)
def rec_agency_license(recruitment_link: Frame, agency_licence: Frame, *, as_of, thresholds) -> Frame:  # type: ignore[no-untyped-def]
    """An agency used to recruit had no valid licence on the dates of use, or was suspended, cancelled or blacklisted.

    How it is computed: each status that held on a day of use counts. Suspended, cancelled or blacklisted 1, not found in two independent
    searches 0.6, expired up to 90 days 0.4, longer 0.8; an agency of less than five per cent of the workers counts in proportion. Clear
    only where a licence covers the whole period of use. Blacklisted is strong evidence.
    Why it is a sign: licensing is the State's hold on recruiters; those without a licence charge and deceive with little risk.
    What it misses: agents who lend a licence; registers that lag or delete; the same people under a new name.
    Exclusions: statuses that ended before or began after the use; countries without a licensing regime, where it does not apply; agencies
    of which no licence status is known, and intermediaries not named, which are unknown.
    """
    history = agency_licence.filter(~nw.col("agency_id").is_null()).with_columns(
        since=nw.when(nw.col("status").is_in(LICENSED)).then(nw.coalesce("valid_from", "status_on")).otherwise(nw.coalesce("status_on", "valid_from")),
        authority=nw.coalesce(nw.col("authority"), nw.lit("")),
    )
    following = [nw.col(name).shift(-1).over("agency_id", "authority", order_by="status_on").alias(f"next_{name}") for name in ("status_on", "since")]
    until = nw.when(nw.col("status").is_in(LICENSED)).then(nw.min_horizontal("next_status_on", "next_since")).otherwise(nw.col("next_status_on"))
    licence = history.with_columns(*following).with_columns(until=until).select(
        "agency_id", "status", "status_on", "since", "until", "valid_to", "search_count", licence_id=nw.col("row_id"),
    )
    last = nw.min_horizontal(nw.coalesce(nw.col("recruited_to"), nw.lit(as_of)), nw.lit(as_of))
    uses = recruitment_link.with_columns(last=last).with_columns(first=nw.coalesce("recruited_from", "observed_on", "last"))
    rows = uses.join(licence, on="agency_id", how="left").with_columns(
        is_held=~nw.col("licence_id").is_null() & (nw.col("since").is_null() | (nw.col("since") <= nw.col("last")))
        & (nw.col("until").is_null() | (nw.col("until") > nw.col("first"))),
        used_to=nw.min_horizontal("last", nw.col("until").dt.offset_by("-1d")), ends=nw.coalesce(nw.col("valid_to"), nw.when(nw.col("status") == "expired").then(nw.col("since"))),
    )
    is_short = nw.col("used_to") <= nw.col("ends").dt.offset_by(f"{thresholds.short_lapse_days}d")
    lapse = nw.when(is_short).then(nw.lit(thresholds.short_lapse)).otherwise(nw.lit(thresholds.long_lapse))
    lapsed = nw.when(nw.col("ends").is_null() | (nw.col("used_to") <= nw.col("ends"))).then(nw.lit(0.0)).otherwise(lapse)
    is_sure = (nw.col("status") != "not_found") | (nw.col("search_count") >= thresholds.least_searches).fill_null(False)
    other = nw.when(is_sure).then(among("status", thresholds.intensity_by_status))
    value = nw.when(nw.col("is_held")).then(nw.when(nw.col("status").is_in(LICENSED)).then(lapsed).otherwise(other))
    words = nw.when(nw.col("status").is_in(LICENSED)).then(nw.concat_str([nw.lit("expired"), nw.col("ends").cast(nw.String)], separator=" "))
    rows = rows.with_columns(v=value, lapse_words=words).with_columns(covered=nw.when(nw.col("v") <= 0).then(nw.col("since")), is_open=nw.col("is_held") & nw.col("v").is_null())
    is_covered = (nw.col("covered").min().over("row_id") <= nw.col("first")) & ~nw.col("is_open").max().over("row_id")
    share = (nw.col("worker_share") / thresholds.full_share).clip(0.0, 1.0).fill_null(1.0)
    shown = rows.filter(nw.col("is_held") | ~nw.col("is_held").max().over("row_id")).with_columns(
        intensity=nw.when((nw.col("v") > 0) | is_covered).then(nw.col("v") * share), seen=nw.when(nw.col("is_held")).then(nw.col("licence_id")),
        is_exempt=(nw.col("is_held") & (nw.col("status") == "no_licensing_regime")) | (nw.col("agency_id").is_null() & (nw.col("channel") == "direct")),
    )
    is_black = nw.col("is_held") & (nw.col("status") == "blacklisted")
    return shown.select(
        nw.col("party_id").alias("subject_id"), "intensity", either_reliability().alias("reliability"), nw.max_horizontal("observed_on", "status_on").alias("observed_on"),
        nw.lit(None).alias("event_id"), evidence("row_id", "seen").alias("evidence"), "source_type",
        nw.when(is_black).then(nw.lit("S")).otherwise(nw.lit("M")).alias("evidence_class"), nw.col("worker_share").alias("affected_share"),
        nw.when(nw.col("is_exempt")).then(nw.lit("not_applicable")).otherwise(nw.lit(None)).alias("state"),
        nw.when(nw.col("is_held")).then(nw.concat_str([
            nw.lit("licence status:"), nw.when(nw.col("v") > 0).then(nw.coalesce(nw.col("lapse_words"), nw.col("status"))).otherwise(nw.col("status")),
        ], separator=" ")).alias("detail"),
    )
