"""A deployment seen from the operator's machine: the functions' own parts, made with the operator's credentials."""

from __future__ import annotations

import time
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from integration import names as n
from integration.aws.errors import error_for
from integration.aws.queue import Queue
from integration.aws.secrets import WebhookToken
from integration.aws.table import Table
from integration.cases.declaration import CASES
from integration.cases.forced import mark
from integration.cases.wiring import Parts
from integration.operations.deployment.cloudformation import Stacks
from integration.operations.terminal.failure import Failure
from integration.operations.terminal.output import command
from integration.registry import foreign_marks
from servicenow_setup.settings import SetupSettings

if TYPE_CHECKING:
    import boto3

    from integration.operations.deployment.account import Account
    from integration.operations.deployment.cloudformation import Stack


@dataclass(frozen=True)
class Deployed(Parts):
    """`account` stands for the function's role; `environment` is the functions' own, from the stacks' outputs."""

    account: Account

    @cached_property
    def session(self) -> boto3.Session:
        return self.account.session

    @cached_property
    def table(self) -> Table:
        """For reading what no pass needs: see `integration.cases.overview`."""
        return Table(self.client("dynamodb"), self.environment[n.ENV_TABLE])

    @cached_property
    def asking(self) -> Queue:
        """Where operators' wishes go: behind live edits, and the one queue that lets others than functions send."""
        try:
            url = self.client("sqs").get_queue_url(QueueName=self.names.backfill_queue)["QueueUrl"]
        except (ClientError, BotoCoreError) as error:
            raise error_for(error, f"get_queue_url of {self.names.backfill_queue}") from None
        return Queue(self.client("sqs"), url)

    def forced(self, key: str) -> str:
        """The mark by which the functions know that this operator asks about the case or incident `key`."""
        return mark(self.settings.client_secret, key, time.time())

    @property
    def setup_prefix(self) -> str:
        return self.environment[n.ENV_RESOURCE_PREFIX]

    @property
    def webhook_token(self) -> WebhookToken:
        return WebhookToken(self.client("secretsmanager"), self.environment[n.ENV_WEBHOOK_SECRET])

    @property
    def setup(self) -> SetupSettings:
        """What is to stand in the instance."""
        return SetupSettings(
            prefix=self.environment[n.ENV_RESOURCE_PREFIX],
            owner=f"{self.account.account_id}/{self.account.region}/{self.names.name or 'default'}",
            table=self.rules.module.table,
            webhook_url=self.environment[n.ENV_WEBHOOK_URL],
            user_sys_id=self.settings.user_sys_id,
            incident_filter=str(self.values.get("incident_filter") or ""),
            foreign_marks=foreign_marks(CASES.key),
        )


def find(account: Account, names: n.Names) -> Deployed:
    """Raises `Failure` where nothing is deployed under this name, or not to the end."""
    stacks = Stacks(account)
    state, servicenow = stacks.get(names.state_stack), stacks.get(names.servicenow_stack)
    if servicenow is None or state is None:
        raise Failure(
            f"There is no deployment {names.name or 'without a name'} in {account.account_id}, {account.region}.",
            command("service-now", names.name, "--help"),
        )
    if n.OUTPUT_WEBHOOK not in servicenow.outputs:
        raise Failure(
            f"The deployment is not whole: {servicenow.name} is {servicenow.status}.",
            command("service-now", names.name, "… (as before)"),
        )
    return Deployed(_environment(account, names, state, servicenow), "cli", account)


def _environment(account: Account, names: n.Names, state: Stack, servicenow: Stack) -> dict[str, str]:
    return {
        n.ENV_DEPLOYMENT: names.name,
        n.ENV_PARAMETER_PREFIX: names.parameter_prefix,
        n.ENV_MODULE: servicenow.parameters.get("integrationModule", "itsm"),
        n.ENV_LOG_LEVEL: "error",
        n.ENV_TABLE: names.table,
        n.ENV_BUS: names.bus,
        n.ENV_CLIENT_ROLES: "",  # no command asks who wrote an entry
        n.ENV_DATA_KEY: state.outputs.get(n.OUTPUT_DATA_KEY, ""),
        n.ENV_BUCKET_OWNER: account.account_id,
        n.ENV_TIMEOUT_S: "180",
        n.ENV_WEBHOOK_SECRET: names.webhook_secret,
        n.ENV_WEBHOOK_URL: servicenow.outputs[n.OUTPUT_WEBHOOK],
        n.ENV_RESOURCE_PREFIX: servicenow.outputs.get(n.OUTPUT_PREFIX, ""),
    }
