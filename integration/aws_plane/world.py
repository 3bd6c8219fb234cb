"""Everything deployed on the plane, in one place: what resources are made into and what calls are judged by."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from integration.aws_plane.usage import Usage

if TYPE_CHECKING:
    from integration.aws_plane.api import Api
    from integration.aws_plane.authority import Place
    from integration.aws_plane.custom_resource import CustomResources
    from integration.aws_plane.event_sources import Poller
    from integration.aws_plane.functions import Functions
    from integration.aws_plane.gateway import Gateway
    from integration.aws_plane.iam import Role, Statement
    from integration.aws_plane.organisation import Organisation
    from integration.aws_plane.rotation import Rotations
    from integration.aws_plane.schedules import Clock

Check = Callable[[], Iterable[str]]


@dataclass
class World:
    """`moto` gives boto3 clients that speak to moto directly, as AWS's own control plane does: nobody counts those."""

    place: Place
    moto: Callable[[str], Any]
    gateway: Gateway
    functions: Functions
    clock: Clock
    rotations: Rotations
    custom: CustomResources
    organisation: Organisation
    policies: dict[str, list[Statement]]
    """Resource ARN → its own policy. Log groups share the policies under `logs` besides."""
    keys: dict[str, str]
    """Resource ARN → ARN of the customer key that encrypts it."""
    roles: dict[str, Role] = field(default_factory=dict)
    """By ARN."""
    bootstrapped: dict[str, Role] = field(default_factory=dict)
    """By ARN: what CloudFormation acts with, as `cdk bootstrap` made it."""
    pollers: dict[str, Poller] = field(default_factory=dict)
    """By physical id of the mapping."""
    apis: dict[str, Api] = field(default_factory=dict)
    usage: Usage = field(default_factory=Usage)
    checks: dict[str, Check] = field(default_factory=dict)
    """What must hold when a deployment is done, by the resource that wants it; a sentence for each thing amiss."""

    def policy_of(self, arn: str) -> list[Statement]:
        """Of the resource itself; a role's is whom it trusts."""
        return self.roles[arn].trust if arn in self.roles else policy_of(self.policies, arn)

    @property
    def deployer(self) -> str:
        """As whom CloudFormation acts: in the bootstrap's role, else as whoever called, who is the account's own."""
        role = next(iter(self.bootstrapped), "")
        session = f"{role.replace(':iam:', ':sts:').replace(':role/', ':assumed-role/')}/AWSCloudFormation"
        return session if role else f"arn:aws:iam::{self.place.account}:root"


def owner_of(arn: str) -> str:
    """The resource whose policy and key count for `arn`: an object's bucket, an index's table."""
    if arn.startswith("arn:aws:s3:::"):
        return arn.partition("/")[0]
    return arn.partition("/index/")[0]


def policy_of(policies: dict[str, list[Statement]], arn: str) -> list[Statement]:
    if ":log-group:" in arn:
        return policies.get("logs", []) + policies.get(":".join(arn.split(":")[:7]), [])
    return policies.get(owner_of(arn), [])


def key_of(keys: dict[str, str], arn: str) -> str | None:
    """A path of parameters is encrypted as soon as one parameter below it is."""
    if ":parameter/" in arn:
        below = arn.rstrip("/") + "/"
        return next((key for held, key in keys.items() if held == arn or held.startswith(below)), None)
    return keys.get(owner_of(arn))
