"""CBP orders, from a made-up file in the publisher's format."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import polars as pl
import pytest

from pipelines import registry, staged
from pipelines.records import Parsed
from pipelines.sheets import ParseError
from pipelines.snapshot import Snapshot

Parse = Callable[[str, dict[str, bytes]], Parsed]


@pytest.fixture
def orders(parse: Parse, made_up: Callable[[str], bytes]) -> Parsed:
    return parse("us_cbp_wro", {"orders.csv": made_up("made_up_cbp_orders.csv")})


def test_orders_are_rules_and_only_named_parties_are_listed(orders: Parsed) -> None:
    bans, listings = orders.tables["import_ban"], orders.tables["listing"]
    assert bans.height == 8
    assert listings["name"].to_list() == [
        "Made-Up Garment Co., Ltd.", "Made-Up Garment Co., Ltd.", "Invented Palm Berhad", "Made Up No. 9",
        "Invented Ocean Fishing Co. Ltd.",
    ]
    places = bans.filter(pl.col("scope").is_in(["territory", "artisanal"]))
    assert places.select("country", "subdivision", "scope", "producer").rows() == [
        ("CHN", "CN-XJ", "territory", None), ("ZWE", "ZW-MA", "artisanal", None),
    ]
    assert listings.filter(pl.col("entity_type") == "vessel").select("name", "country").rows() == [("Made Up No. 9", None)]
    assert listings["covers_subsidiaries"].to_list() == [False, False, True, False, False]
    assert listings["aliases"][0].to_list() == ["Invented Garment Co.", "Prison No. 0"]


def test_words_and_dates(orders: Parsed) -> None:
    bans = orders.tables["import_ban"]
    assert bans["since"][0] == dt.date(2020, 3, 15)
    assert bans["status"].to_list() == ["superseded", "active", "narrowed", "suspended", "active", "active", "active", "active"]
    assert (bans["until"][0], bans["status_note"][0]) == (dt.date(2021, 4, 2), "Active; a Finding followed on 2021-04-02")
    assert bans.filter(pl.col("product") == "Garments")["hs"][0].to_list() == ["61", "62"]


def test_what_cannot_be_read_goes_to_quarantine(orders: Parsed) -> None:
    found = {(reject.line, reject.column): (reject.value, reject.is_row_kept) for reject in orders.rejects}
    # the cell of line 4 runs over two lines, so the lines after it are counted on
    assert found == {
        (10, "entity"): ("Invented River Valley", True), (10, "product"): ("Widgets", True), (11, "status"): ("Half Active", False),
        (12, "since"): (None, False), (13, "since"): ("2/30/2024", False),
    } | {(4, "product"): ("Palm Oil", True)}
    unknown = orders.tables["import_ban"].filter(pl.col("producer") == "Invented River Valley")
    assert unknown.select("country", "status").rows() == [("BRA", "active")]


def test_windows_1252_and_moved_columns(parse: Parse) -> None:
    text = "Status,Entity,Country,WRO/Finding,Effective Date\nActive,Made-Up\xa0Caf\xe9 Ltd.,China,WRO,1/2/2024\n"
    parsed = parse("us_cbp_wro", {"x.csv": text.encode("windows-1252")})
    assert parsed.tables["listing"]["name"].to_list() == ["Made-Up Café Ltd."]
    assert parsed.tables["import_ban"]["product"].to_list() == ["not stated in this copy (no industry)"]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"Effective Date,Country,WRO/Finding,Status\n1/2/2024,China,WRO,Active\n", "lacks column Entity"),
        (b"<html><body>Access Denied</body></html>", "looks like a web page"),
        (b"", "lacks column"),
    ],
)
def test_another_file_is_refused(parse: Parse, content: bytes, message: str) -> None:
    with pytest.raises(ParseError, match=message):
        parse("us_cbp_wro", {"x.csv": content})


def test_a_new_column_is_raised(parse: Parse) -> None:
    content = b"Effective Date,Country,WRO/Finding,Status,Entity,Novelty\n1/2/2024,China,WRO,Active,Made-Up Ltd.,x\n"
    assert ("Novelty", 1) in [(reject.column, reject.line) for reject in parse("us_cbp_wro", {"x.csv": content}).rejects]


def test_shipped_orders_written_as_the_publisher_does_come_back_with_the_same_keys() -> None:
    """The shipped tables and a parsed copy of the same list meet in their keys: nothing is doubled, nothing seems removed."""
    bans = staged.reference_frame("us_cbp_wro_bans").filter(pl.col("note").str.contains("on the CBP list of"))
    cells = {entry.get("subdivision") or country: cell for cell, entry, country in [
        (cell, entry, {"Artisanal Small Mines": "COD"}.get(cell, "TKM" if "Turkmen" in cell else "MWI"))
        for cell, entry in registry.source("us_cbp_wro").lookups["entities"].items() if "scope" in entry
    ]}
    words = {"active": "Active", "superseded": "Active", "narrowed": "Partially Modified", "suspended": "Inactive-Pending Litigation"}
    lines = ["Effective Date,Country,Merchandise,WRO/Finding,Status,Entity"]
    for row in bans.iter_rows(named=True):
        entity = row["producer"] or cells[row["subdivision"] or row["country"]]
        if row["scope"] == "vessel" and not entity.startswith("Fishing"):
            entity = f"Fishing Vessel: {entity}"
        day, kind = f"{row['since']:%m/%d/%Y}", {"wro": "WRO", "finding": "Finding"}[row["instrument"]]
        values = [day, row["country"] or "Fishing Vessels", row["product"], kind, words[row["status"]], entity]
        lines.append(",".join(f'"{value}"' for value in values))
    parsed = registry.source("us_cbp_wro").parse(
        Snapshot.of(registry.source("us_cbp_wro"), {"x.csv": "\n".join(lines).encode()}, dt.date(2026, 6, 23))
    )
    assert parsed.rejects == []
    shipped = staged.reference_frame("us_cbp_wro_listings")
    assert set(parsed.tables["import_ban"]["ban_id"]) == set(bans["ban_id"])
    assert set(parsed.tables["listing"]["listing_id"]) <= set(shipped["listing_id"])
    keys = {"import_ban": ("ban_id", bans), "listing": ("listing_id", shipped)}
    for table, (key, ours) in keys.items():
        both = parsed.tables[table].join(ours, on=key, suffix="_ours")
        assert both.filter(pl.col("status") != pl.col("status_ours")).select(key, "status", "status_ours").rows() == []
        hs = "hs" if table == "import_ban" else "covered_hs"
        assert both.filter(pl.col(hs).list.join(";") != pl.col(f"{hs}_ours").list.join(";")).select(key).rows() == []
