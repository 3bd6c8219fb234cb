"""A desk with a fresh clone of the work tree and room for the package: what pages say is typed there."""

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

from integration.operations.deployment.cdk import Cdk
from integration.operations.deployment.synthesis import UNCHECKED
from integration.operations.rollout.assembly import functions_archive
from integration.operations.terminal.failure import Failure
from integration.operations.terminal.output import NO_ANSWER
from tests.docs.fresh_clone import VENV, fresh_clone, typed
from tests.docs.pages import DOCS, ROOT, blocks_in
from tests.environments import AWS_CLI, Unreachable, inside

PACKAGE = "servicenow-aws-integration-v1.0"
PERSON = "abel.tuter"


@dataclass(frozen=True)
class Desk:
    """`values`: what stands for the examples of the pages. Clone and package find what this machine has installed."""

    folder: Path
    values: dict
    environment: dict

    def do(self, page, where, until_heading="", from_heading=""):
        """Every command of the page, or of that part, in one terminal; what it printed."""
        text = (DOCS / "workspaces" / page).read_text()
        part = text.partition(from_heading)[2] if from_heading else text
        part = part.partition(until_heading)[0] if until_heading else part
        typing = "\n".join(block.text for block in blocks_in(part) if block.info == "sh")
        for example, value in self.values.items():
            typing = typing.replace(example, value)
        return typed(self.folder / where, typing, **self.environment)


def make_desk(folder, running):
    """As the operator of the running system; its secrets are where the pages look for them. CDK's rules are asked of
    these stacks in `tests/stacks/test_workspace_stack.py`. Skips where what is fetched once cannot be.
    """
    _fetched()
    clone, package = fresh_clone(folder / "clone"), folder / PACKAGE
    package.mkdir()
    (package / ".venv").symlink_to(VENV)
    for each in (clone, package):
        (each / ".local").symlink_to(ROOT / ".local")
    for name, content in _secrets(running.credentials).items():
        (clone / name).write_text(content)
        (clone / name).chmod(0o600)
    _aws_cli(folder / "bin")
    values = {
        "dev12345": running.servicenow_url, "abc123": running.credentials.client_id,
        "8b3fede183cbfe90e020f7a6feaad387": running.user_sys_id,
    }  # fmt: skip
    path = {"PATH": f"{folder / 'bin'}:{os.environ['PATH']}", "SERVICENOW_URL": running.servicenow_url}
    return Desk(folder, values, {**running.plane.operator_environment(), **path, **UNCHECKED})


def _fetched():
    """The CDK CLI and the bundle, which clone and package share with us."""
    try:
        Cdk(None).fetch(lambda *_: None)
        functions_archive()
    except Failure as failure:
        if failure.code != NO_ANSWER:
            raise
        pytest.skip(failure.sentence)


def _secrets(credentials):
    netrc = f"machine 127.0.0.1 login {PERSON} password {PERSON}\n"
    return {"secret.txt": credentials.client_secret, "private.key": credentials.private_key_pem, "netrc": netrc}


def _aws_cli(folder):
    """Under its name, as it stands in the environment of its own: uv would look that up again at each call."""
    try:
        words = inside(AWS_CLI)
    except Unreachable as why:
        pytest.skip(str(why))
    found = subprocess.run([*words, "sh", "-c", "command -v aws"], stdout=subprocess.PIPE, text=True, check=True)
    folder.mkdir()
    (folder / "aws").symlink_to(found.stdout.strip())
