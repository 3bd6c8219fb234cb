"""One version: what the wheel is called is what the command says."""

import tomllib
from pathlib import Path

from click.testing import CliRunner

from integration.operations.app import cli

REPOSITORY = Path(__file__).resolve().parents[3]


def test_the_command_says_the_version_of_the_wheel():
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["project"]
    assert CliRunner().invoke(cli, ["--version"]).output == f"{project['version']}\n"
