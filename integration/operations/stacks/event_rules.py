"""Which events go where."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_cdk import Duration, Stack
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_iam as iam
from aws_cdk import aws_logs as logs
from constructs import Construct

from integration import names as n
from integration.operations.stacks.closing import close
from integration.operations.stacks.log import log_group, written
from integration.operations.stacks.queues import EventQueue, dead_letters

if TYPE_CHECKING:
    from integration.names import Names

RETRY_ATTEMPTS = 185
RETRY_AGE = Duration.hours(24)
"""Both as long as EventBridge allows; then the event lies among the dead letters of the queue it was meant for."""


class EventRules(Construct):
    """Edits of cases to one queue, of incidents to another; new records of both to a third, so that edits overtake a
    burst of them.
    """

    def __init__(
        self, scope: Construct, names: Names, cases: EventQueue, incidents: EventQueue, backfill: EventQueue
    ) -> None:
        super().__init__(scope, "Rules")
        edits = [detail_type for detail_type in n.NATIVE_DETAIL_TYPES if detail_type != n.NATIVE_NEW]
        own = [Stack.of(self).account]  # another account's bus may forward such events, and they keep their source
        bus = events.EventBus.from_event_bus_name(self, "Bus", names.bus)
        events.Rule(
            self,
            "ServiceNowClientRule",
            rule_name=names.servicenow_client_rule,
            event_bus=bus,
            event_pattern=events.EventPattern(source=[n.SOURCE_CASES], detail_type=[n.CASE_UPDATED]),
            targets=[_to(cases)],
        )
        events.Rule(
            self,
            "NativeRule",
            rule_name=names.native_rule,
            description="AWS Security Incident Response's own events, on the default bus",
            event_pattern=events.EventPattern(source=[n.NATIVE_SOURCE], detail_type=edits, account=own),
            targets=[_to(cases)],
        )
        events.Rule(
            self,
            "SecurityIrClientRule",
            rule_name=names.security_ir_client_rule,
            event_bus=bus,
            event_pattern=events.EventPattern(
                source=[n.SOURCE_INCIDENTS], detail_type=[n.INCIDENT_UPDATED, n.INCIDENT_DELETED]
            ),
            targets=[_to(incidents)],
        )
        events.Rule(
            self,
            "NewRecordsRule",
            rule_name=names.new_records_rule,
            event_bus=bus,
            event_pattern=events.EventPattern(
                source=[n.SOURCE_CASES, n.SOURCE_INCIDENTS], detail_type=[n.CASE_CREATED, n.INCIDENT_CREATED]
            ),
            targets=[_to(backfill)],
        )
        events.Rule(
            self,
            "NativeNewCasesRule",
            rule_name=names.native_new_cases_rule,
            description="New cases, of AWS's own events on the default bus",
            event_pattern=events.EventPattern(source=[n.NATIVE_SOURCE], detail_type=[n.NATIVE_NEW], account=own),
            targets=[_to(backfill)],
        )


def _to(queue: EventQueue) -> targets.SqsQueue:
    return targets.SqsQueue(
        queue.queue, dead_letter_queue=queue.dead, retry_attempts=RETRY_ATTEMPTS, max_event_age=RETRY_AGE
    )


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
