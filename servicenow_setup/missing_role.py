"""Turns a refusal of the instance into the role that is missing, or says that it is none."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from integration.clients.errors import Misconfigured, Refused
from integration.clients.servicenow.errors import TokenRefused
from integration.clients.servicenow.query import Query
from servicenow_setup.errors import Declined, MissingRole, NoTable
from servicenow_setup.roles import role_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from servicenow_setup.actual import Client


_OF_AN_ACL = ("acl ", "security constraints", "not authorized", "insufficient rights")
"""How instances word that access rules refused a write; other refusals are of business rules and data policies."""


def missing(table: str, verb: str, fields: Sequence[str] = (), reason: str = "") -> MissingRole:
    return MissingRole(table, verb, role_of(table), fields, reason)


def sign_in(client: Client, user_sys_id: str) -> None:
    """The first call. What fails here is no question of a table's role: log-in, scope of the client, instance down."""
    client.get("sys_user", user_sys_id, fields=("sys_id",))


def module_table(client: Client, table: str) -> None:
    """Raises `NoTable`. Rows that are hidden are no reason: an empty answer is a good one."""
    try:
        client.first_page(table, Query(), ("sys_id",), 1)
    except TokenRefused:
        raise
    except Misconfigured as error:
        raise NoTable(table, error.reason) from error


@contextmanager
def naming_role(table: str, verb: str, fields: Sequence[str] = ()) -> Iterator[None]:
    """A refused log-in is no question of roles and passes through, as does an instance that does not answer."""
    try:
        yield
    except TokenRefused:
        raise
    except Misconfigured as error:
        raise missing(table, verb, fields, error.reason) from error
    except Refused as error:
        if any(words in error.reason.lower() for words in _OF_AN_ACL):
            raise missing(table, verb, fields) from error
        raise Declined(table, verb, role_of(table)) from error
