"""The scripts as a person runs them: what they refuse, and what they ask of the program, done over the twins."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from integration.workspaces.model import Phase

ROOT = Path(__file__).parents[4]
ROOM = "integration/operations/workspaces/scripts"
SCRIPTS = sorted((ROOT / ROOM).glob("*.sh"))
RECORDER = """#!/bin/sh
[ "$1" = -m ] || shift
for word in "$@"; do printf '%s\\n' "$word"; done > "{0}"
"""
WITHOUT_PIP = """#!/bin/sh
[ "$2" = venv ] || exit 0
mkdir -p "$3/bin" && ln -s /bin/false "$3/bin/python"
"""
REFUSED = [
    ("cleanup-resources.sh", [], "--all is missing"),
    ("cleanup-resources.sh", ["--all"], "--yes is missing"),
    ("cleanup-resources.sh", ["--yes"], "--all is missing"),
    ("cleanup-resources.sh", ["--id", "--allyes", "--yes"], "--all is missing"),
    ("test-complete-flow.sh", [], "run ./deploy.sh"),
    ("test-complete-flow.sh", ["nowhere"], "There is no nowhere"),
    ("create-deployment-package.sh", [], "from a clone"),
]


class Project:
    """A folder with our scripts; its `.venv` has a Python that only writes down what it is asked."""

    def __init__(self, folder):
        self.folder, self._asked = folder, folder / "asked"
        shutil.copytree(ROOT / ROOM, folder / ROOM)
        python = folder / ".venv/bin/python"
        python.parent.mkdir(parents=True)
        python.write_text(RECORDER.format(self._asked))
        python.chmod(0o755)

    def run(self, script, *words):
        command = [self.folder / ROOM / script, *words]
        return subprocess.run(command, capture_output=True, text=True, check=False, cwd=self.folder)

    @property
    def asked(self):
        return self._asked.read_text().splitlines() if self._asked.exists() else None


@pytest.fixture
def project(tmp_path):
    return Project(tmp_path)


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.name)
def test_bash_can_read_them(script):
    done = subprocess.run(["bash", "-n", script], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize(("script", "words", "sentence"), REFUSED)
def test_what_is_refused_says_what_to_do_and_asks_nothing(project, script, words, sentence):
    done = project.run(script, *words)
    assert (done.returncode, done.stdout) == (2, "")
    assert sentence in done.stderr
    assert project.asked is None


@pytest.mark.parametrize("script", ["cleanup-resources.sh", "test-complete-flow.sh", "create-deployment-package.sh"])
def test_help_is_shown_without_anything_installed(project, script):
    done = project.run(script, "--help")
    assert (done.returncode, done.stderr, done.stdout[:6]) == (0, "", "Usage:")
    assert project.asked is None


def test_all_and_yes_end_all_with_their_files_in_the_archive(project, world, run):
    [one] = run("create", "--user", "ada")["workspaces"]
    world.edge.put(world.edge.token(one["link"]), "notes.txt", b"kept")
    assert project.run("cleanup-resources.sh", "--all", "--yes").returncode == 0
    run(*project.asked[1:])
    world.system.settle(world.system.now + 2000)
    assert world.system.row(one["workspace_id"]).phase is Phase.GONE
    assert run("proof", one["workspace_id"])["proof"]["files"] == 1


def test_deploy_passes_on_what_it_is_given_and_names_the_endpoints(project):
    assert project.run("deploy.sh", "--instance-id", "dev1", "--tag", "a=b c").returncode == 0
    endpoints = str(project.folder / "endpoints.sh")
    assert project.asked == ["workspace", "deploy", "--endpoints", endpoints, "--instance-id", "dev1", "--tag", "a=b c"]


def test_an_environment_that_could_not_be_made_is_removed_again(project, monkeypatch):
    """A half of one would be taken for a whole one by the next run. This Python makes one, and pip fails in it."""
    shutil.rmtree(project.folder / ".venv")
    python = project.folder / "python"
    python.write_text(WITHOUT_PIP)
    python.chmod(0o755)
    monkeypatch.setenv("PYTHON", str(python))
    done = project.run("deploy.sh")
    assert done.returncode == 1
    assert "is removed again" in done.stderr
    assert not (project.folder / ".venv").exists()
