"""A run dies before and after each of its calls; the next try of the same run brings all to the same end."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from integration.changes.key import key_of, mark_of, shown_of
from integration.changes.model import Ending, Kind, Part
from integration.clients.errors import Unavailable
from tests.fakes.changes import CANCELED, CLOSED, IMPLEMENT, FakeChanges, killed_at
from tests.fakes.world import Killed
from tests.unit.changes.conftest import FILE, RUN, Pipeline

if TYPE_CHECKING:
    from collections.abc import Callable

CALLS = {
    Kind.NORMAL: (
        "find", "create", "attach", "next_states", "submit", "approvers", "conflicts", "start", "finish", "close",
    ),
    Kind.STANDARD: ("find", "create", "attach", "submit", "conflicts", "start", "finish", "close"),
}  # fmt: skip
DEATHS = [(kind, moment, call) for kind, calls in CALLS.items() for call in calls for moment in ("before", "after")]


def world(kind: Kind) -> Pipeline:
    pipeline = Pipeline(changes=FakeChanges(ci="c" * 32), evidence=(FILE,))
    pipeline.wish = replace(pipeline.wish, kind=kind)
    return pipeline


def at_rest(pipeline: Pipeline) -> None:
    states = [each.state for each in pipeline.changes.rows.values()]
    assert set(states) <= {CLOSED, CANCELED}
    assert states.count(CLOSED) == len([c for c in pipeline.changes.rows.values() if c.close_code])


@pytest.mark.parametrize(("kind", "moment", "call"), DEATHS)
def test_a_try_after_a_death_ends_as_if_nobody_had_died(kind: Kind, moment: str, call: str) -> None:
    """One change, but after a death that came with its result written: that try is over, and the next has its own."""
    pipeline = world(kind)
    pipeline.changes.hook = killed_at(moment, call)
    pipeline.approved_after(100)
    with pytest.raises(Killed):
        pipeline.run()
    pipeline.changes.hook = lambda *_: None
    pipeline.approved_after(100)
    outcome = pipeline.run()
    assert outcome.outcome is Ending.SUCCESSFUL
    at_rest(pipeline)
    over = call == "close" or (call, moment) == ("finish", "after")
    assert len(pipeline.changes.rows) == 1 + over
    assert pipeline.ran == 1 + (call in ("finish", "close"))


@pytest.mark.parametrize("call", ["finish", "close"])
def test_a_change_that_began_and_never_told_its_end_says_so_and_runs_again(call: str) -> None:
    pipeline = world(Kind.STANDARD)
    pipeline.changes.hook = killed_at("before", "finish")
    with pytest.raises(Killed):
        pipeline.run()
    pipeline.changes.hook = lambda *_: None
    pipeline.run()
    assert any("never told its end" in note for notes in pipeline.changes.notes.values() for note in notes)
    at_rest(pipeline)


@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.parametrize("call", ["tasks", "open_task", "close_task"])
def test_a_part_that_died_is_found_by_its_task(moment: str, call: str) -> None:
    pipeline = world(Kind.STANDARD)
    parts = [replace(RUN, part=Part(n, 2)) for n in (1, 2)]
    pipeline.run(run=parts[0])
    pipeline.changes.hook = killed_at(moment, call)
    with pytest.raises(Killed):
        pipeline.run(run=parts[1])
    pipeline.changes.hook = lambda *_: None
    pipeline.run(run=parts[1])
    at_rest(pipeline)
    assert len(pipeline.changes.rows) == 1
    assert all(task.code == 0 for task in pipeline.changes.task_rows.values())


@pytest.mark.parametrize("later", [0.0, 3.0, 30.0, 59.0])
@pytest.mark.parametrize("losses", [1, 2])
def test_a_creation_whose_answer_is_lost_is_looked_for_and_not_repeated(later: float, losses: int) -> None:
    pipeline = world(Kind.STANDARD)
    pipeline.changes.losing = [later] * losses
    assert pipeline.run().outcome is Ending.SUCCESSFUL
    assert len(pipeline.changes.rows) == 1
    assert pipeline.changes.calls["create"] == 1


def test_a_creation_that_never_lands_is_repeated_after_65_seconds() -> None:
    pipeline = world(Kind.STANDARD)
    pipeline.changes.losing = [10_000.0]
    assert pipeline.run().outcome is Ending.SUCCESSFUL
    assert pipeline.changes.calls["create"] == 2
    assert pipeline.children[0].started[0] > 65


def test_what_a_dead_try_sent_may_land_when_its_successor_works() -> None:
    """The older one wins; the other is cancelled with a note before the command runs."""
    pipeline = world(Kind.NORMAL)
    pipeline.changes.losing = [40.0]
    pipeline.changes.hook = killed_at("after", "create")
    pipeline.time.on_sleep = lambda _: (_ for _ in ()).throw(Killed())
    with pytest.raises(Killed):
        pipeline.run()
    pipeline.changes.hook, pipeline.time.on_sleep = (lambda *_: None), (lambda _: None)
    pipeline.approved_after(100)
    assert pipeline.run().outcome is Ending.SUCCESSFUL
    at_rest(pipeline)
    assert sorted(each.state for each in pipeline.changes.rows.values()) == [CLOSED, CANCELED]
    assert any("goes on" in note for notes in pipeline.changes.notes.values() for note in notes)


def test_tries_that_race_are_merged_before_the_command() -> None:
    """Both looked before either had made its change: the younger is cancelled with a note, and nothing runs by it."""
    pipeline = world(Kind.NORMAL)

    def raced(moment: str, name: str) -> None:
        if (moment, name) == ("before", "create") and not pipeline.changes.rows:
            key = key_of(RUN, "production", "shop")
            pipeline.changes._made(pipeline.wish, mark_of(key, 1), shown_of(RUN, pipeline.wish))

    pipeline.changes.hook = raced
    pipeline.approved_after(100)
    assert pipeline.run().outcome is Ending.SUCCESSFUL
    first, second = sorted(pipeline.changes.rows.values(), key=lambda each: (each.created, each.sys_id))
    assert (first.state, second.state) == (CLOSED, CANCELED)
    assert f"{first.number} goes on" in pipeline.changes.notes[second.sys_id][0]


MEANWHILE = {
    "nothing": lambda pipeline, sys_id: None,
    "its approval is taken back": lambda pipeline, sys_id: pipeline.changes.by_hand(sys_id, approval="requested"),
    "its end comes": lambda pipeline, sys_id: pipeline.changes.by_hand(sys_id, end=pipeline.changes.now()),
    "it is put on hold": lambda pipeline, sys_id: pipeline.changes.by_hand(sys_id, on_hold=True),
    "the instance falls silent": lambda pipeline, sys_id: setattr(pipeline.changes, "hook", silent(pipeline, 250)),
}


def silent(pipeline: Pipeline, seconds: float) -> Callable[[str, str], None]:
    until = pipeline.time.at + seconds

    def hook(moment: str, _name: str) -> None:
        if moment == "before" and pipeline.time.at < until:
            raise Unavailable("servicenow", "no answer")

    return hook


@pytest.mark.parametrize("timeout_s", [0, 101, 3600])
@pytest.mark.parametrize("later", [0.0, 3.0, 30.0, 59.0])
@pytest.mark.parametrize("what", MEANWHILE)
def test_a_start_that_lands_late_leaves_nothing_in_implement(what: str, later: float, timeout_s: float) -> None:
    """The run gives up only once it has seen what became of it, also where its own time is over by then."""
    pipeline = world(Kind.NORMAL if timeout_s else Kind.STANDARD)
    pipeline.changes.losing_starts = [later]
    pipeline.approved_after(100)

    def lost(moment: str, name: str) -> None:
        if (moment, name) == ("before", "start"):
            pipeline.changes.hook = lambda *_: None
            MEANWHILE[what](pipeline, pipeline.changes.only().sys_id)

    pipeline.changes.hook = lost
    outcome = pipeline.run(timeout_s=timeout_s)
    pipeline.time.sleep(120)
    pipeline.changes._land()
    assert IMPLEMENT not in {each.state for each in pipeline.changes.rows.values()}, pipeline.changes.log
    assert outcome.started == bool(pipeline.ran)
    assert pipeline.ran == (what in ("nothing", "the instance falls silent"))
    codes = {"its approval is taken back": 82, "its end comes": 83, "it is put on hold": 82}
    assert outcome.code == codes.get(what, 0), outcome.reason


def test_who_is_interrupted_leaves_no_change_in_implement_under_which_nothing_ran() -> None:
    pipeline = world(Kind.NORMAL)
    pipeline.approved_after(100)

    def revoked(moment: str, name: str) -> None:
        if (moment, name) == ("before", "start"):
            pipeline.changes.by_hand(pipeline.changes.only().sys_id, approval="requested")
            pipeline.time.on_sleep = lambda _: (_ for _ in ()).throw(KeyboardInterrupt)

    pipeline.changes.hook = revoked
    with pytest.raises(KeyboardInterrupt):
        pipeline.run()
    assert [each.state for each in pipeline.changes.rows.values()] == [CANCELED]


def test_a_change_that_was_started_by_an_approval_taken_back_at_that_moment_is_not_left_in_implement() -> None:
    pipeline = world(Kind.NORMAL)
    pipeline.approved_after(100)

    def revoked(moment: str, name: str) -> None:
        if (moment, name) == ("before", "start"):
            pipeline.changes.by_hand(pipeline.changes.only().sys_id, approval="requested")

    pipeline.changes.hook = revoked
    outcome = pipeline.run()
    assert outcome.outcome is Ending.TIMED_OUT
    assert pipeline.ran == 0
    assert IMPLEMENT not in {each.state for each in pipeline.changes.rows.values()}
