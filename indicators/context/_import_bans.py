"""Which order a product falls under: steps of the rule on import bans."""

import narwhals as nw

from indicators.expressions import same_goods
from indicators.registry import Frame

PRODUCT = ["country", "subdivision", "hs", "is_origin_proven"]
TERRITORIAL = ("territory", "artisanal")
PRODUCT_KEY = ["country", "region_or_blank", "hs", "is_origin_proven"]
COLUMNS = [*PRODUCT_KEY, "value", "detail", "rule_row", "rule_on", "order"]


def order_hits(products: Frame, import_ban: Frame, thresholds) -> Frame:  # type: ignore[no-untyped-def]
    """Products of the country of an order for a territory, and how far they fall under it; outside its region or goods, no row."""
    orders = import_ban.filter(nw.col("scope").is_in(TERRITORIAL)).select(
        "country", "scope", "product", "status", "hs", "downstream_hs", nw.col("subdivision").alias("region"),
        nw.col("since").alias("rule_on"), nw.col("row_id").alias("rule_row"),
    )
    kinds = [
        orders.drop(other).explode(column).rename({column: "prefix"}).with_columns(is_made_of=nw.lit(column == "downstream_hs"))
        for column, other in (("hs", "downstream_hs"), ("downstream_hs", "hs"))
    ]
    goods = nw.concat(kinds).filter(~nw.col("prefix").is_null())
    hits = products.join(goods, on="country").filter(same_goods("hs", "prefix")).with_columns(
        is_raising=nw.col("status").is_in(thresholds.raising), is_ended=nw.col("status").is_in(thresholds.ended),
        is_inside=nw.col("region").is_null() | (nw.col("region") == nw.col("subdivision")),  # null: the region of the party is not known
        is_unproven=(nw.col("scope") == "artisanal") | nw.col("is_made_of"),
    ).filter(nw.col("is_inside").fill_null(True) & ~(nw.col("is_made_of") & (nw.col("is_origin_proven").fill_null(False) | nw.col("is_ended"))))
    full = nw.when(nw.col("is_unproven")).then(nw.lit(thresholds.origin_unproven)).otherwise(nw.lit(thresholds.in_scope))
    value = nw.when(nw.col("is_raising")).then(full).otherwise(
        nw.when(nw.col("is_ended")).then(nw.lit(thresholds.remediated_or_ended)).otherwise(nw.lit(thresholds.not_in_scope))
    )
    words = nw.when(nw.col("is_inside").is_null()).then(nw.lit("region of the party not known")).otherwise(
        nw.when(nw.col("is_ended")).then(nw.lit("remediated or ended")).otherwise(
            nw.when(nw.col("is_unproven")).then(nw.lit("origin within the order not established")).otherwise(nw.col("status"))
        )
    )
    return hits.with_columns(
        value=nw.when(nw.col("is_inside")).then(value),
        detail=nw.concat_str(nw.col("product"), nw.col("region").fill_null(nw.col("country")), words, separator=", "),
    ).with_columns(order=-nw.col("value").fill_null(thresholds.unknown_goes_before)).select(*COLUMNS)


def sector_hits(products: Frame, priority_sector: Frame, thresholds) -> Frame:  # type: ignore[no-untyped-def]
    """Products of a priority sector of the country, where the origin is not proven."""
    sectors = priority_sector.explode("hs").select(
        "country", "name", nw.col("hs").alias("prefix"), nw.col("row_id").alias("rule_row"), nw.col("since").alias("rule_on"),
    )
    hits = products.filter(~nw.col("is_origin_proven").fill_null(False)).join(sectors, on="country").filter(same_goods("hs", "prefix"))
    return hits.with_columns(
        value=nw.lit(thresholds.origin_unproven), order=nw.lit(-thresholds.origin_unproven),
        detail=nw.concat_str(nw.lit("priority sector "), nw.col("name"), nw.lit(", "), nw.col("country"), nw.lit(", origin not proven")),
    ).select(*COLUMNS)


def material_hits(material_origin: Frame, import_ban: Frame, statement: Frame, thresholds) -> Frame:  # type: ignore[no-untyped-def]
    """Material that comes, by the links, from a territory under an order. A row with `is_override` fires the territory override."""
    orders = import_ban.select("ban_id", "scope", "product", "status", nw.col("subdivision").alias("region"))
    artisanal = statement.filter((nw.col("question") == "mining_type") & nw.col("answer").is_in(thresholds.artisanal_answers))
    sources = artisanal.select(nw.col("party_id").alias("source_party_id")).unique().with_columns(is_artisanal=nw.lit(True))
    hits = material_origin.join(orders, on="ban_id").join(sources, on="source_party_id", how="left")
    hits = hits.filter(nw.col("scope").is_in(TERRITORIAL) & nw.col("status").is_in([*thresholds.raising, *thresholds.ended]))
    elsewhere = nw.col("territory").is_in(thresholds.territories_read_elsewhere)
    # The order on a named field is met by the field; the order on a country's artisanal goods only by goods known to be artisanal.
    is_met = (nw.col("scope") == "territory") | ~nw.col("region").is_null() | nw.col("is_artisanal").fill_null(False)
    is_raising = nw.col("status").is_in(thresholds.raising)
    level = nw.when(is_met).then(nw.lit(thresholds.in_scope)).otherwise(nw.lit(thresholds.origin_unproven))
    words = nw.when(~is_raising).then(nw.lit("remediated or ended")).otherwise(
        nw.when(~is_met).then(nw.lit("artisanal origin not established")).otherwise(
            nw.when(nw.col("status") == "narrowed").then(nw.lit("part of the order is released")).otherwise(nw.lit("order in force"))
        )
    )
    return hits.with_columns(
        intensity=nw.when(is_raising).then(level).otherwise(nw.lit(thresholds.remediated_or_ended)),
        is_override=is_raising & is_met & ~elsewhere & (nw.col("status") == "active"),
        detail=nw.concat_str(nw.col("product"), nw.col("territory"), words, separator=", "),
    )
