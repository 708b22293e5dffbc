"""Real tender files are read whole: processes, lots, who bids, and what could not be used, counted.

Counts of tenderers are of organisations in a process: the release file of Jalisco names 20, and the releases of its 3 processes repeat each
other. The one file of Jalisco is one of the ten of the record file.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from data.procurement import Reading, Role
from pipelines import procurement

LIST = "an object where OCDS has a list; it was read as a list of one"
REUSED = "one release id with two contents; both were read"
LOST = "the text holds characters that were lost before the file was saved"
COMPILED = "releases already in their compiled release"
GROUP = "the name suggests a group of companies, and the file names no members"
NO_NUMBER = "a word that stands for a missing identifier"
LINKED = "the release is only linked to; links are not followed"
# processes, lots, items, tenderers, suppliers, all who stand, distinct organisations, offers; kind; refusals; ignored
CASES: dict[str, tuple[tuple[int, ...], str, dict[str, int], dict[str, int]]] = {
    "armenia_release_package.json": ((100, 29, 29, 30, 21, 31, 30, 36), "OCDS 1.1 release package, 1", {}, {}),
    "armenia_releases_packages.jsonl.gz": ((100, 29, 29, 30, 21, 31, 30, 36), "OCDS 1.1 release package, 1", {}, {}),
    "australia_new-south-wales_releases_packages.jsonl.gz": ((10, 0, 10, 0, 0, 0, 0, 0), "OCDS 1.0 release packages, 10", {}, {}),
    "colombia_releases_packages.jsonl.gz": (
        (21, 0, 21, 0, 19, 19, 19, 0), "OCDS 1.0 and 1.1 releases without package, 21", {LOST: 13}, {}),
    "mexico_jalisco_record_package.json": ((1, 0, 59, 5, 2, 5, 5, 0), "OCDS 1.1 record package, 1", {}, {COMPILED: 5}),
    "mexico_jalisco_records_packages.jsonl.gz": ((10, 0, 169, 39, 20, 39, 37, 0), "OCDS 1.1 record packages, 10", {}, {COMPILED: 49}),
    "mexico_jalisco_releases_packages.jsonl.gz": ((3, 0, 4, 10, 3, 10, 10, 0), "OCDS 1.1 release packages, 10", {}, {}),
    "paraguay_records_packages.jsonl.gz": (
        (10, 35, 152, 0, 14, 14, 14, 0), "OCDS 1.0 record packages, 12; compiled releases without package, 4",
        {LIST: 2, LINKED: 3, REUSED: 2, NO_NUMBER: 2, GROUP: 1}, {COMPILED: 45, LIST: 19}),
    "paraguay_releases_packages.jsonl.gz": (
        (12, 37, 154, 0, 16, 16, 16, 0), "OCDS 1.0 and 1.1 releases without package, 70",
        {LIST: 1, REUSED: 20, NO_NUMBER: 1, GROUP: 1, "one name stands under two identifiers; each is searched apart": 2}, {LIST: 22}),
    "taiwan_releases_packages.jsonl.gz": ((11, 0, 11, 30, 17, 30, 30, 0), "OCDS 1.0 releases without package, 11", {LIST: 1}, {LIST: 10}),
    "uganda_releases_packages.jsonl.gz": ((10, 0, 10, 0, 0, 0, 0, 0), "OCDS 1.1 releases without package, 10", {}, {}),
    "uk-contracts-finder_records_packages.jsonl.gz": (
        (11, 0, 15, 0, 0, 0, 0, 0), "OCDS 1.1 records without package, 11", {}, {COMPILED: 11}),
    "uk-contracts-finder_releases_packages.jsonl.gz": (
        (11, 0, 15, 0, 0, 0, 0, 0), "OCDS 1.0 and 1.1 releases without package, 21", {REUSED: 10}, {}),
}  # fmt: skip


def counts(reading: Reading) -> tuple[int, ...]:
    stand = [each for process in reading.processes for each in process.tenderers]
    roles = Counter(role for each in stand for role in each.roles)
    return (
        len(reading.processes), sum(len(process.lots) for process in reading.processes), sum(len(p.items) for p in reading.processes),
        roles[Role.TENDERER], roles[Role.SUPPLIER], len(stand), len({each.organisation.organisation_id for each in stand}),
        sum(len(each.bids) for each in stand),
    )  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_every_process_and_organisation_is_read(real: Callable[[str], Path], name: str) -> None:
    reading = procurement.read(real(f"ocds_{name}"))
    expected, kind, refused, ignored = CASES[name]
    assert (counts(reading), reading.kind) == (expected, kind)
    assert dict(Counter(refusal.reason for refusal in reading.refusals)) == refused
    assert reading.ignored == ignored
    assert all(refusal.place.line and refusal.next_step for refusal in reading.refusals)
    assert all(each.organisation.name for process in reading.processes for each in process.tenderers)


@pytest.mark.parametrize(("name", "process", "tenderer", "fields"), [
    ("armenia_release_package.json", "AM-TIN-02588485", "Ayyvounetvvorqs SPY",
     {"country": "ARM", "other_names": ["Այյունեթվորքս ՍՊԸ", "Аййвоунетвворкс СПЫ"]}),
    ("taiwan_releases_packages.jsonl.gz", "53374962", "普羅文化股份有限公司", {"locality": "埔里鎮"}),
    ("paraguay_releases_packages.jsonl.gz", "6035de6ee9fde1517c85513d311f998b", "INFOCENTER S.A", {"country": "PRY"}),
    ("mexico_jalisco_record_package.json", "P00268", None, {"country": "MEX"}),
])  # fmt: skip
def test_what_is_said_of_an_organisation(
    real: Callable[[str], Path], name: str, process: str, tenderer: str | None, fields: dict[str, Any]
) -> None:
    reading = procurement.read(real(f"ocds_{name}"))
    found = [each.organisation for p in reading.processes for each in p.tenderers if each.organisation.organisation_id == process]
    if tenderer is None:
        assert {each.country for p in reading.processes for t in p.tenderers for each in [t.organisation]} == {fields["country"]}
        return
    assert {each.name for each in found} == {tenderer}
    assert found[0].model_dump(include=set(fields)) == fields


def test_a_consortium_of_which_only_the_name_is_known_is_asked_about(real: Callable[[str], Path]) -> None:
    reading = procurement.read(real("ocds_paraguay_records_packages.jsonl.gz"))
    (asked,) = [refusal for refusal in reading.refusals if refusal.reason == GROUP]
    assert (asked.value, asked.is_row_kept) == ("CONSORCIO SIEMENS - RIEDER - 500 KV", True)
    (group,) = [t for p in reading.processes for t in p.tenderers if t.organisation.name == asked.value]
    assert (group.members, group.organisation.identifiers) == ([], [])


def test_nobody_to_contact_is_kept(real: Callable[[str], Path]) -> None:
    for name in CASES:
        assert "@" not in procurement.read(real(f"ocds_{name}")).model_dump_json()
