"""The gate's own stack: table, queue with what fills it, hooks, the two functions, the sweep.

The table stands here and not in the stack that outlives the others: it holds waits that are under way, which end with
the gate, and nothing that ServiceNow does not know.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from aws_cdk import CfnOutput, Duration
from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_events as events
from aws_cdk import aws_kms as kms
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sns_subscriptions as subscriptions
from constructs import Construct

from integration import names as n
from integration.changes.declaration import CHANGES
from integration.changes.gate import names as g
from integration.changes.gate.intake import HOOKED
from integration.changes.gate.signing import SIGNATURE
from integration.changes.gate.waiter import Kind
from integration.operations.changes.grants import GRANTS
from integration.operations.stacks.base import Base, IntegrationStack
from integration.operations.stacks.due_table import due_table
from integration.operations.stacks.every_minute import EveryMinute, never_repeat
from integration.operations.stacks.made_secret import made_secret
from integration.operations.stacks.queues import EventQueue, client_timeout_s, to
from integration.operations.stacks.rest_api import keep_execution_log, rest_api

if TYPE_CHECKING:
    from aws_cdk import aws_lambda as lambda_

DOOR_TIMEOUT = Duration.seconds(10)
"""A check of Azure waits three seconds; a cold start is one or two."""
RATE_PER_S, BURST = 20, 200
TOKEN_LENGTH = 48
"""A person adds to its secret what lets the gate in elsewhere."""
SIGNED_BY = {Kind.GITHUB: "X-Hub-Signature-256", Kind.AZURE: "Authorization"}
"""Header without which a call starts no function."""


class GateStack(IntegrationStack):
    """Wires; what the parts are stands below."""

    def __init__(self, base: Base) -> None:
        super().__init__(base, CHANGES)
        key = kms.Key.from_key_arn(self, "DataKey", self.data_key)
        due_table(self, self.names.of(g.TABLE), key, lasting=False)
        secret = made_secret(
            self, self.names.of(g.SECRET),
            "What lets pipelines ask the gate, and the gate answer them: docs/changes/gate.md", self.data_key,
            length=TOKEN_LENGTH, member="token",
        )  # fmt: skip
        queue = EventQueue(self, "Events", self.names.of(g.QUEUE))
        self._fill(queue)
        self.words |= {"secret": secret}
        environment = {g.ENV_QUEUE: queue.queue.queue_url, g.ENV_SECRET: secret}
        gate = self.function(
            g.GATE,
            Duration.seconds(client_timeout_s()),
            {**environment, g.ENV_TABLE: self.names.of(g.TABLE), n.ENV_DATA_KEY: self.data_key},
        )
        queue.feed(gate)
        never_repeat(gate)
        EveryMinute(
            self, "Sweep", self.deployment, g.SCHEDULE, self.names.of(g.GATE), GRANTS[g.SCHEDULE],
            "Look for decisions that no event told, and for waits that end",
        ).node.add_dependency(gate)  # fmt: skip
        Hooks(
            self, base.deployment.settings, self.names.of(g.API), self.function(g.FRONT_DOOR, DOOR_TIMEOUT, environment)
        )
        CfnOutput(self, g.OUTPUT_QUEUE, value=queue.queue.queue_url)

    def _fill(self, queue: EventQueue) -> None:
        """Approvals by a topic; what the instance tells by our bus; what anybody of the account asks by the default."""
        topic = sns.Topic(
            self,
            "Approvals",
            topic_name=self.names.of(g.TOPIC),
            master_key=kms.Alias.from_alias_name(self, "SnsKey", "alias/aws/sns"),
            enforce_ssl=True,
        )
        topic.add_subscription(subscriptions.SqsSubscription(queue.queue, dead_letter_queue=queue.dead))
        CfnOutput(self, g.OUTPUT_TOPIC, value=topic.topic_arn)
        bus = events.EventBus.from_event_bus_name(self, "Bus", self.names.bus)
        told = events.EventPattern(source=[n.SOURCE_INCIDENTS], detail_type=[g.UPDATED])
        asked = events.EventPattern(detail_type=[g.REQUESTED], account=[self.account])
        events.Rule(
            self, "Updated", rule_name=self.names.of(g.RULE), event_bus=bus, event_pattern=told, targets=[to(queue)]
        )
        events.Rule(
            self,
            "Requested",
            rule_name=self.names.of(g.RULE_REQUESTED),
            description="Asks for a change, on the default bus",
            event_pattern=asked,
            targets=[to(queue)],
        )


class Hooks(Construct):
    """`POST /prod/gate/{kind}`. The function itself checks who asks, since a signature is over the whole body."""

    def __init__(self, scope: Construct, settings: str, name: str, door: lambda_.IFunction) -> None:
        super().__init__(scope, "Hooks")
        allowed_ips = tuple(json.loads(settings).get(g.SETTING_ALLOWED_IPS) or ())
        api = rest_api(
            self, name, "Pipelines ask for a change", rate_per_s=RATE_PER_S, burst=BURST, allowed_ips=allowed_ips
        )
        validator = api.add_request_validator("Signed", validate_request_body=True, validate_request_parameters=True)
        hooks = api.root.add_resource(g.HOOKS)
        for kind in HOOKED:
            hooks.add_resource(kind.value).add_method(
                "POST",
                apigateway.LambdaIntegration(door, allow_test_invoke=False),
                authorization_type=apigateway.AuthorizationType.NONE,
                request_parameters={f"method.request.header.{SIGNED_BY.get(kind, SIGNATURE)}": True},
                request_validator=validator,
            )
        keep_execution_log(self, api)
        CfnOutput(scope, g.OUTPUT_HOOKS, value=api.deployment_stage.url_for_path(f"/{g.HOOKS}"))
