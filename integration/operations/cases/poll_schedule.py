"""The EventBridge schedule that starts the poller once a minute."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_cdk import Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_scheduler as scheduler
from constructs import Construct

from integration.operations.cases.grants import GRANTS
from integration.operations.stacks.closing import close
from integration.operations.stacks.queues import dead_letters
from integration.operations.stacks.roles import role

if TYPE_CHECKING:
    from integration.operations.stacks.deployment import Deployment


class PollSchedule(Construct):
    """A poll that could not be started lies in `dead`; the next minute starts another one anyway."""

    def __init__(self, scope: Construct, deployment: Deployment) -> None:
        super().__init__(scope, "PollSchedule")
        stack, names = Stack.of(self), deployment.names
        here = f"{stack.region}:{stack.account}"
        poller_arn = f"arn:{stack.partition}:lambda:{here}:function:{names.poller}"
        self.dead = dead_letters(self, names.poll_schedule)
        group = scheduler.CfnScheduleGroup(self, "Group", name=names.poll_schedule)
        scheduler_principal = iam.ServicePrincipal(
            "scheduler.amazonaws.com",
            conditions={
                "StringEquals": {"aws:SourceAccount": stack.account},
                "ArnEquals": {
                    "aws:SourceArn": f"arn:{stack.partition}:scheduler:{here}:schedule-group/{names.poll_schedule}"
                },
            },
        )
        starts = role(self, scheduler_principal, deployment, "poll_schedule", GRANTS["poll_schedule"], {})
        close(self.dead, starts)
        schedule = scheduler.CfnSchedule(
            self,
            "Schedule",
            name=names.poll_schedule,
            group_name=names.poll_schedule,
            description="Look for what no event told",
            schedule_expression="rate(1 minute)",
            flexible_time_window=scheduler.CfnSchedule.FlexibleTimeWindowProperty(mode="OFF"),
            target=scheduler.CfnSchedule.TargetProperty(
                arn=poller_arn,
                role_arn=starts.role_arn,
                retry_policy=scheduler.CfnSchedule.RetryPolicyProperty(
                    maximum_retry_attempts=1, maximum_event_age_in_seconds=60
                ),
                dead_letter_config=scheduler.CfnSchedule.DeadLetterConfigProperty(arn=self.dead.queue_arn),
            ),
        )
        schedule.add_resource_dependency(group)


def never_repeat(function: lambda_.Function) -> None:
    """A failed poll is not repeated: the next one is at most a minute away and looks at the same."""
    lambda_.EventInvokeConfig(function, "NeverRepeat", function=function, retry_attempts=0)
