"""Conflicts, free slots, associated items and workers of `/api/sn_chg_rest/change`; ServiceNowDocs, same page."""

from __future__ import annotations

import re
from datetime import UTC, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from . import change_conflicts as conflicts
from . import change_input, change_workers, permitted
from .change_answers import one
from .change_api import TABLE, allowed, found, listed
from .change_schedules import free, planned
from .clock import STAMP, parse_stamp
from .errors import ApiError, acl_failed, no_record
from .exchange import Response, json_response
from .incoming import as_text

if TYPE_CHECKING:
    from datetime import datetime

    from .change_schedules import Span
    from .service import Service
    from .store import Row
    from .table_api import Call

WINDOW, LIMIT = "change.conflict.next_available.schedule_window", "change.conflict.next_available.choice_limit"
ASSOCIATIONS = {
    "affected": ("task_ci", "ci_item"), "impacted": ("task_cmdb_ci_service", "cmdb_ci_service"),
    "offering": ("task_service_offering", "service_offering"),
}  # fmt: skip
NO_SLOTS = "No available time slots found"


def conflict(call: Call, sys_id: str) -> Response:
    """POST checks, GET tells what the last check found, DELETE cancels one that runs."""
    allowed(call, "GET", "POST", "DELETE")
    change = found(call, sys_id)
    handlers = {"GET": _found_conflicts, "POST": _check, "DELETE": _cancel}
    return handlers[call.request.method](call, change)


def schedule(call: Call, sys_id: str) -> Response:
    """Slots as long as the change is planned to be."""
    allowed(call, "GET")
    change = found(call, sys_id)
    span, item = planned(change), call.service.store.row("cmdb_ci", change["cmdb_ci"])
    if span is None or item is None:
        raise _unplanned()
    return _slots(call, item, change, (span[1] - span[0]).total_seconds(), span[0], {"change_sys_id": sys_id})


def item_schedule(call: Call, item: str) -> Response:
    """Slots for an item, with no change at all."""
    allowed(call, "GET")
    row, asked = call.service.store.row("cmdb_ci", item), call.request.parameter
    length, start = asked("duration_in_seconds"), asked("planned_start_time")
    if row is None or not call.service.access.sees(call.session, "cmdb_ci", row):
        raise ApiError(400, "Unable to find cmdb_ci with the provided sys_id", "")
    if not re.fullmatch(r"[1-9]\d{0,8}", length) or (start and parse_stamp(start) is None):
        raise ApiError(400, "Invalid duration_in_seconds or planned_start_time", "")
    request = {"cmdb_ci_sys_id": item, "planned_start_time": start}
    return _slots(call, row, {}, int(length), parse_stamp(start), request)


def first_available(call: Call, sys_id: str) -> Response:
    """PATCH: the first slot becomes the planned time."""
    allowed(call, "PATCH")
    change = found(call, sys_id)
    if not call.service.access.may_write(call.session, TABLE, change):
        raise acl_failed("Update")
    span, item = planned(change), call.service.store.row("cmdb_ci", change["cmdb_ci"])
    length = as_text(change_input.pairs(call).get("duration_in_seconds"))
    if item is None or not (length.isdigit() or span):
        raise _unplanned()
    lasting_s = int(length) if length.isdigit() else (span[1] - span[0]).total_seconds() if span else 0
    request = {"change_sys_id": sys_id, "duration_in_seconds": int(lasting_s), "timezone": _zone(call)}
    work = partial(_take_first, call, item, change, lasting_s)
    return change_workers.accepted(call, change_workers.start(call.service, "schedule", request, work, sys_id))


def worker(call: Call, sys_id: str) -> Response:
    allowed(call, "GET")
    return json_response({"result": change_workers.shown(call, change_workers.asked(call, sys_id))})


def items(call: Call, sys_id: str) -> Response:
    """GET lists what is associated, POST associates."""
    allowed(call, "GET", "POST")
    change, given = found(call, sys_id), change_input.pairs(call)
    kind = as_text(given.get("association_type"))
    if kind not in ASSOCIATIONS:
        raise ApiError(400, "association_type is affected, impacted or offering", "")
    if call.request.method == "GET":
        return listed(call, ASSOCIATIONS[kind][0], lambda row: row["task"] == sys_id)
    named = [each for each in as_text(given.get("cmdb_ci_sys_ids")).split(",") if each]
    if not named:
        raise ApiError(400, "cmdb_ci_sys_ids is required", "")
    request = {"cmdb_ci_sys_ids": named, "association_type": kind, "task": sys_id}
    work = partial(_associate, call, change, kind, named)
    return change_workers.accepted(call, change_workers.start(call.service, kind, request, work, sys_id))


def _unplanned() -> ApiError:
    return ApiError(400, "The change request has no configuration item or no planned dates", "")


def _check(call: Call, change: Row) -> Response:
    if not conflicts.ready(change):
        raise _unplanned()
    service, sys_id = call.service, change["sys_id"]
    row = change_workers.start(service, "conflict", {"change": sys_id}, partial(_detected, service, sys_id), sys_id)
    return json_response({"result": row["sys_id"]})


def _detected(service: Service, sys_id: str) -> dict[str, Any]:
    conflicts.detect(service, sys_id)
    return {}


def _found_conflicts(call: Call, change: Row) -> Response:
    """`status` is `Conflict` once a check was made, by whomever, and whether it found one or not."""
    service, sys_id = call.service, change["sys_id"]
    last = change_workers.latest(service, "conflict", sys_id)
    done = change["conflict_status"] != "Not Run" and not change_workers.runs(last)
    if last is None and not done and service.switches.change_conflict_unasked == "404":
        raise no_record()
    rows = conflicts.of(service, sys_id)
    return json_response({"result": {
        "status": "Conflict" if done else "Not Run",
        "last_run": service.renderer.time_text(call.session, change["conflict_last_run"]),
        "record_count": "1" if done else "0",
        "job_status": "2" if done else "" if last is None else "1",
        "conflicts": [one(call, "conflict", row) for row in rows],
    }})  # fmt: skip


def _cancel(call: Call, change: Row) -> Response:
    last = change_workers.latest(call.service, "conflict", change["sys_id"])
    if last is not None and change_workers.runs(last):
        change_workers.end(call.service, last, change_workers.ERROR)
        conflicts.forget(call.service, change["sys_id"])
    return Response(200)


def _slots(
    call: Call, item: Row, change: Row, lasting_s: float, start: datetime | None, named: dict[str, Any]
) -> Response:
    request = {**named, "duration_in_seconds": int(lasting_s), "timezone": _zone(call)}
    work = partial(_shown_slots, call, item, change, lasting_s, start)
    row = change_workers.start(call.service, "schedule", request, work, change.get("sys_id", ""))
    return change_workers.accepted(call, row)


def _shown_slots(call: Call, item: Row, change: Row, lasting_s: float, start: datetime | None) -> dict[str, Any]:
    found_spans = _free(call.service, item, change, lasting_s, start)
    if not found_spans:
        return {"infoMessages": [NO_SLOTS]}
    shown = [{"start": _moment(call, start), "end": _moment(call, end)} for start, end in found_spans]
    return {"payload": {"spans": shown}}


def _free(service: Service, item: Row, change: Row, lasting_s: float, start: datetime | None) -> list[Span]:
    first = max(start or service.clock.now(), service.clock.now())
    days, most = (int(service.settings.property(name) or default) for name, default in ((WINDOW, 90), (LIMIT, 100)))
    between = first, first + timedelta(days=days)
    return free(service, item, change, between, timedelta(seconds=lasting_s))[:most]


def _take_first(call: Call, item: Row, change: Row, lasting_s: float) -> dict[str, Any]:
    spans = _free(call.service, item, change, lasting_s, None)
    if not spans:
        return {"infoMessages": [NO_SLOTS]}
    values = {name: _stamp(moment) for name, moment in zip(("start_date", "end_date"), spans[0], strict=True)}
    permitted.change(call.service, call.session, TABLE, change, values)
    return {}


def _associate(call: Call, change: Row, kind: str, named: list[str]) -> dict[str, Any]:
    service, (table, column) = call.service, ASSOCIATIONS[kind]
    known = {row[column] for row in service.store.find(table, task=change["sys_id"])}
    missing = [each for each in named if service.store.row("cmdb_ci", each) is None]
    for each in dict.fromkeys(named):
        if each not in known and each not in missing:
            permitted.create(service, call.session, table, {"task": change["sys_id"], column: each})
    said = [f"CMDB_CI sys_id already associated to provided: {each}" for each in named if each in known]
    return {"infoMessages": said, **({"ignored_cmdb_ci_sys_ids": missing} if missing else {})}


def _zone(call: Call) -> str:
    return call.service.renderer.zone(call.session).key


def _stamp(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime(STAMP)


def _moment(call: Call, moment: datetime) -> dict[str, str]:
    return {"value": _stamp(moment), "display_value": call.service.renderer.time_text(call.session, _stamp(moment))}
