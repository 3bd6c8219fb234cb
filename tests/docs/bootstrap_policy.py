"""docs/cdk-bootstrap-policy-*.json: what CloudFormation may do on behalf of the CDK, from the templates' own types.

Actions are those the plane asks for, as the resource types' published schemas name them for create, read, update and
delete, less what concerns properties no template of ours has. Resources are ours by name; `REGION` and `ACCOUNT` are
filled in by the commands of docs/CDK_BOOTSTRAP_POLICY.md.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache
from typing import TYPE_CHECKING, Any

from integration.aws_plane.handlers import HANDLERS, unused
from integration.changes.gate import names as g
from integration.names import Names
from integration.operations import registry
from integration.operations.changes.declaration import CHANGES_OPERATED
from integration.operations.registry import grants
from integration.operations.workspaces.declaration import WORKSPACES_OPERATED
from integration.workspaces import names as w
from tests.docs.pages import DOCS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from integration.operations.declaration import Operated

LARGEST_CHARACTERS = 6144
"""Of a managed policy, white space not counted."""

OPERATED = tuple(each for each in registry.OPERATED if each not in (CHANGES_OPERATED, WORKSPACES_OPERATED))
"""Of the first two policies. The others have one each: who does without them grants nothing for them."""
COMMON = (
    "AWS::ApiGateway::Account", "AWS::CloudWatch::Alarm", "AWS::CloudWatch::Dashboard", "AWS::DynamoDB::Table",
    "AWS::Events::EventBus", "AWS::Events::EventBusPolicy", "AWS::Events::Rule", "AWS::IAM::Role", "AWS::KMS::Alias",
    "AWS::KMS::Key", "AWS::Lambda::EventSourceMapping", "AWS::Lambda::Function", "AWS::Lambda::Permission",
    "AWS::Logs::LogGroup", "AWS::Logs::ResourcePolicy", "AWS::S3::Bucket", "AWS::S3::BucketPolicy",
    "AWS::SNS::Subscription", "AWS::SNS::Topic", "AWS::SNS::TopicPolicy", "AWS::SQS::Queue", "AWS::SQS::QueuePolicy",
    "AWS::SSM::Parameter",
)  # fmt: skip
TYPES = tuple(dict.fromkeys((*COMMON, *(each for one in OPERATED for each in one.types))))
"""Those of every stack, and those that records name; a test compares these with the templates."""

SET: Mapping[str, frozenset[str]] = {
    "AWS::ApiGateway::RestApi": frozenset({"Policy"}), "AWS::IAM::Role": frozenset({"ManagedPolicyArns"}),
    "AWS::Events::EventBusPolicy": frozenset({"Statement"}), "AWS::Lambda::Function": frozenset({"VpcConfig"}),
}  # fmt: skip
"""Type → what some template of ours sets of the properties that ask for rights of their own (`handlers.FOR`)."""
_REGIONAL = "arn:aws:{service}:REGION:ACCOUNT:"
PARTS: dict[str, tuple[str, ...]] = {
    "1": ("iam", "lambda", "apigateway", "dynamodb", "kms", "s3", "secretsmanager"),
    "2": ("cloudwatch", "ec2", "events", "logs", "scheduler", "sns", "sqs", "ssm"),
}
"""Two policies, since one would be too long."""


_ROLES_QUEUES: Mapping[str, tuple[str, ...]] = {
    "dynamodb": ("AWS::DynamoDB::Table",), "events": ("AWS::Events::Rule",), "iam": ("AWS::IAM::Role",),
    "logs": ("AWS::Logs::LogGroup",), "scheduler": ("AWS::Scheduler::Schedule", "AWS::Scheduler::ScheduleGroup"),
    "sqs": ("AWS::SQS::Queue", "AWS::SQS::QueuePolicy"),
}  # fmt: skip


@dataclass(frozen=True)
class Own:
    """A policy of one integration's. `types`: service → types of its stacks with names that the first two policies do
    not cover, or in no other stack; `names`: service → resources by them, beside what its record names.
    """

    operated: Operated
    types: Mapping[str, tuple[str, ...]]
    names: Mapping[str, tuple[str, ...]]


OWN: Mapping[str, Own] = {
    "change": Own(
        CHANGES_OPERATED,
        {**_ROLES_QUEUES, "sns": ("AWS::SNS::Topic", "AWS::SNS::TopicPolicy", "AWS::SNS::Subscription")},
        {
            "events": (f"rule/{g.RULE_REQUESTED}*",), "logs": (f"log-group:/aws/apigateway/{g.API}*",),
            "scheduler": (f"schedule-group/{g.SCHEDULE}*", f"schedule/{g.SCHEDULE}*/*"), "sns": (f"{g.TOPIC}*",),
        },
    ),
    "workspace": Own(
        WORKSPACES_OPERATED,
        {
            **{service: kinds for service, kinds in _ROLES_QUEUES.items() if service != "events"},
            "apigateway": ("AWS::ApiGateway::ApiKey", "AWS::ApiGateway::UsagePlan", "AWS::ApiGateway::UsagePlanKey"),
            "lambda": ("AWS::Lambda::Function", "AWS::Lambda::Permission", "AWS::Lambda::EventInvokeConfig"),
            "s3": ("AWS::S3::Bucket", "AWS::S3::BucketPolicy"), "secretsmanager": ("AWS::SecretsManager::Secret",),
        },
        {
            "apigateway": ("/apikeys", "/apikeys/*", "/usageplans", "/usageplans/*"),
            "logs": (f"log-group:/aws/apigateway/{w.API}*",), "s3": (f"{w.STATE_STACK}*",),
            "scheduler": (f"schedule-group/{w.SCHEDULE}*", f"schedule/{w.SCHEDULE}*/*"),
            "secretsmanager": (f"secret:{w.SIGNING_SECRET}*",),
        },
    ),
}  # fmt: skip
"""By key."""


def resources(service: str, operated: Sequence[Operated] = OPERATED) -> list[str]:
    """What our names of this service look like, for any `--name`: common beginnings, and what records name besides."""
    common = _common(service)
    return common + [x for x in _declared(service, operated) if not any(fnmatchcase(x, known) for known in common)]


def _declared(service: str, operated: Sequence[Operated]) -> list[str]:
    n, own = Names(), _REGIONAL.format(service=service)
    there = [each.integration for each in operated]
    functions = [n.of(function.owner) for each in there for function in each.functions]
    return {
        "iam": [f"arn:aws:iam::ACCOUNT:role/{n.of(each.stack)[:24]}*" for each in there if each.stack],
        "lambda": [f"{own}function:{name}*" for name in functions],
        "logs": [f"{own}log-group:/aws/lambda/{name}*" for name in functions],
        "sqs": [f"{own}{n.of(queue)}*" for each in there for queue in (*each.queues, *each.dead_letters_of)],
        "dynamodb": [f"{own}table/{name}*" for name in _tables(operated)],
    }.get(service, [])


def _tables(operated: Sequence[Operated]) -> list[str]:
    """Those their roles have rights on."""
    named = (text.format_map(_Words()) for each in grants(operated).values() for one in each for text in one.resources)
    found = (re.fullmatch(r"arn:.*:dynamodb:.*:table/([^/]+)(?:/.*)?", text) for text in named)
    return list(dict.fromkeys(each[1] for each in found if each))


class _Words(dict[str, Any]):
    """Of a right's resource: our names, and nothing for what only a template knows."""

    def __missing__(self, word: str) -> Any:
        return Names() if word == "names" else ""


def _common(service: str) -> list[str]:
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


def _of(own: Own, service: str) -> list[str]:
    """Lambda's own log groups are among the first two policies' where they begin as the functions of those."""
    declared = [x for x in _declared(service, (own.operated,)) if not any(fnmatchcase(x, y) for y in _common(service))]
    before = {"s3": "arn:aws:s3:::", "apigateway": "arn:aws:apigateway:REGION::"}
    return declared + [before.get(service, _REGIONAL.format(service=service)) + x for x in own.names.get(service, ())]


ANY = frozenset({
    "ec2:DescribeNetworkInterfaces", "ec2:DescribeSecurityGroups", "ec2:DescribeSubnets", "ec2:DescribeVpcs",
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
def needed() -> frozenset[str]:
    """Every action CloudFormation needs for our types."""
    return frozenset(action for kind in TYPES for action in _needed(kind))


def _needed(kind: str) -> Iterator[str]:
    asked = {action for actions in HANDLERS[kind].values() for action in actions}
    yield from (action for action in asked if not unused(action, SET.get(kind, ())))


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


def of_one(key: str) -> list[dict[str, Any]]:
    """Beside the first two: the same rights, on what bears the names of this integration."""
    own, found = OWN[key], []
    for service, kinds in own.types.items():
        asked = {a for kind in kinds for a in _needed(kind) if a.startswith(f"{service}:") and a not in ANY}
        named = asked - {"iam:PassRole", "iam:AttachRolePolicy", "iam:DetachRolePolicy"}
        found.append(_statement(sorted(named), _of(own, service)))
    passing = {"StringEquals": {"iam:PassedToService": list(PASSED_TO[:2])}}
    return [*found, _statement(["iam:PassRole"], _of(own, "iam")) | {"Condition": passing}]


def _statement(actions: list[str], on: list[str]) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": actions, "Resource": on}


def filled(account: str, region: str, qualifier: str = "hnb659fds") -> list[dict[str, Any]]:
    """The policies of the page, as its command fills them in."""
    words = {"ACCOUNT": account, "REGION": region, "hnb659fds": qualifier}
    pattern = re.compile("|".join(words))
    texts = [(DOCS / f"cdk-bootstrap-policy-{part}.json").read_text() for part in (*PARTS, *OWN)]
    return [json.loads(pattern.sub(lambda found: words[found[0]], each)) for each in texts]


def text(part: str) -> str:
    said = of_one(part) if part in OWN else statements(part)
    return json.dumps({"Version": "2012-10-17", "Statement": said}, indent=2) + "\n"
