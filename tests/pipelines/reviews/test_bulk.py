"""Judgements in a file: each row checked, refused with its line, or as good as said one by one."""

import csv
import datetime as dt

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.reading import Limits
from pipelines.refusal import Refused
from pipelines.reviews import bulk, log
from pipelines.reviews.judgements import pair_id

NOW = dt.datetime(2026, 7, 1, 12, 0, tzinfo=dt.UTC)
KEYS = [("listing", f"P-{n}", f"L-{n}") for n in range(3)]
KNOWN = {
    pair_id(*key): [{**dict(zip(("kind", "left_key", "right_key"), key, strict=True)), "facts_hash": key[1] * 3, "facts": {"n": key[1]}}]
    for key in KEYS
}
FIRST = pair_id(*KEYS[0])


def written(path, rows, headings=None):
    names = headings or list(dict.fromkeys(name for row in rows for name in row))
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, names)
        writer.writeheader()
        writer.writerows(rows)
    return path


def read(path):
    rows, torn = bulk.read(path, Limits())
    return bulk.check(rows, KNOWN, "ana", NOW), torn


def test_good_rows_load_with_what_was_judged(tmp_path):
    rows = [
        {"Pair ID": FIRST, "Verdict": "DIFFERENT", "why": "'=other firm", "by": "Bo", "at": "2026-06-30T10:00:00+02:00", "Remark": "x"},
        {"Pair ID": pair_id(*KEYS[1]).upper().lower(), "Verdict": "même", "why": "même numéro"},
        {"Pair ID": pair_id(*KEYS[2])},
    ]
    (good, refused, blank), torn = read(written(tmp_path / "j.csv", rows))
    assert (refused, blank, torn) == ([], 1, [])
    assert [(row["verdict"], row["why"], row["by"]) for row in good] == [("different", "=other firm", "Bo"), ("same", "même numéro", "ana")]
    assert good[0]["at"] == dt.datetime(2026, 6, 30, 8, 0, tzinfo=dt.UTC)
    assert (good[0]["facts"], good[0]["facts_hash"], good[1]["at"]) == ({"n": "P-0"}, "P-0P-0P-0", None)


def test_a_pair_can_be_named_by_its_keys(tmp_path):
    rows = [
        {"left_key": "P-1", "right_key": "L-1", "kind": "", "verdict": "unsure", "why": "w"},
        {"left_key": "P-2", "right_key": "L-2", "kind": "Listing", "verdict": "unsure", "why": "w"},
        {"left_key": "P-2", "right_key": "L-2", "kind": "party", "verdict": "unsure", "why": "w"},
    ]
    (good, refused, _), _ = read(written(tmp_path / "j.csv", rows))
    assert [row["left_key"] for row in good] == ["P-1", "P-2"]
    assert [(fault["line"], fault["column"]) for fault in refused] == [(4, "left_key")]
    assert bulk.keys(bulk.read(tmp_path / "j.csv", Limits())[0]).height == 3


@pytest.mark.parametrize(("change", "column", "said"), [
    ({"pair_id": "pnosuchpair"}, "pair_id", "no such pair"),
    ({"pair_id": ""}, "pair_id", "names no pair"),
    ({"kind": "listing", "left_key": "P-1", "right_key": "L-1"}, "pair_id", "two pairs"),
    ({"verdict": "perhaps"}, "verdict", "no such verdict"),
    ({"verdict": ""}, "verdict", "no verdict"),
    ({"why": "   "}, "why", "without a reason"),
    ({"why": "x" * 4001}, "why", "longer than 4000"),
    ({"facts_hash": "older"}, "facts_hash", "has changed since"),
    ({"at": "yesterday"}, "at", "no date or time"),
    ({"at": "2026-07-02"}, "at", "has not come"),
])
def test_a_bad_row_is_refused_with_its_line_and_the_next_step_and_the_others_load(tmp_path, change, column, said):
    row = {"pair_id": FIRST, "verdict": "same", "why": "w", "facts_hash": "P-0P-0P-0", "at": "2026-07-01"}
    (good, refused, _), _ = read(written(tmp_path / "j.csv", [row, {**row, **change}, row], [*row, "kind", "left_key", "right_key"]))
    assert len(good) == 2
    assert [(fault["line"], fault["column"]) for fault in refused] == [(3, column)]
    assert said in refused[0]["message"]
    assert refused[0]["next_step"]


@pytest.mark.parametrize(("states", "row", "judged"), [
    (("open", "open"), {"facts_hash": "y"}, "y"), (("open", "open"), {}, None), (("open", "open"), {"verdict": "withdrawn"}, "x"),
    (("dismissed", "open_again"), {}, "y"), (("dismissed", "dismissed"), {"facts_hash": "z"}, None),
])
def test_of_a_bidder_that_reads_differently_in_two_tenders_the_row_says_which_is_judged(states, row, judged):
    pair = [{**KNOWN[FIRST][0], "facts_hash": digest, "state": state} for digest, state in zip("xy", states, strict=True)]
    asked = {"line": 2, **dict.fromkeys(bulk.COLUMNS), "pair_id": FIRST, "verdict": "different", "why": "w", **row}
    good, refused, _ = bulk.check([asked], {FIRST: pair}, "ana", NOW)
    assert [one["facts_hash"] for one in good] == ([judged] if judged else [])
    assert [fault["column"] for fault in refused] == ([] if judged else ["facts_hash"])


def test_a_workbook_is_read_and_formulas_in_it_are_refused(tmp_path):
    book = openpyxl.Workbook()
    for row in (["pair_id", "verdict", "why", "at"], [FIRST, "same", "w", dt.date(2026, 6, 1)], [FIRST, "same", "=1+1", None]):
        book.active.append(row)
    book.save(tmp_path / "j.xlsx")
    (good, refused, _), torn = read(tmp_path / "j.xlsx")
    assert [(row["line"], row["at"].date()) for row in good] == [(2, dt.date(2026, 6, 1))]
    assert refused == []
    assert torn[0]["line"] == 3


@pytest.mark.parametrize(("text", "said"), [
    ("", "empty"), ("pair_id,why\np,w\n", "no column verdict"), ("verdict,why,left_key\na,b,c\n", "no column pair_id"),
    ("verdict,why,pair_id,Pair ID\na,b,c,d\n", "stands twice"), ("PK\x03\x04 no zip", "j.csv"),
])
def test_a_file_that_cannot_be_a_work_list_is_refused_whole(tmp_path, text, said):
    (tmp_path / "j.csv").write_text(text)
    with pytest.raises(Refused, match=said):
        read(tmp_path / "j.csv")


def test_an_absent_file_is_refused(tmp_path):
    with pytest.raises(Refused, match="no such file"):
        read(tmp_path / "none.csv")


asked = st.lists(st.tuples(st.sampled_from(KEYS), st.sampled_from(["same", "different", "withdrawn"]), st.sampled_from("vw")), max_size=10)


@given(asked, asked)
def test_a_file_is_as_good_as_the_same_one_by_one(before, rows):
    def row(entry):
        key, verdict, why = entry
        return {**KNOWN[pair_id(*key)][0], "verdict": verdict, "why": why, "by": "ana"}

    known = log.settle([], map(row, before))[0]
    at_once = log.settle(known, map(row, rows))
    one_by_one = ([], [], [])
    for entry in rows:
        for kept, found in zip(one_by_one, log.settle([*known, *one_by_one[0]], [row(entry)]), strict=True):
            kept.extend(found)
    assert at_once == one_by_one
