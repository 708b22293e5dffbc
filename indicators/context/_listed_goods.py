"""Which listed good a product is: shared steps of the rule on listed goods."""

import datetime as dt

import narwhals as nw

from indicators.expressions import same_goods
from indicators.registry import HEADS, Frame

PAIR = ["country", "hs"]


def editions_in_force(listed_good: Frame, as_of: dt.date, thresholds) -> Frame:  # type: ignore[no-untyped-def]
    """The editions in force on `as_of`: one row per listed good, country, HS prefix and head, with its intensity."""
    known = listed_good.filter((nw.col("published_on") <= as_of) & ((nw.col("superseded_on") > as_of) | nw.col("superseded_on").is_null()))
    newest = known.filter(nw.col("published_on") == nw.col("published_on").max().over("list_id")).with_columns(
        FL=nw.col("is_forced_labour") | nw.col("is_forced_child_labour"), CL=nw.col("is_child_labour") | nw.col("is_forced_child_labour"),
    )
    rows = []
    for head, level in zip(HEADS, (thresholds.forced, thresholds.child), strict=True):
        through_input = nw.col("is_downstream") & (nw.col(head) | ~(nw.col("FL") | nw.col("CL")))
        value = nw.when(nw.col(head) & ~nw.col("is_downstream")).then(nw.lit(level)).otherwise(
            nw.when(through_input).then(nw.lit(thresholds.downstream))
        )
        rows.append(newest.with_columns(value=value, head=nw.lit(head)))
    flat = nw.concat(rows).filter(~nw.col("value").is_null()).explode("hs").filter(~nw.col("hs").is_null())
    return flat.select(
        "country", "head", "good", "edition", "value", nw.col("hs").alias("prefix"), nw.col("hs").str.slice(0, 2).alias("hs2"),
        nw.col("row_id").alias("listed_row"), nw.col("published_on").alias("listed_on"),
    )


def best_listing(pairs: Frame, listed: Frame, country: Frame, thresholds) -> Frame:  # type: ignore[no-untyped-def]
    """Per country, HS code and head the strongest listing: of the country itself, else of its sub-region."""
    places = country.select("country", "name_en", "sub_region")
    near = listed.join(places, on="country").filter(~nw.col("sub_region").is_null()).unique(
        subset=["sub_region", "head", "prefix"], keep="first", order_by=["listed_row"]
    )
    columns = ["country", "hs", "head", "value", "detail", "listed_row", "listed_on", "order"]
    edition = nw.concat_str(nw.col("edition"), nw.lit(" edition"))
    own = pairs.join(listed, on=["country", "hs2"]).filter(same_goods("hs", "prefix")).join(places, on="country", how="left").with_columns(
        detail=nw.concat_str(nw.col("good"), nw.col("name_en").fill_null(nw.col("country")), edition, separator=", "), order=-nw.col("value"),
    )
    around = pairs.join(places, on="country").join(near.drop("country", "name_en"), on=["sub_region", "hs2"]).filter(same_goods("hs", "prefix"))
    around = around.with_columns(
        nw.lit(thresholds.neighbour).alias("value"), nw.lit(-thresholds.neighbour).alias("order"),
        detail=nw.concat_str(nw.col("good"), nw.concat_str(nw.lit("listed for neighbours in "), nw.col("sub_region")), edition, separator=", "),
    )
    found = nw.concat([own.select(*columns), around.select(*columns)])
    return found.unique(subset=["country", "hs", "head"], keep="first", order_by=["order", "listed_row"]).drop("order")
