"""The HTTP app of the console: the page, its parts, its data, and, in local mode only, its acts."""

from __future__ import annotations

import json
import secrets
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.middleware import Middleware
from starlette.responses import HTMLResponse, JSONResponse, Response, StreamingResponse
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from integration.operations.console.entry import Entry, Keys
from integration.operations.console.guard import Guard
from integration.operations.console.source import Refused, Unreadable
from integration.operations.console.stream import Watch, events

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from starlette.requests import Request

    from integration.operations.console.source import Actions, Source

STATIC = Path(__file__).parent / "static"
LARGEST_FILE = 25 * 1024 * 1024
LARGEST_ACT = 256 * 1024


def create_app(source: Source, actions: Actions | None) -> Starlette:
    """Without `actions` there is no route that writes, whatever is sent. Bind it to loopback: see `serve`.

    `state.keys` makes the addresses by which it opens.
    """
    token = secrets.token_urlsafe(32) if actions else ""
    routes = [
        Route("/", _page(token)),
        Route("/api/events", _events),
        Route("/api/picture", _snapshot),
        Route("/api/detail", _read("detail")),
        Route("/api/plan", _read("plan")),
        Mount("/static", StaticFiles(directory=STATIC)),
    ]
    if actions:
        routes += [
            Route("/api/act/{name}", _doing(_act), methods=["POST"]),
            Route("/api/attach/{side}/{key}", _doing(_attach), methods=["POST"]),
            Route("/api/switch/{key}", _doing(_turn), methods=["POST"]),
        ]
    keys = Keys()
    app = Starlette(routes=routes, middleware=[Middleware(Guard, token=token), Middleware(Entry, keys=keys)])
    app.state.watch, app.state.keys = Watch(source, actions), keys
    return app


def _page(token: str) -> Callable[[Request], Awaitable[Response]]:
    """The token stands in the page, which no other origin can read."""
    html = (STATIC / "index.html").read_text(encoding="utf-8")
    html = html.replace("{{token}}", escape(token)).replace("{{mode}}", "local" if token else "read-only")

    async def page(_: Request) -> Response:
        return HTMLResponse(html)

    return page


async def _snapshot(request: Request) -> Response:
    look = await run_in_threadpool(request.app.state.watch.look)
    if look.trouble:
        return JSONResponse({"error": look.trouble}, 503)
    return Response(look.text, media_type="application/json")


async def _events(request: Request) -> Response:
    last = request.headers.get("last-event-id", "0")
    after = int(last) if last.isascii() and last.isdigit() else 0
    return StreamingResponse(events(request.app.state.watch, after), media_type="text/event-stream")


def _read(what: str) -> Callable[[Request], Awaitable[Response]]:
    """What the source says of one pair, under this name."""

    async def endpoint(request: Request) -> Response:
        given, read = request.query_params, getattr(request.app.state.watch.source, what)
        try:
            found = await run_in_threadpool(read, given.get("case_id", ""), given.get("sys_id", ""))
        except Unreadable as error:
            return JSONResponse({"error": str(error)}, 503)
        return JSONResponse(found)

    return endpoint


# ---------------------------------------------------------------------------------------------- local mode only
def _doing(handler: Callable[[Actions, Request], Awaitable[Mapping[str, Any]]]) -> Callable[..., Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        watch = request.app.state.watch
        try:
            done = await handler(watch.actions, request)
        except Refused as error:
            return JSONResponse({"error": str(error)}, 409)
        except Unreadable as error:
            return JSONResponse({"error": str(error)}, 503)
        watch.hurry()
        return JSONResponse(done)

    return endpoint


async def _act(actions: Actions, request: Request) -> Mapping[str, Any]:
    given = _texts(await _body(request, LARGEST_ACT))
    return await run_in_threadpool(actions.act, request.path_params["name"], given)


async def _turn(actions: Actions, request: Request) -> Mapping[str, Any]:
    given = _texts(await _body(request, LARGEST_ACT))
    said = await run_in_threadpool(lambda: actions.turn(request.path_params["key"], on=given.get("on") == "true"))
    return {"said": said}


async def _attach(actions: Actions, request: Request) -> Mapping[str, Any]:
    """The body is the file, `name` stands in the query."""
    content, path = await _body(request, LARGEST_FILE), request.path_params
    name = request.query_params.get("name", "")
    await run_in_threadpool(actions.attach, path["side"], path["key"], name, content)
    return {}


async def _body(request: Request, most: int) -> bytes:
    """Raises Refused for more than `most` bytes, before they are all here."""
    content = bytearray()
    async for chunk in request.stream():
        content += chunk
        if len(content) > most:
            raise Refused(f"More than {most // 1024} KiB.")
    return bytes(content)


def _texts(content: bytes) -> dict[str, str]:
    try:
        given = json.loads(content or b"{}")
    except ValueError as error:
        raise Refused("The body is no JSON.") from error
    if not isinstance(given, dict) or not all(isinstance(value, str) for value in given.values()):
        raise Refused("The body is a JSON object of texts.")
    return given
