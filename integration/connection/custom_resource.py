"""Answers a CloudFormation custom resource: one PUT to the URL it sent, whatever happened.

Facts: AWS docs, "Custom resource response objects". The URL is signed for an empty Content-Type; the whole answer is
4096 bytes at most. The URL's bucket: CloudFormation user guide, "Setting up VPC endpoints".
"""

from __future__ import annotations

import json
import os
import re
import signal
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import requests
import tenacity

from integration import names as n

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from types import FrameType

LONGEST_REASON = 1000
SUCCESS, FAILED = "SUCCESS", "FAILED"
_CLOUDFORMATION = re.compile(
    r"https://cloudformation-custom-resource-response-[a-z0-9-]+\.s3(?:[.-][a-z0-9-]+)*\.amazonaws\.com(?:\.cn)?/"
)
_LOOPBACK = re.compile(r"http://127\.0\.0\.1:\d+/")


class OutOfTime(Exception):
    """The work did not end while there was time left to answer."""

    def __init__(self) -> None:
        super().__init__("ServiceNow did not answer in time")


class NotAnswered(Exception):
    """CloudFormation's URL took no answer, or is not its. The message does not hold the URL: it is signed."""


def address(event: Mapping[str, Any]) -> str:
    """Where the answer goes. Raises `NotAnswered` for what is neither CloudFormation's nor the local plane's.

    The text itself is looked at: readers of addresses differ over `\\` and `@`.
    """
    url, local = str(event["ResponseURL"]), os.environ.get(n.ENV_ANSWERS, "")
    if _CLOUDFORMATION.match(url) or (_LOOPBACK.match(local) and url.startswith(local)):
        return url
    raise NotAnswered("the event asks to answer somebody who is not CloudFormation, so nothing was done")


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
        _put(address(event), json.dumps(body).encode())
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
