"""Checks which roles the integration user has, and which of them running does not need."""

from __future__ import annotations

from typing import TYPE_CHECKING

from integration.operations.checking.verdict import Verdict, ok, warn
from servicenow_setup.rights import held
from servicenow_setup.roles import POWERS, roles, spare

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from integration.clients.servicenow.table import Table

SHOWN, SUBJECT = "own roles", "rights"
HIDDEN = "the instance shows no role of the integration user to it; an administrator sees them in its record"


def rights(
    table: Table, module_table: str, user_sys_id: str, lock: str, needed: Collection[str], *, sets_up: bool
) -> Iterator[Verdict]:
    """`lock`: the command that names what to take away. `sets_up`: the roles of the set-up are still needed.
    `needed` are those of integrations.
    """
    shown = held(table, user_sys_id)
    if not shown:
        yield warn(SHOWN, HIDDEN, "Compare them with docs/servicenow-setup.md.")
        return
    yield ok(SHOWN, f"{len(shown)} shown")
    for_set_up = roles(module_table, "rest")
    over = [role for role in spare(module_table, shown, needed) if not (sets_up and role in for_set_up)]
    for role in over:
        fix = f"Needed for the set-up only: {lock}" if role in for_set_up else "Take it from the user, or its group."
        yield warn(SUBJECT, f"{role}: {power(role)}", fix)
    if not over:
        worth = [f"{power(role)} ({role})" for role in sorted(shown) if role in POWERS]
        yield ok(SUBJECT, "; ".join(worth) or "records, and nothing that rules the instance")


def power(role: str) -> str:
    return f"it may {POWERS[role]}" if role in POWERS else "nothing here needs it"
