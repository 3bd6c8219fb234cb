"""Names that are taken: CloudFormation refuses to make what stands already, whoever made it.

Change sets tell it before anything is made. Source: CloudFormation user guide, "Validate stack deployments".
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from integration.aws_plane.world import World

CHECK = "AWS::EarlyValidation::ResourceExistenceCheck"
Taken = Callable[["World", str], bool]


def _answers(service: str, operation: str, parameter: str) -> Taken:
    """Taken where the operation finds the name."""

    def taken(world: World, name: str) -> bool:
        try:
            getattr(world.moto(service), operation)(**{parameter: name})
        except ClientError:
            return False
        return True

    return taken


def _group(world: World, name: str) -> bool:
    found = world.moto("logs").describe_log_groups(logGroupNamePrefix=name)["logGroups"]
    return any(group["logGroupName"] == name for group in found)


def _topic(world: World, name: str) -> bool:
    arn = world.place.arn("sns", name)
    return any(topic["TopicArn"] == arn for topic in world.moto("sns").list_topics()["Topics"])


NAMED: Mapping[str, tuple[str, Taken]] = {
    "AWS::DynamoDB::Table": ("TableName", _answers("dynamodb", "describe_table", "TableName")),
    "AWS::Events::EventBus": ("Name", _answers("events", "describe_event_bus", "Name")),
    "AWS::IAM::Role": ("RoleName", lambda world, name: any(role.name == name for role in world.roles.values())),
    "AWS::KMS::Alias": ("AliasName", _answers("kms", "describe_key", "KeyId")),
    "AWS::Lambda::Function": ("FunctionName", lambda world, name: name in world.functions),
    "AWS::Logs::LogGroup": ("LogGroupName", _group),
    "AWS::SNS::Topic": ("TopicName", _topic),
    "AWS::SQS::Queue": ("QueueName", _answers("sqs", "get_queue_url", "QueueName")),
    "AWS::SSM::Parameter": ("Name", _answers("ssm", "get_parameter", "Name")),
    "AWS::SecretsManager::Secret": ("Name", _answers("secretsmanager", "describe_secret", "SecretId")),
}
"""Type → the property that names it, and whether a name is taken."""


def taken(world: World, resource_type: str, properties: Mapping[str, Any]) -> str:
    """The name that is; empty where none is, or where the template leaves it to CloudFormation."""
    key, is_taken = NAMED.get(resource_type, ("", None))
    name = properties.get(key)
    return name if is_taken and isinstance(name, str) and is_taken(world, name) else ""
