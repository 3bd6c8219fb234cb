"""Columns that every real export of such a record has, and that an instance would fill in itself on a form.

Rules that do so may not run for a committed update set, so it carries them; over REST they go along with a creation.
They are not compared: an instance may know better. Seen in opsgenie/opsgenie-integration (`servicenow*/`),
jacebenson/update-set-host and jeannjang/servicenow-update-sets.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from servicenow_setup.columns import HEADERS, PARAMETERS

if TYPE_CHECKING:
    from collections.abc import Mapping

GLOBAL = {"sys_scope": "global", "sys_package": "global"}
"""The scope of all we make: its rules may stand on tables of any scope, within the platform's limits."""
_RULE = (
    {"access": "package_private", "priority": "100", "sys_domain": "global", "sys_domain_path": "/"}
    | dict.fromkeys(
        ("abort_action", "add_message", "change_fields", "client_callable", "execute_function", "is_rest"), "false"
    )
    | dict.fromkeys(
        (
            "message", "rest_method", "rest_method_text", "rest_service", "rest_service_text", "rest_variables",
            "role_conditions", "template", "sys_overrides",
        ),
        "",
    )
)  # fmt: skip
_MESSAGE = {
    "access": "package_private", "authentication_type": "no_authentication", "use_basic_auth": "false",
    "use_mutual_auth": "false", "basic_auth_profile": "", "oauth2_profile": "", "protocol_name": "",
}  # fmt: skip
_FUNCTION = {
    "authentication_type": "inherit_from_parent", "lock": "false", "use_mid_server": "", "use_mutual_auth": "false",
}  # fmt: skip
_INCLUDE = {"access": "package_private", "caller_access": "", "mobile_callable": "false", "sandbox_callable": "false"}
_ITEM = (
    {"availability": "on_desktop", "price": "0", "use_sc_layout": "true", "visible_standalone": "true"}
    | dict.fromkeys(("no_cart", "no_order", "no_order_now", "no_proceed_checkout"), "false")
    | dict.fromkeys(("delivery_plan", "flow_designer_flow", "workflow"), "")
)
"""Without a plan: nobody but us closes what is ordered."""
_OF_TABLE: Mapping[str, Mapping[str, str]] = {
    "sys_script": _RULE,
    "sys_script_include": _INCLUDE,
    "sys_rest_message": _MESSAGE,
    "sys_rest_message_fn": _FUNCTION,
    "sc_cat_item": _ITEM,
    "item_option_new": {"active": "true", "hidden": "false", "read_only": "false", "include_none": "false"},
    "question_choice": {"inactive": "false"},
    HEADERS: {},
    PARAMETERS: {},
}


def platform_columns(table: str) -> dict[str, str]:
    """Sent with each creation. A credential is data, not configuration: it has no scope, and its class is its form."""
    if table == "discovery_credentials":
        return {"sys_class_name": "basic_auth_credentials"}
    return {**_OF_TABLE[table], **GLOBAL, "sys_class_name": table}
