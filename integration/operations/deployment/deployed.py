"""A deployment seen from the operator's machine: its connection and its parts, with the operator's credentials."""

from __future__ import annotations

import time
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from integration import names as n
from integration import registry
from integration.aws.errors import raising_ours
from integration.aws.queue import Queue
from integration.cases.declaration import CASES
from integration.cases.forced import mark
from integration.connection.runtime import Runtime
from integration.connection.wiring import Connection
from integration.operations.deployment.cloudformation import Stacks, integration_stacks, present
from integration.operations.terminal.failure import Failure
from integration.operations.terminal.output import command
from integration.registry import foreign_marks

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from integration.aws.table import Table
    from integration.cases.wiring import Parts
    from integration.declaration import Integration
    from integration.operations.deployment.account import Account
    from integration.operations.deployment.cloudformation import Stack


@dataclass(frozen=True)
class Deployed:
    """`account` stands for the functions' role; `environment` is the functions' own, from the stacks' outputs."""

    environment: Mapping[str, str]
    account: Account
    integrations: tuple[Integration, ...] = registry.INTEGRATIONS
    """Those it has."""

    @cached_property
    def connection(self) -> Connection:
        here = Runtime(self.environment, "cli", self.account.session)
        return Connection(here, foreign_marks(CASES.key), self.integrations)

    @cached_property
    def cases(self) -> Parts:
        from integration.cases.wiring import Parts  # noqa: PLC0415 - a third of the start of commands that need none

        return Parts(self.connection)

    @property
    def names(self) -> n.Names:
        return self.connection.runtime.names

    @property
    def table(self) -> Table:
        """For reading what no pass needs: see `integration.operations.cases.overview`."""
        return self.cases.table

    def client(self, service: str) -> Any:
        return self.connection.runtime.client(service)

    @cached_property
    def asking(self) -> Queue:
        """Where operators' wishes go: behind live edits, and the one queue that lets others than functions send."""
        with raising_ours(f"get_queue_url of {self.names.backfill_queue}"):
            url = self.client("sqs").get_queue_url(QueueName=self.names.backfill_queue)["QueueUrl"]
        return Queue(self.client("sqs"), url)

    def forced(self, key: str) -> str:
        """The mark by which the functions know that this operator asks about the case or incident `key`."""
        return mark(self.connection.settings.client_secret, key, time.time())


AS_BEFORE = "… (as before)"


def deploys(integrations: Iterable[Integration]) -> str:
    """The command that deploys these again: the first's that has one, since another's adds what is not there."""
    return next((each.deploy for each in integrations if each.deploy), CASES.deploy)


def deploying(deployed: Deployed, options: str = AS_BEFORE) -> str:
    """The command that deploys this again."""
    return command(deploys(deployed.integrations), deployed.names.name, options)


def find(account: Account, names: n.Names, wanted: Integration | None = None) -> Deployed:
    """Raises `Failure` where nothing is deployed under this name, not to the end, or not what is `wanted`."""
    first = command(deploys(filter(None, (wanted,))), names.name, "--help")
    stacks = Stacks(account)
    state, there = stacks.get(names.state_stack), integration_stacks(stacks, names)
    servicenow = there[names.servicenow_stack]
    if servicenow is None or state is None:
        raise Failure(
            f"There is no deployment {names.name or 'without a name'} in {account.account_id}, {account.region}.",
            first,
        )
    if n.OUTPUT_WEBHOOK not in servicenow.outputs:
        raise Failure(
            f"The deployment is not whole: {servicenow.name} is {servicenow.status}.",
            command(deploys(present(there, names)), names.name, AS_BEFORE),
        )
    found = Deployed(_environment(account, names, state, servicenow), account, present(there, names))
    if wanted and wanted not in found.integrations:
        plural = wanted.key.removesuffix("s").capitalize() + "s"
        raise Failure(f"{plural} are not deployed here, and this is about them.", first)
    return found


def _environment(account: Account, names: n.Names, state: Stack, servicenow: Stack) -> dict[str, str]:
    return {
        n.ENV_DEPLOYMENT: names.name,
        n.ENV_PARAMETER_PREFIX: names.parameter_prefix,
        n.ENV_MODULE: servicenow.parameters.get("integrationModule", "itsm"),
        n.ENV_LOG_LEVEL: "error",
        n.ENV_TABLE: names.table,
        n.ENV_CLIENT_ROLES: "",  # who wrote what is asked by plans alone, which look it up
        n.ENV_DATA_KEY: state.outputs.get(n.OUTPUT_DATA_KEY, ""),
        n.ENV_BUCKET_OWNER: account.account_id,
        "AWS_REGION": account.region,
        n.ENV_WEBHOOK_SECRET: names.webhook_secret,
        n.ENV_WEBHOOK_URL: servicenow.outputs[n.OUTPUT_WEBHOOK],
        n.ENV_RESOURCE_PREFIX: servicenow.outputs.get(n.OUTPUT_PREFIX, ""),
    }
