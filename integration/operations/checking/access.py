"""Checks that the integration user may read every table and API we use, one by one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from integration.clients.errors import Misconfigured, RemoteError
from integration.clients.servicenow import attachment
from integration.clients.servicenow.query import Query
from integration.clients.servicenow.table import Table, listed
from integration.operations.checking.queries import machine_access
from integration.operations.checking.verdict import Verdict, fail, ok
from servicenow_setup.columns import COLUMNS
from servicenow_setup.roles import ROLE_OF_TABLE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from integration.clients.servicenow.http import Http
    from mappers.mapping_rules import MappingRules

SUBJECT = "access"
OPTIONAL = frozenset({"sys_script_include"})
"""Where the instance closes it, the shared code stands in each rule."""


def access(http: Http, rules: MappingRules, *, sets_up: bool) -> Iterator[Verdict]:
    """`sets_up`: the tables of the set-up are needed, too."""
    table = Table(http)
    names = [rules.table, "sys_user", attachment.TABLE, *(COLUMNS if sets_up else ())]
    refused = {name: reason for name in names if (reason := _refused(table, name))}
    if reason := _api_refused(http):
        refused["attachment API"] = reason
    needed = {name: reason for name, reason in refused.items() if name not in OPTIONAL}
    for name, reason in needed.items():
        role = (
            f"Give it the role {ROLE_OF_TABLE[name]}; if it has it, " if name in ROLE_OF_TABLE else "Beside the roles "
        )
        yield fail(SUBJECT, f"{name} is closed: {reason}", f"{role}{machine_access(names)}")
    if not needed:
        yield ok(SUBJECT, f"{len(names) - len(refused)} tables and the attachment API answer")


def _refused(table: Table, name: str) -> str:
    try:
        table.query(name, Query().order_by("sys_id"), ["sys_id"], limit=1)
    except Misconfigured as error:
        return error.reason
    except RemoteError as error:
        return str(error)
    return ""


def _api_refused(http: Http) -> str:
    try:
        http.call("GET", attachment.BASE, "attachment", listed(Query(), (), 1))
    except RemoteError as error:
        return str(error)
    return ""
