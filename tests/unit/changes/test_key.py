"""What all tries of a run have in common: nothing that a repetition changes is in it, and all that tells runs apart."""

from __future__ import annotations

from dataclasses import replace

import pytest

from integration.changes.key import LONGEST, key_of, mark_of, number_of, part_of, shown_of, task_mark
from integration.changes.model import Part
from tests.unit.changes.conftest import RUN, WISH


def test_a_key_is_the_same_for_every_try_and_part() -> None:
    """It is what stands in instances: another form would find nothing of what runs today."""
    key = key_of(RUN, "production", "shop")
    assert key == "chg:bae9d05d18633b724c29dae06eeb2bb0"
    assert len(key) == 4 + 32
    for other in ({"part": Part(1, 2)}, {"commit": "c"}):
        assert key_of(replace(RUN, **other), "production", "shop") == key


@pytest.mark.parametrize("other", [{"ci": "x"}, {"server": "x"}, {"project": "x"}, {"run": "x"}])
def test_a_key_tells_runs_apart(other: dict[str, str]) -> None:
    assert key_of(replace(RUN, **other), "production", "shop") != key_of(RUN, "production", "shop")


def test_what_stands_beside_each_other_does_not_run_together() -> None:
    one = key_of(replace(RUN, project="a/b", run="c"), "e", "x")
    assert one != key_of(replace(RUN, project="a", run="b/c"), "e", "x")
    assert key_of(RUN, "a", "b") != key_of(RUN, "b", "a")


def test_marks_carry_their_number_and_part_within_the_column() -> None:
    mark = mark_of(key_of(RUN, "production", "shop"), 12)
    assert (number_of(mark), number_of("INC0010001"), number_of(f"{mark}/1-2")) == (12, 0, 0)
    assert part_of(task_mark(mark, Part(3, 40))) == Part(3, 40)
    assert part_of(mark) is None
    assert len(task_mark(mark, Part(100, 100))) <= LONGEST


def test_what_is_shown_tells_versions_apart_however_long() -> None:
    assert shown_of(RUN, WISH) == "shop 2.3.0 to production, github octo/shop 4711"
    long = replace(WISH, app="a" * 200)
    assert len(shown_of(RUN, long)) == LONGEST
    assert shown_of(RUN, long) != shown_of(RUN, replace(long, version="2.4.0"))
