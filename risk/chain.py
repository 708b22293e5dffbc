"""What lies upstream of every party: tiers, share exposed, presence, worst path, the unmapped remainder, and the reach of ownership.

Thin wrappers: core tables in, result tables out. The algorithms stand in tiers, propagation, presence, worst_path and ownership.
"""

from __future__ import annotations

import numpy as np
import polars as pl

from risk import graph as graphs
from risk.graph import Floats
from risk.methodology import Methodology
from risk.ownership import group_likelihood
from risk.presence import presence
from risk.propagation import share_exposed
from risk.tiers import tier_table
from risk.worst_path import worst_path

REMAINDER = "remainder:"
LONGEST_PATH = 30  # links of a worst path that are published; a reader follows no longer one


def kappa(link: pl.DataFrame, method: Methodology) -> pl.Series:
    """Probability that the buyer's product physically contains the supplier's output: custody factor x confidence in the link."""
    factors = method.section("custody")
    custody = pl.col("custody").replace_strict(factors, default=factors["unknown"], return_dtype=pl.Float64)
    return link.select(kappa=(custody * pl.col("link_confidence").fill_null(1.0)).clip(0, 1))["kappa"]


def remainder_likelihood(link: pl.DataFrame, product: pl.LazyFrame, likelihood: pl.DataFrame, method: Methodology) -> pl.DataFrame:
    """buyer_id, likelihood: what the unmapped remainder of a buyer is taken to be, the mix of all known makers of the same goods.

    Never below the default: leaving a supplier out does not make the chain look safe.
    """
    floor = method["tiers.remainder_likelihood"]
    by_chapter = (
        product.select("party_id", "hs2")
        .unique()
        .collect()
        .join(likelihood, on="party_id")
        .group_by("hs2")
        .agg(pl.col("likelihood").mean().round(9))
    )
    bought = link.select("buyer_id", hs2=pl.col("commodity_hs").str.slice(0, 2)).unique().join(by_chapter, on="hs2", how="left")
    return bought.group_by("buyer_id").agg(likelihood=pl.max_horizontal(pl.col("likelihood").max().fill_null(floor), pl.lit(floor)))


def follow(
    party: pl.DataFrame,
    link: pl.DataFrame,
    owned: pl.DataFrame,
    product: pl.LazyFrame,
    head_likelihood: pl.DataFrame,
    buyers: list[str],
    method: Methodology,
) -> dict[str, pl.DataFrame]:
    """Result tables upstream, tier, path_step and remainder.

    `head_likelihood`: party_id, head, likelihood, is_state_imposed; a party counts with its worse head.
    `buyers`: the given buyers; empty: every party of kind buyer, or else every party that buys and that nobody buys from.
    """
    party = party.sort("party_id")
    likelihood = head_likelihood.group_by("party_id").agg(pl.col("likelihood").max())
    p = party.select("party_id").join(likelihood, on="party_id", how="left", maintain_order="left")["likelihood"].fill_null(0.0).to_numpy()
    links = link.sort("link_id", "row_id").with_columns(kappa=kappa(link.sort("link_id", "row_id"), method))
    graph = graphs.supply_graph(party["party_id"], links)
    shares = graphs.resolve_shares(graph, method["tiers.own_share"])
    # The part of the inputs that no link explains becomes a supplier of its own, so that nothing is hidden by being left out.
    holes = np.flatnonzero(shares.remainder > 1e-9)
    names = party["party_id"].gather(holes)
    pseudo = (REMAINDER + names).alias("party_id")
    mix = remainder_likelihood(links, product, likelihood, method)
    unknown = (
        pl.DataFrame({"buyer_id": names})
        .join(mix, on="buyer_id", how="left", maintain_order="left")["likelihood"]
        .fill_null(method["tiers.remainder_likelihood"])
        .to_numpy()
    )
    wide = graph.extended(
        holes,
        party.height + np.arange(holes.size),
        shares.remainder[holes],
        graphs.stable_keys(pseudo),
        graphs.stable_keys(pseudo + "|link"),
    )
    stated = np.concatenate([shares.link, shares.remainder[holes]])
    weights = stated[wide.row]
    every = np.concatenate([p, unknown])
    own = np.concatenate([shares.own, np.ones(holes.size)])
    x = share_exposed(wide, weights, every, own)[: party.height]
    drawn = presence(wide, every, method["tiers.presence_draws"], method["draws.seed"])
    worst = worst_path(graph, p)
    has_source, has_link = worst.source >= 0, worst.next_link >= 0
    ids = party["party_id"]
    source_id = (
        ids.gather(np.where(has_source, worst.source, 0)).to_frame("s").select(pl.when(pl.Series(has_source)).then("s").alias("s"))["s"]
    )
    upstream = pl.DataFrame(
        {
            "party_id": ids,
            "share_exposed": x,
            "presence": drawn.any[: party.height],
            "presence_upstream": drawn.upstream[: party.height],
            "worst_value": worst.value,
            "worst_source_id": source_id,
            "unmapped_share": shares.remainder,
        }
    )
    policy = (
        party.select("party_id")
        .join(head_likelihood.group_by("party_id").agg(pl.col("is_state_imposed").any()), on="party_id", how="left", maintain_order="left")[
            "is_state_imposed"
        ]
        .fill_null(False)
    )
    owners = ownership(party, owned, p, policy, method)
    next_link = np.where(has_link, worst.next_link, 0)
    # The whole path, since following the next party of the next party goes astray where a cycle needs a party's second-best label.
    node, along = worst.all_paths(LONGEST_PATH)
    path = pl.DataFrame({"party_id": ids.gather(node), "path": links["row_id"].gather(graph.row[along] if along.size else along)})
    step = pl.DataFrame(
        {
            "party_id": ids,
            "next_party_id": ids.gather(graph.supplier[next_link] if graph.link_count else next_link),
            "link_row_id": links["row_id"].gather(graph.row[next_link])
            if graph.link_count
            else pl.Series([None] * ids.len(), dtype=pl.Int64),
            "value": worst.value,
            "source_id": source_id,
        }
    ).filter(pl.Series(has_link))
    step = step.join(path.group_by("party_id", maintain_order=True).agg("path"), on="party_id", how="left", maintain_order="left")
    return {
        "upstream": upstream.join(owners, on="party_id", how="left"),
        "path_step": step,
        "tier": _tiers(graph, party, link, buyers, method),
        "remainder": pl.DataFrame({"buyer_id": names, "share": shares.remainder[holes], "likelihood": unknown}),
    }


def _tiers(graph: graphs.Graph, party: pl.DataFrame, link: pl.DataFrame, buyers: list[str], method: Methodology) -> pl.DataFrame:
    roots = buyers or party.filter(pl.col("party_kind") == "buyer")["party_id"].to_list()
    if not roots:
        selling = link.select(party_id="supplier_id").unique()
        roots = (
            link.select(party_id="buyer_id").unique().join(selling, on="party_id", how="anti").sort("party_id")["party_id"].to_list()[:100]
        )
    ids = party["party_id"]
    places = dict(zip(ids.to_list(), range(len(ids)), strict=True)) if roots else {}
    found = [
        tier_table(graph, ids, places[root], method["tiers.max_tier"]).select(
            "party_id", buyer_id=pl.lit(root), tier=pl.col("nearest_tier"), levels=pl.col("tiers")
        )
        for root in roots
        if root in places
    ]
    schema: dict[str, pl.DataType] = {"buyer_id": pl.String(), "party_id": pl.String(), "tier": pl.Int64(), "levels": pl.List(pl.Int64())}
    if not found:
        return pl.DataFrame(schema=schema)
    return (
        pl.concat(found)
        .select([pl.col(name).cast(kind) for name, kind in schema.items()])
        .filter(pl.col("tier") > 0)
        .sort("buyer_id", "party_id")
    )


def ownership(party: pl.DataFrame, owned: pl.DataFrame, p: Floats, is_policy: pl.Series, method: Methodology) -> pl.DataFrame:
    """party_id, p_group, group_source_id: own likelihood, or the greater one that owners and sisters pass on, and whose."""
    places = party.select("party_id").with_row_index("node")
    ends = (
        owned.select("owner_id", "owned_id", "share", "is_control")
        .join(places.rename({"party_id": "owner_id", "node": "owner"}), on="owner_id")
        .join(places.rename({"party_id": "owned_id", "node": "owned"}), on="owned_id")
        .sort("owner", "owned")
    )
    reach = group_likelihood(
        ends["owner"].to_numpy(),
        ends["owned"].to_numpy(),
        ends["share"].fill_null(float("nan")).to_numpy(),
        ends["is_control"].fill_null(False).to_numpy(),
        p,
        is_policy.to_numpy(),
        phi_policy=method["tiers.owner_policy"],
        phi_control=method["tiers.owner_control"],
        phi_quarter=method["tiers.owner_quarter"],
        phi_unknown=method["tiers.owner_quarter"],
    )
    source = (
        party["party_id"]
        .gather(np.maximum(reach.relative, 0))
        .to_frame("id")
        .select(pl.when(pl.Series(reach.relative >= 0)).then("id").alias("id"))
    )
    return pl.DataFrame({"party_id": party["party_id"], "p_group": reach.value, "group_source_id": source["id"]})
