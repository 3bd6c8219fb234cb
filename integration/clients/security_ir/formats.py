"""Brings values into the one form the service accepts, which checks its patterns on the server only."""

from __future__ import annotations

import ipaddress
import re

_SERVICE_FORBIDDEN = re.compile(r"[^a-zA-Z0-9 -.():]+")
"""As in the model: ` -.` is a range from space to full stop, so `/`, `_`, `;` and non-ASCII are refused."""
LONGEST_SERVICE = 50


def canonical_ip(text: str) -> str:
    """IPv6 in eight full groups of upper-case hex, the one form taken. Raises `ValueError` for what is no address."""
    address = ipaddress.ip_address(text.strip())
    if isinstance(address, ipaddress.IPv6Address) and address.scope_id:
        raise ValueError("an address with a zone means nothing elsewhere")
    return address.exploded.upper()


def service_name(text: str) -> str:
    """The name in 2 to 50 allowed characters, others made a space. Raises `ValueError` if nothing is left."""
    name = " ".join(_SERVICE_FORBIDDEN.sub(" ", text).split())[:LONGEST_SERVICE].strip()
    if len(name) < 2:
        raise ValueError("no name of a service has fewer than two letters")
    return name
