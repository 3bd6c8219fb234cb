"""The application, and a server for it on a port of the system's choice."""

from __future__ import annotations

import socket
import threading
import time
from contextlib import asynccontextmanager, contextmanager
from typing import TYPE_CHECKING

import uvicorn
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import ClientDisconnect
from starlette.responses import Response
from starlette.routing import Route
from uvicorn.protocols.http.h11_impl import H11Protocol

from integration.emulators.kit.door import Door

from .admin import ROUTES
from .jobs import UNCHECKED, Jobs
from .router import api, download, upload
from .service import Service

if TYPE_CHECKING:
    import asyncio
    from collections.abc import AsyncIterator, Callable, Iterator

    from starlette.requests import Request

HOST = "127.0.0.1"
METHODS = ["GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS"]
_FILE = "/_s3/{case_id}/{attachment_id}/{file_name}"
_START_S = 10.0


class _Protocol(H11Protocol):
    """Shows requests their transport, so that a fault can cut the line as a broken network does."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # narrower in asyncio
        super().connection_made(transport)
        self.app_state = {**self.app_state, "transport": transport}


def create_app(
    *,
    account: str = "111122223333",
    region: str = "us-east-1",
    seed: int = 1,
    events_url: str | None = None,
    events_secret: str = UNCHECKED,
    clock: Callable[[], float] | None = None,
    admin_token: str = "",
) -> Starlette:
    """An account with an active membership and no cases: its state is `app.state.service`.

    `events_url` is the AWS endpoint whose default bus gets native events, signed with `events_secret`; without it they
    are only recorded.
    The app is served once: its end closes the service. Raises ValueError for an `events_url` that is no HTTP URL.
    """
    if events_url is not None and not events_url.startswith(("http://", "https://")):
        raise ValueError("events_url is not an HTTP URL")
    service = Service(account=account, region=region, seed=seed, clock=clock, sending=events_url is not None)
    jobs = Jobs(service, events_url, events_secret)

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        jobs.start()
        yield
        jobs.stop()
        service.close()

    routes = [
        *ROUTES,
        Route(_FILE, upload, methods=["PUT"]),
        Route(_FILE, download, methods=["GET"]),
        Route("/{path:path}", api, methods=METHODS),
    ]
    door = Middleware(Door, token=admin_token)
    app = Starlette(
        routes=routes, lifespan=lifespan, middleware=[door], exception_handlers={ClientDisconnect: _hung_up}
    )
    app.state.service = service
    app.state.jobs = jobs
    return app


async def _hung_up(_: Request, __: Exception) -> Response:
    return Response(status_code=400)  # nobody is left to read it


@contextmanager
def serve(app: Starlette, port: int = 0) -> Iterator[str]:
    """Serve `app` on loopback from a thread; yields its URL once it answers. Port 0 lets the system choose."""
    listener = _listener(port)
    config = uvicorn.Config(
        app, http=_Protocol, ws="none", loop="asyncio", lifespan="on", log_config=None, access_log=False,
        proxy_headers=False, timeout_graceful_shutdown=1,
    )  # fmt: skip
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, args=([listener],), name="security-ir-emulator", daemon=True)
    thread.start()
    try:
        _await_start(server, thread)
        yield f"http://{HOST}:{listener.getsockname()[1]}"
    finally:
        app.state.service.ending.set()
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


def _await_start(server: uvicorn.Server, thread: threading.Thread) -> None:
    deadline = time.monotonic() + _START_S
    while not server.started:
        if not thread.is_alive() or time.monotonic() > deadline:
            raise RuntimeError("the Security Incident Response emulator did not start")
        time.sleep(0.01)
