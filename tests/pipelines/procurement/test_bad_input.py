"""Broken tender files: what is sound is read, what is not is told with its place, and nothing but Refused is ever raised."""

from __future__ import annotations

import gzip
import json
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from data import model
from data.procurement import Reading
from pipelines import procurement
from pipelines.procurement.findings import MOST
from pipelines.procurement.opening import Bounds
from pipelines.refusal import Refused

Read = Callable[..., Reading]


def release(number: int = 1, **more: Any) -> dict[str, Any]:
    return {"ocid": f"o{number}", "id": "1", "date": "2024-01-01", "tender": {"tenderers": [{"name": f"Firm {number}"}]}, **more}


def ocids(reading: Reading) -> list[str]:
    return [process.process_id for process in reading.processes]


def told(reading: Reading) -> list[tuple[int | None, str | None, str]]:
    return [(refusal.place.line, refusal.place.path, refusal.reason) for refusal in reading.refusals]


@pytest.mark.parametrize(("content", "reason"), [
    ("", "file_empty"), (b"\xef\xbb\xbf", "file_empty"), ("{}", "not_ocds"), ("[]", "not_ocds"), ("[1, null]", "not_ocds"),
    ({"type": "FeatureCollection", "features": []}, "not_ocds"), ({"releases": []}, "not_ocds"), ({"releases": "none"}, "not_ocds"),
    ("null", "json_unreadable"), ("5", "json_unreadable"), ('"text"', "json_unreadable"), ("{", "json_unreadable"),
    ("[" * 100_000, "json_unreadable"), ('{"a":' * 100_000, "json_unreadable"), (b"\xd0\xcf\x11\xe0 old", "file_kind"),
    (b"PK\x03\x04 not a workbook", "file_damaged"), (b"\x1f\x8b not gzip", "gzip_damaged"),
])  # fmt: skip
def test_a_file_that_holds_nothing_usable_is_refused_with_what_to_do(read: Read, content: Any, reason: str) -> None:
    with pytest.raises(Refused) as refused:
        read(content)
    assert refused.value.reason == reason
    assert str(refused.value).startswith("tender.json")
    assert refused.value.next_step


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    for reader in (procurement.read, procurement.bidders):
        with pytest.raises(Refused, match=r"nowhere\.json: the file cannot be opened"):
            reader(tmp_path / "nowhere.json")


def test_one_bad_line_never_stops_the_file(read: Read) -> None:
    lines = [json.dumps(release(1)), '{"ocid": bad', '{"x": 1}', "[" * 5000, json.dumps(release(2))]
    reading = read("\n".join(lines), "tender.jsonl")
    assert ocids(reading) == ["o1", "o2"]
    assert [(line, reason) for line, _, reason in told(reading)] == [
        (2, "the line is not JSON"), (3, "the JSON holds no release, no record and no package of OCDS"), (4, "the line is not JSON"),
    ]  # fmt: skip


def test_a_first_line_that_is_broken_does_not_hide_the_others(read: Read) -> None:
    assert ocids(read('{"ocid": "torn\n' + json.dumps(release(2)), "tender.jsonl")) == ["o2"]


@pytest.mark.parametrize("content", [{"releases": [release(1), release(2), release(3)]}, [release(1), release(2), release(3)]])
def test_a_document_that_breaks_off_gives_what_is_whole(read: Read, content: Any) -> None:
    reading = read(json.dumps(content, indent=1)[:-40])
    assert ocids(reading) == ["o1", "o2"]
    assert [(line > 20 if line else line, reason) for line, _, reason in told(reading)] == [
        (True, "the JSON breaks here; what follows was not read")]  # fmt: skip


def test_one_bad_release_never_stops_a_package(read: Read) -> None:
    strange = {"ocid": 5, "tender": [], "parties": "none", "awards": 7, "bids": "b"}
    broken = [None, 5, "x", {}, [], {"url": "https://example.org/r"}, strange]
    reading = read({"releases": [*broken, release(1)]})
    assert ocids(reading) == ["tender.json:1:releases[6]", "o1"]
    assert {path for _, path, _ in told(reading)} >= {f"releases[{i}]" for i in range(7)}


@pytest.mark.parametrize(("number", "is_json"), [
    ("000", False), (".5", False), ("NaN", True), ("-Infinity", True), ("1e9999", True), ("9" * 5000, True), ('"1,234"', True),
    ("true", True), ("[1]", True),
])  # fmt: skip
def test_amounts_that_are_no_numbers_leave_the_offer_without_one(read: Read, number: str, is_json: bool) -> None:
    bid = {"id": "b", "value": {"amount": 77, "currency": "EUR"}, "tenderers": [{"name": "Firm 1"}]}
    text = json.dumps(release(bids={"details": [bid]}))
    reading = read(text.replace("77", number))
    assert [each.value for each in reading.processes[0].tenderers[0].bids] == [None]
    assert ("bids.details[0].value.amount" in {path for _, path, _ in told(reading)})
    assert ("a number that JSON does not allow; it was read as text" in {reason for *_, reason in told(reading)}) is not is_json


def test_broken_utf_8_is_replaced_and_its_place_told(read: Read) -> None:
    text = json.dumps(release(1, title="Łódź"), ensure_ascii=False) + "\n" + json.dumps(release(2), ensure_ascii=False)
    reading = read(text.encode().replace(b"Firm 2", b"Firm \xff2"), "tender.jsonl")
    assert [process.tenderers[0].organisation.name for process in reading.processes] == ["Firm 1", "Firm �2"]
    first, second = reading.refusals
    assert (first.place.line, first.value) == (2, "byte 89 of the line is 0xff; 1 in all")
    assert (second.place.line, second.place.path) == (2, "tender.tenderers[0].name")


def test_keys_that_stand_twice_are_told(read: Read) -> None:
    reading = read('{"ocid": "a", "ocid": "b", "tender": {"tenderers": [{"name": "X1", "name": "X2"}]}}')
    assert ocids(reading) == ["b"]
    assert {refusal.place.path for refusal in reading.refusals} == {"ocid", "name"}


def test_endless_names_are_compared_by_their_beginning_and_kept_whole(read: Read) -> None:
    name = " ".join(f"Word{i}" for i in range(2000))
    reading = read({"ocid": "o", "tender": {"tenderers": [{"name": name}]}})
    (refusal,) = reading.refusals
    assert (refusal.value, refusal.is_row_kept) == (name, True)
    assert name.startswith(reading.processes[0].tenderers[0].organisation.name)
    assert len(reading.processes[0].tenderers[0].organisation.name) <= 500


@pytest.mark.parametrize("wrap", [lambda x: {"a": x}, lambda x: [x]])
def test_deep_nesting_inside_a_release_loses_only_what_is_deep(read: Read, wrap: Callable[[Any], Any]) -> None:
    deep: Any = 1
    for _ in range(400):
        deep = wrap(deep)
    reading = read(release(1, extra=deep))
    assert ocids(reading) == ["o1"]
    assert [reason for *_, reason in told(reading)] == ["nested deeper than any OCDS field; what lies deeper was left out"]


def test_gzip_bombs_are_refused_by_ratio_and_by_size(read: Read) -> None:
    bomb = gzip.compress(b'{"ocid":"' + b"a" * 60_000_000 + b'"}')
    for name in ("bomb.json", "bomb.csv"):
        with pytest.raises(Refused, match=r"swells .* decompress it") as refused:
            read(bomb, name)
        assert "import" not in str(refused.value)
    small = gzip.compress(json.dumps(release(1)).encode() * 10)
    with pytest.raises(Refused, match="swells"):
        read(small, "small.json", bounds=Bounds(file_bytes=500))


def test_bounds_are_kept(read: Read) -> None:
    with pytest.raises(Refused, match="the limit is"):
        read("x" * 2000, bounds=Bounds(file_bytes=1000))
    with pytest.raises(Refused, match="one JSON document"):
        read(json.dumps(release(1), indent=1), bounds=Bounds(json_bytes=50))
    lines = "\n".join([json.dumps(release(1)), json.dumps(release(2, title="x" * 5000)), json.dumps(release(3))])
    reading = read(lines, bounds=Bounds(line_bytes=1000))
    assert ocids(reading) == ["o1", "o3"]
    assert told(reading) == [(2, None, "the line is longer than a line may be")]


def test_a_gzip_file_that_ends_early_gives_its_whole_lines(read: Read) -> None:
    packed = gzip.compress("\n".join(json.dumps(release(i)) for i in range(200)).encode())
    reading = read(packed[: len(packed) // 2])
    assert 10 < len(reading.processes) < 200
    assert told(reading)[0] == (None, None, "the compressed file ends too early")


def test_links_of_a_record_are_told_and_never_followed(read: Read) -> None:
    records = [{"ocid": "a", "releases": [{"url": "https://example.org/1", "date": "2024-01-01", "tag": ["tender"]}]}, {"ocid": "b"},
               {"ocid": "c", "releases": [release(3)]}]  # fmt: skip
    reading = read({"records": records})
    assert ocids(reading) == ["o3"]
    assert [(r.place.path, r.value, r.is_row_kept) for r in reading.refusals] == [
        ("records[0].releases[0]", "https://example.org/1", False), ("records[1]", "b", False)]  # fmt: skip


def test_five_thousand_bidders_in_one_tender(read: Read) -> None:
    parties = [{"id": str(i), "name": f"Firm {i}", "roles": ["tenderer"]} for i in range(5000)]
    bids = [{"id": str(i), "tenderers": [{"id": str(i)}], "value": {"amount": i, "currency": "EUR"}} for i in range(5000)]
    reading = read(release(1, parties=parties, tender={"tenderers": [{"id": str(i)} for i in range(5000)]}, bids={"details": bids}))
    assert len(reading.processes[0].tenderers) == 5000
    assert not reading.refusals


def test_countless_faults_are_listed_up_to_a_bound_and_then_counted(read: Read) -> None:
    reading = read({"ocid": "o", "tender": {"tenderers": [{"name": "n/a"} for _ in range(MOST + 500)]}})
    assert len(reading.refusals) == MOST
    assert reading.ignored == {
        "more of the same kind than are listed: an organisation with neither name nor identifier; it cannot be searched": 500}  # fmt: skip


def test_papers_and_history_do_not_stay_in_memory(write: Callable[..., Path]) -> None:
    papers = [{"id": str(i), "description": "x" * 1000} for i in range(500)]
    lines = "\n".join(json.dumps(release(i, tender={"documents": papers, "tenderers": [{"name": f"Firm {i}"}]})) for i in range(60))
    path = write(lines, "tender.jsonl")
    tracemalloc.start()
    reading = procurement.read(path)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert len(reading.processes) == 60
    assert peak < len(lines) / 4


def test_releases_whose_structures_do_not_fit_are_told(read: Read) -> None:
    older = release(1, tender={"x": {"y": 1}, "tenderers": [{"name": "Old"}]})
    newer = release(1, id="2", date="2025-01-01", tender={"x": [{"id": "1", "z": 2}], "tenderers": [{"name": "New"}]})
    reading = read([older, newer])
    assert [each.organisation.name for each in reading.processes[0].tenderers] == ["New", "Old"]  # nobody once named drops out
    assert [reason for *_, reason in told(reading)] == [
        "the releases of the process cannot be merged; only the newest that fit were read",
        "named in another release of the process and no longer in the merged one; searched all the same"]  # fmt: skip


def test_every_reason_has_both_languages_and_a_next_step() -> None:
    for code in model.vocabulary("tender_refusal").codes.values():
        assert code.en
        assert code.fr
        assert code.values["next_en"]
        assert code.values["next_fr"]
    labels = [code.en for code in model.vocabulary("tender_refusal").codes.values()]
    assert len(labels) == len(set(labels))  # the French text is found by the English one


def test_halves_of_characters_never_reach_the_result(read: Read) -> None:
    half = "\ud800"
    bid = {"id": half, "status": half, "relatedLots": [half], "tenderers": [{"id": half + "x", "name": half + " Firm"}]}
    tender = {"title": half, "lots": [{"id": half}], half: [[[[1]]]]}
    reading = read({"ocid": half + "o", "id": half, "tender": tender, "bids": {"details": [bid]}, "date": half})
    assert reading.model_dump_json().encode()
    assert reading.processes[0].tenderers[0].organisation.name == "? Firm"
