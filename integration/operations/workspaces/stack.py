"""The stack of workspaces: queue with what fills it, the four functions, the API, the role that signs, the sweep."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from aws_cdk import Aws, CfnOutput, Duration
from aws_cdk import aws_events as events
from aws_cdk import aws_iam as iam
from constructs import Construct

from integration import names as n
from integration.connection.declaration import CONNECTION
from integration.operations.stacks.base import Base, IntegrationStack
from integration.operations.stacks.every_minute import EveryMinute, never_repeat
from integration.operations.stacks.made_secret import made_secret
from integration.operations.stacks.queues import EventQueue, client_timeout_s, to
from integration.operations.stacks.roles import role
from integration.operations.workspaces.api import Api
from integration.operations.workspaces.grants import GRANTS
from integration.operations.workspaces.kept import KeptStack
from integration.operations.workspaces.outputs import OUTPUT_KEY, OUTPUT_URL
from integration.workspaces import names as w
from integration.workspaces.declaration import WORKSPACES
from integration.workspaces.naming import prefix_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from integration.operations.stacks.deployment import Deployment

ANSWERED = Duration.seconds(29)
"""API Gateway waits no longer."""
SWEPT = Duration.seconds(30)
SECRET_LENGTH = 64
STACK_LETTERS = 24
LOGICAL_IDS = "SandboxSpa"
"""Begin so, those of all our functions."""


class WorkspaceStack(IntegrationStack):
    """Wires; what the parts are stands below and beside."""

    def __init__(self, base: Base) -> None:
        kept = KeptStack(base)
        super().__init__(base, WORKSPACES)
        self.kept = kept
        self.add_stack_dependency(kept)
        secret = made_secret(
            self, self.names.of(w.SIGNING_SECRET),
            "What signs personal links of workspaces: a new value ends them all", self.data_key, length=SECRET_LENGTH,
        )  # fmt: skip
        queue = EventQueue(self, "Orders", self.names.of(w.QUEUE))
        api = Api(self, self.names, base.deployment.allowed_ips)
        ours = f"arn:{Aws.PARTITION}:iam::{Aws.ACCOUNT_ID}:role/{roles_in(self.stack_name)}"
        self.words |= {"buckets": prefix_of(self.names.name)}
        files = FilesRole(self, base.deployment, ours, self.words).role
        self.words |= {
            "secret": secret, "archive": kept.archive.bucket_arn, "files_role": files.role_arn,
            "api_key": api.key.key_id,
        }  # fmt: skip
        rows = {w.ENV_TABLE: self.names.of(w.TABLE), w.ENV_QUEUE: queue.queue.queue_url}
        environment = rows | {
            w.ENV_SECRET: secret, w.ENV_FILES_ROLE: files.role_arn, w.ENV_ROLES: f"{files.role_arn},{ours}",
            w.ENV_PAGE: f"{api.url}/{w.PEOPLE}", n.ENV_DATA_KEY: self.data_key,
            w.ENV_ARCHIVE: kept.archive.bucket_name,
            w.ENV_NAMESPACE: json.loads(base.deployment.settings).get(w.SETTING_NAMESPACE, w.ACCOUNT),
        }  # fmt: skip
        prefix = base.made[CONNECTION.key].resource_prefix
        self._worker(queue, environment | {n.ENV_RESOURCE_PREFIX: prefix})
        self._reaper(rows | {n.ENV_DATA_KEY: self.data_key})
        creator = self.function(w.CREATOR, ANSWERED, environment | {w.ENV_API_KEY: api.key.key_id})
        api.admit(creator, w.MACHINES)
        api.admit(self.function(w.BACKEND, ANSWERED, environment), w.PEOPLE)
        CfnOutput(self, OUTPUT_URL, value=api.url)
        CfnOutput(self, OUTPUT_KEY, value=api.key.key_id)

    def _worker(self, queue: EventQueue, environment: Mapping[str, str]) -> None:
        worker = self.function(w.WORKER, Duration.seconds(client_timeout_s()), environment)
        queue.feed(worker)
        bus = events.EventBus.from_event_bus_name(self, "Bus", self.names.bus)
        told = events.EventPattern(source=[n.SOURCE_INCIDENTS], detail_type=[w.ORDERED])
        events.Rule(
            self, "Ordered", rule_name=self.names.of(w.RULE), event_bus=bus, event_pattern=told, targets=[to(queue)]
        )

    def _reaper(self, environment: Mapping[str, str]) -> None:
        reaper = self.function(w.REAPER, SWEPT, environment)
        never_repeat(reaper)
        EveryMinute(
            self, "Sweep", self.deployment, w.SCHEDULE, self.names.of(w.REAPER), GRANTS[w.SCHEDULE],
            "Wake what is due: expiries, warnings, passes that died",
        ).node.add_dependency(reaper)  # fmt: skip


class FilesRole(Construct):
    """Signs addresses. Whoever assumes it names one bucket; `ours`: which roles may, by their names."""

    def __init__(self, scope: Construct, deployment: Deployment, ours: str, words: Mapping[str, str]) -> None:
        super().__init__(scope, "Files")
        principal = iam.AccountRootPrincipal().with_conditions({"ArnLike": {"aws:PrincipalArn": ours}})
        self.role = role(self, principal, deployment, w.FILES_ROLE, GRANTS[w.FILES_ROLE], words)


def roles_in(stack: str) -> str:
    """Pattern of the names that CloudFormation gives to roles of our functions: the stack's, of which it takes 24
    letters where all are too long, and the logical id's. Functions of one deployment are not those of another, but
    where both names begin with the same letter; those have no right to assume this role, which who is of the account
    needs as well.
    """
    return f"{stack[:STACK_LETTERS]}{'*' if len(stack) > STACK_LETTERS else ''}-{LOGICAL_IDS}*"
