"""Checks of the AWS account: membership, CDK bootstrap, Node, stacks that exist already."""

from __future__ import annotations

import subprocess
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from integration.aws.errors import error_for
from integration.clients.errors import RemoteError, Unavailable
from integration.operations.checking.verdict import Verdict, fail, ok, warn
from integration.operations.deployment.cdk import QUALIFIER, VERSION
from integration.operations.deployment.cloudformation import Stacks, all_names, lasting, owners, present
from integration.operations.deployment.deployed import AS_BEFORE, deploys
from integration.operations.deployment.node import NODE_LEAST, find_node
from integration.operations.terminal.failure import Failure
from integration.operations.terminal.output import command
from integration.registry import INTEGRATIONS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from integration.clients.security_ir.client import SecurityIr
    from integration.names import Names
    from integration.operations.deployment.account import Account

BOOTSTRAP_PARAMETER, BOOTSTRAP_LEAST, BOOTSTRAP_GOOD = "/cdk-bootstrap/{}/version", 6, 30
"""What `DefaultStackSynthesizer` of aws-cdk-lib asks for; older ones may not read why a change set was refused."""
REGIONS = (
    "us-east-1", "us-east-2", "us-west-2", "ca-central-1", "sa-east-1", "eu-central-1", "eu-west-1", "eu-west-2",
    "eu-west-3", "eu-north-1", "af-south-1", "ap-east-1", "ap-south-1", "ap-south-2", "ap-northeast-1",
    "ap-northeast-2", "ap-southeast-1", "ap-southeast-2", "ap-southeast-3", "ap-southeast-4",
)  # fmt: skip
"""Where the service is offered; botocore lists none. Source: AWS General Reference, "endpoints and quotas"."""


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
        told = f"AWS Security Incident Response does not answer in {account.region}: {error.reason}"
        return _elsewhere(account, told, "Choose a region that offers the service with --region.")
    except RemoteError as error:
        return fail(subject, str(error), "Allow security-ir:ListMemberships, and see that the membership is active.")
    if any(_active(each) for each in found):
        return ok(subject, f"active in {account.region}")
    told = f"no active membership in {account.region} ({len(found)} others)"
    return _elsewhere(account, told, "Sign up for AWS Security Incident Response in this region.")


def _active(membership: Mapping[str, Any]) -> bool:
    return str(membership.get("membershipStatus", "")).lower() == "active"


def _elsewhere(account: Account, told: str, otherwise: str) -> Verdict:
    """A failure whose remedy names the region that has the membership, where one does: an account has it in one."""
    clients = {region: account.security_ir_in(region) for region in REGIONS if region != account.region}
    with ThreadPoolExecutor(len(clients)) as pool:
        has = dict(zip(clients, pool.map(_has_membership, clients.values()), strict=True))
    found = [region for region, there in has.items() if there]
    if found:
        return fail("membership", f"{told}; there is one in {', '.join(found)}", f"Give --region {found[0]}.")
    return fail("membership", f"{told}, nor in any other region that could be asked", otherwise)


def _has_membership(client: SecurityIr) -> bool:
    """False also where a region is not opted in, denied, or does not answer."""
    try:
        return any(_active(each) for each in client.memberships())
    except RemoteError:
        return False


def bootstrap(account: Account, qualifier: str = "") -> Verdict:
    subject, fix = "bootstrap", bootstrap_command(account, qualifier)
    parameter = BOOTSTRAP_PARAMETER.format(qualifier or QUALIFIER)
    try:
        value = account.client("ssm").get_parameter(Name=parameter)["Parameter"]["Value"]
    except ClientError as error:
        if error.response.get("Error", {}).get("Code") == "ParameterNotFound":
            return _not_bootstrapped(account, qualifier, fix)
        return fail(subject, str(error_for(error, "get_parameter of the bootstrap")), "Allow ssm:GetParameter.")
    except BotoCoreError as error:
        return fail(subject, str(error_for(error, "get_parameter of the bootstrap")), "Try again.")
    version = int(value) if str(value).isdigit() else 0
    if version < BOOTSTRAP_LEAST:
        return fail(subject, f"bootstrap version {value}, {BOOTSTRAP_LEAST} is the least", fix)
    if version < BOOTSTRAP_GOOD:
        return warn(subject, f"version {version}: why CloudFormation refuses a change set may stay untold", fix)
    return ok(subject, f"version {version}")


def _not_bootstrapped(account: Account, qualifier: str, fix: str) -> Verdict:
    """Where an organisation's bootstrap stands under a qualifier of its own, that is what is missing."""
    with_it = f" with the qualifier {qualifier}" if qualifier else ""
    told = f"{account.account_id}/{account.region} is not bootstrapped for the CDK{with_it}"
    try:
        pages = account.client("ssm").get_paginator("get_parameters_by_path")
        found = [
            p["Name"] for page in pages.paginate(Path="/cdk-bootstrap", Recursive=True) for p in page["Parameters"]
        ]
    except (ClientError, BotoCoreError):
        found = []
    if others := sorted({name.split("/")[2] for name in found}):
        return fail("bootstrap", f"{told}, but with {', '.join(others)}", f"Give --qualifier {others[0]}, or {fix}")
    return fail("bootstrap", told, fix)


def bootstrap_command(account: Account, qualifier: str = "") -> str:

    policy = "see docs/CDK_BOOTSTRAP_POLICY.md for a least-privilege one"
    other = f" --qualifier {qualifier}" if qualifier else ""
    return f"npx aws-cdk@{VERSION} bootstrap aws://{account.account_id}/{account.region}{other} ({policy})"


def node() -> Verdict:
    subject = "node"
    try:
        found = find_node()
        asked = subprocess.run(  # noqa: S603 - our own path
            [found.node, "--version"], capture_output=True, text=True, check=True, env=found.environment()
        )
        text = asked.stdout.strip()
    except (Failure, OSError, subprocess.CalledProcessError) as error:
        return fail(subject, f"no Node that starts: {error}", "pip install -r requirements.lock")
    major = int(text.removeprefix("v").partition(".")[0] or 0)
    if major < NODE_LEAST:
        return fail(subject, f"Node {text}, {NODE_LEAST} is the least", "Install Node 20 or newer.")
    return ok(subject, f"{text} ({found.origin})")


def protect(account: Account, name: str) -> str:
    return (
        "aws cloudformation update-termination-protection --enable-termination-protection"
        f" --stack-name {name} --region {account.region}"
    )


def stacks(account: Account, names: Names) -> Iterator[Verdict]:
    """Nothing where nothing is deployed yet."""
    try:
        there = {name: Stacks(account).get(name) for name in all_names(names, INTEGRATIONS)}
    except RemoteError as error:
        yield fail("stacks", str(error), "Allow cloudformation:DescribeStacks.")
        return
    for name, stack in there.items():
        if stack is None:
            continue
        if name in lasting(names) and not stack.protected:
            yield warn("protection", f"{name} can be deleted by anybody who may delete stacks", protect(account, name))
        if stack.usable:
            yield ok("stacks", f"{name} is {stack.status}")
        elif stack.moving:
            yield warn("stacks", f"{name} is {stack.status}", "Wait, then check again.")
        else:
            whose = owners(name, names) or present(there, names)
            yield fail("stacks", f"{name} is {stack.status}", command(deploys(whose), names.name, AS_BEFORE))
