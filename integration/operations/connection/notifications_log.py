"""The EventBridge rule that writes every notification of the instance to a log for people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_cdk import Stack
from aws_cdk import aws_events as events
from aws_cdk import aws_iam as iam
from aws_cdk import aws_logs as logs
from constructs import Construct

from integration import names as n
from integration.operations.stacks.closing import close
from integration.operations.stacks.log import log_group, written
from integration.operations.stacks.queues import RETRY_AGE, RETRY_ATTEMPTS, dead_letters

if TYPE_CHECKING:
    from integration.names import Names


class NotificationsLog(Construct):
    """Every event of ServiceNow in a log, ids only. Written flat: CDK's own target brings a JavaScript function."""

    def __init__(self, scope: Construct, names: Names, log_policy: str) -> None:
        super().__init__(scope, "NotificationsLog")
        stack = Stack.of(self)
        self.dead = dead_letters(self, names.notifications_rule)
        close(self.dead)
        log = log_group(self, "Log", names.notifications_log)
        events.CfnRule(
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
        self._let_events_in(stack, names, log, log_policy)

    def _let_events_in(self, stack: Stack, names: Names, log: logs.LogGroup, log_policy: str) -> None:
        """By names, since the rule refers to its log and cannot be referred to by it.

        Of policies of the account there are ten in a region, of a log's own one for each.
        """
        here = f"{stack.region}:{stack.account}"
        rule_arn = f"arn:{stack.partition}:events:{here}:rule/{names.bus}/{names.notifications_rule}"
        self.dead.add_to_resource_policy(
            iam.PolicyStatement(
                principals=[iam.ServicePrincipal("events.amazonaws.com")],
                actions=["sqs:SendMessage"],
                resources=[self.dead.queue_arn],
                conditions={"ArnEquals": {"aws:SourceArn": rule_arn}},
            )
        )
        document = _written_by(rule_arn, f"arn:{stack.partition}:logs:{here}:log-group:{names.notifications_log}:*")
        if log_policy == "group":
            written(log).resource_policy_document = document
        else:
            text = stack.to_json_string(document)
            logs.CfnResourcePolicy(self, "Policy", policy_name=names.notifications_rule, policy_document=text)


def _written_by(rule_arn: str, log_arn: str) -> dict[str, object]:
    """EventBridge documents the rule's ARN for writing only, so a stream may be made where it is not told."""
    rule = {"aws:SourceArn": rule_arn}
    deliverers = {"Service": ["events.amazonaws.com", "delivery.logs.amazonaws.com"]}
    statements = [
        {"Sid": "Stream", "Action": "logs:CreateLogStream", "Condition": {"ArnEqualsIfExists": rule}},
        {"Sid": "Write", "Action": "logs:PutLogEvents", "Condition": {"ArnEquals": rule}},
    ]
    common = {"Effect": "Allow", "Principal": deliverers, "Resource": log_arn}
    return {"Version": "2012-10-17", "Statement": [common | statement for statement in statements]}
