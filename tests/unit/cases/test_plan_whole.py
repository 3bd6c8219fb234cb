"""One plan for a whole pass: what it lists, in which order and why, and that carrying it out does just that."""

from __future__ import annotations

import inspect
import re
from typing import TYPE_CHECKING, Any

import pytest

from integration.cases.link import CASE, INCIDENT
from integration.cases.plan.steps import NOTES
from integration.cases.plan.whole import Plan, plan_of
from integration.cases.preview import Why, preview
from integration.cases.reading import Reading
from mappers import notes
from tests.fakes.world import WRITES

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.fakes.running import Running

Pair = tuple[str, str]


def planned(running: Running, pair: Pair, **flags: Any) -> Plan:
    found = preview(running.reconciler, running.wake(CASE, pair[0], sweep=True, **flags))
    assert isinstance(found, Plan)
    return found


def steps(plan: Plan) -> list[tuple[str, str, str]]:
    return [(step.what, step.side, step.why) for step in plan.steps]


def title(running: Running, pair: Pair) -> None:
    running.cases.update(pair[0], {"title": "Root key used twice"})


def both_titles(running: Running, pair: Pair) -> None:
    title(running, pair)
    running.incidents.edit(pair[1], short_description="Root key used again")


def comment(running: Running, pair: Pair) -> None:
    running.cases.add_comment(pair[0], "We look at it.")


def entry(running: Running, pair: Pair) -> None:
    running.incidents.edit(pair[1], comments="Seen it.")


def files(running: Running, pair: Pair) -> None:
    running.cases.add_file(pair[0], "log.txt", b"one line")
    running.incidents.add_file(pair[1], "shot.png", b"pixels")


def watcher(running: Running, pair: Pair) -> None:
    running.cases.update(pair[0], {"watchersToAdd": [{"email": "ann@here.example"}]})


def closed(running: Running, pair: Pair) -> None:
    running.cases.set_status(pair[0], "Detection and Analysis")
    running.cases.close(pair[0])


def ended(running: Running, pair: Pair) -> None:
    state = {"incident": "7", "sn_si_incident": "3"}[running.world.table]
    running.incidents.edit(pair[1], state=state)


def nothing(_: Running, __: Pair) -> None:
    """Nobody does anything."""


EDITS: list[tuple[Callable[[Running, Pair], None], list[tuple[str, str, str]]]] = [
    (title, [("field", INCIDENT, "case changed")]),
    (both_titles, [("note", CASE, "this side's value lost"), ("field", CASE, "both changed")]),
    (comment, [("entry", INCIDENT, "new on the case")]),
    (entry, [("comment", CASE, "new in the journal")]),
    (files, [("file", CASE, "new on the incident"), ("file", INCIDENT, "new on the case")]),
    (watcher, [("columns", INCIDENT, "added or removed on the case")]),
    (closed, [("status", INCIDENT, "case changed")]),
    (ended, [("note", CASE, "the case is about to be closed"), ("status", CASE, "incident changed")]),
]


@pytest.mark.parametrize(("edit", "expected"), EDITS, ids=[edit.__name__ for edit, _ in EDITS])
def test_what_is_planned_in_which_order(running, pair, edit, expected) -> None:
    edit(running, pair)
    assert steps(planned(running, pair)) == expected


def test_a_plan_that_ends_the_incident_has_asked_for_its_codes_before(running, pair) -> None:
    """Which code goes with it is decided before anything is written, and costs the one call it cost while writing."""
    closed(running, pair)
    running.world.calls.clear()
    plan = planned(running, pair)
    [write] = plan.fields.writes
    assert {"state", "close_code", "close_notes"} == write.values.keys()
    assert running.world.calls["servicenow.close_codes"] == 1
    assert not plan.asks
    running.world.calls.clear()
    running.case(pair[0])
    assert running.world.calls["servicenow.close_codes"] == 1


def test_the_ways_of_a_status_are_listed_before_one_is_tried(running, pair) -> None:
    """At once, step by step where the process of the module knows steps, then states that stand for it."""
    closed(running, pair)
    [write] = planned(running, pair).fields.writes
    ways = {"incident": (("7",), ("6",)), "sn_si_incident": (("3",), ("16", "18", "19", "20", "100", "3"))}
    assert write.ways == ways[running.world.table]


@pytest.mark.parametrize("edit", [edit for edit, _ in EDITS], ids=lambda edit: edit.__name__)
def test_the_same_look_gives_the_same_plan(running, pair, edit) -> None:
    edit(running, pair)
    reading = Reading(running.reconciler, running.wake(CASE, pair[0], sweep=True))
    link = running.links.get(pair[0]).link
    case, seen = reading.both(link, comments=True)
    look = reading.look(link, case, seen, unclean=False)
    kept = link.dumps()
    assert plan_of(look) == plan_of(look)
    assert link.dumps() == kept


@pytest.mark.parametrize("edit", [edit for edit, _ in EDITS], ids=lambda edit: edit.__name__)
def test_a_pass_writes_what_was_shown_in_its_order_and_nothing_else(running, pair, edit) -> None:
    edit(running, pair)
    sides = [step.side for step in planned(running, pair).steps]
    wrote: list[str] = []

    def note(moment: str, system: str, call: str) -> None:
        if moment == "before" and call in WRITES:
            wrote.append({"aws": CASE, "servicenow": INCIDENT}[system])

    running.world.hook = note
    running.case(pair[0], sweep=True)
    assert wrote == sides


@pytest.mark.parametrize("edit", [nothing, *(edit for edit, _ in EDITS)], ids=lambda edit: edit.__name__)
def test_a_preview_claims_nothing_and_writes_nothing(running, pair, edit) -> None:
    edit(running, pair)
    before = (dict(running.links.rows[pair[0]]), running.world.writes)
    running.world.calls.clear()
    found = preview(running.reconciler, running.wake(CASE, pair[0], sweep=True))
    assert (dict(running.links.rows[pair[0]]), running.world.writes) == before
    assert {call for call in running.world.calls if call.startswith("table.")} <= {"table.get", "table.whole ledger"}
    assert isinstance(found, Why) == (edit is nothing)


def kinds_of_notes() -> set[str]:
    return set(re.findall(r'^\s+(?:return )?"([a-z][a-z-]+)",', inspect.getsource(notes), re.MULTILINE))


def test_every_note_of_a_plan_has_its_reason_in_words() -> None:
    """Those that are not of a plan are said where a pass ends: no pair, no record, a refused creation."""
    not_planned = {"overlap", "suspended", "ambiguous", "not-linked"}
    assert kinds_of_notes() - set(NOTES) == not_planned
