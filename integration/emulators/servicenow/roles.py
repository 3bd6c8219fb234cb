"""Which role may do what, as data: role -> table -> letters of c(reate) r(ead) w(rite) d(elete).

The roles are those of the product's user guide and the stock roles beside them. Where the platform's own access
rules are not published, the reading here is the narrow one. Notably, no role below admin may create Script Includes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

CONTAINS: dict[str, tuple[str, ...]] = {
    "admin": (
        "itil_admin",
        "catalog_admin",
        "user_admin",
        "web_service_admin",
        "business_rule_admin",
        "credential_admin",
    ),
    "itil_admin": ("itil",),
    "itil": ("sn_incident_write", "sn_change_write", "snc_internal"),
    "incident_manager": ("sn_incident_write",),
    "sn_incident_write": ("sn_incident_read",),
    "sn_incident_read": (),
    "change_manager": ("sn_change_write", "snc_internal"),
    "sn_change_write": ("sn_change_read",),
    "sn_change_read": ("snc_internal",),
    "approver_user": ("snc_internal",),
    "catalog_admin": ("catalog",),
    "catalog": ("snc_internal",),
    "sn_si.admin": ("sn_si.manager", "sn_si.integration_user"),
    "sn_si.manager": ("sn_si.analyst",),
    "sn_si.analyst": ("sn_si.basic", "snc_platform_rest_api_access"),
    "sn_si.basic": ("sn_si.read",),
    "sn_si.ciso": ("sn_si.read",),
    "sn_si.read": ("snc_internal",),
    "sn_si.external": ("snc_external", "service_fulfiller"),
    "sn_si.integration_user": ("import_transformer",),
    "web_service_admin": ("rest_api_explorer",),
    "audit_viewer": (),
}
"""sn_si.external: ServiceNowDocs, security-management/security-incident-response/installed-with-sir.md; of changes:
it-service-management/change-management/installed-with-cm-itsm-roles.md.
"""
_REST_MESSAGE = (
    "sys_rest_message", "sys_rest_message_headers", "sys_rest_message_fn", "sys_rest_message_fn_headers",
    "sys_rest_message_fn_parameters",
)  # fmt: skip
_PEOPLE = ("sys_user", "sys_user_group", "sys_user_grmember", "sys_user_role", "sys_user_has_role")
_CREDENTIALS = (
    "discovery_credentials", "basic_auth_credentials", "api_key_credentials", "sys_auth_profile_basic", "sys_alias",
    "http_connection",
)  # fmt: skip
_CHANGES = ("change_request", "change_task", "task_ci", "task_cmdb_ci_service", "task_service_offering")
_AROUND_CHANGES = (
    "chg_model", "chg_model_state", "sttrm_state_transition", "sttrm_transition_condition", "conflict", "cmn_schedule",
    "cmn_schedule_condition", "cmn_schedule_blackout", "cmn_schedule_maintenance", "cmn_schedule_span", "cmdb_rel_ci",
    "std_change_record_producer", "std_change_producer_version", "std_change_template", "sysapproval_group",
)  # fmt: skip
_REQUESTS = ("sc_request", "sc_req_item", "sc_task")
VALUES = ("sc_item_option", "sc_item_option_mtom")
"""Who reads these by the Table API is a switch, `catalog_values_for`."""
_OFFERED = (
    "sc_catalog", "sc_category", "sc_cat_item", "item_option_new", "question_choice", "user_criteria",
    "sc_cat_item_user_criteria_mtom", "sc_cat_item_user_criteria_no_mtom",
)  # fmt: skip
_INTERNAL = (*_PEOPLE, "sys_choice", "cmdb_ci", "core_company", "cmn_location")


def _all(tables: Iterable[str], letters: str) -> dict[str, str]:
    return dict.fromkeys(tables, letters)


GRANTS: dict[str, dict[str, str]] = {
    "snc_internal": _all(_INTERNAL, "r"),
    "itil": {"task": "crw", "incident": "crw", "sys_db_object": "r", "sys_plugins": "r"}
    | _all(_INTERNAL, "r")
    | _all(_REQUESTS, "crw")
    | _all(_OFFERED[:5], "r"),
    "catalog": _all(_REQUESTS, "crw") | _all(_OFFERED, "r"),
    "catalog_admin": _all(_REQUESTS, "crwd") | _all(_OFFERED, "crwd"),
    "itil_admin": {"task": "crwd", "incident": "crwd"},
    "sn_change_read": _all((*_CHANGES, *_AROUND_CHANGES, "cmdb_ci", "task"), "r"),
    "sn_change_write": _all(_CHANGES, "crw"),
    "change_manager": _all(_CHANGES, "crwd") | _all(_AROUND_CHANGES, "crw"),
    "sn_incident_read": {"task": "r", "incident": "r"},
    "sn_incident_write": {"task": "crw", "incident": "crw"},
    "incident_manager": {"incident": "crw"},
    "sn_si.read": {"task": "r", "sn_si_incident": "r"} | _all(_INTERNAL, "r"),
    "sn_si.basic": {"sn_si_incident": "crw"},
    "sn_si.admin": {"sn_si_incident": "crwd"},
    "sn_si.external": {"sn_si_incident": "c"},
    "sn_si.integration_user": {"sn_si_incident": "crw"},
    "rest_api_explorer": _all(_REST_MESSAGE, "r"),
    "web_service_admin": _all(_REST_MESSAGE, "crwd"),
    "business_rule_admin": {"sys_script": "crwd", "sys_script_include": "r"},
    "credential_admin": _all(_CREDENTIALS, "crwd"),
    "user_admin": _all(_PEOPLE, "crwd"),
    "oauth_admin": _all(("oauth_entity", "oauth_jwt", "jwt_verifier_map", "sys_certificate"), "crwd"),
}
REFUSED_READS = frozenset({"sys_db_object", "sys_plugins"})
"""Tables that answer 403 to a reader without a role for them; all others look empty."""
NOBODY_WRITES = frozenset(
    {"sys_security_acl", "sys_security_acl_role", "sys_journal_field", "sys_audit_delete", "syslog"}
)
"""Not writable over REST even for admin: access rules need security_admin elevation, the others are the platform's."""
SIR_ROLES = frozenset(role for role in [*CONTAINS, *GRANTS] if role.startswith("sn_si."))
KNOWN = sorted({*CONTAINS, *GRANTS, *(role for inner in CONTAINS.values() for role in inner), "security_admin"})


def closure(names: Iterable[str]) -> frozenset[str]:
    """The roles and all roles they contain."""
    found: set[str] = set()
    todo = list(names)
    while todo:
        name = todo.pop()
        if name not in found:
            found.add(name)
            todo.extend(CONTAINS.get(name, ()))
    return frozenset(found)


def allows(roles: frozenset[str], table: str, letter: str) -> bool:
    """Whether any of the roles grants the letter on the table; admin is granted everything."""
    return "admin" in roles or any(letter in GRANTS.get(role, {}).get(table, "") for role in roles)
