"""From a message to a wake, and from what went wrong to what becomes of the message. Pure.

This is the one place that decides about retries of messages; each client decides about repeating its own calls.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from integration.cases.audit import Wake
from integration.cases.errors import EXPECTED, CreationStopped, Fenced, Later
from integration.cases.link import CASE, INCIDENT
from integration.clients.errors import Misconfigured, Unavailable
from integration.names import NATIVE_NEW, NATIVE_SOURCE, SOURCE_CASES, SOURCE_INCIDENTS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

LONGEST_S, PATIENT_S = 600, 1800
"""The longest wait between two tries, so that two fit into the twenty minutes after an outage's end in which everything
is in step; and that after `PATIENT_FROM` of them, a day at least: SQS hands a message out a thousand times at most, and
these are to last the fourteen days it keeps it.
"""
PATIENT_FROM = 250
UNEXPECTED_TRIES = 5


class Malformed(ValueError):
    """A message that no rule of ours can have sent; it goes to the dead letters as it is."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What becomes of a message: done with, back after `delay_s`, or to the dead letters."""

    action: str
    delay_s: int = 0


ACKNOWLEDGE, WAIT, DEAD = "acknowledge", "wait", "dead"


def _never(_said: object, _key: str) -> bool:
    return False


def wake_of(event: Mapping[str, Any], table: str, is_marked: Callable[[object, str], bool] = _never) -> Wake | None:
    """Why this event wants somebody to look; None: it is about another table.

    `event` is an EventBridge event; `is_marked` judges its `forced`. Raises `Malformed`.
    """
    try:
        source, detail = event["source"], event["detail"]
        sent = datetime.fromisoformat(event["time"]).timestamp()
        key = _id(detail["caseId"] if source in {NATIVE_SOURCE, SOURCE_CASES} else detail["sys_id"])
        forced = detail.get("forced") is not None and is_marked(detail["forced"], key)
        flags = {"sweep": detail.get("sweep") is True, "forced": forced}
        if source in {NATIVE_SOURCE, SOURCE_CASES}:
            changed = float(detail.get("changed") or sent)  # AWS's own clock, so it may be compared with ours
            created = source == NATIVE_SOURCE and event.get("detail-type") == NATIVE_NEW
            return Wake(CASE, key, changed, **flags, created=created)
        if source == SOURCE_INCIDENTS:
            polled = detail.get("polled") is True and not detail.get("attachment_action")
            mod = int(detail["sys_mod_count"]) if polled and "sys_mod_count" in detail else None
            wanted = detail.get("table") in {None, "", table}
            return Wake(INCIDENT, key, sent, **flags, mod=mod) if wanted else None
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise Malformed(f"not an event of ours: {type(error).__name__}") from error
    raise Malformed("not an event of ours: unknown source")


def _id(value: object) -> str:
    if not isinstance(value, str) or not value.isascii() or not 1 <= len(value) <= 64:
        raise ValueError("not an id")
    return value


def verdict(error: Exception | None, receives: int, now: float) -> Verdict:
    """`receives`: how often the queue has handed the message out, this time included."""
    if error is None:
        return Verdict(ACKNOWLEDGE)
    expected = isinstance(error, EXPECTED)
    if isinstance(error, Malformed) or (not expected and receives >= UNEXPECTED_TRIES):
        return Verdict(DEAD)
    return Verdict(WAIT, _delay_s(error, receives, now))


def _delay_s(error: Exception, receives: int, now: float) -> int:
    match error:
        case Later():
            return _bounded(error.at - now)
        case Fenced():
            return 5
        case CreationStopped():
            return longest_s(receives)
        case Unavailable():
            return _bounded(max(error.retry_after_s or 0, growing_s(receives)))
        case Misconfigured():
            return growing_s(receives + 3)
    return growing_s(receives)


def longest_s(receives: int) -> int:
    """The longest a message that was handed out so often waits for its next try."""
    return LONGEST_S if receives < PATIENT_FROM else PATIENT_S


def growing_s(receives: int) -> int:
    """2, 4, 8 … seconds up to the longest, less up to a third by chance, so that waiters do not return together."""
    longest = min(longest_s(receives), 1 << min(receives, 11))
    return max(1, round(longest * random.uniform(0.67, 1)))  # noqa: S311 - jitter is no secret


def _bounded(seconds: float) -> int:
    return int(min(LONGEST_S, max(1, seconds + 0.999)))
