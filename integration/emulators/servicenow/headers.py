"""Headers every answer of an instance carries."""

from __future__ import annotations

import secrets
from email.utils import formatdate
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .clock import Clock

ALWAYS = {
    "Server": "ServiceNow",
    "Server-Timing": "sem_wait;dur=0, sesh_wait;dur=0",
    "Cache-Control": "no-cache,no-store,must-revalidate,max-age=-1",
    "Pragma": "no-store,no-cache",
    "Expires": "0",
    "Strict-Transport-Security": "max-age=63072000; includeSubDomains",
}


def common(clock: Clock) -> dict[str, str]:
    """`Date` is the instance's clock, which may differ from the machine's."""
    transaction = secrets.token_hex(6)
    return {
        **ALWAYS,
        "Date": formatdate(clock(), usegmt=True),
        "X-Transaction-ID": transaction,
        "X-Is-Logged-In": "false",
    }


def cookies() -> list[str]:
    """A new session with every answer: clients that keep cookies share a session, which is counted."""
    node = secrets.token_hex(16)
    return [
        f"JSESSIONID={secrets.token_hex(16).upper()}; Path=/; HttpOnly; SameSite=None",
        f"glide_user_route=glide.{node}; Max-Age=2147483647; Path=/; HttpOnly",
        f"glide_node_id_for_js={secrets.token_hex(32)}; Path=/",
        f"glide_session_store={secrets.token_hex(16).upper()}; Max-Age=1800; Path=/; HttpOnly",
        f"BIGipServerpool_dev00001={secrets.randbelow(10**10)}.{secrets.randbelow(10**5)}.0000; path=/; Httponly",
    ]
