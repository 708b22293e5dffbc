"""A workspace is opened only if it is understood, locked by one run at a time, and never left half written."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import textwrap
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from pipelines import workspace as module
from pipelines.workspace import Workspace, WorkspaceError, begun

ROOT = Path(__file__).resolve().parents[2]


def test_create_and_open(tmp_path: Path) -> None:
    made = Workspace.create(tmp_path / "w")
    assert Workspace.open(tmp_path / "w") == made
    assert (tmp_path / "w" / "inbox" / "party").is_dir()
    assert made.settings == module.Settings()
    with pytest.raises(WorkspaceError, match="is a workspace already"):
        Workspace.create(tmp_path / "w")
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "x").touch()
    with pytest.raises(WorkspaceError, match="is not empty"):
        Workspace.create(tmp_path / "full")


@pytest.mark.parametrize("is_there", [False, True])
def test_a_workspace_that_could_not_be_made_can_be_tried_again(tmp_path: Path, is_there: bool) -> None:
    path = tmp_path / "w"
    if is_there:
        path.mkdir()

    def fail() -> None:
        with begun(path):
            Workspace.create(path)
            raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="No space"):
        fail()
    assert path.exists() == is_there
    assert Workspace.create(path).path == path


def test_making_a_workspace_never_takes_away_what_was_there(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("x")
    with pytest.raises(WorkspaceError, match="not empty"), begun(tmp_path):
        Workspace.create(tmp_path)
    assert (tmp_path / "mine.txt").read_text() == "x"


def test_a_folder_that_is_no_workspace(tmp_path: Path) -> None:
    with pytest.raises(WorkspaceError) as refused:
        Workspace.open(tmp_path)
    assert str(refused.value) == f"{tmp_path} is no deeptier workspace: it has no deeptier.yml. Make one with: deeptier init {tmp_path}"


def test_a_workspace_of_a_newer_version_is_left_untouched(tmp_path: Path) -> None:
    Workspace.create(tmp_path / "w")
    file = tmp_path / "w" / "deeptier.yml"
    file.write_text(file.read_text().replace("format: 1", "format: 7") + "setting_to_come: 1\n")
    before = {p: p.stat().st_mtime_ns for p in (tmp_path / "w").rglob("*")}
    with pytest.raises(WorkspaceError) as refused:
        Workspace.open(tmp_path / "w")
    assert str(refused.value) == (
        f"{tmp_path / 'w'} has format 7, made by a newer deeptier; this one knows format 1. "
        "Nothing was changed. Install the newer version, or use another folder."
    )
    assert {p: p.stat().st_mtime_ns for p in (tmp_path / "w").rglob("*")} == before


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("language: en", 'no "format". Write format: 1'), ("format: 1\nbuyres: []", "unknown setting buyres. Settings: format, buyers"),
        ("format: 1\nmax_line_bytes: many", "max_line_bytes is 'many'; write something like max_line_bytes: 2000000"),
        ("format: 1\nlanguage: de", "write en or fr"),
        ("format: [", "not readable as YAML"),
    ],
)  # fmt: skip
def test_settings_that_are_not_understood(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "deeptier.yml").write_text(text)
    with pytest.raises(WorkspaceError, match=message):
        Workspace.open(tmp_path)


def test_set_keeps_remarks(tmp_path: Path) -> None:
    changed = Workspace.create(tmp_path / "w").set(buyers=["A-1", "é"], language="fr", sources={"x": False})
    assert (changed.settings.buyers, changed.settings.language, changed.settings.sources) == (("A-1", "é"), "fr", {"x": False})
    assert "# Whose supply chain is looked at" in (tmp_path / "w" / "deeptier.yml").read_text(encoding="utf-8")
    with pytest.raises(WorkspaceError, match="no setting colour"):
        changed.set(colour="red")


def test_batch_numbers_are_never_given_twice(tmp_path: Path) -> None:
    made = Workspace.create(tmp_path / "w")
    with ThreadPoolExecutor(8) as pool:
        numbers = list(pool.map(lambda _: made.next_batch(table="party"), range(40)))
    assert sorted(numbers) == list(range(1000, 1040))
    assert Workspace.open(tmp_path / "w").next_batch() == 1040


def test_second_run_is_refused_with_the_process_named(tmp_path: Path) -> None:
    made = Workspace.create(tmp_path / "w")
    code = f"""
        import sys, time
        from pathlib import Path
        from pipelines.workspace import Workspace
        with Workspace.open(Path({str(tmp_path / "w")!r})).run_lock():
            print("held", flush=True)
            time.sleep(60)
    """
    holder = subprocess.Popen([sys.executable, "-c", textwrap.dedent(code)], stdout=subprocess.PIPE, cwd=ROOT, text=True)
    try:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(WorkspaceError, match=f"another run is under way \\(process {holder.pid}, since ") as refused:
            made.run_lock().__enter__()
        assert "Wait for it to end, or end that process." in str(refused.value)
    finally:
        holder.kill()
        holder.wait()
    with made.run_lock():  # the dead process holds nothing
        assert json.loads((tmp_path / "w" / "run.lock").read_text())["pid"] == os.getpid()


def test_lock_file_of_a_dead_process_is_taken_over(tmp_path: Path) -> None:
    made = Workspace.create(tmp_path / "w")
    (tmp_path / "w" / "run.lock").write_text('{"pid": 999999999}')
    with made.run_lock(), pytest.raises(WorkspaceError, match=str(os.getpid())), made.run_lock():
        pass


def test_writes_are_whole_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    module.write_text(tmp_path / "a.txt", "before")
    with pytest.raises(RuntimeError), module.new_folder(tmp_path / "f") as folder:
        raise RuntimeError((folder / "x").touch())
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.txt"]

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        module.write_text(tmp_path / "a.txt", "after")
    assert (tmp_path / "a.txt").read_text() == "before"
