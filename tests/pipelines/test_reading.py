"""Files are read with the exact line of every row; what cannot be read is refused by name."""

from __future__ import annotations

import gzip
import io
import json
import zipfile
from pathlib import Path
from typing import Any

import openpyxl
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines import reading
from pipelines.refusal import Refused


def read(tmp_path: Path, name: str, content: bytes, **options: Any) -> reading.Raw:
    path, work = tmp_path / name, tmp_path / "work"
    path.write_bytes(content)
    work.mkdir(exist_ok=True)
    return reading.read(path, work, **options)


def rows(raw: reading.Raw) -> list[tuple[Any, ...]]:
    return [row for piece in raw.pieces(100) for row in piece.rows()]


def rejects(raw: reading.Raw) -> list[tuple[Any, ...]]:
    return raw.rejects.select("line", "reason", "message").rows()


def test_lines_are_exact_with_quoted_line_breaks_and_bad_rows(tmp_path: Path) -> None:
    raw = read(tmp_path, "a.csv", b'a,b\n1,"x\ny"\n2,z\n\n3,"q""r",\r\n4,5" pipe\n6,"open\n7,8\n9,"a"x\n10, "c,d"')
    assert rows(raw) == [(2, "1", "x\ny"), (4, "2", "z"), (7, "4", '5" pipe'), (9, "7", "8"), (11, "10", "c,d")]
    assert rejects(raw) == [
        (6, "columns", "a.csv, line 6: 3 columns instead of 2."),
        (8, "quote_open", "a.csv, line 8: a double quote is opened and not closed."),
        (10, "quote_stray", "a.csv, line 10: text follows a closing double quote."),
    ]


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(*[st.text(st.sampled_from('ab,;"\n é'), max_size=6)] * 2), min_size=1, max_size=8))
def test_any_well_written_csv_comes_back(tmp_path_factory: pytest.TempPathFactory, cells: list[tuple[str, str]]) -> None:
    import csv

    text = io.StringIO()
    writer = csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\n")
    writer.writerow(("a", "b"))
    lines, line = [], 2
    for row in cells:
        writer.writerow(row)
        lines.append(line)
        line += 1 + sum(cell.count("\n") for cell in row)
    raw = read(tmp_path_factory.mktemp("csv"), "a.csv", text.getvalue().encode())
    assert [row[0] for row in rows(raw)] == lines
    assert [(a or "", b or "") for _, a, b in rows(raw)] == cells


@pytest.mark.parametrize(
    ("content", "encoding", "delimiter"),
    [
        ("a;b\n1;é\n".encode("cp1252"), "cp1252", ";"), ("\ufeffa,b\n1,é\n".encode(), "utf-8", ","),
        ("a\tb\n1\té\n".encode("utf-16"), "utf-16", "\t"),
        ("a|b\r\n1|é\r\n".encode(), "utf-8", "|"), ("sep=;\na;b\n1;é\n".encode(), "utf-8", ";"), ("a,b\r1,é\r".encode(), "utf-8", ","),
    ],
)  # fmt: skip
def test_encoding_and_delimiter_are_found_and_said(tmp_path: Path, content: bytes, encoding: str, delimiter: str) -> None:
    raw = read(tmp_path, "a.csv", content)
    assert (raw.headings, raw.encoding, raw.delimiter) == (["a", "b"], encoding, delimiter)
    assert [row[1:] for row in rows(raw)] == [("1", "é")]
    assert bool(raw.warnings) == (encoding == "cp1252")


@pytest.mark.parametrize(
    ("name", "encoding"),
    [
        ("Compañía de Algodón;México\n2;Niño y Cía;España\n3;Têxtil São João;Brasil", "cp1252"),
        ("Société Générale;Côte d’Ivoire", "cp1252"),
        ("Møller Tøj;Østergård", "cp1252"), ("Gümüşsuyu Tekstil Şti;İzmir\n2;Dağlı İplik;Muğla", "cp1254"),
        ("Zakład Włókienniczy;Łódź\n2;Spółka Żyrardów;Żyrardów", "cp1250"), ("Jiří Němec;Děčín\n2;Textilní závod;Ústí nad Labem", "cp1250"),
        ("Текстильная фабрика;Россия", "cp1251"), ("上海纺织有限公司;中国", "gb18030"),
    ],
)  # fmt: skip
def test_names_of_many_countries_keep_their_letters(tmp_path: Path, name: str, encoding: str) -> None:
    raw = read(tmp_path, "a.csv", f"id;name;place\n1;{name}\n".encode(encoding))
    assert raw.encoding == encoding
    assert ";".join(rows(raw)[0][2:]) == name.split("\n")[0]


def test_a_zero_byte_is_named_with_its_line(tmp_path: Path) -> None:
    with pytest.raises(Refused, match=r"a.csv, line 3: byte 11 is a zero byte.* Import CSV"):
        read(tmp_path, "a.csv", b"a,b\n1,2\n3,\x004\n")


def test_messages_name_the_file_and_no_copy_of_it(tmp_path: Path) -> None:
    with pytest.raises(Refused) as parquet:
        read(tmp_path, "a.parquet", b"PAR1" + b"x" * 100)
    with pytest.raises(Refused, match=r"the file is a JSON array\. Write one JSON object per line"):
        read(tmp_path, "a.json", b'[{"a": 1}, {"a": 2}]')
    assert str(tmp_path) not in str(parquet.value)


def test_wrong_encoding_is_refused_with_its_line(tmp_path: Path) -> None:
    with pytest.raises(Refused) as refused:
        read(tmp_path, "a.csv", b"a,b\n1,2\n3,\xe9\n", encoding="utf-8")
    assert str(refused.value) == (
        'a.csv, line 3: byte 0xe9 is not text in utf-8. Save the file as UTF-8, or state "encoding:" in a mapping file.'
    )


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("e.csv", b"", "e.csv: the file is empty. Import a file with a heading row and at least one row."),
        ("e.csv", b"\n\n", "e.csv: the file holds blank lines only. Import a file with a heading row and at least one row."),
        ("e.csv", b"\x00\x01\x02\xff" * 20, "e.csv, line 1: byte 1 is a zero byte, which no text holds: this is not a text file"),
        ("e.xls", b"\xd0\xcf\x11\xe0" + b"0" * 50, "old Excel workbook"),
        ("e.xlsx", b"PK\x03\x04" + b"0" * 50, "not readable as an XLSX workbook"),
        ("e.parquet", b"PAR1" + b"0" * 50, "not readable as Parquet"),
        ("e.csv.gz", b"\x1f\x8b\x08\x00" + b"\xff" * 50, "the gzip file is damaged"),
    ],
)
def test_files_that_cannot_be_read(tmp_path: Path, name: str, content: bytes, message: str) -> None:
    with pytest.raises(Refused) as refused:
        read(tmp_path, name, content)
    assert message in str(refused.value)


def test_a_line_of_50_mb_costs_itself_alone(tmp_path: Path) -> None:
    raw = read(tmp_path, "long.csv", b"a,b\n1,2\n" + b"x" * 50_000_000 + b",1\n3,4\n")
    assert rows(raw) == [(2, "1", "2"), (4, "3", "4")]
    assert rejects(raw) == [(3, "line_too_long", "long.csv, line 3: the line is 50 MB long; the limit is 2 MB.")]
    assert raw.rejects["next_step"][0] == "Look for a missing line break or an unclosed quote."


def test_truncated_gzip_keeps_whole_lines_and_says_so(tmp_path: Path) -> None:
    packed = gzip.compress(b"a,b\n" + b"".join(b"%d,%d\n" % (i, i * 7919 % 1000) for i in range(5000)))
    raw = read(tmp_path, "t.csv.gz", packed[: len(packed) // 2])
    last = raw.lines[-1]
    assert 1000 < len(raw.lines) < 5000
    assert raw.warnings == [f"The gzip file ends too early: only its {len(raw.lines)} complete rows were read."]
    message = f"t.csv.gz, line {last + 1}: the file ends in the middle of this line; the complete lines before it are loaded."
    assert rejects(raw) == [(last + 1, "file_truncated", message)]


def test_swelling_files_are_refused(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="swells to more than"):
        read(tmp_path, "b.csv.gz", gzip.compress(b"a,b\n" + b"0,0\n" * 20_000_000, 9))
    with pytest.raises(Refused, match="the limit is 0 MB"):
        read(tmp_path, "b.csv", b"a,b\n1,2\n", limits=reading.Limits(file_bytes=3))


def workbook(cells: list[list[Any]]) -> bytes:
    book, out = openpyxl.Workbook(), io.BytesIO()
    for row in cells:
        book.active.append(row)
    book.save(out)
    return out.getvalue()


def test_workbook_with_dates_numbers_and_formulas(tmp_path: Path) -> None:
    import datetime as dt

    cells = [["id", "n", "d"], ["A", 1511.0, dt.datetime(2020, 1, 2)], ["B", "=1+1"], [None], ["C", True, 0.35]]
    raw = read(tmp_path, "x.xlsx", workbook(cells))
    assert rows(raw) == [(2, "A", "1511", "2020-01-02"), (5, "C", "true", "0.35")]
    assert rejects(raw) == [(3, "formula", 'x.xlsx, line 3, column "n": B3 holds a formula.')]
    assert raw.rejects["next_step"][0] == "Paste values: copy, then paste special, values only."


@pytest.mark.parametrize("part", ["xl/worksheets/sheet1.xml", "xl/styles.xml", "xl/workbook.xml"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_entity_bomb_in_a_workbook(tmp_path: Path, part: str, encoding: str) -> None:
    bomb = '<!DOCTYPE b [<!ENTITY a "lol"><!ENTITY b "&a;&a;&a;&a;">]>'
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(workbook([["id"], ["x"]]))) as source, zipfile.ZipFile(out, "w") as target:
        for entry in source.infolist():
            content = source.read(entry)
            if entry.filename == part:
                content = (f'<?xml version="1.0" encoding="{encoding}"?>' + bomb + content.decode().split("?>")[-1]).encode(encoding)
            target.writestr(entry.filename, content)
    with pytest.raises(Refused) as refused:
        read(tmp_path, "x.xlsx", out.getvalue())
    message = f"x.xlsx: the workbook declares XML entities ({part}), which no spreadsheet does. Do not use it; ask its sender."
    assert str(refused.value) == message


def test_swelling_workbook(tmp_path: Path) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target:
        target.writestr("xl/worksheets/sheet1.xml", b"0" * 60_000_000)
    with pytest.raises(Refused, match="the workbook swells to 60 MB"):
        read(tmp_path, "x.xlsx", out.getvalue())


def test_a_control_character_spoils_its_own_json_line_only(tmp_path: Path) -> None:
    raw = read(tmp_path, "j.jsonl", b'{"a":1}\n{"a":"\x01"}\n{"a":3}\n')
    assert [row[0] for row in rejects(raw)] == [2]
    assert raw.lines.to_list() == [1, 3]


def test_json_lines(tmp_path: Path) -> None:
    raw = read(tmp_path, "j.jsonl", b'{"a":1,"b":["x","y"]}\n\n{bad\n[1]\n' + json.dumps({"a": "é", "c": True}).encode() + b"\n")
    assert (raw.headings, rows(raw)) == (["a", "b", "c"], [(1, "1", "x;y", None), (5, "é", None, "true")])
    assert rejects(raw) == [(n, "json_unreadable", f"j.jsonl, line {n}: the line is not a JSON object.") for n in (3, 4)]


def test_parquet(tmp_path: Path) -> None:
    pl.DataFrame({"a": [1, 2], "l": [["x", "y"], []]}).write_parquet(tmp_path / "p.parquet")
    raw = read(tmp_path, "p.parquet", (tmp_path / "p.parquet").read_bytes())
    assert (raw.headings, rows(raw)) == (["a", "l"], [(2, "1", "x;y"), (3, "2", None)])
