"""What a resource of a type goes by in policies, before it is made as well. Source: Service Authorization Reference."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from integration.aws_plane.authority import Place
    from integration.aws_plane.resources.kinds import Resource

ARNS: Mapping[str, str] = {
    "ApiGateway": "apigateway:{region}::/restapis/{name}",
    "ApiGateway::Account": "apigateway:{region}::/account",
    "ApiGateway::ApiKey": "apigateway:{region}::/apikeys/{name}",
    "ApiGateway::RestApi": "apigateway:{region}::/restapis",
    "ApiGateway::UsagePlan": "apigateway:{region}::/usageplans/{name}",
    "ApiGateway::UsagePlanKey": "apigateway:{region}::/usageplans/{name}",
    "CloudWatch::Alarm": "cloudwatch:{region}:{account}:alarm:{name}",
    "CloudWatch::Dashboard": "cloudwatch::{account}:dashboard/{name}",
    "DynamoDB": "dynamodb:{region}:{account}:table/{name}",
    "Events::EventBus": "events:{region}:{account}:event-bus/{name}",
    "Events::Rule": "events:{region}:{account}:rule/{within}{name}",
    "IAM": "iam::{account}:role/{name}",
    "KMS::Alias": "kms:{region}:{account}:{name}",
    "KMS::Key": "kms:{region}:{account}:key/{name}",
    "Lambda": "lambda:{region}:{account}:function:{name}",
    "Lambda::EventSourceMapping": "lambda:{region}:{account}:event-source-mapping:{name}",
    "Logs::LogGroup": "logs:{region}:{account}:log-group:{name}",
    "S3": "s3:::{name}",
    "SNS": "sns:{region}:{account}:{name}",
    "SQS": "sqs:{region}:{account}:{name}",
    "SSM": "ssm:{region}:{account}:parameter/{name}",
    "Scheduler::Schedule": "scheduler:{region}:{account}:schedule/{within}{name}",
    "Scheduler::ScheduleGroup": "scheduler:{region}:{account}:schedule-group/{name}",
    "SecretsManager": "secretsmanager:{region}:{account}:secret:{name}-AbCdEf",
}
"""Of a type, else of its service; what has no ARN of its own has that of what it belongs to."""
NAMES = (
    "AlarmName", "AliasName", "BucketName", "DashboardName", "FunctionName", "LogGroupName", "QueueName", "RoleName",
    "SecretId", "TableName", "TopicName", "TopicArn", "Bucket", "Queues", "Topics", "Roles", "RestApiId",
    "UsagePlanId", "Name",
)  # fmt: skip
"""Properties that hold a resource's name, or what it belongs to: its name, its ARN or its address."""
NAMED_BY_AWS = frozenset({
    "AWS::ApiGateway::ApiKey", "AWS::ApiGateway::RestApi", "AWS::ApiGateway::UsagePlan", "AWS::KMS::Key",
    "AWS::Lambda::EventSourceMapping",
})  # fmt: skip
WITHIN = ("EventBusName", "GroupName")


def arn_of(resource: Resource, place: Place) -> str:
    """`*` for what has none. An id that AWS gives stands as some name."""
    service, _, kind = resource.type.removeprefix("AWS::").partition("::")
    pattern = ARNS.get(f"{service}::{kind}", ARNS.get(service))
    if pattern is None:
        return "*"
    name, properties = _name(resource), resource.properties
    if name.startswith("arn:"):
        return name
    within = "".join(f"{properties[each]}/" for each in WITHIN if each in properties)
    return "arn:aws:" + pattern.format(region=place.region, account=place.account, name=name, within=within)


def _name(resource: Resource) -> str:
    told: Any = None
    if resource.type not in NAMED_BY_AWS:
        told = next((resource.properties[each] for each in NAMES if each in resource.properties), None)
    name = resource.named(told[0] if isinstance(told, list) else told)
    if name.startswith(("https:", "http:")):
        name = name.rpartition("/")[2]
    if resource.type == "AWS::SSM::Parameter":
        return name.lstrip("/")
    return name.lower() if resource.type == "AWS::S3::Bucket" else name
