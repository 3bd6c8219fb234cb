"""The desired records of the instance, as data. The REST way and the update set are both made from it."""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass, field, replace
from importlib import import_module
from typing import TYPE_CHECKING

from integration.names import PING
from servicenow_setup.columns import HEADERS, PARAMETERS, name_of, normal
from servicenow_setup.exported import platform_columns
from servicenow_setup.marker import Marker, digest
from servicenow_setup.scripts import PAYLOAD, shared_script
from servicenow_setup.settings import credential_name

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from servicenow_setup.settings import SetupSettings

NAMESPACE = uuid.UUID("6c1f6f0e-4e0c-5f0b-9a55-6a8f2d3a9d10")
MESSAGE, FUNCTION, CREDENTIAL, INCLUDE = "message", "function", "credential", "include"
TOKEN = "token"  # noqa: S105 - the name of a variable of the REST message
THEIRS = ("filter_condition", "order", "active")
"""Columns of a rule that a customer may change; everything else is restored."""
CREDENTIAL_USER = "aws-security-ir"
SAVED, DELETED = ("insert", "update"), ("delete",)
"""What a rule runs on."""
ASYNC, NEWER_ASYNC = "async", "async_always"
"""`sys_script.when`: all instances know the first; the second runs during upgrades too, on those that have it."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """One record. `kind` names it within a deployment; `parents` are columns that refer to other kinds.

    `values` are raw column values as the instance stores them; `parents` are added to them with real sys_ids.
    `given` goes along with a creation and is never compared. `theirs` are columns a customer may change.
    `without`: what happens where an instance refuses this record, if all else works without it.
    """

    kind: str
    table: str
    sys_id: str
    values: Mapping[str, str]
    parents: Mapping[str, str] = field(default_factory=dict)
    given: Mapping[str, str] = field(default_factory=dict)
    theirs: tuple[str, ...] = ()
    without: str = ""

    @property
    def name(self) -> str:
        return name_of(self.values)


@dataclass(frozen=True, slots=True)
class Desired:
    """In the order of creation: each record after those it refers to or needs when it runs."""

    settings: SetupSettings
    records: tuple[Wanted, ...]
    inline: bool


def desired(settings: SetupSettings, *, inline: bool = False) -> Desired:
    """`inline`: the shared code stands in each rule, for instances that let us create no Script Include."""
    records = [
        _message(settings),
        _function(settings),
        *_headers(settings),
        *_parameters(settings),
        credential(settings.prefix),
        *([] if inline else [_include(settings)]),
        *(record for part in settings.parts for record in _loaded(part)(settings, inline=inline)),
    ]
    return Desired(settings, tuple(records), inline)


def _loaded(part: str) -> Callable[..., Iterable[Wanted]]:
    module, _, name = part.partition(":")
    found: Callable[..., Iterable[Wanted]] = getattr(import_module(module), name)
    return found


def sys_id_for(prefix: str, kind: str) -> str:
    """Ours from the start, so that a repeat after a crash finds the record and both ways of setup make the same one."""
    return uuid.uuid5(NAMESPACE, f"{prefix}/{kind}").hex


def described(settings: SetupSettings, kind: str, text: str, written: Mapping[str, str] | None = None) -> str:
    """`text`, and the mark by which a record is found again."""
    marks = {name: digest(normal(name, value)) for name, value in (written or {}).items()}
    return f"{text} {Marker(settings.owner, settings.prefix, kind, marks)}"


def wanted(settings: SetupSettings, kind: str, table: str, values: Mapping[str, str], **parents: str) -> Wanted:
    """A record under the sys_id that is its own in this deployment."""
    return Wanted(kind, table, sys_id_for(settings.prefix, kind), dict(values), parents, platform_columns(table))


def business_rule(
    settings: SetupSettings, kind: str, text: str, concerns: str, *, on: tuple[str, ...], **values: str
) -> Wanted:
    """`concerns`: an encoded query, the customer's to change, as order and active are; `on`: which operations."""
    theirs = {"filter_condition": concerns, "order": "200", "active": "true"}
    actions = {f"action_{each}": str(each in on).lower() for each in ("insert", "update", "delete", "query")}
    of_all = theirs | actions | {"advanced": "true", "description": described(settings, kind, text, theirs)}
    return replace(wanted(settings, kind, "sys_script", of_all | values), theirs=THEIRS)


def _message(settings: SetupSettings) -> Wanted:
    values = {
        "name": settings.message_name,
        "rest_endpoint": settings.webhook_url,
        "description": described(settings, MESSAGE, "Tells AWS Security Incident Response about incidents."),
    }
    return wanted(settings, MESSAGE, "sys_rest_message", values)


def _function(settings: SetupSettings) -> Wanted:
    """`content` shows what is sent; the rules set the body themselves, since substitution would not escape it."""
    body = {key: f"${{{key}}}" for key in PAYLOAD}
    values = {
        "function_name": "POST",
        "http_method": "post",
        "rest_endpoint": settings.webhook_url,
        "content": json.dumps(body),
    }
    function = wanted(settings, FUNCTION, "sys_rest_message_fn", values, rest_message=MESSAGE)
    return replace(function, given={**function.given, "qualified_name": f"{settings.message_name} [ post ]"})


def _headers(settings: SetupSettings) -> list[Wanted]:
    headers = {"Content-Type": "application/json", "Authorization": f"Bearer ${{{TOKEN}}}"}
    return [
        wanted(settings, f"header/{name}", HEADERS, {"name": name, "value": value}, rest_message_function=FUNCTION)
        for name, value in headers.items()
    ]


def _parameters(settings: SetupSettings) -> list[Wanted]:
    """Variables of the message. Their values are for its Test button: a ping, and no token."""
    samples = dict.fromkeys(PAYLOAD, "test") | {"event_type": PING, "table": settings.table, TOKEN: ""}
    return [
        wanted(
            settings, f"parameter/{name}", PARAMETERS, {"name": name, "value": value}, rest_message_function=FUNCTION
        )
        for name, value in samples.items()
    ]


def credential(prefix: str) -> Wanted:
    """Not active: scripts read it all the same, and Discovery must not offer the token to devices it looks at.

    The password, and the token's mark behind `user_name`, are written by `credential.py`. No update set holds it.
    """
    values = {
        "name": credential_name(prefix),
        "type": "basic_auth",
        "user_name": f"{CREDENTIAL_USER} {prefix}",
        "active": "false",
    }
    table = "discovery_credentials"
    return Wanted(CREDENTIAL, table, sys_id_for(prefix, CREDENTIAL), values, given=platform_columns(table))


def _include(settings: SetupSettings) -> Wanted:
    values = {
        "name": settings.include_name,
        "api_name": f"global.{settings.include_name}",
        "script": shared_script(settings),
        "active": "true",
        "client_callable": "false",
        "description": described(settings, INCLUDE, "What the AWS IR business rules share."),
    }
    return wanted(settings, INCLUDE, "sys_script_include", values)
