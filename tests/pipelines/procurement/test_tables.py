"""Tables of bidders and one bidder by hand give the same reading as OCDS would."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest

from data.procurement import Reading, Role
from pipelines import procurement
from pipelines.procurement import tables
from pipelines.refusal import Refused

Read = Callable[..., Reading]
FRENCH = """Soumissionnaire;Lot;Pays;SIREN;Montant de l'offre;Devise;Date de dépôt;Groupement;Sous-traitant de;Courriel
Dupont SA;1;France;552100554;12 500,50;EUR;03/04/2024;;;x@example.org
Dupont SA;2;France;552100554;900,00;EUR;;;;
N/A;1;France;;;;;;;
Meier GmbH;2;Allemagne;;1 234,00;EUR;;ARGE Nord;;
Kurz AG;2;Suisse;;;;25/04/2024;ARGE Nord;;
Sub SARL;;Maroc;;;;;;DUPONT S.A.;
Autre SARL;;Maroc;;;;;;Inconnue;
;;;;;;;;;
"""


def test_a_french_table_with_lots_groups_and_subcontractors(read: Read) -> None:
    reading = read(FRENCH, "offres.csv")
    assert reading.kind == "table of bidders (csv), 7 rows"
    (process,) = reading.processes
    assert (process.process_id, [lot.lot_id for lot in process.lots]) == ("offres.csv", ["1", "2"])
    dupont, group, other = process.tenderers
    assert (dupont.organisation.name, dupont.organisation.country, dupont.lot_ids) == ("Dupont SA", "FRA", ["1", "2"])
    assert [(i.scheme, i.id, i.is_valid) for i in dupont.organisation.identifiers] == [("FR-RCS", "552100554", True)]
    assert [(bid.value and bid.value.amount, bid.submitted_on) for bid in dupont.bids] == [(12500.5, dt.date(2024, 4, 3)), (900, None)]
    assert [sub.name for sub in dupont.subcontractors] == ["Sub SARL"]
    assert (group.organisation.name, group.is_consortium, [m.country for m in group.members]) == ("ARGE Nord", True, ["DEU", "CHE"])
    assert [bid.value and bid.value.amount for bid in group.bids] == [1234]  # one offer, though each member has a row
    assert (other.organisation.name, other.roles) == ("Autre SARL", [Role.SUBCONTRACTOR])
    assert [(r.place.line, r.reason, r.is_row_kept) for r in reading.refusals] == [
        (1, "a column that is not read", True), (8, "no tenderer of that name in the file", True),
        (4, "an organisation with neither name nor identifier; it cannot be searched", False),
    ]  # fmt: skip


@pytest.mark.parametrize("heading", [
    "Tenderer,Country,Bid amount,Currency,Lot no", "bidder name,COUNTRY CODE,price,Currency,LOT",
    "Raison sociale,Pays,Montant,Devise,N° de lot", "Razón social,País,Importe de la oferta,Moneda,Lote",
    "Licitante,pais,monto,divisa,lotes",
])  # fmt: skip
def test_headings_are_known_in_three_languages(read: Read, heading: str) -> None:
    (tenderer,) = read(f"{heading}\nAcme,PRY,10.5,PYG,L1\n", "offers.csv").processes[0].tenderers
    assert (tenderer.organisation.name, tenderer.organisation.country, tenderer.lot_ids) == ("Acme", "PRY", ["L1"])
    assert tenderer.bids[0].value
    assert (tenderer.bids[0].value.amount, tenderer.bids[0].value.currency) == (10.5, "PYG")


def test_a_workbook_of_several_tenders(read: Read) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row in (["Tender id", "Tender title", "Bidder", "Identifier", "Scheme", "LEI", "Address", "CPV", "Role", "Trading name", "Amount"],
                ["T-1", "Workwear", "Acme", "123", "GB-COH", "5493001KJTIIGC8Y1R12", "1 High St", "18110000-3", "bidder", "Acme Co; ACM",
                 100.5],
                ["T-1", "Workwear", "Beta", None, None, None, None, None, "winner", None, "=1+1"],
                ["T-2", None, "Acme", "123", "GB-COH", None, None, None, "stranger", None, -5]):  # fmt: skip
        sheet.append(row)
    stream = io.BytesIO()
    book.save(stream)
    reading = read(stream.getvalue(), "offers.xlsx")
    first, second = reading.processes
    assert (first.process_id, first.title, [item.hs for item in first.items]) == ("T-1", "Workwear", [["61", "62"]])
    acme, beta = first.tenderers
    assert [i.scheme for i in acme.organisation.identifiers] == ["GB-COH", "XI-LEI"]
    assert (acme.organisation.other_names, acme.organisation.address) == (["Acme Co", "ACM"], "1 High St")
    assert second.tenderers[0].organisation.organisation_id == "GB-COH-123"
    assert (beta.organisation.name, beta.roles, beta.bids) == ("Beta", [Role.TENDERER, Role.SUPPLIER], [])  # without the formula
    assert {(r.place.line, r.place.path, r.value, r.is_row_kept) for r in reading.refusals} == {
        (3, "Amount", "=1+1", True), (4, "role", "stranger", True), (4, "amount.amount", "-5.0", True)}  # fmt: skip


def workbook(*rows: list[object]) -> bytes:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row in rows:
        sheet.append(row)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


NAMED = "the name is a formula, and formulas are not calculated"


@pytest.mark.parametrize(("row", "kept", "told"), [
    (['=A9&" Ltd"', "GB-COH: 123", 5], ["GB-COH-123"], {("Bidder", NAMED, True)}),
    (['=A9&" Ltd"', None, 5], [], {("Bidder", NAMED, False)}),
    (['=A9&" Ltd"', "n/a", 5], [], {("Bidder", NAMED, False)}),
    (["Acme", "=B9", "#REF!"], ["Acme"], {("Identifier", "the cell holds a formula, and formulas are not calculated", True),
                                         ("Amount", "the cell holds an error of the spreadsheet", True)}),
    (["Acme", "1", "=C9", "more"], [], {(None, "the row cannot be split into the columns of the table", False)}),
])  # fmt: skip
def test_a_formula_leaves_the_row_while_somebody_is_named(
    read: Read, row: list[object], kept: list[str], told: set[tuple[str, str, bool]]
) -> None:
    reading = read(workbook(["Bidder", "Identifier", "Amount"], row, ["Beta", None, 1]), "offers.xlsx")
    named = [each.organisation for each in reading.processes[0].tenderers]
    assert [each.name or each.organisation_id for each in named] == [*kept, "Beta"]
    found = {(r.place.path, r.reason, r.is_row_kept) for r in reading.refusals if r.place.line == 2 and "no name" not in r.reason}
    assert found == told


@pytest.mark.parametrize("content", [b"PK\x03\x04 not a workbook", b"%PDF-1.7 \x00\x01\n", b"\x89PNG\r\n\x1a\n\x00", b"plain text\nmore\n"])
def test_a_file_that_is_named_as_a_workbook_and_is_none_is_refused(read: Read, content: bytes) -> None:
    with pytest.raises(Refused, match="not an XLSX file"):
        read(content, "offers.xlsx")


def test_a_table_in_another_encoding_is_told_once_with_a_step_that_works(read: Read) -> None:
    reading = read("soumissionnaire;pays\nSociété Générale;France\n".encode("cp1252"), "offres.csv")
    assert reading.processes[0].tenderers[0].organisation.name == "Société Générale"
    (refusal,) = reading.refusals
    assert (refusal.value, refusal.is_row_kept) == ("cp1252", True)
    assert refusal.next_step == "If letters look wrong, save the file as UTF-8 and give it again."


def test_numbers_and_dates_that_can_be_read_in_two_ways_are_refused(read: Read) -> None:
    reading = read("bidder;amount;date\nAcme;1,234;03/04/2024\nBeta;12%;2024-05-06\n", "offers.csv")
    assert [bid.value for each in reading.processes[0].tenderers for bid in each.bids] == [None]
    assert {(r.place.line, r.place.path, r.value) for r in reading.refusals} == {
        (2, "amount", "1,234"), (2, "date", "03/04/2024"), (3, "amount", "12%")}  # fmt: skip


def test_a_table_that_names_no_bidders_is_refused_with_its_headings(read: Read) -> None:
    with pytest.raises(Refused, match=r"Headings found: colour, size") as refused:
        read("colour,size\nred,5\n", "things.csv")
    assert refused.value.reason == "heading_missing"


def test_a_table_of_too_many_rows_is_refused(read: Read, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tables, "MOST_ROWS", 10)
    with pytest.raises(Refused, match="the limit is 10"):
        read("bidder\n" + "Acme\n" * 20, "offers.csv")


def test_read_and_bidders_agree(write: Callable[..., Path]) -> None:
    path = write(FRENCH, "offres.csv")
    assert procurement.read(path) == procurement.bidders(path)


def test_one_bidder_by_hand() -> None:
    reading = procurement.one(name="ACME Ltd", country="Royaume-Uni", identifiers=["LEI: 5493001KJTIIGC8Y1R12", "12345678"], lot="2",
                              address="1 High St", other_names=["Acme"], amount="1 200,50", currency="EUR")  # fmt: skip
    (process,) = reading.processes
    (tenderer,) = process.tenderers
    assert (tenderer.organisation.name, tenderer.organisation.country, tenderer.organisation.other_names) == ("ACME Ltd", "GBR", ["Acme"])
    assert [(i.scheme, i.id) for i in tenderer.organisation.identifiers] == [("XI-LEI", "5493001KJTIIGC8Y1R12"), (None, "12345678")]
    assert tenderer.bids[0].value
    assert tenderer.bids[0].value.amount == 1200.5
    assert (reading.kind, tenderer.lot_ids, reading.refusals) == ("one bidder", ["2"], [])
    assert procurement.one(name="A").sha256 != procurement.one(name="B").sha256
    assert procurement.one(name="A") == procurement.one(name="A")


def test_a_group_by_hand_has_its_members() -> None:
    reading = procurement.one(name="North Consortium", identifiers=["GB-COH: 1"], members=["Alpha", "Beta"])
    (group,) = reading.processes[0].tenderers
    assert (group.is_consortium, [m.name for m in group.members], group.organisation.identifiers[0].id) == (True, ["Alpha", "Beta"], "1")


@pytest.mark.parametrize("name", [None, "", "n/a", " - "])
def test_nobody_by_hand_is_refused(name: str | None) -> None:
    with pytest.raises(Refused, match="no name and no identifier"):
        procurement.one(name=name)
    assert procurement.one(name=name, identifiers=["LEI:5493001KJTIIGC8Y1R12"]).refusals[0].is_row_kept


@pytest.mark.parametrize(("field", "value"), [("country", "Narnia"), ("amount", "1,234"), ("amount", "cheap")])
def test_what_cannot_be_read_by_hand_is_told(field: str, value: str) -> None:
    reading = procurement.one(name="Acme", **{field: value})  # type: ignore[arg-type]
    assert [refusal.value for refusal in reading.refusals] == [value]


def test_addresses_of_persons_are_not_copied_into_refusals(read: Read) -> None:
    reading = read("bidder,e-mail\nAcme,jane@example.org,more\n", "offers.csv")
    assert [refusal.value for refusal in reading.refusals if not refusal.is_row_kept] == ["Acme,***,more"]
