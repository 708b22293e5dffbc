"""Results go back out as OCDS: nothing of the input changes, the extension describes what is added, and it can be read again."""

from __future__ import annotations

import csv
import gzip
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.procurement import Reading
from data.screening import FactState, GroundKind, Screening, SearchState, Standing
from pipelines import procurement
from pipelines.procurement import export, splicing
from pipelines.procurement.export import EXTENSION, with_results

FOLDER = Path(export.__file__).parent / "extension"
Screened = Callable[[Reading], Screening]
# Written so that reading and writing it as JSON would change it: exponents, trailing zeros, escapes, spaces, long numbers.
RELEASE = ('{ "ocid": "o1" ,"id":1.0,\t"x": [1e3, 0.10, 123456789012345678901234567890, "\\u00e9\\/é"], "tender": {"tenderers": '
           '[{"id": "A", "name": "Alpha"}]}}')  # fmt: skip


def without_results(value: Any) -> Any:
    """`value` without what an export adds."""
    if isinstance(value, dict):
        kept = {key: without_results(item) for key, item in value.items() if key != "screening"}
        if EXTENSION in (kept.get("extensions") or []):
            kept["extensions"] = [each for each in kept["extensions"] if each != EXTENSION]
            kept = {key: item for key, item in kept.items() if key != "extensions" or item}
        return kept
    return [without_results(item) for item in value] if isinstance(value, list) else value


def objects(value: Any) -> Iterator[dict[str, Any]]:
    """Every `screening` object in `value`."""
    if isinstance(value, dict):
        if "screening" in value:
            yield value["screening"]
        for item in value.values():
            yield from objects(item)
    elif isinstance(value, list):
        for item in value:
            yield from objects(item)


def exported(path: Path, screened: Screened, name: str = "out.json") -> str:
    out = path.parent / name
    with_results(path, screened(procurement.read(path)), out)
    raw = out.read_bytes()
    return (gzip.decompress(raw) if name.endswith(".gz") else raw).decode()


def test_everything_of_the_input_stays_character_by_character(write: Callable[..., Path], screened: Screened) -> None:
    text = exported(write(RELEASE), screened)
    (added,) = objects(json.loads(text))
    assert text == RELEASE[:-1] + ', "screening": ' + json.dumps(added, ensure_ascii=False) + "}"
    assert added["tenderers"][0]["facts"][0]["match"] == {
        "probability": 0.71, "basis": "name", "isConfirmed": False, "name": "A", "listedName": "B"}  # fmt: skip
    assert (added["asOf"], added["lists"][0]["state"], "by" in added) == ("2026-11-20", "searched", False)


PACKAGES = {
    "package": f'{{"version": "1.1", "extensions": [], "releases": [{RELEASE}]}}', "without extensions": f'{{"releases": [{RELEASE}]}}',
    "null extensions": f'{{"extensions": null, "releases": [{RELEASE}]}}',
    "record": f'{{"records": [{{"ocid": "o1", "compiledRelease": {RELEASE}}}]}}',
    "embedded": f'{{"records": [{{"ocid": "o1", "releases": [{RELEASE}]}}]}}', "list": f"[{RELEASE}]",
}  # fmt: skip


@pytest.mark.parametrize("text", PACKAGES.values(), ids=PACKAGES.keys())
@pytest.mark.parametrize("out", ["out.json", "out.json.gz"])
def test_every_packaging_carries_results_and_names_the_extension(
    write: Callable[..., Path], screened: Screened, text: str, out: str
) -> None:
    written = exported(write(text), screened, out)
    assert len(list(objects(json.loads(written)))) == 1
    assert (EXTENSION in written) is not text.startswith("[")
    assert RELEASE[:-1] in written
    left, before = without_results(json.loads(written)), json.loads(text)
    assert {**left, "extensions": None} == {**before, "extensions": None} if isinstance(before, dict) else left == before


def test_lines_that_are_no_json_stay_and_numbers_that_json_forbids_too(write: Callable[..., Path], screened: Screened) -> None:
    odd = RELEASE.replace("1e3", "000").replace('"o1"', '"o2"')
    text = f"{RELEASE}\n{{broken\n\n{odd}\r\n"
    first, second, third, fourth, rest = exported(write(text, "tender.jsonl"), screened).split("\n")
    assert (second, third, rest) == ("{broken", "", "")
    assert first.startswith(RELEASE[:-1] + ', "screening"')
    assert fourth.startswith(odd[:-1] + ', "screening"')
    assert fourth.endswith("}\r")


def test_a_second_export_replaces_the_first(write: Callable[..., Path], screened: Screened) -> None:
    once = exported(write(PACKAGES["package"]), screened)
    assert exported(write(once, "again.json"), screened, "twice.json") == once


def test_compressed_output_is_the_same_bytes_each_time(write: Callable[..., Path], screened: Screened, tmp_path: Path) -> None:
    path = write(PACKAGES["package"], "tender.json.gz")
    for name in ("a.json.gz", "b.json.gz"):
        with_results(path, screened(procurement.read(path)), tmp_path / name)
    assert (tmp_path / "a.json.gz").read_bytes() == (tmp_path / "b.json.gz").read_bytes()
    assert not [each for each in tmp_path.iterdir() if each.name.startswith(".")]


REAL = ["armenia_release_package.json", "armenia_releases_packages.jsonl.gz", "australia_new-south-wales_releases_packages.jsonl.gz",
        "colombia_releases_packages.jsonl.gz", "mexico_jalisco_record_package.json", "mexico_jalisco_records_packages.jsonl.gz",
        "mexico_jalisco_releases_packages.jsonl.gz", "paraguay_records_packages.jsonl.gz", "paraguay_releases_packages.jsonl.gz",
        "taiwan_releases_packages.jsonl.gz", "uganda_releases_packages.jsonl.gz", "uk-contracts-finder_records_packages.jsonl.gz",
        "uk-contracts-finder_releases_packages.jsonl.gz"]  # fmt: skip


@pytest.mark.parametrize("name", REAL)
def test_real_files_come_out_as_they_were_with_results(
    real: Callable[[str], Path], screened: Screened, tmp_path: Path, name: str
) -> None:
    path = real(f"ocds_{name}")
    reading = procurement.read(path)
    with_results(path, screened(reading), tmp_path / path.name)
    raw = [each.read_bytes() for each in (path, tmp_path / path.name)]
    before, after = ((gzip.decompress(each) if name.endswith("gz") else each).decode() for each in raw)
    lines = list(zip(before.splitlines(), after.splitlines(), strict=True)) if "jsonl" in name else [(before, after)]
    seen = set()
    for old, new in lines:
        assert without_results(json.loads(new)).items() >= {k: v for k, v in json.loads(old).items() if k != "extensions"}.items()
        seen |= {tenderer["id"] for added in objects(json.loads(new)) for tenderer in added.get("tenderers", [])}
    assert seen == {each.organisation.organisation_id for process in reading.processes for each in process.tenderers}
    again = procurement.read(tmp_path / path.name)
    assert (again.processes, again.refusals) == (reading.processes, reading.refusals)


TABLE = """bidder,lot,country,LEI,amount,currency,consortium,subcontractor of,cpv,buyer
Alpha,1,FR,5493001KJTIIGC8Y1R12,10.50,EUR,,,18100000-0,City
Beta,1,DE,,9,EUR,North,,,
Gamma,1,CH,,,,North,,,
Delta,,MA,,,,,Alpha,,
"""


def test_a_table_becomes_a_package_that_says_the_same(write: Callable[..., Path], screened: Screened) -> None:
    path = write(TABLE, "offers.csv")
    text = exported(path, screened)
    package, reading = json.loads(text), procurement.read(path)
    assert (package["version"], package["extensions"][-1], len(list(objects(package)))) == ("1.1", EXTENSION, 1)
    again = procurement.read(write(text, "again.json"))
    assert not again.refusals

    def said(each: Reading) -> Any:
        loose = {"places": True, "organisation_id": True}
        return [t.model_dump(exclude={"organisation": loose, "members": {"__all__": loose}, "subcontractors": {"__all__": loose},
                                      "bids": {"__all__": {"bid_id"}}}) for t in each.processes[0].tenderers]  # fmt: skip

    assert said(again) == said(reading)
    assert (again.processes[0].buyer, again.processes[0].items) == ("City", reading.processes[0].items)


def test_one_bidder_by_hand_becomes_a_package(screened: Screened, tmp_path: Path) -> None:
    with_results(None, screened(procurement.one(name="Acme", country="FR")), tmp_path / "out.json")
    (release,) = json.loads((tmp_path / "out.json").read_text())["releases"]
    assert (release["parties"][0]["name"], release["screening"]["tenderers"][0]["standing"]) == ("Acme", "matches_to_confirm")
    assert release["ocid"].startswith("ocds-000000-")


# The extension ---------------------------------------------------------------------------------------------------------


def schema() -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((FOLDER / "release-schema.json").read_text(encoding="utf-8"))
    return loaded


def strict(node: Any) -> Any:
    """The schema with no room for fields that it does not name."""
    if isinstance(node, dict):
        made = {key: strict(item) for key, item in node.items()}
        return {**made, "additionalProperties": False} if node.get("type") == "object" else made
    return node


def test_the_schema_describes_all_that_is_written(write: Callable[..., Path], screened: Screened) -> None:
    (added,) = objects(json.loads(exported(write(RELEASE), screened)))
    wanted = {"definitions": strict(schema()["definitions"]), "$ref": "#/definitions/Screening"}
    jsonschema.Draft4Validator.check_schema(schema())
    jsonschema.Draft4Validator(wanted).validate(added)
    fact = added["tenderers"][0]["facts"][0]
    assert fact["entry"]["expectedEndOn"] == "2027-03-01"
    assert (fact["connection"]["effectiveShareMin"], fact["connection"]["effectiveShare"]) == (0.25, 0.5)
    named = {name for step in fact["connection"]["steps"] for name in step}
    assert named == set(schema()["definitions"]["ScreeningStep"]["properties"])
    added["tenderers"][0]["standing"] = "guilty"
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.Draft4Validator(wanted).validate(added)


def test_the_example_of_the_readme_is_valid() -> None:
    text = (FOLDER / "README.md").read_text(encoding="utf-8")
    example = json.loads(text.split("```json\n")[1].split("```")[0])["screening"]
    jsonschema.Draft4Validator({"definitions": strict(schema()["definitions"]), "$ref": "#/definitions/Screening"}).validate(example)


@pytest.mark.parametrize(("name", "codes"), [
    ("screeningStanding", Standing), ("screeningFactState", FactState), ("screeningListState", SearchState),
    ("screeningGroundKind", GroundKind),
])  # fmt: skip
def test_code_lists_hold_the_codes_in_use_in_both_languages(name: str, codes: Any) -> None:
    with (FOLDER / "codelists" / f"{name}.csv").open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert [row["Code"] for row in rows] == [code.value for code in codes]
    assert all(row[column] for row in rows for column in ("Title", "Description", "Title_fr", "Description_fr"))
    assert f"{name}.csv" in json.loads((FOLDER / "extension.json").read_text(encoding="utf-8"))["codelists"]


def test_no_score_is_named_anywhere() -> None:
    text = json.dumps(schema()["definitions"])
    names = {key.lower() for part in schema()["definitions"].values() for key in part["properties"]}
    assert not {"score", "rating", "verdict", "decision", "compliant"} & names
    assert "compliant" not in text


# Splicing --------------------------------------------------------------------------------------------------------------

values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3), max_leaves=12,
)  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(st.dictionaries(st.text(max_size=4), values, max_size=4), st.sampled_from([None, 0, 2]), st.booleans())
def test_a_member_put_in_changes_nothing_else(value: dict[str, Any], indent: int | None, ascii_: bool) -> None:
    text = json.dumps(value, indent=indent, ensure_ascii=ascii_)
    new = splicing.put(text, [splicing.with_member(text, 0, "screening", '{"id": 1}')])
    assert json.loads(new) == {**value, "screening": {"id": 1}}
    if "screening" not in value:
        assert new.replace(f'{", " if value else ""}"screening": {{"id": 1}}', "") == text
