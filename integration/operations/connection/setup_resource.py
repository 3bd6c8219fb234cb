"""The CloudFormation custom resource that sets up the instance by calling the set-up function."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from aws_cdk import CustomResource, Duration
from constructs import Construct

from integration import constants
from integration.operations.sources import REPOSITORY

if TYPE_CHECKING:
    from aws_cdk import aws_lambda as lambda_

    from integration.operations.stacks.deployment import Deployment

RESOURCE_TYPE = "Custom::ServiceNowResources"


class ServiceNowResources(Construct):
    """Rules, message and credential in the instance. Any change of a property is a change of the desired state."""

    def __init__(
        self,
        scope: Construct,
        deployment: Deployment,
        function: lambda_.IFunction,
        properties: dict[str, str],
    ) -> None:
        super().__init__(scope, "ServiceNowResources")
        self.resource = CustomResource(
            self,
            "Resource",
            service_token=function.function_arn,
            resource_type=RESOURCE_TYPE,
            service_timeout=Duration.minutes(constants.SETUP_TIMEOUT_MINUTES + 1),
            properties={
                "Digest": source_digest(),
                "Configuration": deployment.configuration_digest,
                **properties,
            },
        )


def source_digest() -> str:
    """Changes when what we want in the instance is written differently."""
    digest = hashlib.sha256()
    folder = REPOSITORY / "servicenow_setup"
    for file in sorted(p for p in folder.rglob("*") if p.suffix in {".py", ".js", ".json"}):
        digest.update(str(file.relative_to(folder)).encode() + b"\0" + file.read_bytes() + b"\0")
    return digest.hexdigest()
