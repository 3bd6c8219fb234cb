"""Service control policies: what an organisation forbids whoever makes resources in its account.

Source: Organizations user guide, "Service control policies" and its example of tags on created resources; IAM user
guide, "Troubleshoot access denied error messages". Asked when CloudFormation makes a resource, and of nothing else.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from integration.aws_plane.existing import NAMED
from integration.aws_plane.iam import Principal, Statement, judge, statements

if TYPE_CHECKING:
    from integration.aws_plane.authority import Place
    from integration.aws_plane.resources.kinds import Resource

MAKING: Mapping[str, tuple[str, str]] = {
    "AWS::ApiGateway::RestApi": ("apigateway:POST", "arn:aws:apigateway:{region}::/restapis"),
    "AWS::ApiGateway::Stage": ("apigateway:POST", "arn:aws:apigateway:{region}::/restapis/*/stages"),
    "AWS::CloudWatch::Alarm": ("cloudwatch:PutMetricAlarm", "arn:aws:cloudwatch:{region}:{account}:alarm:{name}"),
    "AWS::DynamoDB::Table": ("dynamodb:CreateTable", "arn:aws:dynamodb:{region}:{account}:table/{name}"),
    "AWS::Events::EventBus": ("events:CreateEventBus", "arn:aws:events:{region}:{account}:event-bus/{name}"),
    "AWS::Events::Rule": ("events:PutRule", "arn:aws:events:{region}:{account}:rule/{name}"),
    "AWS::IAM::Role": ("iam:CreateRole", "arn:aws:iam::{account}:role/{name}"),
    "AWS::KMS::Key": ("kms:CreateKey", "*"),
    "AWS::Lambda::EventSourceMapping": ("lambda:CreateEventSourceMapping", "*"),
    "AWS::Lambda::Function": ("lambda:CreateFunction", "arn:aws:lambda:{region}:{account}:function:{name}"),
    "AWS::Logs::LogGroup": ("logs:CreateLogGroup", "arn:aws:logs:{region}:{account}:log-group:{name}"),
    "AWS::S3::Bucket": ("s3:CreateBucket", "arn:aws:s3:::{name}"),
    "AWS::SNS::Topic": ("sns:CreateTopic", "arn:aws:sns:{region}:{account}:{name}"),
    "AWS::SQS::Queue": ("sqs:CreateQueue", "arn:aws:sqs:{region}:{account}:{name}"),
    "AWS::SSM::Parameter": ("ssm:PutParameter", "arn:aws:ssm:{region}:{account}:parameter{name}"),
    "AWS::Scheduler::ScheduleGroup": (
        "scheduler:CreateScheduleGroup", "arn:aws:scheduler:{region}:{account}:schedule-group/{name}",
    ),
    "AWS::SecretsManager::Secret": (
        "secretsmanager:CreateSecret", "arn:aws:secretsmanager:{region}:{account}:secret:{name}",
    ),
}  # fmt: skip
"""Type → the action that makes one and is told its tags, and what it is asked of."""


@dataclass
class Organisation:
    place: Place
    policies: list[Statement] = field(default_factory=list)

    def demand_tags(self, *keys: str) -> None:
        """The switch: from now on nothing is made without each of these; without a key, everything again."""
        document = {"Statement": [
            {
                "Effect": "Deny", "Action": sorted({action for action, _ in MAKING.values()}), "Resource": "*",
                "Condition": {"Null": {f"aws:RequestTag/{key}": "true"}},
            }
            for key in keys
        ]}  # fmt: skip
        self.policies = statements(document, "organisation")

    def refusal(self, caller: str, resource: Resource, stack_tags: Mapping[str, str]) -> str:
        """Why it may not be made; empty where it may. CloudFormation hands the stack's tags on to its resources."""
        action, arn_format = MAKING.get(resource.type, ("", ""))
        name = resource.named(resource.properties.get(NAMED.get(resource.type, ("Name",))[0]))
        arn = arn_format.format(region=self.place.region, account=self.place.account, name=name)
        context = {f"aws:RequestTag/{key}": tag for key, tag in {**stack_tags, **_tags(resource.properties)}.items()}
        if not judge(self.policies, [], Principal("AWS", (caller,)), action, arn, context).explicit_deny:
            return ""
        return (
            f"User: {caller} is not authorized to perform: {action} on resource: {arn} with an explicit deny in a "
            "service control policy (Status Code: 403, HandlerErrorCode: AccessDenied)"
        )


def _tags(properties: Mapping[str, Any]) -> dict[str, str]:
    """A list of pairs with most types, an object with some."""
    told = properties.get("Tags") or {}
    return dict(told) if isinstance(told, Mapping) else {each["Key"]: each["Value"] for each in told}
