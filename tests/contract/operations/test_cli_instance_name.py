"""`check` tells a clone: what the instance calls itself, its address and what is deployed should be one name."""

from types import SimpleNamespace

import pytest

from integration.clients.servicenow.table import Table
from integration.names import Names
from integration.operations.checking.instance_name import named_as_expected, own_name
from integration.operations.checking.sign_in import Credentials
from tests.contract.operations.deployed_world import SECRET

CASES = {
    "as its address says": ("dev12345", "dev12345", None, "ok", "calls itself 'dev12345'"),
    "whatever the case": ("DEV12345", "https://dev12345.service-now.com", "dev12345", "ok", "calls itself"),
    "a clone under its own address": ("prod", "dev12345", None, "warn", "dev12345 calls itself 'prod'"),
    "a clone by its whole address": ("prod", "https://dev12345.service-now.com", None, "warn", "may be a clone"),
    "a domain of one's own tells nothing": ("prod", "https://help.example.com", None, "ok", "calls itself 'prod'"),
    "it was cloned over since": ("prod", "https://help.example.com", "dev12345", "fail", "its events are ignored"),
    "deployed under the name it bears": ("prod", "dev12345", "prod", "warn", "may be a clone"),
    "deployed where no name was known": ("dev12345", "dev12345", "", "ok", "calls itself"),
    "hidden": ("", "dev12345", "dev12345", "skip", "cannot be read"),
}


@pytest.mark.parametrize(("name", "instance", "expected", "state", "told"), CASES.values(), ids=CASES)
def test_three_names_are_compared(name, instance, expected, state, told):
    deployed = (
        SimpleNamespace(
            connection=SimpleNamespace(values={"instance_name": expected}), names=Names("blue"), integrations=()
        )
        if expected is not None
        else None
    )
    verdict = named_as_expected(name, instance, deployed)
    assert (verdict.state, told in verdict.told) == (state, True), verdict
    assert "--name blue" in verdict.fix or state != "fail"


def test_most_users_may_not_read_it(instance, pair):
    """Then the events tell. The emulated instance goes by `dev00001`."""
    http = Credentials(instance.url, "client-1", SECRET, instance.user, pair[0].read_bytes()).http()
    assert own_name(Table(http)) == ""
    instance.config(enforce_roles=False)
    assert own_name(Table(http)) == "dev00001"
