"""What CloudFormation asks of a custom resource: one PUT to the URL it sent, whatever happened.

Facts: AWS docs, "Custom resource response objects". The URL is signed for an empty Content-Type; the whole answer is
4096 bytes at most.
"""

from __future__ import annotations

import json
import signal
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import requests
import tenacity

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from types import FrameType

LONGEST_REASON = 1000
SUCCESS, FAILED = "SUCCESS", "FAILED"


class OutOfTime(Exception):
    """The work did not end while there was time left to answer."""

    def __init__(self) -> None:
        super().__init__("ServiceNow did not answer in time")


class NotAnswered(Exception):
    """CloudFormation's URL took no answer. The message does not hold the URL: it is signed."""


@contextmanager
def within(seconds: float) -> Iterator[None]:
    """Raises `OutOfTime` in the block after so many seconds; for the main thread, where functions run."""

    def ring(_signal: int, _frame: FrameType | None) -> None:
        raise OutOfTime

    before = signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, max(seconds, 0.1))
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def send(
    event: Mapping[str, Any], physical_id: str, *, status: str, reason: str = "", data: Mapping[str, str] | None = None
) -> None:
    """Raises `NotAnswered` after three attempts; Lambda then starts the function once more."""
    body = {
        "Status": status,
        "Reason": reason[:LONGEST_REASON],
        "PhysicalResourceId": physical_id,
        "StackId": event["StackId"],
        "RequestId": event["RequestId"],
        "LogicalResourceId": event["LogicalResourceId"],
        "Data": dict(data or {}),
    }
    try:
        _put(str(event["ResponseURL"]), json.dumps(body).encode())
    except requests.RequestException as error:
        raise NotAnswered(f"CloudFormation took no answer: {type(error).__name__}") from None


@tenacity.retry(
    retry=tenacity.retry_if_exception_type(requests.RequestException),
    stop=tenacity.stop_after_attempt(3),
    wait=tenacity.wait_exponential(multiplier=0.2, max=2),
    reraise=True,
)
def _put(url: str, body: bytes) -> None:
    response = requests.put(url, data=body, headers={"Content-Type": ""}, timeout=5, allow_redirects=False)
    response.raise_for_status()
