"""What the command line asks for: importing, fetching, running, opening the UI. Heavy imports happen inside the function that needs them.

Belongs here: wiring of pipelines and runs for people. Does not belong here: printing (see service).
"""

from __future__ import annotations

import datetime as dt
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class RunResult:
    """What came of a run. `status`: published or failed; `problems` says what failed, in words."""

    run_id: str
    status: str
    warehouse: Path | None
    seconds: float
    problems: list[str] = field(default_factory=list)


def init(folder: Path) -> Path:
    """Makes a workspace in `folder`, with settings, upload templates and a data dictionary."""
    from pipelines import templates
    from pipelines.workspace import Workspace

    workspace = Workspace.create(folder)
    templates.write(workspace)
    return workspace.path


def import_file(folder: Path, table: str, file: Path, mapping: Path | None = None) -> Any:
    """Imports a user's file into `table`; the report says what was read, loaded, quarantined and why."""
    from pipelines import uploads
    from pipelines.workspace import Workspace

    return uploads.import_file(Workspace.open(folder), uploads.table_named(table), file, mapping)


def import_source(folder: Path, source_id: str, file: Path) -> Any:
    """Takes a publisher's file that a person saved as a snapshot of the source; its state afterwards."""
    from pipelines import registry, snapshot
    from pipelines.workspace import Workspace

    return snapshot.add_file(Workspace.open(folder).path, registry.source(source_id), file, dt.date.today())


def fetch(folder: Path, source_ids: list[str]) -> list[Any]:
    """Asks the publishers for new copies; one state per source. A source that fails keeps its last good copy."""
    from pipelines import registry, snapshot
    from pipelines.fetching import Http
    from pipelines.workspace import Workspace

    workspace = Workspace.open(folder)
    wanted = (
        [registry.source(name) for name in source_ids]
        if source_ids
        else [source for source in registry.sources().values() if source.has_parser]
    )
    http = Http(contact=workspace.settings.contact)
    return [snapshot.refresh(workspace.path, source, http, dt.date.today()) for source in wanted]


def run(folder: Path, as_of: dt.date | None = None, draws: int | None = None, progress: Progress | None = None) -> RunResult:
    """Runs the nightly job on a workspace in this process. The last published results stay until the new ones are whole."""
    import dagster as dg

    from dagster_project.definitions import definitions
    from dagster_project.store import RunStore
    from pipelines import uploads
    from pipelines.workspace import Workspace

    workspace = Workspace.open(folder)
    begun = dt.datetime.now(dt.UTC)
    run_id = f"{begun:%Y%m%dT%H%M%S}{begun.microsecond // 1000:03d}"
    with workspace.run_lock():
        uploads.import_inbox(workspace)
        defs = definitions(workspace.path, as_of.isoformat() if as_of else "", -1 if draws is None else draws, run_id, is_quiet=True)
        job = defs.resolve_job_def("nightly")
        store = RunStore(workspace.path, run_id, as_of or begun.date())
        problems: list[str] = []
        with dg.DagsterInstance.ephemeral() as instance:
            watch = _watch(job, progress)
            with watch:
                result = job.execute_in_process(instance=instance, raise_on_error=False, run_config={"loggers": {"quiet": {}}})
            problems = _problems(result)
        seconds = (dt.datetime.now(dt.UTC) - begun).total_seconds()
        warehouse = workspace.path / "published" / f"warehouse-{run_id}.duckdb"
        if result.success and warehouse.exists():
            _tidy(workspace, run_id)
            return RunResult(run_id, "published", warehouse, seconds, problems)
        store.facts["problems"] = problems
        store.write_ledger("failed")
        shutil.rmtree(store.folder, ignore_errors=True)
        return RunResult(run_id, "failed", None, seconds, problems)


def _problems(result: Any) -> list[str]:
    """Failures of a run in words: which step, and what it said."""
    found = []
    for event in result.all_events:
        if event.event_type_value == "STEP_FAILURE":
            error = event.event_specific_data.error
            cause = error.cause or error
            found.append(f"{event.step_key}: {cause.message.strip().splitlines()[-1] if cause.message.strip() else cause.cls_name}")
        if event.event_type_value == "ASSET_CHECK_EVALUATION":
            check = event.event_specific_data
            if not check.passed:
                found += [
                    f"{check.asset_key.to_user_string()}: {name}: {value.value}"
                    for name, value in check.metadata.items()
                    if name != "expectations"
                ]
    return found


class _watch:
    """Counts finished steps and tells the progress display, through Dagster's own log events."""

    def __init__(self, job: Any, progress: Progress | None) -> None:
        self.progress, self.total, self.done = progress, len(job.nodes), 0

    def __enter__(self) -> _watch:
        from dagster_project import resources

        resources.LISTENER = self.step if self.progress else None
        return self

    def step(self, name: str) -> None:
        self.done += 1
        if self.progress:
            self.progress(name, self.done, self.total)

    def __exit__(self, *_: object) -> None:
        from dagster_project import resources

        resources.LISTENER = None


def _tidy(workspace: Any, run_id: str) -> None:
    """Keeps the intermediate tables of the last run only; published warehouses stay."""
    for folder in (workspace.path / "runs").glob("*"):
        if folder.name != run_id:
            shutil.rmtree(folder, ignore_errors=True)


def demo(folder: Path, progress: Progress | None = None) -> RunResult:
    """Makes the demo workspace if need be, imports the made-up chain, and runs on its day."""
    from data import model
    from pipelines.workspace import Workspace

    chain = Path(model.HERE) / "demo"
    settings = model.read_yaml(chain / "demo.yml")
    if not (folder / "deeptier.yml").exists():
        init(folder)
        Workspace.open(folder).set(buyers=settings["buyer_ids"])
    for table in model.contracts("upload"):
        file = chain / f"{table}.csv"
        if file.exists():
            import_file(folder, table, file)
    return run(folder, progress=progress)


def dagster_ui(folder: Path, port: int = 3000) -> int:
    """Opens the orchestrator's UI on the workspace; ends when it is closed."""
    home = folder.resolve() / ".dagster"
    home.mkdir(exist_ok=True)
    settings = home / "dagster.yaml"
    if not settings.exists():
        settings.write_text("telemetry:\n  enabled: false\n", encoding="utf-8")
    environment = {**os.environ, "DAGSTER_HOME": str(home), "DEEPTIER_WORKSPACE": str(folder.resolve())}
    command = [sys.executable, "-m", "dagster", "dev", "-m", "dagster_project.definitions", "--port", str(port)]
    return subprocess.call(command, env=environment)  # noqa: S603  (our own interpreter and module, no shell)


def new_indicator(identifier: str, root: Path) -> list[Path]:
    """Writes the skeleton of indicator GROUP/ID: rule, thresholds and cases. Nothing shared is edited."""
    from indicators import skeleton

    return skeleton.write(identifier, root)
