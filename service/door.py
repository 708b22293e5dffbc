"""The one door from the commands to what acts: an area of dagster_project, imported only when a command needs it.

Belongs here: that import. Does not belong here: anything that only reads what was published, which needs no door.
"""

from __future__ import annotations

import importlib
from typing import Any


def door(area: str) -> Any:
    """The module dagster_project.<area>. It is heavy (seconds), so that commands which only read never pass here."""
    return importlib.import_module(f"dagster_project.{area}")


def operations() -> Any:
    """Importing, fetching, running: the area of the main job."""
    return door("operations")
