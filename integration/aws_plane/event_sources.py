"""Event source mappings: queues that wake functions.

Source: Lambda developer guide, "Using Lambda with Amazon SQS". Deletes what succeeded; what failed comes back when its
visibility ends. A poller looks when something was sent, twice a second while what failed waits to become visible
again, and else now and then.
"""

from __future__ import annotations

import hashlib
import json
import logging
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from integration.aws_plane.concurrency import Throttled

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from integration.aws_plane.environment import Outcome
    from integration.aws_plane.function import Function

GLANCE_S, IDLE_GLANCE_S = 0.5, 5.0
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Source:
    """One mapping as the template has it."""

    queue_url: str
    queue_arn: str
    batch_size: int = 10
    concurrency: int = 10
    partial_failures: bool = False
    enabled: bool = True
    visibility_s: float = 30.0
    """Of the queue, at the time the mapping was made."""


@dataclass
class Poller:
    source: Source
    function: Function
    sqs: Any
    region: str
    paused: bool = False
    unfinished: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    """By message id: what failed, as it was received, and waits for its visibility to end."""
    batches: int = 0
    _busy: int = 0
    _stirred: threading.Condition = field(default_factory=threading.Condition)
    _seen: bool = True
    _ended: bool = False
    _over: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None

    def __post_init__(self) -> None:
        self._allowed = self.source.concurrency

    def start(self) -> None:
        self._workers = ThreadPoolExecutor(self.source.concurrency, thread_name_prefix=f"esm-{self.function.name}")
        self._thread = threading.Thread(target=self._run, name=f"esm-{self.function.name}", daemon=True)
        self._thread.start()

    def stir(self) -> None:
        with self._stirred:
            self._seen = True
            self._stirred.notify()

    def stop(self) -> None:
        """Batches that run end first, unless their function is closed, which ends them."""
        self._over.set()
        with self._stirred:
            self._ended = True
            self._stirred.notify()
        if self._thread:
            self._thread.join()
            self._workers.shutdown(wait=False, cancel_futures=True)

    def resume(self) -> None:
        self.paused = False
        self.stir()

    @property
    def queue(self) -> str:
        return self.source.queue_url.rpartition("/")[2]

    @property
    def busy(self) -> int:
        return self._busy

    def redeliver(self, every: int = 1) -> int:
        """What failed (or every so-many-th of it) becomes visible now instead of when its time ends; how many."""
        chosen = list(self.unfinished.items())[::every]
        gone = self.sqs.exceptions
        for message_id, message in chosen:
            self.unfinished.pop(message_id, None)
            with suppress(gone.ReceiptHandleIsInvalid, gone.MessageNotInflight):  # it came back by itself meanwhile
                self.sqs.change_message_visibility(
                    QueueUrl=self.source.queue_url, ReceiptHandle=message["ReceiptHandle"], VisibilityTimeout=0
                )
        self.stir()
        return len(chosen)

    def _run(self) -> None:
        while True:
            with self._stirred:
                if not self._seen and not self._ended:
                    self._stirred.wait(GLANCE_S if self.unfinished else IDLE_GLANCE_S)
                self._seen = False
                if self._ended:
                    return
                free = self.source.enabled and not self.paused and self._busy < self._allowed
            while free and self._hand_over():
                with self._stirred:
                    free = not self._ended and not self.paused and self._busy < self._allowed

    def _hand_over(self) -> bool:
        """One batch to a worker; False when nothing was visible. Counted as busy before it leaves the queue, so that
        a message is always seen in one of both places.
        """
        self._count(busy=1)
        messages = self._receive()
        if messages:
            self.batches += 1
            self._workers.submit(self._work, messages)
        else:
            self._count(busy=-1)
        return bool(messages)

    def _receive(self) -> list[dict[str, Any]]:
        """A queue that does not answer is looked at again, as by Lambda."""
        try:
            got = self.sqs.receive_message(
                QueueUrl=self.source.queue_url,
                MaxNumberOfMessages=min(self.source.batch_size, 10),
                MessageSystemAttributeNames=["All"],
                MessageAttributeNames=["All"],
            )
        except (BotoCoreError, ClientError):
            _log.exception("the mapping of %s could not look at its queue", self.function.name)
            return []
        found: list[dict[str, Any]] = got.get("Messages", [])
        for message in found:  # what came back by itself is worked on: by its former receipt it would come twice
            self.unfinished.pop(message["MessageId"], None)
        return found

    def _count(self, *, busy: int) -> None:
        with self._stirred:
            self._busy += busy

    def _work(self, messages: list[dict[str, Any]]) -> None:
        try:
            self._settle(messages, self._invoke(messages))
        except Exception:
            _log.exception("the mapping of %s lost a batch; its messages come back by themselves", self.function.name)
            raise
        finally:
            self._count(busy=-1)
            self.stir()

    def _invoke(self, messages: list[dict[str, Any]]) -> set[str]:
        """Ids of the messages that failed."""
        everything = {m["MessageId"] for m in messages}
        outcome = self._outcome({"Records": [self._event(m) for m in messages]})
        if outcome is None or outcome.error:
            return everything
        return failures(outcome, everything) if self.source.partial_failures else set()

    def _outcome(self, event: Mapping[str, Any]) -> Outcome | None:
        """A throttled batch is tried again, later and later and with fewer others beside it, until its visibility ends;
        None then. Source: Lambda developer guide, "Handling errors for an SQS event source", backoff strategy.
        """
        over, pause_s = time.monotonic() + self.source.visibility_s, GLANCE_S
        while True:
            try:
                outcome = self.function.invoke(event)
            except Throttled:
                self._allow(-1)
                if time.monotonic() + pause_s > over or self._over.wait(pause_s):
                    return None
                pause_s *= 2
            else:
                self._allow(1)
                return outcome

    def _allow(self, more: int) -> None:
        with self._stirred:
            self._allowed = min(max(1, self._allowed + more), self.source.concurrency)

    def _settle(self, messages: list[dict[str, Any]], failed: set[str]) -> None:
        done = [m for m in messages if m["MessageId"] not in failed]
        for message in messages:
            if message["MessageId"] in failed:
                self.unfinished[message["MessageId"]] = message
            else:
                self.unfinished.pop(message["MessageId"], None)
        if done:
            entries = [{"Id": str(i), "ReceiptHandle": m["ReceiptHandle"]} for i, m in enumerate(done)]
            self.sqs.delete_message_batch(QueueUrl=self.source.queue_url, Entries=entries)

    def _event(self, message: Mapping[str, Any]) -> dict[str, Any]:
        attributes = {
            _lower(name): {_lower(k): v for k, v in value.items()}
            for name, value in message.get("MessageAttributes", {}).items()
        }
        return {
            "messageId": message["MessageId"],
            "receiptHandle": message["ReceiptHandle"],
            "body": message["Body"],
            "attributes": message.get("Attributes", {}),
            "messageAttributes": attributes,
            "md5OfBody": hashlib.md5(message["Body"].encode(), usedforsecurity=False).hexdigest(),
            "eventSource": "aws:sqs",
            "eventSourceARN": self.source.queue_arn,
            "awsRegion": self.region,
        }


def _lower(name: str) -> str:
    return name[:1].lower() + name[1:]


def failures(outcome: Outcome, everything: Iterable[str]) -> set[str]:
    """Ids in `batchItemFailures`. A malformed list, an empty or unknown id means the whole batch failed (as on AWS)."""
    ids = set(everything)
    try:
        told = json.loads(outcome.payload or b"null") or {}
        named = [item["itemIdentifier"] for item in told.get("batchItemFailures") or []]
    except (ValueError, TypeError, KeyError, AttributeError):
        return ids
    return ids if any(name not in ids for name in named) else set(named)
