"""Which listed good a product is: steps of the rule on listed goods."""

import datetime as dt

import narwhals as nw

from indicators.expressions import same_goods
from indicators.registry import HEADS, Frame


def editions_in_force(listed_good: Frame, as_of: dt.date) -> Frame:
    """The newest edition of each list that is in force on `as_of`, with a flag per head."""
    known = listed_good.filter((nw.col("published_on") <= as_of) & ((nw.col("superseded_on") > as_of) | nw.col("superseded_on").is_null()))
    return known.filter(nw.col("published_on") == nw.col("published_on").max().over("list_id")).with_columns(
        FL=nw.col("is_forced_labour") | nw.col("is_forced_child_labour"), CL=nw.col("is_child_labour") | nw.col("is_forced_child_labour"),
    )


def by_prefix(editions: Frame, country: Frame, thresholds) -> Frame:  # type: ignore[no-untyped-def]
    """One row per country, HS prefix and head: what a listing of the country itself, or of its sub-region, says for the head."""
    places = country.select("country", "name_en", "sub_region")
    flat = editions.explode("hs").filter(~nw.col("hs").is_null()).select(
        "country", "good", "edition", "FL", "CL", "is_downstream", nw.col("hs").alias("prefix"), nw.col("hs").str.slice(0, 2).alias("hs2"),
        nw.col("row_id").alias("listed_row"), nw.col("published_on").alias("listed_on"),
    ).join(places, on="country", how="left")
    edition = nw.concat_str(nw.col("edition"), nw.lit(" edition"))
    rows = []
    for head, level in zip(HEADS, (thresholds.forced, thresholds.child), strict=True):
        through_input = nw.col("is_downstream") & (nw.col(head) | ~(nw.col("FL") | nw.col("CL")))
        value = nw.when(through_input).then(nw.lit(thresholds.downstream)).otherwise(nw.when(nw.col(head) & ~nw.col("is_downstream")).then(nw.lit(level)))
        own = flat.with_columns(value=value, head=nw.lit(head), place=nw.col("name_en").fill_null(nw.col("country")))
        near = own.filter(~nw.col("sub_region").is_null()).with_columns(order=-nw.col("value").fill_null(0.0)).unique(
            subset=["sub_region", "prefix"], keep="first", order_by=["order", "listed_row"]
        ).drop("country").join(places.select("country", "sub_region"), on="sub_region").with_columns(
            value=nw.when(~nw.col("value").is_null()).then(nw.lit(thresholds.neighbour)),
            place=nw.concat_str(nw.lit("listed for neighbours in "), nw.col("sub_region")),
        )
        rows += [own, near.select(*own.collect_schema().names())]
    # A good listed for one head only keeps the value of unlisted goods for the other.
    is_listed = ~nw.col("value").is_null()
    words = nw.concat_str(nw.col("good"), nw.col("place"), edition, separator=", ")
    return nw.concat(rows).with_columns(
        value=nw.col("value").fill_null(thresholds.not_listed), detail=nw.when(is_listed).then(words).otherwise(nw.lit("not on the editions in force")),
    ).select("country", "hs2", "prefix", "head", "value", "detail", "listed_row", "listed_on", order=-nw.col("value"))


def best_listing(pairs: Frame, listings: Frame) -> Frame:
    """Per country, HS code and head the strongest listing; no row for pairs without any."""
    found = pairs.join(listings, on=["country", "hs2"]).filter(same_goods("hs", "prefix"))
    return found.unique(subset=["country", "hs", "head"], keep="first", order_by=["order", "listed_row"]).drop("hs2", "prefix", "order")
