"""Templates, synthesised once. The first import of CDK starts Node, which takes seconds: tests and fixtures import it,
and so only the worker does that runs them.
"""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from integration import constants
from integration.module import Module
from integration.names import Names
from integration.operations.registry import startable
from integration.operations.stacks.deployment import Deployment
from tests.docs import nag
from tests.environments import Unreachable

PLAIN = Deployment(instance="dev12345", client_id="client-1", user_sys_id="a1" * 16)
BLUE = Deployment(
    names=Names("blue"),
    module=Module.IR,
    log_level="info",
    instance="https://blue.example.com",
    client_id="client-2",
    user_sys_id="b2" * 16,
    settings=json.dumps({"incident_filter": "x" * 5000}),
    alarm_emails=("soc@example.com", "duty@example.com"),
    alarm_topic="arn:aws:sns:eu-central-1:123456789012:pager",
    allowed_ips=("192.0.2.0/24",),
    setup="update-set",
    log_policy="account",
    tags=(("team", "soc"), ("cost-centre", "4711")),
    permissions_boundary="team/Boundary",
    qualifier="acme",
    subnets=("subnet-0a0a0a0a", "subnet-0b0b0b0b"),
    security_groups=("sg-0c0c0c0c",),
    api_log_role=False,
)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items):
    for item in items:
        if item.nodeid.startswith("tests/stacks/") and item.path.name != "test_bundle.py":
            item.add_marker(pytest.mark.xdist_group("synth"))


class Stacks:
    """The templates of one deployment, by kind of stack."""

    def __init__(self, paths):
        self.paths = paths
        self.state, self.common, self.servicenow = (json.loads(path.read_text()) for path in paths)

    @property
    def templates(self):
        return [self.state, self.common, self.servicenow]

    def of_type(self, resource_type):
        """Logical id to resource, over all three stacks."""
        return {
            logical_id: resource
            for template in self.templates
            for logical_id, resource in template["Resources"].items()
            if resource["Type"] == resource_type
        }

    def only(self, resource_type):
        (resource,) = self.of_type(resource_type).values()
        return resource

    def named(self, resource_type, key, name):
        """The one resource of the type whose property `key` is `name`."""
        (resource,) = (r for r in self.of_type(resource_type).values() if r["Properties"].get(key) == name)
        return resource

    def function(self, name):
        return self.named("AWS::Lambda::Function", "FunctionName", name)["Properties"]


@pytest.fixture(scope="session")
def deployment():
    """The default deployment, as asked for."""
    return PLAIN


@pytest.fixture(scope="session")
def synth():
    from integration.operations.synth.templates import synth

    return synth


@pytest.fixture(scope="session")
def plain(synth, tmp_path_factory):
    """The default deployment."""
    return Stacks(synth(PLAIN, tmp_path_factory.mktemp("plain")))


@pytest.fixture(scope="session")
def blue(synth, tmp_path_factory):
    """A named deployment with every option other than the default."""
    return Stacks(synth(BLUE, tmp_path_factory.mktemp("blue")))


@pytest.fixture(scope="session")
def edited(synth, tmp_path_factory):
    """The default deployment after an operator edited constants."""
    from aws_cdk import Duration

    from integration.operations.connection import webhook

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(constants, "LAMBDA_MEMORY_SIZE", 512)
        patch.setattr(constants, "LAMBDA_TIMEOUT_MINUTES", 7)
        patch.setattr(constants, "PASSES_AT_ONCE", 2)
        patch.setattr(constants, "LOG_RETENTION_DAYS", 365)
        patch.setattr(webhook, "AUTHORIZER_CACHE", Duration.seconds(30))
        patch.setattr(constants, "API_KEY_ROTATION_SCHEDULE_DURATION", timedelta(days=60))
        return Stacks(synth(PLAIN, tmp_path_factory.mktemp("edited")))


@pytest.fixture(scope="session")
def checked():
    """The report of cdk-nag's checks on all there is to deploy, run with our acknowledgements."""
    try:
        return nag.report(replace(PLAIN, integrations=startable()))
    except Unreachable as error:
        pytest.skip(str(error))
