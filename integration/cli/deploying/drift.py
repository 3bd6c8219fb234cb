"""Whether ServiceNow no longer holds what was deployed: a clone came over it, or somebody deleted a rule.

CloudFormation asks the set-up function again only where a property of the resource changes, and nothing on AWS did.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from integration.aws.errors import AwsError
from integration.cli.deployed import find
from integration.cli.failure import Failure
from integration.servicenow.errors import ServiceNowError
from integration.servicenow.table import Table
from servicenow_setup.apply import plan
from servicenow_setup.credential import mark_of, stored_mark
from servicenow_setup.errors import SetupError

if TYPE_CHECKING:
    from integration.cli.account import Account
    from integration.cli.checking.sign_in import Credentials
    from integration.cli.deploying.request import Request


def drifted(request: Request, account: Account | None, credentials: Credentials) -> bool:
    """False, too, where nothing is deployed yet or the instance cannot be looked at from here."""
    if account is None or request.setup != "rest":
        return False
    try:
        deployed = find(account, request.names)
        table, tokens = Table(credentials.http()), deployed.webhook_token.read()
        wanted = replace(
            deployed.setup,
            table=request.module.table,
            user_sys_id=request.user_sys_id,
            incident_filter=request.incident_filter,
        )
        known = {mark_of(token) for token in tokens.accepted}
        differs = bool(plan(table, wanted, restore_rules=request.restore_rules).writes)
        return differs or stored_mark(table, wanted.prefix) not in known
    except (Failure, AwsError, SetupError, ServiceNowError):
        return False
