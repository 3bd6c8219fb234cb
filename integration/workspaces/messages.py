"""What a message of the queue is about: a request item that the instance told of, a row whose time has come, or all
request items, whose news may be lost.

What has to be done follows from a look at it, never from the message.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from integration.aws.bus import Event
from integration.names import SOURCE_INCIDENTS
from integration.reconcile.verdict import Malformed
from integration.workspaces.names import DUE, ORDERED

if TYPE_CHECKING:
    from collections.abc import Mapping

ORDER, WORKSPACE, LOOK = "Order", "Workspace", "Look"
"""The first two as `Records.due` calls them. The key of a look is its minute."""
_FORMS = {
    ORDER: re.compile(r"[A-Za-z0-9-]{1,64}", re.ASCII),
    WORKSPACE: re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.ASCII),
    LOOK: re.compile(r"[0-9]{1,12}", re.ASCII),
}


@dataclass(frozen=True, slots=True)
class Wake:
    """`kind`: one of the three; `key`: messages with the same go one after the other."""

    kind: str
    key: str


def wake_of(body: Mapping[str, Any]) -> Wake:
    """Raises `Malformed`."""
    detail = body.get("detail")
    if not isinstance(detail, dict):
        raise Malformed("the event has no detail")
    match body.get("detail-type"):
        case str(kind) if kind == ORDERED:
            return _wake(ORDER, detail.get("sys_id"))
        case str(kind) if kind == DUE:
            return _wake(detail.get("kind"), detail.get("key"))
    raise Malformed("nobody here knows such an event")


def due_event(kind: str, key: str) -> Event:
    """For the queue: look at this."""
    return Event(SOURCE_INCIDENTS, DUE, {"event_type": DUE, "kind": kind, "key": key})


def _wake(kind: Any, key: Any) -> Wake:
    form = _FORMS.get(kind) if isinstance(kind, str) else None
    if form is None or not isinstance(key, str) or not form.fullmatch(key):
        raise Malformed("no order and no workspace is named")
    return Wake(kind, key)
