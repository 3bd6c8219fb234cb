"""Sends an event to a queue of ours directly, with a delay, which the bus does not know."""

from __future__ import annotations

import json
import time
import uuid
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from integration.aws.errors import SYSTEM, raising_ours
from integration.clients.errors import Unavailable

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from integration.aws.bus import Event

_CHUNK = 10
"""The most messages one call takes."""
_TRIES = 3


class Queue:
    """`url` as SQS gives it. Bodies have the form EventBridge gives events it sends to a queue."""

    def __init__(self, client: Any, url: str, clock: Callable[[], float] = time.time) -> None:
        self._client, self._url, self._clock = client, url, clock

    def send(self, events: Sequence[tuple[Event, int]]) -> None:
        """Each with its delay in seconds (at most 900). All of them, or `Unavailable`: a repeat then doubles some."""
        entries = [self._entry(number, *each) for number, each in enumerate(events)]
        for start in range(0, len(entries), _CHUNK):
            self._put(entries[start : start + _CHUNK])

    def _entry(self, number: int, event: Event, delay_s: int) -> dict[str, Any]:
        body = {
            "id": str(uuid.uuid4()),
            "source": event.source,
            "detail-type": event.detail_type,
            "time": datetime.fromtimestamp(self._clock() + delay_s, UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "resources": list(event.resources),
            "detail": dict(event.detail),
        }
        return {"Id": str(number), "MessageBody": json.dumps(body, separators=(",", ":")), "DelaySeconds": delay_s}

    def _put(self, entries: list[dict[str, Any]]) -> None:
        for _ in range(_TRIES):
            with raising_ours("send_message_batch", write=True):
                failed = self._client.send_message_batch(QueueUrl=self._url, Entries=entries).get("Failed") or []
            names = {each["Id"] for each in failed}
            entries = [entry for entry in entries if entry["Id"] in names]
            if not entries:
                return
        raise Unavailable(SYSTEM, f"the queue did not take {len(entries)} messages")
