"""A made-up workspace: a chain of eight parties with scores, reasons, findings and evidence as a run publishes them."""

# ruff: noqa: E501, S608

import datetime as dt
import json
import math
from pathlib import Path

import duckdb

DAY = dt.date(2026, 6, 30)
SHIFT = 2**32
TABLES = {
    "score": "party_id TEXT, name TEXT, party_kind TEXT, country TEXT, subdivision TEXT, sector TEXT, commodity_hs TEXT[], is_own_chain BOOL, "
    "worker_count BIGINT, head TEXT, band TEXT, band_label TEXT, raw_band TEXT, runs_below BIGINT, likelihood DOUBLE, p10 DOUBLE, p50 DOUBLE, "
    'p90 DOUBLE, p80 DOUBLE, "index" DOUBLE, index_p80 DOUBLE, severity BIGINT, coverage DOUBLE, grade TEXT, logit DOUBLE, override TEXT, '
    "floor_code TEXT, is_context_only BOOL, is_linked_only BOOL, dark_group_count BIGINT, newest_on DATE, fl_likelihood DOUBLE, fl_p80 DOUBLE, "
    "fl_severity BIGINT, fl_index_p80 DOUBLE, fl_band TEXT, fl_coverage DOUBLE, cl_likelihood DOUBLE, cl_p80 DOUBLE, cl_severity BIGINT, "
    "cl_index_p80 DOUBLE, cl_band TEXT, cl_coverage DOUBLE, pending_match_count BIGINT, match_confidence DOUBLE, if_confirmed_band TEXT, "
    "if_confirmed_index_p80 DOUBLE, share_exposed DOUBLE, presence DOUBLE, presence_upstream DOUBLE, worst_value DOUBLE, worst_source_id TEXT, "
    "unmapped_share DOUBLE, p_group DOUBLE, tier BIGINT, buyer_count BIGINT, priority DOUBLE",
    "head_score": "party_id TEXT, head TEXT, z_country DOUBLE, z_goods DOUBLE, z_workers DOUBLE, z_sector DOUBLE, is_known_country BOOL, "
    "is_known_goods BOOL, is_known_workers BOOL, is_known_sector BOOL, logit_uncapped DOUBLE, logit_p0 DOUBLE, opacity DOUBLE, "
    "logit_before_floor DOUBLE, floor DOUBLE, floor_code TEXT, floor_lift DOUBLE, logit DOUBLE",
    "reason": 'party_id TEXT, head TEXT, kind TEXT, code TEXT, "group" TEXT, logits DOUBLE, intensity DOUBLE, reliability DOUBLE, '
    "evidence_class TEXT, severity BIGINT, observed_on DATE, source_type TEXT, state TEXT, remedy_state TEXT, detail TEXT, evidence TEXT",
    "finding": "indicator TEXT, party_id TEXT, head TEXT, intensity DOUBLE, reliability DOUBLE, evidence_class TEXT, severity BIGINT, "
    "observed_on DATE, event_id TEXT, source_type TEXT, affected_count BIGINT, affected_share DOUBLE, state TEXT, match_confidence DOUBLE, "
    "override TEXT, detail TEXT, evidence TEXT",
    "tier": "buyer_id TEXT, party_id TEXT, tier BIGINT, levels BIGINT[]",
    "path_step": "party_id TEXT, next_party_id TEXT, link_row_id BIGINT, value DOUBLE, source_id TEXT, path BIGINT[]",
    "indicator": 'indicator TEXT, "group" TEXT, evidence_class TEXT, heads TEXT[], severity BIGINT, ilo BIGINT[], lifecycle TEXT, title_en TEXT, '
    "title_fr TEXT, ask_en TEXT, ask_fr TEXT, remedy_en TEXT, remedy_fr TEXT, authorities TEXT[], four_ps TEXT[], maximum_credit DOUBLE, page TEXT",
    "batch": "batch BIGINT, source TEXT, title TEXT, publisher TEXT, table_name TEXT, file TEXT, sha256 TEXT, received_on DATE, vintage DATE, "
    "licence TEXT, url TEXT, state TEXT",
    "source_state": "source TEXT, title_en TEXT, title_fr TEXT, state TEXT, received_on DATE, age_days BIGINT, message TEXT, rows BIGINT",
    "quarantine": '"table" TEXT, source TEXT, file TEXT, line BIGINT, "column" TEXT, value TEXT, reason TEXT, message TEXT, next_step TEXT, '
    "raw TEXT, batch BIGINT, quarantined_on DATE",
    "core_party": "party_id TEXT, name TEXT, place TEXT, row_id BIGINT",
    "core_country": "country TEXT, alpha_2 TEXT, name_en TEXT, name_fr TEXT",
    "core_subdivision": "subdivision TEXT, country TEXT, name TEXT",
    "core_hs_heading": "hs TEXT, text_en TEXT, text_fr TEXT",
    "core_supply_link": "link_id TEXT, buyer_id TEXT, supplier_id TEXT, commodity_hs TEXT, share DOUBLE, custody TEXT, row_id BIGINT",
    "core_ownership_link": "owner_id TEXT, owned_id TEXT, share DOUBLE, is_control BOOL, interest TEXT, valid_to DATE, row_id BIGINT",
    "core_listing_match": "party_id TEXT, listing_id TEXT, list_id TEXT, listed_name TEXT, match_basis TEXT, match_confidence DOUBLE, "
    "is_confirmed BOOL, status TEXT",
}
EVIDENCE = """
CREATE VIEW evidence AS SELECT r.party_id, r.head, r.kind, r.code, r.detail, r.observed_on, w.row_id, w.row_id >> 32 AS batch,
       w.row_id & 4294967295 AS line, b.source, b.title, b.publisher, b.table_name, b.file, b.received_on, b.vintage, b.licence, b.url
FROM (SELECT *, unnest(string_split(trim(evidence), ' ')) AS address FROM reason WHERE evidence IS NOT NULL AND trim(evidence) <> '') r
CROSS JOIN LATERAL (SELECT try_cast(address AS BIGINT) AS row_id) w LEFT JOIN batch b ON b.batch = w.row_id >> 32
"""
GAMMA = {1: 0.5, 2: 1.0, 3: 1.5, 4: 2.5}


def indicator(name, group, kind, severity, en, fr, ask, remedy, heads=("FL",), credit=None):
    return {
        "indicator": name,
        "group": group,
        "evidence_class": kind,
        "heads": list(heads),
        "severity": severity,
        "ilo": [9],
        "lifecycle": "stable",
        "title_en": en,
        "title_fr": fr,
        "ask_en": ask[0],
        "ask_fr": ask[1],
        "remedy_en": remedy[0],
        "remedy_fr": remedy[1],
        "authorities": ["ilo_c029: art. 2"],
        "four_ps": ["protection"],
        "maximum_credit": credit,
        "page": "A made-up page.\n\nHow it is computed: so.",
    }


INDICATORS = [
    indicator(
        "rec_fee_paid",
        "RECRUIT_COST",
        "M",
        2,
        "Recruitment fees charged to workers",
        "Frais de recrutement à la charge des travailleurs",
        ("Did workers pay to be recruited?", "Des travailleurs ont-ils payé pour être recrutés ?"),
        ("Repay every worker, former ones too.", "Rembourser chaque travailleur, les anciens aussi."),
    ),
    indicator(
        "rec_document_retention",
        "COERCION",
        "S",
        3,
        "Papers kept from workers",
        "Papiers retenus",
        ("Who holds the passports?", "Qui détient les passeports ?"),
        ("Hand the papers back today.", "Rendre les papiers le jour même."),
    ),
    indicator(
        "ilo_excessive_overtime",
        "HOURS",
        "M",
        2,
        "Excessive overtime",
        "Heures supplémentaires excessives",
        ("How many hours a week?", "Combien d'heures par semaine ?"),
        ("Cut the hours, keep the pay.", "Réduire les heures, maintenir la paie."),
    ),
    indicator(
        "sifl_turkmenistan_dprk",
        "STATE",
        "K",
        4,
        "Goods of Turkmenistan or North Korea",
        "Produits du Turkménistan ou de Corée du Nord",
        ("Where was it grown?", "Où a-t-il été cultivé ?"),
        ("Prove the origin, or stop the goods.", "Prouver l'origine, ou arrêter les produits."),
    ),
    indicator(
        "cl_underage_confirmed",
        "CHILD",
        "S",
        3,
        "Under-age workers",
        "Travailleurs n'ayant pas l'âge",
        ("How is age checked?", "Comment l'âge est-il vérifié ?"),
        ("Bring the child to school.", "Scolariser l'enfant."),
        ("CL",),
    ),
    indicator(
        "wp_migrant_share",
        "PROFILE",
        "C",
        1,
        "Share of migrant workers",
        "Part de travailleurs migrants",
        ("How many workers are migrants?", "Combien de travailleurs sont migrants ?"),
        ("None.", "Aucune."),
    ),
    indicator(
        "mit_employer_pays",
        "MITIGATION",
        "G",
        1,
        "Employer pays recruitment",
        "L'employeur paie le recrutement",
        ("Who pays?", "Qui paie ?"),
        ("Complete it.", "Compléter."),
        credit=0.45,
    ),
    indicator(
        "ent_listed",
        "ENTITY",
        "K",
        4,
        "On an official list",
        "Inscription sur une liste officielle",
        ("Is it the listed one?", "Est-ce bien elle ?"),
        ("Confirm the match.", "Confirmer la correspondance."),
    ),
]


def reason(party, kind, code, logits, head="FL", **more):
    return {"party_id": party, "head": head, "kind": kind, "code": code, "logits": logits, **more}


def context(party, head="FL", country=0.88, goods=1.4, workers=0.36, sector=0.48, known=("country", "goods", "sector")):
    values = {"country": country, "goods": goods, "workers": workers, "sector": sector}
    return [reason(party, "intercept", "intercept", -4.6, head)] + [
        reason(
            party,
            "context",
            term,
            value,
            head,
            state="known" if term in known else "unknown",
            evidence=str(7 * SHIFT + 12) if term == "country" else None,
        )
        for term, value in values.items()
    ]


def row(number):
    return str(1001 * SHIFT + number)


REASONS = [
    *context("P-1"),
    reason(
        "P-1",
        "sign",
        "rec_document_retention",
        1.242,
        group="COERCION",
        intensity=0.6,
        reliability=0.9,
        evidence_class="S",
        severity=3,
        observed_on=dt.date(2026, 2, 20),
        source_type="worker_survey",
        state="open",
        detail="refused",
        evidence=f"{row(2)} {row(3)}",
    ),
    reason(
        "P-1",
        "sign",
        "rec_fee_paid",
        0.99,
        group="RECRUIT_COST",
        intensity=1.0,
        reliability=0.9,
        evidence_class="M",
        severity=2,
        observed_on=dt.date(2026, 2, 20),
        source_type="worker_survey",
        state="open",
        remedy_state="action_agreed",
        evidence=row(4),
    ),
    reason("P-1", "absence", "HOURS", -0.235, group="HOURS"),
    reason("P-1", "opacity", "opacity", 0.6, detail="3"),
    reason("P-1", "floor", "FL_PATTERN", 0.0),  # set below
    *context("P-2"),
    reason(
        "P-2",
        "sign",
        "sifl_turkmenistan_dprk",
        2.3,
        group="STATE",
        intensity=1.0,
        reliability=1.0,
        evidence_class="K",
        severity=4,
        observed_on=dt.date(2018, 5, 18),
        source_type="authority",
        state="open",
        evidence=row(9),
    ),
    reason("P-2", "opacity", "opacity", 0.8, detail="9"),
    reason("P-2", "floor", "TERRITORY_BAN", 0.0),
    *context("P-3"),
    reason("P-3", "opacity", "opacity", 0.8, detail="9"),
    *context("P-4", country=0.1, goods=0.1, workers=0.1, sector=0.1, known=("country", "goods", "workers", "sector")),
    reason("P-4", "absence", "COERCION", -0.5, group="COERCION"),
    reason("P-4", "mitigation", "mit_employer_pays", -0.45, evidence=row(11)),
    *context("P-5", country=0.2, goods=0.1, workers=0.1, sector=0.2, known=()),
    reason("P-5", "opacity", "opacity", 0.8, detail="9"),
    *context("P-6", country=0.2, goods=0.1, workers=0.1, sector=0.2),
    reason("P-6", "opacity", "opacity", 0.2, detail="1"),
    *context("P-7", "CL"),
    reason(
        "P-7",
        "sign",
        "cl_underage_confirmed",
        1.15,
        "CL",
        group="CHILD",
        intensity=0.5,
        reliability=1.0,
        evidence_class="S",
        severity=3,
        observed_on=dt.date(2025, 9, 1),
        source_type="union_ngo",
        state="open",
        evidence=row(20),
    ),
    *context("B-1", country=0.1, goods=0.1, workers=0.1, sector=0.1),
]
PARTIES = {  # party: name, kind, country, subdivision, sector, hs, workers, severity, coverage, grade, band, label, dark, tier, floor
    "B-1": ("Brannika Stores", "buyer", "NLD", None, "trade", [], 8200, 1, 0.2, "D", "insufficient", None, 9, None, None),
    "P-1": (
        "Kelana Apparel Works",
        "facility",
        "MYS",
        "MY-10",
        "garments",
        ["610910"],
        1240,
        4,
        0.62,
        "B",
        "critical",
        "FL_PATTERN",
        3,
        1,
        0.8,
    ),
    "P-2": ("Merv Gin", "supplier", "TKM", None, "textiles", ["5201"], None, 4, 0.0, "D", "critical", "TERRITORY_BAN", 9, 3, 0.95),
    "P-3": (
        "Kelana Apparel Works Two",
        "facility",
        "MYS",
        "MY-10",
        "garments",
        ["610910"],
        90,
        3,
        0.0,
        "D",
        "elevated",
        "context_only",
        9,
        1,
        None,
    ),
    "P-4": ("Quillmere Ledger", "supplier", "IRL", None, "office_services", ["491199"], 64, 1, 0.85, "A", "low", None, 0, 1, None),
    "P-5": ("Nothing Known", "supplier", None, None, None, None, None, 2, 0.1, "D", "insufficient", None, 9, 2, None),
    "P-6": ("Carpet Corner", "supplier", "MLT", None, "trade", ["5701"], 4, 2, 0.7, "B", "low", None, 1, 2, None),
    "P-7": (
        '=HYPERLINK("http://example.org")',
        "farm",
        "CIV",
        None,
        "agriculture",
        ["1801"],
        12,
        3,
        0.3,
        "D",
        "elevated",
        None,
        5,
        2,
        None,
    ),
}


def scored(fixed_floors=True):
    scores, heads = [], []
    for party, (
        name,
        kind,
        country,
        sub,
        sector,
        hs,
        workers,
        severity,
        coverage,
        grade,
        band,
        label,
        dark,
        tier,
        floor,
    ) in PARTIES.items():
        own = [entry for entry in REASONS if entry["party_id"] == party]
        head = own[0]["head"]
        before = sum(entry["logits"] for entry in own if entry["kind"] != "floor")
        logit = max(before, math.log(floor / (1 - floor))) if floor else before
        for entry in own:
            if entry["kind"] == "floor":
                entry["logits"] = logit - before
        p, prior = 1 / (1 + math.exp(-logit)), sum(entry["logits"] for entry in own if entry["kind"] in ("intercept", "context"))
        p80 = 1 / (1 + math.exp(-logit - 0.3))
        index = {at: 100 * (1 - (1 - value) ** GAMMA[severity]) for at, value in (("p", p), ("p80", p80))}
        low = head.lower()
        other = "cl" if low == "fl" else "fl"
        scores.append(
            {
                "party_id": party,
                "name": name,
                "party_kind": kind,
                "country": country,
                "subdivision": sub,
                "sector": sector,
                "commodity_hs": hs,
                "is_own_chain": True,
                "worker_count": workers,
                "head": head,
                "band": band,
                "band_label": label,
                "raw_band": band,
                "runs_below": 0,
                "likelihood": p,
                "p10": 1 / (1 + math.exp(-logit + 0.6)),
                "p50": p,
                "p90": 1 / (1 + math.exp(-logit - 0.6)),
                "p80": p80,
                "index": index["p"],
                "index_p80": index["p80"],
                "severity": severity,
                "coverage": coverage,
                "grade": grade,
                "logit": logit,
                "override": label if label in ("FL_PATTERN", "TERRITORY_BAN") else None,
                "floor_code": label if floor else None,
                "is_context_only": not any(entry["kind"] == "sign" for entry in own),
                "is_linked_only": False,
                "dark_group_count": dark,
                "newest_on": max((entry["observed_on"] for entry in own if entry.get("observed_on")), default=None),
                f"{low}_likelihood": p,
                f"{low}_p80": p80,
                f"{low}_severity": severity,
                f"{low}_index_p80": index["p80"],
                f"{low}_band": band,
                f"{low}_coverage": coverage,
                f"{other}_likelihood": 0.031,
                f"{other}_p80": 0.04,
                f"{other}_severity": 2,
                f"{other}_index_p80": 4.0,
                f"{other}_band": "insufficient",
                f"{other}_coverage": 0.0,
                "pending_match_count": int(party == "P-6"),
                "match_confidence": 0.2 if party == "P-6" else None,
                "if_confirmed_band": "critical" if party == "P-6" else None,
                "if_confirmed_index_p80": 99.9 if party == "P-6" else None,
                "share_exposed": 0.31,
                "presence": 0.97,
                "presence_upstream": 0.95 if party in ("B-1", "P-1") else 0.0,
                "worst_value": 0.95 if party == "P-1" else 0.0,
                "worst_source_id": "P-2" if party == "P-1" else None,
                "unmapped_share": 0.45 if party == "P-1" else 0.0,
                "p_group": p,
                "tier": tier,
                "buyer_count": 1,
                "priority": round(index["p80"] * 1.5, 6),
            }
        )
        heads.append(
            {
                "party_id": party,
                "head": head,
                "z_country": 0.55,
                "z_goods": 0.7,
                "z_workers": 0.3,
                "z_sector": 0.6,
                "logit_uncapped": prior,
                "logit_p0": prior,
                "opacity": sum(entry["logits"] for entry in own if entry["kind"] == "opacity"),
                "logit_before_floor": before,
                "floor": floor,
                "floor_code": label if floor else None,
                "floor_lift": logit - before,
                "logit": logit,
                **{f"is_known_{entry['code']}": entry["state"] == "known" for entry in own if entry["kind"] == "context"},
            }
        )
    return scores, heads


def rows():
    scores, heads = scored()
    finding = [
        {
            **{
                key: entry.get(key)
                for key in (
                    "party_id",
                    "head",
                    "intensity",
                    "reliability",
                    "evidence_class",
                    "severity",
                    "observed_on",
                    "source_type",
                    "state",
                    "detail",
                    "evidence",
                )
            },
            "indicator": entry["code"],
        }
        for entry in REASONS
        if entry["kind"] == "sign"
    ]
    finding.append({"indicator": "ilo_excessive_overtime", "party_id": "P-1", "intensity": 0.0, "evidence_class": "M", "state": "open"})
    finding.append(
        {
            "indicator": "ent_listed",
            "party_id": "P-6",
            "intensity": 1.0,
            "evidence_class": "K",
            "state": "pending_match",
            "match_confidence": 0.2,
            "override": "LIST_FL",
        }
    )
    return {
        "score": scores,
        "head_score": heads,
        "reason": REASONS,
        "finding": finding,
        "indicator": INDICATORS,
        "tier": [
            {"buyer_id": "B-1", "party_id": party, "tier": entry[13], "levels": [2, 3] if party == "P-7" else [entry[13]]}
            for party, entry in PARTIES.items()
            if entry[13]
        ],
        "path_step": [
            {"party_id": "P-1", "next_party_id": "P-3", "link_row_id": 1002 * SHIFT + 2, "value": 0.95, "source_id": "P-2",
             "path": [1002 * SHIFT + 2, 1002 * SHIFT + 3]},
            {"party_id": "P-3", "next_party_id": "P-2", "link_row_id": 1002 * SHIFT + 3, "value": 0.95, "source_id": "P-2",
             "path": [1002 * SHIFT + 3]},
        ],
        "batch": [
            {
                "batch": 7,
                "source": "us_tip",
                "title": "TIP tiers",
                "publisher": "US Department of State",
                "file": "us_tip_tiers.csv",
                "vintage": dt.date(2025, 6, 1),
                "licence": "public domain",
                "state": "shipped",
                "table_name": "country_fact",
            },
            {
                "batch": 1001,
                "source": "upload",
                "title": "Upload",
                "publisher": "you",
                "file": "assessment.csv",
                "state": "upload",
                "received_on": dt.date(2026, 6, 1),
                "table_name": "assessment",
            },
        ],
        "source_state": [
            {
                "source": "us_tip",
                "title_en": "US trafficking report tiers",
                "title_fr": "Rangs du rapport américain sur la traite",
                "state": "shipped",
                "received_on": dt.date(2025, 6, 1),
                "age_days": 394,
                "message": "served from the copy shipped with deeptier",
                "rows": 188,
            },
            {
                "source": "us_ofac_sdn",
                "title_en": "OFAC SDN list",
                "title_fr": "Liste SDN de l'OFAC",
                "state": "not_loaded",
                "message": "never fetched",
                "rows": 0,
            },
            {
                "source": "un_sc",
                "title_en": "UN list",
                "title_fr": "Liste de l'ONU",
                "state": "failed",
                "received_on": dt.date(2026, 1, 2),
                "age_days": 179,
                "message": "the publisher answered 503",
                "rows": 700,
            },
        ],
        "quarantine": [
            {
                "table": "party",
                "source": "core",
                "file": "parties.csv",
                "line": 4,
                "column": "Country",
                "value": "Atlantis",
                "reason": "country_unknown",
                "message": 'parties.csv, line 4, column "Country": "Atlantis" is not a country.',
                "next_step": "Write an ISO 3166 code.",
                "batch": 1000,
                "quarantined_on": DAY,
            },
        ],
        "core_party": [
            {"party_id": party, "name": entry[0], "place": "Shah Alam" if party == "P-1" else None} for party, entry in PARTIES.items()
        ],
        "core_country": [
            {"country": code, "alpha_2": two, "name_en": en, "name_fr": fr}
            for code, two, en, fr in (
                ("MYS", "MY", "Malaysia", "Malaisie"),
                ("TKM", "TM", "Turkmenistan", "Turkménistan"),
                ("IRL", "IE", "Ireland", "Irlande"),
                ("NLD", "NL", "Netherlands", "Pays-Bas"),
                ("MLT", "MT", "Malta", "Malte"),
                ("CIV", "CI", "Côte d'Ivoire", "Côte d'Ivoire"),
            )
        ],
        "core_subdivision": [{"subdivision": "MY-10", "country": "MYS", "name": "Selangor"}],
        "core_hs_heading": [
            {"hs": "52", "text_en": "Cotton", "text_fr": "Coton"},
            {"hs": "5208", "text_en": "Woven cotton fabric", "text_fr": None},
        ],
        "core_supply_link": [
            {
                "link_id": "L1",
                "buyer_id": "P-1",
                "supplier_id": "P-3",
                "commodity_hs": "520811",
                "share": 0.4,
                "custody": "mass_balance",
                "row_id": 1002 * SHIFT + 2,
            },
            {
                "link_id": "L2",
                "buyer_id": "P-3",
                "supplier_id": "P-2",
                "commodity_hs": "5201",
                "share": 0.5,
                "custody": "unknown",
                "row_id": 1002 * SHIFT + 3,
            },
        ],
        "core_ownership_link": [{"owner_id": "P-1", "owned_id": "P-3", "share": 0.6, "interest": "shareholding"}],
        "core_listing_match": [
            {
                "party_id": "P-6",
                "listing_id": "cbp:12",
                "list_id": "us_cbp_wro",
                "listed_name": "Carpet Corner",
                "match_basis": "name_elsewhere",
                "match_confidence": 0.2,
                "is_confirmed": False,
                "status": "active",
            },
        ],
    }


def write(path, tables=None):
    with duckdb.connect(str(path)) as connection:
        for name, columns in TABLES.items():
            connection.execute(f'CREATE TABLE "{name}" ({columns})')
            for entry in (tables or rows()).get(name, []):
                names = ", ".join(f'"{key}"' for key in entry)
                connection.execute(f'INSERT INTO "{name}" ({names}) VALUES ({", ".join("?" * len(entry))})', list(entry.values()))
        connection.execute(EVIDENCE)


def build(folder: Path) -> Path:
    (folder / "deeptier.yml").write_text("format: 1\nbuyers: [B-1]\n", encoding="utf-8")
    for name in ("published", "ledger", "inbox"):
        (folder / name).mkdir()
    for run, as_of, is_replay in (("20260701T000000", DAY, False), ("20260701T010000", dt.date(2019, 6, 30), True)):
        write(folder / "published" / f"warehouse-{run}.duckdb")
        entry = {
            "run_id": run,
            "as_of": as_of.isoformat(),
            "is_replay": is_replay,
            "status": "published",
            "started": run,
            "parties": len(PARTIES),
            "seconds": {"core": 1.5, "risk": 2.0},
            "warehouse": f"warehouse-{run}.duckdb",
            "quarantined": [{"table": "party", "reason": "x", "rows": 1}],
            "batches": {"7": "abc"},
            "seed": 1,
        }
        (folder / "ledger" / f"{run}.json").write_text(json.dumps(entry), encoding="utf-8")
    (folder / "published" / "current").write_text("warehouse-20260701T000000.duckdb\n", encoding="utf-8")
    return folder


if __name__ == "__main__":
    import shutil
    import sys

    target = Path(sys.argv[1])
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir(parents=True)
    print(build(target))
