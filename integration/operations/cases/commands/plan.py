"""`plan`: what a pass would do now to one pair, and why; or why it would do nothing."""

from __future__ import annotations

from typing import Any

import click

from integration.cases.declaration import CASES
from integration.operations.cases.planned import Planning
from integration.operations.deployment.account import open_account
from integration.operations.deployment.deployed import find
from integration.operations.terminal import options
from integration.operations.terminal.output import Output


@click.command()
@click.argument("record", metavar="CASE|INCIDENT")
@options.deployment
@options.as_json
def plan(record: str, as_json: bool, **where: Any) -> None:
    """Show what a pass would do now to one pair, step by step with reasons, or why it would do nothing.

    CASE is a case's id, INCIDENT a number or sys_id. Both sides are read with your own credentials and the
    integration's key; nothing is claimed and nothing is written. Fields, ids and states are shown, texts are not.

    \b
    Examples:
      ./deploy_integrations_solution.py plan 4567890123
      ./deploy_integrations_solution.py plan INC0010001 --json
    """
    output = Output(quiet=as_json)
    deployed = find(open_account(where["profile"], where["region"]), where["names"], CASES)
    with output.step("read both sides"):
        found = Planning(deployed).of(record)
    if as_json:
        output.document(found.as_json())
        return
    pair = " ⇄ ".join(filter(None, (found.case_id and f"case {found.case_id}", found.incident_number or found.sys_id)))
    output.result(f"{pair}: {found.said}" if pair else found.said)
    for number, sentence in enumerate(found.sentences, 1):
        output.result(f"{number:3}. {sentence}.")
