"""What every integration of the deployment shares: the bus, the alarm topic, the poller."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_cdk import Duration, Stack
from aws_cdk import aws_events as events
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sns_subscriptions as subscriptions
from constructs import Construct

from integration import names as n
from integration.stacks.function import Function, Settings
from integration.stacks.parameters import Choices
from integration.stacks.poll import never_repeat
from integration.stacks.queues import client_timeout_s
from integration.stacks.state import StateStack, alarm_arns

if TYPE_CHECKING:
    from integration.names import Names
    from integration.stacks.deployment import Deployment


class CommonStack(Stack):
    def __init__(self, scope: Construct, deployment: Deployment, state: StateStack, **options: object) -> None:
        super().__init__(scope, deployment.names.common_stack, **options)  # type: ignore[arg-type]  # jsii's typed kwargs
        names = deployment.names
        events.EventBus(self, "Bus", event_bus_name=names.bus, description="Cases and incidents to look at")
        self.topic = AlarmTopic(self, names, state.data_key.key_arn, deployment.alarm_email).topic
        choices = Choices(self, deployment)
        arns = {"data_key": state.data_key.key_arn, "key_bucket": state.key_bucket.bucket_arn}
        settings = Settings(deployment, choices.log_level, choices.module, arns)
        poller = Function(
            self,
            settings,
            "poller",
            "security_ir_poller",
            timeout=Duration.seconds(client_timeout_s()),
            environment={n.ENV_TABLE: names.table, n.ENV_BUS: names.bus, n.ENV_DATA_KEY: state.data_key.key_arn},
        )
        never_repeat(poller, poller.lambda_function)


class AlarmTopic(Construct):
    """Where alarms go; only CloudWatch, for alarms of this deployment, may publish."""

    def __init__(self, scope: Construct, names: Names, data_key_arn: str, email: str) -> None:
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
        if email:
            self.topic.add_subscription(subscriptions.EmailSubscription(email))
