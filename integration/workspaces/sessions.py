"""Bearers that a personal link is exchanged for: good for eight hours, or until the link is renewed. Pure.

`<workspace>.<member>.<end>.<signature>`; the member's serial is signed too, so a renewed link ends them unasked.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from integration.workspaces.links import member_of, same, signed

if TYPE_CHECKING:
    from integration.workspaces.model import Member, Row

LIVES_S = 8 * 3600
FORM = re.compile(
    r"(?P<workspace>[0-9a-f-]{36})\.(?P<member>[0-9a-f]{32})\.(?P<until>\d{10,11})\.(?P<signature>[\w-]{43})", re.ASCII
)


def bearer(key: str, row: Row, member: Member, now: float) -> tuple[str, int]:
    """The bearer, and when it ends."""
    until = int(now) + LIVES_S
    return f"{row.id}.{member.id}.{until}.{_signature(key, row, member, until)}", until


def workspace_in(given: str) -> str:
    found = FORM.fullmatch(given)
    return found["workspace"] if found else ""


def holder(key: str, given: str, row: Row, now: float) -> Member | None:
    """The member whose bearer this is; None: it is too old, renewed, of another workspace, or none at all."""
    found = FORM.fullmatch(given)
    member = member_of(row, found["member"]) if found and found["workspace"] == row.id else None
    if found is None or member is None or now >= int(found["until"]):
        return None
    return member if same(found["signature"], _signature(key, row, member, int(found["until"]))) else None


def _signature(key: str, row: Row, member: Member, until: int) -> str:
    return signed(key, "session", row.id, member.id, member.serial, until)
