"""Errors of the set-up, by who can do something about them.

    SetupError
    ├── BadSetting    a value of the deployment cannot be used
    ├── NoTable       the module's table is not there, or closed to the integration user
    ├── MissingRole   access rules of the instance refused, hid or silently dropped something
    ├── Declined      something else in the instance refused a record: a business rule, a data policy
    ├── Cut           a column of the instance holds fewer characters than we need
    ├── NotEncrypted  the token did not arrive, or would have stood there in clear
    └── NameTaken     somebody else's record has a name that scripts find ours by

Texts hold tables, columns, record names and roles; never values of columns, never a token.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


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
        writer = SCRIPT_WRITER if {"script", "condition"} & set(fields) else ""
        super().__init__(
            f"The integration user may not {verb} {what}{f' ({reason})' if reason else ''}. Give it the role {role}"
            f"{writer}; if it has it, the access rules in docs/servicenow-setup.md#access-rules;"
            f" {_otherwise(table, verb)}."
        )
        self.table, self.verb, self.role, self.fields = table, verb, role, tuple(fields)


SCRIPT_WRITER = " (and, from Zurich on, a place in the group Conditional Script Writer)"
LOOK = "*System Logs > Errors* tells which."


def _otherwise(table: str, verb: str) -> str:
    if verb == "delete":
        return "or delete our records by their prefix"
    if table == "discovery_credentials":
        return "or make the credential by hand, as the same page says"
    return "or import the update set of `setup-export` and deploy with `--setup update-set`"


class Locked(SetupError):
    """The roles of the set-up were taken away after it, so its records may stand there and nobody sees them."""

    def __init__(self) -> None:
        super().__init__(
            "The integration user sees no record of the set-up, and has no role for them any more."
            " Give it the roles of the set-up for this run (docs/servicenow-setup.md)."
        )


class Declined(SetupError):
    """The instance's own words are not repeated: they may quote a record."""

    def __init__(self, table: str, verb: str, role: str) -> None:
        super().__init__(
            f"The instance refused to {verb} a record of {table}, and not as it does for a missing role: a business"
            f" rule or a data policy of yours may stand against it. {LOOK} If it is an access rule: role {role};"
            f" {_otherwise(table, verb)}."
        )
        self.table, self.verb = table, verb


class Cut(SetupError):
    """`kept`: column → how many characters are left of what was sent."""

    def __init__(self, table: str, kept: Mapping[str, int]) -> None:
        cut = ", ".join(f"{name} was cut to {length} characters by the instance" for name, length in kept.items())
        super().__init__(
            f"{table}: {cut}, so that scripts would not work. Widen the column (*System Definition > Dictionary*)."
        )
        self.table, self.kept = table, dict(kept)


class NotEncrypted(SetupError):
    """Nothing of the token is left in the instance when this is raised."""

    def __init__(self, what: str, name: str) -> None:
        super().__init__(
            f"The password of the credential {name!r} {what}. Enter the webhook token there by hand"
            " (docs/servicenow-setup.md#the-credential-by-hand); until then changes are found by the sweep."
        )
        self.name = name


class NameTaken(SetupError):
    def __init__(self, table: str, name: str) -> None:
        super().__init__(f"{table} holds a record {name!r} that this deployment did not make. Rename or delete it.")
        self.table, self.name = table, name
