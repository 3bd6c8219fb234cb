"""cdk-nag over our stacks: what its packs find, each with the answer acknowledgements.py gives it."""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING, Any

from integration.operations.stacks.acknowledgements import acknowledge
from integration.operations.stacks.app import build, new_app

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from integration.operations.stacks.deployment import Deployment


def report(deployment: Deployment, folder: Path) -> dict[str, Any]:
    """Of the packs AwsSolutions and Serverless, run with our acknowledgements. Raises on anything left."""
    from aws_cdk import Validations
    from cdk_nag import AwsSolutionsChecks, ServerlessChecks

    app = new_app(str(folder))
    Validations.of(app).add_plugins(AwsSolutionsChecks(app), ServerlessChecks(app))
    acknowledge(build(app, deployment), deployment.names)
    app.synth()
    told: dict[str, Any] = json.loads((folder / "validation-report.json").read_text())
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
