"""An EventBridge schedule that starts a function once a minute."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_cdk import Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_scheduler as scheduler
from constructs import Construct

from integration.operations.stacks.closing import close
from integration.operations.stacks.queues import dead_letters
from integration.operations.stacks.roles import role

if TYPE_CHECKING:
    from collections.abc import Iterable

    from integration.operations.stacks.deployment import Deployment
    from integration.operations.stacks.permissions import Grant


class EveryMinute(Construct):
    """What could not be started lies in `dead`; the next minute starts another one anyway.

    `owner` names the schedule (`Names.of`) and has the `grants`; `function` is the name of what is started.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        deployment: Deployment,
        owner: str,
        function: str,
        grants: Iterable[Grant],
        description: str,
    ) -> None:
        super().__init__(scope, construct_id)
        stack, name = Stack.of(self), deployment.names.of(owner)
        here = f"{stack.region}:{stack.account}"
        self.dead = dead_letters(self, name)
        group = scheduler.CfnScheduleGroup(self, "Group", name=name)
        scheduler_principal = iam.ServicePrincipal(
            "scheduler.amazonaws.com",
            conditions={
                "StringEquals": {"aws:SourceAccount": stack.account},
                "ArnEquals": {"aws:SourceArn": f"arn:{stack.partition}:scheduler:{here}:schedule-group/{name}"},
            },
        )
        starts = role(self, scheduler_principal, deployment, owner, grants, {})
        close(self.dead, starts)
        schedule = scheduler.CfnSchedule(
            self,
            "Schedule",
            name=name,
            group_name=name,
            description=description,
            schedule_expression="rate(1 minute)",
            flexible_time_window=scheduler.CfnSchedule.FlexibleTimeWindowProperty(mode="OFF"),
            target=scheduler.CfnSchedule.TargetProperty(
                arn=f"arn:{stack.partition}:lambda:{here}:function:{function}",
                role_arn=starts.role_arn,
                retry_policy=scheduler.CfnSchedule.RetryPolicyProperty(
                    maximum_retry_attempts=1, maximum_event_age_in_seconds=60
                ),
                dead_letter_config=scheduler.CfnSchedule.DeadLetterConfigProperty(arn=self.dead.queue_arn),
            ),
        )
        schedule.add_resource_dependency(group)


def never_repeat(function: lambda_.Function) -> None:
    """A failed one is not repeated: the next one is at most a minute away and looks at the same."""
    lambda_.EventInvokeConfig(function, "NeverRepeat", function=function, retry_attempts=0)
