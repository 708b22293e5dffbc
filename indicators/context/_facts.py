"""Facts about countries as the rules of the context read them."""

import datetime as dt

import narwhals as nw

from indicators.registry import Frame


def national(country_fact: Frame, as_of: dt.date) -> Frame:
    """Facts about whole countries that were known on `as_of`."""
    return country_fact.filter(nw.col("subdivision").is_null() & (nw.col("published_on") <= as_of))


def newest(country_fact: Frame, as_of: dt.date) -> Frame:
    """Of every fact about a country the newest edition known on `as_of`."""
    facts = national(country_fact, as_of)
    return facts.filter(nw.col("published_on") == nw.col("published_on").max().over("country", "fact"))
