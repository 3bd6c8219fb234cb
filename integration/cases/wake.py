"""Why a pass begins, and which message says so. Pure."""

from __future__ import annotations

from dataclasses import dataclass
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
