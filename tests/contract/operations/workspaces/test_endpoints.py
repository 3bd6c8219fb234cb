"""What a deployment leaves for a shell: the API's addresses to be sourced, the key in a file of its own."""

from __future__ import annotations

import subprocess

import pytest
from click.testing import CliRunner

from integration.operations.rollout import command
from integration.operations.rollout.plan import Outcome
from integration.operations.terminal.failure import Failure
from integration.operations.workspaces.commands.workspace import workspace
from tests.contract.operations.workspaces.world import URL
from tests.fakes.workspace_edge import KEY

GIVEN = (
    "deploy", "--instance-id", "dev1", "--client-id", "c", "--client-secret", "-", "--user-sys-id", "a" * 32,
    "--integration-module", "itsm", "--yes",
)  # fmt: skip
SHOWN = {
    "SPA_CREATOR_ENDPOINT": f"{URL}/workspaces",
    "LIST_ENDPOINT": f"{URL}/w/files",
    "UPLOAD_ENDPOINT": f"{URL}/w/uploads",
    "INFO_ENDPOINT": f"{URL}/w/me",
}


class Deployed:
    """The steps of a deployment that has come about already."""

    def __init__(self, *_given):
        pass

    def plan(self):
        return Outcome((), (), deployed=False)

    def run(self, *, yes):
        return Outcome((), (), deployed=True)


@pytest.fixture
def deployed(world, monkeypatch):
    monkeypatch.setattr(command, "Steps", Deployed)
    monkeypatch.setattr(command, "Cdk", lambda _account: None)
    monkeypatch.setattr(command, "open_account", lambda *_where: world)

    def run(*more):
        result = CliRunner().invoke(workspace, [*GIVEN, *more], input="secret\n")
        if isinstance(result.exception, Failure):
            raise result.exception
        assert result.exit_code == 0, (result.output, result.exception)
        return result.output

    return run


def sourced(path, name):
    done = subprocess.run(
        ["bash", "-c", '. "$1" && printf %s "${!2}"', "bash", path, name], capture_output=True, text=True, check=True
    )
    return done.stdout


def test_a_shell_that_sources_them_has_the_addresses(deployed, tmp_path):
    """Also from a folder whose name a shell would take apart."""
    path = tmp_path / "it's a $folder" / "endpoints.sh"
    path.parent.mkdir()
    deployed("--endpoints", str(path))
    assert {name: sourced(path, name) for name in SHOWN} == SHOWN
    assert sourced(path, "SPA_KEY_FILE") == str(path.with_suffix(".key"))


def test_the_key_is_its_owners_and_stands_in_its_own_file_alone(deployed, tmp_path):
    path, key = tmp_path / "endpoints.sh", tmp_path / "endpoints.key"
    assert KEY not in deployed("--endpoints", str(path))
    assert key.read_text() == f"x-api-key: {KEY}\n"
    assert KEY not in path.read_text()
    assert {each.stat().st_mode & 0o777 for each in (path, key)} == {0o600}


def test_a_repeat_replaces_both_and_mends_their_mode(deployed, tmp_path):
    path = tmp_path / "endpoints.sh"
    path.write_text("export SPA_CREATOR_ENDPOINT=old")
    path.chmod(0o644)
    deployed("--endpoints", str(path))
    assert sourced(path, "SPA_CREATOR_ENDPOINT") == SHOWN["SPA_CREATOR_ENDPOINT"]
    assert path.stat().st_mode & 0o777 == 0o600
    assert {each.name for each in tmp_path.iterdir()} == {"endpoints.sh", "endpoints.key"}


@pytest.mark.parametrize("more", [(), ("--dry-run", "--endpoints", "endpoints.sh")])
def test_nothing_is_written_unasked_or_before_there_is_an_api(deployed, tmp_path, monkeypatch, more):
    monkeypatch.chdir(tmp_path)
    deployed(*more)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_not_there_is_said(deployed, tmp_path):
    with pytest.raises(Failure, match="cannot be written"):
        deployed("--endpoints", str(tmp_path / "none" / "endpoints.sh"))
