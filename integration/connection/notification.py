"""Checks what the instance tells: ids, a version, a kind of change. Everything else is dropped.

Which events there are, about which tables and with which words, stands in the integrations' declarations. The published
sample's rules also send `short_description`; it goes no further than this module.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from functools import partial
from typing import TYPE_CHECKING, Any, TypeAlias

from integration import names as n
from integration.aws.redaction import NUMBER, SYS_ID

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    from integration.declaration import Key, Notification

LARGEST_BODY = 16 * 1024
"""Characters. A body of ours has some 300; the sample's carries a short description."""

Detail: TypeAlias = dict[str, Any]


class BadNotification(ValueError):
    """Nothing can be done with it; `status` is the HTTP status, the message is fit for the sender's log."""

    def __init__(self, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.status = status


def body_of(event: Mapping[str, Any]) -> Mapping[str, Any]:
    """The JSON object an API Gateway proxy event carries."""
    raw = event.get("body") or ""
    if not isinstance(raw, str) or len(raw) > LARGEST_BODY:
        raise BadNotification("the body is too large", 413)
    try:
        text = base64.b64decode(raw, validate=True).decode() if event.get("isBase64Encoded") else raw
        body = json.loads(text)
    except (ValueError, binascii.Error, RecursionError):
        raise BadNotification("the body is not JSON") from None
    if not isinstance(body, dict):
        raise BadNotification("the body is not a JSON object")
    return body


def detail_of(body: Mapping[str, Any], notifications: Sequence[Notification]) -> Detail:
    """The event's detail: known keys, checked. Empty for a ping. Raises `BadNotification`, naming the key."""
    if body.get("event_type") == n.PING:
        return {}
    declared = {event_type: each for each in notifications for event_type in each.event_types}
    event_type = _one_of(declared, "event_type", body.get("event_type"))
    detail: Detail = {
        "event_type": event_type,
        "sys_id": _of_form(SYS_ID.pattern, "sys_id", body.get("sys_id")),
        "table": _one_of(declared[event_type].tables, "table", body.get("table")),
    }
    checks = {key.name: partial(_declared, key) for key in declared[event_type].keys} | _OF_EVERY_EVENT
    for name, check in checks.items():
        if body.get(name) not in (None, "") and (known := check(name, body[name])) != "":
            detail[name] = known
    return detail


def _declared(key: Key, name: str, value: Any) -> str:
    if key.words:
        return _one_of(key.words, name, value)
    return _of_form(key.form, name, value) if key.form else _number(value)


def _one_of(allowed: Collection[str], name: str, value: Any) -> str:
    if not isinstance(value, str) or value not in allowed:
        raise BadNotification(f"{name} is none of {', '.join(allowed)}")
    return value


def _of_form(form: str, name: str, value: Any) -> str:
    if not isinstance(value, str) or not re.fullmatch(form, value, re.ASCII):
        raise BadNotification(f"{name} is missing or has another form")
    return value


def _number(value: Any) -> str:
    """For people only: numbering may be off, or give any form, so nothing about it is refused. What has not the form
    of a number goes no further: the bus's log keeps events whole.
    """
    return str(value) if NUMBER.fullmatch(str(value)) else ""


def _count(name: str, value: Any) -> int:
    """Rules send it as a text, since that is what a GlideElement gives."""
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 10**9:
        return value
    if isinstance(value, str) and re.fullmatch(r"[0-9]{1,9}", value):
        return int(value)
    raise BadNotification(f"{name} is not a whole number")


_OF_EVERY_EVENT: dict[str, Callable[[str, Any], Any]] = {
    "sys_mod_count": _count,
    "instance_name": partial(_of_form, r"[A-Za-z0-9._-]{1,100}"),
}
