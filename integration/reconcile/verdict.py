"""Decides what becomes of a message, from what its pass met. Pure.

The one place that decides about retries of messages; each client decides about repeating its own calls.
"""

from __future__ import annotations

import random
from dataclasses import dataclass

from integration.clients.errors import Misconfigured, Unavailable
from integration.reconcile.errors import EXPECTED, Braked, ClaimLost, Later

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
        case ClaimLost():
            return 5
        case Braked():
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
