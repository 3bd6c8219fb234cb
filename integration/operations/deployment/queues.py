"""Depths of our queues, and the ids among the dead letters; nothing else is taken out of a message."""

from __future__ import annotations

import json
import time
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from integration.aws.errors import AwsError, error_for

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator


HIDDEN_S = 60
"""Letters are ours for so long after they were read; those not sent again are shown to others at once."""
LISTEN_S = 1
"""An answer without this asks a few of SQS's machines only, and may miss letters there are."""
MOST = 1000
"""SQS hands out a queue without end, so reading one stops here."""
_COUNTS = {
    "waiting": "ApproximateNumberOfMessages",
    "in_flight": "ApproximateNumberOfMessagesNotVisible",
    "delayed": "ApproximateNumberOfMessagesDelayed",
}


class NoLonger(AwsError):
    """The letter is visible to others again: a minute has passed since it was read."""


@dataclass(frozen=True)
class Letter:
    """One dead letter. `event` None: it is none of ours, or a poll that was not started."""

    queue: str
    message_id: str
    receipt: str = field(repr=False)
    sent: float
    cause: str
    event: dict[str, Any] | None = field(repr=False)
    body: str = field(default="", repr=False)

    @property
    def as_sent(self) -> dict[str, Any] | None:
        """What is in it, event or not; None: no JSON object."""
        try:
            body = json.loads(self.body)
        except ValueError:
            return None
        return body if isinstance(body, dict) else None

    @property
    def _detail(self) -> dict[str, Any]:
        return (self.event or {}).get("detail") or {}

    @property
    def case_id(self) -> str:
        return str(self._detail.get("caseId") or "")

    @property
    def sys_id(self) -> str:
        return str(self._detail.get("sys_id") or "")

    @property
    def number(self) -> str:
        return str(self._detail.get("incident_number") or "")

    @property
    def what(self) -> str:
        return str((self.event or {}).get("detail-type") or "no event of ours")

    def forced(self, mark: Callable[[str], str]) -> str:
        """The event as it is sent again: blocks and scope do not hold it back. `mark` makes one for an id."""
        assert self.event is not None
        forced = mark(self.case_id or self.sys_id)
        return json.dumps({**self.event, "detail": {**self._detail, "forced": forced}})


class Queues:
    """`client`: boto3 SQS. Raises `RemoteError`."""

    def __init__(self, client: Any) -> None:
        self._client = client
        self._urls: dict[str, str] = {}

    def depths(self, queue: str) -> dict[str, int]:
        answer = self._call("get_queue_attributes", queue, AttributeNames=list(_COUNTS.values()))
        found = answer.get("Attributes") or {}
        return {name: int(found.get(attribute, 0)) for name, attribute in _COUNTS.items()}

    def send(self, queue: str, body: str, delay_s: int = 0) -> None:
        self._call("send_message", queue, MessageBody=body, DelaySeconds=delay_s)

    def letters(self, queue: str) -> Iterator[Letter]:
        """Every letter once; each is hidden from others until `put_back`, or for a minute."""
        seen: set[str] = set()
        while len(seen) < MOST:
            found = self._call(
                "receive_message", queue, MaxNumberOfMessages=10, VisibilityTimeout=HIDDEN_S, WaitTimeSeconds=LISTEN_S,
                AttributeNames=["SentTimestamp"], MessageAttributeNames=["All"],
            ).get("Messages") or []  # fmt: skip
            fresh = [message for message in found if message["MessageId"] not in seen]
            if not fresh:
                return
            seen.update(message["MessageId"] for message in fresh)
            yield from (_letter(queue, message) for message in fresh)

    def put_back(self, letters: Iterable[Letter]) -> None:
        for letter in letters:
            with suppress(NoLonger):
                self._call("change_message_visibility", letter.queue, ReceiptHandle=letter.receipt, VisibilityTimeout=0)

    def remove(self, letter: Letter) -> None:
        self._call("delete_message", letter.queue, ReceiptHandle=letter.receipt)

    def _call(self, operation: str, queue: str, **asked: Any) -> dict[str, Any]:
        try:
            if queue not in self._urls:
                self._urls[queue] = self._client.get_queue_url(QueueName=queue)["QueueUrl"]
            answer: dict[str, Any] = getattr(self._client, operation)(QueueUrl=self._urls[queue], **asked)
        except (self._client.exceptions.MessageNotInflight, self._client.exceptions.ReceiptHandleIsInvalid):
            raise NoLonger(queue) from None
        except (ClientError, BotoCoreError) as error:
            raise error_for(error, f"{operation} of {queue}") from None
        return answer


def _letter(queue: str, message: dict[str, Any]) -> Letter:
    attributes = message.get("MessageAttributes") or {}
    cause = next(
        (str(attributes[name].get("StringValue")) for name in ("cause", "ERROR_CODE") if name in attributes), ""
    )
    sent = float((message.get("Attributes") or {}).get("SentTimestamp") or time.time() * 1000) / 1000
    body = message["Body"]
    return Letter(queue, message["MessageId"], message["ReceiptHandle"], sent, cause, _event(body), body)


def _event(body: str) -> dict[str, Any] | None:
    try:
        event = json.loads(body)
    except ValueError:
        return None
    ours = isinstance(event, dict) and isinstance(event.get("detail"), dict) and "detail-type" in event
    named = ours and (event["detail"].get("caseId") or event["detail"].get("sys_id"))
    return event if named else None
