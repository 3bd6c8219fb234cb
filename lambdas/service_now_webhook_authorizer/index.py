"""The authorizer before POST /webhook."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from integration import names as n
from integration.aws.secrets import WebhookToken
from integration.connection.authorizer import Door, Refusals, Unauthorized, decide
from integration.connection.runtime import runtime

if TYPE_CHECKING:
    from collections.abc import Mapping


def handler(event: Mapping[str, Any], _context: object) -> dict[str, Any]:
    try:
        return decide(event, _door())
    except Unauthorized:
        if count := _refusals().to_tell():
            log = runtime("authorizer").telemetry.log
            log.warning("a webhook call with an unknown token", extra={"count": count})
        raise


@cache
def _refusals() -> Refusals:
    return Refusals()


@cache
def _door() -> Door:
    here = runtime("authorizer")
    token = WebhookToken(here.client("secretsmanager"), here.environment[n.ENV_WEBHOOK_SECRET])
    return Door(lambda: token.read().accepted)
