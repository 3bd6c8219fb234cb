"""What can go wrong in a pass, by what follows from it.

SyncError
├── Unavailable     the instance or service does not answer: messages wait, nothing is touched
├── Misconfigured   somebody must change a setting: messages wait, one alarm, nothing is touched
├── Refused         one action, by a rule of the other side: blocked with its reason, the rest goes on
├── Later           not now, by our own rules (a write may still land, a record is not there yet)
├── CreationStopped too many new cases in an hour: waits an hour, or for `resume`
└── Fenced          the claim is no longer ours: somebody else works here now
"""

from __future__ import annotations


class SyncError(Exception):
    """`system` is `servicenow`, `security_ir` or `aws`; the message holds no text of a record."""

    system = ""


class Unavailable(SyncError):
    """`outcome_unknown`: the write may have taken effect, now or up to a minute from now."""

    def __init__(
        self, system: str, reason: str, *, outcome_unknown: bool = False, retry_after_s: float | None = None
    ) -> None:
        super().__init__(f"{system}: {reason}")
        self.system, self.outcome_unknown, self.retry_after_s = system, outcome_unknown, retry_after_s


class Misconfigured(SyncError):
    """Concerns the whole instance or account; an administrator acts, `check` names the fix."""

    def __init__(self, system: str, reason: str) -> None:
        super().__init__(f"{system}: {reason}")
        self.system, self.reason = system, reason


class Refused(SyncError):
    """The other side will not do this one thing. `reason` is its own sentence, fit to be shown on a record.

    `by_chance`: a repeat would not meet it; so it is repeated at once, and soon, before it counts as the other side's
    will.
    """

    def __init__(self, system: str, reason: str, *, by_chance: bool = False) -> None:
        super().__init__(f"{system} refused an action")
        self.system, self.reason, self.by_chance = system, reason, by_chance


class Later(SyncError):
    """Look again at `at` (epoch seconds); nobody needs to act."""

    def __init__(self, reason: str, at: float) -> None:
        super().__init__(reason)
        self.at = at


class CreationStopped(SyncError):
    """The brake on new cases is on; an hour later it opens at half the limit, `resume` releases it at once."""


class Fenced(SyncError):
    """Our claim expired and was taken; what we know is old, so we stop without writing."""
