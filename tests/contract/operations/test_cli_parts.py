"""Which packages which command needs: deploying neither the emulators' nor the web page's."""

import subprocess
import sys
from pathlib import Path

import pytest

from integration.operations.app import SECTIONS
from integration.operations.deployment.bundle import BundleFailed
from integration.operations.rollout import assembly
from integration.operations.terminal import parts
from integration.operations.terminal.failure import Failure

REPOSITORY = Path(__file__).resolve().parents[3]
NOT_THERE = ("starlette", "uvicorn", "moto", "quickjs", "python_multipart", "jsonschema", "awslambdaric", "httpx")
PROGRAM = f"""
import sys
for name in {NOT_THERE}:
    sys.modules[name] = None
from integration.operations.app import SECTIONS, cli
for section in SECTIONS.values():
    for name in section:
        assert cli.get_command(None, name), name
from integration.operations.commands import status_document
from integration.operations.rollout import assembly, removal
from integration.operations.declaration import load
from integration.operations.registry import OPERATED
from integration.operations.stacks import deployment
from integration.operations.synth import app
for each in OPERATED:
    for path in (each.stack, each.grants, each.alarms, each.accepted, each.checks, each.overview):
        assert not path or load(path), path
"""


def test_no_command_but_two_imports_what_requirements_txt_does_not_bring():
    """All are imported where the local system's packages are not; those two import them when they run."""
    done = subprocess.run([sys.executable, "-c", PROGRAM], cwd=REPOSITORY, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert {"local", "console"} <= set(SECTIONS["Try"])


def test_who_forgot_to_install_is_told_so_by_every_command():
    """Some machines bring click, so the program starts; what makes sentences of errors needs rich, too."""
    program = "import sys; sys.modules['rich'] = None; from integration.operations.app import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", program, "status"], cwd=REPOSITORY, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert done.stderr.startswith("The Python package rich")
    assert done.stderr.endswith("-m pip install -r requirements.lock\n")


@pytest.mark.parametrize(
    ("command", "module", "what"),
    [("local", "moto", "The local system"), ("console", "uvicorn", "The web page")],
)
def test_a_command_whose_part_is_missing_says_what_to_install(run, monkeypatch, command, module, what):
    there = parts.find_spec
    monkeypatch.setattr(parts, "find_spec", lambda name: None if name == module else there(name))
    done = run(command)
    assert done.exit_code == 2
    assert done.stderr.startswith(f"error: {what} needs packages that are not installed: {module}.")
    assert "pip install -r requirements-local.txt" in done.stderr


@pytest.mark.parametrize(("there", "mend"), [(True, "See that pip reaches"), (False, "-m ensurepip")])
def test_who_cannot_bundle_is_told_whether_pip_is_missing(monkeypatch, there, mend):
    """An environment made by uv has none."""

    def fail(_):
        raise BundleFailed("as pip said")

    monkeypatch.setattr(assembly, "kept_bundle", fail)
    monkeypatch.setattr(assembly, "find_spec", lambda _: object() if there else None)
    with pytest.raises(Failure, match="as pip said") as failed:
        assembly.functions_archive()
    assert mend in failed.value.then
