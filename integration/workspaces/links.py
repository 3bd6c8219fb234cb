"""Personal links: who holds one may use one workspace as one member. Nothing of it is stored.

A link is `<address of the page>#<workspace>.<member>.<secret>`: what stands behind `#` reaches no server and no log.
The secret is an HMAC over workspace, member and his serial, so that whoever dies writes the same link again, and a
higher serial ends the old ones at once, with their sessions. Pure.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from integration.workspaces.model import Member, Row

FORM = re.compile(r"(?P<workspace>[0-9a-f-]{36})\.(?P<member>[0-9a-f]{32})\.(?P<secret>[\w-]{43})", re.ASCII)


def signed(key: str, *parts: object) -> str:
    """43 characters; the first part says what for, so that a link is no session."""
    digest = hmac.new(key.encode(), "\n".join(map(str, parts)).encode(), hashlib.sha256).digest()
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")


def same(given: str, expected: str) -> bool:
    return hmac.compare_digest(given.encode(errors="replace"), expected.encode())


def link(key: str, page: str, row: Row, member: Member) -> str:
    """`page`: its address; `key`: the deployment's signing secret."""
    return f"{page}#{row.id}.{member.id}.{signed(key, 'link', row.id, member.id, member.serial)}"


def workspace_in(given: str) -> str:
    """Which workspace a link is of, as it says; "" where it is no link. Its page's address may stand before."""
    found = FORM.fullmatch(given.strip().rpartition("#")[2])
    return found["workspace"] if found else ""


def holder(key: str, given: str, row: Row) -> Member | None:
    """The member whose link this is."""
    found = FORM.fullmatch(given.strip().rpartition("#")[2])
    member = member_of(row, found["member"]) if found and found["workspace"] == row.id else None
    if found is None or member is None:
        return None
    return member if same(found["secret"], signed(key, "link", row.id, member.id, member.serial)) else None


def member_of(row: Row, member: str) -> Member | None:
    return next((each for each in row.members if each.id == member), None)


def renewed(row: Row, which: Callable[[Member], bool] = lambda _member: True) -> tuple[Member, ...]:
    """The members, with new serials for those: what `row.members` becomes."""
    return tuple(replace(each, serial=each.serial + 1) if which(each) else each for each in row.members)
