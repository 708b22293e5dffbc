"""Tables in the forms in which lists of debarments are published or saved: JSON, web pages, workbooks, CSV, and ZIP files of these.

Belongs here: finding the rows of a file, as lines of text cells. What a column means stands in each source.yml.
"""

from __future__ import annotations

import io
import json
import zipfile
import zlib
from collections.abc import Iterator
from typing import Any

from pipelines.records import Gather, Table
from pipelines.sheets import MAX_UNZIPPED, Line, ParseError, clean, csv_lines, xlsx_lines

LONGEST_TITLE = 20  # lines that an export may write above its headings
AGAIN = "Get the file again, or see whether a page that blocks was saved instead."


def tables(gather: Gather, *path: str, inside: str | None = None, delimiter: str = ",") -> list[Table]:
    """Every table of the snapshot's files. `path` leads to the list of rows in a JSON file, `inside` to the values in each row.

    ParseError when a file is none of the known forms, is cut short, or holds no such list. The n-th row of a list has line n.
    """
    found: list[Table] = []
    for name in gather.snapshot.files:
        for inner, content in _files(gather, name):
            found += _tables(gather, inner, content, path, inside, delimiter)
    return found


def _files(gather: Gather, name: str) -> Iterator[tuple[str, bytes]]:
    content = gather.snapshot.read(name)
    if not content.startswith(b"PK") or name.casefold().endswith(".xlsx"):
        yield name, content
        return
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            members = [item for item in archive.infolist() if not item.is_dir()]
            if sum(item.file_size for item in members) > MAX_UNZIPPED:
                raise ParseError(f"{name}: unpacks to more than {MAX_UNZIPPED} bytes; not read.")
            for item in members:
                yield f"{name}: {item.filename}", archive.read(item)
    except (zipfile.BadZipFile, zlib.error, OSError, RuntimeError, NotImplementedError) as error:
        raise ParseError(f"{name}: not readable as ZIP ({error}). {AGAIN}") from error


def _tables(gather: Gather, name: str, content: bytes, path: tuple[str, ...], inside: str | None, delimiter: str) -> list[Table]:
    if content.startswith(b"PK"):
        sheets = {f"{name}: {sheet}": lines for sheet, lines in xlsx_lines(content, name).items() if lines}
        return [_headed(gather, Table(gather.part(sheet), sheet, lines)) for sheet, lines in sheets.items()]
    text = _text(gather, name, content)
    part, start = gather.part(name), text.lstrip()[:1]
    if start == "<":
        return [_headed(gather, Table(part, name, lines)) for lines in _page(gather, name, text)]
    if path and (_body(text)[:1] in ("{", "[") or name.casefold().endswith(".json")):
        return [Table(part, name, _rows(gather, name, text, path, inside))]
    return [_headed(gather, Table(part, name, csv_lines(text, delimiter)))]


def _text(gather: Gather, name: str, content: bytes) -> str:
    for encoding in gather.source.encoding:
        try:
            return content.decode("utf-8-sig" if encoding == "utf-8" else encoding)
        except UnicodeDecodeError:
            continue
    raise ParseError(f"{name}: not in {' or '.join(gather.source.encoding)}. Save it in that encoding, or correct encoding in source.yml.")


def needed(gather: Gather) -> list[list[list[str]]]:
    """By shape: the spellings of every heading that must be there."""
    shapes = gather.source.lookups["columns"].values()
    return [[[spelt] if isinstance(spelt, str) else spelt for ours, spelt in shape.items() if not ours.endswith("?")] for shape in shapes]


def _is_header(gather: Gather, cells: list[str]) -> bool:
    names = {clean(cell) for cell in cells}
    return any(all(names & set(spellings) for spellings in shape) for shape in needed(gather))


def _headed(gather: Gather, table: Table) -> Table:
    """`table` from its headings on: exports write titles and filters above them."""
    starts = (n for n, (_, cells) in enumerate(table.lines[:LONGEST_TITLE]) if _is_header(gather, cells))
    return Table(table.part, table.file, table.lines[next(starts, 0):])


def _page(gather: Gather, name: str, text: str) -> list[list[Line]]:
    from bs4 import BeautifulSoup

    found = []
    for element in BeautifulSoup(text, "lxml").find_all("table"):
        rows = [row.find_all(["th", "td"]) for row in element.find_all("tr")]
        lines = [(n, [cell.get_text(" ", strip=True) for cell in row]) for n, row in enumerate(rows, 1)]
        if lines and any(_is_header(gather, cells) for _, cells in lines[:LONGEST_TITLE]):
            found.append(lines)
    if not found:
        headings = " and ".join(spellings[0] for spellings in needed(gather)[0])
        raise ParseError(f"{name}: no table with the headings {headings}. The page has changed, or a page that blocks was saved instead.")
    return found


def _rows(gather: Gather, name: str, text: str, path: tuple[str, ...], inside: str | None) -> list[Line]:
    """A list of JSON objects as lines below a line of headings; keys come in the order in which they first stand."""
    value = json_value(name, text)
    for step in path:
        value = value.get(step) if isinstance(value, dict) else None
    if not isinstance(value, list):
        raise ParseError(f"{name}: no list {'.'.join(path)} in it. {AGAIN}")
    objects: list[Any] = [item.get(inside) if inside and isinstance(item, dict) else item for item in value]
    wrong = next((n for n, item in enumerate(objects, 1) if not isinstance(item, dict)), None)
    if wrong is not None:
        raise ParseError(f"{name}: entry {wrong} of {'.'.join(path)} is no object. {AGAIN}")
    keys = list(dict.fromkeys(key for item in objects for key in item))
    if not keys:  # an empty list is an answer: the headings are those that the source knows
        keys = [spellings[0] for spellings in needed(gather)[0]]
    return [(1, keys), *((n, [_cell(item.get(key)) for key in keys]) for n, item in enumerate(objects, 1))]


def json_value(name: str, text: str) -> Any:
    """The value of a JSON text. ParseError when it is cut short."""
    try:
        return json.loads(_body(text))
    except (json.JSONDecodeError, RecursionError) as error:
        raise ParseError(f"{name}: not whole JSON ({error}). {AGAIN}") from error


def _body(text: str) -> str:
    """`text` from its JSON on: a line of the server may stand before it."""
    first, _, rest = text.lstrip().partition("\n")
    is_after = not first.startswith(("{", "[", "<")) and rest.lstrip().startswith(("{", "["))
    return rest.lstrip() if is_after else text.lstrip()


def _cell(value: Any) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
