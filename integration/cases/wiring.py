"""The one composition root: from a function's environment to what it works with.

Everything is made once per container and kept; settings change with `CONFIGURATION_REVISION`, which starts new ones.
"""

from __future__ import annotations

import os
import threading
import time
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Any

import boto3

from integration import constants
from integration import names as n
from integration.aws import errors as aws
from integration.aws import settings as aws_settings
from integration.aws.encryption import Box
from integration.aws.signing import signing_key
from integration.aws.table import Table
from integration.aws.telemetry import Telemetry
from integration.cases.aws_side import SecurityIrCases, session_of
from integration.cases.declaration import CASES
from integration.cases.instance_side import ServiceNowIncidents
from integration.cases.link import CASE, INCIDENT
from integration.cases.reconciler import Reconciler, Settings
from integration.cases.records import LinkRecords
from integration.clients.security_ir.client import SecurityIr, connect
from integration.clients.servicenow.auth import JwtBearer
from integration.clients.servicenow.http import Http, instance_url
from integration.model import Module
from integration.registry import foreign_marks
from mappers.mapping_rules import Rules, rules_for

if TYPE_CHECKING:
    from collections.abc import Mapping

    from integration.cases.poll import Poll

_MAKING = threading.Lock()
CLAIM_MARGIN_S = 20
"""Function timeout < claim expiry < queue visibility."""


@dataclass(frozen=True)
class Parts:
    """What one function is made of; each part is made when it is first asked for."""

    environment: Mapping[str, str]
    function: str

    @cached_property
    def names(self) -> n.Names:
        return n.Names(self.environment.get(n.ENV_DEPLOYMENT, ""))

    @cached_property
    def session(self) -> boto3.Session:
        return boto3.Session()

    @cached_property
    def telemetry(self) -> Telemetry:
        return Telemetry(self.function, self.names.telemetry_service, self.environment.get(n.ENV_LOG_LEVEL, "error"))

    @cached_property
    def settings(self) -> aws_settings.Settings:
        return aws_settings.load(self.client("ssm"), self.environment[n.ENV_PARAMETER_PREFIX])

    @cached_property
    def values(self) -> Mapping[str, Any]:
        return self.settings.values

    @cached_property
    def rules(self) -> Rules:
        module = Module(self.environment[n.ENV_MODULE])
        overrides = dict(self.values.get("mapping") or {})
        if "max_attachment_mb" in self.values:
            overrides["attachments"] = {"max_mb": self.values["max_attachment_mb"]} | overrides.get("attachments", {})
        return rules_for(module, overrides)

    @cached_property
    def http(self) -> Http:
        key = signing_key(self.settings, self.client, self.environment[n.ENV_BUCKET_OWNER])
        auth = JwtBearer(
            self.settings.client_id,
            self.settings.client_secret,
            self.settings.user_sys_id,
            key,
            audience=self.values.get("audience") or None,
            key_id=str(self.values.get("key_id") or ""),
        )
        return Http(instance_url(self.settings.instance), auth, on_call=self.telemetry.on_call)

    @cached_property
    def security_ir(self) -> SecurityIr:
        return SecurityIr(connect(self.session), on_call=self.telemetry.on_call)

    @cached_property
    def table(self) -> Table:
        return Table(self.client("dynamodb"), self.environment[n.ENV_TABLE])

    @cached_property
    def links(self) -> LinkRecords:
        box = Box(self.client("kms"), self.environment.get(n.ENV_DATA_KEY, ""))
        return LinkRecords(self.table, box)

    @cached_property
    def incidents(self) -> ServiceNowIncidents:
        rules, settings = self.rules, self.settings
        return ServiceNowIncidents(
            self.http,
            settings.instance,
            rules.table,
            rules.columns,
            settings.user_sys_id,
            watch_column=rules.watchers.column if rules.watchers.enabled else "",
        )

    @cached_property
    def cases(self) -> SecurityIrCases:
        functions = (self.names.servicenow_client, self.names.security_ir_client)
        roles = self.environment[n.ENV_CLIENT_ROLES].split()
        return SecurityIrCases(self.security_ir, frozenset(map(session_of, roles, functions)))

    @cached_property
    def reconciler(self) -> Reconciler:
        return Reconciler(self.cases, self.incidents, self.links, self.rules, self.pass_settings, time.time)

    @cached_property
    def pass_settings(self) -> Settings:
        values = self.values
        return Settings(
            claim_s=float(self.environment[n.ENV_TIMEOUT_S]) + CLAIM_MARGIN_S,
            sweep_s=constants.LINK_SWEEP_MINUTES * 60,
            installed_at=float(values.get("installed_at") or 0),
            incident_filter=str(values.get("incident_filter") or ""),
            case_tag=str(values.get("case_tag") or ""),
            own_tag=self.names.case_tag,
            foreign_marks=foreign_marks(CASES.key),
            new_cases_per_hour=int(values.get("new_cases_per_hour") or constants.NEW_CASES_PER_HOUR),
        )

    @cached_property
    def poll(self) -> Poll:
        """Imported where it is made: the two client functions start without it."""
        from integration.aws.bus import Bus  # noqa: PLC0415 - see above
        from integration.aws.queue import Queue  # noqa: PLC0415 - see above
        from integration.cases.poll import Poll  # noqa: PLC0415 - see above
        from integration.cases.poll_sources import PolledSources  # noqa: PLC0415 - see above

        settings, bus = self.pass_settings, Bus(self.client("events"), self.environment[n.ENV_BUS])
        sqs, names = self.client("sqs"), self.names
        account = f"{sqs.meta.endpoint_url.rstrip('/')}/{self.environment[n.ENV_BUCKET_OWNER]}"
        queues = {CASE: names.cases_queue, INCIDENT: names.incidents_queue}
        sources = PolledSources(
            self.security_ir,
            self.http,
            self.rules.table,
            self.links,
            bus,
            {side: Queue(sqs, f"{account}/{queue}") for side, queue in queues.items()},
            settings.incident_filter,
            self.incidents.own,
            settings.foreign_marks,
        )
        return Poll(sources, time.time, settings.installed_at, self.rules.table)

    @property
    def ready(self) -> bool:
        """Whether everything a pass needs is made, so that passes may run side by side."""
        return "reconciler" in vars(self)

    @cached_property
    def _clients(self) -> dict[str, Any]:
        return {}

    def client(self, service: str) -> Any:
        """Made once; boto3 makes clients in one thread at a time only."""
        with _MAKING:
            if service not in self._clients:
                self._clients[service] = aws.connect(self.session, service)
            return self._clients[service]


@lru_cache(maxsize=1)
def parts(function: str) -> Parts:
    """The parts of this container's function."""
    return Parts(os.environ, function)
