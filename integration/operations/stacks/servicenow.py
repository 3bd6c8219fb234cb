"""The ServiceNow integration: queues, rules, functions, webhook, token, set-up, alarms."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_cdk import CfnOutput, Duration, Stack
from aws_cdk import aws_events as events
from aws_cdk import aws_lambda as lambda_

from integration import constants, registry
from integration import names as n
from integration.operations.stacks.alarms import Alarms
from integration.operations.stacks.closing import close, close_bus
from integration.operations.stacks.dashboard import Dashboard
from integration.operations.stacks.event_rules import EventRules, NotificationsLog
from integration.operations.stacks.function import Function, Settings
from integration.operations.stacks.parameters import Choices, Parameters
from integration.operations.stacks.poll_schedule import PollSchedule, never_repeat
from integration.operations.stacks.queues import EventQueue, client_timeout_s
from integration.operations.stacks.setup_resource import ServiceNowResources
from integration.operations.stacks.webhook import Webhook
from integration.operations.stacks.webhook_token import WebhookToken

if TYPE_CHECKING:
    from constructs import Construct

    from integration.operations.stacks.common import CommonStack
    from integration.operations.stacks.deployment import Deployment
    from integration.operations.stacks.state import StateStack

WEBHOOK_TIMEOUT = Duration.seconds(10)
"""API Gateway gives up after 29 s, ServiceNow's default is 10 s."""


class ServiceNowStack(Stack):
    """Wires; what the parts are stands in their files."""

    def __init__(
        self, scope: Construct, deployment: Deployment, state: StateStack, common: CommonStack, **options: object
    ) -> None:
        super().__init__(scope, deployment.names.servicenow_stack, **options)  # type: ignore[arg-type]  # jsii's typed kwargs
        self.add_stack_dependency(common)
        self._deployment = deployment
        names, key_arn = deployment.names, state.data_key.key_arn
        choices = Choices(self, deployment)
        self._parameters = Parameters(self, deployment, state.key_bucket.bucket_name)
        token = WebhookToken(self, names, key_arn)
        self._settings = Settings(
            deployment,
            choices.log_level,
            choices.module,
            {"data_key": key_arn, "key_bucket": state.key_bucket.bucket_arn, "secret": token.arn},
        )
        pass_environment = {n.ENV_TABLE: names.table, n.ENV_BUS: names.bus, n.ENV_DATA_KEY: key_arn}
        client, *paced = self._clients(pass_environment)
        poller = self._poller(pass_environment, paced)
        handler, webhook = self._webhook(token)
        close_bus(self, events.EventBus.from_event_bus_name(self, "Bus", names.bus), poller.role, handler.role)
        instance_side = {
            n.ENV_WEBHOOK_SECRET: token.arn,
            n.ENV_WEBHOOK_URL: webhook.url,
            n.ENV_RESOURCE_PREFIX: webhook.resource_prefix,
            n.ENV_INSTANCE_PARAMETER: names.parameter_prefix + n.PARAM_INSTANCE,
            n.ENV_SETUP: deployment.setup,
        }
        self._instance_side(instance_side, token, webhook)
        Alarms(self, names, common.topic, deployment.alarm_topic)
        Dashboard(self, names)
        CfnOutput(self, n.OUTPUT_CLIENT, value=client.function_arn)
        CfnOutput(self, n.OUTPUT_WEBHOOK, value=webhook.url)
        CfnOutput(self, n.OUTPUT_PREFIX, value=webhook.resource_prefix)

    def _clients(self, environment: dict[str, str]) -> tuple[lambda_.Function, EventQueue, EventQueue]:
        """Both run the same whole pass; each has its own queues. Returns the ServiceNow client, and the queues that the
        poller sends to.
        """
        names = self._deployment.names
        cases = EventQueue(self, "CaseEvents", names.cases_queue)
        incidents = EventQueue(self, "IncidentEvents", names.incidents_queue)
        backfill = EventQueue(self, "Backfill", names.backfill_queue)
        EventRules(self, names, cases, incidents, backfill)
        NotificationsLog(self, names, self._deployment.log_policy)
        timeout = Duration.seconds(client_timeout_s())
        client = self._function("servicenow_client", timeout, environment)
        cases.feed(client)
        security_ir = self._function("security_ir_client", timeout, environment)
        incidents.feed(security_ir)
        backfill.feed(security_ir)
        for each in (client, security_ir):
            each.add_environment(n.ENV_CLIENT_ROLES, f"{_role_arn(client)} {_role_arn(security_ir)}")
        return client, cases, incidents

    def _poller(self, environment: dict[str, str], queues: list[EventQueue]) -> lambda_.Function:
        """Of functions it alone sends to the two queues of edits; operators send to the third."""
        timeout = Duration.seconds(client_timeout_s())
        environment = environment | {n.ENV_SETUP: self._deployment.setup}
        poller = self._function("poller", timeout, environment)
        never_repeat(poller)
        for each in queues:
            close(each.queue, poller.role)
        PollSchedule(self, self._deployment).node.add_dependency(poller)
        return poller

    def _webhook(self, token: WebhookToken) -> tuple[lambda_.Function, Webhook]:
        """The function that publishes what it takes, and the API before it."""
        names = self._deployment.names
        authorizer = self._function("authorizer", WEBHOOK_TIMEOUT, {n.ENV_WEBHOOK_SECRET: token.arn})
        handler = self._function(
            "notifications_handler",
            WEBHOOK_TIMEOUT,
            {n.ENV_BUS: names.bus, n.ENV_TABLE: names.table},
        )
        return handler, Webhook(self, names, authorizer, handler, self._deployment.allowed_ips)

    def _instance_side(self, environment: dict[str, str], token: WebhookToken, webhook: Webhook) -> None:
        """Set-up once the webhook answers; rotation once the instance knows the first token."""
        timeout = Duration.minutes(constants.SETUP_TIMEOUT_MINUTES)
        setup = self._function("resource_setup", timeout, environment)
        rotation = self._function("token_rotation", timeout, environment)
        first: list[Construct] = [self._parameters, webhook]
        if self._deployment.setup == "rest":
            properties = {
                "Module": self._settings.module,
                "WebhookUrl": webhook.url,
                "ResourcePrefix": webhook.resource_prefix,
                "Instance": self._parameters.values[n.PARAM_INSTANCE],
            }
            resources = ServiceNowResources(self, self._deployment, setup, properties)
            resources.node.add_dependency(*first)
            first = [resources]
        token.rotate_with(rotation, after=list(first))

    def _function(self, owner: str, timeout: Duration, environment: dict[str, str]) -> lambda_.Function:
        """After the parameters: what a new function reads at its start must not be what the old ones read."""
        made = Function(
            self, self._settings, registry.function(owner), timeout=timeout, environment=environment
        ).lambda_function
        made.node.add_dependency(self._parameters)
        return made


def _role_arn(function: lambda_.Function) -> str:
    if function.role is None:
        raise AssertionError("every function has a role of its own")
    return function.role.role_arn
