"""The columns we read and write, table by table, and how instances spell their values."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

HEADERS, PARAMETERS = "sys_rest_message_fn_headers", "sys_rest_message_fn_parameters"

COLUMNS = {
    "sys_rest_message": ("name", "rest_endpoint", "description"),
    "sys_rest_message_fn": ("rest_message", "function_name", "http_method", "rest_endpoint", "content"),
    HEADERS: ("rest_message_function", "name", "value"),
    PARAMETERS: ("rest_message_function", "name", "value"),
    "discovery_credentials": ("name", "type", "user_name", "active"),
    "sys_script_include": ("name", "api_name", "script", "active", "client_callable", "description"),
    "sys_script": (
        "name", "collection", "when", "order", "active", "advanced", "action_insert", "action_update",
        "action_delete", "action_query", "filter_condition", "condition", "script", "description",
    ),
}  # fmt: skip

CATALOG = {
    "sc_cat_item": (
        "name", "short_description", "description", "active", "category", "sc_catalogs", "no_quantity", "meta",
    ),
    "item_option_new": ("cat_item", "name", "type", "mandatory", "default_value", "list_table"),
    "question_choice": ("question", "value"),
}  # fmt: skip
"""Of an integration with an item in the catalog; without one these tables are asked for no right."""
ALL = {**COLUMNS, **CATALOG}
PARENTS = {
    "sys_rest_message_fn": "rest_message", HEADERS: "rest_message_function", PARAMETERS: "rest_message_function",
    "item_option_new": "cat_item", "question_choice": "question",
}  # fmt: skip
"""The column by which a record hangs on another."""

_BOOLEANS = frozenset(
    {
        "mandatory", "no_quantity",
        "active", "advanced", "client_callable",
        "action_insert", "action_update", "action_delete", "action_query",
    }
)  # fmt: skip


def name_of(values: Mapping[str, str]) -> str:
    """What a record is called, by whichever of its columns says so."""
    return next((values[column] for column in ("name", "function_name", "value") if values.get(column)), "")


def normal(name: str, value: str) -> str:
    """One spelling for what instances store in several: line ends, booleans, the `^EQ` that closes a filter.

    `async_always` is what newer instances call an async rule; they move older ones to it, or leave them.
    """
    text = value.replace("\r\n", "\n").strip()
    if name == "filter_condition":
        return text.removesuffix("^EQ")
    if name == "when":
        return text.removesuffix("_always")
    if name in _BOOLEANS:
        return {"1": "true", "0": "false"}.get(text.lower(), text.lower())
    return text
