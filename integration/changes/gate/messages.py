"""What a message of the gate's queue asks for: a new wait, a look at a change, a look at what is due.

Five senders, one queue: SNS (approvals of CodePipeline), Step Functions, the front door, the bus (what ServiceNow told,
what somebody asked for), the sweep.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from integration.aws.redaction import SYS_ID
from integration.changes.gate.intake import from_codepipeline, from_step_functions
from integration.changes.gate.names import ASKED_EVENT, DUE, REQUESTED, UPDATED
from integration.changes.gate.signing import same, signature
from integration.changes.gate.waiter import Ask, from_json
from integration.changes.key import key_of
from integration.reconcile.verdict import Malformed

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Wake:
    """`key`: messages with the same go one after the other; ask, sys_id or due says what is to be done. `vouched`: the
    text of an ask that the front door took, and its signature.
    """

    key: str
    ask: Ask | None = None
    sys_id: str = ""
    due: str = ""
    vouched: tuple[str, str] | None = None

    def check(self, token: str) -> None:
        """Raises `Malformed` for what came as the front door's and is not: others may send to the queue, too."""
        text, mac = self.vouched or ("", "")
        if self.vouched and not same(mac, signature(token, text.encode())):
            raise Malformed("the front door did not take this")


def wake_of(body: Mapping[str, Any], now: float) -> Wake:
    """Raises `Malformed`."""
    kind = body.get("detail-type")
    if kind is None:
        return _asked(body, now)
    detail = body.get("detail")
    if not isinstance(detail, dict):
        raise Malformed("the event has no detail")
    if kind == UPDATED:
        sys_id = str(detail.get("sys_id") or "")
        if not SYS_ID.fullmatch(sys_id):
            raise Malformed("no change is named")
        return Wake(sys_id, sys_id=sys_id)
    if kind == REQUESTED:
        return _asked(detail, now)
    try:
        if kind == DUE:
            return Wake(str(detail["key"]), due=str(detail["key"]))
        if kind == ASKED_EVENT:
            text, mac = str(detail["ask"]), str(detail["mac"])
            return replace(_wake(from_json(json.loads(text))), vouched=(text, mac))
    except (KeyError, TypeError, ValueError, AttributeError):
        raise Malformed("an event of ours has another form") from None
    raise Malformed("nobody here knows such an event")


def _asked(body: Mapping[str, Any], now: float) -> Wake:
    """As the sender wrote it; SNS wraps it."""
    if "Message" in body and "TopicArn" in body:
        body = _json(body["Message"])
    if "approval" in body:
        return _wake(from_codepipeline(body, now))
    if "task_token" in body:
        return _wake(from_step_functions(body, now))
    raise Malformed("neither an approval nor a task token is in it")


def _wake(ask: Ask) -> Wake:
    wanted = ask.wanted
    return Wake(key_of(ask.run, wanted.get("environment", ""), wanted.get("app", "")), ask=ask)


def _json(text: Any) -> Mapping[str, Any]:
    try:
        body = json.loads(text)
    except (ValueError, TypeError):
        body = None
    if not isinstance(body, dict):
        raise Malformed("the message is no JSON object")
    return body
