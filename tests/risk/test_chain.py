"""From core tables to what lies upstream: worst paths as they are published, and what a worse supplier does to its buyers."""

import polars as pl
import pytest
from build import METHOD
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.derive import conform
from risk.chain import follow

PARTIES = [f"P{number}" for number in range(6)]
LINKS = st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5), st.sampled_from([0.1, 0.3, None])), max_size=9)
LIKELY = st.lists(st.sampled_from([0.0, 0.02, 0.3, 0.9]), min_size=6, max_size=6)


def chain(links, likely):
    """Result tables for links (buyer, supplier, share) between six parties and their likelihoods."""
    party = conform("party", pl.LazyFrame({"party_id": PARTIES, "name": PARTIES})).collect()
    rows = [
        {"link_id": f"L{number}", "buyer_id": PARTIES[buyer], "supplier_id": PARTIES[supplier], "share": share, "commodity_hs": "5201"}
        for number, (buyer, supplier, share) in enumerate(links)
    ]
    link = conform("supply_link", pl.LazyFrame(rows, schema_overrides={"share": pl.Float64}) if rows else pl.LazyFrame())
    link = link.with_columns(row_id=pl.int_range(100, 100 + pl.len(), dtype=pl.Int64)).collect()
    link = link.with_columns(is_share_relative=pl.lit(False)) if "is_share_relative" not in link.columns else link
    product = pl.LazyFrame({"party_id": PARTIES, "hs2": ["52"] * 6})
    heads = pl.DataFrame({"party_id": PARTIES, "head": "FL", "likelihood": likely, "is_state_imposed": False})
    owned = conform("ownership_link", pl.LazyFrame()).collect()
    return follow(party, link, owned, product, heads, ["P0"], METHOD), link


def test_a_worst_path_through_a_cycle_is_published_link_by_link():
    """P1's own worst source is P0, so that stepping from party to party would turn back instead of going on to P2."""
    links = [(0, 1, None), (1, 0, None), (1, 2, None)]
    found, link = chain(links, [0.9, 0.0, 0.4, 0.0, 0.0, 0.0])
    steps = {row["party_id"]: row for row in found["path_step"].iter_rows(named=True)}
    assert steps["P1"]["source_id"] == "P0"
    assert steps["P0"]["source_id"] == "P2"
    along = dict(link.select("row_id", "supplier_id").iter_rows())
    assert [along[row] for row in steps["P0"]["path"]] == ["P1", "P2"]


@settings(max_examples=15, deadline=None)
@given(LINKS, LIKELY, st.integers(0, 5))
def test_8_a_worse_supplier_never_makes_a_buyer_look_better(links, likely, worse):
    links = [row for row in links if row[0] != row[1]]
    raised = [max(value, 0.95) if place == worse else value for place, value in enumerate(likely)]
    before, after = chain(links, likely)[0]["upstream"], chain(links, raised)[0]["upstream"]
    for column in ("share_exposed", "presence", "presence_upstream", "worst_value", "p_group"):
        assert (after[column] - before[column]).min() >= -1e-9, column


@pytest.mark.parametrize("links", [[], [(0, 1, 0.3)]])
def test_every_path_ends_at_its_source(links):
    found, link = chain(links, [0.1, 0.5, 0.0, 0.0, 0.0, 0.0])
    ends = dict(link.select("row_id", "supplier_id").iter_rows())
    for row in found["path_step"].iter_rows(named=True):
        assert ends[row["path"][-1]] == row["source_id"]
