"""The webhook token in the instance.

A password column cannot be read back, so a mark of the token stands behind the record's user_name: twelve digits of
its SHA-256, from which a random token of 256 bits cannot be found.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from integration.servicenow.query import Query
from servicenow_setup.desired import CREDENTIAL_USER
from servicenow_setup.refusal import missing, naming_role

if TYPE_CHECKING:
    from servicenow_setup.actual import Client

TABLE = "discovery_credentials"


def mark_of(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()[:12]


def stored_mark(client: Client, prefix: str) -> str | None:
    """The mark of the token the instance was last given, "" if none was; None: there is no credential of ours."""
    found = _credential(client, prefix)
    return None if found is None else " ".join(found[1].split(" ")[2:])


def store_token(client: Client, prefix: str, token: str) -> None:
    """Safe to repeat. Raises `MissingRole` where the record is absent, hidden or not to be changed."""
    found = _credential(client, prefix)
    if found is None:
        raise missing(TABLE, "read")
    user_name = f"{CREDENTIAL_USER} {prefix} {mark_of(token)}"
    with naming_role(TABLE, "update", ("password",)):
        client.update(TABLE, found[0], {"password": token, "user_name": user_name})
    if stored_mark(client, prefix) != mark_of(token):
        raise missing(TABLE, "update", ("password", "user_name"))


def _credential(client: Client, prefix: str) -> tuple[str, str] | None:
    """(sys_id, user_name) of the deployment's credential."""
    asked = Query().starts_with("user_name", f"{CREDENTIAL_USER} {prefix}").order_by("sys_id")
    with naming_role(TABLE, "read"):
        records = client.query(TABLE, asked, fields=("sys_id", "user_name"))
    for record in records:
        if record.value("user_name").split(" ")[:2] == [CREDENTIAL_USER, prefix]:
            return record.sys_id, record.value("user_name")
    return None
