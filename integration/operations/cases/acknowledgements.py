"""Findings of cdk-nag that stay with cases and incidents, each with its reason."""

from __future__ import annotations

from integration.operations.stacks.acknowledgements import HERE, Accepted

ACCEPTED = (
    Accepted(
        "SecurityIrPoller/Function/NeverRepeat/Resource",
        "Serverless::Serverless-LambdaAsyncFailureDestination",
        "A failed poll leaves nothing to look at: the next one a minute later sees the same and more.",
    ),
    Accepted(
        "SecurityIrPoller/Role/Resource",
        "AwsSolutions::AwsSolutions-IAM5[Resource::*]",
        "security-ir:ListCases knows no resource.",
    ),
    Accepted(
        "*Client/Role/Resource",
        "AwsSolutions::AwsSolutions-IAM5[Resource::*]",
        "security-ir:ListMemberships knows no resource.",
    ),
    Accepted(
        "*Client/Role/Resource",
        f"AwsSolutions::AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:security-ir:{HERE}:membership/*]",
        "An account's membership has an id that nobody knows before it is asked for.",
    ),
    Accepted(
        "*Client/Role/Resource",
        f"AwsSolutions::AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:security-ir:{HERE}:case/*]",
        "The integration works every case of the membership.",
    ),
)
