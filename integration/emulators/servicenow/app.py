"""The application: HTTP around the router, with the faults an admin sets, and a server on loopback."""

from __future__ import annotations

import asyncio
import gzip
import socket
import tempfile
import threading
import time
from contextlib import asynccontextmanager, contextmanager, nullcontext
from typing import IO, TYPE_CHECKING, cast

import uvicorn
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.middleware import Middleware
from starlette.requests import ClientDisconnect
from starlette.requests import Request as HttpRequest
from starlette.responses import FileResponse
from starlette.responses import Response as HttpResponse
from starlette.routing import Route
from uvicorn.protocols.http.h11_impl import H11Protocol

from integration.emulators.kit.door import Door

from .admin import ROUTES
from .errors import cancelled
from .exchange import HTML, Request, Response, error_response
from .faults import Fault, instead, truncated
from .headers import common, cookies
from .router import Router
from .service import Service

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator
    from contextlib import AbstractAsyncContextManager

    from starlette.types import Receive, Scope, Send

HOST = "127.0.0.1"
METHODS = ["GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS"]
_IN_MEMORY = 1024 * 1024
_GZIP_FROM = 1024
_START_S = 10.0
_SILENCE_S = 120.0
"""How long a `timeout` fault says nothing when it does not say how long."""


class _Protocol(H11Protocol):
    """Shows requests their transport, so that a fault can cut the line as a broken network does."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # narrower in asyncio
        super().connection_made(transport)
        self.app_state = {**self.app_state, "transport": transport}


class _Cut(HttpResponse):
    """No answer: the connection ends."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002 - ASGI
        scope["state"]["transport"].abort()
        while (await receive())["type"] != "http.disconnect":
            pass  # what the caller still had to say


def create_app(service: Service | None = None, *, admin_token: str = "") -> Starlette:
    """An instance over HTTP; its state is `app.state.instance`, which ends with the application."""
    own = service or Service()

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        yield
        await run_in_threadpool(own.close)

    routes = [*ROUTES, Route("/{path:path}", _api, methods=METHODS)]
    door = Middleware(Door, token=admin_token)
    app = Starlette(
        routes=routes, lifespan=lifespan, middleware=[door], exception_handlers={ClientDisconnect: _hung_up}
    )
    app.state.service = own
    app.state.router = Router(own)
    app.state.turns = {}
    return app


@contextmanager
def serve(app: Starlette, port: int = 0) -> Iterator[str]:
    """Serve `app` on loopback from a thread; yields its URL once it answers. Port 0 lets the system choose."""
    listener = socket.create_server((HOST, port))
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # else each answer waits 40 ms for its own head
    config = uvicorn.Config(
        app, http=_Protocol, ws="none", loop="asyncio", lifespan="on", log_config=None, access_log=False,
        date_header=False, server_header=False, timeout_graceful_shutdown=1, h11_max_incomplete_event_size=256 * 1024,
    )  # fmt: skip
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, args=([listener],), name="servicenow-emulator", daemon=True)
    thread.start()
    try:
        _await_start(server, thread)
        yield f"http://{HOST}:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join()
        listener.close()


def _await_start(server: uvicorn.Server, thread: threading.Thread) -> None:
    deadline = time.monotonic() + _START_S
    while not server.started:
        if not thread.is_alive() or time.monotonic() > deadline:
            raise RuntimeError("the ServiceNow emulator did not start")
        time.sleep(0.01)


async def _hung_up(_: HttpRequest, __: Exception) -> HttpResponse:
    return HttpResponse(status_code=400)  # nobody is left to read it


async def _api(http: HttpRequest) -> HttpResponse:
    service: Service = http.app.state.service
    request = _head(http)
    api, table = http.app.state.router.name(request)
    running = service.calls.arrived(f"{request.method} {table or api}", has_cookie="cookie" in request.headers)
    status = 0
    try:
        fault = service.faults.take(request.method, request.path, table)
        async with _turn(http, service.switches.serves_at_once):
            answer = _limit(service, http, running) or await _disturbed(http, request, fault)
        if answer is None:
            return _Cut()
        status = answer.status
        return _to_http(service, request, answer)
    finally:
        service.calls.answered(status)


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


async def _disturbed(http: HttpRequest, request: Request, fault: Fault | None) -> Response | None:
    """The answer to send, None for none. `-before`, errors and pages come without effect, the others after it."""
    service: Service = http.app.state.service
    kind = fault.kind if fault else ""
    await asyncio.sleep(service.switches.latency_s + (fault.seconds if fault and kind == "latency" else 0))
    if fault and (answer := instead(fault)) is not None:
        return answer
    if kind == "timeout" and fault:
        await _silence(http, fault.seconds or _SILENCE_S)
    if kind in ("reset-before", "timeout"):
        return None
    request.body, request.size = await _read_body(http)
    answer_request: Callable[[Request], Response] = http.app.state.router.answer
    if fault and kind == "commit-late":
        service.jobs.later(fault.seconds, lambda: _answered(answer_request, request))
        return None
    answer = await run_in_threadpool(_answered, answer_request, request)
    after: dict[str, Callable[[], Response | None]] = {
        "reset-after": lambda: None,
        "500-after-commit": lambda: error_response(cancelled()),
        "truncated-200": lambda: truncated(answer),
    }
    return after.get(kind, lambda: answer)()


def _answered(answer: Callable[[Request], Response], request: Request) -> Response:
    with request.body:
        return answer(request)


async def _silence(http: HttpRequest, seconds: float) -> None:
    """Until the caller gives up or the time is over."""
    loop = asyncio.get_running_loop()
    end = loop.time() + seconds
    while loop.time() < end and not await http.is_disconnected():  # noqa: ASYNC110 - the server has no event for it
        await asyncio.sleep(0.05)


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
