"""`/_admin` of the account: the other side's people and the native events; what every emulator has is in `kit.admin`.

Every body and answer is JSON, but the bytes of a file.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from starlette.exceptions import HTTPException
from starlette.responses import FileResponse

from .attachments import find
from .model import service_model, structure
from .operations import OPERATIONS, invoke
from .people import ACTS, attach, open_case
from .protocol import check_input, plain
from .records import RESPONDER
from .router import base_url
from .seed import plant
from .validation import checked
from .views import case_view

if TYPE_CHECKING:
    from integration.emulators.kit.admin import Ask, Row

    from .records import Caller
    from .service import Service


def _actor(service: Service, ask: Ask, given: dict[str, Any]) -> Caller:
    """`as` names who acts, AWS Responder if nobody; raises ApiError for what no `creator` could show."""
    principal = checked("PrincipalId", given.pop("as", RESPONDER), "/as")
    return service.caller(principal, base_url(ask.http))


def _seed(service: Service, ask: Ask) -> Any:
    return {"caseIds": plant(service, ask.body)}


def _events(service: Service, ask: Ask) -> Any:
    with service.lock:
        if ask.method == "DELETE":
            service.outbox.events = [each for each in service.outbox.events if each.state == "waiting"]
        state = ask.http.query_params.get("state")
        return {"events": [each.as_json for each in service.outbox.events if state in (None, each.state)]}


def _create(service: Service, ask: Ask) -> Any:
    body = ask.body
    caller = _actor(service, ask, body)
    with service.lock:
        return open_case(service, caller, body)


def _case(service: Service, ask: Ask) -> Any:
    with service.lock:
        return case_view(service.case(ask.http.path_params["case_id"]))


def _act(service: Service, ask: Ask) -> Any:
    body = ask.body
    act = ACTS.get(ask.http.path_params["act"])
    if act is None:
        raise HTTPException(404, f"acts are {', '.join(ACTS)}")
    caller = _actor(service, ask, body)
    with service.lock:
        return act(service, caller, service.case(ask.http.path_params["case_id"]), body)


def _attach(service: Service, ask: Ask) -> Any:
    """The body is the file; `name` and `as` stand in the query."""
    query = dict(ask.http.query_params)
    caller = _actor(service, ask, query)
    with service.lock:
        case = service.case(ask.http.path_params["case_id"])
        return attach(service, caller, case, query.get("name", ""), ask.raw)


def _content(service: Service, ask: Ask) -> Any:
    path = find(service, ask.http.path_params["case_id"], ask.http.path_params["attachment_id"]).path
    if path is None:
        raise HTTPException(404, "its bytes have not arrived")
    return FileResponse(path, media_type="application/octet-stream")


def _operate(service: Service, ask: Ask) -> Any:
    """An operation of the API, run with all its rules as a person: `as` is their principal, `input` the input."""
    body = ask.body
    operation = ask.http.path_params["operation"]
    if operation not in OPERATIONS:
        raise HTTPException(404, "no such operation")
    caller = _actor(service, ask, body)
    output = invoke(service, caller, operation, check_input(operation, body.get("input", {})))
    return plain(service_model().operation_model(operation).output_shape, output)


def _membership(service: Service, ask: Ask) -> Any:
    """Set `membershipStatus` and the counters of `findings`."""
    body = ask.body
    membership = service.memberships.get(ask.http.path_params["membership_id"])
    if membership is None:
        raise HTTPException(404, "no such membership")
    zeros = dict.fromkeys(structure("GetFindingMetricsResponse").members, 0)
    with service.lock:
        if "membershipStatus" in body:
            status = checked("MembershipStatus", body["membershipStatus"], "/membershipStatus")
            membership.fields["membershipStatus"] = status
        findings = zeros | membership.findings | body.get("findings", {})
        membership.findings = checked("GetFindingMetricsResponse", findings)
        return dict(membership.fields)


OWN: list[Row] = [
    ("/seed", "POST", _seed),
    ("/events", "GET DELETE", _events),
    ("/cases", "POST", _create),
    ("/cases/{case_id}", "GET", _case),
    ("/cases/{case_id}/attachments", "POST", _attach),
    ("/cases/{case_id}/attachments/{attachment_id}", "GET", _content),
    ("/cases/{case_id}/{act}", "POST", _act),
    ("/operations/{operation}", "POST", _operate),
    ("/memberships/{membership_id}", "PATCH", _membership),
]
