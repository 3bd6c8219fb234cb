"""Both systems and the table in memory, behind the core's ports, with people, a clock and faults.

Every port method passes `World.call` before and after its effect: there a test may crash the pass, fail the call, or
let something else happen in between. Contract tests hold these against the emulators.
"""

from __future__ import annotations

import contextlib
import hashlib
import itertools
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tests.fakes.cases import FakeCases
from tests.fakes.incidents import FakeIncidents
from tests.fakes.links import FakeLinks

if TYPE_CHECKING:
    from collections.abc import Callable

WRITES = frozenset({
    "CreateCase", "UpdateCase", "UpdateCaseStatus", "CloseCase", "CreateCaseComment", "upload", "create", "update",
})  # fmt: skip
"""Calls that change something on either side (the table is ours)."""


class Killed(BaseException):
    """The process died here; nothing it would have done afterwards happens."""


@dataclass
class World:
    """`hook(moment, system, call)` with moment `before` or `after` is where tests interfere."""

    table: str = "incident"
    now: float = 1_700_000_000.0
    hook: Callable[[str, str, str], None] = lambda *_: None
    calls: Counter[str] = field(default_factory=Counter)
    writes: int = 0
    call_s: float = 0.05

    def __post_init__(self) -> None:
        self.cases = FakeCases(self)
        self.incidents = FakeIncidents(self)
        self.links = FakeLinks(self)
        self.ids = itertools.count(1)

    def clock(self) -> float:
        return self.now

    @contextlib.contextmanager
    def call(self, system: str, name: str, *, write: bool = False):
        self.calls[f"{system}.{name}"] += 1
        self.now += self.call_s
        self.incidents.land_late()
        self.hook("before", system, name)
        yield
        self.writes += write
        self.hook("after", system, name)

    def sys_id(self) -> str:
        return hashlib.md5(str(next(self.ids)).encode()).hexdigest()
