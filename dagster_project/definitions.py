"""What the orchestrator loads: assets, the nightly job and its schedule, for the workspace named by DEEPTIER_WORKSPACE."""

from __future__ import annotations

import logging
import os
from pathlib import Path

import dagster as dg

from dagster_project import automation
from dagster_project.assets import build
from dagster_project.resources import Run


@dg.logger(description="Says nothing: the command line shows progress and tells failures in words.")
def quiet(_: dg.InitLoggerContext) -> logging.Logger:
    found = logging.getLogger("deeptier.quiet")
    found.addHandler(logging.NullHandler())
    found.propagate = False
    return found


def definitions(workspace: Path, as_of: str = "", draws: int = -1, run_id: str = "", is_quiet: bool = False) -> dg.Definitions:
    """The same graph for any workspace and day; steps run one after another in one process, which saves their start-up."""
    run = Run(workspace=str(workspace), as_of=as_of, draws=draws, run_id=run_id)
    return dg.Definitions(
        assets=build(),
        jobs=[automation.NIGHTLY],
        schedules=[automation.SCHEDULE],
        resources={"run": run},
        executor=dg.in_process_executor,
        loggers={"quiet": quiet} if is_quiet else None,
    )


defs = definitions(Path(os.environ.get("DEEPTIER_WORKSPACE", "workspace")))
