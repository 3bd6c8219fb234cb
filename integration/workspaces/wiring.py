"""What the functions of workspaces are made of."""

from __future__ import annotations

import time
from dataclasses import dataclass
from functools import cached_property, partial
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from botocore.config import Config

from integration import names as n
from integration.aws.encryption import Envelope
from integration.aws.errors import CONFIG, raising_ours
from integration.aws.queue import Queue
from integration.aws.table import Table
from integration.workspaces import links
from integration.workspaces import names as w
from integration.workspaces.bucket_settings import Rules
from integration.workspaces.buckets import S3Buckets
from integration.workspaces.files import MAKING, BucketFiles
from integration.workspaces.messages import ORDER, WORKSPACE, due_event
from integration.workspaces.naming import BucketNames
from integration.workspaces.ordering import Ordering
from integration.workspaces.orders import ServiceNowOrders
from integration.workspaces.reconciler import Reconciler, Settings
from integration.workspaces.records import WorkspaceRecords
from integration.workspaces.unheard import Unheard

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from integration.connection.runtime import Runtime
    from integration.connection.wiring import Connection
    from integration.workspaces.model import Member, Row

CLAIM_MARGIN_S = 20
"""Function timeout < claim expiry < queue visibility."""
COPYING = CONFIG.merge(Config(read_timeout=120))
"""A copy of 5 GiB is answered once it is made."""
GLOBAL_ONLY = frozenset({"me-central-1", "me-south-1"})
"""Regions without namespaces of accounts (S3, "Namespaces for general purpose buckets")."""
ITEM_KIND = "item/workspace"
"""Of the mark that the set-up writes into the catalog item."""


@dataclass(frozen=True)
class Parts:
    """Each is made when it is first asked for, and kept as long as the container lives. The instance is spoken to only
    where an order is.
    """

    connection: Connection

    @property
    def runtime(self) -> Runtime:
        return self.connection.runtime

    @property
    def environment(self) -> Mapping[str, str]:
        return self.runtime.environment

    @cached_property
    def records(self) -> WorkspaceRecords:
        envelope = Envelope(self.runtime.client("kms"), self.environment.get(n.ENV_DATA_KEY, ""))
        return WorkspaceRecords(Table(self.runtime.client("dynamodb"), self.environment[w.ENV_TABLE]), envelope)

    @cached_property
    def files(self) -> BucketFiles:
        return BucketFiles(self.runtime.session, self.runtime.client("sts"), self.environment[w.ENV_FILES_ROLE])

    @cached_property
    def buckets(self) -> S3Buckets:
        page = urlsplit(self.environment[w.ENV_PAGE])
        rules = Rules(f"{page.scheme}://{page.netloc}", tuple(self.environment[w.ENV_ROLES].split(",")))
        with MAKING:
            client = self.runtime.session.client("s3", config=COPYING)
        return S3Buckets(
            client,
            self.files,
            self.environment[w.ENV_ARCHIVE],
            rules,
            self.environment["AWS_REGION"],
        )

    @property
    def bucket_names(self) -> BucketNames:
        region = self.environment["AWS_REGION"]
        regional = region not in GLOBAL_ONLY and self.environment.get(w.ENV_NAMESPACE) != w.GLOBAL
        return BucketNames(self.environment[n.ENV_BUCKET_OWNER], region, regional, self.runtime.names.name)

    @cached_property
    def orders(self) -> ServiceNowOrders:
        mark = f"prefix:{self.environment.get(n.ENV_RESOURCE_PREFIX, '')} kind:{ITEM_KIND} "
        return ServiceNowOrders(
            lambda: self.connection.http, lambda: self.connection.settings.instance, mark, time.time
        )

    @cached_property
    def signing_key(self) -> str:
        """Of links and sessions."""
        with raising_ours("get_secret_value"):
            found = self.runtime.client("secretsmanager").get_secret_value(SecretId=self.environment[w.ENV_SECRET])
        return str(found["SecretString"])

    @cached_property
    def api_key(self) -> str:
        """Of the programs that may call."""
        with raising_ours("get_api_key"):
            found = self.runtime.client("apigateway").get_api_key(
                apiKey=self.environment[w.ENV_API_KEY], includeValue=True
            )
        return str(found["value"])

    def link(self, row: Row, member: Member) -> str:
        return links.link(self.signing_key, self.environment[w.ENV_PAGE], row, member)

    @cached_property
    def queue(self) -> Queue:
        return Queue(self.runtime.client("sqs"), self.environment[w.ENV_QUEUE])

    def wake(self, workspaces: Sequence[str]) -> None:
        """Send a pass on each of these."""
        self._send(WORKSPACE, workspaces)

    def _send(self, kind: str, keys: Sequence[str]) -> None:
        self.queue.send([(due_event(kind, each), 0) for each in keys])

    @cached_property
    def reconciler(self) -> Reconciler:
        environment = self.environment
        settings = Settings(
            claim_s=float(environment[n.ENV_TIMEOUT_S]) + CLAIM_MARGIN_S,
            buckets=self.bucket_names,
            link=self.link,
            deployment=self.runtime.names.name or "default",
        )
        return Reconciler(self.buckets, self.orders, self.records, settings, time.time)

    @cached_property
    def ordering(self) -> Ordering:
        return Ordering(self.reconciler, self.wake)

    @cached_property
    def unheard(self) -> Unheard:
        return Unheard(self.orders, self.records, partial(self._send, ORDER), time.time)
