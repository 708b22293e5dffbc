"""From a file to JSON documents with their lines: compression, encoding, bounds, one document or one per line.

JSON Lines are read line by line. A single JSON document is read whole, up to Bounds.json_bytes. Does not belong here: what OCDS is.
"""

from __future__ import annotations

import codecs
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipelines import encodings
from pipelines.procurement import json_text
from pipelines.procurement.findings import Findings
from pipelines.reading import CHUNK, Limits, too_large, unzipped
from pipelines.refusal import Refused

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF32_LE, "utf-32-le"), (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"),
)  # fmt: skip
# Instead of steps that speak of importing, of mapping files or of settings.
_STEPS = {
    "gzip_bomb": "Check where it comes from; if it is sound, decompress it and give it so.",
    "file_too_large": "Split the file by contracting process, or give a table of bidders as CSV or Parquet.",
    "file_empty": "Give a file of OCDS, or a table of bidders with a heading row and at least one row.",
    "encoding": "Save the file as UTF-8.",
}
_PEEKED = 200  # lines looked at to tell JSON Lines from one JSON document that is broken


@dataclass(frozen=True)
class Bounds:
    """What a file may cost, in bytes: as received and decompressed, per line, and for one JSON document; `ratio` of swelling."""

    file_bytes: int = 1 << 30
    line_bytes: int = 64 << 20
    json_bytes: int = 256 << 20
    ratio: int = 200


USUAL = Bounds()


@dataclass(frozen=True)
class Opened:
    """A file decompressed: `path` holds UTF-8 (perhaps with broken bytes) from `begin` on, if `is_text`; `is_table` if it is no JSON."""

    path: Path
    begin: int
    sha256: str
    is_table: bool
    is_text: bool = True


@dataclass(frozen=True)
class Document:
    """One JSON value of a file: its line (null in a file that is one document), the path of its content, and the value."""

    line: int | None
    path: str
    value: Any


def sha256(path: Path) -> str:
    """Hash of the bytes as received."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def opened(path: Path, work: Path, bounds: Bounds, findings: Findings, encoding: str | None = None) -> Opened:
    """The file at `path` ready to be read; `work` is a folder for what is unpacked. Raises Refused."""
    file, limits = findings.file, Limits(file_bytes=bounds.file_bytes, ratio=bounds.ratio)
    try:
        size = path.stat().st_size
        with path.open("rb") as stream:
            magic = stream.read(8)
    except OSError as error:
        raise Refused(file, "file_missing", f"the file cannot be opened ({error.strerror}).", "Check its name and folder.") from error
    if size > bounds.file_bytes:
        raise for_bidders(too_large(file, size, limits))
    digest, plain = sha256(path), path
    if magic.startswith(b"\x1f\x8b"):
        try:
            plain, is_cut = unzipped(path, work, file, limits)
        except Refused as error:
            raise for_bidders(error) from error
        if is_cut:
            findings.say("gzip_ends_early", (None, ""), kept=False)
        magic = _head(plain, 8)
    if not magic:
        raise Refused(file, "file_empty", "the file is empty.", "Give a file of OCDS, or a table of bidders.")
    if magic.startswith((b"PK\x03\x04", b"PAR1", b"\xd0\xcf\x11\xe0")):
        return Opened(path, 0, digest, is_table=True, is_text=False)
    plain, begin = _utf8(plain, work, findings, encoding)
    first = _head(plain, 4096 + begin)[begin:].lstrip()[:1]
    if not first and plain.stat().st_size <= 4096:
        raise Refused(file, "file_empty", "the file holds blanks only.", "Give a file of OCDS, or a table of bidders.")
    return Opened(plain, begin, digest, is_table=first not in (b"{", b"["))


def for_bidders(error: Refused) -> Refused:
    """`error` of a reader that serves imports too, with a next step that fits a file of bidders, which no mapping or setting governs."""
    step = _STEPS.get(error.reason, error.next_step)
    return Refused(error.file, error.reason, error.message, step, line=error.line, column=error.column, value=error.value)


def _head(path: Path, size: int) -> bytes:
    with path.open("rb") as stream:
        return stream.read(size)


def _utf8(path: Path, work: Path, findings: Findings, encoding: str | None) -> tuple[Path, int]:
    """A file in UTF-8 and where its text begins. Broken bytes stay in a file that is UTF-8 for the most part."""
    head = _head(path, 4096)
    mark = next(((len(bom), name) for bom, name in _MARKS if head.startswith(bom)), None)
    if encoding is None and mark:
        encoding = mark[1]
    elif encoding is None and b"\0" in head:
        encoding = "utf-16-le" if head[1::2].count(0) > len(head) // 4 else "utf-16-be" if head[::2].count(0) > len(head) // 4 else None
    if encoding is None and (bad := _legacy(path)) is not None:
        near = path.read_bytes()[max(bad - (1 << 17), 0) : bad + (1 << 17)] if path.stat().st_size < CHUNK else head + _around(path, bad)
        encoding = encodings.guess(near)
        findings.say("encoding_guessed", (None, ""), encoding)
    if encoding is None or codecs.lookup(encoding).name == "utf-8":
        return path, mark[0] if mark else 0
    target, decoder = work / "utf8", codecs.getincrementaldecoder(encoding)("replace")
    with path.open("rb") as stream, target.open("w", encoding="utf-8", newline="", errors="replace") as out:
        stream.seek(mark[0] if mark else 0)
        while block := stream.read(CHUNK):
            out.write(decoder.decode(block))
        out.write(decoder.decode(b"", final=True))
    return target, 0


def _around(path: Path, at: int) -> bytes:
    with path.open("rb") as stream:
        stream.seek(max(at - (1 << 17), 0))
        return stream.read(1 << 18)


def _legacy(path: Path) -> int | None:
    """Offset of the first byte that is not UTF-8, if the file has no letter beyond ASCII that is; None for UTF-8, sound or damaged."""
    first_bad, seen = None, 0
    with path.open("rb") as stream:
        for line in stream:  # a line feed is one byte in every encoding that gets here
            try:
                if not line.isascii() and line.decode("utf-8"):
                    return None
            except UnicodeDecodeError as error:
                sound = line.decode("utf-8", "ignore")
                if not sound.isascii():
                    return None
                first_bad = seen + error.start if first_bad is None else first_bad
            seen += len(line)
    return first_bad


def text_of(raw: bytes, line: int | None, findings: Findings) -> str:
    """`raw` as text; bytes that are not UTF-8 become � and their place is told."""
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError as error:
        text = raw.decode("utf-8", "replace")
        at = line if line is not None else raw.count(b"\n", 0, error.start) + 1
        start = raw.rfind(b"\n", 0, error.start) + 1
        number = text.count("�") - raw.count("�".encode())
        findings.say("bytes_replaced", (at, ""), f"byte {error.start - start + 1} of the line is 0x{raw[error.start]:02x}; {number} in all")
        return text


def documents(source: Opened, bounds: Bounds, findings: Findings) -> Iterator[Document]:
    """The JSON values of a file in their order. A line that is no JSON is refused, and the others are read. Raises Refused."""
    yield from _lines(source, bounds, findings) if is_lines(source, bounds, findings) else _whole(source, bounds, findings)


def is_lines(source: Opened, bounds: Bounds, findings: Findings) -> bool:
    """Whether the first line that is not blank is a JSON value by itself. Raises Refused if there is none."""
    first = b""
    with source.path.open("rb") as stream:
        stream.seek(source.begin)
        while not first.strip():
            first = stream.readline(bounds.line_bytes + 1)
            if not first:
                raise Refused(findings.file, "file_empty", "the file holds blank lines only.", "Give a file of OCDS.")
    try:
        json_text.read(text_of(first, 1, Findings(findings.file)), (1, ""), Findings(findings.file))
    except json_text.Broken:
        return False
    return len(first) <= bounds.line_bytes


def _lines(source: Opened, bounds: Bounds, findings: Findings) -> Iterator[Document]:
    with source.path.open("rb") as stream:
        stream.seek(source.begin)
        number = 0
        while raw := stream.readline(bounds.line_bytes + 1):
            number += 1
            if len(raw) > bounds.line_bytes:
                findings.say("line_too_long", (number, ""), f"more than {bounds.line_bytes:,} bytes", kept=False)
                while raw and not raw.endswith(b"\n"):
                    raw = stream.readline(1 << 20)
                continue
            text = text_of(raw, number, findings).strip().removesuffix(",")
            if text.strip("\x1e \t") in ("", "[", "]"):  # a record separator before a line; brackets of a list around the lines
                continue
            try:
                for value in json_text.read(text.lstrip("\x1e"), (number, ""), findings):
                    yield Document(number, "", value)
            except json_text.Broken as broken:
                findings.say("line_unreadable", (number, f"character {broken.at + 1}"), text[max(broken.at - 40, 0) :], kept=False)


def _whole(source: Opened, bounds: Bounds, findings: Findings) -> Iterator[Document]:
    size = source.path.stat().st_size
    if size > bounds.json_bytes:
        message = f"the file is one JSON document of {size / 1e6:,.0f} MB; the limit is {bounds.json_bytes / 1e6:,.0f} MB."
        raise Refused(findings.file, "file_too_large", message, "Save it as JSON Lines, one release per line, or split it.")
    raw = source.path.read_bytes()[source.begin :]
    quiet = Findings(findings.file)
    text = text_of(raw, None, quiet)
    try:
        found = json_text.read(text, (None, ""), quiet)
    except json_text.Broken as broken:
        if has_lines(text):
            yield from _lines(source, bounds, findings)
            return
        yield from _salvaged(text, broken.at, findings, quiet)
        return
    _take(quiet, findings)
    for i, value in enumerate(found):
        yield Document(None, f"document {i + 1}: " if len(found) > 1 else "", value)


def has_lines(text: str) -> bool:
    """Whether a text that is no JSON as a whole holds lines that are OCDS by themselves."""
    peeked = zip(json_text.lines_of(text), range(_PEEKED), strict=False)
    return any(json_text.looks_like_a_line(line.strip().removesuffix(",")) for line, _ in peeked)


def _take(quiet: Findings, findings: Findings) -> None:
    findings.refusals.extend(quiet.refusals)
    findings.ignored.update(quiet.ignored)


def _salvaged(text: str, fault: int, findings: Findings, quiet: Findings) -> Iterator[Document]:
    """The whole releases or records before the place where a document breaks off. Raises Refused if there is none."""
    key, items, at = json_text.salvage(text)
    place = json_text.place_of(text, max(fault, at), (None, ""))
    if not items:
        raise Refused(
            findings.file, "json_unreadable", "the file is not readable as JSON.", "Transfer it again, or ask the publisher for it.",
            line=place[0], value=text[max(fault - 40, 0) : fault + 40],
        )
    _take(quiet, findings)
    findings.say("json_breaks", place, text[at : at + 80], kept=False)
    yield Document(None, "", {key: items} if key else items)
