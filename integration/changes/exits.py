"""Exit codes of `change`, beside those that every command has. Imports nothing."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

REJECTED, ENDED, TIMED_OUT, OUTSIDE, WITHDRAWN, NO_BEGINNING, NOT_RECORDED = range(80, 87)

MEANINGS: Mapping[int, str] = MappingProxyType(
    {
        REJECTED: "rejected",
        ENDED: "cancelled or closed by a person",
        TIMED_OUT: "not decided in time",
        OUTSIDE: "outside its window, in a blackout or in conflict",
        WITHDRAWN: "withdrawn while the command ran",
        NO_BEGINNING: "the change is not where a deployment may begin",
        NOT_RECORDED: "deployed, but not recorded (only with --strict)",
    }
)
"""Code → what it says of the change. But for 84 and 86 the command never started."""
NEXT: Mapping[int, str] = MappingProxyType(
    {
        REJECTED: "settle with who rejected it what is missing; a re-run asks again",
        ENDED: "a re-run asks for another change",
        TIMED_OUT: "a re-run goes on with the same change: change status, change cancel",
        OUTSIDE: "change window --cmdb-ci ITEM shows when; --start and --end plan for then",
        WITHDRAWN: "look at what was deployed: change status, change rollback",
        NO_BEGINNING: "change status shows where it stands; another run, so another --key, has another change",
        NOT_RECORDED: "change settle",
    }
)
"""Code → what comes next."""
NOT_EXECUTABLE, NOT_FOUND = 126, 127
"""As a shell has them; nothing was changed in ServiceNow."""
_BY_SIGNAL = 128


def as_in_a_shell(ended: int) -> int:
    """128 + n for who was ended by signal n, which Python tells as -n."""
    return _BY_SIGNAL - ended if ended < 0 else ended


def of_command(code: int) -> int:
    """Ours for a command that ended with this one: its own, but 1 where it would mean one of ours."""
    return 1 if code in MEANINGS else code
