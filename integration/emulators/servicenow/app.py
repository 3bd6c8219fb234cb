"""The application: HTTP around the router, with the limits of an instance and the faults an admin sets."""

from __future__ import annotations

import asyncio
import gzip
import tempfile
from contextlib import nullcontext
from functools import partial
from typing import IO, TYPE_CHECKING, cast

from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect
from starlette.requests import Request as HttpRequest
from starlette.responses import FileResponse
from starlette.responses import Response as HttpResponse
from starlette.routing import Route

from integration.emulators.kit.app import HOST, METHODS, application
from integration.emulators.kit.line import Cut, disturbed

from .admin import OWN
from .errors import cancelled
from .exchange import HTML, Request, Response, error_response
from .faults import Fault, instead, truncated
from .headers import common, cookies
from .router import Router
from .service import Service

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractAsyncContextManager

    from starlette.applications import Starlette

_IN_MEMORY = 1024 * 1024
_GZIP_FROM = 1024


def create_app(service: Service | None = None, *, admin_token: str = "") -> Starlette:
    """An instance over HTTP; its state is `app.state.service`, which ends with the application."""
    own = service or Service()
    app = application(own, [Route("/{path:path}", _api, methods=METHODS)], OWN, admin_token=admin_token)
    app.state.router = Router(own)
    app.state.turns = {}
    return app


async def _api(http: HttpRequest) -> HttpResponse:
    service: Service = http.app.state.service
    request = _head(http)
    api, table = http.app.state.router.name(request)
    name, outcome = f"{request.method} {table or api}", "none"
    running = service.calls.arrived(name, *(["session_cookie"] if "cookie" in request.headers else []))
    try:
        fault = service.faults.take(method=request.method, path=request.path, table=table)
        async with _turn(http, service.switches.serves_at_once):
            refused = _limit(service, http, running)
            response = _to_http(service, request, refused) if refused else await _tried(http, request, fault)
        outcome = fault.kind if fault and isinstance(response, Cut) else str(response.status_code)
        return response
    finally:
        service.calls.answered(name, outcome, service.clock())


def _turn(http: HttpRequest, at_once: int) -> AbstractAsyncContextManager[None]:
    """The others wait in the order they came (knowledge base 0635398)."""
    turns: dict[int, asyncio.Semaphore] = http.app.state.turns
    return turns.setdefault(at_once, asyncio.Semaphore(at_once)) if at_once else nullcontext()


def _head(http: HttpRequest) -> Request:
    base = f"{http.url.scheme}://{http.headers.get('host', HOST)}"
    return Request(http.method, http.scope["path"], http.query_params.multi_items(), dict(http.headers), base)


def _limit(service: Service, http: HttpRequest, running: int) -> Response | None:
    """What is refused before anything is looked at: addresses too long, and a full queue."""
    length = len(http.url.path) + len(http.url.query)
    if length > service.switches.max_url_chars:
        return Response(414, b"<html><body><h1>414 Request-URI Too Long</h1></body></html>", {"Content-Type": HTML})
    if service.switches.max_running and running > service.switches.max_running:
        return instead(Fault("429-html"))
    return None


async def _tried(http: HttpRequest, request: Request, fault: Fault | None) -> HttpResponse:
    """Errors and pages of a fault come without effect, the others after it."""
    service: Service = http.app.state.service
    await asyncio.sleep(service.switches.latency_s)
    if fault and (answer := instead(fault)) is not None:
        return _to_http(service, request, answer)
    response, _ = await disturbed(fault.on_the_line if fault else None, http, partial(_answer, http, request, fault))
    return response


async def _answer(http: HttpRequest, request: Request, fault: Fault | None) -> HttpResponse:
    service: Service = http.app.state.service
    request.body, request.size = await _read_body(http)
    answering = partial(_answered, http.app.state.router.answer, request)
    if fault and fault.kind == "commit-late":
        service.jobs.later(fault.seconds, answering)
        return Cut()
    answer = await run_in_threadpool(answering)
    if fault and fault.kind == "500-after-commit":
        answer = error_response(cancelled())
    if fault and fault.kind == "truncated-200":
        answer = truncated(answer)
    return _to_http(service, request, answer)


def _answered(answer: Callable[[Request], Response], request: Request) -> Response:
    with request.body:
        return answer(request)


async def _read_body(http: HttpRequest) -> tuple[IO[bytes], int]:
    body = tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY)  # noqa: SIM115 - closed by who reads it
    try:
        async for piece in http.stream():
            await run_in_threadpool(body.write, piece) if len(piece) > _IN_MEMORY else body.write(piece)
    except ClientDisconnect:
        body.close()
        raise
    size = body.tell()
    body.seek(0)
    return cast("IO[bytes]", body), size


def _to_http(service: Service, request: Request, answer: Response) -> HttpResponse:
    headers = {**common(service.clock), **answer.headers}
    if answer.file is not None:
        response: HttpResponse = FileResponse(answer.file, answer.status, headers)
    else:
        body = answer.body
        if len(body) >= _GZIP_FROM and "gzip" in request.headers.get("accept-encoding", ""):
            body = gzip.compress(body, 1)
            headers |= {"Content-Encoding": "gzip", "Vary": "Accept-Encoding"}
        response = HttpResponse(body, answer.status, headers)
    for cookie in cookies():
        response.headers.append("Set-Cookie", cookie)
    return response
