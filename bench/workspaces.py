"""Measures workspaces: the calls and the time of each action, many orders at once, many versions that end.

What one asks for at a desk is counted warm, one after the other; times are of the same with latency.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bench.conditions import settled
from bench.counters import Books
from bench.rows import Calls
from integration.operations.waiting import NotYet, until

if TYPE_CHECKING:
    from collections.abc import Callable

    from bench.desk import Desk

NEW_S, PAGE_S, ADDRESS_S = 2.0, 0.5, 0.3
IN_CLASS = 13
"""AWS calls of one of a class: those of a call, read and claim instead of accept; twenty begin in one write."""
TRIES = 4
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
    for file in ("", "page.js", "page.css"):
        work.page("GET", file)
    work.page("POST", "session", link=work.link)
    work.page("GET", "me")
    work.page("GET", "files")


ACTIONS = (
    Action("new, by a call", _new, Calls(12, 0), NEW_S,
           "accept; CreateBucket and its five settings; check: AssumeRole, POST, GET, DELETE; ready"),
    Action("new, by an order", _delivered, Calls(14, 2), NEW_S,
           "PutEvents; as by a call, and the note announced; read of item and variables in one batch, PATCH"),
    Action("the page opens", _open, Calls(6, 0), PAGE_S,
           "session: row; name: row, its decryption; files: row, AssumeRole, list", each_anew=True),
    Action("files are listed", lambda work: work.page("GET", "files"), Calls(2, 0), PAGE_S, "row, list"),
    Action("an address to upload to", lambda work: work.page("POST", "uploads", name="a", size=1), Calls(2, 0),
           ADDRESS_S, "row, reservation"),
    Action("an address to download from", lambda work: work.page("POST", "downloads", name="a"), Calls(1, 0), ADDRESS_S,
           "row"),
    Action("extended", lambda work: work.page("POST", "extend"), Calls(2, 0), ADDRESS_S, "row, wish", each_anew=True),
    Action("links renewed", lambda work: work.call("POST", f"/{work.workspace}/links"), Calls(2, 0), ADDRESS_S,
           "row, new serials", each_anew=True),
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

    @property
    def met(self) -> bool:
        within = self.action.limit_s is None or self.p95_s <= self.action.limit_s
        return self.aws <= self.action.floor.aws and self.servicenow <= self.action.floor.servicenow and within


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
