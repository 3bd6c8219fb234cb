"""Renders the scripts of the business rules: a deployment's names, and where the shared code stands."""

from __future__ import annotations

import json
import textwrap
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

from integration.names import CORRELATION_DISPLAY, INCIDENT_PROBE, PROBE_MARK

if TYPE_CHECKING:
    from servicenow_setup.settings import SetupSettings

CLASS = "AwsSecurityIr"
PAYLOAD = ("event_type", "incident_number", "sys_id", "table", "sys_mod_count", "instance_name", "attachment_action")
"""Keys of the body a rule sends, all texts; the last one only for attachments."""


def shared_script(settings: SetupSettings) -> str:
    """The Script Include."""
    values = {
        "['@scope@']": json.dumps(scope(settings)),
        "'@message@'": json.dumps(settings.message_name),
        "'@credential@'": json.dumps(settings.credential_name),
        "'@table@'": json.dumps(settings.table),
        "'@probe@'": json.dumps(PROBE_MARK),
        "'@probed@'": json.dumps(INCIDENT_PROBE),
        "'@user@'": json.dumps(settings.user_sys_id),
    }
    source = _source("shared")
    for placeholder, literal in values.items():
        source = source.replace(placeholder, literal)
    return source.replace(CLASS, settings.include_name)


def rule_script(settings: SetupSettings, rule: str, *, inline: bool) -> str:
    """The script of one rule, with the shared code inside where the instance allows no Script Include."""
    source = _source(rule).replace(CLASS, settings.include_name)
    if not inline:
        return source
    head, _, body = source.partition("\n")
    return f"{head}\n{textwrap.indent(shared_script(settings), '    ')}\n{body}"


def scope(settings: SetupSettings) -> list[str]:
    """Encoded queries of which an incident must match one: the filter's alternatives, or being linked already.

    The filter says which incidents create cases. An incident made from a case need not match it, yet edits of it are
    to arrive on AWS at once.
    """
    wanted = settings.incident_filter.strip().removesuffix("^EQ")
    if not wanted:
        return [""]
    return [*wanted.split("^NQ"), f"correlation_display={CORRELATION_DISPLAY}"]


@cache
def _source(name: str) -> str:
    return (files("servicenow_setup") / "business_rules" / f"{name}.js").read_text(encoding="utf-8")
