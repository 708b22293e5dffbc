"""Text on its way out to spreadsheets."""

from __future__ import annotations

_TRIGGERS = ("=", "+", "-", "@", "\t", "\r")


def safe_cell(value: object) -> object:
    """`value` so that a spreadsheet shows it and does not run it: a text that starts like a formula gets an apostrophe in front.

    Numbers stay numbers, and so do texts that are plain numbers ("-3.5"). The apostrophe is taken off again on import.
    """
    if not isinstance(value, str) or not value.startswith(_TRIGGERS):
        return value
    try:
        float(value)
    except ValueError:
        return "'" + value
    return value

