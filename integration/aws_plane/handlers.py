"""What CloudFormation's handler of a resource type asks of the role it acts with; refused as AWS refuses it.

`handlers.json` holds the actions the resource providers' published schemas name per handler, and the resources each
action takes (Service Authorization Reference). An action is asked on the resource itself where it takes such a one, on
`*` where it knows none, and else on what the properties name: the role that is passed, the key, the archive.
Gap: a handler is judged before it begins, so it never stops half-way.
"""

from __future__ import annotations

import json
from collections.abc import Container, Iterator, Mapping
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING, Any

from integration.aws_plane.arns import arn_of
from integration.aws_plane.authority import Need, Place
from integration.aws_plane.iam import Principal, judge, like

if TYPE_CHECKING:
    from integration.aws_plane.iam import Role
    from integration.aws_plane.resources.kinds import Resource
    from integration.aws_plane.world import World

NEVER = {
    "dynamodb:DescribeImport": "no import", "lambda:GetCodeSigningConfig": "no code signing",
    "lambda:GetLayerVersion": "no layers",
    "s3:GetObjectMetadata": "not an action of IAM, though a schema names it",
    "dynamodb:*Item": "for replicas", "dynamodb:Scan": "for replicas", "dynamodb:Query": "for replicas",
    "dynamodb:*Replica": "tables with replicas are another type",
    "elasticfilesystem:*": "no file system", "s3files:*": "no file system",
    "firehose:*": "no delivery", "kinesis:*": "no stream", "s3tables:*": "no tables", "s3:REST*": "no delivery",
    "logs:CreateLogDelivery": "no delivery", "logs:CreateLogStream": "no import",
    "logs:DescribeLogStreams": "no import", "logs:PutLogEvents": "no import",
    "secretsmanager:GetSecretValue": "no template asks for a secret's text",
    "kms:ReEncrypt*": "the bus has no key of its own",
    "kms:GenerateDataKeyWithoutPlaintext": "the bus has no key of its own",
    "kms:RevokeGrant": "grants go with the table", "iam:CreateServiceLinkedRole": "for replicas and scaling",
    "iam:DeleteRolePermissionsBoundary": "a boundary is changed, never taken off",
    "lambda:AssociateRuntimeAlias": "no runtime alias",
    "s3:DeleteObject": "the bucket is kept", "s3:DeleteBucketEncryption": "always encrypted",
    "s3:DeleteBucketLifecycle": "always set",
}  # fmt: skip
"""Patterns of actions the schemas name, for properties the plane does not know or changes it does not make → why."""
FOR: Mapping[str, str] = {
    "ec2:*": "VpcConfig",
    "iam:AttachRolePolicy": "ManagedPolicyArns", "iam:DetachRolePolicy": "ManagedPolicyArns",
    "events:*Permission": "Policy Statement", "dynamodb:*Kinesis*": "KinesisStreamSpecification",
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
    "sns:*DataProtection*": "DataProtectionPolicy", "apigateway:UpdateRestApiPolicy": "Policy",
}  # fmt: skip
"""Patterns of actions → the properties they are for. Reading is asked all the same: all of a type is read."""
READS = ("Get", "List", "Describe")
_READ = json.loads(Path(__file__).with_name("handlers.json").read_text())
HANDLERS: Mapping[str, Mapping[str, list[str]]] = _READ["handlers"]
"""Type → handler → actions."""
TAKES: Mapping[str, list[str]] = _READ["takes"]
"""Action → patterns of ARNs; none: it knows no resource."""
CUSTOM = {verb: ["lambda:InvokeFunction"] for verb in ("create", "update", "delete")}


def unused(action: str, properties: Container[str]) -> bool:
    """Whether no handler asks it for a resource with these properties."""
    if any(fnmatchcase(action, pattern) for pattern in NEVER):
        return True
    service, _, name = action.partition(":")
    if name.startswith(READS) and service != "ec2":
        return False
    wanted = [of for pattern, of in FOR.items() if fnmatchcase(action, pattern)]
    return any(not any(each in properties for each in of.split()) for of in wanted)


def needs(verb: str, resource: Resource, place: Place) -> Iterator[Need]:
    """Of `create`, `update` or `delete`. CloudFormation reads what it has made; what has no update is replaced."""
    handlers = HANDLERS.get(resource.type, CUSTOM)
    begun = (verb,) if verb in handlers else ("create", "delete")
    read = handlers.get("read", ()) if verb != "delete" else ()
    asked = {*read, *(action for each in begun for action in handlers.get(each, ()))}
    for action in sorted(each for each in asked if not unused(each, resource.properties)):
        for arn in on(action, resource, place):
            yield from (Need(action, arn, context) for context in _contexts(action, resource))


def on(action: str, resource: Resource, place: Place) -> list[str]:
    """The ARNs an action of this resource's handlers is asked for; empty where it concerns nothing the resource has."""
    patterns, own = TAKES[action], arn_of(resource, place)
    if not patterns:
        return ["*"]
    if any(like(pattern, own) for pattern in patterns):
        return [own]
    return sorted({arn for arn in _named(resource.properties) if any(like(pattern, arn) for pattern in patterns)})


def _named(value: Any) -> Iterator[str]:
    """Every ARN that stands as a value, and the archive of a function's code."""
    if isinstance(value, str):
        yield from [value] if value.startswith("arn:") else []
    elif isinstance(value, Mapping):
        if {"S3Bucket", "S3Key"} <= value.keys():
            yield f"arn:aws:s3:::{value['S3Bucket']}/{value['S3Key']}"
        for inner in value.values():
            yield from _named(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _named(inner)


def _contexts(action: str, resource: Resource) -> Iterator[dict[str, str | list[str]]]:
    if action == "iam:PassRole":
        yield {"iam:PassedToService": f"{resource.type.split('::')[1].lower()}.amazonaws.com"}
    elif action in ("iam:AttachRolePolicy", "iam:DetachRolePolicy"):
        yield from ({"iam:PolicyARN": arn} for arn in resource.properties["ManagedPolicyArns"])
    else:
        yield {}


def refusal(world: World, verb: str, resource: Resource) -> str:
    """Why the bootstrap's role may not; empty where it may, and where there is no bootstrap: whoever called is an
    administrator.
    """
    role = next(iter(world.bootstrapped.values()), None)
    if role is None:
        return ""
    missing = next((each for each in needs(verb, resource, world.place) if not _may(role, each)), None)
    if missing is None:
        return ""
    return (
        f"User: {world.deployer} is not authorized to perform: {missing.action} on resource: {missing.resource} "
        f"because no identity-based policy allows the {missing.action} action "
        "(Status Code: 403, HandlerErrorCode: AccessDenied)"
    )


def _may(role: Role, need: Need) -> bool:
    asked = need.action, need.resource, need.context
    return judge(role.statements, [], Principal("AWS", (role.arn,)), *asked).allowed and role.bounds(*asked)
