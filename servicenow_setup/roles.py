"""The smallest set of roles for the integration user, per module and way of set-up, each with its reason.

Where a role is named in ServiceNow's own pages: "Special administrative roles" (business_rule_admin), "Granular admin
roles" (script_include_admin, web_service_admin, credential_admin) and "Explore Scripting Governance Tool"
(snc_required_script_writer_permission, Zurich and newer). Instances were seen where the tables of the setup are open to
administrators only; then access rules are made by hand, as the docs say.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

Way = Literal["rest", "update-set"]


@dataclass(frozen=True, slots=True)
class Need:
    """`tables`: the module's tables it is for, empty for both. `ways`: of setup. `calls`: what fails without it."""

    role: str
    calls: tuple[str, ...]
    tables: tuple[str, ...] = ()
    ways: tuple[Way, ...] = ("rest", "update-set")
    optional: str = ""
    """What happens without it, where the integration still works."""


NEEDS = (
    Need("itil", ("GET, POST, PATCH incident", "GET, POST, DELETE attachment of incident"), tables=("incident",)),
    Need(
        "sn_si.analyst",
        ("GET, POST, PATCH sn_si_incident", "GET, POST, DELETE attachment of sn_si_incident"),
        tables=("sn_si_incident",),
    ),
    Need("snc_internal", ("every call, on instances with explicit roles",)),
    Need("business_rule_admin", ("GET, POST, PATCH, DELETE sys_script",), ways=("rest",)),
    Need(
        "web_service_admin",
        ("GET, POST, PATCH, DELETE sys_rest_message and sys_rest_message_fn, _fn_headers, _fn_parameters",),
        ways=("rest",),
    ),
    Need(
        "credential_admin",
        ("GET, POST, PATCH, DELETE discovery_credentials",),
        optional="with the update set: an administrator makes the credential and enters each new token by hand",
    ),
    Need(
        "script_include_admin",
        ("GET, POST, PATCH, DELETE sys_script_include",),
        ways=("rest",),
        optional="the shared code stands in each rule instead of in one Script Include",
    ),
    Need(
        "snc_required_script_writer_permission",
        ("writing script and condition of sys_script, from Zurich on (group Conditional Script Writer)",),
        ways=("rest",),
        optional="nothing, on releases before Zurich",
    ),
)

ROLE_OF_TABLE = {
    "sys_script": "business_rule_admin",
    "sys_script_include": "script_include_admin",
    "sys_rest_message": "web_service_admin",
    "sys_rest_message_fn": "web_service_admin",
    "sys_rest_message_fn_headers": "web_service_admin",
    "sys_rest_message_fn_parameters": "web_service_admin",
    "discovery_credentials": "credential_admin",
}
"""Which role a refused write asks for."""
CATALOG_ROLE = "catalog_admin"
"""For the tables of the catalog, which not every deployment writes."""

NEEDS_OF_PARTS = {
    "servicenow_setup.workspaces:records": (
        Need(CATALOG_ROLE, ("GET, POST, PATCH, DELETE sc_cat_item, item_option_new, question_choice",), ways=("rest",)),
    ),
}
"""What the set-up of an integration's records needs beside that of the module, by its part; what running needs, the
integration declares."""

DOCUMENTED = {
    "incident": ("itil",),
    "sn_si_incident": (
        "sn_si.analyst", "sn_si.basic", "sn_si.external", "sn_si.integration_user", "sn_si.manager", "sn_si.read",
    ),
    "": (
        "rest_api_explorer", "web_service_admin", "business_rule_admin", "incident_manager", "snc_internal",
        "credential_admin",
    ),
}  # fmt: skip
"""What the published specification lists, by table; under the empty name what it asks of both."""


POWERS = {
    "admin": "do everything but change access rules",
    "security_admin": "change access rules",
    "user_admin": "make users and give roles",
    "impersonator": "act as anybody",
    "oauth_admin": "let other clients and keys in",
    "business_rule_admin": "write rules that run as system, so read and change every record",
    "script_include_admin": "write scripts that run as system, so read and change every record",
    "snc_required_script_writer_permission": "write scripts where another role lets it",
    "web_service_admin": "have the instance send data anywhere",
    CATALOG_ROLE: "change every item that people order, and every closed order",
    "credential_admin": "replace and use the instance's credentials",
}
"""What a role is worth to who gets hold of the user: it may …"""


def role_of(table: str) -> str:
    """Which role a refused read or write of the set-up asks for."""
    return ROLE_OF_TABLE.get(table, CATALOG_ROLE)


def roles_of_parts(parts: Iterable[str], way: Way) -> tuple[str, ...]:
    """Beside those of the module."""
    return tuple(need.role for part in parts for need in NEEDS_OF_PARTS.get(part, ()) if way in need.ways)


def roles(table: str, way: Way, *, optional: bool = True) -> tuple[str, ...]:
    """The smallest set for one module's table and way; without the optional ones if asked."""
    return tuple(
        need.role
        for need in NEEDS
        if way in need.ways and (not need.tables or table in need.tables) and (optional or not need.optional)
    )


def documented_roles(table: str) -> tuple[str, ...]:
    return (*DOCUMENTED[table], *DOCUMENTED[""])


def running_roles(table: str) -> frozenset[str]:
    """What the user may keep once the set-up is done: what running needs, and what is documented and harmless."""
    harmless = {role for role in (*DOCUMENTED.get(table, ()), *DOCUMENTED[""], "audit_viewer") if role not in POWERS}
    return frozenset(roles(table, "update-set")) | harmless


def spare(table: str, held: Mapping[str, bool], needed: Collection[str] = ()) -> list[str]:
    """Of the roles held (true: contained in another, or of a group), those that running does not need; `needed` are
    what integrations need besides.

    What a needed role contains is none, unless it has a power of its own. For another table than the modules' a role
    is the customer's own.
    """
    judged = table in DOCUMENTED
    return sorted(
        role
        for role, inherited in held.items()
        if role not in running_roles(table) and role not in needed and (role in POWERS or (judged and not inherited))
    )
