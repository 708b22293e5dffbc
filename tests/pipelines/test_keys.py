"""Keys are stable, and the shipped tables carry the keys that parsers make."""

from __future__ import annotations

import datetime as dt

import pytest

from pipelines import keys, staged

DAY = dt.date(2022, 6, 21)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Hetian Taida Apparel Co., Ltd.", "hetian-taida-apparel-co-ltd"),
        ("Hetian Taida Apparel Co. Ltd", "hetian-taida-apparel-co-ltd"),
        ("Yuan’an  Cotton", "yuanan-cotton"),
        ("FAZENDA SÃO JOÃO", "fazenda-sao-joao"),
        ("S.A. de C.V.", "sa-de-cv"),
    ],
)
def test_slugs_pass_over_punctuation_and_accents(text: str, expected: str) -> None:
    assert keys.slug(text) == expected


def test_long_and_foreign_names_do_not_collide() -> None:
    long = "Xinjiang " * 12
    assert keys.slug(long + "A") != keys.slug(long + "B")
    assert keys.slug("新疆一") != keys.slug("新疆二")
    assert len(keys.slug(long)) <= 70


def test_listing_keys_tell_sections_days_and_places_apart() -> None:
    made = {
        keys.listing_key("us_uflpa", "A", "UFLPA (i)", DAY), keys.listing_key("us_uflpa", "A", "UFLPA (ii)", DAY),
        keys.listing_key("us_uflpa", "A", "UFLPA (i)", None), keys.listing_key("us_uflpa", "A", "UFLPA (i)", DAY, "farm"),
    }
    assert len(made) == 4
    assert keys.listing_key("us_uflpa", "A Co., Ltd.", "UFLPA (i)", DAY) == "us_uflpa:uflpa-i:2022-06-21:a-co-ltd"


def test_ban_keys_go_by_the_first_name_or_the_place() -> None:
    cells = ["A Berhad", "A Berhad and its subsidiaries", "A Berhad, a/k/a B", "A Berhad; C Ltd", "Fishing Vessel: A Berhad"]
    assert {keys.ban_key("us_cbp", "wro", DAY, cell, "MYS") for cell in cells} == {"us_cbp:wro:2022-06-21:a-berhad"}
    assert keys.ban_key("us_cbp", "wro", DAY, None, "CN-XJ") == "us_cbp:wro:2022-06-21:cn-xj"


def test_shipped_listings_carry_their_keys() -> None:
    for name in ("us_cbp_wro_listings", "us_uflpa_listings"):
        for row in staged.reference_frame(name).iter_rows(named=True):
            assert row["listing_id"] == keys.listing_key(row["list_id"], row["name"], row["programme"], row["listed_on"])
    for row in staged.reference_frame("us_cbp_wro_bans").iter_rows(named=True):
        territory = row["subdivision"] or row["country"]
        assert row["ban_id"] == keys.ban_key("us_cbp", row["instrument"], row["since"], row["producer"], territory)
