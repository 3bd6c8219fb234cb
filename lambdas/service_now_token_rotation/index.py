"""The token rotation, called by Secrets Manager once per step. A failure is raised: it stops there, an alarm tells."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from integration import names as n
from integration.aws.secrets import WebhookToken
from integration.connection.probe import probe
from integration.connection.rotation import Rotation
from integration.connection.runtime import runtime
from integration.connection.wiring import Connection
from servicenow_setup.missing_role import sign_in

if TYPE_CHECKING:
    from collections.abc import Mapping

    from servicenow_setup.actual import Client


def handler(event: Mapping[str, str], _context: object) -> None:
    here = runtime("token_rotation")
    client, secret_id = here.client("secretsmanager"), event["SecretId"]
    rotation = Rotation(
        client,
        secret_id,
        WebhookToken(client, secret_id),
        _instance,
        partial(probe, here.environment[n.ENV_WEBHOOK_URL]),
        here.telemetry.log,
    )
    try:
        rotation.step(event["Step"], event["ClientRequestToken"])
    except Exception:
        here.telemetry.log.exception("rotation failed", extra={"operation": event["Step"]})
        raise


def _instance() -> tuple[Client, str]:
    """As the parameters name it now: a deployment may have changed them since this container's last step."""
    there = Connection(runtime("token_rotation"))
    client = there.table(there.settings.instance)
    sign_in(client, there.settings.user_sys_id)
    return client, there.runtime.environment[n.ENV_RESOURCE_PREFIX]
