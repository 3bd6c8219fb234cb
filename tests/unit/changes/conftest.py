"""A run of a pipeline over the changes in memory."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import pytest

from integration.changes.model import Evidence, Job, Kind, Outcome, Run, Wish
from tests.fakes.changes import FakeChanges, FakeChild, Heard, Time, carried_out

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

RUN = Run(ci="github", server="https://github.com", project="octo/shop", run="4711", environment="production")
WISH = Wish(app="shop", version="2.3.0", environment="production", kind=Kind.NORMAL, short_description="Deploy shop")
FILE = Evidence("tests.xml", "tests.xml", 4, "ab" * 32, "text/xml")


@dataclass
class Pipeline:
    """Whoever starts it again is a new process, the next try of the same job: only the instance remembers."""

    changes: FakeChanges = field(default_factory=FakeChanges)
    wish: Wish = WISH
    evidence: Sequence[Evidence] = ()
    heard: Heard = field(default_factory=Heard)
    children: list[FakeChild] = field(default_factory=list)
    starting: Callable[[], None] = lambda: None

    @property
    def time(self) -> Time:
        return self.changes.time

    def run(
        self, code: int = 0, takes_s: float = 10.0, run: Run = RUN, job: Job | None = None, **wish: object
    ) -> Outcome:
        child = FakeChild(self.time, code, takes_s, on_start=self.starting)
        self.children.append(child)
        wanted = replace(self.wish, **wish)
        job = job or Job("deploy", str(len(self.children)))
        return carried_out(wanted, run, self.evidence, self.changes, child, self.heard, self.time, job)

    @property
    def ran(self) -> int:
        return sum(len(child.started) for child in self.children)

    def when(self, after_s: float, act: Callable[[], None]) -> None:
        """Somebody does something so much later, while somebody sleeps."""
        at, before = self.time.at + after_s, self.time.on_sleep

        def passed(seconds: float) -> None:
            before(seconds)
            nonlocal at
            if self.time.at >= at:
                at = float("inf")
                act()

        self.time.on_sleep = passed

    def approved_after(self, seconds: float) -> None:
        self.when(seconds, lambda: self.changes.approve(self.changes.only().sys_id))


@pytest.fixture
def pipeline() -> Pipeline:
    return Pipeline()
