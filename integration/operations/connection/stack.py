"""The connection to one instance: webhook, token, set-up. Cases and incidents add theirs to the same stack."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_cdk import CfnOutput, Duration
from aws_cdk import aws_lambda as lambda_

from integration import constants
from integration import names as n
from integration.connection.declaration import CONNECTION
from integration.operations.connection.notifications_log import NotificationsLog
from integration.operations.connection.parameters import Parameters
from integration.operations.connection.setup_resource import ServiceNowResources
from integration.operations.connection.webhook import Webhook, event_schema
from integration.operations.connection.webhook_token import WebhookToken
from integration.operations.stacks.base import Base, IntegrationStack

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aws_cdk.aws_apigateway import JsonSchema
    from constructs import Construct

WEBHOOK_TIMEOUT = Duration.seconds(10)
"""API Gateway gives up after 29 s, ServiceNow's default is 10 s."""


class ConnectionStack(IntegrationStack):
    """Wires; what the parts are stands in their files."""

    def __init__(self, base: Base) -> None:
        super().__init__(base, CONNECTION)
        self._integrations = base.integrations
        self._parameters = Parameters(self, base.deployment, base.state.key_bucket.bucket_name)
        token = WebhookToken(self, self.names, self.data_key)
        self.words |= {"secret": token.arn}
        NotificationsLog(self, self.names, base.deployment.log_policy)
        webhook = self._webhook(token, event_schema(base.integrations))
        self.resource_prefix = webhook.resource_prefix
        instance_side = {
            n.ENV_WEBHOOK_SECRET: token.arn,
            n.ENV_WEBHOOK_URL: webhook.url,
            n.ENV_RESOURCE_PREFIX: webhook.resource_prefix,
            n.ENV_INSTANCE_PARAMETER: self.names.parameter_prefix + n.PARAM_INSTANCE,
            n.ENV_SETUP: base.deployment.setup,
        }
        self._instance_side(instance_side, token, webhook)
        CfnOutput(self, n.OUTPUT_WEBHOOK, value=webhook.url)
        CfnOutput(self, n.OUTPUT_PREFIX, value=webhook.resource_prefix)

    def function(self, owner: str, timeout: Duration, environment: Mapping[str, str]) -> lambda_.Function:
        """After the parameters: what a new function reads at its start must not be what the old ones read."""
        made = super().function(owner, timeout, environment)
        made.node.add_dependency(self._parameters)
        return made

    def _webhook(self, token: WebhookToken, schema: JsonSchema) -> Webhook:
        names = self.names
        authorizer = self.function("authorizer", WEBHOOK_TIMEOUT, {n.ENV_WEBHOOK_SECRET: token.arn})
        handler = self.function(
            "notifications_handler",
            WEBHOOK_TIMEOUT,
            {n.ENV_BUS: names.bus, n.ENV_TABLE: names.table},
        )
        return Webhook(self, names, authorizer, handler, self.deployment.allowed_ips, schema)

    def _instance_side(self, environment: dict[str, str], token: WebhookToken, webhook: Webhook) -> None:
        """Set-up once the webhook answers; rotation once the instance knows the first token."""
        timeout = Duration.minutes(constants.SETUP_TIMEOUT_MINUTES)
        setup = self.function("resource_setup", timeout, environment)
        rotation = self.function("token_rotation", timeout, environment)
        first: list[Construct] = [self._parameters, webhook]
        if self.deployment.setup == "rest":
            properties = {
                "Module": self.choices.module,
                "WebhookUrl": webhook.url,
                "ResourcePrefix": webhook.resource_prefix,
                "Instance": self._parameters.values[n.PARAM_INSTANCE],
                "Integrations": " ".join(each.key for each in self._integrations if each is not CONNECTION),
            }
            resources = ServiceNowResources(self, self.deployment, setup, properties)
            resources.node.add_dependency(*first)
            first = [resources]
        token.rotate_with(rotation, after=list(first))
