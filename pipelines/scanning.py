"""Where the records of a delimited text file begin and end: one pass over its bytes.

It gives every record its exact line in the file (quoted cells may hold line breaks), counts its fields and finds the records that no
reader could split. Compiled by numba, since it looks at every byte. Does not belong here: what the fields mean.
"""

from __future__ import annotations

from dataclasses import dataclass

import numba
import numpy as np
from numpy.typing import NDArray

GOOD, STRAY_QUOTE, OPEN_QUOTE, TOO_LONG, BLANK = range(5)
_NEWLINE, _RETURN, _SPACE, _NO_QUOTE = 10, 13, 32, 256


@dataclass(frozen=True)
class Records:
    """One entry per record: byte range without its line break, first line (1-based), number of fields, and a flag (GOOD ...)."""

    starts: NDArray[np.int64]
    ends: NDArray[np.int64]
    lines: NDArray[np.int64]
    fields: NDArray[np.int32]
    flags: NDArray[np.uint8]
    is_uniform: bool  # every line ends alike, and not with a lone carriage return

    def __len__(self) -> int:
        return len(self.starts)


@numba.njit(cache=True)
def _count_breaks(data):  # type: ignore[no-untyped-def]  # numba compiles it
    count = 1
    for i in range(len(data)):
        if data[i] in (_NEWLINE, _RETURN):
            count += 1
    return count


@numba.njit(cache=True)
def _scan(data, begin, delimiter, quote, longest, starts, ends, lines, fields, flags):  # type: ignore[no-untyped-def]
    size, i, n, line, kinds = len(data), begin, 0, 1, 0
    while i < size:
        start, first_line, count, flag = i, line, 1, GOOD
        at_field_start, quoted = True, False
        first_break, end = -1, -1
        while i < size:
            c = data[i]
            if quoted:
                if c == quote:
                    if i + 1 < size and data[i + 1] == quote:
                        i += 1
                    else:
                        quoted = False
                        if i + 1 < size and data[i + 1] not in (delimiter, _NEWLINE, _RETURN):
                            flag = STRAY_QUOTE
                            if first_break >= 0:
                                break
                elif c == _NEWLINE or (c == _RETURN and not (i + 1 < size and data[i + 1] == _NEWLINE)):
                    line += 1
                    if first_break < 0:
                        first_break = i
                    if i - start > longest:
                        break
            elif c == delimiter:
                count += 1
                at_field_start = True
                i += 1
                continue
            elif c in (_NEWLINE, _RETURN):
                end = i
                break
            elif c == quote and at_field_start:
                quoted = True
            if c != _SPACE:  # a quote after spaces opens a quoted cell, as readers have it
                at_field_start = False
            i += 1
        if end < 0 and (i < size or quoted) and first_break >= 0:
            # A quote opened here is not closed where it should be: give up this line alone and go on with the next.
            flag, i, line = OPEN_QUOTE, first_break, first_line
            end = i - 1 if i > start and data[i] == _NEWLINE and data[i - 1] == _RETURN else i
        elif end < 0:
            end = size
            if quoted:
                flag = OPEN_QUOTE
        if end - start > longest:
            flag = TOO_LONG
        elif end == start:
            flag = BLANK
        starts[n], ends[n], lines[n], fields[n], flags[n] = start, end, first_line, count, flag
        n += 1
        if i < size:
            if data[i] == _RETURN and i + 1 < size and data[i + 1] == _NEWLINE:
                kinds |= 2
                i += 1
            else:
                kinds |= 1 if data[i] == _NEWLINE else 4
            i += 1
            line += 1
    return n, kinds


@numba.njit(cache=True)
def _copy(data, starts, ends, out):  # type: ignore[no-untyped-def]
    at = 0
    for k in range(len(starts)):
        for i in range(starts[k], ends[k]):
            out[at] = data[i]
            at += 1
        out[at] = _NEWLINE
        at += 1
    return at


def count_breaks(data: NDArray[np.uint8]) -> int:
    """Upper bound of the number of records in `data`, for the memory that scan needs (29 bytes per record)."""
    return int(_count_breaks(data))


def scan(data: NDArray[np.uint8], delimiter: str | None, longest: int, begin: int = 0, first_line: int = 1) -> Records:
    """Records of `data` from byte `begin`, which is on line `first_line`; with no delimiter, plain lines without quoting.

    `longest` is the length in bytes above which a record is TOO_LONG. An unclosed quote costs its own line only.
    """
    room = count_breaks(data)
    starts, ends, lines = (np.empty(room, np.int64) for _ in range(3))
    fields, flags = np.empty(room, np.int32), np.empty(room, np.uint8)
    codes = (ord(delimiter), ord('"')) if delimiter else (_NO_QUOTE, _NO_QUOTE)
    n, kinds = _scan(data, begin, *codes, longest, starts, ends, lines, fields, flags)
    return Records(starts[:n], ends[:n], lines[:n] + (first_line - 1), fields[:n], flags[:n], kinds in (0, 1, 2))


def copy(data: NDArray[np.uint8], starts: NDArray[np.int64], ends: NDArray[np.int64]) -> bytes:
    """The byte ranges of `data`, a line feed after each."""
    out = np.empty(int((ends - starts).sum()) + len(starts), np.uint8)
    return bytes(out[: _copy(data, starts, ends, out)].data)
