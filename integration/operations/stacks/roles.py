"""IAM roles made of permissions. A role carries its policy inline, so whatever waits for the role waits for it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aws_cdk import Stack
from aws_cdk import aws_iam as iam

from integration import names as n
from integration.operations.stacks.permissions import IN_A_VPC, Grant, granted
from integration.registry import FUNCTIONS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from constructs import Construct

    from integration.operations.stacks.deployment import Deployment


FUNCTION_OWNERS = frozenset(each.owner for each in FUNCTIONS)


def render(
    scope: Construct, deployment: Deployment, owner: str, grants: Iterable[Grant], arns: Mapping[str, str]
) -> list[iam.PolicyStatement]:
    """The statements of `owner`, a name; `arns` has the words that no name gives (data_key, secret, …)."""
    stack, names = Stack.of(scope), deployment.names
    words: dict[str, Any] = {
        "partition": stack.partition,
        "region": stack.region,
        "account": stack.account,
        "names": names,
        "due_index": n.DUE_INDEX,
        "path": names.parameter_prefix.rstrip("/"),
        "key_object": n.KEY_OBJECT,
        "signing_key": deployment.signing_key,
        "dead": n.DEAD_SUFFIX,
        "function": names.of(owner),
        "suffix": names.of(""),
        **arns,
    }
    in_a_vpc = (IN_A_VPC,) if deployment.subnets and owner in FUNCTION_OWNERS else ()
    own = granted(grants, signing_key=bool(deployment.signing_key))
    return [_statement(grant, words) for grant in (*own, *in_a_vpc)]


def _statement(grant: Grant, words: Mapping[str, Any]) -> iam.PolicyStatement:
    return iam.PolicyStatement(
        actions=list(grant.actions),
        resources=[resource.format(**words) for resource in grant.resources],
        conditions=_conditions(grant, words) or None,
    )


def _conditions(grant: Grant, words: Mapping[str, Any]) -> dict[str, dict[str, list[str]]]:
    conditions: dict[str, dict[str, list[str]]] = {}
    if grant.via:
        hosts = [f"{service}.{words['region']}.amazonaws.com" for service in grant.via]
        conditions["StringEquals"] = {"kms:ViaService": hosts}
    if grant.rows:
        conditions["ForAllValues:StringEquals"] = {"dynamodb:LeadingKeys": list(grant.rows)}
    return conditions


def role(
    scope: Construct,
    principal: iam.IPrincipal,
    deployment: Deployment,
    owner: str,
    grants: Iterable[Grant],
    arns: Mapping[str, str],
) -> iam.IRole:
    """A role nothing adds to afterwards: what stands in permissions is all it may do."""
    made = iam.Role(
        scope,
        "Role",
        assumed_by=principal,
        inline_policies={"permissions": iam.PolicyDocument(statements=render(scope, deployment, owner, grants, arns))},
    )
    return made.without_policy_updates()
