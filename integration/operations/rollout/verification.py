"""The checks after a deployment: pings the webhook and compares ServiceNow with what should stand there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from integration import names as n
from integration.clients.errors import RemoteError
from integration.clients.servicenow.table import Table
from integration.operations.checking import event
from integration.operations.checking.deployment_side import setup
from integration.operations.checking.probe import travels
from integration.operations.checking.verdict import Verdict, skip
from integration.operations.checking.webhook import webhook
from integration.operations.deployment.deployed import deploying, find
from integration.operations.deployment.receivers import alarms, confirm_command
from integration.operations.rollout.drift import setup_plan
from integration.operations.terminal.failure import Failure
from integration.operations.terminal.output import command
from integration.registry import DEFAULT
from servicenow_setup.desired import desired
from servicenow_setup.errors import SetupError
from servicenow_setup.settings import SetupSettings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from integration.operations.checking.sign_in import Credentials
    from integration.operations.deployment.account import Account
    from integration.operations.deployment.deployed import Deployed
    from integration.operations.deployment.request import Request
    from integration.operations.terminal.output import Output


def verified(request: Request, account: Account, output: Output) -> tuple[str, tuple[Verdict, ...]]:
    """The webhook's address, and what was found. What cannot be looked at from here is said, not raised."""
    deployed = find(account, request.names)
    url = deployed.environment[n.ENV_WEBHOOK_URL]
    verdicts: list[Verdict] = []
    with output.step("verify"):
        try:
            verdicts.extend(_looked_at(deployed, request))  # those before a failure are kept
        except RemoteError as error:
            output.warn(f"deployed, but not all of it could be looked at: {error}")
    for each in verdicts:
        output.verdict(each.subject, each.state, each.told, each.fix)
    _closing_words(request, deployed, output)
    _told_of_alarms(request, account, output)
    return url, tuple(verdicts)


def setup_lines(request: Request, account: Account | None, credentials: Credentials) -> Iterator[str]:
    """What would be done in ServiceNow, line by line. Before the first deployment the prefix is not known yet."""
    if request.setup != "rest":
        return
    try:
        deployed = find(account, request.names) if account else None
    except Failure:
        deployed = None
    if deployed is None:
        sample = SetupSettings(
            prefix="PREFIX", owner="o", table=request.module.table, webhook_url="https://example.com/",
            user_sys_id=request.user_sys_id, incident_filter=request.incident_filter,
        )  # fmt: skip
        yield from (f"create {record.table} {record.name!r}" for record in desired(sample).records)
        return
    try:
        yield from setup_plan(request, deployed, Table(credentials.http())).lines()
    except (RemoteError, SetupError) as error:
        yield f"ServiceNow could not be compared: {error}"


def _looked_at(deployed: Deployed, request: Request) -> Iterator[Verdict]:
    name = request.names.name
    yield webhook(deployed.environment[n.ENV_WEBHOOK_URL], deployed.connection.webhook_token.read().current.token, name)
    if request.setup == "rest":
        yield from setup(Table(deployed.connection.http), deployed.connection.setup, deploying(deployed))
        ear = event.listening(deployed)
        if isinstance(ear, Verdict):
            yield ear
        else:
            yield from travels(deployed.connection.http, deployed.cases.rules, ear)
    elif request.setup == "update-set":
        yield skip(event.SUBJECT, f"{command('check', name)} waits for one, once the update set is imported")


def _closing_words(request: Request, deployed: Deployed, output: Output) -> None:
    name = request.names.name
    output.result(f"Deployed. The webhook is {deployed.environment[n.ENV_WEBHOOK_URL]}")
    if not deployed.connection.values.get("instance_name"):
        output.result("Events of any instance_name count, since the instance did not tell its own.")
    if request.setup == "update-set":
        output.result(f"Next: {command('setup-export', name, '> update-set.xml')}, and import it.")
    if any(each.key in DEFAULT for each in deployed.integrations):
        output.result(f"New incidents and cases are in step within minutes: {command('status', name)}")


def _told_of_alarms(request: Request, account: Account, output: Output) -> None:
    try:
        found = alarms(account, request.names)
    except RemoteError as error:
        output.warn(f"who is told of alarms could not be looked at: {error}")
        return
    for address in found.pending:
        output.warn(f"{address} is told of no alarm yet. {confirm_command(account, request.names, address)}")
    if found.listening:
        output.result(f"Told of alarms: {', '.join(found.listening)}.")
