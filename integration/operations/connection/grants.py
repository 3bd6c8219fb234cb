"""Rights of the functions that hold the connection to one instance, by owner; docs/permissions.md is made of them."""

from __future__ import annotations

from integration import names as n
from integration.operations.stacks.permissions import (
    BEHIND_THE_TABLE,
    CREDENTIALS,
    DATA_KEY,
    LOGS,
    PUBLISH,
    SECRET,
    SETTINGS,
    TABLE,
    Grant,
)

GRANTS: dict[str, tuple[Grant, ...]] = {
    "notifications_handler": (
        Grant(("ssm:GetParameter",), (SETTINGS,), "the instance whose events count"),
        PUBLISH,
        Grant(("dynamodb:PutItem",), (TABLE,), "when the instance last told something", rows=(n.HEARD,)),
        BEHIND_THE_TABLE,
        LOGS,
    ),
    "authorizer": (
        Grant(("secretsmanager:GetSecretValue",), (SECRET,), "compare the token"),
        Grant(("kms:Decrypt",), (DATA_KEY,), "behind the secret", implicit=True, via=("secretsmanager",)),
        LOGS,
    ),
    "resource_setup": (
        Grant(("secretsmanager:GetSecretValue",), (SECRET,), "the token the instance will send"),
        Grant(("kms:Decrypt",), (DATA_KEY,), "behind the secret", implicit=True, via=("secretsmanager",)),
        *CREDENTIALS,
        LOGS,
    ),
    "token_rotation": (
        Grant(
            (
                "secretsmanager:DescribeSecret", "secretsmanager:GetSecretValue", "secretsmanager:PutSecretValue",
                "secretsmanager:UpdateSecretVersionStage",
            ),
            (SECRET,), "make, hand over and finish a new token",
        ),
        Grant(
            ("kms:Decrypt", "kms:GenerateDataKey"), (DATA_KEY,), "behind the secret", implicit=True,
            via=("secretsmanager",),
        ),
        *CREDENTIALS,
        LOGS,
    ),
}  # fmt: skip
