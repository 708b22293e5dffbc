"""What `deeptier screen` promises: exit codes, files, JSON by its schema, and one line for every mistake."""

import json
from types import SimpleNamespace

import jsonschema
import made_up_screening as made_up
import pytest
from click.testing import CliRunner

from data.screening import Screening, json_schema
from service.cli import cli
from service.screening import commands


@pytest.fixture
def asked():
    return {}


@pytest.fixture
def screen(monkeypatch, tmp_path, workspace, asked):
    """Runs the command on a made-up screening; `asked` holds what the door was asked for."""
    made = {"screening": made_up.screening()}

    def screening(folder, file, profile, **more):
        asked.update(folder=folder, file=file, profile=profile, **more)
        return made["screening"]

    area = SimpleNamespace(screen=screening, ocds=lambda found, file, out: out.write_text("{}"))
    recorder = SimpleNamespace(record=lambda folder, found: asked.update(recorded=(folder, found.screening_id)))
    monkeypatch.setattr(commands, "door", lambda name: {"screening": area, "reviewing": recorder}[name])
    tender = tmp_path / "tender.json"
    tender.write_text("{}")

    def call(*given, found=None, file=tender):
        made["screening"] = found or made["screening"]
        return CliRunner().invoke(
            cli, ["--workspace", str(workspace), "screen", *([str(file)] if file else []), *given], catch_exceptions=False
        )

    return call


def test_the_page_of_a_file(screen, asked, tmp_path):
    result = screen("--by", "Office", "--as-of", "2026-06-30", "--profile", "uk_procurement_act_2023")
    assert result.exit_code == 4  # something in the file could not be read
    assert asked["profile"] == "uk_procurement_act_2023"
    assert asked["recorded"] == (asked["folder"], "S-20260630-1")
    assert (asked["by"], str(asked["as_of"]), asked["file"].name) == ("Office", "2026-06-30", "tender.json")
    for text in ("8 tenderers", "N/A", "Next: Ask the tenderer", "US UFLPA Entity List", "on the list: Xinjiang Tianshan Cotton",
                 "at most 35.7", "Not searched (1)", "Nothing here excludes anybody", "price to"):  # fmt: skip
        assert text in result.stdout, text
    assert not list(tmp_path.glob("*.html"))


def test_a_file_that_is_wholly_read_ends_well(screen):
    result = screen(
        found=made_up.nothing_found().model_copy(update={"reading": made_up.screening().reading.model_copy(update={"refusals": []})})
    )
    assert result.exit_code == 0
    assert "Nothing found" in result.stdout


def test_files_are_written_where_asked(screen, tmp_path):
    result = screen("--out", str(tmp_path / "out"), "--lang", "fr")
    names = sorted(path.name for path in (tmp_path / "out").iterdir())
    assert names == ["ocds-made-up-0001.fr.html", "ocds-made-up-0001.fr.pdf", "tender.screening.json"]
    assert "3 fichiers écrits" in result.stdout
    assert Screening.model_validate_json((tmp_path / "out" / "tender.screening.json").read_text()) == made_up.screening()


@pytest.mark.parametrize(
    ("form", "name"), [("html", "ocds-made-up-0001.en.html"), ("json", "tender.screening.json"), ("ocds", "tender.ocds.json")]
)
def test_one_format_alone(screen, tmp_path, form, name):
    screen("--out", str(tmp_path / "out"), "--format", form)
    assert [path.name for path in (tmp_path / "out").iterdir()] == [name]


def test_json_keeps_to_the_schema_that_is_printed(screen):
    schema = json.loads(screen("--schema", file=None).stdout)
    assert schema == json_schema()
    found = json.loads(screen("--json").stdout)
    jsonschema.Draft202012Validator(schema, format_checker=jsonschema.FormatChecker()).validate(found)
    names = [row["tenderer"]["organisation"]["name"] for row in found["results"][0]["tenderers"]]
    assert made_up.FORMULA in names
    assert made_up.SCRIPT in names


def test_one_bidder_by_flags(screen, asked):
    screen("--name", "Kelana", "--country", "MYS", "--id", "MY-SSM:1", "--id", "LEI:2", "--address", "1 Road", file=None)
    assert asked["file"] is None
    assert asked["one"] == {"name": "Kelana", "country": "MYS", "identifiers": ["MY-SSM:1", "LEI:2"], "address": "1 Road"}


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ([], "name a FILE, or one bidder"),
        (["nowhere.json"], "no such file"),
        (["nowhere.json", "--name", "Kelana"], "one of the two"),
        (["--name", "Kelana", "--profile", "moon"], "eu_2014_24"),
        (["--name", "Kelana", "--process", "other"], "ocds-made-up-0001"),
        (["--name", "Kelana", "--as-of", "2999-01-01"], "name a day"),
    ],
)
def test_mistakes_are_one_line_with_exit_code_2(screen, given, said):
    result = screen(*given, file=None)
    assert result.exit_code == 2
    assert said in result.stderr


def test_a_folder_that_cannot_be_made_is_refused(screen, tmp_path):
    (tmp_path / "taken").write_text("")
    result = screen("--out", str(tmp_path / "taken" / "out"))
    assert result.exit_code == 6
    assert "--out" in result.stderr


def test_control_characters_of_a_file_never_reach_the_terminal(screen):
    made = made_up.screening()
    reading = made.reading.model_copy(update={"kind": "OCDS \x1b[31mred", "file": "a\u202eb.json"})
    result = screen(found=made.model_copy(update={"reading": reading}))
    assert "\x1b[31m" not in result.stdout
    assert "\u202e" not in result.stdout


def test_file_names_are_safe_and_differ():
    made = made_up.screening().results[0]
    ids = ["ocds-1", "OCDS-1", "../../etc/passwd", "a/b", "a b", "", "x" * 300, "…"]
    names = commands.file_names([made.model_copy(update={"process": made.process.model_copy(update={"process_id": one})}) for one in ids])
    assert len({name.casefold() for name in names}) == len(ids)
    assert all(
        set(name) <= set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-") and name[0] not in ".-" for name in names
    )


def test_many_procedures_write_the_fullest_first_and_say_so(screen, tmp_path):
    made = made_up.nothing_found()
    one = made.results[0]
    many = [one.model_copy(update={"process": one.process.model_copy(update={"process_id": f"p-{at}"})}) for at in range(60)]
    full = made_up.screening().results[0]
    result = screen("--out", str(tmp_path / "out"), "--format", "html", found=made.model_copy(update={"results": [*many, full]}))
    names = {path.name for path in (tmp_path / "out").iterdir()}
    assert len(names) == commands.SHEETS
    assert "ocds-made-up-0001.en.html" in names
    assert f"{commands.SHEETS} of 61" in result.stdout
