"""Publishes to our event bus. PutEvents answers 200 even if it took no entry, so every entry is looked at."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from integration.aws.errors import SYSTEM, raising_ours
from integration.clients.errors import Misconfigured, Unavailable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

_CHUNK = 10
"""The most entries one call takes."""
_PAUSES_S = (0.1, 0.4)
_TEMPORARY = ("Throttl", "Internal", "ServiceUnavailable", "LimitExceeded")


@dataclass(frozen=True, slots=True)
class Event:
    """`detail` carries ids and versions, never a text of a record."""

    source: str
    detail_type: str
    detail: Mapping[str, Any]
    resources: Sequence[str] = ()


class Bus:
    def __init__(self, client: Any, name: str, sleep: Callable[[float], None] = time.sleep) -> None:
        self._client, self._name, self._sleep = client, name, sleep

    def publish(self, events: Iterable[Event]) -> None:
        """All of them, or `Unavailable`: those before the failed ones are then published, so a repeat doubles them."""
        entries = [self._entry(event) for event in events]
        for start in range(0, len(entries), _CHUNK):
            self._put(entries[start : start + _CHUNK])

    def _entry(self, event: Event) -> dict[str, Any]:
        return {
            "EventBusName": self._name,
            "Source": event.source,
            "DetailType": event.detail_type,
            "Detail": json.dumps(dict(event.detail), separators=(",", ":")),
            "Resources": list(event.resources),
        }

    def _put(self, entries: list[dict[str, Any]]) -> None:
        for pause_s in (*_PAUSES_S, None):
            entries = self._failed(entries)
            if not entries:
                return
            if pause_s is not None:
                self._sleep(pause_s)
        raise Unavailable(SYSTEM, f"the bus did not take {len(entries)} events")

    def _failed(self, entries: list[dict[str, Any]]) -> list[dict[str, Any]]:
        with raising_ours("put_events", write=True):
            answer = self._client.put_events(Entries=entries)
        if not answer.get("FailedEntryCount"):
            return []
        results = [str(result.get("ErrorCode") or "") for result in answer["Entries"]]
        for code in results:
            if code and not code.startswith(_TEMPORARY):
                raise Misconfigured(SYSTEM, f"put_events: {code}")
        return [entry for entry, code in zip(entries, results, strict=True) if code]
