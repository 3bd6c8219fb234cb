"""The stack that every integration of a deployment shares: event bus and alarm topic."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_cdk import Stack
from aws_cdk import aws_events as events
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sns_subscriptions as subscriptions
from constructs import Construct

from integration.operations.stacks.state import StateStack, alarm_arns

if TYPE_CHECKING:
    from integration.names import Names
    from integration.operations.stacks.deployment import Deployment


class CommonStack(Stack):
    def __init__(self, scope: Construct, deployment: Deployment, state: StateStack, **options: object) -> None:
        super().__init__(scope, deployment.names.common_stack, **options)  # type: ignore[arg-type]  # jsii's typed kwargs
        names = deployment.names
        events.EventBus(self, "Bus", event_bus_name=names.bus, description="Cases and incidents to look at")
        self.topic = AlarmTopic(self, names, state.data_key.key_arn, deployment.alarm_emails).topic


class AlarmTopic(Construct):
    """Where alarms go; only CloudWatch, for alarms of this deployment, may publish."""

    def __init__(self, scope: Construct, names: Names, data_key_arn: str, emails: tuple[str, ...]) -> None:
        super().__init__(scope, "AlarmTopic")
        stack = Stack.of(self)
        self.topic = sns.Topic(
            self,
            "Topic",
            topic_name=names.alarm_topic,
            master_key=kms.Key.from_key_arn(self, "DataKey", data_key_arn),
            enforce_ssl=True,
        )
        self.topic.add_to_resource_policy(
            iam.PolicyStatement(
                sid="AlarmsOfThisDeployment",
                principals=[iam.ServicePrincipal("cloudwatch.amazonaws.com")],
                actions=["sns:Publish"],
                resources=[self.topic.topic_arn],
                conditions={
                    "ArnLike": {"aws:SourceArn": alarm_arns(stack, names)},
                    "StringEquals": {"aws:SourceAccount": stack.account},
                },
            )
        )
        for email in emails:
            self.topic.add_subscription(subscriptions.EmailSubscription(email))
