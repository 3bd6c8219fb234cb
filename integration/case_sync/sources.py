"""What a poll reads, from the clients and the table."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from integration.aws import errors as aws
from integration.case_sync import cases, incidents
from integration.case_sync.errors import Misconfigured, Unavailable
from integration.case_sync.poll import Listed, PollState
from integration.names import PROBE_MARK
from integration.servicenow.batch import read_lists
from integration.servicenow.query import Query
from integration.servicenow.stamp import from_stamp

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from integration.aws.bus import Bus, Event
    from integration.case_sync.links import TableLinks
    from integration.security_ir.client import SecurityIr
    from integration.servicenow.http import Http
    from integration.servicenow.record import Record

POLL = "Poll"
CHANGED_COLUMNS = ("sys_updated_on", "sys_mod_count", "sys_updated_by", "correlation_id")
MOST = 2000
"""Changed records of one poll; the rest is read by the next, since the cursor then stays where it was."""


class PolledSources:
    """`scope`: the incident filter, as an encoded query; a linked incident outside of it is found by its sweep, and so
    is a file that another automation attaches as the integration user: `own` knows its name.
    """

    def __init__(
        self,
        security_ir: SecurityIr,
        http: Http,
        table: str,
        links: TableLinks,
        bus: Bus,
        scope: str,
        own: Callable[[str], bool],
    ) -> None:
        self._security_ir, self._http, self._own = security_ir, http, own
        self._table, self._links, self._bus, self._scope = table, links, bus, scope

    def cases(self) -> Iterable[Listed]:
        with cases.translated():
            listed = list(self._security_ir.cases())
        return [
            Listed(str(case["caseId"]), moment.timestamp(), new=moment == case.get("createdDate"))
            for case in listed
            if isinstance(moment := case.get("lastUpdatedDate") or case.get("createdDate"), datetime)
        ]

    def incidents(self, since: float) -> tuple[Sequence[Listed], float]:
        begin = datetime.fromtimestamp(since, UTC)
        changed = Query().at_least("sys_updated_on", begin).filtered_by(self._scope).order_by("sys_updated_on")
        files = Query().equals("table_name", self._table).at_least("sys_created_on", begin)
        asked = (
            (self._table, changed, CHANGED_COLUMNS),
            ("sys_attachment", files.order_by("sys_created_on"), ("table_sys_id", "sys_created_on", "sys_created_by")),
        )
        with incidents.translated():
            records, attached = read_lists(self._http, asked, MOST)
            listed = [self._changed(r) for r in records if r.get("correlation_id", "") != PROBE_MARK]
            listed += [
                Listed(r.value("table_sys_id"), from_stamp(r.value("sys_created_on")).timestamp(), attachment=True)
                for r in attached
                if not self._own(r.value("sys_created_by"))
            ]
        return listed, self._cursor(listed, full=max(len(records), len(attached)) >= MOST)

    def _changed(self, record: Record) -> Listed:
        mod, changed = int(record.value("sys_mod_count") or 0), from_stamp(record.value("sys_updated_on")).timestamp()
        by_us = self._own(record.get("sys_updated_by", ""))
        return Listed(record.sys_id, changed, mod, new=mod == 0, told=not by_us)

    def _cursor(self, listed: Sequence[Listed], *, full: bool) -> float:
        """The instance's clock, or the newest record read where there are more to read."""
        if full:
            return max(record.changed for record in listed)
        if self._http.server_date is None:
            raise Unavailable("servicenow", "the instance's answers carry no Date")
        return self._http.server_date.timestamp()

    def due(self, now: float) -> tuple[Sequence[str], Sequence[str]]:
        return self._links.due(now)

    def publish(self, events: Sequence[Event]) -> None:
        try:
            self._bus.publish(events)
        except aws.Unavailable as error:
            raise Unavailable("aws", error.reason) from error
        except aws.Misconfigured as error:
            raise Misconfigured("aws", error.reason) from error

    def load(self) -> PollState:
        return PollState(**self._links.load(POLL))

    def save(self, state: PollState) -> None:
        self._links.store(POLL, asdict(state))
