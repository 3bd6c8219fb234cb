"""Makes the connection to one instance from a function's environment: settings, sign-in, set-up, webhook token."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from integration import names as n
from integration.aws.settings import Settings, load
from integration.aws.signing import signing_key
from integration.clients.errors import Misconfigured
from integration.clients.servicenow.auth import JwtBearer
from integration.clients.servicenow.errors import SYSTEM
from integration.clients.servicenow.http import Http, instance_url
from integration.clients.servicenow.table import Table
from integration.declaration import roles_of, setup_parts
from integration.module import Module

if TYPE_CHECKING:
    from collections.abc import Mapping

    from integration.aws.secrets import WebhookToken
    from integration.connection.runtime import Runtime
    from integration.declaration import Integration
    from servicenow_setup.settings import SetupSettings


@dataclass(frozen=True)
class Connection:
    """Reads the parameters once, when they are first asked for; calls no instance by itself.

    `foreign_marks`: of records that are another integration's, which our rules in the instance do not tell of;
    `integrations`: those that want something there.
    """

    runtime: Runtime
    foreign_marks: tuple[str, ...] = ()
    integrations: tuple[Integration, ...] = ()

    @cached_property
    def settings(self) -> Settings:
        return load(self.runtime.client("ssm"), self.runtime.environment[n.ENV_PARAMETER_PREFIX])

    @property
    def values(self) -> Mapping[str, Any]:
        return self.settings.values

    @cached_property
    def http(self) -> Http:
        """To the present instance, as the integration user."""
        return self.http_to(self.settings.instance)

    def http_to(self, instance: str) -> Http:
        """`instance`: id or URL. Raises `Misconfigured` for one that is not ours, before the key is read."""
        return Http(own_url(self.settings, instance), self._auth, on_call=self.runtime.telemetry.on_call)

    def table(self, instance: str) -> Table:
        return Table(self.http_to(instance))

    @cached_property
    def _auth(self) -> JwtBearer:
        settings, owner = self.settings, self.runtime.environment[n.ENV_BUCKET_OWNER]
        return JwtBearer(
            settings.client_id,
            settings.client_secret,
            settings.user_sys_id,
            signing_key(settings, self.runtime.client, owner),
            audience=self.values.get("audience") or None,
            key_id=str(self.values.get("key_id") or ""),
        )

    @cached_property
    def webhook_token(self) -> WebhookToken:
        """Imported here: most functions start without it."""
        from integration.aws.secrets import WebhookToken  # noqa: PLC0415 - see above

        return WebhookToken(self.runtime.client("secretsmanager"), self.runtime.environment[n.ENV_WEBHOOK_SECRET])

    @cached_property
    def module(self) -> Module:
        return Module(self.runtime.environment[n.ENV_MODULE])

    @cached_property
    def setup(self) -> SetupSettings:
        """What is to stand in the instance. Raises `BadSetting`. Imported here: most functions start without it."""
        from servicenow_setup.settings import SetupSettings  # noqa: PLC0415 - see above

        environment, deployment = self.runtime.environment, self.runtime.names.name or "default"
        return SetupSettings(
            prefix=environment[n.ENV_RESOURCE_PREFIX],
            owner=f"{environment[n.ENV_BUCKET_OWNER]}/{environment['AWS_REGION']}/{deployment}",
            table=self.module.table,
            webhook_url=environment[n.ENV_WEBHOOK_URL],
            user_sys_id=self.settings.user_sys_id,
            foreign_marks=self.foreign_marks,
            parts=setup_parts(self.integrations),
            roles=roles_of(self.integrations),
            **{name: str(self.values.get(name) or "") for each in self.integrations for name in each.setup_settings},
        )


def own_url(settings: Settings, instance: str) -> str:
    """Base URL of an instance that the deployment was pointed at. Raises `Misconfigured` for any other.

    Events name instances, and whoever may invoke a function writes its event.
    """
    url = instance_url(instance)
    if url not in map(instance_url, (settings.instance, *settings.former_instances)):
        raise Misconfigured(SYSTEM, "the instance asked for is none of this deployment's, so nothing was sent to it")
    return url
