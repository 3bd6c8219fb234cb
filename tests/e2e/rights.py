"""Rights that nobody used on a running plane, by the reasons a test has for those that stay."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from integration.aws_plane.call_log import Unused
    from integration.aws_plane.plane import Plane


def reason_for(unused: Unused, reasons: Mapping[tuple[str, str], str]) -> str:
    """Empty: there is none."""
    found = (why for (role, what), why in reasons.items() if role in unused.role and fnmatchcase(unused.what, what))
    return next(found, "")


def without_reason(plane: Plane, stack: str, reasons: Mapping[tuple[str, str], str]) -> list[str]:
    """Of the stack's roles."""
    unused = [each for each in plane.unused_grants() if stack in each.role and not reason_for(each, reasons)]
    return [f"{each.origin}: {each.what}" for each in unused]
