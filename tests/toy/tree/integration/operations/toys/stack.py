"""The toy's own stack: queue, rule, table, worker."""

from __future__ import annotations

from aws_cdk import Duration, RemovalPolicy
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_events as events

from integration import names as n
from integration.operations.stacks.base import Base, IntegrationStack
from integration.operations.stacks.queues import EventQueue, client_timeout_s, to
from integration.toys.declaration import ENV_QUEUE, ENV_TABLE, QUEUE, SAVED, TABLE, TOY, WORKER


class ToyStack(IntegrationStack):
    def __init__(self, base: Base) -> None:
        super().__init__(base, TOY)
        self._table()
        queue = EventQueue(self, "Events", self.names.of(QUEUE))
        events.Rule(
            self,
            "Rule",
            rule_name=self.names.of("toy-rule"),
            event_bus=events.EventBus.from_event_bus_name(self, "Bus", self.names.bus),
            event_pattern=events.EventPattern(source=[n.SOURCE_INCIDENTS], detail_type=[SAVED]),
            targets=[to(queue)],
        )
        environment = {ENV_TABLE: self.names.of(TABLE), ENV_QUEUE: queue.queue.queue_url}
        queue.feed(self.function(WORKER, Duration.seconds(client_timeout_s()), environment))

    def _table(self) -> None:
        text, number = dynamodb.AttributeType.STRING, dynamodb.AttributeType.NUMBER
        table = dynamodb.Table(
            self,
            "Table",
            table_name=self.names.of(TABLE),
            partition_key=dynamodb.Attribute(name="PK", type=text),
            sort_key=dynamodb.Attribute(name="SK", type=text),
            billing_mode=dynamodb.BillingMode.PAY_PER_REQUEST,
            removal_policy=RemovalPolicy.DESTROY,
        )
        table.add_global_secondary_index(
            index_name=n.DUE_INDEX,
            partition_key=dynamodb.Attribute(name=n.DUE_SHARD, type=text),
            sort_key=dynamodb.Attribute(name=n.DUE, type=number),
        )
