"""Takes away all the kit ever made in the instance: by the ledger, by the mark, by the set-up's own marks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import requests

from integration.clients.errors import RemoteError
from integration.clients.servicenow.table import Table
from integration.operations.checking.probe import CANCELLED
from integration.operations.checking.verdict import Verdict, fail, ok, warn
from servicenow_setup.apply import remove
from servicenow_setup.errors import SetupError
from tests.real.given import MARK, MARKED, Given
from tests.real.parts import setup_settings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.real.administrator import Administrator
    from tests.real.wire import Ledger

SUBJECT = "taken away"


def cleaned(given: Given, instance: str, admin: Administrator, ledger: Ledger) -> Iterator[Verdict]:
    """`instance`: its own address, for links. What stays stays in the ledger, too, for the next run."""
    table = given.module.table
    try:
        remove(Table(given.credentials.http()), setup_settings(given))
    except (SetupError, RemoteError) as error:
        yield warn(SUBJECT, f"the set-up's own removal: {error}", "What it made is deleted one by one.")
    try:
        for sys_id in marked(admin, table):
            ledger.add(table, sys_id)
        entries = ledger.entries()
        left = [entry for entry in reversed(entries) if not _gone(admin, *entry)]
    except requests.RequestException as error:
        yield fail(SUBJECT, f"broken off ({type(error).__name__}); {ledger.path} names what is left", "Run it again.")
        return
    ledger.keep_only(left[::-1])
    for name, sys_id in left:
        _closed(admin, given, name, sys_id)
        told = f"the instance does not let go {name} {sys_id}; incidents among them are closed and bear the mark {MARK}"
        yield warn(SUBJECT, told, f"Delete {instance}/nav_to.do?uri={name}.do?sys_id={sys_id}")
    yield ok(SUBJECT, f"{len(entries) - len(left)} of {len(entries)} records that were made are gone")


def marked(admin: Administrator, table: str) -> list[str]:
    """Each row is looked at: an instance that leaves a term of a query out answers with everything."""
    rows = admin.rows(table, MARKED, "short_description,correlation_display")
    return [
        row["sys_id"] for row in rows if row["short_description"].startswith(MARK) or row["correlation_display"] == MARK
    ]


def _gone(admin: Administrator, table: str, sys_id: str) -> bool:
    path = f"/api/now/table/{table}/{sys_id}"
    admin.call("DELETE", path)
    return admin.call("GET", path, params={"sysparm_fields": "sys_id"}).status_code == 404


def _closed(admin: Administrator, given: Given, table: str, sys_id: str) -> None:
    if table == given.module.table:
        closing = {"state": CANCELLED[given.module], "correlation_display": MARK, "close_notes": MARK}
        admin.call("PATCH", f"/api/now/table/{table}/{sys_id}", json=closing)
