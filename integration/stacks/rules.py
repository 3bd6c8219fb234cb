"""Which events go where."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_cdk import Duration, RemovalPolicy, Stack
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_iam as iam
from aws_cdk import aws_logs as logs
from constructs import Construct

from integration import names as n
from integration.stacks.function import RETENTION
from integration.stacks.queues import EventQueue, dead_letters

if TYPE_CHECKING:
    from integration.names import Names

RETRY_ATTEMPTS = 185
RETRY_AGE = Duration.hours(24)
"""Both as long as EventBridge allows; then the event lies among the dead letters of the queue it was meant for."""


class Rules(Construct):
    """Events about cases to one queue, about incidents to the other."""

    def __init__(self, scope: Construct, names: Names, cases: EventQueue, incidents: EventQueue) -> None:
        super().__init__(scope, "Rules")
        bus = events.EventBus.from_event_bus_name(self, "Bus", names.bus)
        events.Rule(
            self,
            "ServiceNowClientRule",
            rule_name=names.servicenow_client_rule,
            event_bus=bus,
            event_pattern=events.EventPattern(source=[n.SOURCE_CASES]),
            targets=[_to(cases)],
        )
        events.Rule(
            self,
            "NativeRule",
            rule_name=names.native_rule,
            description="AWS Security Incident Response's own events, on the default bus",
            event_pattern=events.EventPattern(source=[n.NATIVE_SOURCE], detail_type=list(n.NATIVE_DETAIL_TYPES)),
            targets=[_to(cases)],
        )
        events.Rule(
            self,
            "SecurityIrClientRule",
            rule_name=names.security_ir_client_rule,
            event_bus=bus,
            event_pattern=events.EventPattern(source=[n.SOURCE_INCIDENTS]),
            targets=[_to(incidents)],
        )


def _to(queue: EventQueue) -> targets.SqsQueue:
    return targets.SqsQueue(
        queue.queue, dead_letter_queue=queue.dead, retry_attempts=RETRY_ATTEMPTS, max_event_age=RETRY_AGE
    )


class NotificationsLog(Construct):
    """Every event of ServiceNow in a log, ids only. Written flat: CDK's own target brings a JavaScript function."""

    def __init__(self, scope: Construct, names: Names) -> None:
        super().__init__(scope, "NotificationsLog")
        stack = Stack.of(self)
        self.dead = dead_letters(self, names.notifications_rule)
        log = logs.LogGroup(
            self,
            "Log",
            log_group_name=f"/aws/events/{names.notifications_rule}",
            retention=RETENTION,
            removal_policy=RemovalPolicy.DESTROY,
        )
        rule = events.CfnRule(
            self,
            "Rule",
            name=names.notifications_rule,
            event_bus_name=names.bus,
            event_pattern={"source": [n.SOURCE_INCIDENTS]},
            targets=[
                events.CfnRule.TargetProperty(
                    id="Log",
                    arn=f"arn:{stack.partition}:logs:{stack.region}:{stack.account}:log-group:{log.log_group_name}",
                    retry_policy=events.CfnRule.RetryPolicyProperty(
                        maximum_retry_attempts=RETRY_ATTEMPTS,
                        maximum_event_age_in_seconds=int(RETRY_AGE.to_seconds()),
                    ),
                    dead_letter_config=events.CfnRule.DeadLetterConfigProperty(arn=self.dead.queue_arn),
                )
            ],
        )
        self._let_events_in(stack, names, log, rule.attr_arn)

    def _let_events_in(self, stack: Stack, names: Names, log: logs.LogGroup, rule_arn: str) -> None:
        rule_arn_is = {"aws:SourceArn": rule_arn}
        from_rule = {"ArnEquals": rule_arn_is}
        self.dead.add_to_resource_policy(
            iam.PolicyStatement(
                principals=[iam.ServicePrincipal("events.amazonaws.com")],
                actions=["sqs:SendMessage"],
                resources=[self.dead.queue_arn],
                conditions=from_rule,
            )
        )
        deliverers = {"Service": ["events.amazonaws.com", "delivery.logs.amazonaws.com"]}
        statements = [
            # EventBridge documents the rule's ARN for writing only, so a stream may be made where it is not told.
            {"Sid": "Stream", "Action": "logs:CreateLogStream", "Condition": {"ArnEqualsIfExists": rule_arn_is}},
            {"Sid": "Write", "Action": "logs:PutLogEvents", "Condition": from_rule},
        ]
        document = {
            "Version": "2012-10-17",
            "Statement": [
                {"Effect": "Allow", "Principal": deliverers, "Resource": log.log_group_arn} | statement
                for statement in statements
            ],
        }
        logs.CfnResourcePolicy(
            self,
            "Policy",
            policy_name=names.notifications_rule,
            policy_document=stack.to_json_string(document),
        )
