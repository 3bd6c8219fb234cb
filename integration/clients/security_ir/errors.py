"""What can go wrong with AWS Security Incident Response, by who can do something about it.

    SecurityIrError
    ├── Unavailable    throttled, 5xx, time-outs, no connection
    ├── Misconfigured  an administrator must act: membership not active, access denied, the account's quota
    └── Refused        this one request: validation, conflict with the case's state, a quota of the case
        └── Missing    no such case, comment or attachment

The texts of these exceptions (`str`) carry operation and error code, never values, file names or addresses. What the
service itself said stands in `Refused.reason`, which may be shown on a record but not logged.
"""

from __future__ import annotations


class SecurityIrError(Exception):
    """Any failure of a call. `outcome` is one bounded word for metrics."""

    outcome = "error"


class Unavailable(SecurityIrError):
    """Try again later. `outcome_unknown`: the request may have taken effect; never True for a read."""

    outcome = "unavailable"

    def __init__(self, reason: str, *, retry_after_s: float | None = None, outcome_unknown: bool = False) -> None:
        super().__init__(reason)
        self.reason, self.retry_after_s, self.outcome_unknown = reason, retry_after_s, outcome_unknown


class Misconfigured(SecurityIrError):
    """Nothing of the kind will succeed until somebody changes a setting; `reason` says which."""

    outcome = "misconfigured"

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Refused(SecurityIrError):
    """The service will not do this one thing, and had no effect. `code`: its error code; `fields`: names it gave."""

    outcome = "refused"

    def __init__(self, operation: str, code: str, reason: str, fields: tuple[str, ...] = ()) -> None:
        super().__init__(f"security-ir refused {operation} ({code})")
        self.code, self.reason, self.fields = code, reason, fields


class Missing(Refused):
    """There is no such case, comment or attachment in this account and region."""

    outcome = "missing"
