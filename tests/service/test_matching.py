"""`deeptier match` and `deeptier match-pairs` on the made-up chain."""

import json
import re

import pytest

from service.cli import cli


@pytest.fixture(scope="module")
def workspace(tmp_path_factory):
    from dagster_project import operations

    folder = tmp_path_factory.mktemp("matching") / "workspace"
    assert operations.demo(folder).status == "published"
    return folder


@pytest.fixture
def run(workspace):
    from click.testing import CliRunner

    return lambda *options: CliRunner().invoke(cli, ["--workspace", str(workspace), *options])


def test_a_listed_name_is_found_under_another_spelling_and_its_reasons_add_up(run):
    answer = json.loads(run("match", "HETIAN TAIDA APPAREL COMPANY LIMITED", "--country", "CN", "--json").output)
    best = answer["matches"][0]["match"]
    assert best["listed_name"].startswith("Hetian Taida Apparel")
    assert (best["probability"] < 0.92, best["is_confirmed"]) == (True, False)
    logit = sum(reason["logits"] for reason in best["reasons"])
    assert 1 / (1 + 2.718281828459045**-logit) == pytest.approx(best["probability"], abs=1e-9)
    states = {entry["state"] for entry in answer["lists"]}
    assert "not_searched" in states


def test_a_party_of_the_workspace_is_found_too(run):
    answer = json.loads(run("match", "All Turkmenistan Cotton Trading", "--json").output)
    assert "NAM-DE-01" in [row["id"] for row in answer["matches"] if row["kind"] == "party"]


@pytest.mark.parametrize(("lang", "said"), [("en", "That clears nobody"), ("fr", "ne met personne hors de cause")])
def test_nothing_found_is_not_called_clear(run, lang, said):
    text = " ".join(run("match", "Zqxwv Pjkq", "--floor", "0.9", "--lang", lang).output.split())
    assert said in text
    assert not re.search(r"\b(clear|cleared|clean|compliant)\b", text)


def test_pairs_are_answered_in_their_order_and_bad_rows_stay_in_place(run, tmp_path):
    file = tmp_path / "pairs.csv"
    pairs = "Siemens AG,Siemens Aktiengesellschaft,Company", ",Siemens AG,Company", "Olaf Scholz,Angela Merkel,Person"
    file.write_text("\n".join(["name1,name2,schema", *pairs]), encoding="utf-8")
    rows = json.loads(run("match-pairs", str(file), "--json").output)
    assert [row["line"] for row in rows] == [2, 3, 4]
    assert rows[0]["probability"] > 0.9 > 0.1 > rows[2]["probability"]
    assert rows[1]["probability"] is None
    assert rows[1]["notes"]
    assert "Siemens Aktiengesellschaft" in " ".join(run("match-pairs", str(file)).output.split())


def test_a_file_without_the_columns_is_refused_with_the_next_step(run, tmp_path):
    file = tmp_path / "pairs.csv"
    file.write_text("a,b\n1,2\n", encoding="utf-8")
    answer = run("match-pairs", str(file), "--json")
    assert answer.exit_code == 6
    assert answer.output.startswith("deeptier: pairs.csv")
    assert "name1" in answer.output


def test_a_workspace_without_results_says_what_to_do(tmp_path):
    from click.testing import CliRunner

    from dagster_project import operations

    operations.init(tmp_path / "new")
    answer = CliRunner().invoke(cli, ["--workspace", str(tmp_path / "new"), "match", "Anybody"])
    assert answer.exit_code == 6
    assert "deeptier run" in answer.output
