"""From a function's environment to its instance, its records there and its token; for setup and rotation."""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import cache, partial
from typing import TYPE_CHECKING

from integration import names as n
from integration.aws.errors import connect
from integration.aws.secrets import WebhookToken
from integration.aws.settings import Settings, load
from integration.aws.signing import signing_key
from integration.aws.telemetry import Telemetry
from integration.cases.declaration import CASES
from integration.clients.errors import Misconfigured
from integration.clients.servicenow.auth import JwtBearer, Signer
from integration.clients.servicenow.errors import SYSTEM
from integration.clients.servicenow.http import Http, instance_url
from integration.clients.servicenow.table import Table
from integration.model import Module
from integration.registry import foreign_marks
from servicenow_setup.settings import SetupSettings

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import boto3


@dataclass(frozen=True, slots=True)
class Connection:
    """`table` talks to an instance (id or URL) as the integration user; `setup` says what is to stand there.

    `table` raises `Misconfigured` for any instance that is not this deployment's, before the key is read.
    """

    settings: Settings
    setup: SetupSettings
    table: Callable[[str], Table]


def connection(session: boto3.Session, telemetry: Telemetry, environ: Mapping[str, str] = os.environ) -> Connection:
    """Reads the parameters; calls no instance yet. Raises `RemoteError`, `BadSetting`."""
    settings = load(connect(session, "ssm"), environ[n.ENV_PARAMETER_PREFIX])

    @cache
    def auth() -> JwtBearer:
        return _signing(settings, signing_key(settings, partial(connect, session), environ[n.ENV_BUCKET_OWNER]))

    def table(instance: str) -> Table:
        return Table(Http(own_url(settings, instance), auth(), on_call=telemetry.on_call))

    return Connection(settings, _setup(settings, environ), table)


def own_url(settings: Settings, instance: str) -> str:
    """Base URL of an instance that the deployment was pointed at. Raises `Misconfigured` for any other.

    Events name instances, and whoever may invoke a function writes its event.
    """
    url = instance_url(instance)
    if url not in map(instance_url, (settings.instance, *settings.former_instances)):
        raise Misconfigured(SYSTEM, "the instance asked for is none of this deployment's, so nothing was sent to it")
    return url


def _signing(settings: Settings, key: bytes | Signer) -> JwtBearer:
    return JwtBearer(
        settings.client_id,
        settings.client_secret,
        settings.user_sys_id,
        key,
        settings.values.get("audience") or None,
        key_id=str(settings.values.get("key_id") or ""),
    )


def webhook_token(session: boto3.Session, environ: Mapping[str, str] = os.environ) -> WebhookToken:
    return WebhookToken(connect(session, "secretsmanager"), environ[n.ENV_WEBHOOK_SECRET])


@cache
def telemetry_of(function: str) -> Telemetry:
    """Once per process: a second logger of the same service would have no formatter."""
    service = n.Names(os.environ.get(n.ENV_DEPLOYMENT, "")).telemetry_service
    return Telemetry(function, service, os.environ.get(n.ENV_LOG_LEVEL, "error"))


def _setup(settings: Settings, environ: Mapping[str, str]) -> SetupSettings:
    deployment = environ.get(n.ENV_DEPLOYMENT) or "default"
    return SetupSettings(
        prefix=environ[n.ENV_RESOURCE_PREFIX],
        owner=f"{environ[n.ENV_BUCKET_OWNER]}/{environ['AWS_REGION']}/{deployment}",
        table=Module(environ[n.ENV_MODULE]).table,
        webhook_url=environ[n.ENV_WEBHOOK_URL],
        user_sys_id=settings.user_sys_id,
        incident_filter=str(settings.values.get("incident_filter") or ""),
        foreign_marks=foreign_marks(CASES.key),
    )
