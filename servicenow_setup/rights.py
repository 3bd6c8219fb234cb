"""Reads the integration user's roles, as far as the instance shows them to it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from integration.clients.errors import Misconfigured
from integration.clients.servicenow.errors import TokenRefused
from integration.clients.servicenow.query import Query

if TYPE_CHECKING:
    from collections.abc import Mapping

    from servicenow_setup.actual import Client

TABLE = "sys_user_has_role"


def held(client: Client, user_sys_id: str) -> Mapping[str, bool]:
    """Role -> whether it came with another role or with a group. Empty: the instance does not show them."""
    try:
        rows = client.query(TABLE, Query().equals("user", user_sys_id), ["role", "inherited", "state"])
    except TokenRefused:
        raise
    except Misconfigured:
        return {}
    given: dict[str, bool] = {}
    for row in rows:
        if row.get("state", "active") == "active" and row.has("role"):
            name = row.label("role")
            given[name] = row.get("inherited", "") == "true" and given.get(name, True)
    return given
