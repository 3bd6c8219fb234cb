"""Measures workspaces: the calls and the time of each action, many orders at once, many versions that end.

What one asks for at a desk is counted warm, one after the other; times are of the same with latency.
"""

from __future__ import annotations

import itertools
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any

from bench.conditions import latency, one_at_a_time, settled
from bench.counters import Books
from bench.rows import Calls
from integration.operations.local.tour import percentile
from integration.operations.waiting import NotYet, until
from integration.workspaces import names as w
from integration.workspaces.unheard import MINUTE_S

if TYPE_CHECKING:
    from collections.abc import Callable

    from bench.desk import Desk

NEW_S, PAGE_S, ADDRESS_S = 2.0, 0.5, 0.3
IN_CLASS = 13
"""AWS calls of one of a class: those of a call, read and claim instead of accept; twenty begin in one write."""
TRIES, TIMES = 4, 20
_LOOK_S = 0.02


@dataclass(frozen=True)
class Action:
    """`act` does it and returns once it is seen; `limit_s` is for 19 of 20 with latency, None: none is promised.

    `floor_of`: the calls that nobody can leave out.
    """

    name: str
    act: Callable[[Work], object]
    floor: Calls
    limit_s: float | None
    floor_of: str
    each_anew: bool = False
    """Each needs a workspace of its own, made before anything is counted."""


@dataclass
class Work:
    """What an action works on: one workspace, its link, a session; names that nobody had."""

    desk: Desk
    workspace: str = ""
    link: str = ""
    token: str = ""

    def make(self) -> None:
        """A workspace for somebody new."""
        answer = self.desk.machine("POST", json={"username": f"person {next(_NUMBERS)}"})
        self._answered(answer)
        self.workspace, self.link = answer.json()["workspace_id"], answer.json()["link"]
        until(lambda: self.desk.machine("GET", f"/{self.workspace}").json()["phase"] == "ready", what="a workspace")
        self.token = self.desk.bearer(self.link)

    def call(self, method: str, path: str = "", **body: Any) -> None:
        """As a program."""
        self._answered(self.desk.machine(method, path, **({"json": body} if body else {})))

    def page(self, method: str, path: str, **body: Any) -> None:
        """As the page does."""
        self._answered(self.desk.page(method, path, self.token, **body))

    @staticmethod
    def _answered(answer: Any) -> None:
        if not answer.ok:
            raise NotYet(f"{answer.request.method} is answered with {answer.status_code}: {answer.text[:200]}")


_NUMBERS = itertools.count(1)


def _new(work: Work) -> None:
    work.call("POST", username=f"new person {next(_NUMBERS)}")


def _delivered(work: Work) -> None:
    work.desk.closed(work.desk.order(action="new", kind="team"), look_s=_LOOK_S)


def _open(work: Work) -> None:
    """As a browser does: what the page names at once, and what the script asks at once."""
    with ThreadPoolExecutor(2) as at_once:
        work.page("GET", "")
        list(at_once.map(partial(work.page, "GET"), ("page.js", "page.css")))
        work.page("POST", "session", link=work.link)
        list(at_once.map(partial(work.page, "GET"), ("me", "files")))


def _minute(work: Work) -> None:
    """One in which the reaper asks for no look at all orders."""
    work.desk.forward_to_look(MINUTE_S)
    work.desk.running.plane.invoke(w.REAPER, {})


ACTIONS = (
    Action("new, by a call", _new, Calls(12, 0), NEW_S,
           "accept; CreateBucket and its five settings; check: AssumeRole, POST, GET, DELETE; ready"),
    Action("new, by an order", _delivered, Calls(14, 2), NEW_S,
           "PutEvents; as by a call, and the note announced; read of item and variables in one batch, PATCH"),
    Action("the page opens", _open, Calls(6, 0), PAGE_S,
           "session: row; name: row, its decryption; files: row, AssumeRole, list", each_anew=True),
    Action("a file of the page", lambda work: work.page("GET", "page.css"), Calls(0, 0), ADDRESS_S,
           "none: what the machine takes by itself"),
    Action("files are listed", lambda work: work.page("GET", "files"), Calls(2, 0), PAGE_S, "row, list"),
    Action("an address to upload to", lambda work: work.page("POST", "uploads", name="a", size=1), Calls(2, 0),
           ADDRESS_S, "row, reservation"),
    Action("an address to download from", lambda work: work.page("POST", "downloads", name="a"), Calls(1, 0), ADDRESS_S,
           "row"),
    Action("extended", lambda work: work.page("POST", "extend"), Calls(2, 0), ADDRESS_S, "row, wish", each_anew=True),
    Action("links renewed", lambda work: work.call("POST", f"/{work.workspace}/links"), Calls(2, 0), ADDRESS_S,
           "row, new serials"),
    Action("a minute, nothing due", _minute, Calls(1, 0), None, "one query for all there are"),
    Action("ended, nothing in it", lambda work: work.call("DELETE", f"/{work.workspace}"), Calls(16, 0), None,
           "row, wish, message; row, claim, end stored, policy, list, manifest, no way back (let go, claimed), what "
           "the check left, DeleteBucket, HeadBucket, proof, gone", each_anew=True),
)  # fmt: skip


@dataclass(frozen=True)
class Acted:
    """An action's calls, and how long 19 of 20 took; 0: not timed."""

    action: Action
    aws: int
    servicenow: int
    detail: dict[str, int]
    p95_s: float = 0.0

    def as_json(self) -> dict[str, Any]:
        return {
            "name": self.action.name, "aws": self.aws, "servicenow": self.servicenow,
            "floor_calls": self.action.floor.total, "p95_s": self.p95_s, "aim_met": self.met,
        }  # fmt: skip

    @property
    def met(self) -> bool:
        within = self.action.limit_s is None or self.p95_s <= self.action.limit_s
        return self.aws <= self.action.floor.aws and self.servicenow <= self.action.floor.servicenow and within


def acted(desk: Desk) -> list[Acted]:
    """Each action's calls, one at a time; then how long it takes with latency, where that is promised."""
    work = Work(desk)
    with one_at_a_time(desk.running):
        found = [counted(action, work) for action in ACTIONS]
    with latency(desk.running):
        return [replace(each, p95_s=_p95_s(each.action, work)) if each.action.limit_s else each for each in found]


def _p95_s(action: Action, work: Work) -> float:
    took = []
    for _ in range(TIMES):
        if action.each_anew:
            work.make()
        settled(work.desk.running)
        began = time.monotonic()
        action.act(work)
        took.append(time.monotonic() - began)
    return round(percentile(sorted(took), 0.95), 3)


def counted(action: Action, work: Work, tries: int = TRIES) -> Acted:
    """The first try within the floor, else the last: what a container asks once is asked in those before."""
    for _ in range(tries):
        acted = _once(action, work)
        if acted.met:
            return acted
    return acted


def _once(action: Action, work: Work) -> Acted:
    if action.each_anew or not work.workspace:
        work.make()
    settled(work.desk.running)
    books = Books(work.desk.running)
    books.open()
    action.act(work)
    settled(work.desk.running)
    counts = books.read()
    return Acted(action, counts.aws, counts.servicenow, dict(counts.detail))
