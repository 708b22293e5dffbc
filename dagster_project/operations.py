"""What the command line asks for: importing, fetching, running, opening the UI. Heavy imports happen inside the function that needs them.

Belongs here: wiring of pipelines and runs for people. Does not belong here: printing (see service).
"""

from __future__ import annotations

import datetime as dt
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
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
    from pipelines.workspace import Workspace, begun

    with begun(folder):
        workspace = Workspace.create(folder)
        templates.write(workspace)
    return workspace.path


def import_file(folder: Path, table: str, file: Path, mapping: Path | None = None, dry_run: bool = False) -> Any:
    """Imports a user's file into `table`; the report says what was read, loaded, quarantined and why. `dry_run` keeps nothing."""
    from pipelines import uploads
    from pipelines.workspace import Workspace

    return uploads.import_file(Workspace.open(folder), uploads.table_named(table), file, mapping, dry_run=dry_run)


def import_source(folder: Path, source_id: str, files: list[Path], seen_on: dt.date | None = None, is_vouched: bool = False) -> Any:
    """Takes publisher's files that a person saved on `seen_on` as one snapshot of the source; the source's state afterwards.

    `is_vouched`: the person says that a copy with unusually few rows is whole."""
    from pipelines import registry, snapshot
    from pipelines.workspace import Workspace, WorkspaceError

    workspace, source = Workspace.open(folder), registry.source(source_id)
    snapshot.add_file(workspace.path, source, files, seen_on or dt.date.today(), is_vouched=is_vouched)
    if source.is_opt_in and not workspace.settings.sources.get(source.id, False):
        terms = f"its terms ({source.licence}) bind you. Next: if you accept them, write `sources: {{{source.id}: true}}` in deeptier.yml."
        raise WorkspaceError(f"{source.id}: the file is kept and not used, because {terms}")
    return snapshot.state(workspace.path, source, dt.date.today())


def export_quarantine(folder: Path, out: Path, table: str | None = None) -> int:
    """Writes the open quarantined rows of uploads to `out`, to be corrected and imported again; how many."""
    import duckdb

    from dagster_project.store import published
    from pipelines import quarantine
    from pipelines.workspace import Workspace, WorkspaceError

    workspace, last, rows = Workspace.open(folder), published(folder), []
    if last is not None:
        with duckdb.connect(str(last), read_only=True) as connection:
            columns = '"table", batch, line, "column", value, message, next_step, file'
            cursor = connection.execute(f"SELECT {columns} FROM quarantine WHERE reason = 'unplaced'")  # noqa: S608  (names of ours)
            rows = [dict(zip([column[0] for column in cursor.description], row, strict=True)) for row in cursor.fetchall()]
    try:
        return quarantine.export(workspace, out, table, more=quarantine.unplaced(workspace, rows))
    except ValueError as error:
        raise WorkspaceError(str(error)) from error


def fetch(folder: Path, source_ids: list[str]) -> list[Any]:
    """Asks the publishers for new copies; one state per source. A source that fails keeps its last good copy."""
    from pipelines import registry, snapshot
    from pipelines.fetching import Http
    from pipelines.workspace import Workspace

    workspace = Workspace.open(folder)
    wanted = (
        [registry.source(name) for name in source_ids]
        if source_ids
        else [
            source
            for source in registry.sources().values()
            if source.has_parser and workspace.settings.sources.get(source.id, not source.is_opt_in)
        ]
    )
    http = Http(contact=workspace.settings.contact)
    return [snapshot.refresh(workspace.path, source, http, dt.date.today()) for source in wanted]


def run(folder: Path, as_of: dt.date | None = None, draws: int | None = None, progress: Progress | None = None) -> RunResult:
    """Runs the nightly job on a workspace in this process. The last published results stay until the new ones are whole."""
    import dagster as dg

    from dagster_project.definitions import definitions
    from dagster_project.store import RunStore
    from pipelines.workspace import Workspace

    workspace = Workspace.open(folder)
    with workspace.run_lock():  # says at once who holds it; the run itself takes it again
        begun = dt.datetime.now(dt.UTC)
    run_id = f"{begun:%Y%m%dT%H%M%S}{begun.microsecond // 1000:03d}"
    defs = definitions(workspace.path, as_of.isoformat() if as_of else "", -1 if draws is None else draws, run_id, is_quiet=True)
    job = defs.resolve_job_def("nightly")
    with dg.DagsterInstance.ephemeral() as instance, _shown(progress, len(job.nodes)):
        result = job.execute_in_process(instance=instance, raise_on_error=False, run_config={"loggers": {"quiet": {}}})
    problems = _problems(result)
    seconds = (dt.datetime.now(dt.UTC) - begun).total_seconds()
    ledger = workspace.path / "ledger" / f"{run_id}.json"
    if result.success and ledger.exists():
        entry = json.loads(ledger.read_text(encoding="utf-8"))
        return RunResult(run_id, "published", workspace.path / "published" / entry["warehouse"], seconds, entry["problems"] + problems)
    failed = RunStore(workspace.path, run_id, as_of or begun.date())
    failed.facts |= {"problems": problems, "started": begun.isoformat(timespec="seconds")}
    failed.write_ledger("failed")
    return RunResult(run_id, "failed", None, seconds, problems)


@contextmanager
def _shown(progress: Progress | None, total: int) -> Iterator[None]:
    """Tells `progress` each step as it begins, and how many of `total` have begun."""
    from dagster_project import resources

    begun = 0

    def step(name: str) -> None:
        nonlocal begun
        begun += 1
        if progress:
            progress(name, begun, total)

    resources.LISTENER = step
    try:
        yield
    finally:
        resources.LISTENER = None


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
        settings.write_text("telemetry:\n  enabled: false\nnux:\n  enabled: false\n", encoding="utf-8")
    environment = {**os.environ, "DAGSTER_HOME": str(home), "DEEPTIER_WORKSPACE": str(folder.resolve())}
    command = [sys.executable, "-m", "dagster", "dev", "-m", "dagster_project.definitions", "--port", str(port)]
    with subprocess.Popen(command, env=environment) as services:  # noqa: S603  (our own interpreter and module, no shell)
        before = signal.signal(signal.SIGTERM, lambda *_: services.send_signal(signal.SIGINT))  # whoever ends us ends them
        try:
            return services.wait()
        except KeyboardInterrupt:  # the terminal told them too
            return services.wait()
        finally:
            signal.signal(signal.SIGTERM, before)


def new_indicator(identifier: str, root: Path) -> list[Path]:
    """Writes the skeleton of indicator GROUP/ID: rule, thresholds and cases. Nothing shared is edited."""
    from indicators import skeleton

    return skeleton.write(identifier, root)
