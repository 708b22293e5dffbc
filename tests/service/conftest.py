import os
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

sys.path.insert(0, str(Path(__file__).parent))
os.environ.pop("DEEPTIER_WORKSPACE", None)
os.environ.pop("DEEPTIER_LANG", None)
os.environ["COLUMNS"] = "100"


@pytest.fixture(scope="session")
def workspace(tmp_path_factory):
    """A workspace with two made-up published runs."""
    from made_up import build

    return build(tmp_path_factory.mktemp("made_up"))


@pytest.fixture
def deeptier(workspace):
    """Runs a command on the made-up workspace; the result has exit_code, stdout and stderr."""
    from service.cli import cli

    def call(*words, at=workspace):
        return CliRunner().invoke(cli, ["--workspace", str(at), *words], catch_exceptions=False)

    return call
