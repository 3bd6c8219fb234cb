"""What a function that keeps cases and incidents in step is made of."""

from __future__ import annotations

import time
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from integration import constants
from integration import names as n
from integration.aws.encryption import Envelope
from integration.aws.table import Table
from integration.cases.aws_side import SecurityIrCases, session_of
from integration.cases.instance_side import ServiceNowIncidents
from integration.cases.link import CASE, INCIDENT
from integration.cases.reconciler import Reconciler, Settings
from integration.cases.records import LinkRecords
from integration.clients.security_ir.client import SecurityIr, connect
from mappers.mapping_rules import MappingRules, rules_for

if TYPE_CHECKING:
    from integration.cases.poll import CasePoll
    from integration.connection.runtime import Runtime
    from integration.connection.wiring import Connection

CLAIM_MARGIN_S = 20
"""Function timeout < claim expiry < queue visibility."""


@dataclass(frozen=True)
class Parts:
    """Each is made when it is first asked for, and kept as long as the container lives."""

    connection: Connection

    @property
    def runtime(self) -> Runtime:
        return self.connection.runtime

    @cached_property
    def rules(self) -> MappingRules:
        values = self.connection.values
        overrides = dict(values.get("mapping") or {})
        if "max_attachment_mb" in values:
            overrides["attachments"] = {"max_mb": values["max_attachment_mb"]} | overrides.get("attachments", {})
        return rules_for(self.connection.module, overrides)

    @cached_property
    def security_ir(self) -> SecurityIr:
        return SecurityIr(connect(self.runtime.session), on_call=self.runtime.telemetry.on_call)

    @cached_property
    def table(self) -> Table:
        return Table(self.runtime.client("dynamodb"), self.runtime.environment[n.ENV_TABLE])

    @cached_property
    def links(self) -> LinkRecords:
        envelope = Envelope(self.runtime.client("kms"), self.runtime.environment.get(n.ENV_DATA_KEY, ""))
        return LinkRecords(self.table, envelope)

    @cached_property
    def instance_side(self) -> ServiceNowIncidents:
        rules, settings = self.rules, self.connection.settings
        return ServiceNowIncidents(
            self.connection.http,
            settings.instance,
            rules.table,
            rules.columns,
            settings.user_sys_id,
            watch_column=rules.watchers.column if rules.watchers.enabled else "",
        )

    @cached_property
    def aws_side(self) -> SecurityIrCases:
        names = self.runtime.names
        functions = (names.servicenow_client, names.security_ir_client)
        roles = self.runtime.environment[n.ENV_CLIENT_ROLES].split()
        return SecurityIrCases(self.security_ir, frozenset(map(session_of, roles, functions)))

    @cached_property
    def reconciler(self) -> Reconciler:
        return Reconciler(self.aws_side, self.instance_side, self.links, self.rules, self.pass_settings, time.time)

    @cached_property
    def pass_settings(self) -> Settings:
        values = self.connection.values
        return Settings(
            claim_s=float(self.runtime.environment[n.ENV_TIMEOUT_S]) + CLAIM_MARGIN_S,
            sweep_s=constants.LINK_SWEEP_MINUTES * 60,
            installed_at=float(values.get("installed_at") or 0),
            incident_filter=str(values.get("incident_filter") or ""),
            case_tag=str(values.get("case_tag") or ""),
            own_tag=self.runtime.names.case_tag,
            foreign_marks=self.connection.foreign_marks,
            new_cases_per_hour=int(values.get("new_cases_per_hour") or constants.NEW_CASES_PER_HOUR),
        )

    @cached_property
    def poll(self) -> CasePoll:
        """Imported where it is made: the two client functions start without it."""
        from integration.aws.bus import Bus  # noqa: PLC0415 - see above
        from integration.aws.queue import Queue  # noqa: PLC0415 - see above
        from integration.cases.poll import CasePoll  # noqa: PLC0415 - see above
        from integration.cases.poll_sources import PolledSources  # noqa: PLC0415 - see above

        client, environment, names = self.runtime.client, self.runtime.environment, self.runtime.names
        settings, bus, sqs = self.pass_settings, Bus(client("events"), environment[n.ENV_BUS]), client("sqs")
        account = f"{sqs.meta.endpoint_url.rstrip('/')}/{environment[n.ENV_BUCKET_OWNER]}"
        queues = {CASE: names.cases_queue, INCIDENT: names.incidents_queue}
        sources = PolledSources(
            self.security_ir,
            self.connection.http,
            self.rules.table,
            self.links,
            bus,
            {side: Queue(sqs, f"{account}/{queue}") for side, queue in queues.items()},
            settings.incident_filter,
            self.instance_side.own,
            settings.foreign_marks,
        )
        return CasePoll(sources, time.time, settings.installed_at, self.rules.table)

    @property
    def ready(self) -> bool:
        """Whether everything a pass needs is made, so that passes may run side by side."""
        return "reconciler" in vars(self)
