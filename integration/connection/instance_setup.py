"""Sets up the instance, or removes our records from it, for each kind of request."""

from __future__ import annotations

from typing import TYPE_CHECKING

from integration.clients.errors import RemoteError
from servicenow_setup.apply import apply, remove
from servicenow_setup.credential import mark_of, store_token, stored_mark
from servicenow_setup.errors import SetupError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from aws_lambda_powertools import Logger

    from integration.connection.wiring import Connection
    from servicenow_setup.actual import Client
    from servicenow_setup.changes import Changes
    from servicenow_setup.settings import SetupSettings

EXPECTED = (SetupError, RemoteError)
"""Failures whose text is fit for CloudFormation's events: it names tables, roles and settings, never values."""


def set_up(connection: Connection, former_instance: str, log: Logger) -> dict[str, str]:
    """Everything as desired, the token last; then nothing of ours in the instance used before. What was done."""
    client = connection.table(connection.settings.instance)
    changes = apply(client, connection.setup, restore_rules=bool(connection.values.get("restore_rules")))
    _tell(changes, log)
    tokens = connection.webhook_token.read()
    known = {mark_of(version.token) for version in (tokens.current, tokens.pending) if version}
    if stored_mark(client, connection.setup.prefix) not in known:
        store_token(client, connection.setup.prefix, tokens.current.token)
    if former_instance and former_instance != connection.settings.instance:
        tear_down(connection.table, connection.setup, former_instance, log)
    return {"Written": str(len(changes.writes)), "Kept": str(len(changes.kept))}


def tear_down(table: Callable[[str], Client], setup: SetupSettings, instance: str, log: Logger) -> str:
    """Removes everything of ours; if that fails, says so and lets the stack go on. Empty, or the warning.

    An instance that is gone, or a user whose roles were taken away first, must not keep a stack from being deleted.
    The rules left behind call an address that no longer exists.
    """
    try:
        changes = remove(table(instance), setup)
    except EXPECTED as error:
        warning = f"records named {setup.prefix} may be left in ServiceNow: {error}"
        log.warning("not removed", extra={"instance": instance, "reason": str(error), "next": "delete them by prefix"})
        return warning
    log.info("removed", extra={"instance": instance, "count": len(changes.writes)})
    return ""


def former_instance(event: Mapping[str, Mapping[str, str]]) -> str:
    """The instance this stack set up before, if an update names another one."""
    before = event.get("OldResourceProperties", {}).get("Instance", "")
    return before if before != event.get("ResourceProperties", {}).get("Instance", "") else ""


def _tell(changes: Changes, log: Logger) -> None:
    """Names of records and columns only; a filter or a script may quote a customer's words."""
    log.info("set up", extra={"writes": len(changes.writes), "count": len(changes.kept)})
    for change in changes.writes:
        if change.verb == "update":
            what = f"{change.name}: {', '.join(change.fields or ())}"
            log.warning("a record differed and was restored", extra={"table": change.table, "what": what})
    for change in changes.left_out:
        what = f"{change.name}: {change.without}"
        log.warning("the instance refuses a record; all else works", extra={"table": change.table, "what": what})
    for kept in changes.kept:
        log.warning("a rule was changed in the instance and is kept", extra={"what": f"{kept.found.name} {kept.field}"})
    for found in changes.foreign:
        log.warning("somebody else's record bears a name of ours", extra={"table": found.table, "sys_id": found.sys_id})
