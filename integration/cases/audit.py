"""Why a pass began, and what it did: the log line and the audit row are made of this."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import islice

AUDITED_MOST = 100
"""Things one audit row names; the others are counted. A row stays below 20 KB."""


@dataclass(frozen=True, slots=True)
class Wake:
    """Why somebody should look. `sent` is when the event was sent, epoch seconds.

    `sweep`: look at both sides whatever the first shows. `forced`: from `backfill` or `replay`; scope and blocks do
    not hold it back. `created`: AWS's own word that there is a new case, which means nothing else. `mod`: the
    `sys_mod_count` the event knew, where it came from our own poll.
    """

    side: str
    key: str
    sent: float
    sweep: bool = False
    forced: bool = False
    created: bool = False
    mod: int | None = None


@dataclass
class Report:
    """What a pass did, for one log line: ids, reasons and counts; never a text of a record."""

    wake: Wake
    pass_id: str = ""
    case_id: str = ""
    sys_id: str = ""
    outcome: str = ""
    reasons: list[str] = field(default_factory=list)
    done: list[str] = field(default_factory=list)
    ids: dict[str, list[str]] = field(default_factory=dict)
    """What was carried over, as the ledger knows it: `Comment#<id>`, `Journal#<sys_id>`, … → the other side's ids."""
    runs: int = 0
    lag_s: float | None = None

    def audit(self, at: float, outcome: str) -> dict[str, object] | None:
        """What was changed, by whose edit, in which pass, whether it ended well: field names and ids, no values.

        None where nothing was changed.
        """
        reasons, done, ids = self.reasons, self.done, self.ids
        if not done:
            return None
        audit = {
            "pass": self.pass_id,
            "at": at,
            "woken_by": self.wake.side,
            "outcome": outcome,
            "reasons": reasons[:AUDITED_MOST],
            "done": done[:AUDITED_MOST],
            "ids": dict(islice(ids.items(), AUDITED_MOST)),
        }
        more = sum(max(0, len(part) - AUDITED_MOST) for part in (reasons, done, ids))
        return audit | ({"more": more} if more else {})
