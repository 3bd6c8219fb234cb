"""The stacks of one deployment."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_cdk import App, DefaultStackSynthesizer, Environment, Tags
from aws_cdk import aws_iam as iam

from integration.connection.declaration import CONNECTION
from integration.operations import registry
from integration.operations.declaration import load
from integration.operations.stacks.alarms import Alarms
from integration.operations.stacks.base import Base
from integration.operations.stacks.common import CommonStack
from integration.operations.stacks.dashboard import Dashboard
from integration.operations.stacks.state import StateStack

if TYPE_CHECKING:
    from aws_cdk import Stack

    from integration.operations.stacks.base import IntegrationStack
    from integration.operations.stacks.deployment import Deployment

FLAGS = {
    "@aws-cdk/core:defaultCrossStackReferences": "strong",  # what is used cannot be deleted
    "@aws-cdk/core:validateAgainstDefaultRules": True,  # a template CloudFormation would refuse is an error here
}


def new_app(outdir: str) -> App:
    return App(outdir=outdir, analytics_reporting=False, context=FLAGS)


def build(app: App, deployment: Deployment) -> list[Stack]:
    """The stacks in the order they are deployed; without account and region they fit any."""
    operated = registry.chosen(deployment.integrations)
    declared = tuple(each.integration for each in registry.OPERATED if each in operated)
    options = _options(deployment)
    state = StateStack(app, deployment, **options)
    common = CommonStack(app, deployment, state, **options)
    base = Base(app, deployment, state, common, declared, registry.grants(), options)
    for each in (each for each in operated if each.stack):
        base.made[each.integration.key] = load(each.stack)(base)
    stacks = [state, common, *dict.fromkeys(one for made in base.made.values() for one in (made.kept, made) if one)]
    for stack in dict.fromkeys(base.made.values()):
        _watch(base, stack)
    _adorn(app, deployment, stacks)
    return stacks


def _watch(base: Base, stack: IntegrationStack) -> None:
    """The alarms of the integrations that stand in this stack; in the connection's, the page about all of them."""
    here = [each for each in base.integrations if base.made.get(each.key) is stack]
    connected = stack is base.made[CONNECTION.key]
    alarms = registry.alarms(here, "" if connected else here[0].key.capitalize())
    Alarms(stack, stack.names, alarms, base.common.topic, base.deployment.alarm_topic)
    if connected:
        stack.close_bus()
        Dashboard(stack, stack.names, base.integrations)


def _adorn(app: App, deployment: Deployment, stacks: list[Stack]) -> None:
    for key, value in deployment.tags:
        Tags.of(app).add(key, value)
    if deployment.permissions_boundary:
        for stack in stacks:
            _bound(stack, deployment.permissions_boundary)
    Tags.of(app).add("Application", "aws-servicenow-integrations")
    Tags.of(app).add("Deployment", deployment.names.name or "default")


def _options(deployment: Deployment) -> dict[str, object]:
    return {
        "env": Environment(account=deployment.account or None, region=deployment.region or None),
        # The CDK CLI checks the bootstrap before it deploys; the rule in the template would only say it later.
        "synthesizer": DefaultStackSynthesizer(
            generate_bootstrap_version_rule=False, qualifier=deployment.qualifier or None
        ),
    }


def _bound(stack: Stack, policy: str) -> None:
    """Every role, those of the future too."""
    boundary = iam.ManagedPolicy.from_managed_policy_name(stack, "PermissionsBoundary", policy)
    iam.PermissionsBoundary.of(stack).apply(boundary)
