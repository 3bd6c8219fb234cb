"""What can go wrong with an instance, by who can do something about it.

    ServiceNowError
    ├── Unavailable    no usable answer: 429, 5xx, time-outs, HTML, truncated or empty answers, no connection
    ├── Misconfigured  an administrator must act: token refused, client not scoped, role or table missing
    │   └── TokenRefused   the access token was not taken; a fresh one is tried once before this is final
    └── Refused        this one request, by a rule of the instance: data policy, business rule, ACL, size, bad field
        └── Missing    404: the record does not exist, or this user may not see it; the instance does not tell which

The texts of these exceptions (`str`) carry method, table, status and the instance's transaction id, never values,
query strings or file names. What the instance itself said stands in `Refused.reason`, which may be shown on the
record concerned but not logged, since a rule's message can quote the record.
"""

from __future__ import annotations


class ServiceNowError(Exception):
    """Any failure of a call. `outcome` is one bounded word for metrics."""

    outcome = "error"


class Unavailable(ServiceNowError):
    """No usable answer. Try again later.

    `retry_after_s`: what the instance asked for, if it did. `outcome_unknown`: the request may have taken effect, or
    may still do so until the instance's own limit of 60 s; never True for a read.
    """

    outcome = "unavailable"

    def __init__(self, reason: str, *, retry_after_s: float | None = None, outcome_unknown: bool = False) -> None:
        super().__init__(reason)
        self.reason, self.retry_after_s, self.outcome_unknown = reason, retry_after_s, outcome_unknown


class Misconfigured(ServiceNowError):
    """Nothing of the kind will succeed until somebody changes a setting; `reason` says which."""

    outcome = "misconfigured"

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class TokenRefused(Misconfigured):
    """401, or the 403 that instances give now and then after a change of node; the request had no effect."""


class Refused(ServiceNowError):
    """The instance will not do this one thing, and had no effect. `fields`: the labels its message names, if any.

    `by_chance`: the next try would not meet it, such as a number two records were given at once.
    """

    outcome = "refused"

    def __init__(self, reason: str, fields: tuple[str, ...] = (), *, where: str = "", by_chance: bool = False) -> None:
        super().__init__(f"ServiceNow refused a request{where}")
        self.reason, self.fields, self.by_chance = reason, fields, by_chance


class Missing(Refused):
    """No such record, or none this user may see."""

    outcome = "missing"
