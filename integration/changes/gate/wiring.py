"""Makes the gate's parts from a function's environment, each when it is first asked for."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from integration import names as n
from integration.aws.encryption import Envelope
from integration.aws.queue import Queue
from integration.aws.table import Table as AwsTable
from integration.changes.gate import names as g
from integration.changes.gate.addresses import listed
from integration.changes.gate.callbacks import codepipeline, step_functions
from integration.changes.gate.callbacks.azure import Azure
from integration.changes.gate.callbacks.github import GitHub
from integration.changes.gate.callbacks.gitlab import GitLab
from integration.changes.gate.callbacks.signed_url import SignedUrl
from integration.changes.gate.gate import Gate
from integration.changes.gate.hook_secrets import HookSecrets
from integration.changes.gate.outbound import Outbound
from integration.changes.gate.rows import Rows
from integration.changes.gate.sweep import Sweep
from integration.changes.gate.waiter import Kind
from integration.changes.names import resolved
from integration.changes.records import Records
from integration.clients.servicenow.table import Table

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from integration.changes.gate.waiter import Answer, Waiter
    from integration.connection.runtime import Runtime
    from integration.connection.wiring import Connection

CLAIM_MARGIN_S = 20.0


@dataclass(frozen=True)
class Names:
    """Sys_ids of names, for as long as this container lives."""

    known: dict[tuple[str, str], str] = field(default_factory=dict)

    def get(self, table: str, name: str) -> str:
        return self.known.get((table, name), "")

    def put(self, table: str, name: str, sys_id: str) -> None:
        self.known[table, name] = sys_id


@dataclass(frozen=True)
class Parts:
    """Of the gate."""

    connection: Connection

    @property
    def runtime(self) -> Runtime:
        return self.connection.runtime

    @cached_property
    def rows(self) -> Rows:
        environment, client = self.runtime.environment, self.runtime.client
        table = AwsTable(client("dynamodb"), environment[g.ENV_TABLE])
        return Rows(table, Envelope(client("kms"), environment[n.ENV_DATA_KEY]))

    @cached_property
    def gate(self) -> Gate:
        http, log = self.connection.http, self.runtime.telemetry.log
        names = Names()
        claim_s = float(self.runtime.environment[n.ENV_TIMEOUT_S]) + CLAIM_MARGIN_S
        changes = Records(http, log.warning)
        return Gate(self.rows, changes, lambda wish: resolved(wish, http, names), self._callbacks(), time.time, claim_s)

    @cached_property
    def secrets(self) -> HookSecrets:
        return HookSecrets(self.runtime.client("secretsmanager"), self.runtime.environment[g.ENV_SECRET])

    @cached_property
    def sweep(self) -> Sweep:
        queue = Queue(self.runtime.client("sqs"), self.runtime.environment[g.ENV_QUEUE])
        return Sweep(self.rows, lambda: Table(self.connection.http), queue, time.time)

    def _callbacks(self) -> Mapping[Kind, Callable[[Waiter, Answer], str]]:
        client, telemetry = self.runtime.client, self.runtime.telemetry
        out = Outbound(listed(self.connection.values), telemetry.on_call)
        secrets = self.secrets
        return {
            Kind.CODEPIPELINE: lambda *told: codepipeline.answer(client("codepipeline"), *told),
            Kind.STEP_FUNCTIONS: lambda *told: step_functions.answer(client("stepfunctions"), *told),
            Kind.GITHUB: GitHub(out, secrets),
            Kind.GITLAB: GitLab(out, secrets),
            Kind.AZURE: Azure(out),
            Kind.URL: SignedUrl(out, secrets),
        }
