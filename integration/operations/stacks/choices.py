"""Template parameters that every stack with functions offers."""

from __future__ import annotations

from aws_cdk import CfnParameter
from constructs import Construct

from integration.module import Module
from integration.operations.stacks.deployment import LOG_LEVELS, Deployment


class Choices(Construct):
    """`integrationModule` and `logLevel`."""

    def __init__(self, scope: Construct, deployment: Deployment) -> None:
        super().__init__(scope, "Choices")
        self.module = parameter(
            scope, "integrationModule", deployment.module.value, "ServiceNow module", [m.value for m in Module]
        )
        self.log_level = parameter(
            scope, "logLevel", deployment.log_level, "How much the functions log", list(LOG_LEVELS)
        )


def parameter(scope: Construct, name: str, default: str, description: str, allowed: list[str] | None = None) -> str:
    """The value of a template parameter; without a default CloudFormation insists on one."""
    return CfnParameter(
        scope, name, default=default or None, description=description, allowed_values=allowed, min_length=1
    ).value_as_string
