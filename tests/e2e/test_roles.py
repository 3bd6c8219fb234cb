"""The integration user's roles: all these systems run with the smallest sets, which the instance enforces.

With the roles of the user's document the same day passes in test_deploy_to_plane.
"""

from contextlib import contextmanager

from integration.operations.cases.tour import DAY
from integration.operations.local import tour
from servicenow_setup.roles import roles


def held(day):
    names = {row["sys_id"]: row["name"] for row in day.rows("sys_user_role")}
    return {names[row["role"]] for row in day.rows("sys_user_has_role") if row["user"] == day.running.user_sys_id}


@contextmanager
def only(day, wanted):
    """Exactly these roles, and the former ones again."""
    before = held(day)
    day.roles(revoke=sorted(before - set(wanted)), grant=sorted(set(wanted) - before))
    try:
        yield
    finally:
        day.roles(grant=sorted(before))


def test_the_systems_of_these_tests_hold_the_smallest_set_and_no_more(day):
    """So every test that runs on them is one of the set for setup over REST."""
    assert held(day) == set(roles(day.table, "rest"))
    assert day.servicenow.send("GET", "config")["enforce_roles"] is True


def test_a_whole_day_passes_with_the_roles_for_records_alone(lone_day, monkeypatch):
    """What is left when an update set brought the rules and an administrator enters the token: every step arrives."""
    day = lone_day
    monkeypatch.setattr(tour, "PATIENCE_S", 120.0)
    day.quiet()
    with only(day, roles(day.table, "update-set", optional=False)):
        toured = tour.run([DAY], day, day.module, lambda: sum(day.dead().values()), day.poll, lambda _outcome: None)
        day.quiet()
    assert [step.name for step in toured.steps if not step.arrived] == []
    assert (toured.duplicates, toured.dead_letters) == (0, 0)
