"""One plan for a whole pass: what it lists, in which order and why, and that carrying it out does just that."""

from __future__ import annotations

import dataclasses
import importlib
import inspect
import pkgutil
import re
from typing import TYPE_CHECKING, Any

import pytest

from integration.cases import plan as plan_room
from integration.cases.blocking import RETRY_BLOCKED_S
from integration.cases.link import CASE, INCIDENT
from integration.cases.plan.aside import KILLED_MOST
from integration.cases.plan.steps import NOTES
from integration.cases.plan.whole import Plan, plan_of
from integration.cases.reading import Reading
from integration.operations.cases.preview import Why, preview
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


@pytest.mark.parametrize("module", [module.name for module in pkgutil.iter_modules(plan_room.__path__)])
def test_what_a_plan_is_made_of_is_frozen(module) -> None:
    found = vars(importlib.import_module(f"{plan_room.__name__}.{module}")).values()
    kinds = [
        kind for kind in found if dataclasses.is_dataclass(kind) and kind.__module__.startswith(plan_room.__name__)
    ]
    assert [kind for kind in kinds if not kind.__dataclass_params__.frozen] == []


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


# ---------------------------------------------------------------------------------------- what waits, and what is tried
def refused(column: str) -> Callable[[Any, Any], str | None]:
    return lambda _, values: "a data policy" if column in values else None


def test_what_was_refused_is_listed_as_waiting_until_it_is_due(running, pair) -> None:
    title(running, pair)
    running.incidents.refuse = refused("short_description")
    running.case(pair[0])
    [step] = planned(running, pair).steps
    assert (step.what, step.side, step.about, step.waits) == ("field", INCIDENT, "title", "a data policy")
    [step] = planned(running, pair, forced=True).steps
    assert step.waits == ""
    running.world.now += RETRY_BLOCKED_S
    [step] = planned(running, pair).steps
    assert step.waits == ""


def test_a_block_is_lifted_by_the_plan_once_nothing_waits_behind_it(running, pair) -> None:
    title(running, pair)
    running.incidents.refuse = refused("short_description")
    running.case(pair[0])
    assert planned(running, pair).fields.lifted == frozenset()
    running.cases.update(pair[0], {"title": "Root key used"})
    reading = Reading(running.reconciler, running.wake(CASE, pair[0]))
    plan = reading.plan(running.links.get(pair[0]).link, comments=True, unclean=False)
    assert plan.fields.lifted == {"field:title>incident"}


def test_a_comment_that_was_refused_waits_and_the_rest_goes_on(running, pair) -> None:
    comment(running, pair)
    running.incidents.refuse = refused("work_notes")
    running.case(pair[0])
    title(running, pair)
    waits = [(step.what, bool(step.waits)) for step in planned(running, pair).steps]
    assert waits == [("field", False), ("entry", True)]


def test_a_case_is_closed_only_after_it_has_its_files(running, pair) -> None:
    running.incidents.add_file(pair[1], "scanned.png", b"pixels", state="pending")
    ended(running, pair)
    [step] = planned(running, pair).steps
    assert (step.what, step.side, step.waits) == ("status", CASE, "files are held by a scan")


def test_only_listed_ways_are_tried_each_from_where_the_record_is(running, pair) -> None:
    """The first that the instance lets us go counts; where it takes none, the status waits and is told."""
    closed(running, pair)
    [write] = planned(running, pair).fields.writes
    tried: list[str] = []

    def no_state(_: str, values: dict[str, str]) -> str | None:
        tried.extend([values["state"]] if "state" in values else [])
        return "not from here" if "state" in values else None

    running.incidents.refuse = no_state
    running.case(pair[0])
    assert tried == [write.ways[0][0], *(way[0] for way in write.ways)]
    [step] = planned(running, pair).steps
    assert (step.what, step.waits) == ("status", "not from here")


def test_after_five_deaths_the_plan_is_to_put_aside_and_nothing_else(running, pair) -> None:
    comment(running, pair)
    title(running, pair)
    for _ in range(KILLED_MOST):
        running.links.claim(pair[0], "killed", running.world.now + 1, running.world.now)
        running.world.now += 2
    plan = planned(running, pair)
    assert [(step.what, step.side, step.about) for step in plan.steps] == [("note", CASE, "put-aside")]
    assert (plan.fields.writes, plan.entries.to_journal) == ((), ())


@pytest.mark.parametrize("edit", [edit for edit, _ in EDITS], ids=lambda edit: edit.__name__)
def test_no_text_of_a_record_stands_in_a_step(running, pair, edit) -> None:
    edit(running, pair)
    told = str(planned(running, pair).steps)
    texts = ("Root key", "We look", "Seen it", "log.txt", "shot.png", "ann@")
    assert [text for text in texts if text in told] == []


def test_what_a_plan_asks_is_asked_once_in_a_pass(running, pair) -> None:
    """The team, whose domains may cross, and users of the addresses that go to the watch list."""
    watcher(running, pair)
    running.world.calls.clear()
    running.case(pair[0], sweep=True)
    asked = {call: running.world.calls[call] for call in ("aws.GetMembership", "servicenow.users")}
    assert asked == {"aws.GetMembership": 1, "servicenow.users": 1}
