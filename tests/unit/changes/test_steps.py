"""The steps of a run one by one, each as a job of its own would do it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from integration.changes import steps
from integration.changes.beginning import left
from integration.changes.model import BadWish, Ending, Job, Kind, Part
from integration.changes.reconciler import Desk
from tests.fakes.changes import ASSESS, CANCELED, CLOSED, IMPLEMENT, NEW, REVIEW, SCHEDULED, killed_at
from tests.fakes.world import Killed
from tests.unit.changes.conftest import FILE, RUN, WISH, Pipeline


def died(pipeline: Pipeline, moment: str, call: str, code: int = 0) -> None:
    """A run of a standard change, whose process ended at this call."""
    pipeline.wish = replace(WISH, kind=Kind.STANDARD)
    pipeline.changes.hook = killed_at(moment, call)
    with pytest.raises(Killed):
        pipeline.run(code=code)
    pipeline.changes.hook = lambda *_: None


@pytest.fixture
def desk(pipeline: Pipeline) -> Desk:
    return Desk(pipeline.changes, pipeline.heard, pipeline.time)


def state(pipeline: Pipeline) -> str:
    return pipeline.changes.only().state


@pytest.mark.parametrize("by", ["run", "sys_id"])
def test_a_run_in_single_steps(pipeline: Pipeline, desk: Desk, by: str) -> None:
    made = steps.create(desk, WISH, RUN, (FILE,))
    assert (made.code, made.outcome, state(pipeline)) == (0, Ending.DONE, ASSESS)
    assert pipeline.changes.attached[made.sys_id] == {(FILE.name, FILE.sha256)}
    target = RUN if by == "run" else made.sys_id
    pipeline.approved_after(200)
    ready = steps.wait(desk, WISH, target)
    assert (ready.code, ready.outcome, ready.number, state(pipeline)) == (0, Ending.READY, made.number, SCHEDULED)
    begun = steps.start(desk, WISH, target)
    assert (begun.code, begun.started, state(pipeline)) == (0, True, IMPLEMENT)
    assert steps.note(desk, WISH, target, "half of it").code == 0
    assert steps.attach(desk, WISH, target, (FILE, replace(FILE, name="b"))).code == 0
    assert pipeline.changes.sent_twice == 0
    closed = steps.close(desk, WISH, target, 0)
    assert (closed.code, closed.outcome, state(pipeline)) == (0, Ending.DONE, CLOSED)


def test_a_creation_that_is_repeated_makes_nothing(pipeline: Pipeline, desk: Desk) -> None:
    first = steps.create(desk, WISH, RUN, (FILE,))
    assert steps.create(desk, WISH, RUN, (FILE,)).sys_id == first.sys_id
    assert (pipeline.changes.calls["create"], pipeline.changes.sent_twice) == (1, 0)


@pytest.mark.parametrize("step", [steps.wait, steps.start])
def test_without_a_change_nothing_is_made(pipeline: Pipeline, desk: Desk, step: object) -> None:
    outcome = step(desk, WISH, RUN)  # type: ignore[operator]  # both take these
    assert (outcome.code, outcome.outcome) == (85, Ending.MISPLACED)
    assert not pipeline.changes.rows


def test_a_start_before_its_approval_does_not_wait(pipeline: Pipeline, desk: Desk) -> None:
    steps.create(desk, WISH, RUN)
    outcome = steps.start(desk, WISH, RUN)
    assert (outcome.code, outcome.started, state(pipeline)) == (85, False, ASSESS)
    assert "Assess" in outcome.reason


def test_a_close_that_is_not_let_is_said(pipeline: Pipeline, desk: Desk) -> None:
    steps.create(desk, replace(WISH, kind=Kind.STANDARD), RUN)
    steps.start(desk, replace(WISH, kind=Kind.STANDARD), RUN)
    pipeline.changes.rule = lambda method, _: "open tasks" if method == "close" else ""
    outcome = steps.close(desk, replace(WISH, kind=Kind.STANDARD), RUN, 0)
    assert (outcome.code, outcome.outcome, outcome.recorded) == (3, Ending.REFUSED, False)


@pytest.mark.parametrize("lost", [[], [0.0], [30.0]])
def test_a_start_whose_approval_is_taken_back_at_that_moment_is_cancelled(
    pipeline: Pipeline, desk: Desk, lost: list[float]
) -> None:
    """It ends without 0, so nothing will run by it; also where its answer is lost, and it lands later."""
    made = steps.create(desk, WISH, RUN)
    pipeline.changes.approve(made.sys_id)
    pipeline.changes.losing_starts = lost

    def revoked(moment: str, name: str) -> None:
        if (moment, name) == ("before", "start"):
            pipeline.changes.by_hand(made.sys_id, approval="requested")

    pipeline.changes.hook = revoked
    outcome = steps.start(desk, WISH, RUN)
    assert (outcome.code, outcome.started) == (85, False)
    pipeline.time.sleep(120)
    pipeline.changes._land()
    assert [each.state for each in pipeline.changes.rows.values()] == [CANCELED]


def test_a_close_before_the_start_is_not_where_it_may_be(pipeline: Pipeline, desk: Desk) -> None:
    steps.create(desk, WISH, RUN)
    assert steps.close(desk, WISH, RUN, 0).code == 85
    assert state(pipeline) == ASSESS


def test_a_close_that_is_repeated_finds_it_done(pipeline: Pipeline, desk: Desk) -> None:
    """The job died after it closed; but a change that another try has open is not closed by what the last one did."""
    wish = replace(WISH, kind=Kind.STANDARD)
    steps.create(desk, wish, RUN)
    steps.start(desk, wish, RUN)
    assert steps.close(desk, wish, RUN, 0).code == 0
    assert steps.close(desk, wish, RUN, 0).code == 0
    steps.create(desk, wish, RUN)
    assert steps.close(desk, wish, RUN, 0).code == 85


def test_what_is_closed_is_not_cancelled(pipeline: Pipeline, desk: Desk) -> None:
    """Said in words, not by the instance's rule."""
    wish = replace(WISH, kind=Kind.STANDARD)
    steps.create(desk, wish, RUN)
    steps.start(desk, wish, RUN)
    steps.close(desk, wish, RUN, 0)
    outcome = steps.cancel(desk, wish, RUN, "late")
    assert (outcome.code, outcome.outcome) == (3, Ending.REFUSED)
    assert "nothing is left to cancel" in outcome.reason


def test_a_part_closes_its_own_task(pipeline: Pipeline, desk: Desk) -> None:
    wish, part = replace(WISH, kind=Kind.STANDARD), replace(RUN, part=Part(1, 2))
    steps.create(desk, wish, part)
    assert steps.start(desk, wish, part).code == 0
    assert steps.close(desk, wish, part, 0).code == 0
    assert [task.code for task in pipeline.changes.task_rows.values()] == [0]
    assert state(pipeline) == IMPLEMENT


def test_cancelled(pipeline: Pipeline, desk: Desk) -> None:
    steps.create(desk, WISH, RUN)
    assert steps.cancel(desk, WISH, RUN, "not today").code == 0
    assert state(pipeline) == CANCELED
    pipeline.changes.stay = {CANCELED}
    steps.create(desk, WISH, RUN)
    refused = steps.cancel(desk, WISH, RUN, "not today")
    assert (refused.code, refused.outcome) == (3, Ending.REFUSED)


def test_nothing_to_note_on(desk: Desk) -> None:
    with pytest.raises(BadWish, match="change create"):
        steps.note(desk, WISH, RUN, "x")
    with pytest.raises(BadWish, match="nothing is noted"):
        steps.note(desk, WISH, RUN, " \n")
    with pytest.raises(BadWish, match="no such change"):
        steps.note(desk, WISH, "0" * 32, "x")


@pytest.mark.parametrize("code", [0, 4])
def test_what_began_and_never_told_its_end_is_settled(pipeline: Pipeline, desk: Desk, code: int) -> None:
    died(pipeline, "before", "finish")
    unsaid = steps.settle(desk, pipeline.wish, RUN)
    assert (unsaid.code, state(pipeline)) == (85, IMPLEMENT)
    assert "--outcome" in unsaid.reason
    assert steps.settle(desk, pipeline.wish, RUN, code).code == 0
    assert pipeline.changes.only().close_code == ("unsuccessful" if code else "successful")
    assert state(pipeline) == CLOSED


@pytest.mark.parametrize("step", ["close", "settle"])
def test_the_end_of_a_part_that_never_began_is_not_told(pipeline: Pipeline, desk: Desk, step: str) -> None:
    """Nothing would be written, and nothing said."""
    wish = replace(WISH, kind=Kind.STANDARD)
    pipeline.run(run=replace(RUN, part=Part(1, 2)), kind=Kind.STANDARD)
    told = getattr(steps, step)(desk, wish, replace(RUN, part=Part(2, 2)), 0)
    assert (told.code, told.recorded) == (85, False)
    assert f"part 2/2 of {pipeline.changes.only().number} has not begun" in told.reason


def test_a_start_that_lands_once_its_job_was_ended_is_settled(pipeline: Pipeline, desk: Desk) -> None:
    """The job looked once, and saw nothing to take back; it said that nothing runs under what may land yet."""
    pipeline.wish = replace(WISH, kind=Kind.STANDARD)
    pipeline.changes.losing_starts = [60.0]

    def signal(_: float) -> None:
        raise KeyboardInterrupt

    pipeline.changes.hook = lambda *met: setattr(pipeline.time, "on_sleep", signal) if met[1] == "start" else None
    with pytest.raises(KeyboardInterrupt):
        pipeline.run()
    pipeline.changes.hook, pipeline.time.on_sleep = (lambda *_: None), lambda _: None
    pipeline.time.sleep(70)
    pipeline.changes._land()
    assert (state(pipeline), pipeline.ran) == (IMPLEMENT, 0)
    settled = steps.settle(desk, pipeline.wish, RUN)
    assert (settled.code, state(pipeline)) == (0, CANCELED)
    assert "no command ran under it" in settled.reason


@pytest.mark.parametrize("then", ["settle", "run"])
def test_what_several_jobs_left_to_each_other_is_nobodys(pipeline: Pipeline, desk: Desk, then: str) -> None:
    """Whoever comes finds it so, where the last of them died before it cancelled the change."""
    died(pipeline, "after", "start")
    change = pipeline.changes.only()
    [begun] = pipeline.changes.beginnings(change.sys_id)
    pipeline.changes.note(change.sys_id, left(begun.token))
    if then == "run":
        assert pipeline.run(job=Job("another", "1")).code == 0
    else:
        assert (steps.settle(desk, pipeline.wish, RUN).code, state(pipeline)) == (0, CANCELED)


def test_what_was_left_in_review_is_closed_as_it_was_told(pipeline: Pipeline, desk: Desk) -> None:
    died(pipeline, "before", "close", code=1)
    assert state(pipeline) == REVIEW
    assert steps.settle(desk, pipeline.wish, RUN).code == 0
    assert (state(pipeline), pipeline.changes.only().close_code) == (CLOSED, "unsuccessful")


def test_nothing_owed_is_no_error_and_is_said(pipeline: Pipeline, desk: Desk) -> None:
    nothing = steps.settle(desk, WISH, RUN)
    assert (nothing.code, nothing.reason) == (0, "this run has no open change: no result is owed")
    made = steps.create(desk, WISH, RUN)
    waits = steps.settle(desk, WISH, RUN)
    assert (waits.code, waits.number) == (0, made.number)
    assert waits.reason.startswith(f"{made.number} is Assess")
    assert waits.reason.endswith(": no result is owed")
    assert state(pipeline) == ASSESS


def test_a_rollback_is_a_change_of_its_own_linked_to_the_failed_one(pipeline: Pipeline, desk: Desk) -> None:
    pipeline.wish = replace(WISH, kind=Kind.STANDARD)
    with pytest.raises(BadWish, match="nothing to roll back"):
        steps.rollback_of(desk, pipeline.wish, RUN)
    failed = pipeline.run(code=1)
    wish, target = steps.rollback_of(desk, pipeline.wish, RUN)
    assert wish.parent == failed.sys_id
    pipeline.wish = wish
    rolled_back = pipeline.run(run=target)
    assert (rolled_back.code, rolled_back.sys_id != failed.sys_id) == (0, True)
    assert [each.close_code for each in pipeline.changes.rows.values()] == ["unsuccessful", "successful"]


def test_a_window_is_told_before_anything_is_built(pipeline: Pipeline, desk: Desk) -> None:
    now = pipeline.changes.now()
    assert steps.window(desk, "c" * 32, now, 3600).outcome is Ending.READY
    long = steps.window(desk, "c" * 32, now, timedelta(hours=3).total_seconds())
    assert (long.code, long.outcome) == (83, Ending.OUTSIDE)


def test_status_tells_every_try(pipeline: Pipeline, desk: Desk) -> None:
    for _ in range(2):
        pipeline.run(kind=Kind.STANDARD)
    assert [each.state for each in steps.status(desk, WISH, RUN)] == [CLOSED, CLOSED]
    (one,) = steps.status(desk, WISH, pipeline.changes.only().sys_id)
    assert one.state != NEW
