"""The webhook's token as a Secrets Manager secret: generated there, seen by no template or person, and rotated."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_cdk import RemovalPolicy
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_secretsmanager as secretsmanager
from constructs import Construct, IDependable

from integration import constants

if TYPE_CHECKING:
    from integration.names import Names

TOKEN_LENGTH = 48
"""Letters and digits only: 285 bits, safe in a header."""


class WebhookToken(Construct):
    """Secret string `{"token": "…"}`."""

    def __init__(self, scope: Construct, names: Names, data_key_arn: str) -> None:
        super().__init__(scope, "WebhookToken")
        self.secret = secretsmanager.CfnSecret(
            self,
            "Secret",
            name=names.webhook_secret,
            description="What ServiceNow sends to the webhook",
            kms_key_id=data_key_arn,
            generate_secret_string=secretsmanager.CfnSecret.GenerateSecretStringProperty(
                secret_string_template="{}",  # noqa: S106 - the frame Secrets Manager puts the token in
                generate_string_key="token",
                password_length=TOKEN_LENGTH,
                exclude_punctuation=True,
            ),
        )
        self.secret.apply_removal_policy(RemovalPolicy.DESTROY)
        self.arn = self.secret.ref

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
