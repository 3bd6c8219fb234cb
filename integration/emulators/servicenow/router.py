"""From a request to the API it names: who calls, whether they may, and what answers."""

from __future__ import annotations

import re
import threading
from typing import TYPE_CHECKING

from . import attachment_api, table_api, tinyurl_api
from .batch_api import batch
from .catalog_routes import CATALOG_ROUTES
from .change_routes import CHANGE_ROUTES
from .errors import ApiError, no_resource, rate_limited, too_large
from .exchange import Request, Response, error_response, only
from .identity import identify
from .stats_api import stats
from .table_api import Call

if TYPE_CHECKING:
    from collections.abc import Callable

    from .service import Service
    from .session import Session

_ANY = r"/api/now(?:/(?P<version>v1|v2))?"
_V1 = r"/api/now(?:/(?P<version>v1))?"
ROUTES: list[tuple[str, re.Pattern[str], Callable[..., Response]]] = [
    ("table", re.compile(_ANY + r"/table/(?P<table>[^/]+)"), table_api.collection),
    ("table", re.compile(_ANY + r"/table/(?P<table>[^/]+)/(?P<sys_id>[^/]+)"), table_api.record),
    ("attachment", re.compile(_V1 + "/attachment"), attachment_api.collection),
    ("attachment", re.compile(_V1 + "/attachment/file"), attachment_api.file_upload),
    ("attachment", re.compile(_V1 + "/attachment/upload"), attachment_api.multipart_upload),
    ("attachment", re.compile(_V1 + "/attachment/(?P<sys_id>[^/]+)"), attachment_api.record),
    ("attachment", re.compile(_V1 + "/attachment/(?P<sys_id>[^/]+)/file"), attachment_api.download),
    ("stats", re.compile(_ANY + r"/stats/(?P<table>[^/]+)"), stats),
    ("tinyurl", re.compile(_ANY + "/tinyurl"), tinyurl_api.shorten),
    ("batch", re.compile(_V1 + "/batch"), batch),
    *CHANGE_ROUTES,
    *CATALOG_ROUTES,
]
TOKEN_PATH = "/oauth_token.do"  # noqa: S105 - a path
_OVERRIDES = ("PUT", "PATCH", "DELETE", "GET")


class Router:
    def __init__(self, service: Service) -> None:
        self._service = service
        self._lock = threading.Lock()
        self._spent: dict[tuple[str, int], int] = {}

    def answer(self, request: Request) -> Response:
        """Never raises ApiError: a refusal is an answer too."""
        try:
            if request.path == TOKEN_PATH:
                only(request, "POST")
                return self._service.oauth.answer(request)
            return self._api(request)
        except ApiError as error:
            return error_response(error)

    def name(self, request: Request) -> tuple[str, str]:
        """The API a path belongs to, and the table it concerns, for counts and faults."""
        if request.path == TOKEN_PATH:
            return "oauth", ""
        for api, pattern, _ in ROUTES:
            match = pattern.fullmatch(request.path)
            if match:
                return api, match.groupdict().get("table") or ("sys_attachment" if api == "attachment" else "")
        return "unknown", ""

    def _api(self, request: Request) -> Response:
        request.method = _effective_method(request)
        api, _ = self.name(request)
        session = identify(self._service, request, api)
        if request.size > self._service.switches.max_body_bytes and api != "attachment":
            raise too_large(self._service.switches.max_body_bytes)
        limits = self._spend(session, api)
        response = self._dispatch(session, request)
        response.headers.update(limits)
        return response

    def _dispatch(self, session: Session, request: Request) -> Response:
        """For a caller who is known: refusals, too, say that somebody is logged in."""
        tinyurl_api.widen(self._service.store, request)
        try:
            response = self._handled(session, request)
        except ApiError as error:
            response = error_response(error)
        response.headers["X-Is-Logged-In"] = "true"
        return response

    def _handled(self, session: Session, request: Request) -> Response:
        for api, pattern, handler in ROUTES:
            match = pattern.fullmatch(request.path)
            if match:
                named = match.groupdict()
                call = Call(self._service, session, request, named.pop("version") or "")
                return handler(call, self._inner(session)) if api == "batch" else handler(call, **named)
        raise no_resource(self._service.switches.unknown_path_status)

    def _inner(self, session: Session) -> Callable[[Request], Response]:
        def serve(request: Request) -> Response:
            api, table = self.name(request)
            self._service.calls.inner(f"batch {request.method} {table or api}")
            if api == "batch":
                return error_response(no_resource(self._service.switches.unknown_path_status))
            request.method = _effective_method(request)
            return self._dispatch(session, request)

        return serve

    def _spend(self, session: Session, api: str) -> dict[str, str]:
        """One call of the caller's hour, when there is a rate rule. Raises ApiError 429 with Retry-After."""
        limit = self._service.switches.rate_limit_per_hour
        if not limit:
            return {}
        now = self._service.clock()
        hour = int(now // 3600)
        with self._lock:
            self._spent = {key: count for key, count in self._spent.items() if key[1] == hour}
            count = self._spent.get((session.user_id, hour), 0) + 1
            self._spent[session.user_id, hour] = count
        reset = (hour + 1) * 3600
        headers = {"X-RateLimit-Limit": str(limit), "X-RateLimit-Reset": str(reset), "X-RateLimit-Rule": "0" * 32}
        if count > limit:
            error = rate_limited(limit, f"{api.capitalize()} API")
            error.headers = {**headers, "Retry-After": str(int(reset - now) + 1)}
            raise error
        return headers


def _effective_method(request: Request) -> str:
    """HEAD is a GET whose body nobody reads; X-HTTP-Method-Override counts for POST."""
    override = request.headers.get("x-http-method-override", "").upper()
    if request.method == "POST" and override in _OVERRIDES:
        return override
    return "GET" if request.method == "HEAD" else request.method
