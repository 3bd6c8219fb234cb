"""cdk-nag over our stacks: what its packs find, each with the answer an acknowledgements.py gives it.

It runs in an environment of its own, with what a deployment has, where this module is the command: a deployment in,
the report out, both as JSON.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

from integration.operations.deployment.synthesis import UNCHECKED
from integration.operations.registry import accepted
from integration.operations.stacks.deployment import Deployment
from tests.environments import CDK_NAG, inside

if TYPE_CHECKING:
    from collections.abc import Mapping

ROOT = Path(__file__).parents[2]
WITH_OURS = ("--with-requirements", str(ROOT / "requirements.txt"), "--constraints", str(ROOT / "requirements.lock"))
PATIENCE_S = 300


def report(deployment: Deployment) -> dict[str, Any]:
    """Of the packs AwsSolutions and Serverless. Raises AssertionError on anything left, Unreachable without them."""
    command = [*inside(CDK_NAG, *WITH_OURS), "python", "-m", "tests.docs.nag"]
    environment = {**os.environ, **UNCHECKED}
    done = subprocess.run(
        command, cwd=ROOT, env=environment, input=deployment.as_json(), capture_output=True, text=True,
        timeout=PATIENCE_S, check=False,
    )  # fmt: skip
    if done.returncode:
        raise AssertionError(done.stderr)
    told: dict[str, Any] = json.loads(done.stdout)
    return told


def findings(told: Mapping[str, Any]) -> list[dict[str, Any]]:
    """By rule, whatever resource it names, and answer: how many constructs."""
    counted = Counter(
        (each["ruleName"].partition("[")[0], each["description"], each["reason"])
        for plugin in told["pluginReports"]
        for each in plugin["suppressedViolations"]
        for _ in each["violatingConstructs"]
    )
    return [
        {"rule": rule, "title": title, "answer": answer, "count": count}
        for (rule, title, answer), count in sorted(counted.items())
    ]


def main() -> None:
    from aws_cdk import Validations
    from cdk_nag import AwsSolutionsChecks, ServerlessChecks

    from integration.operations.stacks.acknowledgements import acknowledge
    from integration.operations.synth.app import build, new_app

    deployment = Deployment.from_json(sys.stdin.read())
    with tempfile.TemporaryDirectory() as folder:
        app = new_app(folder)
        Validations.of(app).add_plugins(AwsSolutionsChecks(app), ServerlessChecks(app))
        acknowledge(build(app, deployment), deployment.names, accepted())
        app.synth()
        print((Path(folder) / "validation-report.json").read_text())


if __name__ == "__main__":
    main()
