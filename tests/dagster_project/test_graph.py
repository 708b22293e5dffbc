"""The asset graph as derived from the registries: keys, dependencies, groups, checks."""

from pathlib import Path

import pytest

from dagster_project.definitions import definitions
from data import model
from indicators import registry
from pipelines import registry as sources


@pytest.fixture(scope="module")
def graph():
    return definitions(Path("nowhere")).resolve_asset_graph()


def keys(graph):
    return {key.to_user_string() for key in graph.get_all_asset_keys()}


def test_every_source_table_indicator_and_step_is_an_asset(graph):
    expected = {f"raw_{name}" for name in sources.sources()}
    expected |= {f"staged_{name}__{table}" for name, source in sources.sources().items() for table in source.tables}
    expected |= {f"staged_upload__{table}" for table in model.contracts("upload")}
    expected |= {f"finding_{name}" for name in registry.load()}
    expected |= {"risk_finding", "risk_coverage", "risk_heads", "risk_chain", "risk_score", "published"}
    assert expected <= keys(graph)
    assert {key for key in keys(graph) - expected if not key.startswith("core_")} == set()


def test_an_indicator_depends_on_its_inputs_and_nothing_else(graph):
    for name, spec in registry.load().items():
        node = next(node for node in graph.asset_nodes if node.key.to_user_string() == f"finding_{name}")
        wanted = {f"risk_{one}" if one in ("finding", "coverage") else f"core_{one}" for one in spec.inputs}
        assert {key.to_user_string() for key in node.parent_keys} == wanted


def test_each_layer_reads_the_one_below(graph):
    order = ["raw_", "staged_", "core_", "finding_", "risk_", "published"]
    layer = lambda key: next(rank for rank, prefix in enumerate(order) if key.startswith(prefix))  # noqa: E731
    second = {f"finding_{name}" for name, spec in registry.load().items() if {"finding", "coverage"} & set(spec.inputs)}
    for node in graph.asset_nodes:
        name = node.key.to_user_string()
        for parent in node.parent_keys:
            above = parent.to_user_string()
            assert layer(above) <= layer(name) or name in second, f"{name} reads {above}"


def test_every_core_table_has_a_blocking_check(graph):
    checked = {check.asset_key.to_user_string() for check in graph.asset_check_keys}
    assert {key for key in keys(graph) if key.startswith("core_")} <= checked
    assert {"risk_finding", "risk_coverage", "risk_score"} <= checked


def test_the_job_runs_every_night():
    defs = definitions(Path("nowhere"))
    schedule = defs.resolve_schedule_def("every_night")
    assert (schedule.cron_schedule, schedule.job_name) == ("30 2 * * *", "nightly")
    assert len(defs.resolve_job_def("nightly").nodes) == len(sources.sources()) + len(model.contracts("upload")) + len(registry.load()) + 7
