"""docs/cdk-bootstrap-policy-*.json: what CloudFormation may do on behalf of the CDK, from the templates' own types.

Actions are those the resource types' published schemas name for create, read, update and delete (cfn-lint carries
them), less what concerns properties no template of ours has. Resources are ours by name; `REGION` and `ACCOUNT` are
filled in by the commands of docs/CDK_BOOTSTRAP_POLICY.md.
"""

from __future__ import annotations

import json
from fnmatch import fnmatchcase
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from integration.names import Names

if TYPE_CHECKING:
    from collections.abc import Container

SCHEMAS = Path(str(find_spec("cfnlint").origin)).parent / "data" / "schemas" / "resources"
LARGEST_CHARACTERS = 6144
"""Of a managed policy, white space not counted."""

TYPES = (
    "AWS::ApiGateway::Account", "AWS::ApiGateway::Authorizer", "AWS::ApiGateway::Deployment", "AWS::ApiGateway::Method",
    "AWS::ApiGateway::Model", "AWS::ApiGateway::RequestValidator", "AWS::ApiGateway::Resource",
    "AWS::ApiGateway::RestApi", "AWS::ApiGateway::Stage", "AWS::CloudWatch::Alarm", "AWS::CloudWatch::Dashboard",
    "AWS::DynamoDB::Table", "AWS::Events::EventBus", "AWS::Events::EventBusPolicy", "AWS::Events::Rule",
    "AWS::IAM::Role", "AWS::KMS::Alias", "AWS::KMS::Key", "AWS::Lambda::EventInvokeConfig",
    "AWS::Lambda::EventSourceMapping", "AWS::Lambda::Function", "AWS::Lambda::Permission", "AWS::Logs::LogGroup",
    "AWS::Logs::ResourcePolicy", "AWS::S3::Bucket", "AWS::S3::BucketPolicy", "AWS::SNS::Subscription",
    "AWS::SNS::Topic", "AWS::SNS::TopicPolicy", "AWS::SQS::Queue", "AWS::SQS::QueuePolicy", "AWS::SSM::Parameter",
    "AWS::Scheduler::Schedule", "AWS::Scheduler::ScheduleGroup", "AWS::SecretsManager::RotationSchedule",
    "AWS::SecretsManager::Secret",
)  # fmt: skip
"""A test compares these with the templates."""

NEVER = {
    "ec2:*": "beyond a look at subnets and security groups",
    "dynamodb:DescribeImport": "no import", "lambda:GetCodeSigningConfig": "no code signing",
    "lambda:GetLayerVersion": "no layers",
    "s3:GetObjectMetadata": "not an action of IAM, though a schema names it",
    "dynamodb:*Item": "for replicas", "dynamodb:Scan": "for replicas", "dynamodb:Query": "for replicas",
    "dynamodb:*Replica": "tables with replicas are another type",
    "elasticfilesystem:*": "no file system", "s3files:*": "no file system",
    "firehose:*": "no delivery", "kinesis:*": "no stream", "s3tables:*": "no tables", "s3:REST*": "no delivery",
    "logs:CreateLogDelivery": "no delivery", "logs:CreateLogStream": "no import", "logs:PutLogEvents": "no import",
    "secretsmanager:GetSecretValue": "no template asks for a secret's text",
    "kms:ReEncrypt*": "the bus has no key of ours",
    "kms:GenerateDataKeyWithoutPlaintext": "the bus has no key of ours",
    "kms:RevokeGrant": "grants go with the table", "iam:CreateServiceLinkedRole": "for replicas and scaling",
    "iam:DeleteRolePermissionsBoundary": "a boundary is changed, never taken off",
    "lambda:AssociateRuntimeAlias": "no runtime alias",
    "s3:DeleteObject": "the bucket is kept", "s3:DeleteBucketEncryption": "always encrypted",
    "s3:DeleteBucketLifecycle": "always set",
}  # fmt: skip
"""Patterns of actions the schemas name and our templates do not need → why."""

UNSET: dict[str, str] = {
    "dynamodb:*Kinesis*": "KinesisStreamSpecification",
    "dynamodb:ImportTable": "ImportSourceSpecification", "lambda:*CodeSigning*": "CodeSigningConfigArn",
    "lambda:*Scaling*": "FunctionScalingConfig", "lambda:*Capacity*": "CapacityProviderConfig",
    "lambda:PublishVersion": "PublishToLatestPublished", "logs:*DataProtection*": "DataProtectionPolicy",
    "logs:*IndexPolic*": "FieldIndexPolicies", "logs:*BearerToken*": "BearerTokenAuthenticationEnabled",
    "logs:*DeletionProtection": "DeletionProtectionEnabled", "logs:*KmsKey": "KmsKeyId",
    "s3:*Metadata*": "MetadataConfiguration MetadataTableConfiguration", "s3:*Analytics*": "AnalyticsConfigurations",
    "s3:*Inventory*": "InventoryConfigurations", "s3:*Metrics*": "MetricsConfigurations",
    "s3:*C[Oo][Rr][Ss]": "CorsConfiguration", "s3:*Notification": "NotificationConfiguration",
    "s3:*Replication*": "ReplicationConfiguration", "s3:*Website": "WebsiteConfiguration",
    "s3:PutAccelerate*": "AccelerateConfiguration", "s3:*ObjectLock*": "ObjectLockConfiguration ObjectLockEnabled",
    "s3:*Acl": "AccessControl", "s3:*IntelligentTiering*": "IntelligentTieringConfigurations",
    "s3:*Logging": "LoggingConfiguration", "s3:*Abac": "AbacStatus", "secretsmanager:*Replica*": "ReplicaRegions",
    "sns:*DataProtection*": "DataProtectionPolicy",
}  # fmt: skip
"""Patterns of actions → the properties they are for, which no template of ours has.

Reading them stays allowed: CloudFormation reads all of a type."""

READS = ("Get", "List", "Describe")

IN_A_VPC = ("ec2:DescribeSecurityGroups", "ec2:DescribeSubnets", "ec2:DescribeVpcs")
EXTRA = {
    **dict.fromkeys(IN_A_VPC, "functions with --subnets"),
    "lambda:InvokeFunction": "the custom resource's function, and the rotation's",
    "s3:GetObject": "the functions' code, from the bootstrap's bucket",
    "logs:ListTagsForResource": "tags of log groups",
    "scheduler:ListTagsForResource": "tags of the schedule's group",
    "kms:CreateGrant": "the table's key", "kms:Decrypt": "variables, secret", "kms:Encrypt": "variables",
    "kms:GenerateDataKey": "secret",
}  # fmt: skip
"""Needed whatever the schemas say → for what."""

_REGIONAL = "arn:aws:{service}:REGION:ACCOUNT:"
PARTS: dict[str, tuple[str, ...]] = {
    "1": ("iam", "lambda", "apigateway", "dynamodb", "kms", "s3", "secretsmanager"),
    "2": ("cloudwatch", "ec2", "events", "logs", "scheduler", "sns", "sqs", "ssm"),
}
"""Two policies, since one would be too long."""


def resources(service: str) -> list[str]:
    """What our names of this service look like, for any `--name`."""
    n = Names()
    own = _REGIONAL.format(service=service)
    return {
        "apigateway": [f"arn:aws:apigateway:REGION::/{p}" for p in ("account", "restapis", "restapis/*", "tags/*")],
        "cloudwatch": [f"{own}alarm:{n.alarm_prefix}*", f"arn:aws:cloudwatch::ACCOUNT:dashboard/{n.dashboard}*"],
        "ec2": ["*"],
        "dynamodb": [f"{own}table/{n.table}*"],
        "events": [f"{own}event-bus/{n.bus}*", f"{own}rule/{n.bus}*/*", f"{own}rule/{n.native_rule}*",
                   f"{own}rule/{n.native_new_cases_rule}*"],
        "iam": ["arn:aws:iam::ACCOUNT:role/SecurityIncidentResponse*"],
        "kms": [f"{own}key/*", f"{own}{n.data_key_alias}*"],
        "lambda": [
            f"{own}function:SecurityIncidentResponse*", f"{own}function:ServiceNow*", f"{own}event-source-mapping:*",
        ],
        "logs": [
            f"{own}log-group:/aws/lambda/SecurityIncidentResponse*", f"{own}log-group:/aws/lambda/ServiceNow*",
            f"{own}log-group:/aws/events/{n.notifications_rule}*", f"{own}log-group:/aws/apigateway/{n.webhook_api}*",
            f"{own}log-group:API-Gateway-Execution-Logs_*",
        ],
        "s3": ["arn:aws:s3:::securityincidentresponsestate*", "arn:aws:s3:::cdk-hnb659fds-assets-ACCOUNT-REGION/*"],
        "scheduler": [f"{own}schedule-group/{n.poll_schedule}*", f"{own}schedule/{n.poll_schedule}*/*"],
        "secretsmanager": [f"{own}secret:SecurityIncidentResponse/*"],
        "sns": [f"{own}{n.alarm_topic}*"],
        "sqs": [f"{own}SecurityIncidentResponse*", f"{own}{n.notifications_rule}*"],
        "ssm": [f"{own}parameter/SecurityIncidentResponse/*"],
    }[service]  # fmt: skip


ANY = frozenset({
    *IN_A_VPC,
    "kms:CreateKey", "kms:ListAliases", "kms:ListKeys", "lambda:CreateEventSourceMapping",
    "lambda:GetEventSourceMapping", "logs:DescribeLogGroups", "logs:DescribeResourcePolicies",
    "logs:PutResourcePolicy", "logs:DeleteResourcePolicy", "secretsmanager:GetRandomPassword",
    "logs:DescribeIndexPolicies",
    "events:PutPermission", "events:RemovePermission",
    "cloudwatch:DescribeAlarms", "sns:Unsubscribe", "sns:GetSubscriptionAttributes", "sns:SetSubscriptionAttributes",
})  # fmt: skip
"""Actions that know no resource, or none with a name of ours."""
LOG_POLICY = "arn:aws:iam::aws:policy/service-role/AmazonAPIGatewayPushToCloudWatchLogs"
PASSED_TO = ("lambda.amazonaws.com", "scheduler.amazonaws.com", "apigateway.amazonaws.com")


@cache
def schemas() -> dict[str, dict[str, Any]]:
    """By type."""
    found = (json.loads(path.read_text()) for path in SCHEMAS.glob("*.json"))
    return {each["typeName"]: each for each in found if "typeName" in each}


@cache
def asked_for(resource_type: str) -> frozenset[str]:
    """Every action the type's schema names."""
    handlers = schemas().get(resource_type, {}).get("handlers", {})
    verbs = ("create", "read", "update", "delete")
    return frozenset(action for verb in verbs for action in handlers.get(verb, {}).get("permissions", ()))


@cache
def needed() -> frozenset[str]:
    """Every action CloudFormation needs for our types."""
    asked = frozenset(EXTRA).union(*(asked_for(each) for each in TYPES))
    return frozenset(action for action in asked if action in EXTRA or not unused(action))


def unused(action: str, properties: Container[str] = ()) -> str | None:
    """The pattern that leaves it out, of a resource with these properties."""
    unset = [] if action.partition(":")[2].startswith(READS) else [
        pattern for pattern, of in UNSET.items() if not any(each in properties for each in of.split())
    ]  # fmt: skip
    return next((pattern for pattern in [*NEVER, *unset] if fnmatchcase(action, pattern)), None)


def statements(part: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for service in PARTS[part]:
        actions = sorted(a for a in needed() if a.startswith(f"{service}:") and a not in ANY)
        special = {"iam:PassRole", "iam:AttachRolePolicy", "iam:DetachRolePolicy"} if service == "iam" else set()
        found.append(_statement([a for a in actions if a not in special], resources(service)))
        if special:
            passing = {"StringEquals": {"iam:PassedToService": list(PASSED_TO)}}
            attaching = {"ArnEquals": {"iam:PolicyARN": LOG_POLICY}}
            found.append(_statement(["iam:PassRole"], resources("iam")) | {"Condition": passing})
            managed = sorted(special - {"iam:PassRole"})
            found.append(_statement(managed, resources("iam")) | {"Condition": attaching})
    unnamed = sorted(a for a in needed() if a in ANY and a.partition(":")[0] in PARTS[part])
    return [*(each for each in found if each["Action"]), _statement(unnamed, ["*"])]


def _statement(actions: list[str], on: list[str]) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": actions, "Resource": on}


def text(part: str) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": statements(part)}, indent=2) + "\n"
