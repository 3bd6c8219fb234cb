"""The protocols between the server and what it shows: where it reads, and what it may do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from integration.operations.console.snapshot import Snapshot, Switch, Traffic


class Unreadable(Exception):
    """What is shown cannot be read at the moment; the message is a sentence for the person, without texts of a case."""


class Refused(Exception):
    """What was asked for is not done; the message says why, in the words of the side that refused."""


class Source(Protocol):
    """Called from several threads; all but `traffic` raise `Unreadable`. `pace_s`: how often to look."""

    pace_s: float

    def snapshot(self) -> Snapshot: ...

    def traffic(self, after: int) -> Sequence[Traffic]:
        """Events numbered above `after`, oldest first; as many as are kept."""

    def detail(self, case_id: str, sys_id: str) -> Mapping[str, Any]:
        """Both sides of one link, whole: `case`, `incident`, `link` (each may be None) and `passes`, newest first."""

    def plan(self, case_id: str, sys_id: str) -> Mapping[str, Any]:
        """What a pass would do now, as `plan --json` has it; either id may be empty. Reads both sides."""


class Actions(Protocol):
    """Only where both systems are emulated. Raises `Refused`, and `Unreadable` where a system does not answer."""

    def switches(self) -> Sequence[Switch]: ...

    def turn(self, key: str, *, on: bool) -> str:
        """Break or heal one thing; a sentence about what happens now."""

    def act(self, name: str, given: Mapping[str, str]) -> Mapping[str, str]:
        """One act of a person on one side, as named in `ACTS` of the implementation; ids of what it made."""

    def attach(self, side: str, key: str, name: str, content: bytes) -> None: ...
