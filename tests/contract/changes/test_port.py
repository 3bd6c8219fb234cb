"""What the port of changes promises, of the twin and of an instance over HTTP alike."""

from __future__ import annotations

import hashlib
from dataclasses import astuple, replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from integration.changes.beginning import left, said
from integration.changes.model import Evidence, Job, Kind, Part
from integration.clients.errors import Missing, Unavailable
from tests.contract.changes.places import ITEM, expect, wish

if TYPE_CHECKING:
    from pathlib import Path

    from integration.changes.model import Change
    from tests.contract.changes.places import HttpPlace, TwinPlace

    Place = TwinPlace | HttpPlace
NEW, ASSESS, AUTHORIZE, SCHEDULED, IMPLEMENT, REVIEW, CLOSED, CANCELED = "-5", "-4", "-3", "-2", "-1", "0", "3", "4"
FIRST = {Kind.NORMAL: ASSESS, Kind.EMERGENCY: AUTHORIZE, Kind.STANDARD: SCHEDULED}


def now_of(place: Place, change: Change) -> Change:
    (found,) = place.port.look(change.sys_id)
    return found


def conflicts_of(place: Place, change: Change) -> set[str]:
    for _ in range(100):
        found = place.port.conflicts(change.sys_id)
        if found is not None:
            return {each.type for each in found if "already" not in each.type}
        place.moment()
    raise AssertionError("the check never ended")


def scheduled(place: Place, key: str, **more: object) -> Change:
    made = place.port.create(wish(**more), f"{key}/1", "shop 2.3.0")
    submitted = place.port.submit(made.sys_id, FIRST[wish(**more).kind])
    place.approve(submitted)
    return now_of(place, submitted)


def implemented(place: Place, key: str) -> Change:
    change = scheduled(place, key)
    return place.port.start(change.sys_id, IMPLEMENT, "begins", place.port.now())


@pytest.mark.parametrize("kind", list(Kind))
def test_what_is_made_is_new_and_found_by_its_key(place: Place, key: str, kind: Kind) -> None:
    made = place.port.create(wish(kind=kind), f"{key}/1", "shop 2.3.0")
    assert (made.state, made.approval, made.kind, made.on_hold) == (NEW, "not requested", kind.value, False)
    assert (made.mark, made.shown, made.dropped) == (f"{key}/1", "shop 2.3.0", ())
    assert made.number.startswith("CHG")
    assert made.sys_id in made.url
    (found,) = place.port.find(key)
    assert (found.sys_id, found.mark, found.shown) == (made.sys_id, f"{key}/1", "shop 2.3.0")
    assert place.port.find(f"{key[:-1]}x") == ()


def test_tries_are_found_oldest_first_whatever_became_of_them(place: Place, key: str) -> None:
    made = []
    for number in (1, 2, 3):
        made.append(place.port.create(wish(), f"{key}/{number}", "shop"))
        place.later(1)
    place.cancel(made[0])
    assert [each.mark[-1] for each in place.port.find(key)] == ["1", "2", "3"]


def test_nothing_is_no_error(place: Place) -> None:
    assert place.port.look("0" * 32) == ()
    expect(lambda: place.port.submit("0" * 32, ASSESS), Missing)


@pytest.mark.parametrize("kind", list(Kind))
def test_the_ways_out_of_new(place: Place, key: str, kind: Kind) -> None:
    made = place.port.create(wish(kind=kind), f"{key}/1", "shop")
    states = {each.value: each for each in place.port.next_states(made.sys_id)}
    assert set(states) == {NEW, FIRST[kind], CANCELED}
    assert states[FIRST[kind]].available
    assert states[NEW].label == "New"


def test_a_submitted_change_asks_for_approval(place: Place, key: str) -> None:
    made = place.port.create(wish(), f"{key}/1", "shop")
    assert place.port.submit(made.sys_id, ASSESS).state == ASSESS
    assert now_of(place, made).approval == "requested"
    asked = place.port.approvers(made.sys_id)
    assert {each.state for each in asked} == {"requested"}
    assert all(each.name for each in asked)


def test_who_is_approved_is_scheduled(place: Place, key: str) -> None:
    change = scheduled(place, key)
    assert (change.state, change.approval) == (SCHEDULED, "approved")


def test_a_standard_change_needs_nobody(place: Place, key: str) -> None:
    made = place.port.create(wish(kind=Kind.STANDARD), f"{key}/1", "shop")
    place.port.submit(made.sys_id, SCHEDULED)
    assert (now_of(place, made).state, now_of(place, made).approval) == (SCHEDULED, "approved")


def test_a_rejected_change_is_new_again_and_its_row_tells_who_and_why(place: Place, key: str) -> None:
    made = place.port.create(wish(), f"{key}/1", "shop")
    submitted = place.port.submit(made.sys_id, ASSESS)
    place.reject(submitted, "not on a Sunday")
    assert now_of(place, made).state == NEW
    rejected = [each for each in place.port.approvers(made.sys_id) if each.state == "rejected"]
    assert [each.words for each in rejected] == ["not on a Sunday"] * len(rejected)
    assert rejected
    assert all(each.decided >= submitted.updated for each in rejected)


def test_a_start_is_one_write_with_its_time(place: Place, key: str) -> None:
    begun = implemented(place, key)
    assert (begun.state, begun.approval) == (IMPLEMENT, "approved")
    assert begun.work_start


def test_a_step_out_of_order_is_refused_by_a_rule_with_a_name(place: Place, key: str) -> None:
    change = scheduled(place, key)
    assert "Check State Transition" in expect(lambda: place.port.close(change.sys_id, CLOSED))
    assert now_of(place, change).state == SCHEDULED


def test_on_hold_nothing_is_moved(place: Place, key: str) -> None:
    change = scheduled(place, key)
    place.hold(change, "audit")
    assert (now_of(place, change).on_hold, now_of(place, change).hold_reason) == (True, "audit")
    expect(lambda: place.port.start(change.sys_id, IMPLEMENT, "begins", place.port.now()))
    place.unhold(change)
    assert place.port.start(change.sys_id, IMPLEMENT, "begins", place.port.now()).state == IMPLEMENT


@pytest.mark.parametrize(("code", "close_code"), [(0, "successful"), (7, "unsuccessful")])
def test_a_result_is_written_and_then_closed(place: Place, key: str, code: int, close_code: str) -> None:
    begun = implemented(place, key)
    reviewed = place.port.finish(begun.sys_id, REVIEW, code, f"ended with {code}", place.port.now())
    assert (reviewed.state, reviewed.close_code) == (REVIEW, close_code)
    assert reviewed.work_end
    assert place.port.close(begun.sys_id, CLOSED).state == CLOSED


def test_an_open_task_of_ours_keeps_it_open(place: Place, key: str) -> None:
    begun = implemented(place, key)
    task = place.port.open_task(begun, Part(2, 5))
    assert place.port.tasks(key) == (task,)
    assert (task.change, task.part, task.code) == (begun.sys_id, Part(2, 5), None)
    place.port.finish(begun.sys_id, REVIEW, 0, "done", place.port.now())
    expect(lambda: place.port.close(begun.sys_id, CLOSED))
    assert place.port.close_task(task, 3, "this part").code == 3
    assert place.port.tasks(key) == (replace(task, code=3),)
    assert place.port.close(begun.sys_id, CLOSED).state == CLOSED


def test_a_task_that_is_dropped_is_nobodys_and_keeps_nothing_open(place: Place, key: str) -> None:
    begun = implemented(place, key)
    kept, dropped = (place.port.open_task(begun, Part(2, 5)) for _ in range(2))
    place.port.drop_task(dropped)
    assert place.port.tasks(key) == (kept,)
    before = place.port.now() - timedelta(seconds=2)
    place.port.close_task(kept, 0, "this part")
    [ended] = place.port.tasks(key)
    assert before <= ended.ended <= place.port.now() + timedelta(seconds=2)
    place.port.finish(begun.sys_id, REVIEW, 0, "done", place.port.now())
    assert place.port.close(begun.sys_id, CLOSED).state == CLOSED


def test_a_note_moves_nothing(place: Place, key: str) -> None:
    change = scheduled(place, key)
    assert place.port.note(change.sys_id, "by the way").state == SCHEDULED


def test_cancelled_by_us(place: Place, key: str) -> None:
    change = scheduled(place, key)
    assert place.port.cancel(change.sys_id, CANCELED, "not today").state == CANCELED


def test_a_file_is_known_by_its_name_and_hash(place: Place, key: str, tmp_path: Path) -> None:
    content = b"<testsuite/>" * 1000
    path = tmp_path / "tests.xml"
    path.write_bytes(content)
    evidence = Evidence("tests.xml", str(path), len(content), hashlib.sha256(content).hexdigest(), "text/xml")
    made = place.port.create(wish(), f"{key}/1", "shop")
    assert place.port.files(made.sys_id) == frozenset()
    place.port.attach(made.sys_id, evidence)
    assert place.port.files(made.sys_id) == {("tests.xml", evidence.sha256)}


@pytest.mark.parametrize("kind", list(Kind))
def test_what_was_made_without_an_answer_is_found(place: Place, key: str, kind: Kind) -> None:
    place.answer_lost("create")
    with pytest.raises(Unavailable) as met:
        place.port.create(wish(kind=kind, short_description=f"Deploy for {key}"), f"{key}/1", "shop")
    assert met.value.outcome_unknown
    (found,) = place.port.find(key)
    assert (found.mark, found.state) == (f"{key}/1", NEW)
    assert len(place.port.find(key)) == 1


@pytest.mark.parametrize("call", ["submit", "start"])
def test_what_was_written_without_an_answer_is_seen(place: Place, key: str, call: str) -> None:
    made = place.port.create(wish(), f"{key}/1", "shop") if call == "submit" else scheduled(place, key)
    write = {
        "submit": lambda: place.port.submit(made.sys_id, ASSESS),
        "start": lambda: place.port.start(made.sys_id, IMPLEMENT, "begins", place.port.now()),
    }[call]
    place.answer_lost(call)
    with pytest.raises(Unavailable) as met:
        write()
    assert met.value.outcome_unknown
    assert now_of(place, made).state == (ASSESS if call == "submit" else IMPLEMENT)


def test_conflicts_are_checked_anew(place: Place, key: str) -> None:
    """Last, since a blackout is for all that comes after it."""
    change = scheduled(place, key, cmdb_ci=ITEM)
    assert conflicts_of(place, change) == set()
    place.blackout()
    place.later(61)
    assert "blackout" in conflicts_of(place, now_of(place, change))


def test_who_began_is_told_by_the_notes(place: Place, key: str) -> None:
    """In the answer to a start, and to whoever comes later; other notes say nothing of it."""
    change = scheduled(place, key)
    place.port.note(change.sys_id, "a note of somebody")
    assert place.port.beginnings(change.sys_id) == ()
    first, second = Job("deploy: [a]", "1"), Job("smoke", "2")
    started = place.port.start(change.sys_id, IMPLEMENT, f"begins {said('0' * 8, first)}", place.port.now())
    assert [(each.token, each.job, each.attempt) for each in started.beginnings or ()] == [("0" * 8, *astuple(first))]
    place.port.start(change.sys_id, "", f"begins {said('1' * 8, second)}", None)
    place.port.note(change.sys_id, left("1" * 8))
    found = place.port.beginnings(change.sys_id)
    assert [(each.token, each.left) for each in found] == [("0" * 8, False), ("1" * 8, True)]
    assert abs((found[0].at - place.port.now()).total_seconds()) < 60
