"""The Change Management API, `/api/sn_chg_rest/change` (docs: change-management-api.md), and change_request without it.

Its answers hold a record as an object or as a list of one, with values that are strings or typed JSON. A field named in
`ignoredFields` may have changed all the same, so callers compare values. Where rules abort, the cause stands in the
message. Where the API is missing every call raises `NoSuchApi`.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from integration.clients.errors import Misconfigured, Missing, Refused, RemoteError, Unavailable
from integration.clients.servicenow.batch import Batch, Write
from integration.clients.servicenow.errors import SYSTEM
from integration.clients.servicenow.record import Record
from integration.clients.servicenow.table import checked_sys_id
from integration.clients.servicenow.timestamp import from_timestamp, to_timestamp

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from integration.clients.servicenow.answer import Answer
    from integration.clients.servicenow.http import Http

BASE = "/api/sn_chg_rest/change"
TABLE = "change_request"
WAITING, COMPLETE = ("1", "2"), "3"
"""States of a worker."""
CHECKING = ("0", "1")
"""`job_status` of a check that has not ended: those of an execution tracker, as the page's sample has them."""
WORKER_S, LOOKS = 1.0, 60


@dataclass(frozen=True, slots=True)
class Transition:
    """`unmet`: names of its conditions that do not hold; a typed or legacy change tells none."""

    to_state: str
    label: str
    available: bool
    unmet: tuple[str, ...] = ()


class ChangeApi:
    """Every method raises `RemoteError`."""

    def __init__(self, http: Http, sleep: Callable[[float], None] = time.sleep) -> None:
        self._http, self._sleep = http, sleep

    def create(self, kind: str, values: Mapping[str, str], labels: Sequence[str] = ()) -> Record:
        """`kind`: `normal`, `emergency`, `standard/<producer>`, or empty where values name a model.

        `labels`: fields whose values are labels (docs: encrypted_fields).
        """
        path = f"{BASE}/{kind}" if kind else BASE
        named = {"encrypted_fields": ",".join(labels)} if labels else {}
        return _record(self._http.call("POST", path, TABLE, body={**values, **named}))

    def update(self, sys_id: str, values: Mapping[str, str]) -> Record:
        answer = self._http.call("PATCH", f"{BASE}/{checked_sys_id(sys_id)}", TABLE, body=dict(values))
        return _record(answer, sys_id)

    def update_checking(self, sys_id: str, values: Mapping[str, str]) -> tuple[Record, bool]:
        """An update and a check of conflicts behind it in one call; whether the check has begun. Where batches are not
        served for this API, the update alone, in a call of its own.
        """
        path = f"{BASE}/{checked_sys_id(sys_id)}"
        try:
            updated, begun = Batch(self._http).run(
                [Write("PATCH", path, TABLE, values), Write("POST", f"{path}/conflict", TABLE)]
            )
        except (Misconfigured, Refused):
            return self.update(sys_id, values), False
        if isinstance(updated, Misconfigured):
            return self.update(sys_id, values), False
        if isinstance(updated, RemoteError):
            raise updated
        return _record(updated, sys_id), not isinstance(begun, RemoteError)

    def next_states(self, sys_id: str) -> list[Transition]:
        """Its present state among them; what is available first."""
        result = self._read(f"{checked_sys_id(sys_id)}/nextstates")
        labels = _mapping(result.get("state_label"))
        available = list(map(str, result.get("available_states") or ()))
        ways = [way for ways in result.get("state_transitions") or () for way in ways if isinstance(way, Mapping)]
        open_ways = [Transition(state, str(labels.get(state, state)), available=True) for state in available]
        closed = {str(way.get("to_state")): way for way in ways if str(way.get("to_state")) not in available}
        return open_ways + [
            Transition(state, str(labels.get(state, state)), available=False, unmet=_unmet(way))
            for state, way in closed.items()
        ]

    def check_conflicts(self, sys_id: str) -> bool:
        """Begin a check. False: the instance cannot, for want of an item or of planned dates."""
        try:
            self._http.call("POST", f"{BASE}/{checked_sys_id(sys_id)}/conflict", TABLE)
        except Refused:
            return False
        return True

    def conflicts(self, sys_id: str) -> list[Record] | None:
        """What the last check found: its `status` says Conflict in any case. None: it has not ended."""
        result = self._read(f"{checked_sys_id(sys_id)}/conflict")
        found = result.get("conflicts")
        if str(result.get("status")) == "Not Run" or str(result.get("job_status")) in CHECKING:
            return None
        if not isinstance(found, list):
            raise Unavailable(SYSTEM, "the answer to a check of conflicts holds no list")
        return [Record(each) for each in found if isinstance(each, Mapping)]

    def add_items(self, sys_id: str, items: Sequence[str]) -> None:
        """Affected items; a worker adds them in its own time."""
        body = {"association_type": "affected", "cmdb_ci_sys_ids": ",".join(items)}
        self._http.call("POST", f"{BASE}/{checked_sys_id(sys_id)}/ci", TABLE, body=body)

    def free_spans(self, item: str, start: datetime, duration_s: float) -> list[tuple[datetime, datetime]]:
        """When an item may be changed for so long; needs no change."""
        params = {"duration_in_seconds": f"{duration_s:.0f}", "planned_start_time": to_timestamp(start)}
        answer = self._http.call("GET", f"{BASE}/ci/{checked_sys_id(item)}/schedule", TABLE, params)
        payload = _mapping(self._worked(_mapping(answer.result)).get("payload"))
        return [_span(each) for each in payload.get("spans") or ()]

    def _worked(self, begun: Mapping[str, Any]) -> Mapping[str, Any]:
        """What a worker brings. Raises `Unavailable` where it does not end, fails, or is not kept until it is asked."""
        result, worker = begun, str(_mapping(begun.get("worker")).get("sysId") or "")
        for _ in range(LOOKS):
            state = str(Record({"state": result.get("state")}).value("state"))
            if state not in WAITING:
                break
            self._sleep(WORKER_S)
            try:
                result = self._read(f"worker/{checked_sys_id(worker)}")
            except Missing:
                break
        if state != COMPLETE:
            raise Unavailable(SYSTEM, "a worker of the instance did not come to its end")
        return result

    def _read(self, path: str) -> Mapping[str, Any]:
        return _mapping(self._http.call("GET", f"{BASE}/{path}", TABLE).result)


def _record(answer: Answer, sys_id: str = "") -> Record:
    """Of a write: without one nobody knows what became of it."""
    shown = answer.result
    shown = shown[0] if isinstance(shown, list) and len(shown) == 1 else shown
    record = Record(shown) if isinstance(shown, Mapping) and shown else None
    if record is None or not record.get("sys_id") or (sys_id and record.sys_id != sys_id):
        raise Unavailable(SYSTEM, "the answer to a write holds no record", outcome_unknown=True)
    return record


def _unmet(way: Mapping[str, Any]) -> tuple[str, ...]:
    failed = [each for each in way.get("conditions") or () if isinstance(each, Mapping) and not each.get("passed")]
    return tuple(str(_mapping(each.get("condition")).get("name") or "a condition") for each in failed)


def _span(shown: Any) -> tuple[datetime, datetime]:
    record = Record(_mapping(shown))
    try:
        return from_timestamp(record.value("start")), from_timestamp(record.value("end"))
    except ValueError as error:
        raise Unavailable(SYSTEM, "the instance told a free time in an unknown form") from error


def _mapping(shown: Any) -> Mapping[str, Any]:
    return shown if isinstance(shown, Mapping) else {}
