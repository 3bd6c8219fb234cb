"""`/_admin` of every emulator: clock, calls, changes, faults, switches, and what each adds. Who may: `door`.

Bodies and answers are JSON where a route does not say otherwise. Errors: `{"error": …, "detail": …}`.
"""

from __future__ import annotations

import asyncio
import json
from abc import ABC, abstractmethod
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import jsonschema
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from .calls import KEPT
from .door import ADMIN

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable

    from starlette.requests import Request

    from .faults import Faults
    from .service import Service

    Handler = Callable[[Any, "Ask"], Any]
    """Of the service and the request to what is answered, JSON or a response."""
    Row = tuple[str, str, Handler]
    """Path below `/_admin`, methods, handler."""

LONGEST_WAIT_S = 30.0
METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"]


class Refusal(Exception, ABC):
    """What an emulated service says no with."""

    status: int

    @property
    @abstractmethod
    def told(self) -> dict[str, Any]:
        """To somebody at the admin routes."""


@dataclass
class Ask:
    """A request of an admin, its body read."""

    http: Request
    raw: bytes

    @property
    def method(self) -> str:
        return self.http.method

    @cached_property
    def body(self) -> dict[str, Any]:
        """Raises ValueError for what is no JSON object."""
        body = json.loads(self.raw or b"{}")
        if not isinstance(body, dict):
            raise ValueError("the body is no JSON object")  # noqa: TRY004 - of a request, not of a caller in Python
        return body


def routes(own: Iterable[Row]) -> list[Route]:
    """Those of every emulator, with its own."""
    feed = Route(f"{ADMIN}/changes", _changes, methods=["GET"])
    table = (
        Route(f"{ADMIN}{path}", _endpoint(handler), methods=methods.split())
        for path, methods, handler in (*_COMMON, *own)
    )
    return [feed, *table, Route(f"{ADMIN}/{{rest:path}}", _nowhere, methods=METHODS)]


def faults_of(faults: Faults[Any], ask: Ask) -> Any:
    """GET the rules, POST one, DELETE all."""
    if ask.method == "POST":
        faults.add(ask.body)
    if ask.method == "DELETE":
        faults.clear()
    return {"rules": faults.as_json()}


def _overview(service: Service[Any, Any], _: Ask) -> Any:
    return {"service": service.NAME, **service.overview()}


def _state(service: Service[Any, Any], ask: Ask) -> Any:
    return service.state(**{name: ask.http.query_params.getlist(name) for name in ask.http.query_params})


def _reset(service: Service[Any, Any], ask: Ask) -> Any:
    """With `{"config": true}` the switches too."""
    if ask.body.get("config"):
        service.switches.update(type(service.switches)().as_json())
        service.switched()
    service.reset()
    return {}


def _config(service: Service[Any, Any], ask: Ask) -> Any:
    if ask.method == "PATCH":
        service.switches.update(ask.body)
        service.switched()
    return service.switches.as_json()


def _calls(service: Service[Any, Any], ask: Ask) -> Any:
    """With the last `recent` of them."""
    if ask.method == "DELETE":
        service.calls.clear()
    return service.calls.as_json(int(ask.http.query_params.get("recent", KEPT)))


def _clock(service: Service[Any, Any], ask: Ask) -> Any:
    """Move time forward by `advance_s`."""
    if ask.method == "POST":
        service.clock.advance(float(ask.body.get("advance_s", 0)))
        service.moved()
    return {"now": service.clock.shown()}


_COMMON: list[Row] = [
    ("", "GET", _overview),
    ("/state", "GET", _state),
    ("/reset", "POST", _reset),
    ("/config", "GET PATCH", _config),
    ("/faults", "GET POST DELETE", lambda service, ask: faults_of(service.faults, ask)),
    ("/calls", "GET DELETE", _calls),
    ("/clock", "GET POST", _clock),
]


async def _changes(http: Request) -> Response:
    """Changes numbered above `since`, of what else the query names; waits up to `wait_s` for the first."""
    service: Service[Any, Any] = http.app.state.service
    query = dict(http.query_params)
    try:
        since, wait_s = int(query.pop("since", 0)), min(float(query.pop("wait_s", 0)), LONGEST_WAIT_S)
    except ValueError:
        return _refused("since and wait_s are numbers")
    loop = asyncio.get_running_loop()
    end = loop.time() + wait_s
    while service.changes.last <= since and loop.time() < end and not service.ending.is_set():  # noqa: ASYNC110 - threads
        await asyncio.sleep(0.05)
    changes, last = service.changes.since(since)
    named = [each for each in changes if all(str(each.get(name)) == value for name, value in query.items())]
    return JSONResponse({"changes": named, "last": last})


async def _nowhere(_: Request) -> Response:
    return _refused("no such admin route, or not with this method", 404)


def _refused(error: str, status: int = 400) -> Response:
    return JSONResponse({"error": error, "detail": None}, status)


def _endpoint(handler: Handler) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(http: Request) -> Response:
        try:
            answer = await run_in_threadpool(handler, http.app.state.service, Ask(http, await http.body()))
        except Refusal as error:
            return JSONResponse(error.told, error.status)
        except jsonschema.ValidationError as error:
            return _refused(error.message)
        except HTTPException as error:
            return _refused(error.detail, error.status_code)
        except (ValueError, TypeError) as error:  # what a body holds that a handler cannot take
            return _refused(str(error))
        return answer if isinstance(answer, Response) else JSONResponse(answer)

    return endpoint
