"""When things run: one job over the whole graph, every night."""

from __future__ import annotations

import dagster as dg

NIGHTLY = dg.define_asset_job(
    "nightly", selection=dg.AssetSelection.all(), description="Everything, from the sources to the published results."
)
SCHEDULE = dg.ScheduleDefinition(
    name="every_night", job=NIGHTLY, cron_schedule="30 2 * * *", execution_timezone="UTC", default_status=dg.DefaultScheduleStatus.RUNNING
)
