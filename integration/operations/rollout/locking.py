"""Reduces roles after the set-up: names those the integration user needs no more, and checks that they are gone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from integration.clients.errors import RemoteError
from integration.clients.servicenow.table import Table
from integration.declaration import roles_of
from integration.operations.checking.rights import HIDDEN, power
from integration.operations.checking.setup_tables import still_open
from integration.operations.checking.verdict import Verdict, fail, ok, warn
from integration.operations.deployment.deployed import deploying, find
from servicenow_setup.rights import held
from servicenow_setup.roles import spare

if TYPE_CHECKING:
    from collections.abc import Iterator

    from integration.names import Names
    from integration.operations.deployment.account import Account
    from integration.operations.deployment.deployed import Deployed
    from integration.operations.terminal.output import Output

ROLES, WRITES = "roles", "writes"


def lock(account: Account, names: Names, output: Output, *, yes: bool) -> tuple[Verdict, ...]:
    """Names them, waits where somebody sits at a terminal, and asks the instance anew. Raises `Failure`."""
    deployed = find(account, names)
    shown = held(Table(deployed.connection.http), deployed.connection.settings.user_sys_id)
    over = spare(deployed.cases.rules.table, shown, roles_of(deployed.integrations))
    if over:
        output.say("Running needs none of these. Take them from the integration user, or from its group:")
        for role in over:
            output.say(f"  {role}: {power(role)}")
        output.sure_if_asked("Are they gone?", yes=yes)
    verdicts = tuple(_asked_anew(deployed))
    for each in verdicts:
        output.verdict(each.subject, each.state, each.told, each.fix)
    output.result("A change of the rules, and `destroy`, want the roles of the set-up back for their run.")
    return verdicts


def _asked_anew(deployed: Deployed) -> Iterator[Verdict]:
    """Its roles, and a trial: what a role of another name, or an access rule, opens is found by writing only."""
    again = deploying(deployed, "… --lock")
    table, user = deployed.cases.rules.table, deployed.connection.settings.user_sys_id
    try:
        shown = held(Table(deployed.connection.http), user)
        taken = still_open(deployed.connection.http, table, user)
    except RemoteError as error:
        yield fail(ROLES, f"the instance cannot be asked: {error}", again)
        return
    over = spare(table, shown, roles_of(deployed.integrations))
    for role in over:
        yield fail(ROLES, f"{role} is still there: {power(role)}", f"Take it away, then {again}")
    if not shown:
        yield warn(ROLES, HIDDEN, "Compare them with docs/servicenow-setup.md; the trial below counts.")
    elif not over:
        yield ok(ROLES, "what is left is needed to run")
    for name in taken:
        yield fail(WRITES, f"{name} takes a record of this user", f"Take its right away, then {again}")
    if not taken:
        yield ok(WRITES, "rules, scripts and REST messages are refused to this user")
