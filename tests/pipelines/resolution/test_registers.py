"""Rows of a licence register find their agency by number, else by name and address; what is not sure is shown and adds nothing."""

from __future__ import annotations

import polars as pl
import pytest

from pipelines.derive import conform
from pipelines.resolution.registers import licensed

ADDRESS = "Orchard Faruque Tower, Level-17, 72, Naya Paltan, Paltan, Dhaka-1000"
AGENCY = {"agency_id": "AG", "name": "Orchard International", "country": "BGD"}
ENTRY = {"licence_row_id": "R1", "country": "BGD", "licence_no": "RL-0010", "agency_name": "ORCHARD INTERNATIONAL", "address": ADDRESS}


def found(agencies, *entries):
    frames = [
        conform(table, pl.DataFrame([{"row_id": n, **row} for n, row in enumerate(rows, 1)], infer_schema_length=None).lazy()).collect()
        for table, rows in (("recruitment_agency", agencies), ("agency_licence", [{"status": "valid"} | entry for entry in entries]))
    ]
    result = licensed(frames[1], frames[0])
    return result.licence.select("licence_row_id", "agency_id").rows(), result.matched.to_dicts()


@pytest.mark.parametrize(
    ("agency", "basis", "confirmed"),
    [
        ({"licence_no": "rl 0010", "name": "Quite Another"}, "licence_no", True),
        ({"address": "72 Naya Paltan, Orchard Faruque Tower (Level 17), Paltan, Dhaka"}, "name_place", True),
        ({"name": "Orchad International", "address": ADDRESS}, "name_place", True),
        ({}, "name_country", False),
        ({"licence_no": "RL-0999", "address": ADDRESS}, "name_place", False),
        ({"name": "Orchard International 2", "address": ADDRESS}, "name_place", False),
    ],
)
def test_how_a_row_finds_its_agency(agency, basis, confirmed):
    rows, (match,) = found([AGENCY | agency], ENTRY)
    assert (match["match_basis"], match["is_confirmed"]) == (basis, confirmed)
    assert rows == ([("R1", "AG")] if confirmed else [])


@pytest.mark.parametrize("agency", [{"country": "NPL", "licence_no": "RL-0010", "address": ADDRESS}, {"name": "Reaz Overseas"}])
def test_another_country_or_name_is_not_found(agency):
    assert found([AGENCY | agency], ENTRY) == ([], [])


def test_a_row_that_fits_two_agencies_is_for_a_person():
    twins = [AGENCY | {"agency_id": name, "address": ADDRESS} for name in ("AG", "AH")]
    rows, matches = found(twins, ENTRY)
    assert rows == []
    assert [(match["agency_id"], match["is_confirmed"]) for match in matches] == [("AG", False), ("AH", False)]


def test_rows_that_name_their_agency_stay_and_a_register_row_without_name_or_number_goes():
    named = {"licence_row_id": "R2", "agency_id": "AG", "country": "BGD"}
    assert found([AGENCY], named, {"licence_row_id": "R3", "country": "BGD"})[0] == [("R2", "AG")]
