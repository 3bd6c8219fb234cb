"""The worker beside the request path: ends malware scans when due and puts due events on the bus.

Delivery is durable: an event the bus did not take is tried again with growing pauses until it is.
"""

from __future__ import annotations

import logging
import threading
from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from .attachments import scans_run, settle_scans

if TYPE_CHECKING:
    from .events import Outgoing
    from .service import Service

_log = logging.getLogger(__name__)
_GLANCE_S = 0.05
_LONGEST_PAUSE_S = 30.0
_AT_ONCE = 10
"""Entries of one PutEvents."""
ACCESS_KEY_ID = "AKIAEMULATEDSECURITYIR"
"""Whom the bus sees: the service, which no policy of ours concerns."""
SECRET_VARIABLE = "EVENTS_SECRET"  # noqa: S105 - the name of a variable
UNCHECKED = "emulated"
"""The secret for a bus that checks no signature, as moto and LocalStack do not."""


class Jobs:
    """Runs between `start` and `stop`; `work` is one round, for tests that own the clock."""

    def __init__(self, service: Service, events_url: str | None, secret: str = UNCHECKED) -> None:
        self._service = service
        self._events_url, self._secret = events_url, secret
        self._client: Any = None
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name="security-ir-jobs", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._ended.set()
        self._service.stirred.set()
        if self._thread.ident is not None:
            self._thread.join()

    def _run(self) -> None:
        busy = True
        while True:
            self._service.stirred.wait(_GLANCE_S if busy else None)
            self._service.stirred.clear()
            if self._ended.is_set():  # asked after the clearing, which may have taken away the call to stop
                return
            self.work()
            with self._service.lock:
                busy = scans_run(self._service) or self._service.outbox.waiting

    def work(self) -> None:
        with self._service.lock:
            settle_scans(self._service)
            due = self._service.outbox.due(self._service.clock())
        for first in range(0, len(due), _AT_ONCE):
            self._send(due[first : first + _AT_ONCE])

    def _send(self, batch: list[Outgoing]) -> None:
        """Outside the lock: the bus may call back into this server before it answers."""
        try:
            answer = self._bus().put_events(Entries=[each.entry for each in batch])
        except (BotoCoreError, ClientError) as error:
            _log.warning("event %s was not taken: %s", batch[0].event["id"], type(error).__name__)
            answer = {}
        for each, taken in zip(batch, _taken(answer, len(batch)), strict=True):
            self._told(each, taken=taken)

    def _told(self, outgoing: Outgoing, *, taken: bool) -> None:
        outgoing.attempts += 1
        if taken:
            outgoing.state = "sent"
        else:
            pause_s = 0.1 * 2 ** min(outgoing.attempts, 9)
            outgoing.due = self._service.clock() + min(pause_s, _LONGEST_PAUSE_S)

    def _bus(self) -> Any:
        if self._client is None:
            self._client = boto3.client(
                "events",
                endpoint_url=self._events_url,
                region_name=self._service.region,
                aws_access_key_id=ACCESS_KEY_ID,
                aws_secret_access_key=self._secret,
                config=Config(retries={"mode": "standard", "total_max_attempts": 1}, read_timeout=10),
            )
        return self._client


def _taken(answer: dict[str, Any], count: int) -> list[bool]:
    """Of each entry. botocore makes an empty success of a body that is not JSON: then nothing was."""
    if answer.get("FailedEntryCount") == 0:
        return [True] * count
    told = answer.get("Entries") or []
    return ["EventId" in entry for entry in told] if len(told) == count else [False] * count
