"""Checks what the integration user may read: its own record, the table, journals, attachments."""

from __future__ import annotations

from typing import TYPE_CHECKING

from integration.cases.instance_side import CANARIES, COLUMNS
from integration.clients.errors import Misconfigured, RemoteError
from integration.clients.servicenow.query import Query
from integration.clients.servicenow.table import Table
from integration.operations.checking.verdict import Verdict, fail, ok, skip, warn
from servicenow_setup.roles import roles

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from integration.clients.servicenow.http import Http
    from mappers.mapping_rules import MappingRules

JOURNAL, ATTACHMENTS = "sys_journal_field", "sys_attachment"


def reads(http: Http, rules: MappingRules, user_sys_id: str, *, records: bool = True) -> Iterator[Verdict]:
    """Stops after a client that is securely scoped: nothing else can be told then. `records`: those of cases, too."""
    table = Table(http)
    needed = ", ".join(roles(rules.table, "update-set", optional=False)) or "a role for its table"
    try:
        user = table.get("sys_user", user_sys_id, ["user_name", "active"])
    except Misconfigured as error:
        if "securely scoped" in error.reason:
            yield fail("scope", error.reason, "Add the auth scope useraccount to the OAuth registration.")
            return
        yield fail("user", error.reason, f"Give the integration user {needed}.")
    except RemoteError as error:
        yield fail("user", str(error), "Try again.")
        return
    else:
        yield _user(user.get("user_name", "") if user else None)
    if not records:
        return
    yield from _tried("table", f"reads {rules.table}", f"Give it the role {needed}.", lambda: _table(table, rules))
    yield from _tried(
        "journal", "reads comments and work notes", f"Let it read {JOURNAL} rows of {rules.table}.",
        lambda: _journal(table, rules),
    )  # fmt: skip
    yield from _tried(
        "attachments", "reads attachments", f"Let it read {ATTACHMENTS}.", lambda: _attachments(table, rules)
    )


def _user(user_name: str | None) -> Verdict:
    if user_name is None:
        return fail("user", "the user cannot read its own sys_user record", "Give it the role snc_internal.")
    if not user_name:
        return fail("user", "the user may not read its own user_name", "Let it read sys_user.user_name.")
    return ok("user", user_name)


def _tried(subject: str, what: str, fix: str, attempt: Callable[[], Verdict | None]) -> Iterator[Verdict]:
    try:
        yield attempt() or ok(subject, what)
    except Misconfigured as error:
        yield fail(subject, error.reason, fix)
    except RemoteError as error:
        yield fail(subject, str(error), fix)


def _table(table: Table, rules: MappingRules) -> Verdict | None:
    columns = (*COLUMNS, *rules.columns)
    found, _ = table.first_page(rules.table, Query().descending_by("sys_created_on"), columns, CANARIES)
    if not found:
        return warn("table", f"no record of {rules.table} is visible: empty, or hidden", "The probe tells which.")
    missing = [name for name in columns if not found[0].has(name)]
    if missing:
        return fail(
            "table",
            f"{rules.table} shows no column {', '.join(missing)}",
            "Let the integration user read it, or take it out of the mapping.",
        )
    return None


def _journal(table: Table, rules: MappingRules) -> Verdict | None:
    query = Query().equals("name", rules.table).is_in("element", ["comments", "work_notes"])
    try:
        if table.first_page(JOURNAL, query, ["element", "sys_created_on"])[0]:
            return None
    except Misconfigured:
        return skip("journal", f"{JOURNAL} is closed; the probe tells whether records display theirs")
    return skip("journal", "no entry is visible: there is none, or they are hidden; the probe tells which")


def _attachments(table: Table, rules: MappingRules) -> Verdict | None:
    table.first_page(ATTACHMENTS, Query().equals("table_name", rules.table), ["file_name"], 1)
    return None
