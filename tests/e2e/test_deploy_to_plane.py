"""The very command line that deploys into an account, against the plane: the CDK CLI, CloudFormation, the bundle.

What it deploys then works, a second run changes nothing, and what it destroys is gone.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from integration.local.day import Day
from integration.local.running import Options, start

REPOSITORY = Path(__file__).resolve().parents[2]
CANNOT_FETCH = 5


@pytest.fixture(scope="module")
def account():
    with start(Options(deploy=False)) as running:
        yield running


@pytest.fixture(scope="module")
def command(account, tmp_path_factory):
    """Runs the command line as the operator of the plane; (exit code, standard output)."""
    key = tmp_path_factory.mktemp("key") / "private.key"
    key.write_text(account.credentials.private_key_pem)
    key.chmod(0o600)
    given = {
        "SERVICENOW_INSTANCE_ID": account.servicenow_url, "SERVICENOW_CLIENT_ID": account.credentials.client_id,
        "SERVICENOW_CLIENT_SECRET": account.credentials.client_secret, "SERVICENOW_PRIVATE_KEY_PATH": str(key),
        "SERVICENOW_USER_SYS_ID": account.user_sys_id, "SERVICENOW_MODULE": "itsm",
    }  # fmt: skip

    def run(*words):
        ended = subprocess.run(
            [sys.executable, "deploy_integrations_solution.py", *words], cwd=REPOSITORY, capture_output=True,
            text=True, check=False, env={**os.environ, **account.plane.operator_environment(), **given}, timeout=280,
        )  # fmt: skip
        assert "Traceback" not in ended.stderr
        return ended

    return run


@pytest.fixture(scope="module")
def deployed(account, command):
    ended = command("service-now", "--yes")
    if ended.returncode == CANNOT_FETCH:
        pytest.skip("npm or pip do not reach their registry: " + ended.stderr.strip()[-200:])
    assert ended.returncode == 0, ended.stderr
    return account


def test_what_was_deployed_syncs(deployed, until):
    day = Day(deployed.security_ir_admin, deployed.servicenow_admin, "incident")
    case = day.new_case("Deployed by the command line", "x")
    assert until(lambda: day.incident_of(case))["number"].startswith("INC")


def test_no_secret_stands_in_a_template_or_in_an_environment(deployed):
    secret = deployed.credentials.client_secret
    for stack in deployed.plane.stacks.deployed.values():
        assert secret not in json.dumps(stack.template.body)
        assert secret not in json.dumps([s.resource.properties for s in stack.resources.values()], default=str)


def test_the_status_of_it_is_in_order(deployed, command):
    ended = command("status", "--json")
    assert ended.returncode == 0, ended.stdout
    told = json.loads(ended.stdout)
    assert {stack["status"] for stack in told["stacks"]} == {"CREATE_COMPLETE"}


def test_what_a_clone_took_from_the_instance_is_set_up_again(deployed, command, until):
    """Nothing differs on AWS, so only a look at the instance tells; the next test's first run changes nothing again."""
    day = Day(deployed.security_ir_admin, deployed.servicenow_admin, "incident")
    before = len(day.rows("sys_script"))
    for table in ("sys_script", "discovery_credentials"):
        for row in day.rows(table):
            act = {"as": "admin", "operation": "delete", "table": table, "sys_id": row["sys_id"], "enforce": False}
            day._send("POST", f"{day.servicenow}/act", json=act)
    ended = command("service-now", "--yes")
    assert ended.returncode == 0, ended.stderr
    assert len(day.rows("sys_script")) == before
    day.act("insert", short_description="Heard again", description="x")
    until(lambda: [case for case in day.cases() if case["title"] == "Heard again"])


def test_a_second_run_changes_nothing_and_a_changed_setting_only_what_it_concerns(deployed, command):
    before = moments(deployed)
    ended = command("service-now", "--yes")
    assert ended.returncode == 0, ended.stderr
    assert moments(deployed) == before
    ended = command("service-now", "--yes", "--log-level", "debug")
    assert ended.returncode == 0, ended.stderr
    changed = {name for name, moment in moments(deployed).items() if moment != before[name]}
    assert changed == {deployed.names.servicenow_stack}
    poller = deployed.plane.functions[deployed.names.poller]
    assert poller.definition.variables["LOG_LEVEL"] == "debug"


def moments(deployed):
    return {history.name: history.changed for history in deployed.plane.stacks.histories.values()}


def test_what_was_destroyed_is_gone_on_both_sides(deployed, command):
    """Last: what the other tests stand on is taken away. The state stack stays unless `--delete-data`."""
    prefix = next(iter(deployed.plane.world.apis))
    assert command("destroy", "--yes").returncode == 0
    assert list(deployed.plane.stacks.deployed) == [deployed.names.state_stack]
    assert deployed.plane.queues == {}
    assert list(deployed.plane.functions) == []
    rules = Day(deployed.security_ir_admin, deployed.servicenow_admin, "incident").rows("sys_script")
    assert [rule["name"] for rule in rules if prefix in rule.get("name", "")] == []
