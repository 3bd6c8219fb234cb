"""Random histories of a few people: orders, calls, wishes, uploads, deaths, faults, passes within passes, and time.

Every choice is a number (`proofs.kit.choices`): a history that fails is played again from its seed, and shortened.
A transfer that began in time may arrive whenever it likes.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from integration.clients.errors import Misconfigured, Refused, RemoteError
from integration.workspaces.model import Action, BadOrder, Order, Phase, Row, Standing, Why, WorkspaceKind
from integration.workspaces.naming import person_of
from integration.workspaces.planner import extended_until, may_use
from tests.fakes.workspaces import CLAIM_S, FAULTS, POLICY, Killed, System, busy_of
from tests.proofs.kit.choices import Choices

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

PEOPLE = tuple(person_of(name) for name in ("Ada", "Bob", "Eve"))
CALLS = (
    "create bucket", "configure policy", "check post", "close bucket", "copy", "write archive", "delete versions",
    "delete bucket", "tell order", "read order", "list versions",
)  # fmt: skip
STEPS = 18


@dataclass
class History:
    """`last`: what arrived last, by bucket and name; `told`: what happened, in words."""

    choices: Choices
    system: System = field(default_factory=System)
    told: list[str] = field(default_factory=list)
    last: dict[str, dict[str, bytes]] = field(default_factory=dict)
    under_way: list[tuple[str, str, bytes]] = field(default_factory=list)
    orders: int = 0
    depth: int = 0

    def play(self) -> None:
        self.system.at_call = self._meanwhile
        for _ in range(STEPS):
            self._calmly(self.choices.pick(self._acts()))
        self._end()

    def _acts(self) -> Sequence[Callable[[], None]]:
        return (
            self._time, self._order, self._call, self._upload, self._upload, self._upload, self._extend,
            self._end_one, self._take_back, self._fault, self._far, self._second_pass,
        )  # fmt: skip

    def _calmly(self, act: Callable[[], None]) -> None:
        with suppress(Killed, RemoteError, BadOrder):
            act()

    def _meanwhile(self, _number: int, name: str) -> None:
        """In the middle of a pass somebody does something, or another pass begins; the pass itself may die."""
        lands = name in {"write archive", "delete versions", "delete bucket"} and bool(self.under_way)
        if self.depth or not self.choices.chance(0.3 if lands else 0.03):
            return
        self.depth += 1
        try:
            self.told.append(f"… during {name}:")
            acts = (self._upload, self._land, self._extend, self._end_one, self._take_back, self._second_pass)
            self._calmly(self._land if lands else self.choices.pick(acts))
        finally:
            self.depth -= 1

    # ---- what happens
    def _order(self) -> None:
        self.orders += 1
        key, who = f"order{self.orders}", self.choices.pick(PEOPLE)
        kinds = (WorkspaceKind.PERSONAL, WorkspaceKind.PERSONAL, WorkspaceKind.TEAM, WorkspaceKind.CLASS)
        kind = self.choices.pick(kinds)
        action = self.choices.pick((Action.NEW, Action.NEW, Action.NEW, Action.EXTEND, Action.END))
        names = ("x", "y", "X", "..") if kind is WorkspaceKind.CLASS and action is Action.NEW else ()
        team = PEOPLE if kind is WorkspaceKind.TEAM else ()
        self.told.append(f"{key}: {action} {kind} for {who.shown}")
        self.system.ordered(key, Order(key=key, person=who, action=action, kind=kind, names=names, team=team, days=3))
        if self._is_told():
            self.system.hear(key)

    def _is_told(self) -> bool:
        """The instance tells once; now and then nobody answers."""
        told = not self.choices.chance(0.2)
        self.told += [] if told else ["the news of it is lost"]
        return told

    def _call(self) -> None:
        who = self.choices.pick(PEOPLE)
        self.told.append(f"call for {who.shown}")
        self.orders += 1
        self.system.post(Order(key=f"call{self.orders}", person=who, days=2))

    def _row(self) -> Row | None:
        rows = list(self.system.rows().values())
        return self.choices.pick(rows) if rows else None

    def _upload(self) -> None:
        """A file is sent with a good address; it comes now, or is under way."""
        row = self._row()
        if row is None or not may_use(row, self.system.now):
            return
        until = self.system.now + 900
        if not self.system.people(
            lambda: self.system.records.reserve(row, f"u{len(self.told)}", 1, self.system.now, until)
        ):
            return
        content = b"file %d" % len(self.told)
        upload = (row.bucket, self.choices.pick(("a", "b", f"c{len(self.told)}")), content)
        self.told.append(f"upload {content.decode()} to {row.id[:8]}")
        if self.choices.chance(0.5):
            self.under_way.append(upload)
        else:
            self._arrives(*upload)

    def _land(self) -> None:
        if self.under_way:
            self._arrives(*self.under_way.pop(self.choices.below(len(self.under_way))))

    def _arrives(self, bucket: str, key: str, content: bytes) -> None:
        if self.system.buckets.land(bucket, key, content):
            self.told.append(f"{content.decode()} arrives")
            self.last.setdefault(bucket, {})[key] = content

    def _extend(self) -> None:
        row = self._row()
        if row is not None and row.delivered:
            self.told.append(f"extend {row.id[:8]}")
            now = self.system.now

            def wish() -> Any:
                return self.system.records.extend(row, extended_until(row, 3, now, POLICY, ordered=False), now)

            self.system.people(wish)

    def _end_one(self) -> None:
        row, at_once = self._row(), self.choices.chance(0.3)
        if row is not None:
            self.told.append(f"end {row.id[:8]} {at_once}")
            self.system.people(lambda: self.system.records.end(row.id, Why.ASKED, self.system.now, at_once=at_once))

    def _take_back(self) -> None:
        if self.system.orders.items:
            key = self.choices.pick(list(self.system.orders.items))
            standing = self.choices.pick((Standing.WITHDRAWN, Standing.CLOSED, Standing.APPROVED))
            self.told.append(f"{key} is {standing}")
            if self.system.orders.items[key].order.standing is not Standing.CLOSED:
                self.system.orders.stands(key, standing)
            if self._is_told():
                self.system.waits[key] = self.system.now + 1

    def _fault(self) -> None:
        """The next calls of one kind fail for a while; or one call soon kills its pass, or loses its answer."""
        if self.choices.chance(0.4):
            name = self.choices.pick(CALLS)
            silent = (busy_of(name), busy_of(name, lost=True))
            errors = (*silent, Misconfigured("aws", "x: AccessDenied"), Refused("aws", "no", code="No"))
            error = self.choices.pick(errors[: 2 if "order" in name else 4])
            self.system.fails = {name: error}
            self.told.append(f"{name} fails: {error}")
        else:
            self.system.fails = {}
            number = len(self.system.calls) + 1 + self.choices.below(40)
            self.system.kill = (number, self.choices.pick(FAULTS))
            self.told.append(f"at call {number} {self.system.kill[1]}")

    def _second_pass(self) -> None:
        """As a message delivered twice."""
        row = self._row()
        if row is not None:
            self.system.reconciler.run(row.id, self.system.now + 180)

    def _time(self) -> None:
        self._pass_by(self.choices.below(1200))

    def _far(self) -> None:
        self._pass_by(self.choices.below(4 * 86_400))

    def _pass_by(self, seconds: float) -> None:
        self.told.append(f"{seconds} s pass")
        self.system.settle(self.system.now + seconds)
        self.system.look_for_orders()

    # ---- what must hold
    def _end(self) -> None:
        """All calm down, addresses run out, everything comes to rest; then all expires."""
        system = self.system
        system.fails, system.kill, system.at_call = {}, None, lambda _number, _name: None
        self._land()
        self.under_way.clear()
        system.settle(system.now + 6 * CLAIM_S + 2000)
        system.look_for_orders()
        system.settle(system.now + 6 * CLAIM_S + 2000)
        assert not system.look_for_orders().report.found
        system.at_rest()
        system.settle(max([system.now, *(row.lives_until for row in system.rows().values())]) + 10 * CLAIM_S)
        system.at_rest()
        assert all(row.phase is Phase.GONE for row in system.rows().values())
        assert not system.buckets.buckets
        assert system.buckets.made == len(system.buckets.dropped)
        self._nothing_lost()

    def _nothing_lost(self) -> None:
        """Whatever arrived, and no later file of its name replaced, is in the archive."""
        kept = set(self.system.buckets.archive.values())
        for bucket, files in self.last.items():
            for key, content in files.items():
                assert content in kept, f"{content.decode()} ({key}) of {bucket} is lost"


def played(source: int | Sequence[int]) -> History:
    history = History(Choices(source))
    history.play()
    return history


def fails(choices: Sequence[int]) -> bool:
    try:
        played(choices)
    except AssertionError:
        return True
    return False
