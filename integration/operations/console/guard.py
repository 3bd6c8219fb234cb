"""Refuses every request to the console but those of our own page in a browser on this machine.

Loopback alone is not enough: any page the operator has open may send requests to it (so writes need our origin and a
token only our page holds), and a name that resolves to 127.0.0.1 would make it our origin (so the host is checked).
"""

from __future__ import annotations

import hmac
from typing import TYPE_CHECKING

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import JSONResponse

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

TOKEN_HEADER = "x-console-token"  # noqa: S105 - the name of a header
HOSTS = frozenset({"127.0.0.1", "localhost", "[::1]"})
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}


class Guard:
    """ASGI middleware; `token` is empty where nothing may be written."""

    def __init__(self, app: ASGIApp, token: str) -> None:
        self._app, self._token = app, token

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        refusal = self._refusal(scope["method"], Headers(scope=scope))

        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(HEADERS)
            await send(message)

        answer = JSONResponse({"error": refusal}, 403) if refusal else self._app
        await answer(scope, receive, send_guarded)

    def _refusal(self, method: str, headers: Headers) -> str:
        """Empty: let through."""
        host = headers.get("host", "")
        if host.rpartition(":")[0] not in HOSTS and host not in HOSTS:
            return "the console answers to 127.0.0.1 and localhost only"
        if headers.get("sec-fetch-site", "same-origin") not in {"same-origin", "none"}:
            return "the console answers to its own page only"
        if method in {"GET", "HEAD"}:
            return ""
        if headers.get("origin") != f"http://{host}":
            return "writes come from the console's own page only"
        if not (self._token and hmac.compare_digest(headers.get(TOKEN_HEADER, ""), self._token)):
            return "the page is older than this console: load it again"
        return ""
