"""What the other side refuses is blocked, and said once; the rest of the link goes on."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from integration.cases.apply.notes import say
from integration.cases.blocking import blocked_by
from integration.cases.link import CASE, INCIDENT
from integration.cases.plan.note import with_serial
from integration.clients.errors import Refused
from integration.reconcile.chance import repeated
from mappers import notes

if TYPE_CHECKING:
    from collections.abc import Callable

    from integration.cases.apply.writer import Writer
    from integration.cases.plan.note import Note

FROM_CASE = ("comment:", "casefile:", "watchers:incident", "reference:")
"""Blocks of what goes to the incident: said on the case, where it came from."""
T = TypeVar("T")


def guarded(writer: Writer, key: str, source: str, action: Callable[[], T]) -> T | None:
    """Run one action; a refusal blocks it and is said once."""
    writer.hold.in_time()
    try:
        result = repeated(action)
    except Refused as refused:
        what = key.partition(":")[0]
        side = CASE if key.startswith(FROM_CASE) else INCIDENT
        block(writer, key, source, refused, with_serial(writer.link, side, notes.refused(what, refused.reason)))
        return None
    writer.link.blocked.pop(key, None)
    return result


def block(writer: Writer, key: str, source: str, refused: Refused, note: Note) -> None:
    """Dies between note and block: refused and said again, which has no effect."""
    now, known = writer.core.clock(), writer.link.blocked.get(key)
    same = known if known and known.source == source else None
    if same is None:
        say(writer, note)
    writer.link.blocked[key] = blocked_by(refused, source, same.since if same else now, now)
    writer.done.append(f"{key.partition(':')[0]} blocked")
