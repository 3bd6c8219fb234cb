"""The HTTP face of the API: authenticate, route, check, run, answer; and the face of its file store."""

from __future__ import annotations

from dataclasses import dataclass
from email.utils import formatdate
from functools import partial
from typing import TYPE_CHECKING
from uuid import uuid4

from starlette.responses import FileResponse, Response

from integration.emulators.kit.line import called

from .attachments import Intake, find, require_unused, store
from .errors import ApiError
from .faults import api_error, disturbed
from .identity import access_key_of, caller_of
from .operations import invoke
from .presigned import S3Error
from .protocol import read_input, route, write_output

if TYPE_CHECKING:
    from starlette.requests import Request

    from integration.emulators.kit.line import Answer

    from .presigned import Ticket
    from .records import Caller
    from .service import Service


@dataclass(frozen=True, slots=True)
class Call:
    """A request whose operation and caller are known; its input is not yet read."""

    operation: str
    labels: dict[str, str]
    caller: Caller
    access_key: str


def service_of(request: Request) -> Service:
    service: Service = request.app.state.service
    return service


def base_url(request: Request) -> str:
    """Of this very server, whatever name a proxy in front was called by: presigned URLs must lead here."""
    host, port = request.scope["server"]
    return f"http://{host}:{port}"


def raw_path(request: Request) -> str:
    raw: bytes = request.scope["raw_path"]
    return raw.decode("latin-1")


async def api(request: Request) -> Response:
    """Any path of the service."""
    service = service_of(request)
    body = await request.body()
    try:
        call = _call(request, service)
    except ApiError as error:
        return _stamped(api_error(error))
    ids = {"caseId": call.labels.get("caseId", ""), "accessKeyId": call.access_key}
    answer = partial(_answer, request, service, call, body)
    response = await called(request, call.operation, answer, disturbed, principal=call.caller.principal, **ids)
    return _stamped(response)


def _call(request: Request, service: Service) -> Call:
    access_key = access_key_of(request.headers)
    operation, labels = route(request.method, raw_path(request))
    return Call(operation, labels, caller_of(service, request.headers, access_key, base_url(request)), access_key)


async def _answer(request: Request, service: Service, call: Call, body: bytes) -> Response:
    try:
        with service.lock:
            if service.switches.rate_limit_per_s:
                per_s = service.switches.rate_limit_per_s
                service.throttle.take(call.caller.principal, call.operation, service.clock(), per_s)
            ask = read_input(call.operation, call.labels, request.url.query, body)
            status, answer = write_output(call.operation, invoke(service, call.caller, call.operation, ask))
    except ApiError as error:
        return api_error(error)
    return Response(answer, status, media_type="application/json" if answer else None)


def _stamped(response: Response) -> Response:
    response.headers["Date"] = formatdate(usegmt=True)
    response.headers["x-amzn-RequestId"] = str(uuid4())
    response.headers["x-amz-apigw-id"] = uuid4().hex[:16]
    return response


async def upload(request: Request) -> Response:
    """PUT on an upload URL."""
    return await _file_call(request, "PutAttachment", partial(_take_upload, request, service_of(request)))


async def download(request: Request) -> Response:
    """GET on a download URL."""
    return await _file_call(request, "GetAttachment", partial(_give_download, request, service_of(request)))


async def _file_call(request: Request, operation: str, answer: Answer) -> Response:
    case_id: str = request.path_params["case_id"]
    return await called(request, operation, partial(_file_answer, answer), disturbed, caseId=case_id)


async def _file_answer(answer: Answer) -> Response:
    try:
        return await answer()
    except S3Error as error:
        return Response(error.xml, error.status, media_type="application/xml")


async def _take_upload(request: Request, service: Service) -> Response:
    try:
        ticket = _admitted(request, service)
    except S3Error:
        async for _ in request.stream():
            pass  # a caller still sending would meet a reset instead of the answer
        raise
    intake, stored = Intake(service.files / uuid4().hex), False
    try:
        await _receive(request, intake, ticket)
        with service.lock:
            store(service, ticket, intake)
        stored = True
    finally:
        if not stored:
            intake.path.unlink(missing_ok=True)
    return Response(headers={"ETag": f'"{intake.sha256[:32]}"'})


def _admitted(request: Request, service: Service) -> Ticket:
    if "transfer-encoding" in request.headers:
        raise S3Error(501, "NotImplemented", "A header you provided implies functionality that is not implemented")
    if "content-length" not in request.headers:
        raise S3Error(411, "MissingContentLength", "You must provide the Content-Length HTTP header.")
    with service.lock:
        service.signer.verify("PUT", raw_path(request), request.url.query, request.headers)
        return require_unused(service, request.path_params["attachment_id"])


async def _receive(request: Request, intake: Intake, ticket: Ticket) -> None:
    async for chunk in request.stream():
        intake.write(chunk)
    if intake.size_bytes != ticket.size_bytes:
        raise S3Error(400, "IncompleteBody", "You did not provide the number of bytes specified by Content-Length")


async def _give_download(request: Request, service: Service) -> Response:
    with service.lock:
        service.signer.verify("GET", raw_path(request), request.url.query, request.headers)
        try:
            attachment = find(service, request.path_params["case_id"], request.path_params["attachment_id"])
        except ApiError as error:
            raise S3Error(404, "NoSuchKey", "The specified key does not exist.") from error
    if attachment.path is None:
        raise S3Error(404, "NoSuchKey", "The specified key does not exist.")
    return FileResponse(attachment.path, media_type="application/octet-stream")
