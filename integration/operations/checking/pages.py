"""What stands before an instance and answers in its place, told by the page it shows."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Mapping

_OWN_PATHS = "/oauth_token.do and /api/now"
_PAGES = (
    (
        r"hibernat",
        "the instance hibernates",
        "Wake it at developer.servicenow.com, or by signing in to it.",
    ),
    (
        r"maintenance|upgrade in progress|wartung|mise à niveau|manutenção|メンテナンス",
        "the instance is in maintenance",
        "Wait until it is over (its calendar stands in the ServiceNow support portal), then `check` again.",
    ),
    (
        r"saml|single sign-on|\bsso\b|log in|sign in|<form[^>]*login",
        "a log-in page answers instead of the instance",
        f"Let {_OWN_PATHS} pass the single sign-on or the proxy; give the instance's own address.",
    ),
)
"""Words of a page, its meaning, and what mends it. The first that fits counts."""
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
    text = content[:20_000].decode(errors="replace")
    for words, told, fix in _PAGES:
        if re.search(words, text, re.IGNORECASE):
            return told, fix
    if status == 403:
        return _FILTERED
    return f"the token endpoint does not answer in JSON ({status})", "See what stands between here and the instance."
