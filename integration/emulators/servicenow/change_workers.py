"""Workers of the Change Management API: work that is answered at once with 202, and asked for by its link."""

from __future__ import annotations

import json
from functools import partial
from typing import TYPE_CHECKING, Any

from .clock import parse_stamp
from .errors import no_record
from .exchange import Response, json_response

if TYPE_CHECKING:
    from collections.abc import Callable

    from .service import Service
    from .store import Row
    from .table_api import Call

    Work = Callable[[], dict[str, Any]]
    """Returns members of the answer, such as `payload`, and `infoMessages`."""

TABLE = "chg_mgt_worker"
WAITING, RUNNING, COMPLETE, ERROR = "1", "2", "3", "4"
LABELS = {WAITING: "Waiting", RUNNING: "In-Progress", COMPLETE: "Complete", ERROR: "Error"}
"""Numbers of Waiting, In-Progress and Error: by the order of the list in change-management-api.md."""


def start(service: Service, kind: str, request: dict[str, Any], work: Work, change: str = "") -> Row:
    """A row that waits, runs and ends; half of `change_worker_delay_s` each, 0: before the answer."""
    row = service.plant(TABLE, {
        "type": kind, "state": WAITING, "request": json.dumps(request, separators=(",", ":")), "change": change,
    })  # fmt: skip
    half_s = service.switches.change_worker_delay_s / 2
    service.flow_queue.soon(partial(_begin, service, row["sys_id"], work, half_s), half_s)
    return row


def accepted(call: Call, row: Row) -> Response:
    return json_response({"result": shown(call, row)}, 202)


def shown(call: Call, row: Row) -> dict[str, Any]:
    """The links name no version."""
    messages = {"errorMessages": [], "warningMessages": [], "infoMessages": [], **json.loads(row["messages"] or "{}")}
    link = f"{call.request.base_url}/api/sn_chg_rest/change/worker/{row['sys_id']}"
    return {
        "worker": {"sysId": row["sys_id"], "link": link},
        "request": row["request"],
        "state": {"value": int(row["state"]), "display_value": LABELS[row["state"]]},
        "type": row["type"],
        "messages": messages,
        **json.loads(row["payload"] or "{}"),
    }


def asked(call: Call, sys_id: str) -> Row:
    """Raises ApiError 404, also for one that ended too long ago."""
    row, kept_s = call.service.store.row(TABLE, sys_id), call.service.switches.change_worker_kept_s
    ended = parse_stamp(row["sys_updated_on"]) if row and row["state"] in (COMPLETE, ERROR) else None
    if row is None or (ended and kept_s and call.service.clock() - ended.timestamp() > kept_s):
        raise no_record()
    return row


def latest(service: Service, kind: str, change: str) -> Row | None:
    rows = service.store.find(TABLE, change=change, type=kind)
    return rows[-1] if rows else None


def runs(row: Row | None) -> bool:
    return row is not None and row["state"] in (WAITING, RUNNING)


def end(service: Service, row: Row, state: str, **values: str) -> None:
    service.plant(TABLE, {**row, "state": state, "sys_updated_on": service.clock.stamp(), **values})


def _begin(service: Service, sys_id: str, work: Work, half_s: float) -> None:
    row = service.store.row(TABLE, sys_id)
    if row is not None and row["state"] == WAITING:
        end(service, row, RUNNING)
        service.flow_queue.soon(partial(_finish, service, sys_id, work), half_s)


def _finish(service: Service, sys_id: str, work: Work) -> None:
    """One that was cancelled meanwhile does nothing."""
    row = service.store.row(TABLE, sys_id)
    if row is None or row["state"] != RUNNING:
        return
    result = work()
    said = {"infoMessages": result.pop("infoMessages", [])}
    end(service, row, COMPLETE, payload=json.dumps(result), messages=json.dumps(said))
