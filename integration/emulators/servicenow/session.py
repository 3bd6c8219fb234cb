"""The session of a caller: a user with the roles they hold."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from .roles import closure

if TYPE_CHECKING:
    from .store import Row, Store


@dataclass(frozen=True)
class Session:
    """A user (a sys_user row) and all roles they hold, contained ones included.

    A `trusted` session is the platform's own (scripts, seeds): access rules do not apply to it. `on_form`: a person
    at a form, not a call of a REST API. `moved`: the changes whose state it has written.
    """

    user: Row = field(default_factory=dict)
    roles: frozenset[str] = frozenset()
    trusted: bool = False
    on_form: bool = False
    moved: set[str] = field(default_factory=set)

    @property
    def user_name(self) -> str:
        return self.user.get("user_name", "system")

    @property
    def user_id(self) -> str:
        return self.user.get("sys_id", "")

    @property
    def is_admin(self) -> bool:
        return self.trusted or "admin" in self.roles


SYSTEM = Session(trusted=True)


def granted_roles(store: Store, user_id: str) -> frozenset[str]:
    """Names of the roles a user holds by sys_user_has_role, and all that these contain."""
    names = set()
    for grant in store.find("sys_user_has_role", user=user_id):
        role = store.row("sys_user_role", grant.get("role", ""))
        if role is not None:
            names.add(role["name"])
    return closure(names)


def session_of(store: Store, user: Row, *, trusted: bool = False, on_form: bool = False) -> Session:
    return Session(user, granted_roles(store, user["sys_id"]), trusted, on_form)


def session_for(store: Store, user_name: str, *, trusted: bool = False) -> Session | None:
    """None when there is no such user."""
    users = store.find("sys_user", user_name=user_name)
    return session_of(store, users[0], trusted=trusted) if users else None
