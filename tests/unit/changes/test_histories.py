"""Whatever people, clocks, faults and deaths do, what must hold of a run's changes holds.

`HISTORIES=6000 pytest tests/unit/changes/test_histories.py` plays more of them, in two minutes.
"""

import os
from dataclasses import replace
from random import Random

import pytest

from integration.changes.model import Job, Kind, Part
from tests.fakes.changes import CANCELED, CLOSED, IMPLEMENT, FakeChanges, FakeChild, Heard, carried_out
from tests.unit.changes.conftest import FILE, RUN, WISH
from tests.unit.changes.histories import History, SharedTime, Turns

SEEDS = int(os.environ.get("HISTORIES", "40"))


@pytest.mark.parametrize("parts", [0, 2, 5])
@pytest.mark.parametrize("tens", range(SEEDS // 10))
def test_histories(parts: int, tens: int) -> None:
    for seed in range(tens * 10, tens * 10 + 10):
        history = History(seed, parts)
        history.play()
        told = f"seed {seed}, parts {parts}: {history.changes.log[-40:]}"
        standing = history.changes.open()
        assert not history.broken, told
        assert len(standing) <= 1, told
        assert IMPLEMENT not in {each.state for each in standing}, told


@pytest.mark.parametrize("seed", range(20))
def test_five_parts_at_once_share_a_change_and_each_file_is_attached_to_it_once(seed: int) -> None:
    """In any order of their calls; the files of a twin that was cancelled go with it."""
    turns = Turns(Random(seed))
    changes = FakeChanges(time=SharedTime(turns), hook=lambda moment, _: turns.rest() if moment == "before" else None)
    codes = []

    def part(number: int) -> None:
        run = replace(RUN, part=Part(number, 5))
        child = FakeChild(changes.time, code=3 if number == 4 else 0)
        wish = replace(WISH, kind=Kind.STANDARD)
        codes.append(carried_out(wish, run, (FILE,), changes, child, Heard(), changes.time).code)

    turns.play([lambda number=number: part(number) for number in range(1, 6)])
    (live,) = (each for each in changes.rows.values() if each.close_code)
    assert (live.state, live.close_code, sorted(codes)) == (CLOSED, "unsuccessful", [0, 0, 0, 0, 3])
    assert changes.open() == []
    assert changes.sent_twice == 0
    assert changes.attached[live.sys_id] == {(FILE.name, FILE.sha256)}


@pytest.mark.parametrize(
    ("shows_journal", "rests"), [(True, {"before"}), (True, {"before", "written"}), (False, {"before"})]
)
@pytest.mark.parametrize("seed", range(100))
def test_two_jobs_at_once_run_one_command_and_cancel_no_change_under_it(
    seed: int, shows_journal: bool, rests: set[str]
) -> None:
    """Nobody made them parts. In any order of their calls; what is made later comes before what is made first. Where
    the answer to a start does not show who else began, or shows whoever did so between the write and the answer, two
    may leave it to each other.
    """
    turns = Turns(Random(seed))
    changes = FakeChanges(time=SharedTime(turns), shows_journal=shows_journal)
    others = [changes.create(WISH, f"chg:other/{number}", "x").sys_id for number in range(2)]
    changes.hook = lambda moment, _: turns.rest() if moment in rests else None
    wish, codes, children = replace(WISH, kind=Kind.STANDARD), [], [FakeChild(changes.time) for _ in range(2)]

    def job(child: FakeChild) -> None:
        codes.append(carried_out(wish, RUN, (), changes, child, Heard(), changes.time, Job("deploy", "1")).code)

    turns.play([lambda child=child: job(child) for child in children])
    ran = [child for child in children if child.started]
    assert len(ran) == codes.count(0) <= 1
    assert set(codes) <= {0, 85}
    assert ran or not shows_journal or "written" in rests
    assert [each.sys_id for each in changes.open()] == others
    cancelled = [each for each in changes.rows.values() if each.state == CANCELED and each.work_start]
    assert not (ran and cancelled)
