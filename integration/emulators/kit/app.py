"""The application of an emulated service, and a server for it on loopback."""

from __future__ import annotations

import socket
import threading
from contextlib import asynccontextmanager, contextmanager, suppress
from typing import TYPE_CHECKING, Any

import uvicorn
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.middleware import Middleware
from starlette.requests import ClientDisconnect
from starlette.responses import Response
from uvicorn.protocols.http.h11_impl import H11Protocol

from . import admin
from .door import Door

if TYPE_CHECKING:
    import asyncio
    from collections.abc import AsyncIterator, Iterable, Iterator

    from starlette.requests import Request
    from starlette.routing import Route

    from .service import Service

HOST = "127.0.0.1"
METHODS = ["GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS"]
_START_S = 10.0


class _Protocol(H11Protocol):
    """Shows requests their transport, so that a fault can cut the line as a broken network does."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # narrower in asyncio
        super().connection_made(transport)
        self.app_state = {**self.app_state, "transport": transport}


class _Server(uvicorn.Server):
    """`decided` once it answers, or never will."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.decided = threading.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.decided.set()

    def run(self, sockets: list[socket.socket] | None = None) -> None:
        try:
            with suppress(SystemExit):  # from where it could not begin, which `started` tells
                super().run(sockets)
        finally:
            self.decided.set()


def application(
    service: Service[Any, Any], routes: Iterable[Route], own: Iterable[admin.Row] = (), *, admin_token: str = ""
) -> Starlette:
    """The service over HTTP, as `app.state.service`; it ends with the application. `own` are its admin routes."""

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        service.start()
        yield
        await run_in_threadpool(service.close)

    door = Middleware(Door, token=admin_token)
    app = Starlette(
        routes=[*admin.routes(own), *routes],
        lifespan=lifespan,
        middleware=[door],
        exception_handlers={ClientDisconnect: _hung_up},
    )
    app.state.service = service
    return app


async def _hung_up(_: Request, __: Exception) -> Response:
    return Response(status_code=400)  # nobody is left to read it


@contextmanager
def serve(app: Starlette, port: int = 0) -> Iterator[str]:
    """Serve `app` on loopback from a thread; yields its URL once it answers. Port 0 lets the system choose."""
    listener, service = _listener(port), app.state.service
    config = uvicorn.Config(
        app, http=_Protocol, ws="none", loop="asyncio", lifespan="on", log_config=None, access_log=False,
        proxy_headers=False, date_header=False, server_header=False, timeout_graceful_shutdown=1,
        h11_max_incomplete_event_size=256 * 1024,
    )  # fmt: skip
    server = _Server(config)
    thread = threading.Thread(target=server.run, args=([listener],), name=f"{service.NAME}-emulator", daemon=True)
    thread.start()
    try:
        if not (server.decided.wait(_START_S) and server.started):
            raise RuntimeError(f"the emulator {service.NAME} did not start")
        yield f"http://{HOST}:{listener.getsockname()[1]}"
    finally:
        service.ending.set()
        server.should_exit = True
        thread.join()
        listener.close()


def _listener(port: int) -> socket.socket:
    """With its protocol named: asyncio turns Nagle's delay off only then, and each call takes 2 ms instead of 44."""
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((HOST, port))
    except OSError:
        listener.close()
        raise
    return listener
