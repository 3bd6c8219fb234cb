"""Findings of cdk-nag that stay with workspaces, each with its reason."""

from __future__ import annotations

from integration.operations.stacks.acknowledgements import Accepted
from integration.workspaces.names import STACK, STATE_STACK

METHODS, IAM5 = "RestApi/Api/Default/*/Resource", "AwsSolutions::AwsSolutions-IAM5"
CHECKED = (
    "Machines show a key, which the function compares itself; people show a link or bearer that a function signed."
)
BUCKETS = "Each workspace has a bucket of its own, made and removed by these; whoever signs names one in each session."
ARCHIVE = f"{STATE_STACK}:ExportsOutputFnGetAttArchiveDA4CB258ArnBE8F3792/*"
ACCEPTED = (
    Accepted(
        "Archive/Resource",
        "AwsSolutions::AwsSolutions-S1",
        "Read and written by one role of this deployment; CloudTrail data events tell more than access logs and need "
        "no second bucket.",
    ),
    Accepted(METHODS, "AwsSolutions::AwsSolutions-COG4", CHECKED),
    Accepted(METHODS, "AwsSolutions::AwsSolutions-APIG4", CHECKED),
    Accepted(
        "RestApi/Api/DeploymentStage.prod/Resource",
        "AwsSolutions::AwsSolutions-APIG3",
        "Throttling, keys, links and `--allowed-ips` stand before it; a web ACL can be associated where a policy asks "
        "for it.",
    ),
    Accepted(
        "RestApi/Api/DeploymentStage.prod/Resource",
        "Serverless::Serverless-APIGWXrayEnabled",
        "See Serverless-LambdaTracing.",
    ),
    Accepted(
        f"{STACK}/Secret",
        "AwsSolutions::AwsSolutions-SMG4",
        "It signs links that live as long as their workspace: another value would end them all. A person changes it "
        "where that is meant; `workspace link --new` ends those of one.",
    ),
    Accepted(
        "SandboxSpaReaper/Function/NeverRepeat/Resource",
        "Serverless::Serverless-LambdaAsyncFailureDestination",
        "A failed sweep leaves nothing to look at: the next one a minute later sees the same and more.",
    ),
    *(
        Accepted(where, f"{IAM5}[Resource::arn:<AWS::Partition>:s3:::sandbox-spa-{rest}]", BUCKETS)
        for where in ("Files/Role/Resource", "SandboxSpaCreator/Role/Resource", "SandboxSpaWorker/Role/Resource")
        for rest in ("*", "*/*")
    ),
    Accepted("SandboxSpaWorker/Role/Resource", f"{IAM5}[Resource::{ARCHIVE}]", "The files of one archive."),
)
