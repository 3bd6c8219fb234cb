"""Lengths of the columns we write. An instance cuts what is longer, without a word.

What a script looks up by name it then no longer finds, so everything we write must fit, whatever the prefix.
"""

from __future__ import annotations

from dataclasses import dataclass

from servicenow_setup.columns import HEADERS, PARAMETERS

SDK = "https://servicenow.github.io/sdk/api/restmessage-api"
ASSUMED = ""


@dataclass(frozen=True, slots=True)
class Length:
    """`source`: the page that says so. Without one `most` is what we keep to, and an instance may hold less."""

    most: int
    source: str = ASSUMED


LENGTHS = {
    ("sys_rest_message", "name"): Length(40, SDK),
    ("sys_rest_message", "rest_endpoint"): Length(200, SDK),
    ("sys_rest_message", "description"): Length(1000, SDK),
    ("sys_rest_message_fn", "function_name"): Length(100, SDK),
    ("sys_rest_message_fn", "http_method"): Length(40),
    ("sys_rest_message_fn", "rest_endpoint"): Length(200, SDK),
    ("sys_rest_message_fn", "content"): Length(1000),
    (HEADERS, "name"): Length(40),
    (HEADERS, "value"): Length(200),
    (PARAMETERS, "name"): Length(40),
    (PARAMETERS, "value"): Length(200),
    ("discovery_credentials", "name"): Length(40),
    ("discovery_credentials", "type"): Length(40),
    ("discovery_credentials", "user_name"): Length(40),
    ("sys_script_include", "name"): Length(40),
    ("sys_script_include", "api_name"): Length(80),
    ("sys_script_include", "description"): Length(1000),
    ("sc_cat_item", "name"): Length(100),
    ("sc_cat_item", "short_description"): Length(200),
    ("sc_cat_item", "description"): Length(8000),
    ("sc_cat_item", "meta"): Length(4000),
    ("item_option_new", "name"): Length(100),
    ("item_option_new", "question_text"): Length(255),
    ("item_option_new", "help_text"): Length(255),
    ("item_option_new", "default_value"): Length(1024),
    ("item_option_new", "list_table"): Length(80),
    ("question_choice", "text"): Length(100),
    ("question_choice", "value"): Length(100),
    ("sys_script", "name"): Length(40),
    ("sys_script", "collection"): Length(80),
    ("sys_script", "when"): Length(40),
    ("sys_script", "filter_condition"): Length(4000),
    ("sys_script", "condition"): Length(254),
    ("sys_script", "description"): Length(1000),
}
"""Scripts have no length that matters here; numbers, booleans and references cannot be cut."""
