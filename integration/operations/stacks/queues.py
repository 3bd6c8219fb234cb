"""SQS queues, each with its dead-letter queue."""

from __future__ import annotations

from aws_cdk import Duration, RemovalPolicy
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from integration import constants
from integration import names as n
from integration.operations.stacks.closing import close

RECEIVES_BEFORE_DEAD = 1000
"""An instance that is down for days must not kill its messages: the handlers put the unexpected aside themselves."""
BATCH = 5
RETRY_ATTEMPTS = 185
RETRY_AGE = Duration.hours(24)
"""Both as long as EventBridge allows; then the event lies among the dead letters of the queue it was meant for."""
VISIBILITY_AFTER_TIMEOUT_S = 60
"""Function timeout < claim expiry (timeout + 20 s) < visibility: a message comes back to a link that is free again."""


def dead_letters(scope: Construct, name: str) -> sqs.Queue:
    """The queue `<name>-dead`."""
    return sqs.Queue(
        scope,
        "Dead",
        queue_name=name + n.DEAD_SUFFIX,
        encryption=sqs.QueueEncryption.SQS_MANAGED,
        enforce_ssl=True,
        retention_period=Duration.days(constants.QUEUE_RETENTION_DAYS),
        removal_policy=RemovalPolicy.DESTROY,
    )


class EventQueue(Construct):
    """A queue of events, bodies as EventBridge made them, and its dead letters in the same form."""

    def __init__(self, scope: Construct, construct_id: str, name: str) -> None:
        super().__init__(scope, construct_id)
        self.dead = dead_letters(self, name)
        self.queue = sqs.Queue(
            self,
            "Queue",
            queue_name=name,
            encryption=sqs.QueueEncryption.SQS_MANAGED,
            enforce_ssl=True,
            retention_period=Duration.days(constants.QUEUE_RETENTION_DAYS),
            visibility_timeout=Duration.seconds(client_timeout_s() + VISIBILITY_AFTER_TIMEOUT_S),
            dead_letter_queue=sqs.DeadLetterQueue(queue=self.dead, max_receive_count=RECEIVES_BEFORE_DEAD),
            removal_policy=RemovalPolicy.DESTROY,
        )

    def feed(self, function: lambda_.IFunction) -> None:
        """Let `function` consume it; a failed message comes back alone, its batch does not.

        The function alone puts messages aside among the dead.
        """
        close(self.dead, function.role)
        lambda_.EventSourceMapping(
            self,
            "Feed",
            target=function,
            event_source_arn=self.queue.queue_arn,
            batch_size=BATCH,
            max_concurrency=constants.PASSES_AT_ONCE,
            report_batch_item_failures=True,
        )


def to(queue: EventQueue) -> targets.SqsQueue:
    """For a rule, which tries as long as it may."""
    return targets.SqsQueue(
        queue.queue, dead_letter_queue=queue.dead, retry_attempts=RETRY_ATTEMPTS, max_event_age=RETRY_AGE
    )


def client_timeout_s() -> int:
    """Seconds a pass may take; read late, so that an edited constant counts."""
    return constants.LAMBDA_TIMEOUT_MINUTES * 60
