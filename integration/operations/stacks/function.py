"""One Lambda function: role, log, code, environment."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from aws_cdk import Duration, IgnoreMode, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from integration import constants
from integration import names as n
from integration.operations.sources import FUNCTIONS, REPOSITORY, TOOLS
from integration.operations.stacks.log import log_group
from integration.operations.stacks.roles import role

if TYPE_CHECKING:
    from collections.abc import Mapping

    from integration import declaration
    from integration.operations.stacks.deployment import Deployment
    from integration.operations.stacks.permissions import Grant

EVERYTHING_BUT_WHAT_RUNS = [
    "*", *(f"!/{folder}" for folder in FUNCTIONS), *(f"/{tool}" for tool in TOOLS),
    "!/*/**/*.py", "!/*/**/*.js", "!/*/**/*.html", "!/*/**/*.css", "__pycache__",
]  # fmt: skip
"""For an asset taken straight from the repository; a bundle has nothing to exclude."""


@dataclass(frozen=True)
class Settings:
    """What the functions of one stack share: the log level may come from a stack's parameter."""

    deployment: Deployment
    log_level: str
    module: str
    arns: Mapping[str, str]
    """Words for `permissions` that names do not give: `data_key`, `key_bucket`, `secret`."""
    grants: Mapping[str, tuple[Grant, ...]]
    """By owner."""


def code(deployment: Deployment) -> lambda_.Code:
    """The bundle as it is; from the repository, the sources alone (nothing could be deployed that way)."""
    if deployment.code != REPOSITORY:
        return lambda_.Code.from_asset(str(deployment.code))
    return lambda_.Code.from_asset(str(REPOSITORY), exclude=EVERYTHING_BUT_WHAT_RUNS, ignore_mode=IgnoreMode.GIT)


class Function(Construct):
    """One function, as it is declared."""

    def __init__(
        self,
        scope: Construct,
        settings: Settings,
        declared: declaration.Function,
        *,
        timeout: Duration,
        environment: Mapping[str, str],
    ) -> None:
        super().__init__(scope, declared.logical_id)
        deployment = settings.deployment
        name, grants = deployment.names.of(declared.owner), settings.grants[declared.owner]
        self.lambda_function = lambda_.Function(
            self,
            "Function",
            function_name=name,
            runtime=lambda_.Runtime.PYTHON_3_13,
            architecture=lambda_.Architecture.ARM_64,
            handler=f"lambdas.{declared.folder}.index.handler",
            code=code(deployment),
            memory_size=constants.LAMBDA_MEMORY_SIZE,
            timeout=timeout,
            role=role(self, _lambda(Stack.of(self)), deployment, declared.owner, grants, settings.arns),
            log_group=log_group(self, "Log", f"/aws/lambda/{name}"),
            environment=_common_environment(self, settings, timeout) | dict(environment),
        )
        if deployment.subnets:
            self._enter(deployment)

    def _enter(self, deployment: Deployment) -> None:
        """By ids alone: a VPC construct would look the network up in the account."""
        written: lambda_.CfnFunction = self.lambda_function.node.default_child  # type: ignore[assignment]  # what it wraps
        written.vpc_config = lambda_.CfnFunction.VpcConfigProperty(
            subnet_ids=list(deployment.subnets), security_group_ids=list(deployment.security_groups)
        )


def _lambda(stack: Stack) -> iam.ServicePrincipal:
    """Lambda for this account. `IfExists`: a queue's poller is not documented to say on whose behalf it comes."""
    ours = f"arn:{stack.partition}:lambda:{stack.region}:{stack.account}:*"
    return iam.ServicePrincipal("lambda.amazonaws.com", conditions={"ArnLikeIfExists": {"aws:SourceArn": ours}})


def _common_environment(scope: Construct, settings: Settings, timeout: Duration) -> dict[str, str]:
    deployment = settings.deployment
    return {
        n.ENV_DEPLOYMENT: deployment.names.name,
        n.ENV_MODULE: settings.module,
        n.ENV_LOG_LEVEL: settings.log_level,
        n.ENV_PARAMETER_PREFIX: deployment.names.parameter_prefix,
        n.ENV_TIMEOUT_S: str(int(timeout.to_seconds())),
        n.ENV_BUCKET_OWNER: Stack.of(scope).account,
        n.ENV_REVISION: deployment.configuration_digest,
        "POWERTOOLS_SERVICE_NAME": deployment.names.telemetry_service,
    }
