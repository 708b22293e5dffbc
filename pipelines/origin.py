"""Where material of a territory under a rule stands, and which parties it reaches along the links.

Import bans know no de minimis: goods are reached when they contain the material, wholly or in part. A link stops it only where the origin
is proven to be another one.
"""

from __future__ import annotations

import polars as pl

MAX_DEPTH = 12
RAISING = ["active", "narrowed"]
PROVING = ["identity_preserved", "forensic"]


def goods_under(rules: pl.DataFrame, codes: list[str]) -> pl.DataFrame:
    """ban_id, hs, is_product: the HS `codes` (of products and links) that fall under each rule's goods or its downstream goods.

    A coarser code falls under a rule on a finer one: what is not known to lie outside is inside.
    """
    rows = []
    for rule in rules.iter_rows(named=True):
        product, downstream = rule["hs"] or [], rule["downstream_hs"] or []
        for hs in codes:
            within = {
                name: any(prefix == "*" or hs.startswith(prefix) or prefix.startswith(hs) for prefix in prefixes)
                for name, prefixes in (("product", product), ("downstream", downstream))
            }
            if any(within.values()):
                rows.append({"ban_id": rule["ban_id"], "hs": hs, "is_product": within["product"]})
    return pl.DataFrame(rows, schema={"ban_id": pl.String, "hs": pl.String, "is_product": pl.Boolean})


def material_origin(
    party: pl.LazyFrame, product: pl.LazyFrame, link: pl.LazyFrame, statement: pl.LazyFrame, import_ban: pl.LazyFrame
) -> pl.DataFrame:
    """Rows of the contract `material_origin`, all inputs as they were known on the run's date."""
    rules = (
        import_ban.filter(
            pl.col("scope").is_in(["territory", "artisanal"]) & pl.col("status").is_in(RAISING) & pl.col("country").is_not_null()
        )
        .select(
            "ban_id",
            "scope",
            "hs",
            "downstream_hs",
            "country",
            "subdivision",
            ban_row_id="row_id",
            territory=pl.coalesce("subdivision", "country"),
        )
        .collect()
    )
    codes = pl.concat([product.select("hs"), link.select(hs="commodity_hs")]).drop_nulls().unique().collect()["hs"].to_list()
    goods = goods_under(rules, sorted(codes))
    everything = rules.filter(pl.col("hs").list.contains("*"))["ban_id"].to_list()
    within = rules.lazy().select("ban_id", "scope", "territory", "country", "subdivision", "ban_row_id")
    artisanal = (
        statement.filter((pl.col("question") == "mining_type") & pl.col("answer").str.starts_with("asm")).select("party_id").unique()
    )
    stands = (
        party.select("party_id", "country", "subdivision", "observed_on", "row_id")
        .join(within, on="country")
        .filter(pl.col("subdivision_right").is_null() | (pl.col("subdivision") == pl.col("subdivision_right")))
        .join(artisanal.with_columns(is_artisanal=pl.lit(True)), on="party_id", how="left")
        .filter((pl.col("scope") != "artisanal") | pl.col("is_artisanal").fill_null(False))
    )
    made = product.select("party_id", "hs").join(goods.lazy(), on="hs").group_by("party_id", "ban_id").agg(hs=pl.col("hs").min())
    own = (
        stands.join(made, on=["party_id", "ban_id"], how="left")
        .filter(pl.col("hs").is_not_null() | pl.col("ban_id").is_in(everything))
        .select(
            "party_id",
            "ban_id",
            "territory",
            "country",
            depth=pl.lit(0, dtype=pl.Int64),
            source_party_id="party_id",
            path=pl.concat_list("party_id"),
            hs="hs",
            observed_on="observed_on",
            link_row_id="row_id",
            ban_row_id="ban_row_id",
        )
        .collect()
    )
    under = goods.select("ban_id", "hs", within=pl.lit(True))
    links = link.select(
        "buyer_id",
        "supplier_id",
        "commodity_hs",
        "custody",
        "is_origin_proven",
        "origin_country",
        "origin_subdivision",
        "observed_on",
        "row_id",
    ).collect()

    def within_goods(frame: pl.DataFrame) -> pl.DataFrame:
        joined = frame.join(under, left_on=["ban_id", "commodity_hs"], right_on=["ban_id", "hs"], how="left")
        return joined.filter(pl.col("within").fill_null(False) | (pl.col("commodity_hs").is_null() & pl.col("ban_id").is_in(everything)))

    territories = rules.select("ban_id", "territory", "country", "subdivision", "ban_row_id")
    here = (pl.col("origin_country") == pl.col("country")) & (
        pl.col("subdivision").is_null() | (pl.col("origin_subdivision") == pl.col("subdivision")).fill_null(False)
    )
    declared = within_goods(
        links.filter(pl.col("origin_country").is_not_null())
        .join(territories, left_on="origin_country", right_on="country", coalesce=False)
        .filter(here)
    ).select(
        pl.col("buyer_id").alias("party_id"),
        "ban_id",
        "territory",
        "country",
        depth=pl.lit(1, dtype=pl.Int64),
        source_party_id="supplier_id",
        path=pl.concat_list("supplier_id", "buyer_id"),
        hs="commodity_hs",
        observed_on="observed_on",
        link_row_id="row_id",
        ban_row_id="ban_row_id",
    )
    elsewhere = (pl.col("origin_country").is_not_null() & ~here.fill_null(False)) & (
        pl.col("is_origin_proven").fill_null(False) | pl.col("custody").is_in(PROVING)
    )
    order = ["depth", "source_party_id", "link_row_id"]
    keys = ["party_id", "ban_id"]
    reached = pl.concat([own, declared]).sort(order).unique(keys, keep="first", maintain_order=True)
    frontier = reached
    for _ in range(MAX_DEPTH):
        from_here = frontier.rename({"observed_on": "since", "hs": "first_hs", "link_row_id": "last_row_id"}).join(
            territories.select("ban_id", "subdivision"), on="ban_id"
        )
        step = (
            within_goods(links.join(from_here, left_on="supplier_id", right_on="party_id"))
            .filter(~elsewhere)
            .rename({"buyer_id": "party_id"})
        )
        step = step.join(reached.select(keys), on=keys, how="anti")
        if step.is_empty():
            break
        frontier = (
            step.select(
                *keys,
                "territory",
                "country",
                depth=pl.col("depth") + 1,
                source_party_id="source_party_id",
                path=pl.concat_list("path", "party_id"),
                hs=pl.coalesce("first_hs", "commodity_hs"),
                observed_on=pl.max_horizontal("since", "observed_on"),
                link_row_id="row_id",
                ban_row_id="ban_row_id",
            )
            .sort(order)
            .unique(keys, keep="first", maintain_order=True)
        )
        reached = pl.concat([reached, frontier])
    return reached.with_columns(row_id=pl.coalesce("link_row_id", "ban_row_id")).sort(keys)
