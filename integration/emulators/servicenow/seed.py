"""What an instance holds: people, roles, groups, choices, properties, the dictionary; of work, what closed long ago."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

from .catalog_seed import CATALOG_PEOPLE, CATALOG_PROPERTIES, catalog_records
from .change_choices import RISKS
from .change_seed import CHANGE_PEOPLE, CHANGE_PROPERTIES, change_records
from .choices import CHOICES, SIR_CLOSE_CODES
from .encryption import hashed
from .ids import fixed_id
from .roles import KNOWN
from .store import Store
from .tables import base_schema

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .service import Service
    from .store import Row
    from .switches import Switches

    Planted = Iterator[tuple[str, Row]]
    """Records by the name of their table."""

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
    *CHANGE_PEOPLE,
    *CATALOG_PEOPLE,
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
    **CHANGE_PROPERTIES,
    **CATALOG_PROPERTIES,
}


def plant_all(service: Service) -> None:
    """Rows made once per process and shared: none is changed in place."""
    service.store.load(_seeded(*offered(service.switches)))
    service.passwords |= {person[0]: person[0] for person in PEOPLE if person[0] not in MACHINES}
    service.store.forget_changes()


def plant_choices(service: Service) -> None:
    """As the switches say, with records closed long ago that use them; to be repeated when these change."""
    for table, values in _choices(*offered(service.switches)):
        service.plant(table, values)


def offered(switches: Switches) -> tuple[str, str, tuple[str, ...]]:
    """What decides about the choices."""
    return switches.sir_close_codes, switches.change_risks, tuple(switches.missing_choices)


@functools.cache
def _seeded(close_codes: str, risks: str, missing: tuple[str, ...]) -> Store:
    store = Store(base_schema())
    choices = _choices(close_codes, risks, missing)
    for planted in (_access(), _settings(), change_records(), catalog_records(), choices, _dictionary(store)):
        for table, values in planted:
            store.insert(table, store.completed(table, values, "", LONG_AGO))
    return store


def _access() -> Planted:
    for name in KNOWN:
        yield "sys_user_role", {"sys_id": fixed_id("role", name), "name": name}
    for user_name, first, last, roles in PEOPLE:
        yield from _person(user_name, first, last, roles)
    for name in GROUPS:
        yield "sys_user_group", {"sys_id": fixed_id("group", name), "name": name}
    yield "sys_user_group", {"sys_id": "global", "name": "global"}


def _person(user_name: str, first: str, last: str, roles: tuple[str, ...]) -> Planted:
    sys_id = ADMIN_ID if user_name == "admin" else fixed_id("user", user_name)
    password = "" if user_name in MACHINES else hashed(user_name)
    yield "sys_user", {
        "sys_id": sys_id, "user_name": user_name, "first_name": first, "last_name": last, "name": f"{first} {last}",
        "email": f"{user_name}@example.com", "active": "true", "locked_out": "false", "user_password": password,
    }  # fmt: skip
    for role in roles:
        grant = {"user": sys_id, "role": fixed_id("role", role), "state": "active"}
        yield "sys_user_has_role", {"sys_id": fixed_id("grant", f"{user_name}.{role}"), **grant}


def _settings() -> Planted:
    for name, value in PROPERTIES.items():
        yield "sys_properties", {"sys_id": fixed_id("property", name), "name": name, "value": value}
    plugin = {"id": "com.snc.security_incident", "name": "Security Incident Response", "active": "active"}
    yield "sys_plugins", {"sys_id": fixed_id("plugin", plugin["id"]), **plugin}


def _choices(close_codes: str, risks: str, missing: tuple[str, ...]) -> Planted:
    for (table, element), pairs in {**CHOICES, ("change_request", "risk"): RISKS[risks]}.items():
        numbers = SIR_CLOSE_CODES if (table, element) == ("sn_si_incident", "close_code") else {}
        for sequence, (value, label) in enumerate(pairs):
            stored = numbers.get(label, value) if close_codes == "numbers" else value
            inactive = not stored or f"{table}.{element}={stored}" in missing
            yield "sys_choice", {
                "sys_id": fixed_id("choice", f"{table}.{element}.{label}"), "name": table, "element": element,
                "value": stored, "label": label, "sequence": str(sequence), "inactive": str(inactive).lower(),
                "language": "en",
            }  # fmt: skip
    for label, number in SIR_CLOSE_CODES.items():
        yield "sn_si_incident", _closed(label, number if close_codes == "numbers" else label)


def _closed(label: str, code: str) -> Row:
    """Security incidents in use before are the only place, below admin, that tells what stands for which label."""
    return {
        "sys_id": fixed_id("closed", label), "sys_class_name": "sn_si_incident", "number": "SIR0000001",
        "short_description": f"{label} long ago", "state": "3", "active": "false", "close_code": code,
        "close_notes": "Done.", "opened_at": LONG_AGO, "closed_at": LONG_AGO, "sys_created_on": LONG_AGO,
        "sys_updated_on": LONG_AGO,
    }  # fmt: skip


def _dictionary(store: Store) -> Planted:
    """Rows of sys_db_object and sys_dictionary for every table, as readers of the dictionary find them."""
    kinds = {"ref": "reference", "list": "glide_list", "datetime": "glide_date_time", "journal": "journal_input"}
    for table in store.schema.tables.values():
        parent = fixed_id("table", table.parent) if table.parent else ""
        named = {"name": table.name, "label": table.label, "super_class": parent}
        yield "sys_db_object", {"sys_id": fixed_id("table", table.name), **named}
        for column in table.columns.values():
            yield "sys_dictionary", {
                "sys_id": fixed_id("column", f"{table.name}.{column.name}"), "name": table.name,
                "element": column.name, "column_label": column.label,
                "internal_type": kinds.get(column.type, column.type), "reference": column.reference,
                "max_length": str(column.max_length or ""), "default_value": column.default, "active": "true",
            }  # fmt: skip
