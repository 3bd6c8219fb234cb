"""What a poll reads, from the clients and the table."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from integration.cases.link import as_known
from integration.cases.poll import Cursors, Listed, Page
from integration.clients.errors import Unavailable
from integration.clients.servicenow.batch import read_lists
from integration.clients.servicenow.query import Query
from integration.clients.servicenow.timestamp import from_timestamp
from integration.names import PROBE_MARK
from integration.reconcile.poll import Due

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Mapping, Sequence

    from integration.aws.bus import Bus, Event
    from integration.aws.queue import Queue
    from integration.cases.records import LinkRecords
    from integration.clients.security_ir.client import SecurityIr
    from integration.clients.servicenow.http import Http
    from integration.clients.servicenow.record import Record as Row
    from integration.reconcile.poll import Record

POLL = "Poll"
CHANGED_COLUMNS = ("sys_updated_on", "sys_mod_count", "sys_updated_by", "correlation_id", "correlation_display")
MOST = 2000
"""Changed records of one poll; the rest is read by the next, since the cursor then stays where it was."""
PAGES_MOST = 30
"""ListCases calls of one poll: with more cases than they hold, a round over all of them takes several polls."""


class PolledSources:
    """`scope`: the incident filter, as an encoded query; a linked incident outside of it is found by its sweep, and so
    is a file that another automation attaches as the integration user: `own` knows its name.
    """

    def __init__(
        self,
        security_ir: SecurityIr,
        http: Http,
        table: str,
        links: LinkRecords,
        bus: Bus,
        queues: Mapping[str, Queue],
        scope: str,
        own: Callable[[str], bool],
        foreign_marks: Sequence[str] = (),
    ) -> None:
        self._security_ir, self._http, self._own, self._foreign_marks = security_ir, http, own, foreign_marks
        self._table, self._links, self._bus, self._queues, self._scope = table, links, bus, queues, scope

    def cases(self, at: str) -> Page:
        some = self._security_ir.some_cases(at, PAGES_MOST)
        listed = [
            Listed(str(case["caseId"]), moment.timestamp(), new=moment == case.get("createdDate"))
            for case in some.items
            if isinstance(moment := case.get("lastUpdatedDate") or case.get("createdDate"), datetime)
        ]
        return Page(listed, some.more, some.anew)

    def incidents(self, since: float) -> tuple[Sequence[Listed], float]:
        begin = datetime.fromtimestamp(since, UTC)
        changed = Query().at_least("sys_updated_on", begin).filtered_by(self._scope).order_by("sys_updated_on")
        files = Query().equals("table_name", self._table).at_least("sys_created_on", begin)
        asked = (
            (self._table, changed, CHANGED_COLUMNS),
            ("sys_attachment", files.order_by("sys_created_on"), ("table_sys_id", "sys_created_on", "sys_created_by")),
        )
        records, attached = read_lists(self._http, asked, MOST)
        listed = [self._changed(r) for r in records if self._concerns_us(r)]
        listed += [
            Listed(r.value("table_sys_id"), from_timestamp(r.value("sys_created_on")).timestamp(), attachment=True)
            for r in attached
            if not self._own(r.value("sys_created_by"))
        ]
        return listed, self._cursor(listed, full=max(len(records), len(attached)) >= MOST)

    def _concerns_us(self, record: Row) -> bool:
        foreign = record.get("correlation_display", "") in self._foreign_marks
        return not foreign and record.get("correlation_id", "") != PROBE_MARK

    def _changed(self, record: Row) -> Listed:
        mod = int(record.value("sys_mod_count") or 0)
        changed = from_timestamp(record.value("sys_updated_on")).timestamp()
        by_us = self._own(record.get("sys_updated_by", ""))
        return Listed(record.sys_id, changed, mod, new=mod == 0, told=not by_us)

    def _cursor(self, listed: Sequence[Listed], *, full: bool) -> float:
        """The instance's clock, or the newest record read where there are more to read."""
        if full:
            return max(record.changed for record in listed)
        if self._http.server_date is None:
            raise Unavailable("servicenow", "the instance's answers carry no Date")
        return self._http.server_date.timestamp()

    def due(self, now: float) -> Sequence[Due]:
        return [Due(record, at) for record, at in self._links.due(now)]

    def known(self, records: Sequence[Record]) -> Container[Record]:
        return self._links.known(records)

    def publish(self, events: Sequence[Event]) -> None:
        self._bus.publish(events)

    def send(self, kind: str, events: Sequence[tuple[Event, int]]) -> None:
        self._queues[kind].send(events)

    def load(self) -> Cursors:
        return as_known(Cursors, self._links.load(POLL))

    def save(self, state: Cursors) -> None:
        self._links.store(POLL, asdict(state))
