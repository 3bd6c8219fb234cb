"""Service control policies: what an organisation forbids whoever makes resources in its account.

Source: Organizations user guide, "Service control policies" and its example of tags on created resources; IAM user
guide, "Troubleshoot access denied error messages". Asked when CloudFormation makes a resource, and of nothing else.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from integration.aws_plane.handlers import on
from integration.aws_plane.iam import Principal, Statement, judge, statements

if TYPE_CHECKING:
    from integration.aws_plane.authority import Place
    from integration.aws_plane.resources.kinds import Resource

MAKING: Mapping[str, str] = {
    "AWS::ApiGateway::RestApi": "apigateway:POST", "AWS::ApiGateway::Stage": "apigateway:POST",
    "AWS::CloudWatch::Alarm": "cloudwatch:PutMetricAlarm", "AWS::DynamoDB::Table": "dynamodb:CreateTable",
    "AWS::Events::EventBus": "events:CreateEventBus", "AWS::Events::Rule": "events:PutRule",
    "AWS::IAM::Role": "iam:CreateRole", "AWS::KMS::Key": "kms:CreateKey",
    "AWS::Lambda::EventSourceMapping": "lambda:CreateEventSourceMapping",
    "AWS::Lambda::Function": "lambda:CreateFunction", "AWS::Logs::LogGroup": "logs:CreateLogGroup",
    "AWS::S3::Bucket": "s3:CreateBucket", "AWS::SNS::Topic": "sns:CreateTopic", "AWS::SQS::Queue": "sqs:CreateQueue",
    "AWS::SSM::Parameter": "ssm:PutParameter", "AWS::Scheduler::ScheduleGroup": "scheduler:CreateScheduleGroup",
    "AWS::SecretsManager::Secret": "secretsmanager:CreateSecret",
}  # fmt: skip
"""Type → the action that makes one and is told its tags."""


@dataclass
class Organisation:
    place: Place
    policies: list[Statement] = field(default_factory=list)

    def demand_tags(self, *keys: str) -> None:
        """The switch: from now on nothing is made without each of these; without a key, everything again."""
        document = {"Statement": [
            {
                "Effect": "Deny", "Action": sorted({*MAKING.values()}), "Resource": "*",
                "Condition": {"Null": {f"aws:RequestTag/{key}": "true"}},
            }
            for key in keys
        ]}  # fmt: skip
        self.policies = statements(document, "organisation")

    def refusal(self, caller: str, resource: Resource, stack_tags: Mapping[str, str]) -> str:
        """Why it may not be made; empty where it may. CloudFormation hands the stack's tags on to its resources."""
        if resource.type not in MAKING:
            return ""
        action = MAKING[resource.type]
        (arn,) = on(action, resource, self.place)
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
