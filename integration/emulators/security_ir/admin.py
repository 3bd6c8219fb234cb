"""`/_admin`: the other side's people, the switches, the faults and the books. Who may ask: `door`.

Every body and answer is JSON, but the bytes of a file. Errors: `{"error": …}` with the API's code where it has one.
"""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

import jsonschema
from starlette.exceptions import HTTPException
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import Route

from .attachments import find
from .calls import Calls
from .clock import Clock
from .errors import ApiError, invalid
from .model import service_model, structure
from .operations import OPERATIONS, invoke
from .people import ACTS, attach, open_case
from .protocol import check_input, plain
from .records import RESPONDER
from .router import base_url, service_of
from .seed import plant
from .validation import checked
from .views import case_view, state_view

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from starlette.requests import Request

    from .records import Caller

    Handler = Callable[[Request], Awaitable[Any]]

_LONGEST_WAIT_S = 30.0


async def _json(request: Request) -> dict[str, Any]:
    try:
        body = json.loads(await request.body() or b"{}")
    except ValueError as error:
        raise invalid("The body is not JSON", "CANNOT_PARSE") from error
    if not isinstance(body, dict):
        raise invalid("The body is not a JSON object", "CANNOT_PARSE")
    return body


def _actor(request: Request, body: dict[str, Any]) -> Caller:
    """`as` names who acts, AWS Responder if nobody; raises ApiError for what no `creator` could show."""
    principal = checked("PrincipalId", body.pop("as", RESPONDER), "/as")
    return service_of(request).caller(principal, base_url(request))


async def _overview(request: Request) -> Any:
    service = service_of(request)
    return {"service": "security-ir", "account": service.account, "region": service.region, "cases": len(service.cases)}


async def _state(request: Request) -> Any:
    service = service_of(request)
    with service.lock:
        return state_view(service)


async def _reset(request: Request) -> Any:
    service_of(request).reset()
    return {}


async def _seed(request: Request) -> Any:
    return {"caseIds": plant(service_of(request), await _json(request))}


async def _config(request: Request) -> Any:
    switches = service_of(request).switches
    if request.method == "PATCH":
        switches.update(await _json(request))
    return switches.as_json()


async def _faults(request: Request) -> Any:
    faults = service_of(request).faults
    if request.method == "POST":
        faults.add(await _json(request))
    if request.method == "DELETE":
        faults.rules.clear()
    return {"rules": faults.as_json()}


async def _calls(request: Request) -> Any:
    service = service_of(request)
    if request.method == "DELETE":
        service.calls = Calls()
    return service.calls.as_json()


async def _events(request: Request) -> Any:
    service = service_of(request)
    with service.lock:
        if request.method == "DELETE":
            service.outbox.events = [each for each in service.outbox.events if each.state == "waiting"]
        return {"events": [each.as_json for each in service.outbox.events]}


async def _changes(request: Request) -> Any:
    """Changes after `since`; waits up to `wait_s` for the first."""
    service = service_of(request)
    changes = service.changes
    try:
        since, wait_s = int(request.query_params.get("since", 0)), float(request.query_params.get("wait_s", 0))
    except ValueError as error:
        raise invalid("since and wait_s are numbers", "CANNOT_PARSE") from error
    loop = asyncio.get_running_loop()
    end = loop.time() + min(wait_s, _LONGEST_WAIT_S)
    while changes.last <= since and loop.time() < end and not service.ending.is_set():  # noqa: ASYNC110 - other threads add
        await asyncio.sleep(0.05)
    return {"changes": changes.since(since), "last": changes.last}


async def _clock(request: Request) -> Any:
    """Move time forward by `advance_s`: URLs expire, scans end, late events fall due."""
    service, body = service_of(request), await _json(request)
    advance_s = body.get("advance_s", 0)
    if not isinstance(advance_s, int | float) or advance_s < 0 or not isinstance(service.clock, Clock):
        raise invalid("advance_s is a number of seconds, and the clock one that moves")
    service.clock.advance(advance_s)
    service.stirred.set()
    return {"now": service.clock()}


async def _create(request: Request) -> Any:
    service, body = service_of(request), await _json(request)
    caller = _actor(request, body)
    with service.lock:
        return open_case(service, caller, body)


async def _case(request: Request) -> Any:
    service = service_of(request)
    with service.lock:
        return case_view(service.case(request.path_params["case_id"]))


async def _act(request: Request) -> Any:
    service, body = service_of(request), await _json(request)
    act = ACTS.get(request.path_params["act"])
    if act is None:
        raise HTTPException(404, f"acts are {', '.join(ACTS)}")
    caller = _actor(request, body)
    with service.lock:
        return act(service, caller, service.case(request.path_params["case_id"]), body)


async def _attach(request: Request) -> Any:
    """The body is the file; `name` and `as` stand in the query."""
    service, content = service_of(request), await request.body()
    query = dict(request.query_params)
    caller = _actor(request, query)
    with service.lock:
        case = service.case(request.path_params["case_id"])
        return attach(service, caller, case, query.get("name", ""), content)


async def _content(request: Request) -> Any:
    path = find(service_of(request), request.path_params["case_id"], request.path_params["attachment_id"]).path
    if path is None:
        raise HTTPException(404, "its bytes have not arrived")
    return FileResponse(path, media_type="application/octet-stream")


async def _operate(request: Request) -> Any:
    """An operation of the API, run with all its rules as a person: `as` is their principal, `input` the input."""
    service, body = service_of(request), await _json(request)
    operation = request.path_params["operation"]
    if operation not in OPERATIONS:
        raise HTTPException(404, "no such operation")
    caller = _actor(request, body)
    output = invoke(service, caller, operation, check_input(operation, body.get("input", {})))
    return plain(service_model().operation_model(operation).output_shape, output)


async def _membership(request: Request) -> Any:
    """Set `membershipStatus` and the counters of `findings`."""
    service, body = service_of(request), await _json(request)
    membership = service.memberships.get(request.path_params["membership_id"])
    if membership is None:
        raise HTTPException(404, "no such membership")
    if "membershipStatus" in body:
        status = checked("MembershipStatus", body["membershipStatus"], "/membershipStatus")
        membership.fields["membershipStatus"] = status
    zeros = dict.fromkeys(structure("GetFindingMetricsResponse").members, 0)
    membership.findings = checked("GetFindingMetricsResponse", zeros | membership.findings | body.get("findings", {}))
    return membership.fields


async def _nowhere(_: Request) -> Any:
    raise HTTPException(404, "no such admin route, or not with this method")


def _endpoint(handler: Handler) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        try:
            answer = await handler(request)
        except ApiError as error:
            return JSONResponse({"error": error.message, "code": error.code, **error.members}, error.status)
        except jsonschema.ValidationError as error:
            return JSONResponse({"error": error.message}, 400)
        except HTTPException as error:
            return JSONResponse({"error": error.detail}, error.status_code)
        return answer if isinstance(answer, Response) else JSONResponse(answer)

    return endpoint


_TABLE: list[tuple[str, list[str], Handler]] = [
    ("", ["GET"], _overview),
    ("/state", ["GET"], _state),
    ("/reset", ["POST"], _reset),
    ("/seed", ["POST"], _seed),
    ("/config", ["GET", "PATCH"], _config),
    ("/faults", ["GET", "POST", "DELETE"], _faults),
    ("/calls", ["GET", "DELETE"], _calls),
    ("/events", ["GET", "DELETE"], _events),
    ("/changes", ["GET"], _changes),
    ("/clock", ["POST"], _clock),
    ("/cases", ["POST"], _create),
    ("/cases/{case_id}", ["GET"], _case),
    ("/cases/{case_id}/attachments", ["POST"], _attach),
    ("/cases/{case_id}/attachments/{attachment_id}", ["GET"], _content),
    ("/cases/{case_id}/{act}", ["POST"], _act),
    ("/operations/{operation}", ["POST"], _operate),
    ("/memberships/{membership_id}", ["PATCH"], _membership),
    ("/{rest:path}", ["GET", "POST", "PUT", "PATCH", "DELETE"], _nowhere),
]
ROUTES = [Route(f"/_admin{path}", _endpoint(handler), methods=methods) for path, methods, handler in _TABLE]
