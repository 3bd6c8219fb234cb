"""`/_admin`: the people, switches, faults and books of the instance. Who may ask: `door`.

Bodies and answers are JSON, but the XML of an update set. Errors: `{"error": …, "detail": …}`.
"""

from __future__ import annotations

import asyncio
import json
import time
from typing import TYPE_CHECKING, Any

import jsonschema
from starlette.concurrency import run_in_threadpool
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from .errors import ApiError
from .outbound import WebhookFault
from .people import act
from .registering import change_roles, register_application, save_user, text_of
from .side_effects import add_column
from .switches import Switches
from .update_set import load

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from starlette.requests import Request

    from .service import Service

    Body = dict[str, Any]
    Handler = Callable[[Service, Request, Body], Any]

LONGEST_WAIT_S = 30.0
_QUIET_ROUNDS, _ROUND_S = 3, 0.03
_QUIET = frozenset({"sys_dictionary", "sys_db_object", "sys_choice", "syslog"})
"""Tables that a dump leaves out unless it asks for them by name."""


def _overview(service: Service, _: Request, __: Body) -> Any:
    counts = {name: len(service.store.rows(name)) for name in ("incident", "sn_si_incident", "sys_script")}
    return {"service": "servicenow", "instance_name": service.settings.property("instance_name"), "records": counts}


def _state(service: Service, request: Request, _: Body) -> Any:
    asked = request.query_params.getlist("table")
    names = asked or [name for name in service.schema.tables if name not in _QUIET]
    found = {name: service.store.rows(name) for name in names if name in service.schema}
    own = {
        name: [row for row in rows if row.get("sys_class_name", name) == name or asked] for name, rows in found.items()
    }
    return {"tables": {name: rows for name, rows in own.items() if rows or asked}, "last": service.store.last_change}


def _reset(service: Service, _: Request, body: Body) -> Any:
    """Back to the seeds; with `{"config": true}` the switches too."""
    if body.get("config"):
        service.switches.update(Switches().as_json())
        service.apply_switches()
    service.reset()
    return {}


def _seed(service: Service, _: Request, body: Body) -> Any:
    """`{table: [record, …]}`, stored as they are, past rules and policies."""
    for table in body:
        if table not in service.schema:
            raise ValueError(f"Invalid table {table}")
    planted = {table: [service.plant(table, row)["sys_id"] for row in rows] for table, rows in body.items()}
    return {"sys_ids": planted}


def _act(service: Service, _: Request, body: Body) -> Any:
    return act(service, body)


def _users(service: Service, _: Request, body: Body) -> Any:
    return save_user(service, body)


def _roles(service: Service, _: Request, body: Body) -> Any:
    return change_roles(service, body)


def _switches(service: Service, request: Request, body: Body) -> Any:
    if request.method == "PATCH":
        service.switches.update(body)
        service.apply_switches()
    return service.switches.as_json()


def _properties(service: Service, request: Request, body: Body) -> Any:
    if request.method == "PATCH":
        for name, value in body.items():
            known = service.store.find("sys_properties", name=name)
            service.plant("sys_properties", {**(known[0] if known else {}), "name": name, "value": str(value)})
    return {row["name"]: row["value"] for row in service.store.rows("sys_properties")}


def _columns(service: Service, _: Request, body: Body) -> Any:
    """`{table, name, type, label, reference, max_length, default}` adds a column, as a u_ field."""
    table = text_of(body, "table")
    if table not in service.schema:
        raise ValueError(f"Invalid table {table}")
    entry = {
        "name": table, "element": text_of(body, "name"), "internal_type": str(body.get("type", "string")),
        "column_label": str(body.get("label", "")), "reference": str(body.get("reference", "")),
        "max_length": str(body.get("max_length", "")), "default_value": str(body.get("default", "")),
    }  # fmt: skip
    row = service.plant("sys_dictionary", entry)
    add_column(service, row)
    return {"sys_id": row["sys_id"]}


def _clock(service: Service, request: Request, body: Body) -> Any:
    """Move time forward by `advance_s`."""
    if request.method == "POST":
        service.clock.advance(float(body.get("advance_s", 0)))
    return {"now": service.clock.stamp()}


def _faults(service: Service, request: Request, body: Body) -> Any:
    if request.method == "POST":
        service.faults.add(body)
    if request.method == "DELETE":
        service.faults.clear()
    return {"rules": service.faults.as_json()}


def _webhook_faults(service: Service, request: Request, body: Body) -> Any:
    if request.method == "POST":
        service.outbound.add(WebhookFault(**body))
    if request.method == "DELETE":
        service.outbound.clear_faults()
    return {"rules": service.outbound.faults_as_json()}


def _calls(service: Service, request: Request, _: Body) -> Any:
    if request.method == "DELETE":
        service.calls.clear()
    return service.calls.as_json()


def _outbound(service: Service, request: Request, _: Body) -> Any:
    if request.method == "DELETE":
        service.outbound.clear_log()
    return {"calls": service.outbound.log_as_json()}


def _oauth(service: Service, _: Request, body: Body) -> Any:
    return register_application(service, body)


def _tokens(service: Service, _: Request, __: Body) -> Any:
    """DELETE: every token is invalid from now on."""
    service.oauth.expire_all()
    return {}


def _update_sets(service: Service, _: Request, body: Body) -> Any:
    return load(service, text_of(body, "xml"))


def _settle(service: Service, _: Request, body: Body) -> Any:
    """Waits until no asynchronous rule and no outbound call is waiting or running.

    What ended may have begun something elsewhere that comes back at once: quiet counts only when it lasts.
    """
    timeout_s = min(float(body.get("timeout_s", 10)), LONGEST_WAIT_S)
    end = time.monotonic() + timeout_s
    quiet = 0
    while quiet < _QUIET_ROUNDS and (left := end - time.monotonic()) > 0:
        sent = service.outbound.sent
        settled = service.jobs.settle(left) and service.outbound.settle(left)
        time.sleep(_ROUND_S)
        quiet = quiet + 1 if settled and sent == service.outbound.sent else 0
    return {"settled": quiet >= _QUIET_ROUNDS}


async def _changes(request: Request) -> Response:
    """Changes numbered above `since`, of one `table` if given; waits up to `wait_s` for the first."""
    store = request.app.state.service.store
    query = request.query_params
    try:
        since, wait_s = int(query.get("since", 0)), min(float(query.get("wait_s", 0)), LONGEST_WAIT_S)
    except ValueError:
        return JSONResponse({"error": "since and wait_s are numbers"}, 400)
    loop = asyncio.get_running_loop()
    end = loop.time() + wait_s
    while store.last_change <= since and loop.time() < end:  # noqa: ASYNC110 - changes come from other threads too
        await asyncio.sleep(0.05)
    changes, last = store.changes(since)
    table = query.get("table")
    return JSONResponse({"changes": [each for each in changes if table in (None, each["table"])], "last": last})


async def _body(request: Request) -> Body:
    raw = await request.body()
    if "xml" in request.headers.get("content-type", ""):
        return {"xml": raw.decode()}
    body = json.loads(raw or b"{}")
    if not isinstance(body, dict):
        raise TypeError("the body is a JSON object")
    return body


def _endpoint(handler: Handler) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        try:
            answer = await run_in_threadpool(handler, request.app.state.service, request, await _body(request))
        except ApiError as error:
            return JSONResponse({"error": error.message, "detail": error.detail}, error.status)
        except jsonschema.ValidationError as error:
            return JSONResponse({"error": error.message, "detail": None}, 400)
        except (ValueError, TypeError) as error:  # what a body holds that a handler cannot take
            return JSONResponse({"error": str(error), "detail": None}, 400)
        return JSONResponse(answer)

    return endpoint


_TABLE: list[tuple[str, list[str], Handler]] = [
    ("", ["GET"], _overview),
    ("/state", ["GET"], _state),
    ("/reset", ["POST"], _reset),
    ("/seed", ["POST"], _seed),
    ("/act", ["POST"], _act),
    ("/users", ["POST"], _users),
    ("/roles", ["POST"], _roles),
    ("/config", ["GET", "PATCH"], _switches),
    ("/properties", ["GET", "PATCH"], _properties),
    ("/columns", ["POST"], _columns),
    ("/clock", ["GET", "POST"], _clock),
    ("/faults", ["GET", "POST", "DELETE"], _faults),
    ("/webhook-faults", ["GET", "POST", "DELETE"], _webhook_faults),
    ("/calls", ["GET", "DELETE"], _calls),
    ("/outbound", ["GET", "DELETE"], _outbound),
    ("/oauth", ["POST"], _oauth),
    ("/oauth/tokens", ["DELETE"], _tokens),
    ("/update-sets", ["POST"], _update_sets),
    ("/settle", ["POST"], _settle),
]


async def _nowhere(_: Request) -> Response:
    return JSONResponse({"error": "no such admin route, or not with this method", "detail": None}, 404)


ROUTES = [
    *(Route(f"/_admin{path}", _endpoint(handler), methods=methods) for path, methods, handler in _TABLE),
    Route("/_admin/changes", _changes, methods=["GET"]),
    Route("/_admin/{rest:path}", _nowhere, methods=["GET", "POST", "PUT", "PATCH", "DELETE"]),
]
