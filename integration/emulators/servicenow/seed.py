"""What an instance holds: people, roles, groups, choices, properties, the dictionary; of work, what closed long ago."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from .choices import CHOICES, SIR_CLOSE_CODES
from .roles import KNOWN
from .side_effects import describe

if TYPE_CHECKING:
    from .instance import Instance

ADMIN_ID = "6816f79cc0a8016401c5a33be04be441"
"""sys_id of `admin` on every instance."""
PEOPLE: list[tuple[str, str, str, tuple[str, ...]]] = [
    # user_name, first name, last name, roles
    ("admin", "System", "Administrator", ("admin",)),
    ("beth.anglin", "Beth", "Anglin", ("itil",)),
    ("sam.sorokin", "Sam", "Sorokin", ("sn_si.analyst",)),
    ("fred.luddy", "Fred", "Luddy", ("itil_admin",)),
    ("abel.tuter", "Abel", "Tuter", ()),
    ("joe.employee", "Joe", "Employee", ()),
    ("aws_integration", "AWS", "Integration", ()),
]
"""aws_integration gets its roles as on an instance: from an administrator (`POST /_admin/roles`)."""
MACHINES = ("aws_integration",)
"""Users without a password: they come with tokens only."""
LONG_AGO = "2019-06-03 09:00:00"
GROUPS = ("Service Desk", "Security Incident Assignment", "Network")
PROPERTIES = {
    "instance_name": "dev00001",
    "glide.sys.default.tz": "America/Los_Angeles",
    "glide.invalid_query.returns_no_rows": "false",
    "glide.rest.choice.allow_non_existing_value": "false",
    "glide.rest.table_api.admin_only_sys_fields": "false",
    "glide.oauth.inbound.client.credential.grant_type.enabled": "false",
    "glide.businessrule.async_condition_check": "false",
    "com.glide.attachment.max_size": "1024",
    "glide.attachment.extensions": "",
}


def fixed_id(kind: str, name: str) -> str:
    """The same sys_id on every start, so that tools may be configured once."""
    return hashlib.sha256(f"{kind}:{name}".encode()).hexdigest()[:32]


def plant_all(instance: Instance) -> None:
    for name in KNOWN:
        instance.plant("sys_user_role", {"sys_id": fixed_id("role", name), "name": name})
    for user_name, first, last, roles in PEOPLE:
        _plant_person(instance, user_name, first, last, roles)
    for name in GROUPS:
        instance.plant("sys_user_group", {"sys_id": fixed_id("group", name), "name": name})
    instance.plant("sys_user_group", {"sys_id": "global", "name": "global"})
    for name, value in PROPERTIES.items():
        instance.plant("sys_properties", {"sys_id": fixed_id("property", name), "name": name, "value": value})
    plugin = {"id": "com.snc.security_incident", "name": "Security Incident Response", "active": "active"}
    instance.plant("sys_plugins", plugin)
    plant_choices(instance)
    describe(instance)
    instance.store.forget_changes()


def _plant_closed(instance: Instance, label: str, code: str) -> None:
    """Security incidents in use before are the only place, below admin, that tells what stands for which label."""
    instance.plant("sn_si_incident", {
        "sys_id": fixed_id("closed", label), "sys_class_name": "sn_si_incident", "number": "SIR0000001",
        "short_description": f"{label} long ago", "state": "3", "active": "false", "close_code": code,
        "close_notes": "Done.", "opened_at": LONG_AGO, "closed_at": LONG_AGO, "sys_created_on": LONG_AGO,
        "sys_updated_on": LONG_AGO,
    })  # fmt: skip


def _plant_person(instance: Instance, user_name: str, first: str, last: str, roles: tuple[str, ...]) -> None:
    sys_id = ADMIN_ID if user_name == "admin" else fixed_id("user", user_name)
    instance.plant("sys_user", {
        "sys_id": sys_id, "user_name": user_name, "first_name": first, "last_name": last, "name": f"{first} {last}",
        "email": f"{user_name}@example.com", "active": "true", "locked_out": "false",
    })  # fmt: skip
    if user_name not in MACHINES:
        instance.set_password(user_name, user_name)
    for role in roles:
        instance.plant("sys_user_has_role", {"user": sys_id, "role": fixed_id("role", role), "state": "active"})


def plant_choices(instance: Instance) -> None:
    """As the switches say, with records closed long ago that use them; to be repeated when these change."""
    config = instance.config
    for (table, element), pairs in CHOICES.items():
        numbers = SIR_CLOSE_CODES if (table, element) == ("sn_si_incident", "close_code") else {}
        for sequence, (value, label) in enumerate(pairs):
            stored = numbers.get(label, value) if config.sir_close_codes == "numbers" else value
            missing = f"{table}.{element}={stored}" in config.missing_choices
            instance.plant("sys_choice", {
                "sys_id": fixed_id("choice", f"{table}.{element}.{label}"), "name": table, "element": element,
                "value": stored, "label": label, "sequence": str(sequence), "inactive": str(missing).lower(),
                "language": "en",
            })  # fmt: skip
    for label, number in SIR_CLOSE_CODES.items():
        _plant_closed(instance, label, number if config.sir_close_codes == "numbers" else label)
