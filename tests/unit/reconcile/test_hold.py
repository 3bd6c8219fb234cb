"""A pass holds one record: it takes it or leaves a mark, works in time, and says when somebody must look again."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

from integration.clients.errors import Refused, Unavailable
from integration.reconcile.claims import Claim, Ending
from integration.reconcile.create_once import LATE_COMMIT_S, MARGIN_S
from integration.reconcile.errors import Later
from integration.reconcile.hold import SLICE_S, Hold
from integration.reconcile.scheduling import COMES_BACK_S

if TYPE_CHECKING:
    from collections.abc import Sequence

FREE = Claim(version=3)
NOW = 1000.0


@dataclass
class Table:
    """`taken` and `marked` are its answers, in order; `asked` what it was asked."""

    taken: list[Claim | None] = field(default_factory=lambda: [FREE])
    marked: list[bool] = field(default_factory=list)
    asked: list[tuple[Any, ...]] = field(default_factory=list)

    def claim(self, record: str, owner: str, until: float, now: float, known: Claim | None = None, /) -> Claim | None:
        self.asked.append(("claim", record, owner, until, known))
        return self.taken.pop(0)

    def mark(self, record: str, now: float, /) -> bool:
        self.asked.append(("mark", record))
        return self.marked.pop(0)

    def release(self, owner: str, body: str, beside: Sequence[str], ending: Ending, audit: Any, /) -> bool:
        self.asked.append(("release", owner, body, tuple(beside), ending, audit))
        return True


def hold(table: Table, left_s: float = 180.0, **more: Any) -> Hold[Claim, str, str]:
    return Hold(table, lambda: NOW, 200.0, NOW + left_s, "me", **more)


@pytest.mark.parametrize(
    ("taken", "marked", "found", "asked"),
    [
        ([FREE], [], FREE, ["claim"]),
        ([None], [True], None, ["claim", "mark"]),
        ([None, FREE], [False], FREE, ["claim", "mark", "claim"]),
        ([None, None], [False, True], None, ["claim", "mark", "claim", "mark"]),
    ],
    ids=["free", "held", "let go meanwhile", "let go, and held by the next"],
)
def test_a_record_is_taken_or_its_holder_is_told(taken, marked, found, asked) -> None:
    table = Table(list(taken), list(marked))
    assert hold(table).take("Order#7", FREE) == found
    assert [call[0] for call in table.asked] == asked


def test_a_row_that_proved_stale_is_not_compared_with_again() -> None:
    """Its owner has left; compared with him, every claim would fail."""
    table = Table([None, FREE], [False])
    hold(table).take("Order#7", FREE)
    assert [call[4] for call in table.asked if call[0] == "claim"] == [FREE, None]


@pytest.mark.parametrize(("left_s", "goes_on"), [(SLICE_S + 1, True), (SLICE_S - 1, False)])
def test_with_little_time_left_nothing_is_begun(left_s, goes_on) -> None:
    table = Table()
    if goes_on:
        assert hold(table, left_s).take("Order#7") == FREE
        return
    with pytest.raises(Later):
        hold(table, left_s).take("Order#7")
    assert table.asked == []


@pytest.mark.parametrize(
    ("owed", "let_go", "ending"),
    [
        (None, "release", Ending(2000.0)),
        (900.0, "release", Ending(900.0)),
        (None, "leave", Ending(2000.0, despite_mark=True)),
        (None, "fail", Ending(NOW + COMES_BACK_S, unclean=True)),
        (900.0, "fail", Ending(900.0, unclean=True)),
    ],
)
def test_a_look_that_is_owed_stays_due_until_somebody_has_looked(owed, let_go, ending) -> None:
    table = Table()
    held = hold(table, owed=owed)
    if let_go == "fail":
        held.fail("body", ["row"], None)
    else:
        getattr(held, let_go)("body", ["row"], 2000.0, None)
    assert table.asked == [("release", "me", "body", ("row",), ending, None)]


@pytest.mark.parametrize(
    ("error", "until"),
    [
        (Unavailable("servicenow", "no answer", outcome_unknown=True), NOW + LATE_COMMIT_S + MARGIN_S),
        (Unavailable("servicenow", "busy", outcome_unknown=False), 0),
        (Unavailable("aws", "our own table", outcome_unknown=True), 0),
        (Refused("servicenow", "no"), 0),
        (KeyError("a bug"), NOW + LATE_COMMIT_S + MARGIN_S),
    ],
)
def test_what_was_sent_and_never_answered_may_land(error, until) -> None:
    assert hold(Table()).lands_until(error) == until
