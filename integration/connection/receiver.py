"""Turns a notification into an event on the bus that says which record to look at.

Bad input is 4xx and nobody's alarm. Trouble of ours is 503, so that the rule logs it; the sweep then finds the change.
"""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

from integration import names as n
from integration.aws.bus import Bus, Event
from integration.aws.settings import load_values
from integration.clients.errors import RemoteError
from integration.connection.notification import BadNotification, body_of, detail_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from integration.aws.telemetry import Telemetry
    from integration.connection.heard import Memory
    from integration.declaration import Notification

INSTANCE_KEPT_S = 300
"""How long the name of the instance is remembered; a deployment changes it at most as often."""


class Receiver:
    """`expected_instance` gives the name of the only instance whose events count, or "" for any."""

    def __init__(
        self,
        notifications: Sequence[Notification],
        bus: Bus,
        expected_instance: Callable[[], str],
        memory: Memory,
        telemetry: Telemetry,
    ) -> None:
        self._notifications, self._bus, self._expected_instance = notifications, bus, expected_instance
        self._memory, self._telemetry = memory, telemetry

    def answer(self, event: Mapping[str, Any]) -> dict[str, Any]:
        """The proxy response. Another instance's event (a clone that kept our rules) is accepted and ignored.

        The name it goes by has then done its work: nobody behind the bus asks, and the bus's log keeps events whole.
        """
        try:
            detail = detail_of(body_of(event), self._notifications)
            if not detail:
                return _response(202, {"accepted": True})
            foreign = self._foreign(detail)
            if detail["event_type"] == n.INCIDENT_PROBE:
                self._memory.probe(detail, foreign=foreign)
                return _response(202, {"accepted": True})
            if foreign:
                self._telemetry.log.warning("event of another instance ignored", extra=_ids(detail))
                return _response(202, {"accepted": True, "ignored": "another instance"})
            told = {key: value for key, value in detail.items() if key != "instance_name"}
            self._bus.publish([Event(n.SOURCE_INCIDENTS, detail["event_type"], told)])
        except BadNotification as error:
            self._telemetry.log.warning("bad notification", extra={"status": error.status, "outcome": "refused"})
            return _response(error.status, {"error": str(error)})
        except RemoteError:
            self._telemetry.log.exception("event not published")
            return _response(503, {"error": "not published; the sweep will find the change"})
        self._memory.event()
        self._telemetry.log.info("event published", extra=_ids(detail))
        return _response(202, {"accepted": True})

    def _foreign(self, detail: Mapping[str, Any]) -> bool:
        named = detail.get("instance_name", "")
        expected = self._expected_instance() if named else ""
        return bool(expected) and named.lower() != expected.lower()


class ExpectedInstance:
    """The setting `instance_name`, read at most every five minutes."""

    def __init__(self, ssm: Any, prefix: str, clock: Callable[[], float] = time.time) -> None:
        self._ssm, self._prefix, self._clock = ssm, prefix, clock
        self._name, self._until = "", 0.0

    def __call__(self) -> str:
        if self._clock() >= self._until:
            self._name = str(load_values(self._ssm, self._prefix).get("instance_name") or "")
            self._until = self._clock() + INSTANCE_KEPT_S
        return self._name


def _ids(detail: Mapping[str, Any]) -> dict[str, Any]:
    return {key: detail.get(key, "") for key in ("event_type", "sys_id", "table", "incident_number")}


def _response(status: int, body: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "statusCode": status,
        "headers": {"Content-Type": "application/json", "Cache-Control": "no-store"},
        "body": json.dumps(dict(body)),
    }
