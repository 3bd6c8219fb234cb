"""Findings of cdk-nag that stay whatever is deployed, each with its reason; a record names those of its integration.

The checks run in the tests, with these and no others.
"""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from aws_cdk import Acknowledgment, Validations

from integration.registry import FUNCTIONS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from aws_cdk import Stack

    from integration.names import Names


@dataclass(frozen=True)
class Accepted:
    """`where` is a pattern of construct paths below the stack, or with it where others have such a construct; `finding`
    may name `{function}`, its owner's name.
    """

    where: str
    finding: str
    reason: str

    def findings(self, names: Names) -> set[str]:
        """The finding, once per function where it names one."""
        return {self.finding.format(function=names.of(each.owner)) for each in FUNCTIONS}


HERE = "<AWS::Region>:<AWS::AccountId>"
ACCEPTED = (
    Accepted(
        "KeyBucket/Bucket/Resource",
        "AwsSolutions::AwsSolutions-S1",
        "One object, read by roles of this deployment only; CloudTrail data events tell more than access logs and "
        "need no second bucket.",
    ),
    Accepted(
        "ApiLogs/Role/Resource",
        "AwsSolutions::AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/"
        "AmazonAPIGatewayPushToCloudWatchLogs]",
        "API Gateway's role for logs serves every API of the account; AWS documents this policy for it.",
    ),
    Accepted(
        "*/Function/Resource",
        "AwsSolutions::AwsSolutions-L1",
        "Python 3.13 is supported until 2029; the locked wheels and the tests are for 3.13.",
    ),
    Accepted("*/Function/Resource", "Serverless::Serverless-LambdaLatestVersion", "See AwsSolutions-L1."),
    Accepted(
        "*/Function/Resource",
        "Serverless::Serverless-LambdaDLQ",
        "Clients are fed by queues with dead letters, webhook functions are called synchronously, CloudFormation and "
        "Secrets Manager wait for their answers, and a lost poll is made good a minute later.",
    ),
    Accepted(
        "*/Function/Resource",
        "Serverless::Serverless-LambdaTracing",
        "Each pass logs its calls and durations under one id, and metrics carry lag; X-Ray would need rights on * "
        "and 100 ms at every cold start.",
    ),
    Accepted(
        "*/Feed/Resource",
        "Serverless::Serverless-LambdaEventSourceMappingDestination",
        "Destinations on failure are for streams; a queue has its dead letters.",
    ),
    Accepted("*/Dead/Resource", "AwsSolutions::AwsSolutions-SQS3", "It is a dead-letter queue itself."),
    Accepted("*/Dead/Resource", "Serverless::Serverless-SQSRedrivePolicy", "It is a dead-letter queue itself."),
    Accepted(
        "*/Role/Resource",
        f"AwsSolutions::AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:logs:{HERE}:log-group:/aws/lambda/"
        "{function}:*]",
        "The streams of the function's own log.",
    ),
    Accepted(
        "*/Role/Resource",
        "Serverless::Serverless-LambdaStarPermissions",
        "The same as AwsSolutions-IAM5, without telling the resources apart.",
    ),
)


def acknowledge(stacks: Iterable[Stack], names: Names, every: Iterable[Accepted]) -> None:
    """Record each on the constructs it is about."""
    every = tuple(every)
    for stack in stacks:
        for construct in stack.node.find_all():
            whole = construct.node.path
            paths = whole, whole.removeprefix(stack.node.path + "/")
            for accepted in every:
                if any(fnmatchcase(path, accepted.where) for path in paths):
                    answers = [Acknowledgment(id=each, reason=accepted.reason) for each in accepted.findings(names)]
                    Validations.of(construct).acknowledge(*answers)
