"""`change deploy`: the gate that answers waiting pipelines, beside what is deployed or by itself."""

from __future__ import annotations

from typing import Any

import click

from integration.changes.declaration import CHANGES
from integration.operations.rollout.command import carry_out
from integration.operations.terminal import options


@click.command()
@options.credentials(required=True)
@options.signing_key
@options.log_level
@options.gate
@options.of_connection
@options.guardrails
@options.deploying
def deploy(**given: Any) -> None:
    """Deploy the gate: it answers pipelines that wait for a change, with no runner held. Safe to repeat.

    Needs an AWS account, unlike the rest of `change`. It works beside the sync of cases and without it; what is
    deployed already stays as it is. docs/changes/gate.md says how each CI system is told of it.

    \b
    Examples:
      ./deploy_integrations_solution.py change deploy --instance-id dev12345 --client-id abc123 \\
          --client-secret @secret.txt --user-sys-id 8b3fede183cbfe90e020f7a6feaad387 \\
          --private-key-path private.key --integration-module itsm --gate-answers-to api.github.com
    """
    carry_out(given, (CHANGES.key,))
