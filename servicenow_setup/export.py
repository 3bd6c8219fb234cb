"""Exports the desired records as an update set that an administrator reviews and imports.

Form: what *System Update Sets > Retrieved Update Sets > Import Update Set from XML* takes: one `sys_remote_update_set`
and one `sys_update_xml` per record, whose payload is a `record_update` with the columns of real exports.
"""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape, quoteattr

from servicenow_setup.desired import CREDENTIAL_USER, NAMESPACE, Desired, desired, sys_id_for

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from servicenow_setup.desired import Wanted
    from servicenow_setup.settings import SetupSettings

TYPES = {
    "sys_rest_message": "REST Message",
    "sys_rest_message_fn": "HTTP Method",
    "sys_rest_message_fn_headers": "HTTP Header",
    "sys_rest_message_fn_parameters": "REST Message Function Parameters",
    "sys_script_include": "Script Include",
    "sys_script": "Business Rule",
    "sc_cat_item": "Catalog Item",
    "item_option_new": "Variable",
    "question_choice": "Question Choice",
}
"""The tables it holds. A credential is data, which update sets do not carry; see docs/decisions/in-the-instance.md."""
ATTRIBUTES = {
    "sys_package": ' display_value="Global" source="global"',
    "sys_scope": ' display_value="Global"',
}
EMPTY_IN_SET = (
    "collisions", "deleted", "inserted", "origin_sys_id", "parent", "remote_base_update_set", "remote_parent_id",
    "summary", "sys_created_by", "sys_mod_count", "update_set", "update_source", "updated",
)  # fmt: skip
EMPTY_IN_UPDATE = ("comments", "table", "update_set", "view")


def update_set(settings: SetupSettings, at: datetime) -> str:
    """The XML, the same for the same settings and moment (aware, UTC). It holds the webhook URL and no secret."""
    goal = desired(settings)
    stamp = at.strftime("%Y-%m-%d %H:%M:%S")
    set_id = _id(settings, "update-set")
    parts = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        f"<!--\n{escape(_notes(goal))}\n-->",
        f"<unload unload_date={quoteattr(stamp)}>",
        _element("sys_remote_update_set", _envelope(goal, set_id, stamp)),
        *(_update(settings, record, set_id, stamp) for record in carried(goal)),
        "</unload>",
    ]
    return "\n".join(parts) + "\n"


def carried(goal: Desired) -> list[Wanted]:
    return [record for record in goal.records if record.table in TYPES]


def columns(settings: SetupSettings, record: Wanted) -> dict[str, str]:
    """Every column an import sets; references hold the sys_ids that both ways of setup choose."""
    parents = {name: sys_id_for(settings.prefix, kind) for name, kind in record.parents.items()}
    named = {"sys_name": record.name, "sys_policy": "", "sys_update_name": update_name(record)}
    return {"sys_id": record.sys_id, **record.given, **record.values, **parents, **named}


def update_name(record: Wanted) -> str:
    return f"{record.table}_{record.sys_id}"


def _notes(goal: Desired) -> str:
    removal = "\n".join(f"  {record.table}: {record.name}" for record in reversed(carried(goal)))
    return (
        f"AWS Security Incident Response, REST API {goal.settings.prefix}\n\n"
        "After the import, the webhook token: run the command rotate, if the integration user has the role\n"
        "credential_admin. If not, make a credential of the type Basic Auth by hand:\n"
        f"  Name: {goal.settings.credential_name}\n"
        f"  User name: {CREDENTIAL_USER} {goal.settings.prefix}\n"
        "  Password: the token\n\n"
        "To remove it, back the update set out and delete the credential, or delete it and these records from top to"
        f" bottom:\n{removal}"
    )


def _envelope(goal: Desired, set_id: str, stamp: str) -> dict[str, str]:
    return {
        "sys_id": set_id,
        "name": f"AWS Security Incident Response {goal.settings.prefix}",
        "description": _notes(goal),
        "application": "global",
        "application_name": "Global",
        "application_scope": "global",
        "remote_sys_id": set_id,
        "state": "loaded",
        "sys_class_name": "sys_remote_update_set",
        "sys_created_on": stamp,
        "sys_updated_on": stamp,
    } | dict.fromkeys(EMPTY_IN_SET, "")


def _update(settings: SetupSettings, record: Wanted, set_id: str, stamp: str) -> str:
    values = {
        "sys_id": _id(settings, f"update/{record.kind}"),
        "action": "INSERT_OR_UPDATE",
        "application": "global",
        "category": "customer",
        "name": update_name(record),
        "remote_update_set": set_id,
        "replace_on_upgrade": "false",
        "sys_created_on": stamp,
        "sys_updated_on": stamp,
        "target_name": record.name,
        "type": TYPES[record.table],
        "update_domain": "global",
    } | dict.fromkeys(EMPTY_IN_UPDATE, "")
    return _element("sys_update_xml", values, [f"<payload><![CDATA[{_payload(settings, record)}]]></payload>"])


def _payload(settings: SetupSettings, record: Wanted) -> str:
    """Its text is escaped, so that no value can end the CDATA section around it."""
    body = _element(record.table, columns(settings, record))
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<record_update table="{record.table}">\n{body}\n</record_update>'


def _element(table: str, values: Mapping[str, str], more: Iterable[str] = ()) -> str:
    inner = [f"<{name}{ATTRIBUTES.get(name, '')}>{escape(value)}</{name}>" for name, value in values.items()]
    return f'<{table} action="INSERT_OR_UPDATE">\n' + "\n".join([*inner, *more]) + f"\n</{table}>"


def _id(settings: SetupSettings, part: str) -> str:
    return uuid.uuid5(NAMESPACE, f"{settings.prefix}/{part}").hex
