"""What the reader of files says, in the language of the sheet; and how connections are worded."""

import made_up_screening as made_up
import pytest
from test_html import page

from data import model
from data.procurement import Place, Reading, Refusal
from data.screening import Connection
from service.screening import connections, reading, spans
from service.screening.wording import Words

EN, FR = Words("en"), Words("fr")


def refused(reason, step="Do this."):
    return Refusal(place=Place(file="tender.json"), reason=reason, next_step=step)


def test_every_sentence_of_the_reader_is_shown_in_french():
    for code in model.vocabulary("tender_refusal").codes.values():
        one = refused(code.en, str(code.values["next_en"]))
        assert reading.refusal(one, EN) == (spans.sentence(code.en), spans.sentence(one.next_step))
        expected = (FR.set(code.fr), FR.set(str(code.values["next_fr"])))
        assert reading.refusal(one, FR) == tuple(spans.sentence(text) for text in expected)
        assert not reading.is_foreign(one, FR)


def test_a_reason_that_the_vocabulary_no_longer_knows_stays_and_is_said_to_be_english():
    one = refused("an old reason")
    assert reading.refusal(one, FR) == ("An old reason.", "Do this.")
    assert (reading.is_foreign(one, FR), reading.is_foreign(one, EN)) == (True, False)


@pytest.mark.parametrize(
    ("kind", "french"),
    [
        ("OCDS 1.1 release packages, 10", "OCDS 1.1, lots de publications (release packages), 10"),
        ("OCDS 1.0 and 1.1 record package, 1; releases without package, 2",
         "OCDS 1.0 et 1.1, lot de dossiers (record package), 1\u00a0; publications hors lot (releases), 2"),
        ("OCDS 1.1 compiled release without package, 1", "OCDS 1.1, publication consolidée hors lot (compiled release), 1"),
        ("table of bidders (CSV), 1 row", "tableau de soumissionnaires (CSV), 1 ligne"),
        ("table of bidders (XLSX), 1200 rows", "tableau de soumissionnaires (XLSX), 1\u202f200 lignes"),
        ("something newer", "something newer"),
    ],
)  # fmt: skip
def test_what_a_file_was_taken_for_is_said_in_french(kind, french):
    assert (reading.kind(kind, EN), reading.kind(kind, FR)) == (kind, french)


def test_every_container_that_the_reader_names_has_french():
    from pipelines.procurement.reader import _NAMES

    for one, many in _NAMES.items():
        for name, number in ((one, 1), (many, 2)):
            told = reading.kind(f"OCDS 1.1 {name}, {number}", FR)
            assert told.startswith("OCDS 1.1, ")
            assert "(" in told, name


def test_what_was_passed_over_is_said_in_french():
    codes = model.vocabulary("tender_refusal").codes
    more = f"{codes['more_of_same'].en}: {codes['date_unreadable'].en}"
    read = Reading(file="f", sha256="0" * 64, kind="k", processes=[], ignored={codes["blank_row"].en: 3, more: 2, "else": 1})
    assert reading.ignored(read, EN) == ["blank rows: 3", f"{more}: 2", "else: 1"]
    french = [FR.set(codes[name].fr) for name in ("blank_row", "more_of_same", "date_unreadable")]
    colon = FR("common.colon")
    assert reading.ignored(read, FR) == [f"{french[0]}{colon}3", colon.join([*french[1:], "2"]), f"else{colon}1"]


@pytest.mark.parametrize(
    ("kind", "low", "high", "english", "french"),
    [
        ("owner", None, 0.357, "at most 35.7\u00a0%", "au plus 35,7\u00a0%"),
        ("owned", 0.25, None, "at least 25\u00a0%", "au moins 25\u00a0%"),
        ("owner", 0.3, 0.45, "at least 30\u00a0% and at most 45\u00a0%", "au moins 30\u00a0% et au plus 45\u00a0%"),
        ("owner", None, None, "not stated", "non indiquée"),
    ],
)  # fmt: skip
def test_an_effective_share_is_worded_as_far_as_it_is_known(kind, low, high, english, french):
    found = Connection(kind=kind, name="A", effective_share=high, effective_share_min=low)
    assert connections.shares(found, EN) == [f"effective share: {english}"]
    assert connections.shares(found, FR) == [f"part effective\u00a0: {french}"]


def test_a_sister_has_no_share_and_names_keep_their_language():
    sister = made_up.results()[0].connections[1]
    assert connections.shares(sister, EN) == []
    owner, said, owned, rest, source = connections.step(sister.steps[0], FR)
    assert (owner["t"], said["t"], owned["lang"], owned["dir"]) == ("Bosten Cotton", " consolide ", "und-Arab", "rtl")
    assert (rest["t"], source["t"]) == (" dans ses comptes", " (GLEIF, 30 juin 2026)")


def test_the_sheet_shows_connections_terms_and_the_question_of_an_owner_that_is_not_named(view, words):
    text = page(view, words).text_content()
    for key in ("connection.title", "connection.note", "role.sister", "role.owner_unknown"):
        assert words(key) in text
    assert words("fact.expected_end_on", date=words.date(made_up.results()[0].facts[2].entry.expected_end_on)) in text
    assert {"en": "Who owns or controls Bosten Cotton?", "fr": "Qui détient ou contrôle Bosten Cotton\u00a0?"}[words.language] in text
    assert words("unread.language") not in text
