"""Two jobs that say the same `--part` are told apart: one command runs, and the other job names both."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from integration.changes import steps
from integration.changes.model import UNTOLD, Ending, Job, Kind, Part
from integration.changes.reconciler import Desk
from integration.changes.states import Place, place_of
from tests.unit.changes.conftest import RUN

if TYPE_CHECKING:
    from collections.abc import Callable

    from integration.changes.model import Outcome
    from tests.unit.changes.conftest import Pipeline

FIRST, SECOND = (replace(RUN, part=Part(number, 2)) for number in (1, 2))
EAST, WEST = Job("east", "1"), Job("west", "1")


def part(pipeline: Pipeline, job: Job, run: object = FIRST, code: int = 0) -> Outcome:
    return pipeline.run(code=code, run=run, job=job, kind=Kind.STANDARD)


def once(act: Callable[[], None]) -> Callable[[], None]:
    left = [act]
    return lambda: left.pop()() if left else None


def states(pipeline: Pipeline) -> set[Place]:
    return {place_of(each, pipeline.wish) for each in pipeline.changes.rows.values()}


def test_a_second_job_with_the_same_part_runs_nothing_and_names_both(pipeline: Pipeline) -> None:
    """It comes while the first is at it. Their tasks, and their results, would be one."""
    second: list[Outcome] = []
    pipeline.starting = once(lambda: second.append(part(pipeline, WEST)))
    assert part(pipeline, EAST).code == 0
    [told] = second
    assert (told.code, told.outcome, told.started) == (85, Ending.MISPLACED, False)
    assert "job east (attempt 1) of this run began part 1/2 of CHG" in told.reason
    assert "job west (attempt 1) has the same --part, and each wants its own" in told.reason
    assert "change settle --part 1/2 --outcome" in told.reason
    assert (pipeline.ran, pipeline.changes.calls["open_task"]) == (1, 1)
    assert part(pipeline, Job("south", "1"), SECOND).code == 0
    assert states(pipeline) == {Place.CLOSED}


def test_jobs_that_count_their_parts_otherwise_are_told_so(pipeline: Pipeline) -> None:
    """Nobody could tell which is the last: the change would be closed too soon, or never."""
    assert part(pipeline, EAST).code == 0
    told = part(pipeline, WEST, replace(RUN, part=Part(2, 3)))
    assert (told.code, told.started) == (85, False)
    assert "other jobs of this run make 2 parts of CHG" in told.reason
    assert ", this one 3: each says the same number behind --part" in told.reason
    assert part(pipeline, WEST, SECOND).code == 0
    assert states(pipeline) == {Place.CLOSED}


@pytest.mark.parametrize("shows_journal", [True, False])
@pytest.mark.parametrize(("moment", "call"), [("before", "open_task"), ("after", "open_task"), ("before", "start")])
@pytest.mark.parametrize("begun", [False, True], ids=["first of the change", "beside another part"])
def test_of_two_that_begin_a_part_at_once_one_at_most_runs(
    pipeline: Pipeline, moment: str, call: str, begun: bool, shows_journal: bool
) -> None:
    """Whoever is not the first leaves no task that keeps the change open."""
    pipeline.changes.shows_journal = shows_journal
    if begun:
        part(pipeline, Job("south", "1"), SECOND)
    second = once(lambda: part(pipeline, WEST))
    ran = pipeline.ran
    pipeline.changes.hook = lambda *met: second() if met == (moment, call) else None
    part(pipeline, EAST)
    assert pipeline.ran == ran + 1
    if not begun:
        part(pipeline, Job("south", "1"), SECOND)
    assert states(pipeline) == {Place.CLOSED}


def test_each_part_beside_another_has_a_note_of_its_own(pipeline: Pipeline) -> None:
    inner: list[Outcome] = []
    pipeline.starting = once(lambda: inner.append(part(pipeline, EAST, SECOND)))
    assert part(pipeline, EAST).code == 0
    assert [each.code for each in inner] == [0]
    [notes] = pipeline.changes.notes.values()
    assert [note for note in notes if " begins." in note and "part 1/2," in note]
    assert [note for note in notes if " begins." in note and "part 2/2," in note]
    assert states(pipeline) == {Place.CLOSED}


def test_a_start_of_a_part_whose_answer_is_lost_is_noted_once(pipeline: Pipeline) -> None:
    """Another part began the change, so that its state tells nothing of ours."""
    part(pipeline, EAST, SECOND)
    pipeline.changes.losing_starts = [0.0]
    assert part(pipeline, WEST).code == 0
    [notes] = pipeline.changes.notes.values()
    assert len([note for note in notes if "part 1/2," in note]) == 1


@pytest.mark.parametrize("job", [Job("east", "2"), Job("west", "1")], ids=["the next try", "another job"])
def test_a_part_that_told_its_end_may_be_run_again(pipeline: Pipeline, job: Job) -> None:
    assert part(pipeline, EAST, code=1).code == 1
    assert part(pipeline, job).code == 0
    assert part(pipeline, EAST, SECOND).code == 0
    assert [each.close_code for each in pipeline.changes.rows.values()] == ["successful"]


@pytest.mark.parametrize("job", [UNTOLD, WEST], ids=["nobody tells", "another job"])
def test_a_dead_part_that_nobody_can_tell_from_a_living_one_is_settled_first(pipeline: Pipeline, job: Job) -> None:
    def dies() -> None:
        raise KeyboardInterrupt

    pipeline.starting = once(dies)
    with pytest.raises(KeyboardInterrupt):
        part(pipeline, UNTOLD if job is UNTOLD else EAST)
    assert part(pipeline, job).code == 85
    wish = replace(pipeline.wish, kind=Kind.STANDARD)
    desk = Desk(pipeline.changes, pipeline.heard, pipeline.time, job)
    steps.settle(desk, wish, FIRST, 1)
    assert part(pipeline, job).code == 0
    assert part(pipeline, job, SECOND).code == 0
    assert states(pipeline) == {Place.CLOSED}
