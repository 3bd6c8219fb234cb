"""Models, standard templates and change tasks of `/api/sn_chg_rest/change`; ServiceNowDocs, same page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import change_input, permitted
from .change_answers import one, wrapped
from .change_api import allowed, found, listed, write
from .errors import no_record
from .exchange import json_response

if TYPE_CHECKING:
    from .exchange import Response
    from .store import Row
    from .table_api import Call

TASK, MODEL, TEMPLATE = "change_task", "chg_model", "std_change_record_producer"
_OF_ITS_CHANGE = frozenset({"change_request", "parent", "created_from"})


def models(call: Call) -> Response:
    allowed(call, "GET")
    return listed(call, MODEL, lambda _: True)


def model(call: Call, sys_id: str) -> Response:
    allowed(call, "GET")
    return json_response({"result": one(call, MODEL, found(call, sys_id, table=MODEL))})


def templates(call: Call) -> Response:
    """Retired ones among them, with `active` false."""
    allowed(call, "GET")
    return listed(call, TEMPLATE, lambda _: True)


def template(call: Call, sys_id: str) -> Response:
    allowed(call, "GET")
    return wrapped(call, one(call, TEMPLATE, found(call, sys_id, table=TEMPLATE)))


def tasks(call: Call, sys_id: str) -> Response:
    """GET lists those of a change, POST makes one."""
    allowed(call, "GET", "POST")
    change = found(call, sys_id)
    if call.request.method == "GET":
        return listed(call, TASK, lambda row: row["change_request"] == sys_id)
    values, ignored = change_input.taken(call, TASK, change_input.pairs(call), _OF_ITS_CHANGE)
    values |= {"change_request": change["sys_id"], "parent": change["sys_id"]}
    made = write(call, "Change Task", "created", lambda: permitted.create(call.service, call.session, TASK, values))
    return wrapped(call, one(call, TASK, made, ignored))


def task(call: Call, sys_id: str, task_id: str) -> Response:
    allowed(call, "PATCH", "DELETE")
    row = _task_of(call, sys_id, task_id)
    if call.request.method == "DELETE":
        shown = one(call, TASK, row)
        permitted.delete(call.service, call.session, TASK, row)
        return wrapped(call, shown)
    values, ignored = change_input.taken(call, TASK, change_input.pairs(call), _OF_ITS_CHANGE)
    changed = write(
        call, "Change Task", "updated", lambda: permitted.change(call.service, call.session, TASK, row, values)
    )
    return wrapped(call, one(call, TASK, changed, ignored))


def _task_of(call: Call, change: str, task_id: str) -> Row:
    found(call, change)
    row = permitted.visible(call.service, call.session, TASK, task_id)
    if row["change_request"] != change:
        raise no_record()
    return row
