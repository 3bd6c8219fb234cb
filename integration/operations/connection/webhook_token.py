"""The webhook's token as a Secrets Manager secret: generated there, seen by no template or person, and rotated."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_secretsmanager as secretsmanager
from constructs import Construct, IDependable

from integration import constants
from integration.operations.stacks.made_secret import made_secret

if TYPE_CHECKING:
    from integration.names import Names

TOKEN_LENGTH = 48
"""Letters and digits only: 285 bits, safe in a header."""


class WebhookToken(Construct):
    """Secret string `{"token": "…"}`."""

    def __init__(self, scope: Construct, names: Names, data_key_arn: str) -> None:
        super().__init__(scope, "WebhookToken")
        self.arn = made_secret(
            self, names.webhook_secret, "What ServiceNow sends to the webhook", data_key_arn,
            length=TOKEN_LENGTH, member="token",
        )  # fmt: skip

    def rotate_with(self, function: lambda_.IFunction, after: list[IDependable]) -> None:
        """Rotate on schedule once `after` stands. Not at once: the instance must know the first token by then."""
        permission = lambda_.CfnPermission(
            self,
            "Invoke",
            action="lambda:InvokeFunction",
            function_name=function.function_arn,
            principal="secretsmanager.amazonaws.com",
            source_arn=self.arn,
        )
        schedule = secretsmanager.CfnRotationSchedule(
            self,
            "Rotation",
            secret_id=self.arn,
            rotation_lambda_arn=function.function_arn,
            rotate_immediately_on_update=False,
            rotation_rules=secretsmanager.CfnRotationSchedule.RotationRulesProperty(
                automatically_after_days=constants.API_KEY_ROTATION_SCHEDULE_DURATION.days
            ),
        )
        schedule.add_resource_dependency(permission)
        schedule.node.add_dependency(*after)
