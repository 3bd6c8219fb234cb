"""What a business rule may tell: ids, a version, and what kind of change it was. Everything else is dropped.

The published sample's rules also send `short_description`; it goes no further than this module.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from typing import TYPE_CHECKING, Any, TypeAlias

from integration import names as n
from integration.aws.redaction import NUMBER
from integration.registry import NOTIFICATIONS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

LARGEST_BODY = 16 * 1024
"""Characters. A body of ours has some 300; the sample's carries a short description."""
EVENT_TYPES = tuple(kind for each in NOTIFICATIONS for kind in each.event_types)
TABLES = tuple(table for each in NOTIFICATIONS for table in each.tables)
ACTIONS = ("added", "updated", "deleted")

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


def detail_of(body: Mapping[str, Any]) -> Detail:
    """The event's detail: known keys, checked. Empty for a ping. Raises `BadNotification`, naming the key."""
    event_type = body.get("event_type")
    if event_type == n.PING:
        return {}
    detail: Detail = {}
    for key, check in _REQUIRED.items():
        detail[key] = check(key, body.get(key))
    for key, check in _OPTIONAL.items():
        if body.get(key) not in (None, "") and (known := check(key, body[key])) != "":
            detail[key] = known
    return detail


def _one_of(*allowed: str) -> Callable[[str, Any], str]:
    def check(key: str, value: Any) -> str:
        if value not in allowed or not isinstance(value, str):
            raise BadNotification(f"{key} is none of {', '.join(allowed)}")
        return value

    return check


def _form(pattern: str) -> Callable[[str, Any], str]:
    form = re.compile(pattern, re.ASCII)

    def check(key: str, value: Any) -> str:
        if not isinstance(value, str) or not form.fullmatch(value):
            raise BadNotification(f"{key} is missing or has another form")
        return value

    return check


def _number(_: str, value: Any) -> str:
    """For people only: numbering may be off, or give any form, so nothing about it is refused. What has not the form
    of a number goes no further: the bus's log keeps events whole.
    """
    return str(value) if NUMBER.fullmatch(str(value)) else ""


def _count(key: str, value: Any) -> int:
    """Rules send it as a text, since that is what a GlideElement gives."""
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 10**9:
        return value
    if isinstance(value, str) and re.fullmatch(r"[0-9]{1,9}", value):
        return int(value)
    raise BadNotification(f"{key} is not a whole number")


_REQUIRED: dict[str, Callable[[str, Any], Any]] = {
    "event_type": _one_of(*EVENT_TYPES),
    "sys_id": _form(r"[A-Za-z0-9_-]{1,32}"),
    "table": _one_of(*TABLES),
}
_OPTIONAL: dict[str, Callable[[str, Any], Any]] = {
    "incident_number": _number,
    "sys_mod_count": _count,
    "attachment_action": _one_of(*ACTIONS),
    "instance_name": _form(r"[A-Za-z0-9._-]{1,100}"),
}
