"""Why a pass begins, and which message says so. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from integration.cases.link import CASE, INCIDENT
from integration.names import NATIVE_NEW, NATIVE_SOURCE, SOURCE_CASES, SOURCE_INCIDENTS
from integration.reconcile.verdict import Malformed

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


@dataclass(frozen=True, slots=True)
class Wake:
    """Why somebody should look. `sent` is when the event was sent, epoch seconds.

    `sweep`: look at both sides whatever the first shows. `forced`: from `backfill` or `replay`; scope and blocks do
    not hold it back. `created`: AWS's own word that there is a new case, which means nothing else. `mod`: the
    `sys_mod_count` the event knew, where it came from our own poll.
    """

    side: str
    key: str
    sent: float
    sweep: bool = False
    forced: bool = False
    created: bool = False
    mod: int | None = None


def _never(_said: object, _key: str) -> bool:
    return False


@dataclass(frozen=True, slots=True)
class Message:
    """What an event says. `seal`: its word for `forced`; `table`: of which record, where it says so."""

    wake: Wake
    seal: object = None
    table: str = ""

    @property
    def key(self) -> str:
        return self.wake.key

    def wake_for(self, table: str, is_marked: Callable[[object, str], bool] = _never) -> Wake | None:
        """Why this event wants somebody to look; None: it is about another table. `is_marked` judges its seal."""
        if self.table not in {"", table}:
            return None
        forced = self.seal is not None and is_marked(self.seal, self.key)
        return replace(self.wake, forced=True) if forced else self.wake


def message_of(event: Mapping[str, Any]) -> Message:
    """`event` is an EventBridge event. Raises `Malformed`."""
    try:
        source, detail = event["source"], event["detail"]
        sent = datetime.fromisoformat(event["time"]).timestamp()
        sweep, seal = detail.get("sweep") is True, detail.get("forced")
        if source in {NATIVE_SOURCE, SOURCE_CASES}:
            changed = float(detail.get("changed") or sent)  # AWS's own clock, so it may be compared with ours
            created = source == NATIVE_SOURCE and event.get("detail-type") == NATIVE_NEW
            return Message(Wake(CASE, _id(detail["caseId"]), changed, sweep, created=created), seal)
        if source == SOURCE_INCIDENTS:
            polled = detail.get("polled") is True and not detail.get("attachment_action")
            mod = int(detail["sys_mod_count"]) if polled and "sys_mod_count" in detail else None
            wake = Wake(INCIDENT, _id(detail["sys_id"]), sent, sweep, mod=mod)
            return Message(wake, seal, str(detail.get("table") or ""))
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise Malformed(f"not an event of ours: {type(error).__name__}") from error
    raise Malformed("not an event of ours: unknown source")


def _id(value: object) -> str:
    if not isinstance(value, str) or not value.isascii() or not 1 <= len(value) <= 64:
        raise ValueError("not an id")
    return value
