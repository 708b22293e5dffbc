"""The run a step belongs to: which workspace, as of which day, under which id."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import dagster as dg
from pydantic import PrivateAttr

from dagster_project.store import RunStore
from pipelines import uploads
from pipelines.workspace import Workspace

# Told the name of each step as it begins; set by whoever shows progress.
LISTENER: Callable[[str], None] | None = None


class Run(dg.ConfigurableResource):
    """One per run. `as_of` empty means today; a day in the past makes a replay, which leaves the latest results in place."""

    workspace: str
    as_of: str = ""
    draws: int = -1
    run_id: str = ""
    _store: RunStore | None = PrivateAttr(default=None)

    @contextmanager
    def yield_for_execution(self, context: dg.InitResourceContext) -> Iterator[Run]:
        """Holds the workspace for this run, takes in what lies in its inbox, and names the run by the time at which it began."""
        now = dt.datetime.now(dt.UTC)
        as_of = dt.date.fromisoformat(self.as_of) if self.as_of else now.date()
        workspace = Workspace.open(Path(self.workspace))
        with workspace.run_lock():
            _, refused = uploads.import_inbox(workspace)
            name = self.run_id or f"{now:%Y%m%dT%H%M%S}{now.microsecond // 1000:03d}"
            is_replay = bool(self.as_of) and as_of < now.date()
            self._store = RunStore(workspace.path, name, as_of, is_replay=is_replay, draws=None if self.draws < 0 else self.draws)
            self._store.facts |= {"started": now.isoformat(timespec="seconds"), "problems": [str(one) for one in refused]}
            yield self

    def begin(self, step: str) -> RunStore:
        """The run's store, for the step that begins."""
        if LISTENER is not None:
            LISTENER(step)
        if self._store is None:
            raise RuntimeError("the run's store is set up by the orchestrator; start the job with `deeptier run`.")
        return self._store
