"""`service-now --lock`: the roles of the set-up are named, and the instance is asked whether they are gone."""

import json

import pytest

from integration.clients.servicenow.table import Table
from integration.operations.checking.deployment_side import setup
from integration.operations.deployment.account import open_account
from integration.operations.deployment.deployed import find
from servicenow_setup.apply import apply, plan, remove
from servicenow_setup.errors import Locked
from servicenow_setup.roles import roles
from tests.contract.operations.deployed_world import NAMES

SET_UP = set(roles("incident", "rest"))
RUNNING = set(roles("incident", "update-set"))


def grant(instance, wanted):
    names = {row["sys_id"]: row["name"] for row in instance.records("sys_user_role")}
    before = {names[row["role"]] for row in instance.records("sys_user_has_role") if row["user"] == instance.user}
    instance.admin(
        "POST", "/roles", user_name="aws_integration", revoke=sorted(before - set(wanted)), grant=sorted(wanted)
    )


@pytest.fixture
def locked(run, deployed, instance, pair):
    """What `--lock` says once the user holds these roles: subject → what was told, of those that fail."""

    def call(wanted):
        grant(instance, wanted)
        done = run("service-now", *instance.flags(pair[0]), "--lock", "--json")
        verdicts = json.loads(done.stdout)["verdicts"]
        failed = [f"{each['subject']}: {each['told']}" for each in verdicts if each["state"] == "fail"]
        assert (done.exit_code == 0) == (not failed)
        return failed

    return call


def test_roles_of_the_set_up_that_are_still_there_are_named_and_fail(locked):
    said = "\n".join(locked(SET_UP))
    for role in SET_UP - RUNNING:
        assert f"{role} is still there" in said
    for role in RUNNING:
        assert f"{role} is" not in said
    assert "writes: sys_script takes a record" in said


def test_a_user_with_what_running_needs_is_locked(locked, instance):
    """And the trial leaves nothing behind."""
    before = {table: len(instance.records(table)) for table in ("sys_script", "sys_rest_message")}
    assert locked(RUNNING) == []
    assert {table: len(instance.records(table)) for table in before} == before


def test_a_right_that_no_role_tells_of_is_found_by_writing(locked, instance):
    """Access rules may give it to everybody: the trial's record is taken, told, and deleted again."""
    instance.admin("PATCH", "/config", enforce_roles=False)
    before = len(instance.records("sys_script"))
    assert any("writes: sys_script" in told for told in locked(RUNNING))
    assert len(instance.records("sys_script")) == before


def test_hidden_records_of_a_locked_user_are_not_taken_for_missing(deployed, instance):
    """Tables look empty to who has no role for them: nothing is due, and removing says that it is blind."""
    ours = find(open_account(None, None), NAMES).connection
    table = Table(ours.http)
    grant(instance, SET_UP)
    apply(table, ours.setup)
    assert not [change for change in plan(table, ours.setup).writes if not change.without]
    grant(instance, RUNNING)
    with pytest.raises(Locked):
        plan(table, ours.setup)
    with pytest.raises(Locked):
        remove(table, ours.setup)
    assert [verdict.state for verdict in setup(table, ours.setup, "")] == ["skip"]
