"""A record that cannot be read: what is taken for a missing right suspends nothing, however long it lasts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from integration.cases.absence import HIDDEN_MOST_S, UNREADABLE_MOST, Sight, lost_right
from integration.cases.link import CASE, INCIDENT, SUSPENDED
from tests.fakes.running import Running
from tests.proofs.kit.crowd import Crowd
from tests.proofs.kit.edits import edit_of

if TYPE_CHECKING:
    from collections.abc import Sequence

LATER_S = HIDDEN_MOST_S
FEW, MANY = UNREADABLE_MOST, UNREADABLE_MOST + 1
RULES = [  # others can be read, it is counted, so many together, for so long -> what is missing
    (False, True, 1, 0, "role"),
    (False, True, 1, 100 * LATER_S, "role"),
    (False, True, MANY, 100 * LATER_S, "role"),
    (False, False, 1, LATER_S - 1, "role"),
    (False, False, 1, LATER_S, ""),
    (False, False, 2, 100 * LATER_S, "role"),
    (True, False, 1, 0, ""),
    (True, True, 1, 0, ""),
    (True, True, FEW, 100 * LATER_S, ""),
    (True, False, MANY, LATER_S - 1, "many"),
    (True, True, MANY, 100 * LATER_S, "many"),
    (True, False, MANY, LATER_S, ""),
]


@pytest.mark.parametrize(("others", "counted", "together", "for_s", "missing"), RULES)
def test_a_lost_right_is_told_from_a_record_that_is_gone(others, counted, together, for_s, missing):
    """By what else is shown, by whether the instance counts it, by how many are away, and for how long."""
    said = lost_right(Sight(others, counted, together, for_s))
    assert missing in said
    assert bool(said) == bool(missing)


def linked(number: int) -> Crowd:
    """So many incidents that people opened, each with its case, and nothing else in the table."""
    crowd = Crowd(Running(new_cases_per_hour=100))
    for each in range(number):
        crowd.running.incidents.make(f"incident {each}", description="d")
    crowd.minutes(3)
    assert len(list(crowd.pairs())) == number
    return crowd


def suspended(crowd: Crowd) -> int:
    return sum(link.state == SUSPENDED for link in crowd.links())


def told(crowd: Crowd) -> int:
    cases = crowd.running.cases.records
    return sum("cannot be read" in text for case_id in cases for text in crowd.running.comments(case_id))


def delete(crowd: Crowd, sys_ids: Sequence[str]) -> None:
    for sys_id in sys_ids:
        del crowd.running.incidents.records[sys_id]
        crowd.send(crowd.running.wake(INCIDENT, sys_id))


@pytest.mark.parametrize("links", [1, FEW, MANY])
def test_a_role_that_is_missing_for_hours_suspends_nothing(links: int) -> None:
    """Nobody is told anything, and afterwards everything arrives."""
    crowd = linked(links)
    crowd.running.incidents.hidden = set(crowd.running.incidents.records)
    for case_id, sys_id in list(crowd.pairs()):
        crowd.edit(edit_of("case comment: meanwhile"), case_id, sys_id)
    crowd.minutes(240)
    assert crowd.count["Misconfigured"]
    assert (suspended(crowd), told(crowd)) == (0, 0)
    crowd.running.incidents.hidden.clear()
    crowd.minutes(20)
    assert all(crowd.running.journal(sys_id)[-1].endswith("meanwhile") for _, sys_id in crowd.pairs())


def test_the_only_record_of_a_table_is_taken_for_deleted_after_an_hour() -> None:
    """Else its link waited for ever, since nothing else can show the right."""
    crowd = linked(1)
    delete(crowd, list(crowd.running.incidents.records))
    crowd.minutes(50)
    assert (suspended(crowd), told(crowd)) == (0, 0)
    crowd.minutes(40)
    assert (suspended(crowd), told(crowd)) == (1, 1)


def test_many_that_were_deleted_at_once_are_suspended_after_an_hour() -> None:
    """The instance counts none of them, and shows others."""
    crowd = linked(MANY + 1)
    delete(crowd, list(crowd.running.incidents.records)[:MANY])
    crowd.minutes(50)
    assert (suspended(crowd), told(crowd)) == (0, 0)
    crowd.minutes(40)
    assert (suspended(crowd), told(crowd)) == (MANY, MANY)


def test_links_that_are_suspended_already_are_no_sign_of_a_lost_right() -> None:
    """Somebody looks at each of them every hour, for ever."""
    crowd = linked(MANY + 2)
    for sys_id in list(crowd.running.incidents.records)[:MANY]:
        delete(crowd, [sys_id])
        crowd.minutes(70)
    assert suspended(crowd) == MANY
    crowd.count.clear()
    delete(crowd, list(crowd.running.incidents.records)[:1])
    crowd.minutes(130)
    assert (suspended(crowd), told(crowd)) == (MANY + 1, MANY + 1)
    assert not crowd.count["Misconfigured"]


def test_a_suspended_link_goes_on_within_the_hour_when_its_record_is_shown_again() -> None:
    crowd = linked(2)
    (case_id, sys_id), _ = crowd.pairs()
    crowd.running.incidents.hidden = {sys_id}
    crowd.send(crowd.running.wake(CASE, case_id))
    crowd.edit(edit_of("case comment: meanwhile"), case_id, sys_id)
    crowd.minutes(10)
    assert suspended(crowd) == 1
    crowd.running.incidents.hidden.clear()
    crowd.minutes(62)
    assert suspended(crowd) == 0
    assert crowd.running.journal(sys_id)[-1].endswith("meanwhile")
