"""Users of an instance: our own names, and who has which e-mail address."""

from __future__ import annotations

from typing import TYPE_CHECKING

from integration.clients.errors import Misconfigured
from integration.clients.servicenow.errors import SYSTEM
from integration.clients.servicenow.query import LIST_MOST, Query, can_be_listed
from integration.clients.servicenow.table import Table, is_sys_id

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence


class InstanceUsers:
    """`own`: sys_id of the integration user, as configured. What was read is kept as long as the container."""

    def __init__(self, table: Table, own: str) -> None:
        self._table, self._own = table, own
        self._names: tuple[str, str] | None = None
        self._emails: dict[str, str] = {}

    def by_email(self, emails: Sequence[str]) -> Mapping[str, str]:
        """Two active users with one address are nobody: the plain address stays, as does one nobody can ask for."""
        by_email: dict[str, list[str]] = {}
        for some in _in_lists([email for email in emails if can_be_listed(email)]):
            query = Query().is_in("email", some).equals("active", "true")
            for record in self._table.query("sys_user", query, ["email", "active"]):
                by_email.setdefault(record.value("email").strip().lower(), []).append(record.sys_id)
        return {email: ids[0] for email in emails if len(ids := by_email.get(email.lower(), [])) == 1}

    def own_names(self) -> tuple[str, str]:
        """User name and displayed name, read once; only the sys_id is configured."""
        if self._names is None:
            user = self._table.get("sys_user", self._own, ["user_name", "name"])
            if user is None:
                raise Misconfigured(SYSTEM, "the integration user cannot read its own sys_user record")
            self._names = user.value("user_name"), user.get("name", "")
        return self._names

    def addresses(self, listed: Sequence[str]) -> Mapping[str, str]:
        """E-mail addresses of the users that a watch list names; each is looked up once per container.

        Who is not shown is left out, as is what cannot be a sys_id. A column nobody's row shows is the set-up's.
        """
        members = [member for member in listed if is_sys_id(member)]
        for some in _in_lists([member for member in members if member not in self._emails]):
            found = self._table.query("sys_user", Query().is_in("sys_id", some), ["sys_id", "email"])
            if found and not any(user.has("email") for user in found):
                raise Misconfigured(SYSTEM, "sys_user shows no column email: the integration user may not read it")
            self._emails |= dict.fromkeys(some, "") | {user.sys_id: user.get("email", "").strip() for user in found}
        return {member: self._emails[member] for member in members if self._emails[member]}


def _in_lists(values: Sequence[str]) -> Iterator[Sequence[str]]:
    return (values[start : start + LIST_MOST] for start in range(0, len(values), LIST_MOST))
