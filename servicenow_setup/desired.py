"""Every record that must exist in the instance, as data. The REST way and the update set are both made from it."""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from integration.names import PING, PROBE_MARK
from servicenow_setup.columns import HEADERS, PARAMETERS, normal
from servicenow_setup.marker import Marker, digest
from servicenow_setup.scripts import PAYLOAD, rule_script, scope, shared_script

if TYPE_CHECKING:
    from collections.abc import Mapping

    from servicenow_setup.settings import SetupSettings

NAMESPACE = uuid.UUID("6c1f6f0e-4e0c-5f0b-9a55-6a8f2d3a9d10")
MESSAGE, FUNCTION, CREDENTIAL, INCLUDE = "message", "function", "credential", "include"
TOKEN = "token"  # noqa: S105 - the name of a variable of the REST message
THEIRS = ("filter_condition", "order", "active")
"""Columns of a rule that a customer may change; everything else is restored."""
CREDENTIAL_USER = "aws-security-ir"


@dataclass(frozen=True, slots=True)
class Wanted:
    """One record. `kind` names it within a deployment; `parents` are columns that refer to other kinds.

    `values` are raw column values as the instance stores them; `parents` are added to them with real sys_ids.
    """

    kind: str
    table: str
    sys_id: str
    values: Mapping[str, str]
    parents: Mapping[str, str] = field(default_factory=dict)
    theirs: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        return self.values.get("name") or self.values["function_name"]


@dataclass(frozen=True, slots=True)
class Desired:
    """In the order of creation: each record after those it refers to or needs when it runs."""

    settings: SetupSettings
    records: tuple[Wanted, ...]
    inline: bool


@dataclass(frozen=True, slots=True)
class Rule:
    """One business rule; `script` is the file it comes from, `when` and the actions say when it runs."""

    script: str
    title: str
    attachments: bool
    deletion: bool


PROBED_BY = "incident_saved"
"""The rule that also tells of the record `check` writes."""
RULES = (
    Rule("incident_saved", "AWS IR incident saved", attachments=False, deletion=False),
    Rule("incident_deleted", "AWS IR incident deleted", attachments=False, deletion=True),
    Rule("attachment_saved", "AWS IR attachment saved", attachments=True, deletion=False),
    Rule("attachment_deleted", "AWS IR attachment deleted", attachments=True, deletion=True),
)
"""Titles and a ten-letter id stay below the 40 characters that `sys_script.name` holds."""


def desired(settings: SetupSettings, *, inline: bool = False) -> Desired:
    """`inline`: the shared code stands in each rule, for instances that let us create no Script Include."""
    records = [
        _message(settings),
        _function(settings),
        *_headers(settings),
        *_parameters(settings),
        _credential(settings),
        *([] if inline else [_include(settings)]),
        *(_rule(settings, rule, inline=inline) for rule in RULES),
    ]
    return Desired(settings, tuple(records), inline)


def sys_id_for(settings: SetupSettings, kind: str) -> str:
    """Ours from the start, so that a repeat after a crash finds the record and both ways of setup make the same one."""
    return uuid.uuid5(NAMESPACE, f"{settings.prefix}/{kind}").hex


def _described(settings: SetupSettings, kind: str, text: str, written: Mapping[str, str] | None = None) -> str:
    marks = {name: digest(normal(name, value)) for name, value in (written or {}).items()}
    return f"{text} {Marker(settings.owner, settings.prefix, kind, marks)}"


def _wanted(settings: SetupSettings, kind: str, table: str, values: Mapping[str, str], **parents: str) -> Wanted:
    return Wanted(kind, table, sys_id_for(settings, kind), dict(values), parents)


def _message(settings: SetupSettings) -> Wanted:
    values = {
        "name": settings.message_name,
        "rest_endpoint": settings.webhook_url,
        "description": _described(settings, MESSAGE, "Tells AWS Security Incident Response about incidents."),
    }
    return _wanted(settings, MESSAGE, "sys_rest_message", values)


def _function(settings: SetupSettings) -> Wanted:
    """`content` shows what is sent; the rules set the body themselves, since substitution would not escape it."""
    body = {key: f"${{{key}}}" for key in PAYLOAD}
    values = {
        "function_name": "POST",
        "http_method": "post",
        "rest_endpoint": settings.webhook_url,
        "content": json.dumps(body),
    }
    return _wanted(settings, FUNCTION, "sys_rest_message_fn", values, rest_message=MESSAGE)


def _headers(settings: SetupSettings) -> list[Wanted]:
    headers = {"Content-Type": "application/json", "Authorization": f"Bearer ${{{TOKEN}}}"}
    return [
        _wanted(settings, f"header/{name}", HEADERS, {"name": name, "value": value}, rest_message_function=FUNCTION)
        for name, value in headers.items()
    ]


def _parameters(settings: SetupSettings) -> list[Wanted]:
    """Variables of the message. Their values are for its Test button: a ping, and no token."""
    samples = dict.fromkeys(PAYLOAD, "test") | {"event_type": PING, "table": settings.table, TOKEN: ""}
    return [
        _wanted(
            settings, f"parameter/{name}", PARAMETERS, {"name": name, "value": value}, rest_message_function=FUNCTION
        )
        for name, value in samples.items()
    ]


def _credential(settings: SetupSettings) -> Wanted:
    """Not active: scripts read it all the same, and Discovery must not offer the token to devices it looks at.

    The password, and the token's mark behind `user_name`, are written by `credential.py`; an update set carries none.
    """
    values = {
        "name": settings.credential_name,
        "type": "basic_auth",
        "user_name": f"{CREDENTIAL_USER} {settings.prefix}",
        "active": "false",
    }
    return _wanted(settings, CREDENTIAL, "discovery_credentials", values)


def _include(settings: SetupSettings) -> Wanted:
    values = {
        "name": settings.include_name,
        "script": shared_script(settings),
        "active": "true",
        "client_callable": "false",
        "description": _described(settings, INCLUDE, "What the AWS IR business rules share."),
    }
    return _wanted(settings, INCLUDE, "sys_script_include", values)


def _rule(settings: SetupSettings, rule: Rule, *, inline: bool) -> Wanted:
    kind = f"rule/{rule.script}/{settings.table}"
    theirs = {"filter_condition": _filter(settings, rule), "order": "200", "active": "true"}
    text = "Tells AWS Security Incident Response. Filter, order and active are yours; the rest is restored."
    values = theirs | {
        "name": f"{settings.prefix} {rule.title}",
        "collection": "sys_attachment" if rule.attachments else settings.table,
        "when": "after" if rule.deletion else "async",
        "action_insert": _boolean(not rule.deletion),
        "action_update": _boolean(not rule.deletion),
        "action_delete": _boolean(rule.deletion),
        "action_query": "false",
        "advanced": "true",
        "condition": _condition(settings, rule),
        "script": rule_script(settings, rule.script, inline=inline),
        "description": _described(settings, kind, text, theirs),
    }
    wanted = _wanted(settings, kind, "sys_script", values)
    return Wanted(wanted.kind, wanted.table, wanted.sys_id, wanted.values, theirs=THEIRS)


def _filter(settings: SetupSettings, rule: Rule) -> str:
    if rule.attachments:
        return f"table_name={settings.table}^EQ"
    terms = scope(settings)
    if rule.script == PROBED_BY and terms != [""]:
        terms = [*terms, f"correlation_id={PROBE_MARK}"]
    return f"{'^NQ'.join(terms)}^EQ" if terms != [""] else ""


def _condition(settings: SetupSettings, rule: Rule) -> str:
    """What our user writes is no news, but for the record of `check`, whose event shows that events travel."""
    others = f"gs.getUserID() != {json.dumps(settings.user_sys_id)}"
    if rule.script != PROBED_BY:
        return others
    return f"{others} || String(current.correlation_id) === {json.dumps(PROBE_MARK)}"


def _boolean(value: bool) -> str:
    return "true" if value else "false"
