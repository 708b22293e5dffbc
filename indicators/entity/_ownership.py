"""Walks along ownership links from listed organisations: up to owners, down to subsidiaries, across to sisters."""

import datetime as dt

import narwhals as nw

from indicators.registry import Frame


def links(ownership_link: Frame, as_of: dt.date, thresholds) -> Frame:  # type: ignore[no-untyped-def]
    """Links that hold on `as_of`, with what passes through them. Control without a stated share passes everything."""
    starts = nw.col("valid_from").is_null() | (nw.col("valid_from") <= as_of)
    ends = nw.col("valid_to").is_null() | (nw.col("valid_to") >= as_of)
    controls = nw.col("is_control").fill_null(False) | nw.col("interest").is_in(thresholds.control_interests).fill_null(False)
    return ownership_link.filter(starts & ends).select(
        "owner_id", "owned_id", nw.col("interest").fill_null("shareholding").alias("interest"),
        (controls | (nw.col("share") >= thresholds.control_share).fill_null(False)).alias("link_control"),
        nw.when(controls).then(nw.col("share").fill_null(1.0)).otherwise(nw.col("share")).alias("link_share"),
        nw.col("reliability_adverse").alias("link_adverse"), nw.col("reliability_favourable").alias("link_favourable"),
        nw.col("row_id").cast(nw.String).alias("link_row"),
    )


def _step(here: Frame, edges: Frame, start: str, end: str) -> Frame:
    """One link further: `start` is the end of the link where one stands, `end` the one that is reached."""
    joined = here.join(edges.rename({start: "node", end: "next"}).drop("interest"), on="node").with_columns(
        node=nw.col("next"), share=nw.col("share") * nw.col("link_share"), is_control=nw.col("is_control") & nw.col("link_control"),
        adverse=nw.min_horizontal("adverse", "link_adverse"), favourable=nw.min_horizontal("favourable", "link_favourable"),
        path=nw.concat_str([nw.col("path"), nw.col("link_row")], separator=" "),
    )
    return joined.select(*here.collect_schema().names())


def _walk(start: Frame, edges: Frame, ends: tuple[str, str], levels: int, least: float) -> Frame:
    """Everything within `levels` links; paths that carry less than `least` and no control end there."""
    reached = []
    for _ in range(levels):
        start = _step(start, edges, *ends)
        reached.append(start)
        start = start.filter(nw.col("is_control") | (nw.col("share") >= least).fill_null(True))
    return nw.concat(reached)


def reach(listed: Frame, edges: Frame, thresholds) -> Frame:  # type: ignore[no-untyped-def]
    """One row per path from a listed organisation (`node` of `listed`) to a party: share, control, `relation`, `path` of link rows."""
    start = listed.with_columns(
        share=nw.lit(1.0), is_control=nw.lit(True), adverse=nw.lit(1.0), favourable=nw.lit(1.0), path=nw.col("listing_row_id").cast(nw.String),
    )
    owning = edges.filter(nw.col("interest") != "shared_director")
    boards = edges.filter(nw.col("interest") == "shared_director")
    levels, least = thresholds.levels, thresholds.bands_from[-1]
    owners = _walk(start, owning, ("owned_id", "owner_id"), levels, least)
    owned = _walk(start, owning, ("owner_id", "owned_id"), levels, least)
    controllers = owners.filter(nw.col("is_control")).unique(subset=["node", "listing_id"], keep="first", order_by=["path"])
    sisters = _walk(controllers, owning.filter(nw.col("link_control")), ("owner_id", "owned_id"), levels, least)
    directors = nw.concat([_step(start, boards, *ends) for ends in (("owner_id", "owned_id"), ("owned_id", "owner_id"))])
    relations = ((owned, "owner listed"), (owners, "subsidiary listed"), (sisters, "sister under common control listed"), (directors, "shared director"))
    every = [frame.with_columns(relation=nw.lit(name), closeness=nw.lit(place)) for place, (frame, name) in enumerate(relations)]
    return nw.concat(every).filter(nw.col("node") != nw.col("listed_party"))
