"""Why a setup could not be made, and who can do something about it.

    SetupError
    ├── BadSetting    a value of the deployment cannot be used
    ├── NoTable       the module's table is not there, or closed to the integration user
    ├── MissingRole   the instance refused, hid or silently dropped something: the integration user lacks a role
    └── NameTaken     somebody else's record has a name that scripts find ours by

Texts hold tables, columns, record names and roles; never values of columns, never a token.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


class SetupError(Exception):
    """Anything that an administrator must settle before the setup can be finished. Repeating it is safe."""


class BadSetting(SetupError):
    def __init__(self, name: str) -> None:
        super().__init__(f"{name} has a form that cannot be set up in ServiceNow")
        self.name = name


class NoTable(SetupError):
    """Rules on a table that does not exist would stand there and never run."""

    def __init__(self, table: str, reason: str) -> None:
        super().__init__(f"{table} cannot be used: {reason}. {MODULE_FIXES.get(table, GIVE_ROLE)}")
        self.table, self.reason = table, reason


GIVE_ROLE = "Give the integration user the roles of docs/servicenow-setup.md."
MODULE_FIXES = {
    "sn_si_incident": "Activate the plugin Security Incident Response (com.snc.security_incident) and give the user"
    " sn_si.analyst, or deploy with `--integration-module itsm`."
}


class MissingRole(SetupError):
    """`verb` is read, create, update or delete; `fields` are the columns that did not arrive, if the record did.

    `reason` is what the client made of the instance's refusal, in our own words.
    """

    def __init__(self, table: str, verb: str, role: str, fields: Sequence[str] = (), reason: str = "") -> None:
        what = f"{', '.join(fields)} of {table}" if fields else table
        super().__init__(
            f"The integration user may not {verb} {what}{f' ({reason})' if reason else ''}. Give it the role {role}"
            f"{SCRIPT_WRITER if 'script' in fields or 'condition' in fields else ''}, or import the update set of"
            " `setup-export` and deploy with `--setup update-set`."
        )
        self.table, self.verb, self.role, self.fields = table, verb, role, tuple(fields)


SCRIPT_WRITER = " (and, from Zurich on, a place in the group Conditional Script Writer)"


class NameTaken(SetupError):
    def __init__(self, table: str, name: str) -> None:
        super().__init__(f"{table} holds a record {name!r} that this deployment did not make. Rename or delete it.")
        self.table, self.name = table, name
