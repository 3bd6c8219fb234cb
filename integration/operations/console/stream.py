"""Server-sent events: the whole snapshot whenever it changed, and what passed since.

One look serves every open page: whoever asks first after `pace_s` reads, the others get the same.
"""

from __future__ import annotations

import asyncio
import json
import threading
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from starlette.concurrency import run_in_threadpool

from integration.operations.console.source import Unreadable

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from integration.operations.console.source import Actions, Source

BEAT_S = 10.0
"""A comment at least this often shows a dead line to both ends."""
RETRY_MS = 1000
GLANCE_S = 0.4
"""How often a stream looks whether it has to say something, or to end."""


@dataclass
class Look:
    """`text` is the picture as JSON; `version` grows when it differs; `trouble` says why there is no newer one.

    Version 0 is no picture yet.
    """

    version: int = 0
    text: str = "{}"
    trouble: str = ""


@dataclass
class Watch:
    """`clock` is monotonic, in seconds."""

    source: Source
    actions: Actions | None = None
    clock: Callable[[], float] = time.monotonic
    _look: Look = field(default_factory=Look)
    _looked: float = float("-inf")
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _ended: threading.Event = field(default_factory=threading.Event)

    @property
    def ended(self) -> bool:
        return self._ended.is_set()

    def end(self) -> None:
        """Open streams end soon, so that the server can."""
        self._ended.set()

    def look(self) -> Look:
        with self._lock:
            if self.clock() - self._looked >= self.source.pace_s:
                self._look = self._anew(self._look)
                self._looked = self.clock()
            return self._look

    def hurry(self) -> None:
        """Something was done here: the next look reads."""
        self._looked = float("-inf")

    def _anew(self, last: Look) -> Look:
        try:
            shown = self.source.snapshot().as_json()
        except Unreadable as error:
            return Look(last.version, last.text, str(error))
        shown["switches"] = [_shown(switch) for switch in self.actions.switches()] if self.actions else []
        text = json.dumps(shown, separators=(",", ":"))
        return last if text == last.text and not last.trouble else Look(last.version + 1, text)


def _shown(switch: Any) -> dict[str, Any]:
    return {name: getattr(switch, name) for name in switch.__slots__}


async def events(watch: Watch, after: int) -> AsyncIterator[str]:
    """`picture`, `traffic` and `trouble` events until the page closes or the server ends."""
    yield f"retry: {RETRY_MS}\n\n"
    version, trouble, said_at = 0, "", 0.0
    while not watch.ended:
        look = await run_in_threadpool(watch.look)
        passed = watch.source.traffic(after)
        if passed:
            after = passed[-1].number
            yield _event("traffic", json.dumps([each.as_json() for each in passed]), after)
        if look.version != version:
            version = look.version
            yield _event("picture", look.text)
        if look.trouble != trouble:
            trouble = look.trouble
            yield _event("trouble", json.dumps(trouble))
        now = time.monotonic()
        if now - said_at > BEAT_S:
            said_at = now
            yield _event("beat", str(round(time.time(), 3)))
        await asyncio.sleep(min(watch.source.pace_s, GLANCE_S))


def _event(kind: str, content: str, number: int | None = None) -> str:
    """`content` is JSON, so it has no line break of its own."""
    told = f"id: {number}\n" if number is not None else ""
    return f"{told}event: {kind}\ndata: {content}\n\n"
