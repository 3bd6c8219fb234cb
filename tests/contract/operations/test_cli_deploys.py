"""Whatever names the command that deploys names that of what is deployed: another's would add what is not there."""

from __future__ import annotations

from types import SimpleNamespace

import click
import pytest

from integration.cases.declaration import CASES
from integration.changes.declaration import CHANGES
from integration.clients.errors import Misconfigured
from integration.connection.declaration import CONNECTION
from integration.operations.app import cli
from integration.operations.checking import aws_side, run
from integration.operations.deployment.account import Account
from integration.operations.deployment.deployed import deploys, find
from integration.operations.rollout import command, locking, removal
from integration.operations.terminal.failure import Failure
from integration.operations.terminal.output import Output
from integration.registry import INTEGRATIONS
from integration.workspaces.declaration import WORKSPACES
from tests.contract.operations.deployed_world import NAMES
from tests.contract.operations.fake_cloudformation import FakeCloudFormation, FakeStack

ALONE = {each.deploy: each for each in INTEGRATIONS if each.deploy}


def stack(integration):
    return NAMES.of(integration.stack)


@pytest.fixture
def account(aws, monkeypatch):
    """Of these stacks: name → status."""

    def put(**statuses):
        fake = FakeCloudFormation({name: FakeStack({}, status=status) for name, status in statuses.items()})
        real = Account.client
        monkeypatch.setattr(
            Account, "client", lambda self, service: fake if service == "cloudformation" else real(self, service)
        )
        return aws

    return put


@pytest.mark.parametrize("said", ALONE)
def test_each_integration_is_deployed_by_a_command_there_is(said):
    """Which locks the roles as well, since its hint may say so."""
    found = cli
    for word in said.split():
        found = found.get_command(click.Context(found), word)
    assert {"--lock", "--alarm-email", "--log-policy", "--signing-key"} <= {o for p in found.params for o in p.opts}


@pytest.mark.parametrize(
    ("integrations", "said"),
    [
        ((CONNECTION, CHANGES), "change deploy"), ((CONNECTION, WORKSPACES), "workspace deploy"),
        ((CASES, CONNECTION, CHANGES), "service-now"), ((CHANGES, CONNECTION, WORKSPACES), "change deploy"),
        ((CONNECTION,), "service-now"), ((), "service-now"),
    ],
    ids=lambda each: each if isinstance(each, str) else "+".join(one.key for one in each) or "none",
)  # fmt: skip
def test_what_deploys_again_adds_nothing(integrations, said):
    assert deploys(integrations) == said


@pytest.mark.parametrize("status", ["ROLLBACK_COMPLETE", "UPDATE_ROLLBACK_FAILED"])
@pytest.mark.parametrize("integration", [CHANGES, WORKSPACES], ids=lambda each: each.key)
def test_a_stack_that_failed_is_deployed_again_by_its_own_command(account, integration, status):
    here = account(**{NAMES.state_stack: "CREATE_COMPLETE", stack(integration): status})
    [failed] = [each for each in aws_side.stacks(here, NAMES) if each.state == "fail"]
    assert f" {integration.deploy} … (as before)" in failed.fix


def test_a_stack_that_all_share_is_deployed_again_with_what_stands_on_it(account):
    here = account(**{NAMES.state_stack: "UPDATE_ROLLBACK_FAILED", stack(CHANGES): "CREATE_COMPLETE"})
    [failed] = [each for each in aws_side.stacks(here, NAMES) if each.state == "fail"]
    assert " change deploy … (as before)" in failed.fix


def test_a_deployment_that_is_not_whole_is_made_whole_by_what_it_was(account):
    statuses = (NAMES.state_stack, NAMES.servicenow_stack, stack(CHANGES))
    with pytest.raises(Failure, match="not whole") as failure:
        find(account(**dict.fromkeys(statuses, "CREATE_COMPLETE")), NAMES)
    assert " change deploy … (as before)" in failure.value.then


@pytest.mark.parametrize("wanted", [CASES, CHANGES, WORKSPACES], ids=lambda each: each.key)
def test_where_nothing_is_deployed_what_is_asked_about_is_named(account, wanted):
    with pytest.raises(Failure, match="no deployment") as failure:
        find(account(), NAMES, wanted)
    assert f" {wanted.deploy} --help" in failure.value.then


@pytest.mark.parametrize("wanted", [CHANGES, WORKSPACES], ids=lambda each: each.key)
def test_where_others_are_deployed_what_is_asked_about_is_named(deployed, wanted):
    with pytest.raises(Failure, match=f"{wanted.key.capitalize()}s are not deployed here") as failure:
        find(deployed, NAMES, wanted)
    assert f" {wanted.deploy} --help" in failure.value.then


def test_settings_that_cannot_be_read_are_written_by_what_is_deployed(monkeypatch):
    class Unreadable:
        integrations, names = (CONNECTION, WORKSPACES), NAMES

        @property
        def connection(self):
            raise Misconfigured("aws", "a parameter is missing")

    asked = run.Asked(NAMES)
    [told] = run._instance(asked, {}, Unreadable(), "")
    assert " workspace deploy … (as before)" in told.fix


def test_roles_are_asked_about_again_by_what_is_deployed(monkeypatch):
    rules = SimpleNamespace(table="incident")
    connection = SimpleNamespace(settings=SimpleNamespace(user_sys_id="u"), http=None)
    deployed = SimpleNamespace(
        integrations=(CHANGES, CONNECTION), names=NAMES, connection=connection, cases=SimpleNamespace(rules=rules)
    )
    monkeypatch.setattr(locking, "held", lambda *_: {"admin": False})
    monkeypatch.setattr(locking, "still_open", lambda *_: ["sys_script"])
    assert all(" change deploy … --lock" in each.fix for each in locking._asked_anew(deployed))


@pytest.mark.parametrize("said", ALONE)
def test_each_of_them_locks_and_deploys_nothing(run, monkeypatch, instance, pair, said):
    locked = []
    monkeypatch.setattr(command, "open_account", lambda *_: None)
    monkeypatch.setattr(command, "lock", lambda _account, names, *_, **__: locked.append(names) or ())
    done = run(*said.split(), *instance.flags(pair[0]), "--lock")
    assert (done.exit_code, locked) == (0, [NAMES]), done.output


@pytest.mark.parametrize(
    ("integrations", "said"),
    [((CONNECTION, WORKSPACES), "workspace deploy … (as before)"), ((CONNECTION,), "is left: ./")],
    ids=["workspaces", "nobody"],
)
def test_after_one_is_removed_the_rest_is_told(monkeypatch, integrations, said):
    """Where it was the last, nothing deploys what is left: it is removed, too."""
    monkeypatch.setattr(removal, "find", lambda *_: SimpleNamespace(integrations=integrations, names=NAMES))
    told = removal.Removal(SimpleNamespace(client=lambda _: None), NAMES, Output(), CHANGES).left()
    assert said in told
    assert "service-now" not in told
