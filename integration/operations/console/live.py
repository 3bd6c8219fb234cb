"""Reads the local system for the console: both emulators, the table, the queues, the functions' logs."""

from __future__ import annotations

import threading
import time
from collections import Counter
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from boto3.dynamodb.conditions import Key

from integration.aws.table import Table
from integration.cases.declaration import CASES
from integration.clients.errors import RemoteError
from integration.model import CaseStatus
from integration.names import DEAD_SUFFIX, METRIC_LAG
from integration.operations.cases.overview import LinkStatus, links_of
from integration.operations.cases.planned import Planning
from integration.operations.console import queues
from integration.operations.console.change_feed import case_event, incident_events
from integration.operations.console.feed import Feed
from integration.operations.console.figures import figures
from integration.operations.console.link_status import link_card
from integration.operations.console.mirror import CasesMirror, IncidentsMirror
from integration.operations.console.panels import panels
from integration.operations.console.passes import pass_of_audit, pass_of_line
from integration.operations.console.plane_account import plane_account
from integration.operations.console.snapshot import (
    FunctionCard,
    LagPoint,
    LinkCard,
    Panel,
    PassCard,
    QueueCard,
    Snapshot,
    Traffic,
)
from integration.operations.console.source import Refused, Unreadable
from integration.operations.deployment.deployed import find
from integration.operations.terminal.failure import Failure
from integration.registry import with_connection
from mappers.statuses import LABELS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from integration.aws_plane.call_log import LoggedCall
    from integration.aws_plane.environment import Outcome
    from integration.aws_plane.output import Datum
    from integration.operations.console.emulator_client import EmulatorClient
    from integration.operations.local.system import LocalSystem

SHOWN = 200
"""The latest of each side; older ones are counted."""
LAG_KEPT = 400
QUEUES_EVERY_S = 3.0
PANELS_S = 5.0


class LiveSource:
    """Watches from the moment it is made, so that a page opened later shows what happened before."""

    pace_s = 0.7

    def __init__(self, running: LocalSystem, emulators: EmulatorClient) -> None:
        self._running, self._plane, self._names = running, running.plane, running.names
        self._feed = Feed()
        self._cases, self._incidents = CasesMirror(emulators), IncidentsMirror(emulators, running.module.table)
        self._table = Table(running.plane.boto3_client("dynamodb"), running.names.table)
        self._seen: Counter[str] = Counter()
        self._last: dict[str, PassCard] = {}
        self._acted: dict[str, PassCard] = {}
        self._conflicts: Counter[str] = Counter()
        self._sums: dict[str, float] = {}
        self._lag: list[LagPoint] = []
        self._queues: tuple[QueueCard, ...] = ()
        self._queues_at, self._stirred = 0.0, True
        self._panels: tuple[Panel, ...] = ()
        self._panels_at = float("-inf")
        self._lock = threading.Lock()
        running.plane.call_log.watchers.append(self._called)
        running.plane.functions.watchers.append(self._ended)

    def traffic(self, after: int) -> Sequence[Traffic]:
        return self._feed.after(after)

    def snapshot(self) -> Snapshot:
        with self._lock, _readable():
            return self._snapshot()

    def detail(self, case_id: str, sys_id: str) -> Mapping[str, Any]:
        with _readable():
            case, incident = self._cases.whole(case_id), self._incidents.whole(sys_id)
            rows = self._audit(case_id) if case_id else []
            with self._lock:
                link = next((card for card in self._links() if card.case_id == case_id and case_id), None)
        return {
            "case": case,
            "incident": incident,
            "link": Snapshot("", "", "", "", links=(link,)).as_json()["links"][0] if link else None,
            "passes": [Traffic(0, card.at, "pass", (), "", what=card).as_json()["what"] for card in rows],
        }

    def plan(self, case_id: str, sys_id: str) -> Mapping[str, Any]:
        with _readable():
            return Planning(find(plane_account(self._plane), self._names)).of(case_id or sys_id).as_json()

    # ------------------------------------------------------------------------------------------- the picture
    def _snapshot(self) -> Snapshot:
        self._hear()
        self._read_output()
        links = self._links()
        cards = self._queues_now()
        cases, incidents = self._cases.cards(), self._incidents.cards()
        module = self._running.module
        return Snapshot(
            mode="local",
            module=module.value,
            deployment=self._names.name,
            place="on this machine",
            cases=cases[:SHOWN],
            incidents=incidents[:SHOWN],
            links=links,
            queues=cards,
            functions=self._functions(),
            lag=tuple(self._lag[-LAG_KEPT:]),
            figures=figures(links, cards, self._lag, self._sums),
            period="since the start",
            statuses=tuple(status.value for status in CaseStatus),
            states=tuple(LABELS[module].items()),
            unshown=max(0, len(cases) - SHOWN) + max(0, len(incidents) - SHOWN),
            panels=self._panels_now(),
        )

    def _panels_now(self) -> tuple[Panel, ...]:
        """Read every few seconds, and only where more than cases was started."""
        if set(self._running.integrations) - {CASES.key} and time.monotonic() - self._panels_at > PANELS_S:
            self._panels = panels(find(plane_account(self._plane), self._names))
            self._panels_at = time.monotonic()
        return self._panels

    def _hear(self) -> None:
        """What both systems say has changed since the last look."""
        for change in self._cases.refresh():
            said, case_id = case_event(change)
            self._feed.add("case", ("cases",), said, case_id=case_id)
        for said, sys_id in incident_events(self._incidents.refresh(), self._incidents.owners()):
            self._feed.add("incident", ("incidents",), said, sys_id=sys_id)

    def _links(self) -> tuple[LinkCard, ...]:
        now = time.time()
        cases, incidents = self._cases.cards()[:SHOWN], self._incidents.cards()[:SHOWN]
        statuses = links_of(self._table, [card.case_id for card in cases])
        linked = [
            link_card(each, self._last.get(key), now, self._conflicts[key], self._acted.get(key))
            for key, each in statuses.items()
        ]
        known = {each.sys_id for each in statuses.values()}
        alone = [
            *((card.case_id, "", "") for card in cases if card.case_id not in statuses),
            *(("", card.sys_id, card.number) for card in incidents if card.sys_id not in known),
        ]
        return (*linked, *(link_card(LinkStatus(*ids), self._last.get(ids[0] or ids[1]), now) for ids in alone))

    def _audit(self, case_id: str) -> list[PassCard]:
        key = Key("PK").eq(f"Case#{case_id}") & Key("SK").begins_with("Audit#")
        return [pass_of_audit(item) for item in self._table.query(key, forward=False, limit=100)]

    def _functions(self) -> tuple[FunctionCard, ...]:
        keys = self._nodes()
        found = [(keys[f.name], f) for f in self._plane.functions if f.name in keys]
        return tuple(FunctionCard(key, f.name, f.invocations, f.errors) for key, f in found)

    def _nodes(self) -> dict[str, str]:
        """Function → its place on the map."""
        names = self._names
        return {
            names.servicenow_client: "servicenow_client",
            names.security_ir_client: "security_ir_client",
            names.poller: "poller",
            names.notifications_handler: "webhook",
        }

    def _queues_now(self) -> tuple[QueueCard, ...]:
        """Read when something moved, and now and then for what becomes visible by itself."""
        now = time.monotonic()
        if not self._stirred and now - self._queues_at < QUEUES_EVERY_S:
            return self._queues
        self._stirred, self._queues_at = False, now
        started = with_connection(self._running.integrations)
        self._queues = tuple(self._queue_card(each) for each in queues.shown(self._names, started))
        return self._queues

    def _queue_card(self, shown: queues.Shown) -> QueueCard:
        depths = self._plane.queues
        dead = depths[shown.name + DEAD_SUFFIX].total
        if not shown.live:
            return QueueCard(shown.key, shown.name, dead=dead)
        depth, paused = depths[shown.name], self._plane.poller(shown.name).paused
        return QueueCard(shown.key, shown.name, depth.visible, depth.in_flight, depth.delayed, dead, paused)

    # ------------------------------------------------------------------------------------------- what is heard
    def _read_output(self) -> None:
        """The passes' own lines, read where CloudWatch would read them."""
        lags: dict[str, float] = {}
        passes: list[Datum] = []
        for function in self._plane.functions:
            metrics = list(function.output.metrics)
            fresh, self._seen[function.name] = metrics[self._seen[function.name] :], len(metrics)
            for datum in fresh:
                self._sums[datum.name] = self._sums.get(datum.name, 0) + datum.value
                if datum.name == METRIC_LAG:
                    lags[datum.properties.get("pass_id", "")] = datum.value
                if datum.name == "Passes":
                    passes.append(datum)
        for datum in sorted(passes, key=lambda each: each.at):
            self._heard(pass_of_line(datum.properties, datum.at, lags.get(datum.properties.get("pass_id", ""))))

    def _heard(self, card: PassCard) -> None:
        self._stirred = True
        self._feed.add_pass(card)
        self._last |= {key: card for key in (card.case_id, card.sys_id) if key}
        if card.done:
            self._acted[card.case_id] = card
        self._conflicts[card.case_id] += len(card.conflicts)
        if card.lag_s >= 0:
            self._lag.append(LagPoint(card.at, card.lag_s, card.side))

    def _called(self, record: LoggedCall) -> None:
        """Every AWS call of the plane; those that put events on a bus are seen to travel."""
        self._stirred = True
        if (record.service, record.operation) != ("events", "PutEvents") or record.status != 200:
            return
        names = self._names
        ways = {
            "security-ir": ("native event", ("cases", "bus", "cases_queue")),
            names.notifications_handler: ("webhook", ("incidents", "webhook", "bus", "incidents_queue")),
            names.poller: ("poll found changes", ("poller", "bus")),
        }
        if record.function in ways:
            said, path = ways[record.function]
            self._feed.add("event", path, said)

    def _ended(self, function: str, outcome: Outcome) -> None:
        """Invocations that died or ran out of time; what a pass says of itself is in its line."""
        self._stirred = True
        told: Any = outcome.answer if outcome.error else {}
        kind = str(told.get("errorType", "")) if isinstance(told, dict) else ""
        if kind and function in self._nodes():
            self._feed.add("crash", (self._nodes()[function],), f"{function} ended: {kind}")


@contextmanager
def _readable() -> Iterator[None]:
    try:
        yield
    except (RemoteError, Refused, Failure) as error:
        raise Unreadable(f"The local system cannot be read: {error}") from error
