"""What the planner's step means for somebody who waits, and when to look again. Pure.

Only `Start` is approved. What is not known by name here leaves everybody waiting, until their wait ends with no.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from integration.changes.gate.waiter import Answer
from integration.changes.plan import Settle, Start, Stop, Wait

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from integration.changes.gate.waiter import Waiter
    from integration.changes.model import Change
    from integration.changes.plan import Step

QUARTER_S = 900.0
"""Every change somebody waits for is looked at so often, all in one go, for what no event told."""
GRACE_S = 3600.0
"""So long after its planned end an approved change may be open before it counts as forgotten."""


def answer(step: Step, waiter: Waiter, number: str, now: float) -> Answer | None:
    """None: not yet."""
    late = "the change was not decided in time"
    if isinstance(step, Stop):
        return Answer(approved=False, reason=step.reason, number=number)
    if now >= waiter.ends:
        return Answer(approved=False, reason=late, number=number)
    if isinstance(step, Start):
        return Answer(approved=True, reason=f"{number} is approved", number=number)
    if now < waiter.answer_by:
        return None
    return Answer(approved=False, reason=f"{late}: {step.reason}" if isinstance(step, Wait) else late, number=number)


def unasked(waiter: Waiter, number: str, now: float) -> Answer | None:
    """Where the instance cannot be asked: nobody is let through, and whose wait ends is told so."""
    if now < waiter.answer_by:
        return None
    return Answer(approved=False, reason="ServiceNow could not be asked before the wait ended", number=number)


def next_look(step: Step, waiting: Iterable[Waiter], now: float) -> float:
    """At the latest; an event may come before."""
    moments = [waiter.answer_by for waiter in waiting]
    if isinstance(step, Wait | Settle) and step.until:
        moments.append(step.until.timestamp())
    return max(now, min(moments))


def quarter(now: float) -> float:
    """The next moment at which all are looked at: the same for all of them."""
    return (now // QUARTER_S + 1) * QUARTER_S


def forgotten_at(change: Change) -> float | None:
    """When somebody must ask why it is still open; None: it has no planned end."""
    end: datetime | None = change.end
    return end.timestamp() + GRACE_S if end else None
