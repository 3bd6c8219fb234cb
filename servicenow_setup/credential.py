"""Stores the webhook token in the instance, and tells which one is stored.

A password column cannot be read back in clear, so a mark of the token stands behind the record's user_name: seven
digits of its SHA-256, from which a random token of 256 bits cannot be found. It is written last, once the token is
known to lie there encrypted; without it a repeat hands the token over again.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from servicenow_setup.actual import credential_query, credential_values
from servicenow_setup.apply import create
from servicenow_setup.desired import CREDENTIAL_USER, credential
from servicenow_setup.errors import NotEncrypted
from servicenow_setup.missing_role import missing, naming_role
from servicenow_setup.settings import credential_name

if TYPE_CHECKING:
    from servicenow_setup.actual import Client

TABLE = "discovery_credentials"
EMPTY, CLEAR = "did not take the token", "took the token in clear, so it was deleted"


def mark_of(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()[:7]


def stored_mark(client: Client, prefix: str) -> str | None:
    """The mark of the token the instance was last given, "" if none was; None: there is no credential of ours."""
    found = _credential(client, prefix)
    return None if found is None else " ".join(found[1].split(" ")[2:])


def store_token(client: Client, prefix: str, token: str) -> None:
    """Makes the credential where there is none. Safe to repeat. Raises `SetupError` where it does not arrive."""
    found = _credential(client, prefix)
    wanted = credential(prefix)
    sys_id = found[0] if found else create(client, wanted, wanted.values)
    write_encrypted(client, sys_id, prefix, token)
    with naming_role(TABLE, "update", ("user_name",)):
        client.update(TABLE, sys_id, {"user_name": f"{CREDENTIAL_USER} {prefix} {mark_of(token)}"})
    if stored_mark(client, prefix) != mark_of(token):
        raise missing(TABLE, "update", ("user_name",))


def write_encrypted(client: Client, sys_id: str, prefix: str, token: str) -> None:
    """Writes a password and reads it back raw. What stands there in clear, or empty, raises `NotEncrypted`.

    Without `sysparm_input_display_value=true` instances do not encrypt (Table API, PATCH). A column that is hidden
    from us is taken as it is: nobody can tell, and an event of the instance will.
    """
    values = {"password": token, "user_name": f"{CREDENTIAL_USER} {prefix}"}
    with naming_role(TABLE, "update", tuple(values)):
        client.update(TABLE, sys_id, values, displayed=True)
    with naming_role(TABLE, "read"):
        record = client.get(TABLE, sys_id, fields=("sys_id", "password"))
    if record is None:
        raise missing(TABLE, "read")
    if not record.has("password"):
        return
    if not (record.value("password") or record.label("password")):
        raise NotEncrypted(EMPTY, credential_name(prefix))
    if token in (record.value("password"), record.label("password")):
        with naming_role(TABLE, "delete"):
            client.delete(TABLE, sys_id)
        raise NotEncrypted(CLEAR, credential_name(prefix))


def _credential(client: Client, prefix: str) -> tuple[str, str] | None:
    """(sys_id, user_name) of the deployment's credential."""
    with naming_role(TABLE, "read"):
        query = credential_query(prefix).order_by("sys_id")
        records = client.query(TABLE, query, fields=("sys_id", "name", "user_name"))
    for record in records:
        values = {name: record.value(name) for name in ("name", "user_name")}
        if credential_values(values, prefix):
            return record.sys_id, values["user_name"]
    return None
