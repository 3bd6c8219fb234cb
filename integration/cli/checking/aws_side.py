"""The account: membership, bootstrap, Node, what stands already."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from integration.aws.errors import AwsError, meaning
from integration.cli.checking.verdict import Verdict, fail, ok, warn
from integration.cli.failure import Failure
from integration.cli.node import NODE_LEAST, find_node
from integration.cli.stacks import Stacks, all_names
from integration.cli.talk import command
from integration.security_ir.errors import SecurityIrError, Unavailable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from integration.cli.account import Account
    from integration.names import Names

BOOTSTRAP_PARAMETER, BOOTSTRAP_LEAST, BOOTSTRAP_GOOD = "/cdk-bootstrap/{}/version", 6, 30
"""What `DefaultStackSynthesizer` of aws-cdk-lib asks for; older ones may not read why a change set was refused."""
QUALIFIER = "hnb659fds"
"""Of a bootstrap that was given none."""


def identity(account: Account) -> Verdict:
    told = f"{account.arn} in {account.region}"
    if account.ends_soon:
        return warn(
            "identity", f"{told}; the session ends within a quarter of an hour", "Sign in again before a deployment."
        )
    return ok("identity", told)


def membership(account: Account) -> Verdict:
    subject = "membership"
    try:
        found = account.security_ir.memberships()
    except Unavailable as error:
        return fail(
            subject,
            f"AWS Security Incident Response does not answer in {account.region}: {error.reason}",
            "Choose a region that offers the service with --region.",
        )
    except SecurityIrError as error:
        return fail(subject, str(error), "Allow security-ir:ListMemberships, and see that the membership is active.")
    active = [each for each in found if str(each.get("membershipStatus", "")).lower() == "active"]
    if active:
        return ok(subject, f"active in {account.region}")
    return fail(
        subject,
        f"no active membership in {account.region} ({len(found)} others)",
        "Sign up for AWS Security Incident Response in this region, or give another --region.",
    )


def bootstrap(account: Account, qualifier: str = "") -> Verdict:
    subject, fix = "bootstrap", bootstrap_command(account, qualifier)
    parameter = BOOTSTRAP_PARAMETER.format(qualifier or QUALIFIER)
    try:
        value = account.client("ssm").get_parameter(Name=parameter)["Parameter"]["Value"]
    except ClientError as error:
        if error.response.get("Error", {}).get("Code") == "ParameterNotFound":
            return fail(subject, f"{account.account_id}/{account.region} is not bootstrapped for the CDK", fix)
        return fail(subject, str(meaning(error, "get_parameter of the bootstrap")), "Allow ssm:GetParameter.")
    except BotoCoreError as error:
        return fail(subject, str(meaning(error, "get_parameter of the bootstrap")), "Try again.")
    version = int(value) if str(value).isdigit() else 0
    if version < BOOTSTRAP_LEAST:
        return fail(subject, f"bootstrap version {value}, {BOOTSTRAP_LEAST} is the least", fix)
    if version < BOOTSTRAP_GOOD:
        return warn(subject, f"version {version}: why CloudFormation refuses a change set may stay untold", fix)
    return ok(subject, f"version {version}")


def bootstrap_command(account: Account, qualifier: str = "") -> str:
    from integration.cli.deploying.cdk import VERSION  # noqa: PLC0415 - one number, from the module that pins it

    policy = "see docs/CDK_BOOTSTRAP_POLICY.md for a least-privilege one"
    other = f" --qualifier {qualifier}" if qualifier else ""
    return f"npx aws-cdk@{VERSION} bootstrap aws://{account.account_id}/{account.region}{other} ({policy})"


def node() -> Verdict:
    subject = "node"
    try:
        found = find_node()
        text = subprocess.run([found.node, "--version"], capture_output=True, text=True, check=True).stdout.strip()  # noqa: S603 - our own path
    except (Failure, OSError, subprocess.CalledProcessError) as error:
        return fail(subject, f"no Node that starts: {error}", "pip install -r requirements.txt")
    major = int(text.removeprefix("v").partition(".")[0] or 0)
    if major < NODE_LEAST:
        return fail(subject, f"Node {text}, {NODE_LEAST} is the least", "Install Node 20 or newer.")
    return ok(subject, f"{text} ({found.origin})")


def stacks(account: Account, names: Names) -> Iterator[Verdict]:
    """Nothing where nothing is deployed yet."""
    again = command("service-now", names.name, "… (as before)")
    for name in all_names(names):
        try:
            stack = Stacks(account).get(name)
        except AwsError as error:
            yield fail("stacks", str(error), "Allow cloudformation:DescribeStacks.")
            return
        if stack is None:
            continue
        if stack.usable:
            yield ok("stacks", f"{name} is {stack.status}")
        elif stack.moving:
            yield warn("stacks", f"{name} is {stack.status}", "Wait, then check again.")
        else:
            yield fail("stacks", f"{name} is {stack.status}", again)
