"""Recognises a page that answers in the place of an instance: hibernation, maintenance, a sign-in, a proxy."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from integration.clients.servicenow.page import HIBERNATES, MAINTENANCE, SIGN_IN, known_page

if TYPE_CHECKING:
    from collections.abc import Mapping

_OWN_PATHS = "/oauth_token.do and /api/now"
_FIXES = {
    HIBERNATES: "Wake it at developer.servicenow.com, or by signing in to it.",
    MAINTENANCE: "Wait until it is over (its calendar stands in the ServiceNow support portal), then `check` again.",
    SIGN_IN: f"Let {_OWN_PATHS} pass the single sign-on or the proxy; give the instance's own address.",
}
_FILTERED = (
    "an IP filter or a firewall refuses this machine's address",
    "Allow it and those the functions call from (any of the region's): System Security > IP Address Access Control.",
)


def page_of(status: int, headers: Mapping[str, str], content: bytes) -> tuple[str, str]:
    """What is said about an answer that is not JSON, and the fix."""
    if 300 <= status < 400:
        host = urlsplit(headers.get("Location", "")).hostname or "another address"
        return (
            f"the instance redirects to {host}",
            f"Give the address it redirects to, or, where that is a single sign-on, let {_OWN_PATHS} pass it.",
        )
    told = known_page(content)
    if told:
        return told, _FIXES[told]
    if status == 403:
        return _FILTERED
    return f"the token endpoint does not answer in JSON ({status})", "See what stands between here and the instance."
