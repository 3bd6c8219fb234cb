"""Findings of cdk-nag that stay with the connection, each with its reason."""

from __future__ import annotations

from integration.operations.stacks.acknowledgements import Accepted

ACCEPTED = (
    Accepted(
        "Webhook/Api/Default/webhook/POST/Resource",
        "AwsSolutions::AwsSolutions-COG4",
        "The caller is a ServiceNow instance with a rotated bearer token, checked by a function of ours.",
    ),
    Accepted(
        "Webhook/Api/DeploymentStage.prod/Resource",
        "AwsSolutions::AwsSolutions-APIG3",
        "Throttling, an authorizer, a request model and an optional list of source addresses stand before a function "
        "that takes ids only; a web ACL can be associated where a policy asks for it.",
    ),
    Accepted(
        "Webhook/Api/DeploymentStage.prod/Resource",
        "Serverless::Serverless-APIGWXrayEnabled",
        "See Serverless-LambdaTracing.",
    ),
)
