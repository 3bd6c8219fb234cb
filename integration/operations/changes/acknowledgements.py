"""Findings of cdk-nag that stay with the gate, each with its reason."""

from __future__ import annotations

from integration.changes.gate.names import STACK
from integration.operations.stacks.acknowledgements import HERE, Accepted

SIGNED = "GitHub and the command line sign the whole body, Azure sends a token; a function of ours checks each."
ACCEPTED = (
    Accepted("Hooks/Api/Default/gate/*/POST/Resource", "AwsSolutions::AwsSolutions-COG4", SIGNED),
    Accepted("Hooks/Api/Default/gate/*/POST/Resource", "AwsSolutions::AwsSolutions-APIG4", SIGNED),
    Accepted(
        "Hooks/Api/DeploymentStage.prod/Resource",
        "AwsSolutions::AwsSolutions-APIG3",
        "Throttling, a signature and `--gate-allowed-ips` stand before it; a web ACL can be associated where a policy "
        "asks for it.",
    ),
    Accepted(
        "Hooks/Api/DeploymentStage.prod/Resource",
        "Serverless::Serverless-APIGWXrayEnabled",
        "See Serverless-LambdaTracing.",
    ),
    Accepted(
        f"{STACK}/Secret",
        "AwsSolutions::AwsSolutions-SMG4",
        "It holds keys that other systems gave, and a token that they were given: a person changes both sides.",
    ),
    Accepted(
        "ServiceNowChangeGate/Function/NeverRepeat/Resource",
        "Serverless::Serverless-LambdaAsyncFailureDestination",
        "A failed sweep leaves nothing to look at: the next one a minute later sees the same and more.",
    ),
    Accepted(
        "ServiceNowChangeGate/Role/Resource",
        "AwsSolutions::AwsSolutions-IAM5[Resource::*]",
        "SendTaskSuccess and SendTaskFailure know no resource but state machines, and a token names none.",
    ),
    Accepted(
        "ServiceNowChangeGate/Role/Resource",
        f"AwsSolutions::AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:codepipeline:{HERE}:*]",
        "Any pipeline of the account may ask; an approval is answered by the token it sent alone.",
    ),
)
