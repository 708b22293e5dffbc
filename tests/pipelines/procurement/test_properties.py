"""Whatever JSON is thrown at the reader, it reads it or refuses it; and the order of a file changes nothing."""

from __future__ import annotations

import json
import random
import tempfile
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from data.procurement import Reading
from pipelines import procurement
from pipelines.refusal import Refused

KEYS = (
    "ocid", "id", "date", "tag", "parties", "tender", "tenderers", "bids", "details", "awards", "suppliers", "contracts", "name",
    "identifier", "scheme", "legalName", "additionalIdentifiers", "address", "countryName", "roles", "lots", "relatedLots", "relatedLot",
    "value", "amount", "currency", "items", "classification", "releases", "records", "compiledRelease",
    "subcontracting", "subcontracts", "subcontractor",
    "members", "memberOf", "buyer", "requirementResponses", "requirement", "exclusionGrounds", "criteria", "url", "nameHy", "\0at",
)  # fmt: skip
WORDS = (
    "o1", "o2", "A", "B", "2024-01-01", "2024-99-01T", "tenderer", "supplier", "EUR", "compiled", "N/A", "", " ", "\ud800", "\0", "يد",
    "1e5",
)  # fmt: skip
scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.sampled_from(WORDS) | st.text(max_size=8)
values = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(KEYS) | st.text(max_size=3), inner, max_size=5),
    max_leaves=30,
)
FEW = settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def read(content: bytes, name: str = "tender.json") -> Reading:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        path.write_bytes(content)
        return procurement.read(path)


def read_or_refused(content: bytes, name: str = "tender.json") -> Reading | None:
    try:
        return read(content, name)
    except Refused as refused:
        assert refused.next_step  # noqa: PT017
        return None


@FEW
@given(values)
def test_any_json_is_read_or_refused(value: Any) -> None:
    reading = read_or_refused(json.dumps(value).encode())
    if reading is not None:
        assert reading.model_dump_json().encode()
        assert len({process.process_id for process in reading.processes}) == len(reading.processes)


@FEW
@given(st.lists(
    st.fixed_dictionaries({"ocid": st.sampled_from(["o1", "o2"])}, optional=dict.fromkeys(KEYS[1:12], values)), min_size=1, max_size=4,
))  # fmt: skip
def test_any_releases_are_read(releases: list[dict[str, Any]]) -> None:
    reading = read(json.dumps({"releases": releases}).encode())
    assert {process.process_id for process in reading.processes} == {release["ocid"] for release in releases}


@FEW
@given(st.binary(max_size=200), st.integers(0, 10))
def test_any_bytes_are_read_or_refused(noise: bytes, at: int) -> None:
    sound = json.dumps({"ocid": "o1", "tender": {"tenderers": [{"name": "Firm"}]}}).encode()
    for content in (noise, sound + b"\n" + noise, noise + b"\n" + sound, sound[:at] + noise + sound[at:]):
        for name in ("tender.json", "tender.csv"):
            read_or_refused(content, name)


organisations = st.fixed_dictionaries(
    {"id": st.sampled_from(["A", "B", "C"])},
    optional={"name": st.sampled_from(["Alpha", "Beta", "Gamma"]), "roles": st.just(["tenderer"])},
)
tenders = st.fixed_dictionaries(
    {"id": st.just("T"), "tenderers": st.lists(organisations, max_size=3)}, optional={"title": st.text(alphabet="ab", max_size=2)},
)
awards = st.fixed_dictionaries({"id": st.sampled_from(["1", "2"]), "suppliers": st.lists(organisations, max_size=2)})
whole_releases = st.fixed_dictionaries(
    {"ocid": st.sampled_from(["o1", "o2"]), "id": st.sampled_from(["1", "2", "3"]),
     "date": st.sampled_from(["2024-01-01", "2024-02-01T00:00:00Z"]), "parties": st.lists(organisations, max_size=3)},
    optional={"tender": tenders, "awards": st.lists(awards, max_size=2)},
)  # fmt: skip


def said(reading: Reading) -> Any:
    """What a reading says, apart from where in the file it stands."""
    processes = [process.model_dump(exclude={"places"}) for process in sorted(reading.processes, key=lambda each: each.process_id)]
    text = json.dumps(processes, default=str, sort_keys=True)

    def bare(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: bare(item) for key, item in value.items() if key != "places"}
        return [bare(item) for item in value] if isinstance(value, list) else value

    refusals = sorted((refusal.reason, refusal.value or "", refusal.is_row_kept) for refusal in reading.refusals)
    return bare(json.loads(text)), refusals, reading.ignored


@FEW
@given(st.lists(whole_releases, min_size=1, max_size=5), st.randoms(use_true_random=False))
def test_the_order_of_releases_in_a_file_changes_nothing(releases: list[dict[str, Any]], chance: random.Random) -> None:
    turned = releases.copy()
    chance.shuffle(turned)
    whole = said(read(json.dumps({"releases": releases}).encode()))
    assert said(read(json.dumps({"releases": turned}).encode())) == whole
    by_line = "\n".join(json.dumps(release) for release in turned).encode()
    assert said(read(by_line, "tender.jsonl")) == whole


@FEW
@given(st.lists(whole_releases, min_size=1, max_size=5), st.sampled_from([{}, {"version": "1.0"}, {"version": "1.1"}]))
def test_whoever_bids_in_a_release_by_itself_bids_in_the_process(releases: list[dict[str, Any]], version: dict[str, str]) -> None:
    def ids(reading: Reading) -> set[tuple[str, str]]:
        return {(process.process_id, each.organisation.organisation_id) for process in reading.processes for each in process.tenderers}

    whole = ids(read(json.dumps({**version, "releases": releases}).encode()))
    for release in releases:
        assert ids(read(json.dumps({**version, "releases": [release]}).encode())) <= whole
