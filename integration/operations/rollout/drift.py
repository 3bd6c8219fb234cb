"""Detects that ServiceNow no longer holds what was deployed: after a clone, or where somebody deleted a rule.

CloudFormation asks the set-up function again only where a property of the resource changes, and nothing on AWS did.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from integration.clients.errors import RemoteError
from integration.clients.servicenow.table import Table
from integration.operations.deployment.deployed import find
from integration.operations.terminal.failure import Failure
from servicenow_setup.apply import plan
from servicenow_setup.credential import mark_of, stored_mark
from servicenow_setup.errors import SetupError

if TYPE_CHECKING:
    from integration.operations.checking.sign_in import Credentials
    from integration.operations.deployment.account import Account
    from integration.operations.deployment.deployed import Deployed
    from integration.operations.deployment.request import Request
    from servicenow_setup.changes import Changes


def drifted(request: Request, account: Account | None, credentials: Credentials) -> bool:
    """False, too, where nothing is deployed yet or the instance cannot be looked at from here."""
    if account is None or request.setup != "rest":
        return False
    try:
        deployed, table = find(account, request.names), Table(credentials.http())
        known = {mark_of(token) for token in deployed.connection.webhook_token.read().accepted}
        differs = any(not change.without for change in setup_plan(request, deployed, table).writes)
        return differs or stored_mark(table, deployed.connection.setup.prefix) not in known
    except (Failure, RemoteError, SetupError):
        return False


def setup_plan(request: Request, deployed: Deployed, table: Table) -> Changes:
    """What this run would write in ServiceNow. Raises `RemoteError`, `SetupError`."""
    wanted = replace(
        deployed.connection.setup,
        table=request.module.table,
        user_sys_id=request.user_sys_id,
        incident_filter=request.incident_filter,
    )
    return plan(table, wanted, restore_rules=request.restore_rules)
