"""Who may talk to a port of the plane: programs on this machine, and no page of a browser on it.

A page may send requests to loopback, and a name that resolves to 127.0.0.1 makes loopback its own origin: so `Host` is
this machine's. A browser sets `Origin` or `Sec-Fetch-Site` (Fetch standard; Fetch Metadata), no SDK or server does.
"""

from __future__ import annotations

import hmac
import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

HOST = re.compile(r"(127\.0\.0\.1|localhost|\[::1\])(:\d+)?")
TOKEN_HEADER = "x-plane-token"  # noqa: S105 - the name of a header
TOKEN_VARIABLE = "PLANE_TOKEN"  # noqa: S105 - the name of a variable


def refusal(headers: Mapping[str, str]) -> str:
    """Empty: let in. Names of headers are lower case."""
    if not HOST.fullmatch(headers.get("host", "")):
        return "the local plane answers to 127.0.0.1 and localhost only"
    if "origin" in headers or headers.get("sec-fetch-site", "none") != "none":
        return "the local plane answers no web page"
    return ""


def refusal_at_front(headers: Mapping[str, str]) -> str:
    """As `refusal`, but for the pages that the deployed API serves: they may call it, and a person may follow a link to
    them. A page of another origin reads nothing here, as it gets no CORS header that the API itself does not set.
    """
    site, followed = headers.get("sec-fetch-site", "none"), headers.get("sec-fetch-dest") == "document"
    own = headers.get("origin") in (None, f"http://{headers.get('host', '')}") and site in ("none", "same-origin")
    if own or ("origin" not in headers and followed and headers.get("sec-fetch-mode") == "navigate"):
        headers = {k: v for k, v in headers.items() if k not in ("origin", "sec-fetch-site")}
    return refusal(headers)


class Door:
    """WSGI middleware before moto, which itself asks nobody anything: only who shows `token` is let in."""

    def __init__(self, inner: Any, token: str) -> None:
        self._inner, self._token = inner, token

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        headers = {k[5:].replace("_", "-").lower(): v for k, v in environ.items() if k.startswith("HTTP_")}
        told = refusal(headers) or self._unknown(headers.get(TOKEN_HEADER, ""))
        if not told:
            inner: Iterable[bytes] = self._inner(environ, start_response)
            return inner
        start_response("403 Forbidden", [("Content-Type", "text/plain"), ("Content-Length", str(len(told)))])
        return [told.encode()]

    def _unknown(self, given: str) -> str:
        known = hmac.compare_digest(given.encode(), self._token.encode())
        return "" if known else "moto answers the local plane alone: call the plane's own AWS endpoint"
