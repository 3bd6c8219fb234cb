"""Compares the instance's own name (`instance_name`, sent with every event) with the one deployed.

A clone answers under its own address and may go by the name of what it was copied from.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from integration.clients.errors import RemoteError
from integration.clients.servicenow.query import Query
from integration.operations.checking.verdict import Verdict, fail, ok, skip, warn
from integration.operations.deployment.deployed import deploying
from integration.operations.deployment.request import name_in

if TYPE_CHECKING:
    from integration.clients.servicenow.table import Table
    from integration.operations.deployment.deployed import Deployed

SUBJECT = "instance name"


def own_name(table: Table) -> str:
    """Empty: hidden, as it is from most users, or out of reach from here."""
    try:
        found, _ = table.first_page("sys_properties", Query().equals("name", "instance_name"), ["name", "value"], 1)
    except RemoteError:
        return ""
    return found[0].get("value") or "" if found else ""


def named_as_expected(name: str, instance: str, deployed: Deployed | None) -> Verdict:
    """`instance` is an id or address. Events of the name that is deployed count, and of no other."""
    address, expected = (
        name_in(instance),
        str(deployed.connection.values.get("instance_name") or "") if deployed else "",
    )
    if not name:
        return skip(SUBJECT, "the property instance_name cannot be read by this user")
    if deployed and expected and name.lower() != expected.lower():
        told = f"it calls itself {name!r}, and {expected!r} is deployed: its events are ignored"
        again = deploying(deployed)
        return fail(SUBJECT, told, f"{again} if this is the right instance; a clone should have its rules removed.")
    if address and name.lower() != address:
        told = f"{address} calls itself {name!r}: it may be a clone of that"
        return warn(SUBJECT, told, "See that --instance-id is the one you mean; set its property instance_name.")
    return ok(SUBJECT, f"it calls itself {name!r}")
