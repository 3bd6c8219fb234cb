"""Resource policies that admit only the given roles, whatever IAM grants anybody else."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_cdk import aws_events as events
from aws_cdk import aws_iam as iam

if TYPE_CHECKING:
    from aws_cdk import aws_sqs as sqs
    from constructs import Construct

SID = "OnlyOurs"


def close(queue: sqs.Queue, *senders: iam.IRole | None) -> None:
    """AWS's services come in where a statement beside this lets them."""
    queue.add_to_resource_policy(_only(senders, "sqs:SendMessage", queue.queue_arn))


def close_bus(scope: Construct, bus: events.IEventBus, *publishers: iam.IRole | None) -> None:
    """In the stack of the functions: the bus is made before their roles are."""
    statement = _only(publishers, "events:PutEvents", bus.event_bus_arn)
    events.CfnEventBusPolicy(
        scope, "ClosedBus", event_bus_name=bus.event_bus_name, statement_id=SID, statement=statement.to_statement_json()
    )


def _only(roles: tuple[iam.IRole | None, ...], action: str, arn: str) -> iam.PolicyStatement:
    """The key `aws:PrincipalIsAWSService` is in every request (IAM user guide, "Global condition context keys")."""
    arns = [role.role_arn for role in roles if role]
    conditions: dict[str, dict[str, object]] = {"Bool": {"aws:PrincipalIsAWSService": "false"}}
    if arns:
        conditions["ArnNotLike"] = {"aws:PrincipalArn": arns}
    return iam.PolicyStatement(
        sid=SID,
        effect=iam.Effect.DENY,
        principals=[iam.AnyPrincipal()],
        actions=[action],
        resources=[arn],
        conditions=conditions,
    )
