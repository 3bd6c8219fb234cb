"""A deployment as its table, its queues and its metrics show it. Nothing here writes, and nobody's credentials but the
operator's are used: the instance is asked for a plan only, so incidents show what the link knows of them.
"""

from __future__ import annotations

import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from boto3.dynamodb.conditions import Key
from botocore.exceptions import BotoCoreError, ClientError

from integration import names as n
from integration.aws.errors import error_for
from integration.cases.declaration import CASES
from integration.cases.link import LATEST, STATUS, loads_link
from integration.clients.errors import RemoteError
from integration.clients.servicenow.transport import instance_url
from integration.model import CaseStatus
from integration.module import Module
from integration.names import DEAD_SUFFIX, DUE_INDEX
from integration.operations.cases.overview import FAR, status_of_row
from integration.operations.cases.planned import Planning
from integration.operations.console import queues
from integration.operations.console.feed import Feed
from integration.operations.console.figures import figures
from integration.operations.console.link_status import link_card
from integration.operations.console.metrics import Measured, measured
from integration.operations.console.panels import panels
from integration.operations.console.passes import pass_of_audit
from integration.operations.console.snapshot import (
    CaseCard,
    IncidentCard,
    LagPoint,
    LinkCard,
    Panel,
    PassCard,
    QueueCard,
    Snapshot,
    Traffic,
)
from integration.operations.console.source import Unreadable
from integration.operations.deployment.queues import Queues
from integration.reconcile.table_claims import DUE_SHARD
from mappers.statuses import LABELS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from integration.operations.deployment.deployed import Deployed

SHOWN = 200
SLOW_S = 60.0
"""Cases and metrics are read this often: a call per 25 cases, and a price per metric."""
TRAILS = 20
"""Links whose latest passes are read when the page starts."""


@dataclass
class Slow:
    """What is read once a minute; `at` is monotonic."""

    cases: tuple[CaseCard, ...] = ()
    metrics: Measured = field(default_factory=Measured)
    missing: tuple[str, ...] = ()
    panels: tuple[Panel, ...] = ()
    at: float = float("-inf")


class DeployedSource:
    pace_s = 4.0

    def __init__(self, deployed: Deployed) -> None:
        self._deployed, self._names = deployed, deployed.names
        self._queues = Queues(deployed.client("sqs"))
        self._module = Module(deployed.environment[n.ENV_MODULE])
        self._feed = Feed()
        self._slow = Slow()
        self._changed: dict[str, float] = {}
        self._acted: dict[str, PassCard] = {}
        self._instance = ""
        self._lock = threading.Lock()

    def traffic(self, after: int) -> Sequence[Traffic]:
        return self._feed.after(after)

    def snapshot(self) -> Snapshot:
        with self._lock, _readable():
            return self._snapshot()

    def detail(self, case_id: str, sys_id: str) -> Mapping[str, Any]:
        """The link and its trail; both sides' texts stay where they are."""
        with _readable():
            item = self._item(case_id, sys_id)
            if item is None:
                return {"case": None, "incident": None, "link": None, "passes": []}
            card = link_card(status_of_row(item), None, time.time())
            trail = self._trail(card.case_id, limit=100)
        shown = Snapshot("", "", "", "", links=(card,)).as_json()["links"][0]
        passes = [Traffic(0, each.at, "pass", (), "", what=each).as_json()["what"] for each in trail]
        return {"case": None, "incident": None, "link": shown, "passes": passes}

    def plan(self, case_id: str, sys_id: str) -> Mapping[str, Any]:
        with _readable():
            return Planning(self._deployed).of(case_id or sys_id).as_json()

    # ------------------------------------------------------------------------------------------- the picture
    def _snapshot(self) -> Snapshot:
        self._read_slow()
        items = self._items()
        links = tuple(self._link(item) for item in items.values())
        self._follow(links)
        cards, metrics = self._queue_cards(), self._slow.metrics
        account = self._deployed.account
        return Snapshot(
            mode="deployed",
            module=self._module.value,
            deployment=self._names.name or "default",
            place=f"account {account.account_id}, {account.region}",
            cases=self._slow.cases[:SHOWN],
            incidents=tuple(self._incident(item) for item in items.values() if item.get("sysId")),
            links=links,
            queues=cards,
            functions=metrics.functions,
            lag=metrics.lag or _last_lags(links),
            figures=figures(links, cards, _last_lags(links), metrics.sums) | metrics.percentiles,
            period="in the last three hours",
            missing=self._slow.missing,
            statuses=tuple(status.value for status in CaseStatus),
            states=tuple(LABELS[self._module].items()),
            unshown=max(0, len(self._slow.cases) - SHOWN),
            panels=self._slow.panels,
        )

    def _read_slow(self) -> None:
        if time.monotonic() - self._slow.at < SLOW_S:
            return
        listed = self._deployed.cases.security_ir.cases() if CASES in self._deployed.integrations else ()
        cases = sorted(map(_case_card, listed), key=lambda c: c.updated, reverse=True)
        metrics = Measured()
        missing: tuple[str, ...] = ()
        try:
            metrics = measured(self._deployed.client("cloudwatch"), self._names)
        except (ClientError, BotoCoreError) as error:
            missing = (f"The metrics cannot be read: {error_for(error, 'get_metric_data')}",)
        self._slow = Slow(tuple(cases), metrics, missing, panels(self._deployed), time.monotonic())

    def _items(self) -> dict[str, Any]:
        """Rows of all open links, and of the latest cases' closed ones, the latest change first."""
        table = self._deployed.table
        due = Key("dueShard").eq(DUE_SHARD) & Key("due").lte(FAR)
        found = {_case_id(i): i for i in table.query(due, index=DUE_INDEX) if str(i["PK"]).startswith("Case#")}
        missing = [card.case_id for card in self._slow.cases[:SHOWN] if card.case_id not in found]
        found |= {_case_id(i): i for i in table.batch((f"Case#{key}", LATEST) for key in missing).values()}
        return dict(sorted(found.items(), key=lambda pair: status_of_row(pair[1]).changed, reverse=True)[:SHOWN])

    def _link(self, item: Mapping[str, Any]) -> LinkCard:
        return link_card(status_of_row(item), None, time.time(), acted=self._acted.get(_case_id(item)))

    def _incident(self, item: Mapping[str, Any]) -> IncidentCard:
        link = loads_link(item["doc"])
        state = link.pair(STATUS).incident or ""
        return IncidentCard(
            sys_id=link.sys_id,
            number=link.number,
            title=next((card.title for card in self._slow.cases if card.case_id == link.case_id), ""),
            state=state,
            label=LABELS[self._module].get(state, state),
            updated=link.changed,
            url=f"{self._instance_url()}/{link.table}.do?sys_id={link.sys_id}" if self._instance_url() else "",
        )

    def _instance_url(self) -> str:
        """Empty where the operator may not read the parameter: then there is no way into the instance from here."""
        if not self._instance:
            name = self._names.parameter_prefix + n.PARAM_INSTANCE
            try:
                value = self._deployed.client("ssm").get_parameter(Name=name)["Parameter"]["Value"]
                self._instance = instance_url(value)
            except (ClientError, BotoCoreError, RemoteError):
                self._instance = "-"
        return self._instance if self._instance != "-" else ""

    def _queue_cards(self) -> tuple[QueueCard, ...]:
        found = []
        for key, name, live in queues.shown(self._names, self._deployed.integrations):
            depths = self._queues.depths(name) if live else {}
            dead, oldest_s = self._queues.depths(name + DEAD_SUFFIX)["waiting"], self._slow.metrics.oldest.get(key, -1)
            counts = (depths.get("waiting", 0), depths.get("in_flight", 0), depths.get("delayed", 0))
            found.append(QueueCard(key, name, *counts, dead=dead, oldest_s=oldest_s))
        return tuple(found)

    # ------------------------------------------------------------------------------------------- what passed
    def _follow(self, links: Sequence[LinkCard]) -> None:
        """Reads the trail of what changed since the last look; at the start, of the latest few."""
        moved = [link for link in links if link.changed > self._changed.get(link.case_id, 0)]
        first = not self._changed
        self._changed |= {link.case_id: link.changed for link in links}
        fresh: list[PassCard] = []
        for link in moved[:TRAILS] if first else moved:
            known = self._acted.get(link.case_id)
            trail = self._trail(link.case_id, limit=5)
            fresh += [each for each in trail if known is None or each.at > known.at]
            if trail:
                self._acted[link.case_id] = trail[0]
        for card in sorted(fresh, key=lambda each: each.at):
            self._feed.add_pass(card, at=card.at)

    def _trail(self, case_id: str, limit: int) -> list[PassCard]:
        """The newest first."""
        key = Key("PK").eq(f"Case#{case_id}") & Key("SK").begins_with("Audit#")
        return [pass_of_audit(item) for item in self._deployed.table.query(key, forward=False, limit=limit)]

    def _item(self, case_id: str, sys_id: str) -> Mapping[str, Any] | None:
        table = self._deployed.table
        if not case_id:
            known = table.get(f"Incident#{sys_id}", LATEST) if sys_id else None
            case_id = str(known.get("caseId", "")) if known else ""
        return table.get(f"Case#{case_id}", LATEST) if case_id else None


@contextmanager
def _readable() -> Iterator[None]:
    try:
        yield
    except RemoteError as error:
        raise Unreadable(f"The deployment cannot be read: {error}") from error
    except (ClientError, BotoCoreError) as error:
        raise Unreadable(f"The deployment cannot be read: {error_for(error, 'read')}") from error


def _last_lags(links: Sequence[LinkCard]) -> tuple[LagPoint, ...]:
    """Of each link's last change, where there are no metrics (yet)."""
    points = [LagPoint(link.changed, link.lag_s) for link in links if link.lag_s >= 0]
    return tuple(sorted(points, key=lambda point: point.at))


def _case_id(item: Mapping[str, Any]) -> str:
    return str(item["PK"]).partition("#")[2]


def _case_card(case: Mapping[str, Any]) -> CaseCard:
    """Of ListCases, which shows neither comments nor attachments."""
    created, updated = case.get("createdDate"), case.get("lastUpdatedDate")
    return CaseCard(
        case_id=str(case["caseId"]),
        title=str(case.get("title", "")),
        status=str(case.get("caseStatus", "")),
        updated=updated.timestamp() if updated else 0,
        created=created.timestamp() if created else 0,
        resolver=str(case.get("resolverType", "")),
        pending=str(case.get("pendingAction", "")),
    )
