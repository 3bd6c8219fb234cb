"""Serves the console on loopback, in a thread."""

from __future__ import annotations

import socket
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

import uvicorn

if TYPE_CHECKING:
    from collections.abc import Iterator

    from starlette.applications import Starlette

HOST = "127.0.0.1"
STARTS_WITHIN_S = 10.0


@contextmanager
def serve(app: Starlette, port: int = 0) -> Iterator[str]:
    """Yields the URL once it answers; port 0 lets the system choose. Raises OSError where the port is taken."""
    listener = socket.create_server((HOST, port))
    config = uvicorn.Config(
        app, ws="none", loop="asyncio", lifespan="off", log_config=None, access_log=False, server_header=False,
        timeout_graceful_shutdown=1,
    )  # fmt: skip
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, args=([listener],), name="console", daemon=True)
    thread.start()
    try:
        _wait_until_started(server)
        yield f"http://{HOST}:{listener.getsockname()[1]}"
    finally:
        app.state.watch.end()
        server.should_exit = True
        thread.join()
        listener.close()


def _wait_until_started(server: uvicorn.Server) -> None:
    deadline = time.monotonic() + STARTS_WITHIN_S
    while not server.started:
        if time.monotonic() > deadline:
            raise OSError("the console did not start in time")
        time.sleep(0.01)
