"""Who may talk to an emulator: programs on this machine; to `/_admin` only those who were told its address.

A web page somebody has open can send requests to loopback, and a name that resolves to 127.0.0.1 makes loopback the
page's own origin: so `Host` is ours, `Origin` too where there is one, and what a page may send to anybody without
asking first (Fetch standard, "CORS-safelisted request-header", `Content-Type`) changes nothing.
"""

from __future__ import annotations

import hmac
import re
from typing import TYPE_CHECKING

from starlette.datastructures import Headers
from starlette.responses import JSONResponse

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

ADMIN = "/_admin"
HOST = re.compile(r"(127\.0\.0\.1|localhost|\[::1\])(:\d+)?")
SENT_UNASKED = frozenset({"text/plain", "application/x-www-form-urlencoded", "multipart/form-data"})


class Door:
    """ASGI middleware. With a `token`, admin routes are below `/_admin/<token>` and nowhere else."""

    def __init__(self, app: ASGIApp, token: str = "") -> None:
        self._app, self._token = app, token

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            refusal = self._refusal(scope)
            if refusal:
                await JSONResponse({"error": refusal, "detail": None}, 403)(scope, receive, send)
                return
            scope = {**scope, "path": self._inner(scope["path"])}
        await self._app(scope, receive, send)

    def _refusal(self, scope: Scope) -> str:
        """Empty: let through."""
        headers, path = Headers(scope=scope), scope["path"]
        host, site = headers.get("host", ""), headers.get("sec-fetch-site", "none")
        if not HOST.fullmatch(host):
            return "the emulator answers to 127.0.0.1 and localhost only"
        if headers.get("origin") not in {None, f"http://{host}"} or site not in {"none", "same-origin"}:
            return "the emulator answers no other origin's page"
        if not (path == ADMIN or path.startswith(f"{ADMIN}/")):
            return ""
        if not self._told(path):
            return "the admin routes are below the admin URL that the emulator printed when it started"
        kind = headers.get("content-type", "").partition(";")[0].strip().lower()
        return f"say what you send: Content-Type: application/json, not {kind}" if kind in SENT_UNASKED else ""

    def _told(self, path: str) -> bool:
        given = path.removeprefix(ADMIN).strip("/").partition("/")[0]
        return not self._token or hmac.compare_digest(given.encode(), self._token.encode())

    def _inner(self, path: str) -> str:
        """The path without the token."""
        return path.replace(f"{ADMIN}/{self._token}", ADMIN, 1) if self._token and path.startswith(ADMIN) else path
