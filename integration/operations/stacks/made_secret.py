"""A secret whose value Secrets Manager makes: no template shows it, and a deployment leaves it alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_cdk import RemovalPolicy
from aws_cdk import aws_secretsmanager as secretsmanager

if TYPE_CHECKING:
    from constructs import Construct


def made_secret(scope: Construct, name: str, description: str, data_key: str, *, length: int, member: str = "") -> str:
    """The ARN of the construct `Secret` in `scope`, of letters and digits. `member`: of a JSON object that holds it."""
    secret = secretsmanager.CfnSecret(
        scope,
        "Secret",
        name=name,
        description=description,
        kms_key_id=data_key,
        generate_secret_string=secretsmanager.CfnSecret.GenerateSecretStringProperty(
            secret_string_template="{}" if member else None,
            generate_string_key=member or None,
            password_length=length,
            exclude_punctuation=True,
        ),
    )
    secret.apply_removal_policy(RemovalPolicy.DESTROY)
    return secret.ref
