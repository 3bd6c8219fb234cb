"""What every declared integration owes to those who read the declarations."""

from __future__ import annotations

from collections import Counter
from importlib.util import find_spec
from pathlib import Path

import pytest

import lambdas
from integration import registry
from integration.changes.gate.names import SCHEDULE
from integration.names import Names
from integration.operations.registry import grants
from integration.registry import FUNCTIONS, INTEGRATIONS, NOTIFICATIONS
from integration.workspaces import names as workspaces

GRANTS = grants()

UNIQUE = {
    "keys": [each.key for each in INTEGRATIONS],
    "owners": [each.owner for each in FUNCTIONS],
    "folders": [each.folder for each in FUNCTIONS],
    "logical ids": [each.logical_id for each in FUNCTIONS],
    "event types": [kind for each in NOTIFICATIONS for kind in each.event_types],
    "marks": [mark for each in INTEGRATIONS for mark in each.marks],
    "queues": [queue for each in INTEGRATIONS for queue in (*each.queues, *each.dead_letters_of)],
}


@pytest.mark.parametrize("what", UNIQUE)
def test_nothing_is_declared_twice(what):
    assert [word for word, times in Counter(UNIQUE[what]).items() if times > 1] == []


@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda each: each.owner)
def test_a_declared_function_has_a_name_rights_and_an_entry_point(function):
    assert Names("blue").of(function.owner).endswith("-blue")
    assert GRANTS[function.owner]
    assert find_spec(f"lambdas.{function.folder}.index")


def test_only_declared_functions_schedules_and_the_role_of_files_have_rights():
    others = {"poll_schedule", SCHEDULE, workspaces.SCHEDULE, workspaces.FILES_ROLE}
    assert set(GRANTS) == {each.owner for each in FUNCTIONS} | others


def test_every_entry_point_is_declared():
    """A folder below lambdas/ that no declaration names would be bundled and never deployed."""
    there = {path.parent.name for path in Path(lambdas.__file__).parent.glob("*/index.py")}
    assert there == {each.folder for each in FUNCTIONS}


def test_every_queue_has_one_for_dead_letters():
    names = Names()
    assert {f"{queue}-dead" for queue in registry.queues(names)} < set(registry.dead_letter_queues(names))


def test_no_integration_takes_its_own_mark_for_a_foreign_one():
    for each in INTEGRATIONS:
        assert not set(each.marks) & set(registry.foreign_marks(each.key))


@pytest.mark.parametrize(
    ("ending", "declared"),
    {
        "_queue": {queue for each in INTEGRATIONS for queue in each.queues},
        "_stack": {"state_stack", "common_stack", *(each.stack for each in INTEGRATIONS)},
        "_schedule": {other for each in INTEGRATIONS for other in each.dead_letters_of} - {"notifications_rule"},
    }.items(),
)
def test_what_has_a_name_is_somebody_s(ending, declared):
    """A queue that no integration declares would have no alarm, no row in status, and nobody's replay."""
    assert {name for name in vars(Names) if name.endswith(ending)} <= declared
