"""Three stacks per deployment; the CDK CLI runs this module with `-c deployment=<JSON>`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_cdk import App, DefaultStackSynthesizer, Environment, Tags
from aws_cdk import aws_iam as iam

from integration.operations.stacks.common import CommonStack
from integration.operations.stacks.deployment import Deployment
from integration.operations.stacks.servicenow import ServiceNowStack
from integration.operations.stacks.state import StateStack

if TYPE_CHECKING:
    from aws_cdk import Stack

CONTEXT = "deployment"
"""The context key whose value is `Deployment.as_json()`."""

FLAGS = {
    "@aws-cdk/core:defaultCrossStackReferences": "strong",  # what is used cannot be deleted
    "@aws-cdk/core:validateAgainstDefaultRules": True,  # a template CloudFormation would refuse is an error here
}


def new_app(outdir: str | None = None) -> App:
    """Without `outdir` the CDK CLI says where to write."""
    return App(outdir=outdir, analytics_reporting=False, context=FLAGS)


def build(app: App, deployment: Deployment) -> list[Stack]:
    """The stacks in the order they are deployed; without account and region they fit any."""
    state = StateStack(app, deployment, **_options(deployment))
    common = CommonStack(app, deployment, state, **_options(deployment))
    servicenow = ServiceNowStack(app, deployment, state, common, **_options(deployment))
    for key, value in deployment.tags:
        Tags.of(app).add(key, value)
    if deployment.permissions_boundary:
        for stack in (state, common, servicenow):
            _bound(stack, deployment.permissions_boundary)
    Tags.of(app).add("Application", "aws-servicenow-integrations")
    Tags.of(app).add("Deployment", deployment.names.name or "default")
    return [state, common, servicenow]


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


def main() -> None:
    app = new_app()
    build(app, Deployment.from_json(app.node.get_context(CONTEXT)))
    app.synth()


if __name__ == "__main__":
    main()
