"""Which encoding a text that is not UTF-8 was written in.

A guess for short lists of names: the detector tells scripts apart, and the bytes that differ between the Latin encodings tell those apart.
Does not belong here: decoding, and telling the user (see delimited.py).
"""

from __future__ import annotations

import codecs
import re

import charset_normalizer

# The eight-bit and East Asian encodings that spreadsheets of the regions concerned write.
_LEGACY = ["cp1252", "cp1250", "cp1251", "cp1254", "gb18030", "big5", "cp932", "cp949"]
_LATIN = frozenset({"cp1250", "cp1252", "cp1254"})
# Bytes that are signs in Western text and letters in Central European text (ł, ą, ż ...), standing where only a letter can.
_CENTRAL = re.compile(rb"[A-Za-z\xc0-\xff][\x9f\xb3\xb9\xba\xbe\xbf][a-z\xc0-\xff]|[\x8f\xa3\xa5\xaf][A-Za-z\xc0-\xff]")
# Turkish Ğ İ Ş ğ ş; in Western text these are letters of Icelandic alone.
_TURKISH = re.compile(rb"[\xd0\xdd\xde\xf0\xfe]")


def guess(text: bytes) -> str:
    """The likeliest encoding of `text`; among Latin ones the Western one, unless the text speaks for another."""
    matches = charset_normalizer.from_bytes(text, cp_isolation=_LEGACY)
    best = matches.best()
    if best is None:
        return "cp1252"
    found = codecs.lookup(best.encoding).name
    if found not in _LATIN:
        return found
    if _CENTRAL.search(text):
        return "cp1250"
    if _TURKISH.search(text):
        return "cp1254"
    disorder = {name: match.chaos for match in matches for name in match.could_be_from_charset}
    western, central = disorder.get("cp1252"), disorder.get("cp1250")
    return "cp1250" if western is None or (central is not None and central < western) else "cp1252"
