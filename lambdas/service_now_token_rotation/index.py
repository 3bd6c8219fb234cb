"""Called by Secrets Manager once per step. A failure is raised: the rotation stops there and an alarm tells."""

from __future__ import annotations

import os
from functools import partial
from typing import TYPE_CHECKING

import boto3

from integration import names as n
from integration.aws.errors import connect
from integration.aws.secrets import WebhookToken
from integration.connection.probe import probe
from integration.connection.rotation import Rotation
from integration.connection.wiring import connection, telemetry_of
from servicenow_setup.missing_role import sign_in

if TYPE_CHECKING:
    from collections.abc import Mapping

    from integration.aws.telemetry import Telemetry
    from servicenow_setup.actual import Client


def handler(event: Mapping[str, str], _context: object) -> None:
    telemetry = telemetry_of("token_rotation")
    session = boto3.Session()
    client, secret_id = connect(session, "secretsmanager"), event["SecretId"]
    rotation = Rotation(
        client,
        secret_id,
        WebhookToken(client, secret_id),
        partial(_instance, session, telemetry),
        partial(probe, os.environ[n.ENV_WEBHOOK_URL]),
        telemetry.log,
    )
    try:
        rotation.step(event["Step"], event["ClientRequestToken"])
    except Exception:
        telemetry.log.exception("rotation failed", extra={"operation": event["Step"]})
        raise


def _instance(session: boto3.Session, telemetry: Telemetry) -> tuple[Client, str]:
    there = connection(session, telemetry)
    client = there.table(there.settings.instance)
    sign_in(client, there.setup.user_sys_id)
    return client, there.setup.prefix
